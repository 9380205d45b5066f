drop function inventory_post(jsonb);
drop function post_delta(jsonb);
drop table rollup_delta, comprehensive_energy, operating_data, part_year, year_source, year_lock, month_head, inventory_line, inventory_month;
