-- Signing in on a PC by scanning (Q1-Q13). Identity class: no right for the application, reached by the functions below only.
-- Ticket and poll secret are stored as SHA-256. Every transition is one conditional UPDATE; its row count decides (Q3).
create table scan_ticket (
  ticket_sha256 bytea primary key,
  poll_sha256 bytea not null,
  id uuid not null unique,                  -- for the audit log and jobs; opens nothing
  audience text not null check (audience in ('console-ent', 'mini')),
  state text not null default 'created' check (state in ('created', 'scanned', 'confirmed', 'exchanged', 'cancelled', 'denied')),
  created_at timestamptz not null,
  expires_at timestamptz not null,
  ip text not null,
  user_agent text not null,
  device_hash bytea,                        -- of the PC, when it named itself
  polled_at timestamptz,
  account_id uuid,
  phone_session uuid,
  organisation_id uuid,
  numbers int[],
  number int,
  ended_at timestamptz,
  reason text,
  session_id uuid,
  client_sha256 bytea,                      -- address and user agent that took the session
  check ((account_id is null) = (number is null)),
  check (state not in ('scanned', 'confirmed', 'exchanged') or account_id is not null)
);
create index scan_ticket_poll on scan_ticket (poll_sha256, created_at desc);
create index scan_ticket_created on scan_ticket (created_at);

-- Addresses that guessed (Q11).
create table scan_block (
  ip text primary key,
  until timestamptz not null
);
call make_identity_table('scan_ticket');
call make_identity_table('scan_block');

-- ``expired`` is never stored: the clock says it.
create function scan_state(p_state text, p_until timestamptz, p_now timestamptz) returns text language sql immutable parallel safe
  return case when p_state in ('created', 'scanned', 'confirmed') and p_until <= p_now then 'expired' else p_state end;
call app_function('scan_state(text, timestamptz, timestamptz)');

-- A new ticket: 10 a minute and address; at most 3 live ones of a browser, the oldest unscanned gives way.
-- Answers 'address', 'kept' (the browser keeps the secret it has) or 'ok' (the new secret counts).
create function scan_create(p jsonb) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_now timestamptz := (p->>'now')::timestamptz; v_poll bytea := decode(p->>'poll_sha256', 'hex'); v_kept boolean;
begin
  if rate_hit('scan-new:' || (p->>'address'), 60, v_now) > 10 then return 'address'; end if;
  perform pg_advisory_xact_lock(hashtextextended('scan:' || coalesce(p->>'held_sha256', p->>'poll_sha256'), 7));
  v_kept := p->>'held_sha256' is not null and exists (
    select 1 from scan_ticket t where t.poll_sha256 = decode(p->>'held_sha256', 'hex')
       and t.state in ('created', 'scanned', 'confirmed') and t.expires_at > v_now);
  if v_kept then v_poll := decode(p->>'held_sha256', 'hex'); end if;
  update scan_ticket t set state = 'cancelled', ended_at = v_now, reason = 'too_many'
   where t.ticket_sha256 in (select l.ticket_sha256 from scan_ticket l where l.poll_sha256 = v_poll
                               and l.state in ('created', 'scanned', 'confirmed') and l.expires_at > v_now
                             order by l.state = 'created', l.created_at desc, l.id desc offset 2)
     and t.state in ('created', 'scanned', 'confirmed');
  insert into scan_ticket (ticket_sha256, poll_sha256, id, audience, created_at, expires_at, ip, user_agent, device_hash)
  values (decode(p->>'ticket_sha256', 'hex'), v_poll, (p->>'id')::uuid, p->>'audience', v_now, v_now + interval '120 seconds',
          p->>'ip', p->>'user_agent', decode(p->>'device_hash', 'hex'));
  return case when v_kept then 'kept' else 'ok' end;
end $$;
call app_function('scan_create(jsonb)');

-- Asked after every look at a ticket, known or not, so that both cost the same: until when the address is kept out.
create function scan_door(p_address text, p_unknown boolean, p_now timestamptz) returns timestamptz
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_until timestamptz;
begin
  select until into v_until from scan_block where ip = p_address and until > p_now;
  if found or not p_unknown then return v_until; end if;
  if rate_hit('scan-unknown:' || p_address, 3600, p_now) > 30 then
    insert into scan_block as b (ip, until) values (p_address, p_now + interval '1 hour')
    on conflict (ip) do update set until = excluded.until returning b.until into v_until;
  end if;
  return v_until;
end $$;
call app_function('scan_door(text, boolean, timestamptz)');

-- What the PC sees. Nothing without ticket and secret. p_begins: a poll begins (one a second), otherwise a look within one.
create function scan_poll(p_ticket bytea, p_poll bytea, p_begins boolean, p_now timestamptz)
returns table (outcome text, state text, expires_at timestamptz, number int, person_id uuid, name_sealed bytea)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  select scan_state(t.state, t.expires_at, p_now), t.expires_at, t.number, a.person_id, p.name_sealed,
         case when p_begins and t.polled_at > p_now - interval '1 second' then 'slow' else 'ok' end
    into state, expires_at, number, person_id, name_sealed, outcome
    from scan_ticket t left join account a on a.id = t.account_id left join person p on p.id = a.person_id
   where t.ticket_sha256 = p_ticket and t.poll_sha256 = p_poll;
  if not found then outcome := 'unknown'; return next; return; end if;
  if p_begins and outcome = 'ok' then
    update scan_ticket t set polled_at = p_now where t.ticket_sha256 = p_ticket;
  end if;
  return next;
end $$;
call app_function('scan_poll(bytea, bytea, boolean, timestamptz)');

-- Why a transition did not happen: 'unknown', 'other' (another person holds it), or the state it is in.
create function scan_why(p_ticket bytea, p_now timestamptz) returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce((select case when scan_state(t.state, t.expires_at, p_now) in ('scanned', 'confirmed')
                                and t.account_id is distinct from cur_account() then 'other'
                               else scan_state(t.state, t.expires_at, p_now) end
                     from scan_ticket t where t.ticket_sha256 = p_ticket), 'unknown')
$$;
call app_function('scan_why(bytea, timestamptz)');

-- created -> scanned, for the acting account; the same person may look again, the clock does not start anew.
create function scan_look(p_ticket bytea, p_session uuid, p_org uuid, p_numbers int[], p_number int, p_now timestamptz)
returns table (outcome text, id uuid, audience text, ip text, user_agent text, created_at timestamptz, expires_at timestamptz,
               numbers int[], new_device boolean)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if rate_hit('scan-look:' || cur_account()::text, 60, p_now) > 10 then outcome := 'often'; return next; return; end if;
  update scan_ticket t set state = 'scanned', expires_at = p_now + interval '60 seconds', account_id = cur_account(),
         phone_session = p_session, organisation_id = p_org, numbers = p_numbers, number = p_number
   where t.ticket_sha256 = p_ticket and t.state = 'created' and t.expires_at > p_now;
  if found then outcome := 'scanned';
  else
    update scan_ticket t set phone_session = p_session, organisation_id = p_org
     where t.ticket_sha256 = p_ticket and t.state = 'scanned' and t.expires_at > p_now and t.account_id = cur_account();
    outcome := case when found then 'again' else scan_why(p_ticket, p_now) end;
  end if;
  if outcome not in ('scanned', 'again') then return next; return; end if;
  select t.id, t.audience, t.ip, t.user_agent, t.created_at, t.expires_at, t.numbers,
         t.device_hash is null or not exists (select 1 from session s where s.account_id = cur_account() and s.device_hash = t.device_hash)
    into id, audience, ip, user_agent, created_at, expires_at, numbers, new_device
    from scan_ticket t where t.ticket_sha256 = p_ticket;
  return next;
end $$;
call app_function('scan_look(bytea, uuid, uuid, int[], int, timestamptz)');

-- What the risk question of Q6 needs, of one's own ticket.
create function scan_risk(p_ticket bytea, p_now timestamptz) returns table (id uuid, ip text, new_device boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select t.id, t.ip, t.device_hash is null
         or not exists (select 1 from session s where s.account_id = cur_account() and s.device_hash = t.device_hash)
    from scan_ticket t where t.ticket_sha256 = p_ticket and t.account_id = cur_account() and t.state = 'scanned' and t.expires_at > p_now
$$;
call app_function('scan_risk(bytea, timestamptz)');

-- A proof for one ticket by a factor of its own: a password does not answer the question of Q6.
create function scan_proof(p_id uuid, p_operation text, p_sid uuid, p_now timestamptz) returns boolean
language sql security definer set search_path = public, pg_temp as $$
  with used as (update step_up_proof set used_at = p_now
                 where id = p_id and account_id = cur_account() and session_id = p_sid and purpose = 'scan.confirm'
                   and operation = p_operation and factor <> 'password' and used_at is null and expires_at > p_now returning 1)
  select exists (select 1 from used)
$$;
call app_function('scan_proof(uuid, text, uuid, timestamptz)');

-- scanned -> confirmed by who scanned, for the organisation he saw; a wrong number ends it (Q5).
create function scan_confirm(p_ticket bytea, p_number int, p_org uuid, p_session uuid, p_now timestamptz)
returns table (outcome text, id uuid, expires_at timestamptz)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update scan_ticket t set state = 'confirmed', expires_at = p_now + interval '30 seconds', phone_session = p_session
   where t.ticket_sha256 = p_ticket and t.state = 'scanned' and t.expires_at > p_now and t.account_id = cur_account()
     and t.number = p_number and t.organisation_id is not distinct from p_org
  returning t.id, t.expires_at into id, expires_at;
  if found then outcome := 'confirmed'; return next; return; end if;
  update scan_ticket t set state = 'denied', ended_at = p_now, reason = 'number'
   where t.ticket_sha256 = p_ticket and t.state in ('scanned', 'confirmed') and t.expires_at > p_now
     and t.account_id = cur_account() and t.number <> p_number
  returning t.id, t.expires_at into id, expires_at;
  if found then outcome := 'wrong'; return next; return; end if;
  select t.id, t.expires_at into id, expires_at from scan_ticket t where t.ticket_sha256 = p_ticket;
  outcome := scan_why(p_ticket, p_now);
  if outcome = 'scanned' then outcome := 'organisation'; end if;  -- mine, the right number, yet not for what was shown
  if outcome = 'confirmed' then outcome := 'again'; end if;
  return next;
end $$;
call app_function('scan_confirm(bytea, int, uuid, uuid, timestamptz)');

create function scan_deny(p_ticket bytea, p_now timestamptz) returns table (outcome text, id uuid)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update scan_ticket t set state = 'denied', ended_at = p_now, reason = 'refused'
   where t.ticket_sha256 = p_ticket and t.state in ('scanned', 'confirmed') and t.expires_at > p_now and t.account_id = cur_account()
  returning t.id into id;
  outcome := case when found then 'denied' else 'no' end;
  if outcome = 'no' then outcome := 'is ' || scan_why(p_ticket, p_now); end if;
  return next;
end $$;
call app_function('scan_deny(bytea, timestamptz)');

create function scan_cancel(p_ticket bytea, p_poll bytea, p_now timestamptz) returns table (outcome text, id uuid)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update scan_ticket t set state = 'cancelled', ended_at = p_now, reason = 'pc'
   where t.ticket_sha256 = p_ticket and t.poll_sha256 = p_poll and t.state in ('created', 'scanned', 'confirmed') and t.expires_at > p_now
  returning t.id into id;
  if found then outcome := 'cancelled'; return next; return; end if;
  select 'is ' || scan_state(t.state, t.expires_at, p_now), t.id into outcome, id
    from scan_ticket t where t.ticket_sha256 = p_ticket and t.poll_sha256 = p_poll;
  outcome := coalesce(outcome, 'is unknown');
  return next;
end $$;
call app_function('scan_cancel(bytea, bytea, timestamptz)');

-- confirmed -> exchanged, once. A repeat by another client ends the session the first one took (Q10).
create function scan_exchange(p_ticket bytea, p_poll bytea, p_client bytea, p_device bytea, p_now timestamptz)
returns table (outcome text, id uuid, account_id uuid, organisation_id uuid, audience text, phone_alive boolean, new_device boolean,
               session_id uuid)
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_same boolean; v_phone uuid;
begin
  update scan_ticket t set state = 'exchanged', ended_at = p_now, client_sha256 = p_client
   where t.ticket_sha256 = p_ticket and t.poll_sha256 = p_poll and t.state = 'confirmed' and t.expires_at > p_now
  returning t.id, t.account_id, t.organisation_id, t.audience, t.phone_session
    into id, account_id, organisation_id, audience, v_phone;
  if found then
    outcome := 'exchanged';
    phone_alive := exists (select 1 from session s where s.id = v_phone and s.account_id = scan_exchange.account_id
                              and s.revoked_at is null and least(s.idle_until, s.absolute_until) > p_now);
    new_device := p_device is null
      or not exists (select 1 from session s where s.account_id = scan_exchange.account_id and s.device_hash = p_device);
    return next; return;
  end if;
  select 'is ' || scan_state(t.state, t.expires_at, p_now), t.id, t.account_id, t.session_id,
         case when p_device is not null then s.device_hash = p_device else t.client_sha256 = p_client end
    into outcome, id, account_id, session_id, v_same
    from scan_ticket t left join session s on s.id = t.session_id where t.ticket_sha256 = p_ticket and t.poll_sha256 = p_poll;
  if not found then outcome := 'is unknown'; return next; return; end if;
  if outcome = 'is exchanged' and session_id is not null and v_same is not true then
    update session s set revoked_at = p_now, revoke_reason = 'scan_replay' where s.id = scan_exchange.session_id and s.revoked_at is null;
    outcome := case when found then 'replay' else outcome end;
  end if;
  return next;
end $$;
call app_function('scan_exchange(bytea, bytea, bytea, bytea, timestamptz)');

-- The session that came of it; none (null): the person may no longer sign in.
create function scan_close(p_id uuid, p_session uuid, p_reason text, p_now timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
  update scan_ticket set session_id = p_session, state = case when p_session is null then 'denied' else state end, reason = p_reason
   where id = p_id and state = 'exchanged' and session_id is null
$$;
call app_function('scan_close(uuid, uuid, text, timestamptz)');

create function scan_purge(p_now timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from scan_ticket where created_at < p_now - interval '1 day';
  delete from scan_block where until < p_now;
  delete from rate_counter where starts_with(bucket, 'scan-new:') and slot < floor(extract(epoch from p_now) / 60) - 60;
  delete from rate_counter where starts_with(bucket, 'scan-look:') and slot < floor(extract(epoch from p_now) / 60) - 60;
  delete from rate_counter where starts_with(bucket, 'scan-unknown:') and slot < floor(extract(epoch from p_now) / 3600) - 2;
end $$;
call app_function('scan_purge(timestamptz)');
