drop function month_cells(text, text, int, int);
drop function own_firm_year(int);
drop function firm_years(int);
drop function fold_rollups(int);
drop table rollup_firm_year;
drop table rollup_month;
