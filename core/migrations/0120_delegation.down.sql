create or replace function enter(p_sid uuid, p_org uuid, p_route text, p_key text, p_now timestamptz)
returns table (outcome text, account_id uuid, person_id uuid, org_kind text, org_status text, roles text[], amr text[],
               auth_time timestamptz, must_change boolean, idem_locked boolean, idem_status int, idem_body bytea, idem_sha bytea)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_revoked timestamptz; v_until timestamptz; v_status text; v_audience text; v_day date := (p_now at time zone 'Asia/Shanghai')::date;
begin
  select s.account_id, a.person_id, s.amr, s.auth_time, s.revoked_at, least(s.idle_until, s.absolute_until), a.status,
         a.must_change, s.audience
    into account_id, person_id, amr, auth_time, v_revoked, v_until, v_status, must_change, v_audience
    from session s join account a on a.id = s.account_id where s.id = p_sid;
  if not found or v_revoked is not null then outcome := 'no_session'; return next; return; end if;
  if v_until <= p_now then outcome := 'expired'; return next; return; end if;
  if v_status <> 'active' then outcome := 'account_disabled'; return next; return; end if;
  perform set_config('app.account', account_id::text, true), set_config('app.person', person_id::text, true);
  outcome := case when must_change then 'must_change' else 'ok' end;
  if p_org is null then idem_locked := true; return next; return; end if;
  perform set_config('app.tenant', p_org::text, true);
  select m.roles, o.kind, o.status into roles, org_kind, org_status
    from membership m join organisation o on o.id = m.tenant_id
   where m.tenant_id = p_org and m.person_id = enter.person_id and m.status = 'active'
     and m.valid_from <= v_day and (m.valid_to is null or m.valid_to >= v_day);
  if not found then
    perform set_config('app.tenant', '', true);
    outcome := 'no_membership'; return next; return;
  end if;
  perform set_config('app.kind', org_kind, true);
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
drop function delegation_night(timestamptz);
drop function is_agent_of(uuid, uuid, date);
drop function delegation_suspend(uuid, timestamptz);
drop function delegation_waiting(bytea[], date);
drop trigger delegation_bind on person_index;
drop function delegation_bind();
drop function delegation_grant(uuid, jsonb, timestamptz);
drop function person_homes(uuid, date);
drop policy represented on organisation;
drop table delegation_index;
drop table delegation;
