-- Months in which the acting firm declared that it did not work (GN7): nothing is due for them. Runs as the caller: row security applies.
create function inventory_closed_months() returns int[]
language plpgsql stable set search_path = public, pg_temp as $$
begin
  return (select coalesce(array_agg(p.year * 100 + m order by p.year, m), '{}') from part_year p cross join generate_series(1, 12) m
           where p.tenant_id = cur_tenant() and not p.months @> to_jsonb(p.year * 100 + m));
end $$;
call app_function('inventory_closed_months()');
