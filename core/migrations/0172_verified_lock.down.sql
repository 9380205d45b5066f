alter table year_lock no force row level security;
delete from year_lock where reason = 'verified';
alter table year_lock force row level security;
alter table year_lock drop constraint year_lock_reason_check;
alter table year_lock add constraint year_lock_reason_check check (reason in ('certificate', 'case'));
