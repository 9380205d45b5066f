-- What the account holds around some months, for the rooms above in one round trip. Runs as the caller: row security applies.
create function inventory_filed(p_months int[], p_since int) returns jsonb
language plpgsql stable set search_path = public, pg_temp as $$
declare v_tenant uuid := cur_tenant(); v_last int := (select max(m) from unnest(p_months) m);
begin
  return jsonb_build_object(
    'heads', (select coalesce(jsonb_agg(jsonb_build_object('period', h.period, 'version', h.version, 'state', h.state,
                'gec', coalesce(m.green -> 'gec_numbers', '[]'))), '[]')
                from month_head h join inventory_month m on m.tenant_id = h.tenant_id and m.id = h.month_id
               where h.tenant_id = v_tenant and h.period = any (p_months)),
    'live', (select coalesce(jsonb_agg(jsonb_build_object('period', l.period, 'item_id', l.item_id, 'name', l.name, 'amount', l.amount::text, 'note', l.note)), '[]')
               from month_head h join inventory_line l on l.tenant_id = h.tenant_id and l.month_id = h.month_id
              where h.tenant_id = v_tenant and h.state = 'submitted' and h.period = any (p_months)),
    'recent', (select coalesce(jsonb_object_agg(r.item_id, r.amounts), '{}') from (
                 select l.item_id, jsonb_agg(jsonb_build_array(l.period, l.amount::text) order by l.period desc) as amounts
                   from month_head h join inventory_line l on l.tenant_id = h.tenant_id and l.month_id = h.month_id
                  where h.tenant_id = v_tenant and h.state = 'submitted' and h.period >= p_since and h.period < v_last and l.item_id is not null
                  group by l.item_id) r),
    'locks', (select coalesce(jsonb_object_agg(y.year, y.reason), '{}') from (
                select year, min(reason) as reason from year_lock   -- a third party's lock ('case') is the stronger one
                 where tenant_id = v_tenant and year = any (select m / 100 from unnest(p_months) m) group by year) y));
end $$;
call app_function('inventory_filed(int[], int)');

-- Green certificate numbers that another live month of the acting organisation already counts (NR3: a certificate counts once).
create function inventory_gec_in_use(p_numbers text[], p_months int[]) returns text[]
language sql stable set search_path = public, pg_temp as $$
  select coalesce(array_agg(distinct n), '{}')
    from month_head h join inventory_month m on m.tenant_id = h.tenant_id and m.id = h.month_id
   cross join lateral jsonb_array_elements_text(coalesce(m.green -> 'gec_numbers', '[]')) n
   where h.tenant_id = cur_tenant() and h.state = 'submitted' and h.period <> all (p_months) and upper(n) = any (p_numbers)
$$;
call app_function('inventory_gec_in_use(text[], int[])');
