create or replace function notice_put(p_tenant uuid, p jsonb, p_now timestamptz, out told int, out waiting int)
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

alter table notice drop column facts;
