-- What every writing request and every submission asked of the database more often, or in a dearer way, than it had to:
-- enter() has the member and the organisation in hand, so it also says who acts and where the firm stands (asking again went through
-- every policy of organisation); settings are assigned instead of selected; what the account answers is written as JSON text at once
-- instead of being built as jsonb and copied; drafts are deleted where there are any; heads come from what was just posted.
drop function enter(uuid, uuid, text, text, timestamptz);
create function enter(p_sid uuid, p_org uuid, p_route text, p_key text, p_now timestamptz)
returns table (outcome text, account_id uuid, person_id uuid, org_kind text, org_status text, roles text[], amr text[],
               auth_time timestamptz, must_change boolean, idem_locked boolean, idem_status int, idem_body bytea, idem_sha bytea,
               actor_name text, region_code text, industry_code text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_revoked timestamptz; v_until timestamptz; v_status text; v_audience text; v_set text;
  v_day date := (p_now at time zone 'Asia/Shanghai')::date;
begin
  select s.account_id, a.person_id, s.amr, s.auth_time, s.revoked_at, least(s.idle_until, s.absolute_until), a.status,
         a.must_change, s.audience
    into account_id, person_id, amr, auth_time, v_revoked, v_until, v_status, must_change, v_audience
    from session s join account a on a.id = s.account_id where s.id = p_sid;
  if not found or v_revoked is not null then outcome := 'no_session'; return next; return; end if;
  if v_until <= p_now then outcome := 'expired'; return next; return; end if;
  if v_status <> 'active' then outcome := 'account_disabled'; return next; return; end if;
  v_set := set_config('app.account', account_id::text, true);
  v_set := set_config('app.person', person_id::text, true);
  outcome := case when must_change then 'must_change' else 'ok' end;
  if p_org is null then idem_locked := true; return next; return; end if;
  v_set := set_config('app.tenant', p_org::text, true);
  select m.roles, o.kind, o.status, m.display_name_masked, o.region_code, o.industry_code
    into roles, org_kind, org_status, actor_name, region_code, industry_code
    from membership m join organisation o on o.id = m.tenant_id
   where m.tenant_id = p_org and m.person_id = enter.person_id and m.status = 'active'
     and m.valid_from <= v_day and (m.valid_to is null or m.valid_to >= v_day);
  if not found then
    select array_agg(distinct 'agent:' || scope) || 'agent'::text, max(d.agent_name_masked) || '（代理人）' into roles, actor_name
      from delegation d, unnest(d.scopes) scope
     where d.tenant_id = p_org and d.person_id = enter.person_id and d.state = 'active'
       and d.valid_from <= v_day and d.valid_to >= v_day;
    if cardinality(roles) > 1 then
      select o.kind, o.status, o.region_code, o.industry_code into org_kind, org_status, region_code, industry_code from organisation o where o.id = p_org;
    else
      roles := null;
      perform set_config('app.tenant', '', true);
      outcome := 'no_membership'; return next; return;
    end if;
  end if;
  v_set := set_config('app.kind', org_kind, true);
  if auth_two_factor(v_audience) and not ('otp' = any (amr)) then roles := '{}'; end if;  -- L21: no role before the second factor
  if org_status in ('suspended', 'closed') then outcome := 'org_suspended'; return next; return; end if;
  if p_key is not null then
    idem_locked := pg_try_advisory_xact_lock(hashtextextended(p_org::text || account_id::text || p_route || p_key, 7));
    select i.status, i.body, i.body_sha256 into idem_status, idem_body, idem_sha from idempotency i
     where i.tenant_id = p_org and i.account_id = enter.account_id and i.route = p_route and i.key = p_key;
  else
    idem_locked := true;
  end if;
  return next;
end $$;
call app_function('enter(uuid, uuid, text, text, timestamptz)');

drop function inventory_filed(int[], int);
create function inventory_filed(p_months int[], p_since int) returns json
language plpgsql stable set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare v_tenant uuid := cur_tenant(); v_last int; v_month int; v_heads json; v_live json; v_recent json; v_locks json;
begin
  foreach v_month in array p_months loop v_last := greatest(v_last, v_month); end loop;
  select json_agg(json_build_object('period', h.period, 'version', h.version, 'state', h.state, 'gec', coalesce(m.green -> 'gec_numbers', '[]')))
           filter (where h.period = any (p_months)),
         json_agg(json_build_array(h.period, m.items) order by h.period desc) filter (where h.state = 'submitted' and h.period < v_last),
         (select json_object_agg(y.year, y.reason) from (
            select year, min(reason) as reason from year_lock   -- a third party's lock ('case') is the stronger one
             where tenant_id = v_tenant and year in (select n / 100 from unnest(p_months) n) group by year) y)
    into v_heads, v_recent, v_locks
    from month_head h join inventory_month m on m.tenant_id = h.tenant_id and m.id = h.month_id
   where h.tenant_id = v_tenant and h.period between p_since and v_last;
  if v_heads is not null then
    select json_agg(json_build_object('period', l.period, 'item_id', l.item_id, 'name', l.name, 'amount', l.amount::text, 'note', l.note)) into v_live
      from month_head h join inventory_line l on l.tenant_id = h.tenant_id and l.month_id = h.month_id
     where h.tenant_id = v_tenant and h.state = 'submitted' and h.period = any (p_months);
  end if;
  return json_build_object('heads', coalesce(v_heads, '[]'), 'live', coalesce(v_live, '[]'), 'recent', coalesce(v_recent, '[]'),
                           'locks', coalesce(v_locks, '{}'));
end $$;
call app_function('inventory_filed(int[], int)');

create or replace function audit_append(p_chain uuid, p_at timestamptz, p_account uuid, p_person uuid, p_sid uuid, p_route text,
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
  for i in 0 .. jsonb_array_length(p_rows) - 1 loop
    item := p_rows -> i; n := n + 1; prior := head; row_id := gen_random_uuid();
    head := sha256(prior || audit_canonical(p_chain, n, stamp, row_id, p_account, p_person, p_sid, item->>'action',
      item->>'object_type', item->>'object_id', item->>'result', p_route, p_request_id, p_ip, item->'detail'));
    insert into audit_log values (p_chain, n, stamp, row_id, p_account, p_person, p_sid, item->>'action', item->>'object_type',
      item->>'object_id', item->>'result', p_route, p_request_id, p_ip, item->'detail', prior, head);
  end loop;
  update audit_head set seq = n, hash = head, at = stamp where chain = p_chain;
  return n;
end $$;

create or replace function inventory_post(p jsonb) returns int[]
language plpgsql set search_path = public, pg_temp set plan_cache_mode = force_generic_plan as $$
declare
  v_tenant uuid := cur_tenant(); v_months jsonb := p->'months'; v_lines jsonb := p->'lines'; v_region text := p->>'region_code';
  v_industry text := p->>'industry_code'; v_source text := case when p->>'origin' in ('ledger_A', 'ledger_B') then p->>'origin' else 'filing' end;
  v_periods int[]; v_years int[]; v_versions int[]; v_states text[]; v_ids uuid[];
  v_year int; v_void text; v_done int; v_old uuid[];
begin
  select array_agg(m.period), array_agg(distinct m.period / 100), array_agg(m.version), array_agg(m.state), array_agg(m.id)
    into v_periods, v_years, v_versions, v_states, v_ids from jsonb_to_recordset(v_months) as m(id uuid, period int, version int, state text);
  -- a certificate being issued for a year holds it (hold_year): wait for it, then respect the lock it left
  foreach v_year in array v_years loop
    v_void := pg_advisory_xact_lock_shared(hashtextextended('inventory:' || v_tenant || ':' || v_year, 11))::text;
  end loop;
  if not coalesce((p->>'restated')::boolean, false) and exists (
      select 1 from year_lock l where l.tenant_id = v_tenant and l.year = any (v_years)) then
    raise exception 'locked year' using errcode = 'TX003';
  end if;

  -- one source of energy data a year (LG2): the first one posted holds it
  if exists (select 1 from unnest(v_years) y where not exists (
      select 1 from year_source s where s.tenant_id = v_tenant and s.year = y and s.source = v_source)) then
    insert into year_source (tenant_id, year, source) select v_tenant, y, v_source from unnest(v_years) y on conflict do nothing;
    if exists (select 1 from year_source s where s.tenant_id = v_tenant and s.year = any (v_years) and s.source <> v_source) then
      raise exception 'second source' using errcode = 'TX002';
    end if;
  end if;

  insert into inventory_month (tenant_id, id, period, version, state, origin, basis, template_version, items, co2_direct, co2_indirect,
      co2_process, co2_total, tce_equivalent, tce_equal_value, purchased_mwh, green, green_claimed_mwh, green_counted_mwh, d_green, a_own,
      split_estimated, answers, reason, fingerprint, region_code, industry_code, submitted_by, submitted_by_name, submitted_at)
  select v_tenant, m.id, m.period, m.version, m.state, p->>'origin', 'self', m.template_version, m.items, m.co2_direct, m.co2_indirect,
      m.co2_process, m.co2_total, m.tce_equivalent, m.tce_equal_value, m.purchased_mwh, m.green, m.green_claimed_mwh, m.green_counted_mwh,
      m.d_green, m.a_own, m.split_estimated, m.answers, m.reason, m.fingerprint, v_region, v_industry, m.submitted_by, m.submitted_by_name, m.submitted_at
    from jsonb_to_recordset(v_months) as m(id uuid, period int, version int, state text, template_version int, items jsonb,
      co2_direct numeric, co2_indirect numeric, co2_process numeric, co2_total numeric, tce_equivalent numeric, tce_equal_value numeric,
      purchased_mwh numeric, green jsonb, green_claimed_mwh numeric, green_counted_mwh numeric, d_green numeric, a_own numeric,
      split_estimated boolean, answers jsonb, reason text, fingerprint text, submitted_by uuid, submitted_by_name text, submitted_at timestamptz);

  insert into inventory_line (tenant_id, id, month_id, period, position, item_id, name, carrier, use, source_group, scope, unit, amount,
      boundary_item, account_no, factor_code, factor_value, factor_unit, co2_t, tce_equivalent, tce_equal_value, trace, split_estimated, note, evidence)
  select v_tenant, l.id, l.month_id, l.period, l.position, l.item_id, l.name, l.carrier, l.use, l.source_group, l.scope, l.unit, l.amount,
      coalesce(l.boundary_item, 'UNASSIGNED'), l.account_no, l.factor_code, l.factor_value, l.factor_unit, l.co2_t, l.tce_equivalent,
      l.tce_equal_value, l.trace, l.split_estimated, l.note, l.evidence
    from jsonb_to_recordset(v_lines) as l(id uuid, month_id uuid, period int, position int, item_id uuid, name text, carrier text, use text,
      source_group text, scope text, unit text, amount numeric, boundary_item text, account_no text, factor_code text, factor_value numeric,
      factor_unit text, co2_t numeric, tce_equivalent numeric, tce_equal_value numeric, trace jsonb, split_estimated boolean, note text,
      evidence jsonb);

  -- what lived until now is taken back where it was counted, then what lives from now on is counted where the firm stands today
  if 1 < any (v_versions) then
    select array_agg(h.month_id) into v_old from month_head h where h.tenant_id = v_tenant and h.period = any (v_periods) and h.state = 'submitted';
  end if;
  if v_old is null then  -- months filed for the first time: nothing to take back
    perform post_delta(p->'deltas');
  else
    perform post_delta(coalesce((select jsonb_agg(d order by d.region_code = v_region and d.industry_code = v_industry) from (
      select x.period, x.region_code, x.industry_code, x.source_group, sum(x.co2) as co2, sum(x.tce) as tce,
             sum(x.d_green) as d_green, sum(x.a_own) as a_own, sum(x.whole) as months_complete
        from (
          select l.period, coalesce(nullif(m.region_code, ''), v_region) as region_code, coalesce(nullif(m.industry_code, ''), v_industry) as industry_code,
                 l.source_group, -l.co2_t as co2, -coalesce(l.tce_equivalent, 0) as tce, 0 as d_green, 0 as a_own, 0 as whole
            from inventory_month m join inventory_line l on l.tenant_id = m.tenant_id and l.month_id = m.id
           where m.tenant_id = v_tenant and m.id = any (v_old)
          union all
          select m.period, coalesce(nullif(m.region_code, ''), v_region), coalesce(nullif(m.industry_code, ''), v_industry),
                 'month', 0, 0, -m.d_green, -m.a_own, -1
            from inventory_month m where m.tenant_id = v_tenant and m.id = any (v_old)
          union all
          select n.period, n.region_code, n.industry_code, n.source_group, n.co2, n.tce, n.d_green, n.a_own, n.months_complete
            from jsonb_to_recordset(p->'deltas') as n(period int, region_code text, industry_code text, source_group text, co2 numeric, tce numeric,
              d_green numeric, a_own numeric, months_complete int)
        ) x group by x.period, x.region_code, x.industry_code, x.source_group
        having sum(x.co2) <> 0 or sum(x.tce) <> 0 or sum(x.d_green) <> 0 or sum(x.a_own) <> 0 or sum(x.whole) <> 0
    ) d), '[]'::jsonb));
  end if;

  insert into month_head as h (tenant_id, period, version, state, month_id)
  select v_tenant, w.period, w.version, w.state, w.id from unnest(v_periods, v_versions, v_states, v_ids) as w(period, version, state, id)
   order by w.period
  on conflict (tenant_id, period) do update set version = excluded.version, state = excluded.state, month_id = excluded.month_id
    where h.version = excluded.version - 1;
  get diagnostics v_done = row_count;
  if v_done = cardinality(v_periods) then return '{}'; end if;
  return array(select w.period from unnest(v_periods, v_ids) as w(period, id)
                where not exists (select 1 from month_head h where h.tenant_id = v_tenant and h.period = w.period and h.month_id = w.id));
end $$;

-- The drafts of months that are being filed. Mostly there is none, and asking is cheaper than deleting nothing.
create function filing_clear_drafts(p_months int[]) returns void
language plpgsql set search_path = public, pg_temp as $$
begin
  if exists (select 1 from draft where tenant_id = cur_tenant() and period = any (p_months)) then
    delete from draft where tenant_id = cur_tenant() and period = any (p_months);
  end if;
end $$;
call app_function('filing_clear_drafts(int[])');
