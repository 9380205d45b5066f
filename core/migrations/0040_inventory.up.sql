-- The account of record (architecture: inventory). Posted months, lines and operating data are append-only; a small head row per month
-- says which version lives and who locks it.

create table inventory_month (
  tenant_id uuid not null,
  id uuid not null,
  period int not null check (period between 190001 and 299912 and period % 100 between 1 and 12),
  version int not null check (version >= 1),
  state text not null check (state in ('submitted', 'withdrawn')),
  origin text not null check (origin in ('filing', 'run', 'ledger_A', 'ledger_B')),
  basis text not null default 'self' check (basis in ('self', 'verified')),
  template_version int not null,
  items jsonb not null,                     -- ids of the items that had a value (GN7: 0 is a value)
  co2_direct numeric(20,6) not null,
  co2_indirect numeric(20,6) not null,
  co2_process numeric(20,6) not null,
  co2_total numeric(20,6) not null,
  tce_equivalent numeric(20,6),
  tce_equal_value numeric(20,6),
  purchased_mwh numeric(20,6) not null default 0,
  green jsonb,                              -- certificate numbers, claimed MWh, evidence ids
  green_claimed_mwh numeric(20,6) not null default 0,
  green_counted_mwh numeric(20,6) not null default 0,
  d_green numeric(20,6) not null default 0,
  a_own numeric(20,6) not null default 0,
  split_estimated boolean not null default false,
  answers jsonb not null default '[]',
  reason text,
  fingerprint text not null default '',
  region_code text not null default '',     -- where the firm stood when it was posted: what is taken back later is taken back there
  industry_code text not null default '',
  submitted_by uuid,
  submitted_by_name text not null default '',
  submitted_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, period, version)
);
call make_tenant_table('inventory_month', 'append');

create table inventory_line (
  tenant_id uuid not null,
  id uuid not null,
  month_id uuid not null,
  period int not null,
  position int not null,
  item_id uuid,
  name text not null,
  carrier text not null,
  use text not null,
  source_group text not null,
  scope text not null check (scope in ('direct', 'indirect', 'process')),
  unit text not null,
  amount numeric(20,6) not null,
  boundary_item text not null default 'UNASSIGNED',
  account_no text,
  factor_code text not null,
  factor_value numeric(30,15) not null,
  factor_unit text not null,
  co2_t numeric(20,6) not null,
  tce_equivalent numeric(20,6),
  tce_equal_value numeric(20,6),
  trace jsonb not null,
  split_estimated boolean not null default false,
  note text not null default '',
  evidence jsonb not null default '[]',
  primary key (tenant_id, id),
  foreign key (tenant_id, month_id) references inventory_month (tenant_id, id)
);
create index inventory_line_month on inventory_line (tenant_id, month_id, position);
call make_tenant_table('inventory_line', 'append');

create table month_head (
  tenant_id uuid not null,
  period int not null,
  version int not null,
  state text not null check (state in ('submitted', 'withdrawn')),
  month_id uuid not null,
  primary key (tenant_id, period),
  foreign key (tenant_id, month_id) references inventory_month (tenant_id, id)
);
call make_tenant_table('month_head');
revoke delete on month_head from tanxiao_app;

-- Months that may not change: a certificate or a third party stands on them (GN12).
create table year_lock (
  tenant_id uuid not null,
  id uuid not null,
  year int not null,
  reason text not null check (reason in ('certificate', 'case')),
  object_id uuid,
  locked_at timestamptz not null,
  primary key (tenant_id, id)
);
create index year_lock_year on year_lock (tenant_id, year);
call make_tenant_table('year_lock');

-- One source of energy data per organisation and year (LG1, LG2).
create table year_source (
  tenant_id uuid not null,
  year int not null,
  source text not null check (source in ('filing', 'ledger_A', 'ledger_B')),
  primary key (tenant_id, year)
);
call make_tenant_table('year_source');

-- A firm that opened or closed within the year declares its months (GN7).
create table part_year (
  tenant_id uuid not null,
  year int not null,
  months jsonb not null,
  reason text not null,
  document_id uuid,
  version int not null default 1,
  declared_at timestamptz not null,
  primary key (tenant_id, year)
);
call make_tenant_table('part_year');

create table operating_data (
  tenant_id uuid not null,
  id uuid not null,
  period text not null,
  year int not null,
  version int not null,
  output_value numeric(16,4) not null,
  value_added numeric(16,4),
  tax numeric(16,4),
  staff_avg int,
  evidence_id uuid,
  reason text not null default '',
  saved_by uuid,
  region_code text not null default '',
  industry_code text not null default '',
  saved_by_name text not null default '',
  saved_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, period, version)
);
call make_tenant_table('operating_data', 'append');

create table comprehensive_energy (
  tenant_id uuid not null,
  id uuid not null,
  year int not null,
  version int not null,
  tce_equivalent numeric(16,6) not null,
  tce_equal_value numeric(16,6),
  source text not null check (source in ('统计上报', '自算')),
  reason text not null default '',
  computed numeric(20,6),
  saved_by uuid,
  saved_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, year, version)
);
call make_tenant_table('comprehensive_energy', 'append');

-- Signed rows for the sums (architecture 6): written in the submitting transaction through a function, folded by the rollups.
create table rollup_delta (
  id bigint generated always as identity primary key,
  tenant_id uuid not null,
  period int not null,
  region_code text not null,
  industry_code text not null,
  basis text not null,
  source_group text not null,
  co2 numeric(24,6) not null default 0,
  tce numeric(24,6) not null default 0,
  va numeric(24,4) not null default 0,
  output numeric(24,4) not null default 0,
  d_green numeric(24,6) not null default 0,
  a_own numeric(24,6) not null default 0,
  months_complete int not null default 0,
  created_at timestamptz not null default now()
);
create index rollup_delta_period on rollup_delta (period);
create index rollup_delta_tenant on rollup_delta (tenant_id);
call make_shared_table('rollup_delta', false);

-- Deltas of the acting organisation, whatever the rows say of a tenant.
create function post_delta(p jsonb) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into rollup_delta (tenant_id, period, region_code, industry_code, basis, source_group, co2, tce, va, output, d_green, a_own, months_complete)
  select cur_tenant(), r.period, coalesce(r.region_code, ''), coalesce(r.industry_code, ''), coalesce(r.basis, 'self'), r.source_group,
         coalesce(r.co2, 0), coalesce(r.tce, 0), coalesce(r.va, 0), coalesce(r.output, 0), coalesce(r.d_green, 0), coalesce(r.a_own, 0),
         coalesce(r.months_complete, 0)
    from jsonb_to_recordset(p) as r(period int, region_code text, industry_code text, basis text, source_group text, co2 numeric, tce numeric,
         va numeric, output numeric, d_green numeric, a_own numeric, months_complete int)
$$;
call app_function('post_delta(jsonb)');

-- Post months in one statement: heads (conditional on the version seen), months, lines, deltas of what was and what is.
-- Runs as the caller: row security applies. Returns the periods whose head had moved on; the caller then rolls back.
create function inventory_post(p jsonb) returns int[]
language plpgsql set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
  v_tenant uuid := cur_tenant(); v_stale int[]; v_region text := p->>'region_code'; v_industry text := p->>'industry_code'; v_old uuid[];
begin
  -- a certificate being issued for a year holds it (hold_year): wait for it, then respect the lock it left
  perform pg_advisory_xact_lock_shared(hashtextextended('inventory:' || v_tenant || ':' || y.year, 11))
    from (select distinct (m->>'period')::int / 100 as year from jsonb_array_elements(p->'months') m) y;
  if not coalesce((p->>'restated')::boolean, false) and exists (
      select 1 from year_lock l where l.tenant_id = v_tenant
         and l.year in (select (m->>'period')::int / 100 from jsonb_array_elements(p->'months') m)) then
    raise exception 'locked year' using errcode = 'TX003';
  end if;

  -- one source of energy data a year (LG2): the first one posted holds it
  insert into year_source (tenant_id, year, source)
  select distinct v_tenant, m.period / 100, case when m.origin in ('ledger_A', 'ledger_B') then m.origin else 'filing' end
    from jsonb_to_recordset(p->'months') as m(period int, origin text)
   where not exists (select 1 from year_source y where y.tenant_id = v_tenant and y.year = m.period / 100)
  on conflict do nothing;
  if exists (select 1 from jsonb_to_recordset(p->'months') as m(period int, origin text)
               join year_source y on y.tenant_id = v_tenant and y.year = m.period / 100
              where y.source <> case when m.origin in ('ledger_A', 'ledger_B') then m.origin else 'filing' end) then
    raise exception 'second source' using errcode = 'TX002';
  end if;

  insert into inventory_month (tenant_id, id, period, version, state, origin, basis, template_version, items, co2_direct, co2_indirect,
      co2_process, co2_total, tce_equivalent, tce_equal_value, purchased_mwh, green, green_claimed_mwh, green_counted_mwh, d_green, a_own,
      split_estimated, answers, reason, fingerprint, region_code, industry_code, submitted_by, submitted_by_name, submitted_at)
  select v_tenant, m.id, m.period, m.version, m.state, m.origin, 'self', m.template_version, m.items, m.co2_direct, m.co2_indirect,
      m.co2_process, m.co2_total, m.tce_equivalent, m.tce_equal_value, m.purchased_mwh, m.green, m.green_claimed_mwh, m.green_counted_mwh,
      m.d_green, m.a_own, m.split_estimated, m.answers, m.reason, m.fingerprint, v_region, v_industry, m.submitted_by, m.submitted_by_name, m.submitted_at
    from jsonb_to_recordset(p->'months') as m(id uuid, period int, version int, state text, origin text, template_version int, items jsonb,
      co2_direct numeric, co2_indirect numeric, co2_process numeric, co2_total numeric, tce_equivalent numeric, tce_equal_value numeric,
      purchased_mwh numeric, green jsonb, green_claimed_mwh numeric, green_counted_mwh numeric, d_green numeric, a_own numeric,
      split_estimated boolean, answers jsonb, reason text, fingerprint text, submitted_by uuid, submitted_by_name text, submitted_at timestamptz);

  if jsonb_array_length(p->'lines') > 0 then
    insert into inventory_line (tenant_id, id, month_id, period, position, item_id, name, carrier, use, source_group, scope, unit, amount,
        boundary_item, account_no, factor_code, factor_value, factor_unit, co2_t, tce_equivalent, tce_equal_value, trace, split_estimated, note, evidence)
    select v_tenant, l.id, l.month_id, l.period, l.position, l.item_id, l.name, l.carrier, l.use, l.source_group, l.scope, l.unit, l.amount,
        coalesce(l.boundary_item, 'UNASSIGNED'), l.account_no, l.factor_code, l.factor_value, l.factor_unit, l.co2_t, l.tce_equivalent,
        l.tce_equal_value, l.trace, l.split_estimated, l.note, l.evidence
      from jsonb_to_recordset(p->'lines') as l(id uuid, month_id uuid, period int, position int, item_id uuid, name text, carrier text, use text,
        source_group text, scope text, unit text, amount numeric, boundary_item text, account_no text, factor_code text, factor_value numeric,
        factor_unit text, co2_t numeric, tce_equivalent numeric, tce_equal_value numeric, trace jsonb, split_estimated boolean, note text,
        evidence jsonb);
  end if;

  -- what lived until now is taken back where it was counted, then what lives from now on is counted where the firm stands today
  select array_agg(h.month_id) into v_old
    from (select distinct (m->>'period')::int as period from jsonb_array_elements(p->'months') m) w
    join month_head h on h.tenant_id = v_tenant and h.period = w.period and h.state = 'submitted';
  if v_old is null then  -- a month filed for the first time: nothing to take back
    perform post_delta(coalesce((select jsonb_agg(d) from (
      select l.period, v_region as region_code, v_industry as industry_code, l.source_group, sum(l.co2_t) as co2,
             sum(coalesce(l.tce_equivalent, 0)) as tce, 0 as d_green, 0 as a_own, 0 as months_complete
        from jsonb_to_recordset(p->'lines') as l(period int, source_group text, co2_t numeric, tce_equivalent numeric)
       group by l.period, l.source_group having sum(l.co2_t) <> 0 or sum(coalesce(l.tce_equivalent, 0)) <> 0
      union all
      select m.period, v_region, v_industry, 'month', 0, 0, m.d_green, m.a_own, 1
        from jsonb_to_recordset(p->'months') as m(period int, state text, d_green numeric, a_own numeric) where m.state = 'submitted'
    ) d), '[]'::jsonb));
  else
    perform post_delta(coalesce((select jsonb_agg(d order by d.region_code = v_region and d.industry_code = v_industry) from (
      select x.period, x.region_code, x.industry_code, x.source_group, sum(x.sign * x.co2) as co2, sum(x.sign * x.tce) as tce,
             sum(x.sign * x.d_green) as d_green, sum(x.sign * x.a_own) as a_own, sum(x.sign * x.whole) as months_complete
        from (
          select l.period, coalesce(nullif(m.region_code, ''), v_region) as region_code, coalesce(nullif(m.industry_code, ''), v_industry) as industry_code,
                 l.source_group, -1 as sign, l.co2_t as co2, coalesce(l.tce_equivalent, 0) as tce, 0 as d_green, 0 as a_own, 0 as whole
            from inventory_month m join inventory_line l on l.tenant_id = m.tenant_id and l.month_id = m.id
           where m.tenant_id = v_tenant and m.id = any (v_old)
          union all
          select m.period, coalesce(nullif(m.region_code, ''), v_region), coalesce(nullif(m.industry_code, ''), v_industry),
                 'month', -1, 0, 0, m.d_green, m.a_own, 1
            from inventory_month m where m.tenant_id = v_tenant and m.id = any (v_old)
          union all
          select l.period, v_region, v_industry, l.source_group, 1, l.co2_t, coalesce(l.tce_equivalent, 0), 0, 0, 0
            from jsonb_to_recordset(p->'lines') as l(period int, source_group text, co2_t numeric, tce_equivalent numeric)
          union all
          select m.period, v_region, v_industry, 'month', 1, 0, 0, m.d_green, m.a_own, 1
            from jsonb_to_recordset(p->'months') as m(period int, state text, d_green numeric, a_own numeric) where m.state = 'submitted'
        ) x group by x.period, x.region_code, x.industry_code, x.source_group
        having sum(x.sign * x.co2) <> 0 or sum(x.sign * x.tce) <> 0 or sum(x.sign * x.d_green) <> 0 or sum(x.sign * x.a_own) <> 0 or sum(x.sign * x.whole) <> 0
    ) d), '[]'::jsonb));
  end if;

  with wanted as (
    select m.id, m.period, m.version, m.state from jsonb_to_recordset(p->'months') as m(id uuid, period int, version int, state text)
  ), done as (
    insert into month_head as h (tenant_id, period, version, state, month_id)
    select v_tenant, w.period, w.version, w.state, w.id from wanted w order by w.period
    on conflict (tenant_id, period) do update set version = excluded.version, state = excluded.state, month_id = excluded.month_id
      where h.version = excluded.version - 1
    returning period
  )
  select coalesce(array_agg(w.period), '{}') into v_stale from wanted w where w.period not in (select period from done);
  return v_stale;
end $$;
call app_function('inventory_post(jsonb)');
