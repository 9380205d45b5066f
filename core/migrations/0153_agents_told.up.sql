-- A submission tells the job of duties only where agents read its list: whether there are any comes with the rest it reads anyway.
create or replace function filing_actor() returns jsonb
language plpgsql stable set search_path = public, pg_temp as $$
begin
  return (select jsonb_build_object('name', coalesce(
             (select m.display_name_masked from membership m where m.tenant_id = o.id and m.person_id = cur_person()),
             (select d.agent_name_masked || '（代理人）' from delegation d
               where d.tenant_id = o.id and d.person_id = cur_person() and d.state = 'active' limit 1), ''),
             'region', o.region_code, 'industry', o.industry_code,
             'agents', exists (select 1 from delegation d where d.tenant_id = o.id and d.state = 'active'))
            from organisation o where o.id = cur_tenant());
end $$;
