create function person_organisations(p_person uuid, p_today date)
returns table (id uuid, kind text, name text, status text, region_code text, industry_code text, roles text[], valid_to date)
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text := coalesce(current_setting('app.person', true), '');
begin
  perform set_config('app.person', p_person::text, true);
  return query
    select o.id, o.kind, o.name, o.status, o.region_code, o.industry_code, m.roles, m.valid_to
      from membership m join organisation o on o.id = m.tenant_id
     where m.person_id = p_person and m.status = 'active' and m.valid_from <= p_today and coalesce(m.valid_to, p_today) >= p_today
       and o.status <> 'closed'
     order by o.name, o.id;
  perform set_config('app.person', before, true);
end $$;
call app_function('person_organisations(uuid, date)');
