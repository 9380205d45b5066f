drop table report;
drop function report_number_next();
drop sequence report_running;
