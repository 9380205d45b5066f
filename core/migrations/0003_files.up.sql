-- Stored files. The bytes lie in the store under <tenant>/<sha256>; two organisations with the same file hold two blobs.
create table file_blob (
  tenant_id uuid not null,
  id uuid not null,
  sha256 bytea not null check (length(sha256) = 32),
  size bigint not null check (size >= 0),
  content_type text not null,
  name text not null,
  purpose text not null,
  uploaded_by uuid,
  created_at timestamptz not null default now(),
  primary key (tenant_id, id)
);
create index file_blob_sha on file_blob (tenant_id, sha256);
call make_tenant_table('file_blob');
revoke update on file_blob from tanxiao_app;
