drop function cases_of_the_night(date);
drop function case_job(uuid, uuid, text, text, uuid, int, timestamptz, text);
drop function case_hold(uuid, uuid, boolean, timestamptz);
alter table year_lock no force row level security;
delete from year_lock where reason = 'case';
alter table year_lock force row level security;
drop table case_note, case_declaration, case_event, case_amount, case_file, case_message, case_finding, case_round, third_case;
drop function case_number_next();
drop sequence case_running;
