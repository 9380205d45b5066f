-- Evaluation runs (CE, NR): what was computed, from what, by which rows. A new run is a new version, none is changed (CE12).
create table evaluation (
  tenant_id uuid not null,
  id uuid not null,
  year int not null check (year between 1900 and 2999),
  version int not null,
  status text not null check (status in ('graded', 'ungraded')),
  reason text,
  level int check (level between 1 and 5),
  letter text check (letter in ('A', 'B', 'C', 'D', 'E')),
  k numeric(20,4),
  l numeric(20,4),
  n numeric(20,2),
  benchmark_id uuid references benchmark (id),
  basis text not null check (basis in ('self', 'verified')),
  method_version text not null,
  fingerprint text not null,
  trace jsonb not null,
  evaluated_on date not null,
  created_at timestamptz not null,
  created_by uuid,
  primary key (tenant_id, id),
  unique (tenant_id, year, version),
  check ((status = 'graded') = (level is not null and letter is not null and k is not null and l is not null)),
  check ((status = 'ungraded') = (reason is not null))
);
call make_tenant_table('evaluation', 'append');
