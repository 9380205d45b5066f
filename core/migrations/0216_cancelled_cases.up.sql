-- The platform may cancel the verification of a grade (18.1), even a rated one: the case and its report stay readable (ST3), the year is
-- free again and the grade reads 企业自评 (LR1).
alter table third_case drop constraint third_case_state_check;
alter table third_case add constraint third_case_state_check check (state in (
  'submitted', 'in_audit', 'in_verification', 'returned', 'concluded', 'audited', 'issued', 'rated', 'refused', 'declined', 'withdrawn', 'superseded', 'cancelled'));
alter table third_case drop constraint third_case_check;
alter table third_case add constraint third_case_accepted_check
  check (state in ('submitted', 'declined', 'withdrawn', 'cancelled') or accepted_at is not null);
alter table case_event drop constraint case_event_side_check;
alter table case_event add constraint case_event_side_check check (side in ('firm', 'agency', 'system', 'operator'));
alter table report drop constraint report_state_check;
alter table report add constraint report_state_check check (state in ('self_assessed', 'rated', 'generated', 'draft', 'issued', 'superseded', 'cancelled'));
drop index report_current;
create unique index report_current on report (tenant_id, kind, year, basis) where state not in ('superseded', 'cancelled');

-- The operator's list: link rows, newest first, no figure of the firm (18.3: the platform reads no filed data).
create index third_case_newest on third_case (submitted_at desc, id desc);
create function ops_cases(p_q text, p_state text, p_kind text, p_today date, p_limit int, p_offset int) returns setof third_case
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  return query
    select t.* from third_case t
     where (p_state = '' or t.state = p_state or (p_state = 'open' and t.state in ('submitted', 'in_audit', 'in_verification', 'returned', 'concluded', 'audited'))
            or (p_state = 'overdue' and t.due_on < p_today and t.state in ('submitted', 'in_audit', 'in_verification', 'returned', 'concluded')))
       and (p_kind = '' or t.kind = p_kind)
       and (p_q = '' or starts_with(t.number, upper(p_q)) or strpos(t.firm_name, p_q) > 0 or strpos(t.agency_name, p_q) > 0)
     order by t.submitted_at desc, t.id desc limit p_limit offset p_offset;
end $$;
call app_function('ops_cases(text, text, text, date, int, int)');
create function ops_cases_count(p_q text, p_state text, p_kind text, p_today date) returns bigint
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  return (select count(*) from third_case t
     where (p_state = '' or t.state = p_state or (p_state = 'open' and t.state in ('submitted', 'in_audit', 'in_verification', 'returned', 'concluded', 'audited'))
            or (p_state = 'overdue' and t.due_on < p_today and t.state in ('submitted', 'in_audit', 'in_verification', 'returned', 'concluded')))
       and (p_kind = '' or t.kind = p_kind)
       and (p_q = '' or starts_with(t.number, upper(p_q)) or strpos(t.firm_name, p_q) > 0 or strpos(t.agency_name, p_q) > 0));
end $$;
call app_function('ops_cases_count(text, text, text, date)');

-- One case with the moves of its history.
create function ops_case(p_case uuid) returns table (found third_case, events jsonb)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  return query
    select t, (select coalesce(jsonb_agg(to_jsonb(e) order by e.at, e.id), '[]') from case_event e where e.tenant_id = t.tenant_id and e.case_id = t.id)
      from third_case t where t.id = p_case;
end $$;
call app_function('ops_case(uuid)');

-- One conditional update on (id, state, version) with its event (ST1), the year unlocked, the rated report no longer current, both sides
-- told. False when somebody was faster.
create function ops_case_cancel(p_case uuid, p_state text, p_version int, p_event uuid, p_by text, p_reason text, p_now timestamptz, p_request text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text; c third_case;
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  if p_state not in ('submitted', 'in_verification', 'returned', 'concluded', 'rated') then raise exception 'not from this state' using errcode = '42501'; end if;
  update third_case set state = 'cancelled', version = version + 1, turn = 'none', due_on = null, half_on = null, eve_on = null, remind_on = null,
         withdraw_on = null, provisional = false, halt = '', reason = p_reason, updated_at = p_now, closed_at = p_now
   where id = p_case and kind = 'grade' and state = p_state and version = p_version
     and (p_state <> 'rated' or issued_report_id is not null) returning * into c;
  if not found then return false; end if;
  before := become(c.tenant_id);
  insert into case_event (tenant_id, party_id, id, case_id, event, from_state, to_state, side, by_name, reason, round, at)
    values (c.tenant_id, c.party_id, p_event, c.id, 'cancel', p_state, 'cancelled', 'operator', p_by, p_reason, c.round, p_now);
  delete from year_lock y where y.tenant_id = c.tenant_id and y.reason in ('case', 'verified') and y.object_id = c.id;
  update report r set state = 'cancelled', superseded_at = p_now where r.tenant_id = c.tenant_id and r.case_id = c.id and r.state = 'rated';
  perform enqueue_job(gen_random_uuid(), 'cases.told', p_event, 1, jsonb_build_object('case', c.id, 'side', 'firm'), p_now, interval '0', p_request);
  perform become(c.party_id);
  perform enqueue_job(gen_random_uuid(), 'cases.told', p_event, 1, jsonb_build_object('case', c.id, 'side', 'agency'), p_now, interval '0', p_request);
  perform set_config('app.tenant', before, true);
  return true;
end $$;
call app_function('ops_case_cancel(uuid, text, int, uuid, text, text, timestamptz, text)');
