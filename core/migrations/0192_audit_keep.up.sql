-- The log is kept 400 days (T17). What is older leaves: whole months as partitions, the days before them by row. Where a chain was cut
-- is written down first (the last row that left and its hash), so that the chain is verified from there on and a row that left in any
-- other way is missed.
create table audit_cut (
  chain uuid primary key,
  seq bigint not null,
  hash bytea not null,
  at timestamptz not null,         -- of the row that left last
  cut_on date not null
);
call make_identity_table('audit_cut');

-- Let everything before p_before (a Beijing day) go. Returns how many rows left and which partitions.
create function audit_drop_before(p_before date, out gone bigint, out partitions text[])
language plpgsql security definer set search_path = public, pg_temp as $$
declare limit_at timestamptz := (p_before::text || ' 00:00:00+08')::timestamptz; part record; n bigint;
begin
  if p_before > (now() at time zone 'Asia/Shanghai')::date - 90 then
    raise exception 'the log is kept for 400 days' using errcode = '42501';
  end if;
  gone := 0; partitions := '{}';
  insert into audit_cut as c (chain, seq, hash, at, cut_on)
    select distinct on (a.tenant_id) a.tenant_id, a.seq, a.hash, a.at, p_before from audit_log a where a.at < limit_at
     order by a.tenant_id, a.seq desc
    on conflict (chain) do update set seq = excluded.seq, hash = excluded.hash, at = excluded.at, cut_on = excluded.cut_on where c.seq < excluded.seq;
  for part in
    select i.inhrelid::regclass::text as name,
           (regexp_match(pg_get_expr(c.relpartbound, c.oid), 'TO \(''([^'']+)''\)'))[1]::timestamptz as upto
      from pg_inherits i join pg_class c on c.oid = i.inhrelid where i.inhparent = 'audit_log'::regclass order by 2
  loop
    continue when part.upto is null or part.upto > limit_at;
    execute format('select count(*) from %s', part.name) into n;
    execute format('alter table audit_log detach partition %s', part.name);
    execute format('drop table %s', part.name);
    gone := gone + n; partitions := partitions || part.name;
  end loop;
  delete from audit_log where at < limit_at;
  get diagnostics n = row_count;
  gone := gone + n;
end $$;
call app_function('audit_drop_before(date)');

create or replace function audit_verify(p_chain uuid, p_since bigint default 0)
returns table (broken_seq bigint, reason text) language sql security definer set search_path = public, pg_temp as $$
  with chained as (
    select a.*, lag(a.hash) over w as before, lag(a.seq) over w as before_seq
      from audit_log a where a.tenant_id = p_chain and a.seq >= p_since window w as (order by a.seq)
  ), cut as (
    select coalesce(max(c.seq), 0) as seq, coalesce(max(c.hash), '\x') as hash from audit_cut c where c.chain = p_chain
  ), faults as (
    select a.seq, case
        when a.hash <> sha256(a.prev_hash || audit_canonical(tenant_id, a.seq, at, id, account_id, person_id, sid, action, object_type,
             object_id, result, route, request_id, ip, detail)) then 'row altered'
        when before_seq is null and a.seq = 1 and a.prev_hash <> '\x' then 'chain does not start here'
        when before_seq is null and p_since <= cut.seq + 1 and a.seq <> cut.seq + 1 then 'rows missing at the start'
        when before_seq is null and p_since <= cut.seq + 1 and a.prev_hash <> cut.hash then 'chain torn at the start'
        when before_seq is not null and before_seq <> a.seq - 1 then 'rows missing before'
        when before_seq is not null and prev_hash <> before then 'chain torn before'
      end as reason
      from chained a, cut
  )
  (select seq, reason from faults where reason is not null order by seq limit 20)
  union all
  (select h.seq, 'head differs from the last row' from audit_head h, cut
    where h.chain = p_chain and h.seq > 0 and not (h.seq = cut.seq and h.hash = cut.hash)
      and not exists (select 1 from audit_log a where a.tenant_id = p_chain and a.seq = h.seq and a.hash = h.hash))
  union all
  (select s.seq, 'differs from the sealed head of ' || s.day from audit_seal_head s, cut
    where s.chain = p_chain and s.seq >= p_since and s.seq > cut.seq
      and not exists (select 1 from audit_log a where a.tenant_id = p_chain and a.seq = s.seq and a.hash = s.hash))
  union all
  (select s.seq, 'what left differs from the sealed head of ' || s.day from audit_seal_head s, cut
    where s.chain = p_chain and s.seq = cut.seq and s.hash <> cut.hash)
$$;

-- What the machinery knows of itself and shows on the page of the system: the last verification of the log, the last backup.
create table system_fact (
  name text primary key,
  value jsonb not null,
  at timestamptz not null
);
grant select, insert, update on system_fact to tanxiao_app;

-- Messages of the last days by kind and channel, numbers only.
create index notice_created on notice using brin (created_at);
create policy counts on notice for select to tanxiao_owner using (current_setting('app.machine', true) = 'counts');
create function notice_counts(p_since timestamptz)
returns table (kind text, told bigint, read bigint, sms_sent bigint, sms_waiting bigint, sms_none bigint, wechat_sent bigint, wechat_waiting bigint, last_at timestamptz)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  perform set_config('app.machine', 'counts', true);
  return query
    select n.kind, count(*), count(*) filter (where n.read_at is not null), count(*) filter (where n.sms = 'sent'),
           count(*) filter (where n.sms = 'waiting'), count(*) filter (where n.sms in ('no_phone', 'no_channel')),
           count(*) filter (where n.wechat = 'handed'), count(*) filter (where n.wechat = 'waiting'), max(n.created_at)
      from notice n where n.created_at >= p_since group by n.kind order by 2 desc, 1;
  perform set_config('app.machine', '', true);
end $$;
call app_function('notice_counts(timestamptz)');
