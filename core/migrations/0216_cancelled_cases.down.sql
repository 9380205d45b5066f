drop function ops_case_cancel(uuid, text, int, uuid, text, text, timestamptz, text);
drop function ops_case(uuid);
drop function ops_cases_count(text, text, text, date);
drop function ops_cases(text, text, text, date, int, int);
drop index third_case_newest;
-- what was cancelled reads as withdrawn, its report as superseded
alter table case_event no force row level security;
alter table third_case no force row level security;
alter table report no force row level security;
update case_event set side = 'system' where side = 'operator';
update case_event set to_state = 'withdrawn' where to_state = 'cancelled';
update third_case set state = 'withdrawn' where state = 'cancelled';
update report set state = 'superseded' where state = 'cancelled';
alter table case_event force row level security;
alter table third_case force row level security;
alter table report force row level security;
drop index report_current;
create unique index report_current on report (tenant_id, kind, year, basis) where state <> 'superseded';
alter table report drop constraint report_state_check;
alter table report add constraint report_state_check check (state in ('self_assessed', 'rated', 'generated', 'draft', 'issued', 'superseded'));
alter table case_event drop constraint case_event_side_check;
alter table case_event add constraint case_event_side_check check (side in ('firm', 'agency', 'system'));
alter table third_case drop constraint third_case_accepted_check;
alter table third_case add constraint third_case_check check ((state in ('submitted', 'declined') or accepted_at is not null) or state = 'withdrawn');
alter table third_case drop constraint third_case_state_check;
alter table third_case add constraint third_case_state_check check (state in (
  'submitted', 'in_audit', 'in_verification', 'returned', 'concluded', 'audited', 'issued', 'rated', 'refused', 'declined', 'withdrawn', 'superseded'));
