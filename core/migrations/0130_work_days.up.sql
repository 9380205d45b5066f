-- Working days (R83): what differs from Monday to Friday, by the State Council's yearly notice and by the operator's own word.
-- A year without a row in work_year is unknown: its days count by weekdays and every deadline in it is provisional.
create table work_year (
  year int primary key check (year between 2000 and 2100),
  source text not null,
  confirmed_by uuid,
  confirmed_at timestamptz not null
);
call make_shared_table('work_year');

create table work_day (
  day date primary key,
  by_calendar boolean,
  holiday text not null default '',
  by_operator boolean,
  note text not null default '' check (length(note) <= 100),
  changed_by uuid,
  changed_at timestamptz not null,
  check (by_calendar is not null or by_operator is not null)
);
call make_shared_table('work_day');

create function is_work_day(p_day date) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select coalesce((select coalesce(w.by_operator, w.by_calendar) from work_day w where w.day = p_day), extract(isodow from p_day) < 6)
$$;
call app_function('is_work_day(date)');

-- The n-th working day after p_day (p_day itself is not counted); provisional when a day on the way lies in an unknown year.
create function work_days_after(p_day date, p_days int, out due date, out provisional boolean)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare left_over int := p_days;
begin
  if p_days not between 0 and 400 then raise exception 'between 0 and 400 working days' using errcode = '22003'; end if;
  due := p_day;
  while left_over > 0 loop
    due := due + 1;
    if is_work_day(due) then left_over := left_over - 1; end if;
  end loop;
  provisional := exists (select 1 from generate_series(extract(year from p_day + 1)::int, extract(year from due)::int) y
                          where p_days > 0 and not exists (select 1 from work_year k where k.year = y));
end $$;
call app_function('work_days_after(date, int)');

-- Working days from the day after p_from until p_to, Beijing time; the day of p_to counts by the hour it has reached.
create function work_days_between(p_from timestamptz, p_to timestamptz) returns numeric
language sql stable security definer set search_path = public, pg_temp as $$
  with span as (select (p_from at time zone 'Asia/Shanghai')::date as a, (p_to at time zone 'Asia/Shanghai') as t)
  select case when t::date <= a then 0::numeric else
    (select count(*) from generate_series(a + 1, t::date - 1, interval '1 day') d where is_work_day(d::date))
    + case when is_work_day(t::date) then round(extract(epoch from t::time)::numeric / 86400, 4) else 0 end end
  from span
$$;
call app_function('work_days_between(timestamptz, timestamptz)');

-- An operator's word on one day; null takes it back. Refuses days that nothing can hang on any more.
create function work_day_set(p_day date, p_working boolean, p_note text, p_now timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if coalesce(cur_kind(), '') <> 'operator' then raise exception 'only an operator changes working days' using errcode = '42501'; end if;
  if p_working is null then
    delete from work_day where day = p_day and by_calendar is null;
    update work_day set by_operator = null, note = '', changed_by = cur_person(), changed_at = p_now where day = p_day;
  else
    insert into work_day (day, by_operator, note, changed_by, changed_at) values (p_day, p_working, p_note, cur_person(), p_now)
      on conflict (day) do update set by_operator = p_working, note = p_note, changed_by = cur_person(), changed_at = p_now;
  end if;
end $$;
call app_function('work_day_set(date, boolean, text, timestamptz)');

-- The operator has entered a year's days from the notice: its deadlines are no longer provisional.
create function work_year_confirm(p_year int, p_now timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if coalesce(cur_kind(), '') <> 'operator' then raise exception 'only an operator confirms a year' using errcode = '42501'; end if;
  insert into work_year (year, source, confirmed_by, confirmed_at) values (p_year, '运营录入', cur_person(), p_now) on conflict do nothing;
end $$;
call app_function('work_year_confirm(int, timestamptz)');
