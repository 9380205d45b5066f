drop function notice_counts(timestamptz);
drop policy counts on notice;
drop index notice_created;
drop table system_fact;
create or replace function audit_verify(p_chain uuid, p_since bigint default 0)
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
drop function audit_drop_before(date);
drop table audit_cut;
