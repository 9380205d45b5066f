-- The soil: who is acting, the four table classes, claims, idempotency.
-- Roles are cluster-wide and made by core.postgres.ensure_roles before the first migration.

-- Who is acting. Set transaction-locally by enter() and enter_job(), never by the application itself.
create function cur_tenant() returns uuid language sql stable parallel safe
  return nullif(current_setting('app.tenant', true), '')::uuid;
create function cur_person() returns uuid language sql stable parallel safe
  return nullif(current_setting('app.person', true), '')::uuid;
create function cur_account() returns uuid language sql stable parallel safe
  return nullif(current_setting('app.account', true), '')::uuid;
create function cur_kind() returns text language sql stable parallel safe
  return nullif(current_setting('app.kind', true), '');

-- Table classes (architecture 6). Row security is FORCED: the owner is bound too.
create procedure make_tenant_table(p_table text, p_mode text default 'edit') language plpgsql as $$
begin
  if p_mode not in ('edit', 'append') then raise exception 'unknown mode %', p_mode; end if;
  execute format('alter table %I enable row level security', p_table);
  execute format('alter table %I force row level security', p_table);
  execute format('create policy tenant on %I using (tenant_id = cur_tenant()) with check (tenant_id = cur_tenant())', p_table);
  execute format('grant select, insert%s on %I to tanxiao_app',
                 case p_mode when 'edit' then ', update, delete' else '' end, p_table);
end $$;

create procedure make_link_table(p_table text, p_mode text default 'edit') language plpgsql as $$
begin
  if p_mode not in ('edit', 'append') then raise exception 'unknown mode %', p_mode; end if;
  execute format('alter table %I enable row level security', p_table);
  execute format('alter table %I force row level security', p_table);
  execute format('create policy sides on %I using (tenant_id = cur_tenant() or party_id = cur_tenant())
                  with check (tenant_id = cur_tenant() or party_id = cur_tenant())', p_table);
  execute format('grant select, insert%s on %I to tanxiao_app',
                 case p_mode when 'edit' then ', update, delete' else '' end, p_table);
end $$;

create procedure make_shared_table(p_table text, p_readable boolean default true) language plpgsql as $$
begin
  if p_readable then execute format('grant select on %I to tanxiao_app', p_table); end if;
end $$;

create procedure make_identity_table(p_table text) language plpgsql as $$
begin
  execute format('revoke all on %I from public, tanxiao_app', p_table);
end $$;

-- A function only the application may call.
create procedure app_function(p_signature text) language plpgsql as $$
begin
  execute format('revoke all on function %s from public', p_signature);
  execute format('grant execute on function %s to tanxiao_app', p_signature);
end $$;

-- What is unique on the whole platform (uscc, electricity_account, certificate_code, gec ...). The holder is never named.
create table claim (
  kind text not null,
  value text not null,
  tenant_id uuid not null,
  created_at timestamptz not null default now(),
  primary key (kind, value)
);
create index claim_tenant on claim (tenant_id, kind);
call make_identity_table('claim');

-- True: the value is now (or was already) held by the acting organisation. False: somebody else holds it.
create function take_claim(p_kind text, p_value text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare holder uuid;
begin
  if cur_tenant() is null then raise exception 'take_claim needs an acting organisation'; end if;
  insert into claim (kind, value, tenant_id) values (p_kind, p_value, cur_tenant()) on conflict do nothing;
  select tenant_id into holder from claim where kind = p_kind and value = p_value;
  return holder = cur_tenant();
end $$;
call app_function('take_claim(text, text)');

create function drop_claim(p_kind text, p_value text) returns void
language sql security definer set search_path = public, pg_temp as $$
  delete from claim where kind = p_kind and value = p_value and tenant_id = cur_tenant()
$$;
call app_function('drop_claim(text, text)');

-- First answers by Idempotency-Key (R3). account_id is the scope; tenant_id the acting organisation.
create table idempotency (
  tenant_id uuid not null,
  id uuid not null,
  account_id uuid not null,
  route text not null,
  key text not null check (length(key) between 1 and 255),
  body_sha256 bytea not null,
  status int not null,
  body bytea not null,
  created_at timestamptz not null default now(),
  primary key (tenant_id, account_id, route, key)
);
call make_tenant_table('idempotency', 'append');
grant select, delete on idempotency to tanxiao_janitor;
create policy janitor_old on idempotency for all to tanxiao_janitor using (created_at < now() - interval '24 hours');

-- Limits that must be shared between processes and survive a restart (no Redis needed).
create table rate_counter (
  bucket text not null,
  slot bigint not null,
  hits int not null,
  primary key (bucket, slot)
);
call make_identity_table('rate_counter');

-- Count one hit in a window of p_seconds; returns how many hits the window now holds.
create function rate_hit(p_bucket text, p_seconds int, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare n int; s bigint := floor(extract(epoch from p_now) / p_seconds);
begin
  insert into rate_counter as r (bucket, slot, hits) values (p_bucket, s, 1)
    on conflict (bucket, slot) do update set hits = r.hits + 1 returning hits into n;
  if n = 1 then delete from rate_counter where bucket = p_bucket and slot < s - 1; end if;
  return n;
end $$;
call app_function('rate_hit(text, int, timestamptz)');
