-- What a person agreed to (P6) and the wish to be forgotten (P7). Both belong to the person, not to a firm: reached by functions only.
create table consent_record (
  id uuid primary key,
  person_id uuid not null references person (id),
  purpose text not null check (purpose in ('privacy', 'face', 'sms_marketing', 'bank_contact')),
  text_version text not null,
  text_sha256 text not null,
  given_at timestamptz not null,
  channel text not null,
  ip text not null default '',
  withdrawn_at timestamptz
);
create index consent_record_person on consent_record (person_id, purpose, given_at);
create unique index consent_record_live on consent_record (person_id, purpose, text_version) where withdrawn_at is null;
call make_identity_table('consent_record');

create table data_export (
  id uuid primary key,
  person_id uuid not null references person (id),
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index data_export_person on data_export (person_id, created_at);
call make_identity_table('data_export');

create table deletion_request (
  person_id uuid primary key references person (id),
  requested_at timestamptz not null,
  due_at timestamptz not null,
  done_at timestamptz
);
call make_identity_table('deletion_request');

create function me_consent(p_id uuid, p_purpose text, p_version text, p_sha256 text, p_channel text, p_ip text, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into consent_record (id, person_id, purpose, text_version, text_sha256, given_at, channel, ip)
    values (p_id, cur_person(), p_purpose, p_version, p_sha256, p_now, p_channel, p_ip)
    on conflict (person_id, purpose, text_version) where withdrawn_at is null do nothing;
  return found;
end $$;
call app_function('me_consent(uuid, text, text, text, text, text, timestamptz)');

create function me_withdraw(p_purpose text, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare n int;
begin
  update consent_record set withdrawn_at = p_now where person_id = cur_person() and purpose = p_purpose and withdrawn_at is null;
  get diagnostics n = row_count;
  return n;
end $$;
call app_function('me_withdraw(text, timestamptz)');

create function me_consents() returns table (purpose text, version text, sha256 text, given_at timestamptz, channel text, withdrawn_at timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query select c.purpose, c.text_version, c.text_sha256, c.given_at, c.channel, c.withdrawn_at
    from consent_record c where c.person_id = cur_person() order by c.given_at desc;
end $$;
call app_function('me_consents()');

create function me_export_ask(p_id uuid, p_now timestamptz, p_until timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  insert into data_export (id, person_id, created_at, expires_at) values (p_id, cur_person(), p_now, p_until);
end $$;
call app_function('me_export_ask(uuid, timestamptz, timestamptz)');

create function me_exports(p_now timestamptz) returns table (id uuid, created_at timestamptz, expires_at timestamptz)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query select e.id, e.created_at, e.expires_at from data_export e
    where e.person_id = cur_person() and e.created_at > p_now - interval '30 days' order by e.created_at desc limit 20;
end $$;
call app_function('me_exports(timestamptz)');

-- Everything identity holds of the acting person; sealed fields stay sealed and are opened by the application.
create function me_facts() returns jsonb
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select jsonb_build_object('person_id', p.id, 'name_sealed', encode(p.name_sealed, 'hex'), 'phone_sealed', encode(p.phone_sealed, 'hex'),
      'since', p.created_at,
      'accounts', (select jsonb_agg(jsonb_build_object('login_name', a.login_name, 'status', a.status, 'created_at', a.created_at,
          'password_changed_at', a.password_changed_at)) from account a where a.person_id = p.id),
      'sessions', (select jsonb_agg(jsonb_build_object('audience', s.audience, 'device', s.device, 'ip', s.ip, 'created_at', s.created_at,
          'last_seen', s.last_seen, 'ended_at', s.revoked_at) order by s.created_at desc)
          from session s join account a on a.id = s.account_id where a.person_id = p.id))
    from person p where p.id = cur_person());
end $$;
call app_function('me_facts()');

create function me_deletion_ask(p_now timestamptz, p_due timestamptz) returns timestamptz
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_due timestamptz;
begin
  insert into deletion_request (person_id, requested_at, due_at) values (cur_person(), p_now, p_due)
    on conflict (person_id) do update set requested_at = deletion_request.requested_at returning due_at into v_due;
  return v_due;
end $$;
call app_function('me_deletion_ask(timestamptz, timestamptz)');

create function me_deletion() returns timestamptz
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return (select due_at from deletion_request where person_id = cur_person() and done_at is null);
end $$;
call app_function('me_deletion()');

create function me_deletion_stop() returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from deletion_request where person_id = cur_person() and done_at is null;
  return found;
end $$;
call app_function('me_deletion_stop()');

create function erasures_due(p_now timestamptz) returns setof uuid
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query select d.person_id from deletion_request d where d.due_at <= p_now and d.done_at is null order by d.due_at limit 200;
end $$;
call app_function('erasures_due(timestamptz)');

-- Forget a person: identity is emptied, memberships and grants end, whoever is named on filed data becomes user#. What a firm filed stays (P7).
create function erase_person(p_person uuid, p_name bytea, p_alias text, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_tenant uuid; v_accounts uuid[]; own text := current_setting('app.tenant', true); me text := current_setting('app.person', true);
begin
  update deletion_request set done_at = p_now where person_id = p_person and due_at <= p_now and done_at is null;
  if not found then return false; end if;
  select array_agg(id) into v_accounts from account where person_id = p_person;
  perform set_config('app.person', p_person::text, true);
  for v_tenant in select tenant_id from membership where person_id = p_person loop
    perform set_config('app.tenant', v_tenant::text, true);
    update membership set status = 'ended', display_name_masked = p_alias, login_name = '', phone_masked = null, ended_at = coalesce(ended_at, p_now),
      end_reason = coalesce(end_reason, '账号注销'), updated_at = p_now, version = version + 1 where tenant_id = v_tenant and person_id = p_person;
    update inventory_month set submitted_by_name = p_alias where tenant_id = v_tenant and submitted_by = any (v_accounts);
    update operating_data set saved_by_name = p_alias where tenant_id = v_tenant and saved_by = any (v_accounts);
    update draft set saved_by_name = p_alias where tenant_id = v_tenant and saved_by = any (v_accounts);
  end loop;
  perform set_config('app.tenant', coalesce(own, ''), true), set_config('app.person', coalesce(me, ''), true);
  update session set revoked_at = coalesce(revoked_at, p_now), revoke_reason = coalesce(revoke_reason, 'erased'), device = '', ip = '' where account_id = any (v_accounts);
  delete from second_factor where account_id = any (v_accounts);
  update account set status = 'disabled', login_name = p_alias || '-' || left(id::text, 8), password_hash = '!' where person_id = p_person;
  delete from person_index where person_id = p_person;
  delete from data_export where person_id = p_person;
  update consent_record set withdrawn_at = coalesce(withdrawn_at, p_now), ip = '' where person_id = p_person;
  update person set name_sealed = p_name, phone_sealed = null where id = p_person;
  return true;
end $$;
call app_function('erase_person(uuid, bytea, text, timestamptz)');
