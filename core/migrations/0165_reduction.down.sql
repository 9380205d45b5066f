alter table evidence no force row level security;
update evidence set kind = 'other' where kind = 'measure';
alter table evidence force row level security;
alter table evidence drop constraint evidence_kind_check;
alter table evidence add constraint evidence_kind_check check (kind in ('line', 'green', 'operating', 'parameter', 'other'));
drop table reduction_text;
drop table reduction_plan;
drop table reduction_indicators;
drop table reduction_measure;
