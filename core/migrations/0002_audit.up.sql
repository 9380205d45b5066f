-- The audit log (T17, architecture 9.15): one hash chain per organisation, 16 system chains for events without one.
-- Nobody but audit_append() writes it: the application has SELECT only, and UPDATE or DELETE has no one.

create table audit_head (
  chain uuid primary key,
  seq bigint not null,
  hash bytea not null,
  at timestamptz not null
);
call make_identity_table('audit_head');

create table audit_log (
  tenant_id uuid not null,          -- the organisation acted for, or a system chain
  seq bigint not null,              -- 1, 2, 3 … within the chain
  at timestamptz not null,
  id uuid not null,
  account_id uuid,
  person_id uuid,
  sid uuid,
  action text not null,
  object_type text not null,
  object_id text not null,
  result text not null,
  route text not null,
  request_id text not null,
  ip text not null,
  detail jsonb not null,
  prev_hash bytea not null,
  hash bytea not null,
  primary key (tenant_id, seq, at)
) partition by range (at);
create index audit_log_at on audit_log using brin (at);
create index audit_log_tenant_at on audit_log (tenant_id, at);

alter table audit_log enable row level security;
alter table audit_log force row level security;
create policy tenant on audit_log for select to tanxiao_app using (tenant_id = cur_tenant());
create policy operator on audit_log for select to tanxiao_app using (cur_kind() = 'operator');
create policy machine on audit_log to tanxiao_owner using (true) with check (true);
grant select on audit_log to tanxiao_app;

-- Partitions by Beijing month; each is forced when it is made. No default partition: a row for a month without one is an error.
-- Made apart and attached, so that writers of the log are not held up.
create function audit_ensure_partitions(p_from date, p_months int) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  first date; part text; made int := 0;
begin
  for i in 0 .. p_months loop
    first := (date_trunc('month', p_from) + make_interval(months => i))::date;
    part := 'audit_log_' || to_char(first, 'YYYYMM');
    continue when to_regclass(part) is not null;
    perform pg_advisory_xact_lock(hashtext(part));
    continue when to_regclass(part) is not null;
    execute format('create table %I (like audit_log including all)', part);
    execute format('alter table %I enable row level security', part);
    execute format('alter table %I force row level security', part);
    execute format('create policy machine on %I to tanxiao_owner using (true) with check (true)', part);
    execute format('alter table audit_log attach partition %I for values from (%L) to (%L)', part,
      to_char(first, 'YYYY-MM-DD') || ' 00:00:00+08', to_char(first + interval '1 month', 'YYYY-MM-DD') || ' 00:00:00+08');
    made := made + 1;
  end loop;
  return made;
end $$;
call app_function('audit_ensure_partitions(date, int)');
select audit_ensure_partitions(((now() at time zone 'Asia/Shanghai') - interval '1 month')::date, 4);

-- Once a day the heads that moved are written down and signed outside the database (Ed25519); seals form a chain of their own.
create table audit_seal (
  day date primary key,
  heads int not null,
  prev_digest bytea not null,
  digest bytea not null,
  signature bytea,
  public_key bytea,
  signed_at timestamptz
);
call make_shared_table('audit_seal');
create table audit_seal_head (
  day date not null references audit_seal (day),
  chain uuid not null,
  seq bigint not null,
  hash bytea not null,
  primary key (chain, day)
);
call make_identity_table('audit_seal_head');

-- Collect the heads that moved since the last seal. Returns the digest to sign; the same again until it is signed.
create function audit_seal_collect(p_day date) returns bytea
language plpgsql security definer set search_path = public, pg_temp as $$
declare prior bytea; sum bytea; n int;
begin
  select digest into sum from audit_seal where day = p_day;
  if found then return sum; end if;
  select digest into prior from audit_seal where day < p_day order by day desc limit 1;
  prior := coalesce(prior, '\x');
  insert into audit_seal values (p_day, 0, prior, '\x');
  insert into audit_seal_head
    select p_day, h.chain, h.seq, h.hash from audit_head h
     where h.seq > coalesce((select max(s.seq) from audit_seal_head s where s.chain = h.chain), 0);
  select count(*), sha256(prior || convert_to(p_day::text, 'UTF8')
         || coalesce(string_agg(uuid_send(chain) || int8send(seq) || hash, ''::bytea order by chain), '\x'))
    into n, sum from audit_seal_head where day = p_day;
  update audit_seal set heads = n, digest = sum where day = p_day;
  return sum;
end $$;
call app_function('audit_seal_collect(date)');

create function audit_seal_sign(p_day date, p_signature bytea, p_public_key bytea, p_at timestamptz) returns boolean
language sql security definer set search_path = public, pg_temp as $$
  update audit_seal set signature = p_signature, public_key = p_public_key, signed_at = p_at
   where day = p_day and signature is null returning true
$$;
call app_function('audit_seal_sign(date, bytea, bytea, timestamptz)');

-- Recompute what a seal should say from the heads it kept.
create function audit_seal_digest(p_day date) returns bytea
language sql security definer set search_path = public, pg_temp as $$
  select sha256(s.prev_digest || convert_to(s.day::text, 'UTF8')
         || coalesce((select string_agg(uuid_send(chain) || int8send(seq) || hash, ''::bytea order by chain)
                        from audit_seal_head h where h.day = s.day), '\x'))
    from audit_seal s where s.day = p_day
$$;
call app_function('audit_seal_digest(date)');

-- What a hash covers, as bytes. A JSON array keeps its order; jsonb text has one spelling.
create function audit_canonical(
  p_tenant uuid, p_seq bigint, p_at timestamptz, p_id uuid, p_account uuid, p_person uuid, p_sid uuid, p_action text,
  p_object_type text, p_object_id text, p_result text, p_route text, p_request_id text, p_ip text, p_detail jsonb
) returns bytea language sql immutable parallel safe as $$
  select convert_to(jsonb_build_array(p_tenant, p_seq, (extract(epoch from p_at) * 1000000)::bigint, p_id, p_account, p_person,
    p_sid, p_action, p_object_type, p_object_id, p_result, p_route, p_request_id, p_ip, p_detail)::text, 'UTF8')
$$;

-- Append rows to one chain. The head is locked here, so call it last: it holds until COMMIT.
create function audit_append(p_chain uuid, p_at timestamptz, p_account uuid, p_person uuid, p_sid uuid, p_route text,
                             p_request_id text, p_ip text, p_rows jsonb) returns bigint
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  n bigint; head bytea; last timestamptz; stamp timestamptz; item jsonb; prior bytea; row_id uuid;
begin
  if cur_tenant() is not null and p_chain <> cur_tenant() then
    raise exception 'audit rows go to the chain of the organisation acted for';
  end if;
  select seq, hash, at into n, head, last from audit_head where chain = p_chain for update;
  if not found then
    insert into audit_head values (p_chain, 0, '\x', p_at) on conflict do nothing;
    select seq, hash, at into n, head, last from audit_head where chain = p_chain for update;
  end if;
  stamp := greatest(p_at, last);
  if n = 0 or date_trunc('month', stamp at time zone 'Asia/Shanghai') <> date_trunc('month', last at time zone 'Asia/Shanghai') then
    perform audit_ensure_partitions((stamp at time zone 'Asia/Shanghai')::date, 0);  -- a net: the schedule makes them months ahead
  end if;
  for item in select value from jsonb_array_elements(p_rows) loop
    n := n + 1; prior := head; row_id := gen_random_uuid();
    head := sha256(prior || audit_canonical(p_chain, n, stamp, row_id, p_account, p_person, p_sid, item->>'action',
      item->>'object_type', item->>'object_id', item->>'result', p_route, p_request_id, p_ip, item->'detail'));
    insert into audit_log values (p_chain, n, stamp, row_id, p_account, p_person, p_sid, item->>'action', item->>'object_type',
      item->>'object_id', item->>'result', p_route, p_request_id, p_ip, item->'detail', prior, head);
  end loop;
  update audit_head set seq = n, hash = head, at = stamp where chain = p_chain;
  return n;
end $$;
call app_function('audit_append(uuid, timestamptz, uuid, uuid, uuid, text, text, text, jsonb)');

-- Recompute a chain. No row: it holds. The first rows of a chain may have left with a dropped partition (400 days).
create function audit_verify(p_chain uuid, p_since bigint default 0)
returns table (broken_seq bigint, reason text) language sql security definer set search_path = public, pg_temp as $$
  with chained as (
    select a.*, lag(a.hash) over w as before, lag(a.seq) over w as before_seq
      from audit_log a where a.tenant_id = p_chain and a.seq >= p_since window w as (order by a.seq)
  ), faults as (
    select seq, case
        when hash <> sha256(prev_hash || audit_canonical(tenant_id, seq, at, id, account_id, person_id, sid, action, object_type,
             object_id, result, route, request_id, ip, detail)) then 'row altered'
        when before_seq is null and seq = 1 and prev_hash <> '\x' then 'chain does not start here'
        when before_seq is not null and before_seq <> seq - 1 then 'rows missing before'
        when before_seq is not null and prev_hash <> before then 'chain torn before'
      end as reason
      from chained
  )
  (select seq, reason from faults where reason is not null order by seq limit 20)
  union all
  (select h.seq, 'head differs from the last row' from audit_head h
    where h.chain = p_chain and h.seq > 0
      and not exists (select 1 from audit_log a where a.tenant_id = p_chain and a.seq = h.seq and a.hash = h.hash))
  union all
  (select s.seq, 'differs from the sealed head of ' || s.day from audit_seal_head s
    where s.chain = p_chain and s.seq >= p_since and not exists (select 1 from audit_log a where a.tenant_id = p_chain and a.seq = s.seq and a.hash = s.hash)
      and s.seq >= coalesce((select min(seq) from audit_log where tenant_id = p_chain), s.seq))
$$;
call app_function('audit_verify(uuid, bigint)');

-- Chains to check and how far they reach; verification of all is a job.
create function audit_chains() returns table (chain uuid, seq bigint)
language sql security definer set search_path = public, pg_temp as $$ select chain, seq from audit_head order by chain $$;
call app_function('audit_chains()');
