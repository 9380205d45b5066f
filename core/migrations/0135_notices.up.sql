-- Messages to people (NT). A notice belongs to the organisation it speaks of and names one person, or, for somebody without an account
-- (an applicant), a sealed phone. The organisation's own transactions write it; its person reads it wherever he acts.
create table notice (
  tenant_id uuid not null references organisation (id),
  id uuid not null,
  person_id uuid,
  recipient text not null,              -- the person, or a digest of the phone: one message a day (NT1)
  phone_sealed bytea,                   -- of somebody without an account, until the message is sent
  kind text not null,
  object_type text not null,
  object_id text not null,
  month int,
  day date not null,                    -- Beijing's
  organisation_name text not null,
  title text not null check (length(title) between 1 and 60),
  text text not null check (length(text) between 1 and 1000),
  link text,
  created_at timestamptz not null,
  read_at timestamptz,
  sms text not null default 'none' check (sms in ('none', 'off', 'waiting', 'sent', 'no_phone', 'no_channel')),
  sms_at timestamptz,
  wechat text not null default 'none' check (wechat in ('none', 'off', 'waiting', 'handed', 'no_quota')),
  wechat_at timestamptz,
  primary key (tenant_id, id),
  unique (tenant_id, kind, object_type, object_id, recipient, day),
  check (person_id is not null or sms <> 'none')
);
create index notice_person on notice (person_id, created_at desc, id);
create index notice_unread on notice (person_id) where read_at is null;
alter table notice enable row level security;
alter table notice force row level security;
create policy own on notice using (tenant_id = cur_tenant()) with check (tenant_id = cur_tenant());
create policy mine on notice for select using (person_id = cur_person());
create policy mine_read on notice for update using (person_id = cur_person()) with check (person_id = cur_person());
grant select, update (read_at, phone_sealed, sms, sms_at, wechat, wechat_at) on notice to tanxiao_app;
grant select, delete on notice to tanxiao_janitor;
create policy janitor_old on notice for all to tanxiao_janitor using (created_at < now() - interval '400 days');

-- What a person switched off; no row: everything is on. In-app messages cannot be switched off.
create table notice_setting (
  person_id uuid primary key references person (id),
  sms boolean not null,
  wechat boolean not null,
  updated_at timestamptz not null
);
call make_identity_table('notice_setting');

create function notice_settings(out sms boolean, out wechat boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(bool_and(s.sms), true), coalesce(bool_and(s.wechat), true) from notice_setting s where s.person_id = cur_person()
$$;
call app_function('notice_settings()');

create function notice_set(p_sms boolean, p_wechat boolean, p_now timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into notice_setting (person_id, sms, wechat, updated_at) select cur_person(), p_sms, p_wechat, p_now where cur_person() is not null
  on conflict (person_id) do update set sms = excluded.sms, wechat = excluded.wechat, updated_at = excluded.updated_at
$$;
call app_function('notice_set(boolean, boolean, timestamptz)');

-- Has this person a WeChat that still takes a message of any kind? Which template it is, the delivery asks.
create function notice_by_wechat(p_person uuid) returns boolean
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return exists (select 1 from account a join wx_user u on u.account_id = a.id
                   join wx_subscription s on s.appid = u.appid and s.openid = u.openid
                  where a.person_id = p_person and s.remaining > 0);
end $$;
revoke all on function notice_by_wechat(uuid) from public;

-- Write one event for everybody it is meant for, and ask for its deliveries: all in the caller's transaction. An operator writes for
-- the organisation whose matter he decided. p: kind, object_type, object_id, month, title, text, link, sms, wechat (the kind has these
-- channels), persons, roles (agent, agent:file ... by delegation), otherwise (roles when nobody else is there), phones
-- [{id, recipient, sealed}], sms_delay (seconds), request_id. Repeated for the same object, kind and day it changes nothing (NT1).
create function notice_put(p_tenant uuid, p jsonb, p_now timestamptz, out told int, out waiting int)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_day date := (p_now at time zone 'Asia/Shanghai')::date; before text := coalesce(current_setting('app.tenant', true), '');
  roles_wanted text[] := array(select jsonb_array_elements_text(p->'roles'));
  roles_else text[] := array(select jsonb_array_elements_text(p->'otherwise'));
  scopes_wanted text[] := case when 'agent' = any (roles_wanted) then array['file', 'report', 'read'] else
    array(select substr(r, 7) from unnest(roles_wanted) r where starts_with(r, 'agent:')) end;
  people uuid[]; firm text; n record;
begin
  if p_tenant is distinct from cur_tenant() then
    if coalesce(cur_kind(), '') <> 'operator' then
      raise exception 'only an operator tells the people of another organisation' using errcode = '42501';
    end if;
    perform become(p_tenant);
  end if;
  select o.name into firm from organisation o where o.id = p_tenant;
  people := array(
    select jsonb_array_elements_text(p->'persons')::uuid
    union
    select m.person_id from membership m
     where m.tenant_id = p_tenant and m.status = 'active' and m.roles && roles_wanted
       and m.valid_from <= v_day and coalesce(m.valid_to, v_day) >= v_day
    union
    select d.person_id from delegation d
     where d.tenant_id = p_tenant and d.state = 'active' and d.person_id is not null and d.scopes && scopes_wanted
       and d.valid_from <= v_day and d.valid_to >= v_day);
  if cardinality(people) = 0 and jsonb_array_length(p->'phones') = 0 then
    people := array(select m.person_id from membership m
                     where m.tenant_id = p_tenant and m.status = 'active' and m.roles && roles_else
                       and m.valid_from <= v_day and coalesce(m.valid_to, v_day) >= v_day);
  end if;
  told := 0;
  waiting := 0;
  for n in
    insert into notice (tenant_id, id, person_id, recipient, phone_sealed, kind, object_type, object_id, month, day, organisation_name,
                        title, text, link, created_at, sms, wechat)
    select p_tenant, r.id, r.person_id, r.recipient, r.sealed, p->>'kind', p->>'object_type', p->>'object_id', (p->>'month')::int, v_day,
           firm, replace(p->>'title', '{firm}', firm), replace(p->>'text', '{firm}', firm), p->>'link', p_now,
           case when not (p->>'sms')::boolean then 'none' when coalesce(s.sms, true) then 'waiting' else 'off' end,
           case when not (p->>'wechat')::boolean or r.person_id is null then 'none' when not coalesce(s.wechat, true) then 'off'
                when notice_by_wechat(r.person_id) then 'waiting' else 'no_quota' end
      from (select gen_random_uuid() as id, x as person_id, x::text as recipient, null::bytea as sealed from unnest(people) x
            union all
            select (f->>'id')::uuid, null, f->>'recipient', decode(f->>'sealed', 'hex') from jsonb_array_elements(p->'phones') f) r
      left join notice_setting s on s.person_id = r.person_id
    on conflict (tenant_id, kind, object_type, object_id, recipient, day) do nothing
    returning id, sms, wechat
  loop
    told := told + 1;
    if n.sms = 'waiting' then
      perform enqueue_job(gen_random_uuid(), 'notices.sms', n.id, 1, '{}', p_now,
                          make_interval(secs => (p->>'sms_delay')::double precision), p->>'request_id');
      waiting := waiting + 1;
    end if;
    if n.wechat = 'waiting' then
      perform enqueue_job(gen_random_uuid(), 'notices.wechat', n.id, 1, '{}', p_now, interval '0', p->>'request_id');
      waiting := waiting + 1;
    end if;
  end loop;
  perform set_config('app.tenant', before, true);
end $$;
call app_function('notice_put(uuid, jsonb, timestamptz)');

-- The phone of a notice that waits for its text message: for the job of its organisation alone, in which nobody is signed in.
create function notice_phone(p_notice uuid) returns table (row_id uuid, sealed bytea, field text)
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce(p.id, n.id), coalesce(n.phone_sealed, p.phone_sealed), case when n.phone_sealed is null then 'person.phone' else 'notice.phone' end
    from notice n left join person p on p.id = n.person_id
   where n.tenant_id = cur_tenant() and n.id = p_notice and n.sms = 'waiting' and cur_person() is null
$$;
call app_function('notice_phone(uuid)');
