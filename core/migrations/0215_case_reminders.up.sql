-- Reminders of a case (R83): at half of a deadline and one working day before its end, once each. A question to the firm has a deadline
-- of its own while the agency goes on working; it too reaches into a year without a calendar and is worked out again.
alter table third_case add column half_on date, add column eve_on date, add column half_told_at timestamptz, add column eve_told_at timestamptz;
alter table case_finding add column asked_on date, add column half_on date, add column eve_on date, add column half_told_at timestamptz,
  add column eve_told_at timestamptz, add column provisional boolean not null default false;
create policy machine on case_finding to tanxiao_owner using (true) with check (true);

-- What is open already: counted back from its last day (an answer 10 working days, everything else 5).
update third_case t set
    half_on = (select d::date from generate_series(t.due_on - 1, t.due_on - 40, interval '-1 day') d where is_work_day(d::date)
                limit 1 offset case when t.turn = 'agency' and t.due_on = t.remind_on then 4 else 1 end),
    eve_on = (select d::date from generate_series(t.due_on - 1, t.due_on - 40, interval '-1 day') d where is_work_day(d::date) limit 1)
  where t.due_on is not null and t.state in ('submitted', 'in_audit', 'in_verification', 'returned', 'concluded');
update case_finding f set
    asked_on = (f.raised_at at time zone 'Asia/Shanghai')::date,
    half_on = (select d::date from generate_series(f.due_on - 1, f.due_on - 40, interval '-1 day') d where is_work_day(d::date) limit 1 offset 1),
    eve_on = (select d::date from generate_series(f.due_on - 1, f.due_on - 40, interval '-1 day') d where is_work_day(d::date) limit 1)
  where f.due_on is not null and f.state = 'open';
create index case_finding_waiting on case_finding (tenant_id, case_id) where state = 'open';

create or replace function cases_of_the_night(p_today date) returns table (firm uuid, id uuid)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if cur_tenant() is not null then raise exception 'for the nightly run' using errcode = '42501'; end if;
  return query
    select t.tenant_id, t.id from third_case t cross join lateral (select agency_standing(t.party_id, t.kind, p_today) as word) s
     where t.state in ('submitted', 'in_audit', 'in_verification', 'returned', 'concluded')
       and ((t.turn = 'agency' and t.remind_on < p_today and t.reminded_at is null)
         or (t.turn = 'agency' and t.withdraw_on < p_today and t.release_told_at is null)
         or (t.turn = 'firm' and t.due_on < p_today and t.waiting > 0)
         or (t.half_on <= p_today and t.due_on >= p_today and t.half_told_at is null)
         or (t.eve_on <= p_today and t.due_on >= p_today and t.eve_told_at is null)
         or (t.waiting > 0 and exists (
              select 1 from case_finding f where f.tenant_id = t.tenant_id and f.case_id = t.id and f.state = 'open'
                 and (f.due_on < p_today or f.provisional or (f.half_on <= p_today and f.half_told_at is null) or (f.eve_on <= p_today and f.eve_told_at is null))))
         or (t.provisional and t.due_on is not null)
         or t.halt is distinct from (case s.word when 'ok' then '' else s.word end))
    order by t.tenant_id, t.id;
end $$;
