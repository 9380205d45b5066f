-- WeChat (W): users of the mini-program, the shared access token, phone codes, subscription quota, messages, pushes, codes, links.
-- Identity class: no right for the application, reached by the functions below only. An openid is a pseudonym (P): plain here, shown nowhere.

-- One row for each (appid, openid) that ever signed in; an account has at most one openid of an appid and the other way round (W8).
create table wx_user (
  id uuid primary key,
  appid text not null,
  openid text not null,
  unionid text,
  session_key_sealed bytea,                 -- W7: the newest one is the valid one
  account_id uuid references account (id),
  bound_at timestamptz,
  seen_at timestamptz not null,
  created_at timestamptz not null,
  unique (appid, openid),
  unique (appid, account_id),
  check ((account_id is null) = (bound_at is null))
);
create index wx_user_account on wx_user (account_id) where account_id is not null;

-- What wx.login of an unbound WeChat gives: good for binding it to the next sign-in, once, for ten minutes.
create table wx_ticket (
  ticket_sha256 bytea primary key,
  user_id uuid not null references wx_user (id) on delete cascade,
  created_at timestamptz not null,
  expires_at timestamptz not null,
  used_at timestamptz
);
create index wx_ticket_expires on wx_ticket (expires_at);

-- The shared place of the access token (W2, architecture 9.16) and the lease of who fetches it (W3).
create table wx_token (
  appid text primary key,
  id uuid not null,
  token_sealed bytea,
  token_sha256 bytea,
  good_until timestamptz,
  fetched_at timestamptz,
  lease_holder uuid,
  lease_until timestamptz,
  forced_on date,
  forced int not null default 0,
  forced_at timestamptz
);

-- A phone code is reserved before WeChat is asked (W11): a double tap costs one fee and gives one answer.
create table wx_phone_code (
  code_sha256 bytea primary key,
  id uuid not null,
  user_id uuid not null references wx_user (id) on delete cascade,
  state text not null default 'asked' check (state in ('asked', 'known', 'failed')),
  phone_sealed bytea,
  created_at timestamptz not null
);
create index wx_phone_code_created on wx_phone_code (created_at);

-- How many messages a person still allows (W12), counted by us.
create table wx_subscription (
  appid text not null,
  openid text not null,
  template_id text not null,
  kind text not null check (kind in ('once', 'long')),
  remaining int not null check (remaining >= 0),
  changed_at timestamptz not null,
  primary key (appid, openid, template_id)
);
-- One popup is told twice, by the phone and by WeChat's push, in any order; it counts once.
create table wx_consent (
  id uuid primary key,
  appid text not null,
  openid text not null,
  template_id text not null,
  source text not null check (source in ('phone', 'push')),
  result text not null check (result in ('accept', 'reject', 'ban')),
  at timestamptz not null,
  matched boolean not null default false
);
create index wx_consent_user on wx_consent (appid, openid, template_id, at);

-- Messages to send (W13); the job that sends one is written in the same transaction.
create table wx_message (
  id uuid primary key,
  event_id uuid not null,
  appid text not null,
  openid text not null,
  template text not null,
  template_id text not null,
  account_id uuid,
  page text not null default '',
  fields_sealed bytea not null,
  state text not null default 'queued' check (state in ('queued', 'sent', 'refused', 'no_quota', 'unbound')),
  created_at timestamptz not null,
  ended_at timestamptz,
  unique (event_id, openid, template_id)
);
create index wx_message_created on wx_message (created_at);

-- Pushes of WeChat (W22): stored, answered, worked off later.
create table wx_push (
  id uuid primary key,
  dedupe_sha256 bytea not null unique,
  event text not null,
  body_sealed bytea not null,
  state text not null default 'stored' check (state in ('stored', 'done', 'unknown', 'failed')),
  attempts int not null default 0,
  received_at timestamptz not null,
  ended_at timestamptz
);
create index wx_push_open on wx_push (received_at) where state = 'stored';

-- Scenes of unlimited codes (W15: random, no data in them) and links, one for each recipient (W17).
create table wx_scene (
  scene text primary key check (length(scene) <= 32),
  page text not null,
  note text not null default '',
  account_id uuid,
  created_at timestamptz not null,
  unique (page, note)
);
create table wx_link (
  id uuid primary key,
  appid text not null,
  recipient text not null,
  purpose text not null,
  path text not null,
  query text not null default '',
  url text not null,
  created_at timestamptz not null,
  expires_at timestamptz not null
);
create index wx_link_recipient on wx_link (appid, recipient, purpose);

do $$ declare t text; begin
  foreach t in array array['wx_user','wx_ticket','wx_token','wx_phone_code','wx_subscription','wx_consent','wx_message','wx_push','wx_scene','wx_link'] loop
    execute format('call make_identity_table(%L)', t);
  end loop;
end $$;

-- The token ---------------------------------------------------------------------------------------------------------------
-- 'have' (another process fetched it), 'lease' (the caller fetches it now) or 'wait'. A token that WeChat refused counts as absent
-- when it still is the stored one (W4).
create function wx_token_take(p_appid text, p_refused bytea, p_holder uuid, p_id uuid, p_now timestamptz,
                              out outcome text, out id uuid, out token_sealed bytea, out good_until timestamptz)
language plpgsql security definer set search_path = public, pg_temp as $$
declare t wx_token;
begin
  insert into wx_token (appid, id) values (p_appid, p_id) on conflict do nothing;
  select * into t from wx_token w where w.appid = p_appid for update;
  id := t.id;
  if t.token_sealed is not null and t.good_until > p_now and t.token_sha256 is distinct from p_refused then
    outcome := 'have'; token_sealed := t.token_sealed; good_until := t.good_until; return;
  end if;
  if t.lease_holder is not null and t.lease_until > p_now and t.lease_holder <> p_holder then outcome := 'wait'; return; end if;
  update wx_token w set lease_holder = p_holder, lease_until = p_now + interval '10 seconds' where w.appid = p_appid;
  outcome := 'lease';
end $$;
call app_function('wx_token_take(text, bytea, uuid, uuid, timestamptz)');

-- Keep a fetched token; only who holds the lease may.
create function wx_token_put(p_appid text, p_holder uuid, p_sealed bytea, p_sha bytea, p_until timestamptz, p_now timestamptz) returns boolean
language sql security definer set search_path = public, pg_temp as $$
  with kept as (update wx_token set token_sealed = p_sealed, token_sha256 = p_sha, good_until = p_until, fetched_at = p_now,
                       lease_holder = null, lease_until = null where appid = p_appid and lease_holder = p_holder returning 1)
  select exists (select 1 from kept)
$$;
call app_function('wx_token_put(text, uuid, bytea, bytea, timestamptz, timestamptz)');

create function wx_token_release(p_appid text, p_holder uuid) returns void
language sql security definer set search_path = public, pg_temp as $$
  update wx_token set lease_holder = null, lease_until = null where appid = p_appid and lease_holder = p_holder
$$;
call app_function('wx_token_release(text, uuid)');

-- A token that does not open any more (the root key changed) is as good as none.
create function wx_token_void(p_appid text) returns void
language sql security definer set search_path = public, pg_temp as $$
  update wx_token set token_sealed = null, token_sha256 = null, good_until = null where appid = p_appid
$$;
call app_function('wx_token_void(text)');

-- force_refresh (W5): at most 20 a Beijing day, 30 s apart. 0: allowed; else seconds to wait. Drops the stored token.
create function wx_token_force(p_appid text, p_id uuid, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare t wx_token; v_day date := (p_now at time zone 'Asia/Shanghai')::date;
begin
  insert into wx_token (appid, id) values (p_appid, p_id) on conflict do nothing;
  select * into t from wx_token w where w.appid = p_appid for update;
  if t.forced_at > p_now - interval '30 seconds' then
    return ceil(extract(epoch from t.forced_at + interval '30 seconds' - p_now))::int;
  end if;
  if t.forced_on = v_day and t.forced >= 20 then return 86400; end if;
  update wx_token w set forced_on = v_day, forced = case when t.forced_on = v_day then t.forced + 1 else 1 end, forced_at = p_now,
         token_sealed = null, token_sha256 = null, good_until = null where w.appid = p_appid;
  return 0;
end $$;
call app_function('wx_token_force(text, uuid, timestamptz)');

-- Users and binding ---------------------------------------------------------------------------------------------------------
-- Seen at wx.login: the row's id first (the envelope of the session key is bound to it), then the key.
create function wx_user_seen(p_id uuid, p_appid text, p_openid text, p_unionid text, p_now timestamptz)
returns table (id uuid, account_id uuid, status text)
language sql security definer set search_path = public, pg_temp as $$
  with seen as (
    insert into wx_user as u (id, appid, openid, unionid, seen_at, created_at) values (p_id, p_appid, p_openid, p_unionid, p_now, p_now)
    on conflict (appid, openid) do update set seen_at = p_now, unionid = coalesce(excluded.unionid, u.unionid)
    returning u.id, u.account_id)
  select s.id, s.account_id, a.status from seen s left join account a on a.id = s.account_id
$$;
call app_function('wx_user_seen(uuid, text, text, text, timestamptz)');

create function wx_user_key(p_id uuid, p_sealed bytea) returns void
language sql security definer set search_path = public, pg_temp as $$ update wx_user set session_key_sealed = p_sealed where id = p_id $$;
call app_function('wx_user_key(uuid, bytea)');

create function wx_ticket_put(p_ticket bytea, p_user uuid, p_now timestamptz) returns timestamptz
language sql security definer set search_path = public, pg_temp as $$
  insert into wx_ticket (ticket_sha256, user_id, created_at, expires_at) values (p_ticket, p_user, p_now, p_now + interval '10 minutes')
  returning expires_at
$$;
call app_function('wx_ticket_put(bytea, uuid, timestamptz)');

-- Whose ticket it is, while it is good. ``used``: the account that it was used for (a repeat of the same sign-in is no fault).
create function wx_ticket_of(p_ticket bytea, p_now timestamptz) returns table (user_id uuid, openid text, account_id uuid, used boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select u.id, u.openid, u.account_id, t.used_at is not null from wx_ticket t join wx_user u on u.id = t.user_id
   where t.ticket_sha256 = p_ticket and t.expires_at > p_now
$$;
call app_function('wx_ticket_of(bytea, timestamptz)');

-- Bind by ticket: 'bound', 'same' (was so already), 'openid' (held by another account), 'account' (has another WeChat), 'expired'.
create function wx_bind_ticket(p_ticket bytea, p_account uuid, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare u wx_user; v_used timestamptz;
begin
  select t.used_at into v_used from wx_ticket t where t.ticket_sha256 = p_ticket and t.expires_at > p_now for update;
  if not found then return 'expired'; end if;
  select w.* into u from wx_user w join wx_ticket t on t.user_id = w.id where t.ticket_sha256 = p_ticket for update of w;
  perform pg_advisory_xact_lock(hashtextextended('wx:' || p_account::text, 7));
  if u.account_id = p_account then return 'same'; end if;
  if u.account_id is not null then return 'openid'; end if;
  if v_used is not null then return 'expired'; end if;
  if exists (select 1 from wx_user o where o.appid = u.appid and o.account_id = p_account) then return 'account'; end if;
  update wx_user set account_id = p_account, bound_at = p_now where id = u.id;
  update wx_ticket set used_at = p_now where ticket_sha256 = p_ticket;
  return 'bound';
end $$;
call app_function('wx_bind_ticket(bytea, uuid, timestamptz)');

-- Bind (or re-bind) the acting account to a WeChat that just proved itself. 'bound', 'moved' (another one before), 'same', 'openid'.
create function wx_bind(p_user uuid, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare u wx_user; v_moved boolean;
begin
  if cur_account() is null then raise exception 'wx_bind needs an acting account'; end if;
  select * into u from wx_user where id = p_user for update;
  perform pg_advisory_xact_lock(hashtextextended('wx:' || cur_account()::text, 7));
  if u.account_id = cur_account() then return 'same'; end if;
  if u.account_id is not null then return 'openid'; end if;
  update wx_user set account_id = null, bound_at = null where appid = u.appid and account_id = cur_account();
  v_moved := found;
  update wx_user set account_id = cur_account(), bound_at = p_now where id = p_user;
  return case when v_moved then 'moved' else 'bound' end;
end $$;
call app_function('wx_bind(uuid, timestamptz)');

create function wx_unbind(p_appid text) returns boolean
language sql security definer set search_path = public, pg_temp as $$
  with gone as (update wx_user set account_id = null, bound_at = null, session_key_sealed = null
                 where appid = p_appid and account_id = cur_account() returning 1)
  select exists (select 1 from gone)
$$;
call app_function('wx_unbind(text)');

create function wx_binding(p_appid text) returns timestamptz
language sql stable security definer set search_path = public, pg_temp as $$
  select bound_at from wx_user where appid = p_appid and account_id = cur_account()
$$;
call app_function('wx_binding(text)');

-- Sessions that a WeChat opened end when the binding changes; the present one stays.
create function wx_end_sessions(p_keep uuid, p_now timestamptz) returns int
language sql security definer set search_path = public, pg_temp as $$
  with gone as (update session set revoked_at = p_now, revoke_reason = 'wechat_changed'
                 where account_id = cur_account() and revoked_at is null and 'wechat' = any (amr) and id <> p_keep returning 1)
  select count(*)::int from gone
$$;
call app_function('wx_end_sessions(uuid, timestamptz)');

-- The openid of a person, for verbs that speak to WeChat about him. Null: not bound.
create function wx_openid_of(p_appid text, p_person uuid, out openid text, out account_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select u.openid, u.account_id from wx_user u join account a on a.id = u.account_id
   where u.appid = p_appid and a.person_id = p_person and a.status = 'active' order by u.bound_at desc limit 1
$$;
call app_function('wx_openid_of(text, uuid)');

-- All of an account (deletion, P7).
create function wx_forget(p_account uuid) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from wx_message m using wx_user u where u.account_id = p_account and m.appid = u.appid and m.openid = u.openid;
  delete from wx_subscription s using wx_user u where u.account_id = p_account and s.appid = u.appid and s.openid = u.openid;
  delete from wx_consent c using wx_user u where u.account_id = p_account and c.appid = u.appid and c.openid = u.openid;
  delete from wx_user where account_id = p_account;
end $$;
call app_function('wx_forget(uuid)');

-- Phone codes -----------------------------------------------------------------------------------------------------------------
-- 'mine' (ask WeChat now), 'asked' (another request is asking), 'known', 'failed', 'other' (another WeChat's code).
create function wx_phone_reserve(p_code bytea, p_id uuid, p_user uuid, p_now timestamptz, out outcome text, out id uuid, out phone_sealed bytea)
language plpgsql security definer set search_path = public, pg_temp as $$
declare c wx_phone_code;
begin
  insert into wx_phone_code as w (code_sha256, id, user_id, created_at) values (p_code, p_id, p_user, p_now) on conflict do nothing;
  if found then outcome := 'mine'; id := p_id; return; end if;
  select * into c from wx_phone_code w where w.code_sha256 = p_code;
  id := c.id;
  outcome := case when c.user_id <> p_user then 'other'
                  when c.state = 'asked' and c.created_at < p_now - interval '20 seconds' then 'failed' else c.state end;
  phone_sealed := case when outcome = 'known' then c.phone_sealed end;
end $$;
call app_function('wx_phone_reserve(bytea, uuid, uuid, timestamptz)');

create function wx_phone_put(p_code bytea, p_sealed bytea) returns void
language sql security definer set search_path = public, pg_temp as $$
  update wx_phone_code set state = case when p_sealed is null then 'failed' else 'known' end, phone_sealed = p_sealed
   where code_sha256 = p_code and state = 'asked'
$$;
call app_function('wx_phone_put(bytea, bytea)');

-- Quota and messages ------------------------------------------------------------------------------------------------------------
-- What a person answered to a popup (W12). The same popup told by phone and by push within two minutes counts once. Returns what is left.
create function wx_consent_put(p_id uuid, p_appid text, p_openid text, p_template text, p_kind text, p_source text, p_result text,
                               p_at timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_twin uuid; v_left int;
begin
  perform pg_advisory_xact_lock(hashtextextended('wx-quota:' || p_appid || p_openid || p_template, 7));
  select c.id into v_twin from wx_consent c
   where c.appid = p_appid and c.openid = p_openid and c.template_id = p_template and c.source <> p_source and c.result = p_result
     and not c.matched and c.at between p_at - interval '2 minutes' and p_at + interval '2 minutes'
   order by abs(extract(epoch from c.at - p_at)) limit 1;
  update wx_consent set matched = true where id = v_twin;
  insert into wx_consent (id, appid, openid, template_id, source, result, at, matched)
    values (p_id, p_appid, p_openid, p_template, p_source, p_result, p_at, v_twin is not null);
  if v_twin is null and p_result = 'accept' then
    insert into wx_subscription as s (appid, openid, template_id, kind, remaining, changed_at)
      values (p_appid, p_openid, p_template, p_kind, 1, p_at)
    on conflict (appid, openid, template_id) do update
      set remaining = case when excluded.kind = 'long' then 1 else s.remaining + 1 end, kind = excluded.kind, changed_at = p_at;
  end if;
  select remaining into v_left from wx_subscription s where s.appid = p_appid and s.openid = p_openid and s.template_id = p_template;
  return coalesce(v_left, 0);
end $$;
call app_function('wx_consent_put(uuid, text, text, text, text, text, text, timestamptz)');

create function wx_quota(p_appid text, p_openid text, p_template text) returns int
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce((select remaining from wx_subscription where appid = p_appid and openid = p_openid and template_id = p_template), 0)
$$;
call app_function('wx_quota(text, text, text)');

-- One of the quota for one message; a long consent is not used up. The row stays locked until the message is sent or not.
create function wx_quota_take(p_appid text, p_openid text, p_template text, p_now timestamptz) returns boolean
language sql security definer set search_path = public, pg_temp as $$
  with taken as (update wx_subscription set remaining = case when kind = 'long' then remaining else remaining - 1 end, changed_at = p_now
                  where appid = p_appid and openid = p_openid and template_id = p_template and remaining > 0 returning 1)
  select exists (select 1 from taken)
$$;
call app_function('wx_quota_take(text, text, text, timestamptz)');

-- WeChat says no (43101), or the person switched it off: nothing is left.
create function wx_quota_none(p_appid text, p_openid text, p_template text, p_now timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
  update wx_subscription set remaining = 0, changed_at = p_now where appid = p_appid and openid = p_openid and template_id = p_template
$$;
call app_function('wx_quota_none(text, text, text, timestamptz)');

-- Null: this (event, openid, template) is there already.
create function wx_message_put(p jsonb) returns uuid
language sql security definer set search_path = public, pg_temp as $$
  insert into wx_message (id, event_id, appid, openid, template, template_id, account_id, page, fields_sealed, created_at)
  values ((p->>'id')::uuid, (p->>'event_id')::uuid, p->>'appid', p->>'openid', p->>'template', p->>'template_id',
          (p->>'account_id')::uuid, p->>'page', decode(p->>'fields_sealed', 'hex'), (p->>'now')::timestamptz)
  on conflict (event_id, openid, template_id) do nothing returning id
$$;
call app_function('wx_message_put(jsonb)');

-- ``bound``: the WeChat still belongs to the account the message was made for.
create function wx_message_take(p_id uuid) returns table (
  event_id uuid, appid text, openid text, template text, template_id text, account_id uuid, page text, fields_sealed bytea,
  state text, bound boolean)
language sql security definer set search_path = public, pg_temp as $$
  select m.event_id, m.appid, m.openid, m.template, m.template_id, m.account_id, m.page, m.fields_sealed, m.state,
         m.account_id is null or exists (select 1 from wx_user u where u.appid = m.appid and u.openid = m.openid and u.account_id = m.account_id)
    from wx_message m where m.id = p_id for update
$$;
call app_function('wx_message_take(uuid)');

create function wx_message_end(p_id uuid, p_state text, p_now timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
  update wx_message set state = p_state, ended_at = p_now where id = p_id and state = 'queued'
$$;
call app_function('wx_message_end(uuid, text, timestamptz)');

-- Pushes --------------------------------------------------------------------------------------------------------------------------
create function wx_push_put(p_id uuid, p_dedupe bytea, p_event text, p_sealed bytea, p_now timestamptz) returns boolean
language sql security definer set search_path = public, pg_temp as $$
  with kept as (insert into wx_push (id, dedupe_sha256, event, body_sealed, received_at) values (p_id, p_dedupe, p_event, p_sealed, p_now)
                on conflict (dedupe_sha256) do nothing returning 1)
  select exists (select 1 from kept)
$$;
call app_function('wx_push_put(uuid, bytea, text, bytea, timestamptz)');

-- One that waits, locked until it is done; p_id null: the oldest.
create function wx_push_take(p_id uuid) returns table (id uuid, event text, body_sealed bytea, attempts int)
language sql security definer set search_path = public, pg_temp as $$
  select p.id, p.event, p.body_sealed, p.attempts from wx_push p
   where p.state = 'stored' and (p_id is null or p.id = p_id) order by p.received_at limit 1 for update skip locked
$$;
call app_function('wx_push_take(uuid)');

create function wx_push_end(p_id uuid, p_state text, p_now timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
  update wx_push set state = case when p_state = 'stored' and attempts >= 4 then 'failed' else p_state end, attempts = attempts + 1,
         ended_at = p_now where id = p_id
$$;
call app_function('wx_push_end(uuid, text, timestamptz)');

-- Codes and links -------------------------------------------------------------------------------------------------------------------
-- The scene of a page and note; the same question has the same scene.
create function wx_scene_of(p_scene text, p_page text, p_note text, p_now timestamptz) returns text
language sql security definer set search_path = public, pg_temp as $$
  insert into wx_scene as s (scene, page, note, account_id, created_at) values (p_scene, p_page, p_note, cur_account(), p_now)
  on conflict (page, note) do update set note = s.note returning s.scene
$$;
call app_function('wx_scene_of(text, text, text, timestamptz)');

create function wx_link_of(p_appid text, p_recipient text, p_purpose text, p_path text, p_query text, p_now timestamptz) returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select url from wx_link where appid = p_appid and recipient = p_recipient and purpose = p_purpose and path = p_path and query = p_query
     and expires_at > p_now + interval '1 day' order by created_at desc limit 1
$$;
call app_function('wx_link_of(text, text, text, text, text, timestamptz)');

create function wx_link_put(p jsonb) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into wx_link (id, appid, recipient, purpose, path, query, url, created_at, expires_at)
  values ((p->>'id')::uuid, p->>'appid', p->>'recipient', p->>'purpose', p->>'path', p->>'query', p->>'url',
          (p->>'now')::timestamptz, (p->>'expires_at')::timestamptz)
$$;
call app_function('wx_link_put(jsonb)');

-- Old things: tickets and phone codes after an hour, pushes after a week, unbound users after 30 days, messages after 90, links that ended.
create function wx_purge(p_now timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  delete from wx_ticket where expires_at < p_now - interval '1 hour';
  delete from wx_phone_code where created_at < p_now - interval '1 hour';
  delete from wx_push where received_at < p_now - interval '7 days';
  delete from wx_consent where at < p_now - interval '7 days';
  delete from wx_message where created_at < p_now - interval '90 days';
  delete from wx_link where expires_at < p_now;
  delete from wx_subscription s using wx_user u
   where u.appid = s.appid and u.openid = s.openid and u.account_id is null and u.seen_at < p_now - interval '30 days';
  delete from wx_user where account_id is null and seen_at < p_now - interval '30 days';
end $$;
call app_function('wx_purge(timestamptz)');
