-- expects: select count(*) from evidence e where e.kind in ('measure', 'other') and (e.id::text in (select w.body #>> '{data,test_file}' from water_year w where w.tenant_id = e.tenant_id) or e.id::text in (select t ->> 'certificate_id' from water_year w, jsonb_array_elements(coalesce(w.body -> 'titles', '[]')) t where w.tenant_id = e.tenant_id)) and not exists (select 1 from reduction_measure m where m.tenant_id = e.tenant_id and e.id = any (m.evidence))
update evidence e set kind = 'water' where e.kind in ('measure', 'other')
   and (e.id::text in (select w.body #>> '{data,test_file}' from water_year w where w.tenant_id = e.tenant_id)
    or e.id::text in (select t ->> 'certificate_id' from water_year w, jsonb_array_elements(coalesce(w.body -> 'titles', '[]')) t
                       where w.tenant_id = e.tenant_id))
   and not exists (select 1 from reduction_measure m where m.tenant_id = e.tenant_id and e.id = any (m.evidence))
