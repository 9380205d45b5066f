"""Set-based SQL of the account of record; every statement also says ``tenant_id =`` so that the index is used."""

YEAR = """
select
  (select coalesce(jsonb_agg(jsonb_build_object('id', m.id, 'period', m.period, 'version', m.version, 'template_version', m.template_version,
      'items', m.items, 'co2_direct', m.co2_direct::text, 'co2_indirect', m.co2_indirect::text, 'co2_process', m.co2_process::text,
      'co2_total', m.co2_total::text, 'tce_equivalent', m.tce_equivalent::text, 'tce_equal_value', m.tce_equal_value::text,
      'purchased_mwh', m.purchased_mwh::text, 'green', m.green, 'green_claimed_mwh', m.green_claimed_mwh::text,
      'green_counted_mwh', m.green_counted_mwh::text, 'd_green', m.d_green::text, 'a_own', m.a_own::text,
      'split_estimated', m.split_estimated, 'answers', m.answers, 'reason', m.reason, 'submitted_by_name', m.submitted_by_name,
      'submitted_at', m.submitted_at) order by m.period), '[]')
     from month_head h join inventory_month m on m.tenant_id = h.tenant_id and m.id = h.month_id
    where h.tenant_id = $1 and h.state = 'submitted' and h.period between $2 * 100 + 1 and $2 * 100 + 12) as months,
  (select coalesce(jsonb_agg(jsonb_build_object('id', l.id, 'period', l.period, 'item_id', l.item_id, 'name', l.name, 'carrier', l.carrier,
      'use', l.use, 'source_group', l.source_group, 'scope', l.scope, 'unit', l.unit, 'amount', l.amount::text, 'boundary_item', l.boundary_item,
      'account_no', l.account_no, 'factor_code', l.factor_code, 'co2_t', l.co2_t::text, 'tce_equivalent', l.tce_equivalent::text,
      'tce_equal_value', l.tce_equal_value::text, 'trace', l.trace, 'split_estimated', l.split_estimated, 'note', l.note)
      order by l.period, l.position), '[]')
     from month_head h join inventory_line l on l.tenant_id = h.tenant_id and l.month_id = h.month_id
    where h.tenant_id = $1 and h.state = 'submitted' and h.period between $2 * 100 + 1 and $2 * 100 + 12) as lines,
  (select jsonb_build_object('version', o.version, 'output', o.output_value::text, 'value_added', o.value_added::text, 'tax', o.tax::text,
      'staff', o.staff_avg) from operating_data o where o.tenant_id = $1 and o.period = $2::text order by o.version desc limit 1) as operating,
  (select jsonb_build_object('months', p.months, 'reason', p.reason, 'document_id', p.document_id) from part_year p
    where p.tenant_id = $1 and p.year = $2) as part,
  (select coalesce(jsonb_agg(y.reason), '[]') from year_lock y where y.tenant_id = $1 and y.year = $2) as locks
"""

HISTORY = """
select m.period, m.version, m.state, m.co2_total, m.tce_equivalent, m.split_estimated, m.reason, m.submitted_by_name, m.submitted_at,
       h.version = m.version as live, count(*) over () as total
  from inventory_month m join month_head h on h.tenant_id = m.tenant_id and h.period = m.period
 where m.tenant_id = $1 and ($2::int is null or m.period = $2) and ($3::int is null or m.period / 100 = $3)
 order by m.submitted_at desc, m.period desc, m.version desc limit $4 offset $5
"""

VERSION_LINES = """
select coalesce(l.item_id::text, l.name) as key, l.name, l.carrier, l.use, l.unit, l.amount, l.co2_t, l.tce_equivalent
  from inventory_month m join inventory_line l on l.tenant_id = m.tenant_id and l.month_id = m.id
 where m.tenant_id = $1 and m.period = $2 and m.version = $3 order by l.position
"""

OPERATING = """
select distinct on (period) period, version, output_value, value_added, tax, staff_avg, evidence_id, reason, saved_by_name, saved_at
  from operating_data where tenant_id = $1 and year = $2 order by period, version desc
"""

SUMMARY = """
select h.period, h.state, h.version, m.co2_total, m.tce_equivalent, m.split_estimated,
       (select jsonb_object_agg(g.source_group, g.co2::text) from (select l.source_group, sum(l.co2_t) as co2 from inventory_line l
         where l.tenant_id = h.tenant_id and l.month_id = h.month_id group by l.source_group) g) as by_source,
       exists (select 1 from year_lock y where y.tenant_id = h.tenant_id and y.year = h.period / 100) as locked
  from month_head h join inventory_month m on m.tenant_id = h.tenant_id and m.id = h.month_id
 where h.tenant_id = $1 and h.period between $2 and $3 order by h.period
"""

OPERATING_LAST = """
select version, output_value, value_added, tax, staff_avg, region_code, industry_code
  from operating_data where tenant_id = $1 and period = $2 order by version desc limit 1
"""

OPERATING_VERSIONS = """
select period, version, output_value, value_added, tax, staff_avg, evidence_id, reason, saved_by_name, saved_at
  from operating_data where tenant_id = $1 and period = $2 order by version desc
"""

DATA_VERSIONS = """
select y.year, (select coalesce(string_agg(h.period || 'v' || h.version, ',' order by h.period), '') from month_head h
                 where h.tenant_id = $1 and h.state = 'submitted' and h.period between y.year * 100 + 1 and y.year * 100 + 12)
       || ';o' || coalesce((select max(o.version) from operating_data o where o.tenant_id = $1 and o.period = y.year::text), 0) as named
  from unnest($2::int[]) y (year)
"""
