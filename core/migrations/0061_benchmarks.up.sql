-- Industry benchmarks B (rules CE7, CE8): dated rows, official ones by two operators, platform averages by the yearly job.
-- A published row is never changed: a newer one closes it (known_to), papers that used it keep naming it.

create table benchmark (
  id uuid primary key,
  region_code text not null check (region_code ~ '\A[0-9]{6}\Z'),
  region_level text not null check (region_level in ('district', 'city', 'province', 'nation')),
  industry_code text not null,
  industry_level text not null check (industry_level in ('class', 'group', 'division', 'section')),
  period text not null check (period ~ '\A[0-9]{4}(H[12]|Q[1-4]|-[0-9]{2})?\Z'),
  basis text not null check (basis in ('self', 'verified', 'official')),
  b numeric(20,6) not null check (b > 0),
  n int check (n >= 1),
  largest_share numeric(5,2) check (largest_share between 0 and 100),
  origin text not null check (origin in ('official', 'platform')),
  source text not null,
  document text not null default '',
  state text not null check (state in ('draft', 'published', 'rejected')),
  known_from date,
  known_to date,
  proposed_by uuid,
  proposed_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  decision_note text not null default '',
  check (origin = 'official' or (n is not null and largest_share is not null)),
  check (state <> 'published' or known_from is not null)
);
create unique index benchmark_live on benchmark (industry_code, region_code, period, basis, origin)
  where state = 'published' and known_to is null;
create index benchmark_period on benchmark (period, industry_code, region_code) where state = 'published';
call make_shared_table('benchmark');

-- Candidate cells of a year by CE7 and CE8 (2): sums over firms with twelve complete months and value added above zero.
-- basis 'self' = every submitting firm, by its verified row where it has one; 'verified' = firms with verified values only.
create function benchmark_cells(p_year int) returns table (
  region_level text, region_code text, industry_level text, industry_code text, basis text,
  n bigint, e_k numeric, va numeric, largest_e_k numeric)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
  with usable as (
    select f.tenant_id, f.basis as kind, f.region_code as region, f.industry_code as industry, f.co2 - f.d_green as e, f.va as v
    from firm_years(p_year) f where f.months_complete >= 12 and f.va > 0 and length(f.region_code) = 6
  ), firms as (
    select 'verified'::text as b, u.* from usable u where u.kind = 'verified'
    union all
    select 'self', d.* from (select distinct on (u.tenant_id) u.* from usable u order by u.tenant_id, u.kind desc) d
  )
  select l.region_level, l.region, i.industry_level, i.industry, f.b, count(*), sum(f.e), sum(f.v), max(f.e)
  from firms f
  cross join lateral (values ('city', left(f.region, 4) || '00'), ('province', left(f.region, 2) || '0000'), ('nation', '000000'))
    as l (region_level, region)
  cross join lateral (values ('class', 5), ('group', 4), ('division', 3), ('section', 1)) as k (industry_level, width)
  cross join lateral (select k.industry_level, left(f.industry, k.width) as industry) i
  where length(f.industry) >= k.width
  group by 1, 2, 3, 4, 5;
end $$;
call app_function('benchmark_cells(int)');

-- Platform rows: published at once, the row they replace is closed. Nothing is written where the figure is unchanged.
-- p_rows: [{id, region_code, region_level, industry_code, industry_level, basis, b, n, largest_share}]
create function benchmark_put_platform(p_period text, p_rows jsonb, p_now timestamptz, p_today date) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare written int;
begin
  perform pg_advisory_xact_lock(7201984061);
  with given as (
    select * from jsonb_to_recordset(p_rows) as r (id uuid, region_code text, region_level text, industry_code text,
      industry_level text, basis text, b numeric, n int, largest_share numeric)
  ), closed as (
    update benchmark o set known_to = p_today from given g
    where o.origin = 'platform' and o.state = 'published' and o.known_to is null and o.period = p_period
      and o.industry_code = g.industry_code and o.region_code = g.region_code and o.basis = g.basis
      and (o.b, o.n, o.largest_share) is distinct from (g.b, g.n, g.largest_share)
    returning o.id
  ) select count(*) into written from closed;
  insert into benchmark (id, region_code, region_level, industry_code, industry_level, period, basis, b, n, largest_share, origin,
                         source, state, known_from, proposed_at)
  select g.id, g.region_code, g.region_level, g.industry_code, g.industry_level, p_period, g.basis, g.b, g.n, g.largest_share,
         'platform', '平台同行业汇总', 'published', p_today, p_now
  from jsonb_to_recordset(p_rows) as g (id uuid, region_code text, region_level text, industry_code text, industry_level text,
                                        basis text, b numeric, n int, largest_share numeric)
  order by g.industry_code, g.region_code
  on conflict (industry_code, region_code, period, basis, origin) where state = 'published' and known_to is null do nothing;
  get diagnostics written = row_count;
  return written;
end $$;
call app_function('benchmark_put_platform(text, jsonb, timestamptz, date)');

-- ops_data proposes an official row; ops_approver, who is another person, publishes or rejects it.
create function benchmark_propose(p_row jsonb, p_now timestamptz) returns uuid
language plpgsql security definer set search_path = public, pg_temp as $$
declare made uuid;
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  insert into benchmark (id, region_code, region_level, industry_code, industry_level, period, basis, b, n, origin, source, document,
                         state, proposed_by, proposed_at)
  select r.id, r.region_code, r.region_level, r.industry_code, r.industry_level, r.period, 'official', r.b, r.n, 'official',
         r.source, r.document, 'draft', coalesce(cur_person(), cur_account()), p_now
  from jsonb_to_record(p_row) as r (id uuid, region_code text, region_level text, industry_code text, industry_level text,
                                    period text, b numeric, n int, source text, document text)
  returning id into made;
  return made;
end $$;
call app_function('benchmark_propose(jsonb, timestamptz)');

-- Outcome: ok | not_found | not_draft | same_person.
create function benchmark_decide(p_id uuid, p_publish boolean, p_note text, p_now timestamptz, p_today date) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare found_row benchmark; me uuid := coalesce(cur_person(), cur_account());
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  select * into found_row from benchmark where id = p_id for update;
  if not found then return 'not_found'; end if;
  if found_row.state <> 'draft' then return 'not_draft'; end if;
  if me is null or found_row.proposed_by is null or found_row.proposed_by = me then return 'same_person'; end if;
  if p_publish then
    update benchmark set known_to = p_today
    where origin = 'official' and state = 'published' and known_to is null and basis = found_row.basis and period = found_row.period
      and industry_code = found_row.industry_code and region_code = found_row.region_code;
  end if;
  update benchmark set state = case when p_publish then 'published' else 'rejected' end,
    known_from = case when p_publish then p_today end, decided_by = me, decided_at = p_now, decision_note = p_note
  where id = p_id;
  return 'ok';
end $$;
call app_function('benchmark_decide(uuid, boolean, text, timestamptz, date)');

-- The acting firm's place among the firms of one cell (GN13, RS8): counts only. Peers are compared at the four digits K is shown with.
create function peer_place(p_year int, p_region text, p_industry text, p_b numeric, p_k numeric) returns table (
  n bigint, larger bigint, smaller bigint, best_quartile numeric, included boolean)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  return query
  with peers as (
    select distinct on (f.tenant_id) f.tenant_id as who, (f.co2 - f.d_green) / f.va as l, (f.co2 - f.d_green) / (f.va * p_b) as k
    from firm_years(p_year) f
    where f.months_complete >= 12 and f.va > 0 and starts_with(f.industry_code, p_industry) and starts_with(f.region_code, p_region)
    order by f.tenant_id, f.basis desc
  )
  select count(*), count(*) filter (where who <> cur_tenant() and round(k, 4) > p_k),
         count(*) filter (where who <> cur_tenant() and round(k, 4) < p_k),
         percentile_disc(0.25) within group (order by l), coalesce(bool_or(who = cur_tenant()), false)
  from peers;
end $$;
call app_function('peer_place(int, text, text, numeric, numeric)');
