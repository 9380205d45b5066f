-- Who files and where the firm stands, read with the rest of a filing in one round trip. Runs as the caller: row security applies.
create function filing_actor() returns jsonb
language plpgsql stable set search_path = public, pg_temp as $$
begin
  return (select jsonb_build_object('name', coalesce((select m.display_name_masked from membership m
                   where m.tenant_id = o.id and m.person_id = cur_person()), ''), 'region', o.region_code, 'industry', o.industry_code)
            from organisation o where o.id = cur_tenant());
end $$;
call app_function('filing_actor()');
