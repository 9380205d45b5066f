-- People, accounts, sessions, one-time codes: no right for the application, reached by the functions below only.
-- membership and organisation come with 0020: bodies are checked when they run
set local check_function_bodies = off;

create table person (
  id uuid primary key,
  name_sealed bytea not null,
  phone_sealed bytea,
  created_at timestamptz not null default now()
);
-- Blind indexes in a side table with the key's id, so that keys can rotate (P2).
create table person_index (
  kind text not null check (kind in ('phone', 'id_number')),
  idx bytea not null,
  key_id bytea not null,
  person_id uuid not null references person (id),
  primary key (kind, idx)
);
create index person_index_person on person_index (person_id);

create table account (
  id uuid primary key,
  person_id uuid not null references person (id),
  login_name text not null,
  password_hash text not null,
  profile text not null check (profile in ('seed001', 'strong')),
  must_change boolean not null default true,
  initial_until timestamptz,
  password_changed_at timestamptz not null,
  status text not null default 'active' check (status in ('active', 'disabled')),
  created_at timestamptz not null default now()
);
create unique index account_login on account (lower(login_name));
create index account_person on account (person_id);

create table session (
  id uuid primary key,
  account_id uuid not null references account (id),
  audience text not null,
  amr text[] not null,
  auth_time timestamptz not null,
  organisation_id uuid,
  device text not null default '',
  device_hash bytea not null,
  ip text not null default '',
  created_at timestamptz not null,
  last_seen timestamptz not null,
  idle_seconds int not null,
  idle_until timestamptz not null,
  absolute_until timestamptz not null,
  revoked_at timestamptz,
  revoke_reason text
);
create index session_account on session (account_id, revoked_at);

create table refresh_token (
  token_sha256 bytea primary key,
  session_id uuid not null references session (id) on delete cascade,
  parent_sha256 bytea,
  created_at timestamptz not null,
  used_at timestamptz
);
create index refresh_token_session on refresh_token (session_id);
create unique index refresh_token_parent on refresh_token (parent_sha256);

create table captcha (
  id text primary key,
  answer_hash bytea not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index captcha_expires on captcha (expires_at);

create table sms_code (
  id uuid primary key,
  purpose text not null,
  phone_idx bytea not null,
  device_hash bytea not null,
  ip text not null,
  code_hash bytea not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  tries int not null default 0,
  used_at timestamptz
);
create index sms_code_phone on sms_code (phone_idx, created_at desc);
create index sms_code_ip on sms_code (ip, created_at desc);
create index sms_code_device on sms_code (device_hash, created_at desc);

create table login_counter (
  bucket text primary key,
  failures int not null,
  since timestamptz not null,
  last_at timestamptz not null,
  locked_until timestamptz,
  locks int not null default 0
);

-- A new secret waits in pending_* until a code proves it; the one in force stays until then.
create table second_factor (
  account_id uuid primary key references account (id),
  secret_sealed bytea,
  confirmed_at timestamptz,
  last_step bigint not null default 0,
  pending_sealed bytea,
  pending_until timestamptz,
  check ((secret_sealed is null) = (confirmed_at is null))
);

create table step_up_proof (
  id uuid primary key,
  account_id uuid not null,
  session_id uuid not null,
  purpose text not null,
  operation text not null,
  factor text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);

do $$ declare t text; begin
  foreach t in array array['person','person_index','account','session','refresh_token','captcha','sms_code','login_counter','second_factor','step_up_proof'] loop
    execute format('call make_identity_table(%L)', t);
  end loop;
end $$;

-- Consoles that ask for a second factor (L21).
create function auth_two_factor(p_audience text) returns boolean language sql immutable parallel safe
  return p_audience in ('console-gov', 'console-verify', 'console-bank', 'console-ops');
call app_function('auth_two_factor(text)');

-- One round trip at the start of every request (architecture 4.3): session, membership, tenant, idempotency key. Reads only.
create function enter(p_sid uuid, p_org uuid, p_route text, p_key text, p_now timestamptz)
returns table (outcome text, account_id uuid, person_id uuid, org_kind text, org_status text, roles text[], amr text[],
               auth_time timestamptz, must_change boolean, idem_locked boolean, idem_status int, idem_body bytea, idem_sha bytea)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_revoked timestamptz; v_until timestamptz; v_status text; v_audience text; v_day date := (p_now at time zone 'Asia/Shanghai')::date;
begin
  select s.account_id, a.person_id, s.amr, s.auth_time, s.revoked_at, least(s.idle_until, s.absolute_until), a.status,
         a.must_change, s.audience
    into account_id, person_id, amr, auth_time, v_revoked, v_until, v_status, must_change, v_audience
    from session s join account a on a.id = s.account_id where s.id = p_sid;
  if not found or v_revoked is not null then outcome := 'no_session'; return next; return; end if;
  if v_until <= p_now then outcome := 'expired'; return next; return; end if;
  if v_status <> 'active' then outcome := 'account_disabled'; return next; return; end if;
  perform set_config('app.account', account_id::text, true), set_config('app.person', person_id::text, true);
  outcome := case when must_change then 'must_change' else 'ok' end;
  if p_org is null then idem_locked := true; return next; return; end if;
  perform set_config('app.tenant', p_org::text, true);
  select m.roles, o.kind, o.status into roles, org_kind, org_status
    from membership m join organisation o on o.id = m.tenant_id
   where m.tenant_id = p_org and m.person_id = enter.person_id and m.status = 'active'
     and m.valid_from <= v_day and (m.valid_to is null or m.valid_to >= v_day);
  if not found then
    perform set_config('app.tenant', '', true);
    outcome := 'no_membership'; return next; return;
  end if;
  perform set_config('app.kind', org_kind, true);
  if auth_two_factor(v_audience) and not ('otp' = any (amr)) then roles := '{}'; end if;  -- L21: no role before the second factor
  if org_status in ('suspended', 'closed') then outcome := 'org_suspended'; return next; return; end if;
  if p_key is not null then
    idem_locked := pg_try_advisory_xact_lock(hashtextextended(p_org::text || account_id::text || p_route || p_key, 7));
    select i.status, i.body, i.body_sha256 into idem_status, idem_body, idem_sha from idempotency i
     where i.tenant_id = p_org and i.account_id = enter.account_id and i.route = p_route and i.key = p_key;
  else
    idem_locked := true;
  end if;
  return next;
end $$;
call app_function('enter(uuid, uuid, text, text, timestamptz)');

-- Accounts -----------------------------------------------------------------------------------------------------------
create function auth_create(p jsonb) returns uuid
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_person uuid := (p->>'person_id')::uuid; v_account uuid := (p->>'account_id')::uuid;
begin
  insert into person (id, name_sealed, phone_sealed)
    values (v_person, decode(p->>'name_sealed', 'hex'), decode(p->>'phone_sealed', 'hex'));
  if p ? 'phone_idx' then
    insert into person_index (kind, idx, key_id, person_id)
      values ('phone', decode(p->>'phone_idx', 'hex'), decode(p->>'key_id', 'hex'), v_person);
  end if;
  insert into account (id, person_id, login_name, password_hash, profile, must_change, initial_until, password_changed_at)
    values (v_account, v_person, p->>'login_name', p->>'password_hash', p->>'profile', (p->>'must_change')::boolean,
            (p->>'initial_until')::timestamptz, (p->>'now')::timestamptz);
  return v_account;
end $$;
call app_function('auth_create(jsonb)');

create function auth_name_taken(p_login text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from account where lower(login_name) = lower(p_login))
$$;
call app_function('auth_name_taken(text)');

create function auth_phone_owner(p_idx bytea[]) returns uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select person_id from person_index where kind = 'phone' and idx = any (p_idx) limit 1
$$;
call app_function('auth_phone_owner(bytea[])');

create function auth_of_phone(p_idx bytea[]) returns uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select a.id from account a join person_index i on i.person_id = a.person_id
   where i.kind = 'phone' and i.idx = any (p_idx) order by a.created_at limit 1
$$;
call app_function('auth_of_phone(bytea[])');

-- All that signing in needs to know, in one statement that is the same for known and unknown accounts (L9). Never empty.
create function auth_look(p_login text, p_phone bytea[], p_unknown text, p_net text, p_ip text, p_device bytea, p_now timestamptz)
returns table (id uuid, person_id uuid, login_name text, password_hash text, profile text, must_change boolean,
               initial_until timestamptz, password_changed_at timestamptz, status text, totp_sealed bytea, buckets text[],
               account_locked timestamptz, place_locked timestamptz, device_known boolean)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  select a.id, a.person_id, a.login_name, a.password_hash, a.profile, a.must_change, a.initial_until, a.password_changed_at,
         a.status, f.secret_sealed
    into id, person_id, login_name, password_hash, profile, must_change, initial_until, password_changed_at, status, totp_sealed
    from account a left join second_factor f on f.account_id = a.id
   where case when p_login is not null then lower(a.login_name) = lower(p_login)
              else a.person_id in (select i.person_id from person_index i where i.kind = 'phone' and i.idx = any (p_phone)) end
   order by a.created_at limit 1;
  buckets := array['account:' || coalesce(id::text, p_unknown), 'pair:' || coalesce(id::text, p_unknown) || ':' || p_ip, 'net:' || p_net];
  select max(c.locked_until) filter (where c.bucket = buckets[1]), max(c.locked_until) filter (where c.bucket <> buckets[1])
    into account_locked, place_locked from login_counter c where c.bucket = any (buckets) and c.locked_until > p_now;
  device_known := p_device is not null and exists (select 1 from session s where s.account_id = auth_look.id and s.device_hash = p_device);
  return next;
end $$;
call app_function('auth_look(text, bytea[], text, text, text, bytea, timestamptz)');

create function auth_account(p_account uuid) returns table (
  id uuid, person_id uuid, login_name text, password_hash text, profile text, must_change boolean, status text,
  name_sealed bytea, phone_sealed bytea, totp_sealed bytea, pending_sealed bytea, pending_until timestamptz,
  locked_until timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.id, a.person_id, a.login_name, a.password_hash, a.profile, a.must_change, a.status, p.name_sealed, p.phone_sealed,
         f.secret_sealed, f.pending_sealed, f.pending_until, c.locked_until
    from account a join person p on p.id = a.person_id left join second_factor f on f.account_id = a.id
    left join login_counter c on c.bucket = 'account:' || a.id::text
   where a.id = p_account and (cur_account() = p_account or cur_account() is null)
$$;
call app_function('auth_account(uuid)');

create function auth_set_password(p_account uuid, p_hash text, p_must boolean, p_until timestamptz, p_now timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
  update account set password_hash = p_hash, must_change = p_must, initial_until = p_until, password_changed_at = p_now
   where id = p_account
$$;
call app_function('auth_set_password(uuid, text, boolean, timestamptz, timestamptz)');

create function auth_set_must_change(p_account uuid) returns void
language sql security definer set search_path = public, pg_temp as $$
  update account set must_change = true, initial_until = null where id = p_account
$$;
call app_function('auth_set_must_change(uuid)');

-- The desk of the security administrator: exact name only, no list of people.
create function auth_desk(p_login text, p_account uuid, p_now timestamptz) returns table (
  id uuid, person_id uuid, login_name text, name_sealed bytea, profile text, status text, must_change boolean, second_factor boolean,
  locked_until timestamptz, sessions int, created_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select a.id, a.person_id, a.login_name, p.name_sealed, a.profile, a.status, a.must_change, f.confirmed_at is not null,
         (select c.locked_until from login_counter c where c.bucket = 'account:' || a.id::text and c.locked_until > p_now),
         (select count(*)::int from session s where s.account_id = a.id and s.revoked_at is null
            and least(s.idle_until, s.absolute_until) > p_now), a.created_at
    from account a join person p on p.id = a.person_id left join second_factor f on f.account_id = a.id
   where cur_kind() = 'operator' and (lower(a.login_name) = lower(p_login) or a.id = p_account)
$$;
call app_function('auth_desk(text, uuid, timestamptz)');

create function auth_set_status(p_account uuid, p_status text) returns boolean
language sql security definer set search_path = public, pg_temp as $$
  with done as (update account set status = p_status where id = p_account and cur_kind() = 'operator' returning 1)
  select exists (select 1 from done)
$$;
call app_function('auth_set_status(uuid, text)');

-- Sessions -----------------------------------------------------------------------------------------------------------
create function auth_open_session(p jsonb) returns table (ended uuid)
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_account uuid := (p->>'account_id')::uuid; v_now timestamptz := (p->>'now')::timestamptz;
begin
  perform pg_advisory_xact_lock(hashtextextended('session:' || v_account::text, 7));
  insert into session (id, account_id, audience, amr, auth_time, organisation_id, device, device_hash, ip, created_at, last_seen,
                       idle_seconds, idle_until, absolute_until)
  values ((p->>'id')::uuid, v_account, p->>'audience', array(select jsonb_array_elements_text(p->'amr')), v_now,
          (p->>'organisation_id')::uuid, p->>'device', decode(p->>'device_hash', 'hex'), p->>'ip', v_now, v_now,
          (p->>'idle_seconds')::int, v_now + make_interval(secs => (p->>'idle_seconds')::int),
          v_now + make_interval(secs => (p->>'absolute_seconds')::int));
  insert into refresh_token (token_sha256, session_id, created_at) values (decode(p->>'refresh_sha256', 'hex'), (p->>'id')::uuid, v_now);
  return query  -- L18: the oldest end when there are too many
    update session s set revoked_at = v_now, revoke_reason = 'too_many'
     where s.id in (select t.id from session t where t.account_id = v_account and t.revoked_at is null
                      and least(t.idle_until, t.absolute_until) > v_now
                    order by t.created_at desc, t.id desc offset (p->>'limit')::int)
    returning s.id;
end $$;
call app_function('auth_open_session(jsonb)');

-- Rotation (L15): one conditional update decides. The immediate parent within 10 s on the same device gets the same successor.
create function auth_rotate(p_sha bytea, p_next bytea, p_device bytea, p_now timestamptz)
returns table (outcome text, session_id uuid, account_id uuid, audience text, amr text[], auth_time timestamptz, organisation_id uuid,
               person_id uuid, must_change boolean, lives int)
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_used timestamptz; v_device bytea; v_revoked timestamptz; v_until timestamptz; v_fresh boolean; v_status text; v_reason text;
begin
  select r.session_id, r.used_at into session_id, v_used from refresh_token r where r.token_sha256 = p_sha;
  if not found then outcome := 'unknown'; return next; return; end if;
  select s.account_id, s.audience, s.amr, s.auth_time, s.organisation_id, s.device_hash, s.revoked_at,
         least(s.idle_until, s.absolute_until), a.status, s.revoke_reason, a.person_id, a.must_change,
         extract(epoch from least(make_interval(secs => s.idle_seconds), s.absolute_until - p_now))::int
    into account_id, audience, amr, auth_time, organisation_id, v_device, v_revoked, v_until, v_status, v_reason, person_id,
         must_change, lives
    from session s join account a on a.id = s.account_id where s.id = auth_rotate.session_id for update of s;
  if v_revoked is not null then outcome := coalesce(v_reason, 'revoked'); return next; return; end if;
  if v_until <= p_now or v_status <> 'active' then outcome := 'expired'; return next; return; end if;
  update refresh_token r set used_at = p_now where r.token_sha256 = p_sha and r.used_at is null;
  if found then
    insert into refresh_token (token_sha256, session_id, parent_sha256, created_at) values (p_next, auth_rotate.session_id, p_sha, p_now);
    update session s set last_seen = p_now, idle_until = p_now + make_interval(secs => s.idle_seconds) where s.id = auth_rotate.session_id;
    outcome := 'ok'; return next; return;
  end if;
  select r.used_at into v_used from refresh_token r where r.token_sha256 = p_sha;
  select c.used_at is null into v_fresh from refresh_token c where c.parent_sha256 = p_sha and c.token_sha256 = p_next;
  if v_fresh and v_used > p_now - interval '10 seconds' and v_device = p_device then
    outcome := 'ok'; return next; return;
  end if;
  update session s set revoked_at = p_now, revoke_reason = 'refresh_reuse' where s.id = auth_rotate.session_id;
  outcome := 'reuse'; return next;
end $$;
call app_function('auth_rotate(bytea, bytea, bytea, timestamptz)');

create function auth_session_of_refresh(p_sha bytea) returns uuid
language sql stable security definer set search_path = public, pg_temp as $$
  select session_id from refresh_token where token_sha256 = p_sha
$$;
call app_function('auth_session_of_refresh(bytea)');

create function auth_choose(p_sid uuid, p_org uuid) returns boolean
language sql security definer set search_path = public, pg_temp as $$
  with chosen as (update session set organisation_id = p_org where id = p_sid and account_id = cur_account() returning 1)
  select exists (select 1 from chosen)
$$;
call app_function('auth_choose(uuid, uuid)');

create function auth_sessions(p_account uuid, p_now timestamptz) returns table (
  id uuid, audience text, amr text[], device text, ip text, created_at timestamptz, last_seen timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select s.id, s.audience, s.amr, s.device, s.ip, s.created_at, s.last_seen from session s
   where s.account_id = p_account and s.revoked_at is null and least(s.idle_until, s.absolute_until) > p_now order by s.last_seen desc
$$;
call app_function('auth_sessions(uuid, timestamptz)');

-- p_sid null: all of the account. Returns how many ended.
create function auth_end_sessions(p_account uuid, p_sid uuid, p_reason text, p_now timestamptz) returns int
language sql security definer set search_path = public, pg_temp as $$
  with gone as (update session set revoked_at = p_now, revoke_reason = p_reason
                 where account_id = p_account and revoked_at is null and (p_sid is null or id = p_sid) returning 1)
  select count(*)::int from gone
$$;
call app_function('auth_end_sessions(uuid, uuid, text, timestamptz)');

-- An administrator ends all sessions of a member of the acting organisation (L19).
create function auth_end_member(p_person uuid, p_reason text, p_now timestamptz) returns int
language sql security definer set search_path = public, pg_temp as $$
  with gone as (update session s set revoked_at = p_now, revoke_reason = p_reason from account a
                 where a.id = s.account_id and a.person_id = p_person and s.revoked_at is null
                   and exists (select 1 from membership m where m.tenant_id = cur_tenant() and m.person_id = p_person) returning 1)
  select count(*)::int from gone
$$;
call app_function('auth_end_member(uuid, text, timestamptz)');

-- What a session has proved grows when a second factor is confirmed in it.
create function auth_add_amr(p_sid uuid, p_method text) returns void
language sql security definer set search_path = public, pg_temp as $$
  update session set amr = amr || p_method where id = p_sid and account_id = cur_account() and not (p_method = any (amr))
$$;
call app_function('auth_add_amr(uuid, text)');

-- Captcha (L7): one look, dies after it, right or wrong -----------------------------------------------------------------
create function auth_captcha_put(p_id text, p_hash bytea, p_until timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into captcha (id, answer_hash, expires_at) values (p_id, p_hash, p_until)
$$;
call app_function('auth_captcha_put(text, bytea, timestamptz)');

create function auth_captcha_take(p_id text, p_now timestamptz) returns bytea
language sql security definer set search_path = public, pg_temp as $$
  update captcha set used_at = p_now where id = p_id and used_at is null and expires_at > p_now returning answer_hash
$$;
call app_function('auth_captcha_take(text, timestamptz)');

-- Failures and waits (L8) ------------------------------------------------------------------------------------------------
-- From the p_limit-th failure within 15 minutes on, each failure waits: 1, 2, 4, 8, 15 minutes; 12 quiet hours forget it all.
-- A network (soft) begins to count anew after each wait, so that one bad neighbour does not shut out an office.
-- p_count false: the same work, nothing counted (L9: a locked account costs what a wrong password costs). Returns how long to wait for.
create function auth_failed(p_buckets text[], p_limits int[], p_soft boolean[], p_count boolean, p_now timestamptz) returns timestamptz
language plpgsql security definer set search_path = public, pg_temp as $$
declare c login_counter; i int; v_worst timestamptz;
begin
  for i in 1 .. cardinality(p_buckets) loop
    insert into login_counter as l (bucket, failures, since, last_at) values (p_buckets[i], p_count::int, p_now, p_now)
    on conflict (bucket) do update set
      failures = case when not p_count then l.failures
                      when l.last_at < p_now - interval '12 hours' then 1
                      when l.locks = 0 and l.since < p_now - interval '15 minutes' then 1 else l.failures + 1 end,
      since = case when p_count and l.since < p_now - interval '15 minutes' then p_now else l.since end,
      locks = case when p_count and l.last_at < p_now - interval '12 hours' then 0 else l.locks end,
      last_at = case when p_count then p_now else l.last_at end
    returning * into c;
    if p_count and c.failures >= p_limits[i] then
      update login_counter l set locks = l.locks + 1, failures = case when p_soft[i] then 0 else l.failures end,
        locked_until = p_now + make_interval(mins => least(15, (2 ^ least(l.locks, 4))::int))
      where l.bucket = p_buckets[i] returning * into c;
    end if;
    v_worst := greatest(v_worst, c.locked_until);
  end loop;
  return v_worst;
end $$;
call app_function('auth_failed(text[], int[], boolean[], boolean, timestamptz)');

create function auth_succeeded(p_buckets text[]) returns void
language sql security definer set search_path = public, pg_temp as $$ delete from login_counter where bucket = any (p_buckets) $$;
call app_function('auth_succeeded(text[])');

-- SMS codes (L10) --------------------------------------------------------------------------------------------------------
-- Counts and stores in one go under locks per phone, address and device (always in this order), so that two requests at once
-- do not both pass. Answers 'ok' or the limit that refuses; nothing is stored then.
create function auth_sms_reserve(p_id uuid, p_purpose text, p_phone bytea, p_device bytea, p_device_real boolean, p_ip text,
                                 p_hash bytea, p_captcha boolean, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare n record;
begin
  perform pg_advisory_xact_lock(hashtextextended('sms:' || encode(p_phone, 'hex'), 7));
  perform pg_advisory_xact_lock(hashtextextended('sms-ip:' || p_ip, 7));
  perform pg_advisory_xact_lock(hashtextextended('sms-device:' || encode(p_device, 'hex'), 7));
  select count(*) filter (where created_at > p_now - interval '1 minute') as minute,
         count(*) filter (where created_at > p_now - interval '1 hour') as hour, count(*) as day
    into n from sms_code where phone_idx = p_phone and created_at > p_now - interval '24 hours';
  if n.minute >= 1 then return 'minute'; end if;
  if n.hour >= 5 then return 'hour'; end if;
  if n.day >= 10 then return 'day'; end if;
  if (select count(*) from sms_code where ip = p_ip and created_at > p_now - interval '1 hour') >= 20 then return 'ip'; end if;
  if (select count(*) from sms_code where device_hash = p_device and (p_device_real or ip = p_ip)
         and created_at > p_now - interval '1 hour') >= 10 then return 'device'; end if;
  if n.hour >= 1 and not p_captcha then return 'captcha'; end if;
  insert into sms_code (id, purpose, phone_idx, device_hash, ip, code_hash, created_at, expires_at)
    values (p_id, p_purpose, p_phone, p_device, p_ip, p_hash, p_now, p_now + interval '5 minutes');
  return 'ok';
end $$;
call app_function('auth_sms_reserve(uuid, text, bytea, bytea, boolean, text, bytea, boolean, timestamptz)');

-- How many went out in the last hour, for the budget alarm.
create function auth_sms_hour(p_now timestamptz) returns int
language sql stable security definer set search_path = public, pg_temp as $$
  select count(*)::int from sms_code where created_at > p_now - interval '1 hour'
$$;
call app_function('auth_sms_hour(timestamptz)');

-- A code whose sending failed is dead; it still counts.
create function auth_sms_void(p_id uuid, p_now timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$ update sms_code set used_at = p_now where id = p_id $$;
call app_function('auth_sms_void(uuid, timestamptz)');

-- One try: true when the code is right, fresh, unused, for this purpose, phone and device.
create function auth_sms_try(p_purpose text, p_phone bytea, p_device bytea, p_hash bytea, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_id uuid; v_hash bytea;
begin
  select id, code_hash into v_id, v_hash from sms_code
   where purpose = p_purpose and phone_idx = p_phone and device_hash = p_device and used_at is null and expires_at > p_now and tries < 5
   order by created_at desc limit 1 for update;
  if not found then return false; end if;
  if v_hash = p_hash then
    update sms_code set used_at = p_now where id = v_id; return true;
  end if;
  update sms_code set tries = tries + 1 where id = v_id; return false;
end $$;
call app_function('auth_sms_try(text, bytea, bytea, bytea, timestamptz)');

-- Second factor and step-up ------------------------------------------------------------------------------------------------
create function auth_totp_put(p_account uuid, p_secret bytea, p_until timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into second_factor (account_id, pending_sealed, pending_until) values (p_account, p_secret, p_until)
  on conflict (account_id) do update set pending_sealed = excluded.pending_sealed, pending_until = excluded.pending_until
$$;
call app_function('auth_totp_put(uuid, bytea, timestamptz)');

-- The waiting secret takes over, its first code spent.
create function auth_totp_confirm(p_account uuid, p_step bigint, p_now timestamptz) returns boolean
language sql security definer set search_path = public, pg_temp as $$
  with done as (update second_factor set secret_sealed = pending_sealed, confirmed_at = p_now, last_step = p_step,
                  pending_sealed = null, pending_until = null
                 where account_id = p_account and pending_sealed is not null and pending_until > p_now returning 1)
  select exists (select 1 from done)
$$;
call app_function('auth_totp_confirm(uuid, bigint, timestamptz)');

-- A step of 30 s counts once: replay within it is refused.
create function auth_totp_step(p_account uuid, p_step bigint) returns boolean
language sql security definer set search_path = public, pg_temp as $$
  with used as (update second_factor set last_step = p_step
                 where account_id = p_account and secret_sealed is not null and last_step < p_step returning 1)
  select exists (select 1 from used)
$$;
call app_function('auth_totp_step(uuid, bigint)');

create function auth_totp_drop(p_account uuid) returns void
language sql security definer set search_path = public, pg_temp as $$
  delete from second_factor where account_id = p_account and cur_kind() = 'operator'
$$;
call app_function('auth_totp_drop(uuid)');

create function auth_proof_put(p_id uuid, p_purpose text, p_operation text, p_factor text, p_sid uuid, p_now timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into step_up_proof (id, account_id, session_id, purpose, operation, factor, created_at, expires_at)
  values (p_id, cur_account(), p_sid, p_purpose, p_operation, p_factor, p_now, p_now + interval '5 minutes')
$$;
call app_function('auth_proof_put(uuid, text, text, text, uuid, timestamptz)');

create function auth_proof_take(p_id uuid, p_purpose text, p_operation text, p_sid uuid, p_now timestamptz) returns boolean
language sql security definer set search_path = public, pg_temp as $$
  with used as (update step_up_proof set used_at = p_now
                 where id = p_id and account_id = cur_account() and session_id = p_sid and purpose = p_purpose
                   and operation = p_operation and used_at is null and expires_at > p_now returning 1)
  select exists (select 1 from used)
$$;
call app_function('auth_proof_take(uuid, text, text, uuid, timestamptz)');

create function auth_purge(p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare n int;
begin
  delete from step_up_proof where expires_at < p_now - interval '1 day';
  delete from captcha where expires_at < p_now - interval '10 minutes';
  delete from sms_code where created_at < p_now - interval '2 days';
  delete from login_counter where last_at < p_now - interval '2 days' and coalesce(locked_until, p_now) <= p_now;
  delete from session where least(idle_until, absolute_until) < p_now - interval '30 days' or revoked_at < p_now - interval '30 days';
  get diagnostics n = row_count;
  return n;
end $$;
call app_function('auth_purge(timestamptz)');
