-- What a certificate is called, for the message to its firm when an operator decided about it.
create function certificate_named(p_certificate uuid) returns table (number text, period text)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.certificate_no, c.period from certificate_index c where c.certificate_id = p_certificate and cur_kind() = 'operator'
$$;
call app_function('certificate_named(uuid)');

-- Certificates in force that end on one of these days: one job each, once a Beijing day. Returns how many.
create function certificates_ending(p_days date[], p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_day int := (p_now at time zone 'Asia/Shanghai')::date - date '2000-01-01'; n int := 0; c record;
  own text := coalesce(current_setting('app.tenant', true), '');
begin
  for c in select x.tenant_id, x.certificate_id from certificate_index x where x.state = 'valid' and x.valid_until = any (p_days) loop
    perform become(c.tenant_id);
    if enqueue_job(gen_random_uuid(), 'certificates.ending', c.certificate_id, v_day, '{}', p_now, interval '0', '') is not null then
      n := n + 1;
    end if;
  end loop;
  perform set_config('app.tenant', own, true);
  return n;
end $$;
call app_function('certificates_ending(date[], timestamptz)');

-- Firms with a complete year for which a usable benchmark (CE8, RS7) was published after p_from and none ever before: until now they
-- were ungraded for NO_BENCHMARK. One job for each firm and year. Returns how many.
create function benchmark_news(p_from timestamptz, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_year int := extract(year from p_now at time zone 'Asia/Shanghai')::int; n int := 0; firm record;
  own text := coalesce(current_setting('app.tenant', true), '');
begin
  if not exists (select 1 from benchmark b where b.state = 'published' and coalesce(b.decided_at, b.proposed_at) > p_from) then
    return 0;
  end if;
  for firm in
    with firms as materialized (
      select distinct y.year, x.tenant_id, x.region_code, x.industry_code
        from generate_series(v_year - 2, v_year - 1) y (year), lateral firm_years(y.year) x
       where x.months_complete >= 12 and x.va > 0
    )
    select f.tenant_id, f.year, max(b.period) as period
      from firms f
      join benchmark b on b.state = 'published' and b.period in (f.year::text, (f.year - 1)::text, (f.year - 2)::text)
       and b.region_code in (f.region_code, left(f.region_code, 4) || '00', left(f.region_code, 2) || '0000', '000000')
       and b.industry_code in (f.industry_code, left(f.industry_code, 4), left(f.industry_code, 3), left(f.industry_code, 1))
       and (b.origin = 'official' or (b.n >= 5 and b.largest_share <= 70))
     group by f.tenant_id, f.year
    having min(coalesce(b.decided_at, b.proposed_at)) > p_from
  loop
    perform become(firm.tenant_id);
    if enqueue_job(gen_random_uuid(), 'grading.benchmark', firm.tenant_id, firm.year,
                   jsonb_build_object('year', firm.year, 'period', firm.period),
                   p_now, interval '0', '') is not null then
      n := n + 1;
    end if;
  end loop;
  perform set_config('app.tenant', own, true);
  return n;
end $$;
call app_function('benchmark_news(timestamptz, timestamptz)');
