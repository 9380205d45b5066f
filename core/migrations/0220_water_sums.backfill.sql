-- expects: select count(*) from water_year where complete and intake is not null and counted is null
with counted as (
  update water_year w set counted = w.intake, counted_region = coalesce(o.region_code, ''), counted_industry = coalesce(o.industry_code, '')
    from organisation o where o.id = w.tenant_id and w.complete and w.intake is not null and w.counted is null
  returning w.tenant_id, w.year, w.counted, w.counted_region, w.counted_industry)
insert into rollup_delta (tenant_id, period, region_code, industry_code, basis, source_group, water, water_years)
select tenant_id, year * 100, counted_region, counted_industry, 'self', 'water', counted, 1 from counted
