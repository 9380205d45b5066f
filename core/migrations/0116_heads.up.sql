-- Firms that would be left without anybody in charge if the acting person went: the legal representative's, and those with no other head.
create function firms_without_me(p_day date) returns text[]
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare v record; found text[] := '{}'; own text := current_setting('app.tenant', true); v_person uuid := cur_person();
begin
  for v in select m.tenant_id, m.roles from membership m
            where m.person_id = v_person and m.status = 'active' and (m.valid_to is null or m.valid_to >= p_day) and m.roles && array['legal', 'admin'] loop
    perform set_config('app.tenant', v.tenant_id::text, true);
    if 'legal' = any (v.roles) or not exists (select 1 from membership o where o.tenant_id = v.tenant_id and o.person_id <> v_person and o.status = 'active'
        and o.valid_from <= p_day and (o.valid_to is null or o.valid_to >= p_day) and o.roles && array['legal', 'admin']) then
      found := found || (select o.name from organisation o where o.id = v.tenant_id);
    end if;
  end loop;
  perform set_config('app.tenant', coalesce(own, ''), true);
  return found;
end $$;
call app_function('firms_without_me(date)');
