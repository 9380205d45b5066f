-- More kinds of reports: water, reduction (draft, then issued by an agency), and the grade report rated by an agency. One of each
-- kind, year and basis is current: a rated report stays beside a later self-assessment (GN12, LR7). Grade columns are the grade's.
alter table report drop constraint report_kind_check;
alter table report drop constraint report_state_check;
alter table report drop constraint report_check;
alter table report drop constraint report_check1;
alter table report alter column core drop not null;
alter table report alter column tce drop not null;
alter table report add column case_id uuid;
alter table report add constraint report_kind_check check (kind in ('grade', 'water', 'reduction'));
alter table report add constraint report_state_check check (state in ('self_assessed', 'rated', 'generated', 'draft', 'issued', 'superseded'));
alter table report add constraint report_grade_check check (
  case when kind = 'grade' then graded = (level is not null) and graded = (reason = '') and core is not null and tce is not null
       else not graded and reason = '' and level is null and letter is null end);
alter table report add constraint report_case_check check ((basis = 'verified') = (case_id is not null));
drop index report_current;
create unique index report_current on report (tenant_id, kind, year, basis) where state <> 'superseded';
