create or replace function duties_night(p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_day int := (p_now at time zone 'Asia/Shanghai')::date - date '2000-01-01'; firm uuid; n int := 0; own text := coalesce(current_setting('app.tenant', true), '');
begin
  for firm in select distinct tenant_id from delegation where state = 'active' loop
    perform become(firm);
    if enqueue_job(gen_random_uuid(), 'filing.duties', firm, -v_day, '{}', p_now, interval '0', '') is not null then n := n + 1; end if;
  end loop;
  perform set_config('app.tenant', own, true);
  return n;
end $$;
drop policy machine on duty;
