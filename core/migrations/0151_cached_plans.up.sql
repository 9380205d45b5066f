-- Two functions written in SQL were parsed and planned anew at every call: one because it says immutable of a body that is only stable,
-- so that it was not inlined, one because it runs with its owner's rights. Every request that writes paid for both.
create or replace function audit_canonical(
  p_tenant uuid, p_seq bigint, p_at timestamptz, p_id uuid, p_account uuid, p_person uuid, p_sid uuid, p_action text,
  p_object_type text, p_object_id text, p_result text, p_route text, p_request_id text, p_ip text, p_detail jsonb
) returns bytea language sql stable parallel safe as $$
  select convert_to(jsonb_build_array(p_tenant, p_seq, (extract(epoch from p_at) * 1000000)::bigint, p_id, p_account, p_person,
    p_sid, p_action, p_object_type, p_object_id, p_result, p_route, p_request_id, p_ip, p_detail)::text, 'UTF8')
$$;

create or replace function post_delta(p jsonb) returns void
language plpgsql security definer set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
begin
  insert into rollup_delta (tenant_id, period, region_code, industry_code, basis, source_group, co2, tce, va, output, d_green, a_own, months_complete)
    select cur_tenant(), r.period, coalesce(r.region_code, ''), coalesce(r.industry_code, ''), coalesce(r.basis, 'self'), r.source_group,
           coalesce(r.co2, 0), coalesce(r.tce, 0), coalesce(r.va, 0), coalesce(r.output, 0), coalesce(r.d_green, 0), coalesce(r.a_own, 0),
           coalesce(r.months_complete, 0)
      from jsonb_to_recordset(p) as r(period int, region_code text, industry_code text, basis text, source_group text, co2 numeric, tce numeric,
           va numeric, output numeric, d_green numeric, a_own numeric, months_complete int);
end $$;
