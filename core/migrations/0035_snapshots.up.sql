-- Immutable snapshots: canonical JSON bytes of what a paper is made from, with their SHA-256 (rule GN10). Never changed.
create table snapshot (
  tenant_id uuid not null,
  id uuid not null,
  kind text not null check (kind ~ '^[a-z_]{1,40}$'),
  object_id uuid not null,
  body bytea not null,
  sha256 text not null check (sha256 ~ '^[0-9a-f]{64}$'),
  created_at timestamptz not null,
  created_by uuid,
  primary key (tenant_id, id),
  check (encode(sha256(body), 'hex') = sha256)
);
create index snapshot_object on snapshot (tenant_id, kind, object_id, created_at);
call make_tenant_table('snapshot', 'append');
