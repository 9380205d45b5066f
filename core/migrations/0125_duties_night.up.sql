-- Days decide what is due when a list is read, so the night has work only for firms whose newest ended month has no row yet.
create policy machine on duty for select to tanxiao_owner using (true);
create or replace function duties_night(p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_today date := (p_now at time zone 'Asia/Shanghai')::date; v_day int := v_today - date '2000-01-01';
  v_last int := to_char(v_today - interval '1 month', 'YYYYMM')::int; firm uuid; n int := 0;
  own text := coalesce(current_setting('app.tenant', true), '');
begin
  for firm in select distinct d.tenant_id from delegation d where d.state = 'active'
               and not exists (select 1 from duty u where u.tenant_id = d.tenant_id and u.period = v_last) loop
    perform become(firm);
    if enqueue_job(gen_random_uuid(), 'filing.duties', firm, -v_day, '{}', p_now, interval '0', '') is not null then n := n + 1; end if;
  end loop;
  perform set_config('app.tenant', own, true);
  return n;
end $$;
