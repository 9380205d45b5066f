-- Who somebody is, proved at a provider 身份核验 (V): sessions, seen nonces, the identity document of a person. Then the registry of
-- enterprises 企业库: who represents which firm, by blind index alone; the number itself is never stored.
set local check_function_bodies = off;

-- One attempt, single use, ten minutes, bound to the device that began it (V1). The hint (name, document) is sealed and goes when it ends.
create table idv_session (
  id uuid primary key,
  provider text not null,
  purpose text not null check (purpose in ('sign_in')),
  account_id uuid,
  openid text,
  audience text not null,
  secret_sha256 bytea not null,
  device_hash bytea not null,
  state_hash bytea not null,
  nonce text not null,
  out_seq_no text not null unique,
  provider_ref text,
  hint_sealed bytea,
  consent_version int not null,
  ip text not null,
  status text not null default 'started' check (status in ('started', 'verified', 'failed', 'used')),
  reason text not null default '',
  evidence_ref text not null default '',
  called_back_at timestamptz,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  settled_at timestamptz,
  used_at timestamptz
);
create index idv_session_end on idv_session (expires_at);
call make_identity_table('idv_session');

create table idv_nonce (
  provider text not null,
  nonce text not null,
  seen_at timestamptz not null,
  primary key (provider, nonce)
);
call make_identity_table('idv_nonce');

-- The document behind person_index ``id_number``; kept while a role is active.
create table person_identity (
  person_id uuid primary key references person (id),
  id_type text not null,
  id_no_sealed bytea not null,
  provider text not null,
  verified_at timestamptz not null
);
call make_identity_table('person_identity');

-- Who is forgotten (P7) loses the index, and the document with it.
create function identity_forget() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from person_identity where person_id = old.person_id;
  return null;
end $$;
revoke all on function identity_forget() from public;
create trigger identity_forget after delete on person_index for each row when (old.kind = 'id_number') execute function identity_forget();

create function idv_start(p jsonb, p_now timestamptz) returns timestamptz
language sql security definer set search_path = public, pg_temp as $$
  insert into idv_session (id, provider, purpose, account_id, openid, audience, secret_sha256, device_hash, state_hash, nonce, out_seq_no,
                           hint_sealed, consent_version, ip, created_at, expires_at)
    values ((p->>'id')::uuid, p->>'provider', p->>'purpose', cur_account(), p->>'openid', p->>'audience', decode(p->>'secret_sha256', 'hex'),
            decode(p->>'device_hash', 'hex'), decode(p->>'state_hash', 'hex'), p->>'nonce', p->>'out_seq_no',
            decode(p->>'hint_sealed', 'hex'), (p->>'consent_version')::int, p->>'ip', p_now, p_now + interval '10 minutes')
    returning expires_at
$$;
call app_function('idv_start(jsonb, timestamptz)');

-- What the provider calls it; a start that failed leaves nothing to claim.
create function idv_begun(p_id uuid, p_ref text) returns void
language sql security definer set search_path = public, pg_temp as $$
  update idv_session set provider_ref = p_ref where id = p_id and provider_ref is null
$$;
call app_function('idv_begun(uuid, text)');

create function idv_drop(p_id uuid) returns void
language sql security definer set search_path = public, pg_temp as $$
  delete from idv_session where id = p_id and status = 'started'
$$;
call app_function('idv_drop(uuid)');

-- The session for who holds its secret on its device; nothing for anybody else, and nothing once it is over.
create function idv_find(p_id uuid, p_secret bytea, p_device bytea, p_now timestamptz) returns setof idv_session
language sql security definer set search_path = public, pg_temp as $$
  select * from idv_session
   where id = p_id and secret_sha256 = p_secret and device_hash = p_device and expires_at > p_now and status <> 'used' for update
$$;
call app_function('idv_find(uuid, bytea, bytea, timestamptz)');

create function idv_settle(p_id uuid, p_status text, p_reason text, p_evidence text, p_now timestamptz) returns boolean
language sql security definer set search_path = public, pg_temp as $$
  with done as (
    update idv_session set status = p_status, reason = p_reason, evidence_ref = p_evidence, settled_at = p_now,
           hint_sealed = case when p_status = 'verified' then hint_sealed end
     where id = p_id and status = 'started' and p_status in ('verified', 'failed') and expires_at > p_now returning 1)
  select exists (select 1 from done)
$$;
call app_function('idv_settle(uuid, text, text, text, timestamptz)');

create function idv_use(p_id uuid, p_account uuid, p_now timestamptz) returns boolean
language sql security definer set search_path = public, pg_temp as $$
  with done as (
    update idv_session set status = 'used', used_at = p_now, hint_sealed = null, account_id = p_account
     where id = p_id and status = 'verified' and expires_at > p_now returning 1)
  select exists (select 1 from done)
$$;
call app_function('idv_use(uuid, uuid, timestamptz)');

-- A callback whose signature held (V2, V3): marked | replay (the nonce was seen) | unknown | swapped (another openid) | ended.
create function idv_callback(p_provider text, p_out_seq text, p_nonce text, p_openid text, p_now timestamptz,
                             out outcome text, out session_id uuid)
language plpgsql security definer set search_path = public, pg_temp as $$
declare s idv_session;
begin
  insert into idv_nonce (provider, nonce, seen_at) values (p_provider, p_nonce, p_now) on conflict do nothing;
  if not found then outcome := 'replay'; return; end if;
  select * into s from idv_session where provider = p_provider and out_seq_no = p_out_seq for update;
  if not found then outcome := 'unknown'; return; end if;
  session_id := s.id;
  if s.openid is not null and p_openid is distinct from s.openid then outcome := 'swapped'; return; end if;
  if s.status <> 'started' or s.expires_at <= p_now then outcome := 'ended'; return; end if;
  update idv_session set called_back_at = coalesce(called_back_at, p_now) where id = s.id;
  outcome := 'marked';
end $$;
call app_function('idv_callback(text, text, text, text, timestamptz)');

create function idv_purge(p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare n int;
begin
  delete from idv_nonce where seen_at < p_now - interval '11 minutes';
  update idv_session set hint_sealed = null where hint_sealed is not null and expires_at <= p_now;
  get diagnostics n = row_count;
  delete from idv_session where expires_at < p_now - interval '1100 days';  -- which consent it began with is proof for three years
  return n;
end $$;
call app_function('idv_purge(timestamptz)');

-- The person of a document, when somebody proved it before.
create function identity_person(p_idx bytea[]) returns table (person_id uuid, account_id uuid, status text, name_sealed bytea)
language sql stable security definer set search_path = public, pg_temp as $$
  select p.id, a.id, a.status, p.name_sealed
    from person_index i join person p on p.id = i.person_id join account a on a.person_id = p.id
   where i.kind = 'id_number' and i.idx = any (p_idx) order by a.created_at limit 1
$$;
call app_function('identity_person(bytea[])');

-- Give a person the document that was proved. False: it is somebody else's (or the person has another one).
create function identity_put(p_person uuid, p jsonb, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_idx bytea[] := array(select decode(jsonb_array_elements_text(p->'idx'), 'hex')); holder uuid;
begin
  select i.person_id into holder from person_index i where i.kind = 'id_number' and i.idx = any (v_idx) limit 1;
  if holder is not null and holder <> p_person then return false; end if;
  if holder is null then
    if exists (select 1 from person_index i where i.kind = 'id_number' and i.person_id = p_person) then return false; end if;
    insert into person_index (kind, idx, key_id, person_id) values ('id_number', v_idx[1], decode(p->>'key_id', 'hex'), p_person);
  end if;
  insert into person_identity (person_id, id_type, id_no_sealed, provider, verified_at)
    values (p_person, p->>'id_type', decode(p->>'id_no_sealed', 'hex'), p->>'provider', p_now)
    on conflict (person_id) do update set id_type = excluded.id_type, id_no_sealed = excluded.id_no_sealed,
      provider = excluded.provider, verified_at = excluded.verified_at;
  return true;
end $$;
call app_function('identity_put(uuid, jsonb, timestamptz)');

-- Firms whose grant to the holder of this document is in force today.
create function identity_grants(p_idx bytea[], p_today date)
returns table (delegation_id uuid, organisation_id uuid, person_id uuid, agent_name_sealed bytea, name text, uscc text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare d record; before text := coalesce(current_setting('app.tenant', true), '');
begin
  for d in select x.id, x.tenant_id, x.person_id, x.agent_name_sealed from delegation x join delegation_index i
             on i.tenant_id = x.tenant_id and i.delegation_id = x.id
            where i.kind = 'id_number' and i.idx = any (p_idx) and x.state = 'active' and x.valid_from <= p_today and x.valid_to >= p_today
            order by x.firm_name, x.id loop
    perform become(d.tenant_id);
    delegation_id := d.id; organisation_id := d.tenant_id; person_id := d.person_id; agent_name_sealed := d.agent_name_sealed;
    select o.name, o.uscc into name, uscc from organisation o where o.id = d.tenant_id and o.status in ('unverified', 'active');
    if found then return next; end if;
  end loop;
  perform set_config('app.tenant', before, true);
end $$;
call app_function('identity_grants(bytea[], date)');
