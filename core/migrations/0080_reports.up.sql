-- Reports of an enterprise. What was reported never changes; only its place (superseded) and its stored file may be noted.
create sequence report_running as bigint;

create function report_number_next() returns bigint
language sql security definer set search_path = public, pg_temp as $$ select nextval('report_running') $$;
call app_function('report_number_next()');

create table report (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null check (kind in ('grade')),
  year int not null check (year between 1990 and 2100),
  version int not null check (version >= 1),
  number text not null,
  basis text not null check (basis in ('self', 'verified')),
  state text not null check (state in ('self_assessed', 'superseded')),
  graded boolean not null,
  reason text not null default '',
  level int check (level between 1 and 5),
  letter text check (letter in ('A', 'B', 'C', 'D', 'E')),
  efficiency numeric(20,4),
  intensity numeric(20,4),
  neutrality numeric(20,2),
  core numeric(20,6) not null,
  tce numeric(20,6) not null,
  unverified boolean not null,
  data_version text not null,
  summary jsonb not null,                   -- reason in words, what to do, warnings
  snapshot_id uuid not null,
  snapshot_sha256 text not null,
  content_sha256 text not null,
  issued_on date not null,
  issued_at timestamptz not null,
  issued_by uuid,
  superseded_at timestamptz,
  file_id uuid,
  file_sha256 text,
  pages int,
  primary key (tenant_id, id),
  unique (tenant_id, kind, year, version),
  unique (tenant_id, number),
  foreign key (tenant_id, snapshot_id) references snapshot (tenant_id, id),
  foreign key (tenant_id, file_id) references file_blob (tenant_id, id),
  check (graded = (level is not null)),
  check (graded = (reason = ''))
);
create unique index report_current on report (tenant_id, kind, year) where state <> 'superseded';
create index report_issued on report (tenant_id, issued_at desc);
call make_tenant_table('report', 'append');
grant update (state, superseded_at, file_id, file_sha256, pages) on report to tanxiao_app;
