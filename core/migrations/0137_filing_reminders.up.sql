-- Which firms are to be reminded of a month today (FI12): found in one statement over all firms, one job for each firm that has something.
-- The machine's eye: the function below sets app.machine for its own statement; the application cannot use these policies.
do $$ declare t text; begin
  foreach t in array array['organisation', 'template', 'template_item', 'month_head', 'part_year', 'profile', 'draft'] loop
    execute format('create policy reminders on %I for select to tanxiao_owner using (current_setting(''app.machine'', true) = ''reminders'')', t);
  end loop;
end $$;

-- p_months: [{period, key_unit}] whose day of reminding is today; p_open_from and p_open_to: drafts last saved in between hold questions
-- that have waited three days now. Once a Beijing day for each firm. Returns how many firms.
create function filing_remind(p_months jsonb, p_open_from timestamptz, p_open_to timestamptz, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_day int := (p_now at time zone 'Asia/Shanghai')::date - date '2000-01-01'; n int := 0; firm record;
  own text := coalesce(current_setting('app.tenant', true), '');
begin
  perform set_config('app.machine', 'reminders', true);
  for firm in
    with wanted as materialized (
      select (m->>'period')::int as period, (m->>'key_unit')::boolean as key_unit from jsonb_array_elements(p_months) m
    ), open as (
      select t.tenant_id, w.period, true as due
        from wanted w
        join template t on t.first_month <= w.period
        left join profile f on f.tenant_id = t.tenant_id
       where coalesce(f.ets_key_unit, false) = w.key_unit
         and exists (select 1 from template_item i where i.tenant_id = t.tenant_id and i.first_month <= w.period
                        and coalesce(i.last_month, w.period) >= w.period)
         and not exists (select 1 from part_year y where y.tenant_id = t.tenant_id and y.year = w.period / 100
                            and not y.months @> to_jsonb(w.period))
      union all
      select d.tenant_id, d.period, false from draft d where d.saved_at > p_open_from and d.saved_at <= p_open_to
    )
    select o.tenant_id, coalesce(jsonb_agg(o.period) filter (where o.due), '[]') as months,
           coalesce(jsonb_agg(o.period) filter (where not o.due), '[]') as questions
      from open o join organisation g on g.id = o.tenant_id and g.kind = 'enterprise' and g.status in ('unverified', 'active')
     where not exists (select 1 from month_head h where h.tenant_id = o.tenant_id and h.period = o.period and h.state = 'submitted')
     group by o.tenant_id
  loop
    perform become(firm.tenant_id);
    if enqueue_job(gen_random_uuid(), 'filing.remind', firm.tenant_id, v_day, jsonb_build_object('months', firm.months, 'questions', firm.questions),
                   p_now, interval '0', '') is not null then
      n := n + 1;
    end if;
  end loop;
  perform set_config('app.machine', '', true), set_config('app.tenant', own, true);
  return n;
end $$;
call app_function('filing_remind(jsonb, timestamptz, timestamptz, timestamptz)');
