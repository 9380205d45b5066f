-- A year under a rated report changes by restatement only (GN12): a lock of its own, weaker than that of an open case.
alter table year_lock drop constraint year_lock_reason_check;
alter table year_lock add constraint year_lock_reason_check check (reason in ('certificate', 'case', 'verified'));
