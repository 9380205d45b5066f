-- Dated, sourced values. Published rows are immutable: a change is a new row (architecture 5). Readable by everyone, written by the loader
-- and (later) by two-person publishing only.
create table factor (
  code text not null,
  valid_key date not null,              -- valid_from, or 0001-01-01 where the start is not known
  category text not null,               -- carrier | grid | other | gwp
  carrier text,
  property text not null,
  kind text not null,
  name text not null,
  value numeric(30, 15),
  value_text text,
  unit text not null,
  gas text not null default '',
  factor_set text not null default '',
  factor_year int,
  region_code text not null default '',
  valid_from date,
  valid_to date,
  source text not null,
  source_url text not null,
  confidence text not null check (confidence in ('verified-2-sources', 'one-source', 'unverified')),
  note text not null default '',
  primary key (code, valid_key)
);
create index factor_carrier on factor (carrier, property);
create index factor_kind on factor (kind, region_code);
call make_shared_table('factor');

create table parameter (
  code text not null,
  valid_from date not null,
  value jsonb not null,
  unit text not null,
  source text not null,
  confidence text not null,
  primary key (code, valid_from)
);
call make_shared_table('parameter');

-- One row: the number grows when factors or parameters change, so that a cached catalogue knows it is old.
create table factor_epoch (id int primary key check (id = 1), epoch bigint not null);
insert into factor_epoch values (1, 1);
call make_shared_table('factor_epoch');

-- Published companies as read-only reference cases: name, source, figures; no code, no grade.
create table reference_case (
  id text primary key,
  name text not null,
  title text not null,
  figures jsonb not null,
  source text not null,
  source_url text not null
);
call make_shared_table('reference_case');
