-- What a firm fills in before it is posted: template items, electricity accounts, drafts, evidence, measured parameters.

create table template (
  tenant_id uuid not null,
  version int not null,
  first_month int not null,
  saved_by uuid,
  saved_at timestamptz not null,
  primary key (tenant_id)
);
call make_tenant_table('template');

create table electricity_account (
  tenant_id uuid not null,
  id uuid not null,
  account_no text not null check (account_no ~ '^[0-9]{10,20}$'),
  supplier text not null,
  site text not null default '',
  multiplier numeric(8,2) not null default 1 check (multiplier > 0),
  share numeric(5,2) not null default 100 check (share > 0 and share <= 100),
  active boolean not null default true,
  bill_file_id uuid,
  version int not null default 1,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);
create unique index electricity_account_no on electricity_account (tenant_id, account_no);
call make_tenant_table('electricity_account');

-- An item is in force from first_month to last_month; months already filed keep what they were filed with.
create table template_item (
  tenant_id uuid not null,
  id uuid not null,
  carrier text not null,
  name text not null,
  use text not null,
  unit text not null,
  boundary_item text not null default 'UNASSIGNED',
  account_id uuid,
  place text not null default '',
  decimals int not null default 6 check (decimals between 0 and 6),
  sort int not null default 0,
  first_month int not null,
  last_month int check (last_month >= first_month),
  template_version int not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, account_id) references electricity_account (tenant_id, id)
);
call make_tenant_table('template_item');

create table template_history (
  tenant_id uuid not null,
  id uuid not null,
  version int not null,
  first_month int not null,
  items jsonb not null,
  saved_by uuid,
  saved_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, version)
);
call make_tenant_table('template_history', 'append');

create table draft (
  tenant_id uuid not null,
  period int not null,
  version int not null,
  body jsonb not null,
  saved_by uuid,
  saved_by_name text not null default '',
  device text not null default '',
  saved_at timestamptz not null,
  primary key (tenant_id, period)
);
call make_tenant_table('draft');

create table evidence (
  tenant_id uuid not null,
  id uuid not null,
  period int,
  item_id uuid,
  kind text not null check (kind in ('line', 'green', 'operating', 'parameter', 'other')),
  file_id uuid not null,
  name text not null,
  content_type text not null,
  size int not null,
  uploaded_by uuid,
  uploaded_at timestamptz not null,
  primary key (tenant_id, id)
);
create index evidence_period on evidence (tenant_id, period);
call make_tenant_table('evidence');

-- Measured parameters wait for an operator (FD11): the platform is the second party of the row.
create table parameter_request (
  tenant_id uuid not null,
  party_id uuid not null,
  id uuid not null,
  firm_name text not null,
  carrier text not null,
  carrier_name text not null,
  parameter text not null check (parameter in ('ncv', 'carbon_content', 'oxidation_rate', 'factor', 'tce')),
  value numeric(18,8) not null check (value > 0),
  unit text not null,
  usual numeric(30,15),
  valid_from int not null,
  valid_to int not null check (valid_to >= valid_from),
  basis text not null check (basis in ('实测', '供应商', '缺省')),
  reason text not null default '',
  evidence_id uuid,
  state text not null check (state in ('submitted', 'approved', 'rejected')),
  decision text not null default '',
  decided_by uuid,
  decided_at timestamptz,
  version int not null default 1,
  submitted_by uuid,
  submitted_at timestamptz not null,
  primary key (tenant_id, id)
);
create index parameter_request_party on parameter_request (party_id, state, submitted_at);
call make_link_table('parameter_request');
revoke delete on parameter_request from tanxiao_app;
