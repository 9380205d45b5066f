drop function bank_case_page(date, text, uuid, text, int, int);
drop function bank_case_counts(date, uuid);
drop index finance_case_tabs;
drop function agency_case_page(date, text, uuid, text, int, int);
drop function agency_case_counts(date, uuid);
drop index third_case_tabs;
