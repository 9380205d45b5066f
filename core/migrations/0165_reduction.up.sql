-- Reductions of a firm (FD9, FD14): measures done in a year, audit indicators before and after, plans, and what it writes itself in its
-- reduction report. All of it is the firm's own; an agency reads only what a snapshot holds.
create table reduction_measure (
  tenant_id uuid not null,
  id uuid not null,
  year int not null check (year between 1990 and 2100),
  name text not null check (length(name) between 1 and 50),
  summary text not null check (length(summary) between 1 and 500),
  kind text not null check (kind in ('节能', '燃料替代', '可再生能源', '工艺', '回收利用', '管理', '其他')),
  investment numeric(14,4) not null check (investment >= 0),
  implemented_on date not null,
  saved jsonb not null default '[]',
  typed_t numeric(16,6),
  computed_t numeric(20,6),
  difference_reason text not null default '' check (length(difference_reason) <= 200),
  life_years int not null default 5 check (life_years between 1 and 50),
  cost_class text not null default '' check (cost_class in ('', '无/低费', '中/高费')),
  evidence uuid[] not null default '{}' check (cardinality(evidence) <= 9),
  accepted_t numeric(20,6),
  accepted_agency text not null default '',
  accepted_on date,
  version int not null default 1,
  saved_by uuid,
  saved_by_name text not null default '',
  saved_at timestamptz not null,
  primary key (tenant_id, id),
  check (extract(year from implemented_on) = year),
  check (typed_t is not null or computed_t is not null),
  check ((accepted_t is null) = (accepted_on is null))
);
create index reduction_measure_year on reduction_measure (tenant_id, year, implemented_on, id);
call make_tenant_table('reduction_measure');

create table reduction_indicators (
  tenant_id uuid not null,
  year int not null check (year between 1990 and 2100),
  version int not null,
  before_month int not null,
  after_month int not null check (after_month > before_month),
  rows jsonb not null default '[]',
  saved_by uuid,
  saved_by_name text not null default '',
  saved_at timestamptz not null,
  primary key (tenant_id, year)
);
call make_tenant_table('reduction_indicators');

create table reduction_plan (
  tenant_id uuid not null,
  id uuid not null,
  year int not null check (year between 1990 and 2100),
  name text not null check (length(name) between 1 and 50),
  content text not null check (length(content) between 1 and 500),
  kind text not null check (kind in ('节能', '燃料替代', '可再生能源', '工艺', '回收利用', '管理', '其他')),
  expected_investment numeric(14,4) not null check (expected_investment >= 0),
  expected_month int not null,
  expected_t numeric(16,6) not null,
  finance_wanted boolean not null default false,
  version int not null default 1,
  saved_by uuid,
  saved_by_name text not null default '',
  saved_at timestamptz not null,
  primary key (tenant_id, id)
);
create index reduction_plan_year on reduction_plan (tenant_id, year, expected_month, id);
call make_tenant_table('reduction_plan');

-- Typed parts and targets of a year's report; the rest of it is carried from where it is at home.
create table reduction_text (
  tenant_id uuid not null,
  year int not null check (year between 1990 and 2100),
  version int not null,
  typed jsonb not null default '{}',
  targets jsonb not null default '[]',
  saved_by uuid,
  saved_by_name text not null default '',
  saved_at timestamptz not null,
  primary key (tenant_id, year)
);
call make_tenant_table('reduction_text');

-- Proofs of a measure belong to no month and no item.
alter table evidence drop constraint evidence_kind_check;
alter table evidence add constraint evidence_kind_check check (kind in ('line', 'green', 'operating', 'parameter', 'measure', 'other'));
