drop function work_year_confirm(int, timestamptz);
drop function work_day_set(date, boolean, text, timestamptz);
drop function work_days_between(timestamptz, timestamptz);
drop function work_days_after(date, int);
drop function is_work_day(date);
drop table work_day;
drop table work_year;
