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
         or (t.provisional and t.due_on is not null)
         or t.halt is distinct from (case s.word when 'ok' then '' else s.word end))
    order by t.tenant_id, t.id;
end $$;
drop index case_finding_waiting;
drop policy machine on case_finding;
alter table case_finding drop column asked_on, drop column half_on, drop column eve_on, drop column half_told_at, drop column eve_told_at, drop column provisional;
alter table third_case drop column half_on, drop column eve_on, drop column half_told_at, drop column eve_told_at;
