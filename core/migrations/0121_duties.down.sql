create or replace function filing_actor() returns jsonb
language plpgsql stable set search_path = public, pg_temp as $$
begin
  return (select jsonb_build_object('name', coalesce((select m.display_name_masked from membership m
                   where m.tenant_id = o.id and m.person_id = cur_person()), ''), 'region', o.region_code, 'industry', o.industry_code)
            from organisation o where o.id = cur_tenant());
end $$;
drop function agent_firms(uuid, date, timestamptz);
drop function duties_night(timestamptz);
drop trigger delegation_duties on delegation;
drop function delegation_duties();
drop function duties_changed(uuid, int, timestamptz, interval, text);
alter table delegation drop column firm_initials;
drop table duty;
