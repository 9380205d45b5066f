-- Numbers on the tabs of the agency's inbox and the bank's desk. Asked row by row under the policies a page of ten thousand cases spent its
-- time on asking whose each row is; here the acting organisation is named once and the numbers come from one pass over an index.
create index third_case_tabs on third_case (party_id, state, due_on) include (turn, verifier_id, reviewer_id);
create function agency_case_counts(p_today date, p_person uuid, out new int, out work int, out returned int, out sign int, out overdue int, out closed int)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare me uuid := cur_tenant();
begin
  select count(*) filter (where t.state = 'submitted'), count(*) filter (where t.state in ('in_audit', 'in_verification')),
         count(*) filter (where t.state = 'returned'), count(*) filter (where t.state = 'concluded'),
         count(*) filter (where t.turn = 'agency' and t.due_on < p_today),
         count(*) filter (where t.state not in ('submitted', 'in_audit', 'in_verification', 'returned', 'concluded'))
    into new, work, returned, sign, overdue, closed
    from third_case t where t.party_id = me and (p_person is null or t.verifier_id = p_person or t.reviewer_id = p_person);
end $$;
call app_function('agency_case_counts(date, uuid)');

-- The ids of a page, newest first, and how many there are in all where a word is searched for (otherwise the tab knows).
create function agency_case_page(p_today date, p_state text, p_person uuid, p_q text, p_limit int, p_offset int, out ids uuid[], out hits bigint)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare me uuid := cur_tenant(); states text[] := case p_state
    when '' then null when 'new' then array['submitted'] when 'work' then array['in_audit', 'in_verification'] when 'sign' then array['concluded']
    when 'overdue' then null
    when 'open' then array['submitted', 'in_audit', 'in_verification', 'returned', 'concluded']
    when 'closed' then array['audited', 'issued', 'rated', 'refused', 'declined', 'withdrawn', 'superseded', 'cancelled'] else array[p_state] end;
begin
  if states is null and p_state = '' and p_person is null and p_q = '' then
    select array_agg(x.id order by x.submitted_at desc, x.id desc) into ids from (  -- from the index alone
      select t.id, t.submitted_at from third_case t where t.party_id = me order by t.submitted_at desc, t.id desc limit p_limit offset p_offset) x;
  else
    select array_agg(x.id order by x.submitted_at desc, x.id desc) into ids from (
    select t.id, t.submitted_at from third_case t
     where t.party_id = me and (p_person is null or t.verifier_id = p_person or t.reviewer_id = p_person)
       and (states is null or t.state = any (states)) and (p_state <> 'overdue' or (t.turn = 'agency' and t.due_on < p_today))
       and (p_q = '' or strpos(t.firm_name, p_q) > 0 or starts_with(t.number, upper(p_q)))
     order by t.submitted_at desc, t.id desc limit p_limit offset p_offset) x;
  end if;
  ids := coalesce(ids, '{}');
  if p_q <> '' then
    select count(*) into hits from third_case t
     where t.party_id = me and (p_person is null or t.verifier_id = p_person or t.reviewer_id = p_person)
       and (states is null or t.state = any (states)) and (p_state <> 'overdue' or (t.turn = 'agency' and t.due_on < p_today))
       and (strpos(t.firm_name, p_q) > 0 or starts_with(t.number, upper(p_q)));
  elsif p_state not in ('', 'new', 'work', 'sign', 'returned', 'overdue', 'open', 'closed') then
    select count(*) into hits from third_case t
     where t.party_id = me and t.state = p_state and (p_person is null or t.verifier_id = p_person or t.reviewer_id = p_person);
  end if;
end $$;
call app_function('agency_case_page(date, text, uuid, text, int, int)');

create index finance_case_tabs on finance_case (party_id, state, due_on) include (manager_id);
create function bank_case_counts(p_today date, p_person uuid, out new int, out due int, out overdue int, out unassigned int, out all_ int)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare me uuid := cur_tenant();
begin
  select count(*) filter (where k.state = 'assigned' and k.due_on > p_today), count(*) filter (where k.state = 'assigned' and k.due_on = p_today),
         count(*) filter (where k.state = 'assigned' and k.due_on < p_today),
         count(*) filter (where k.manager_id is null and k.state in ('submitted', 'contacted', 'applying')), count(*)
    into new, due, overdue, unassigned, all_
    from finance_case k where k.party_id = me and (p_person is null or k.manager_id = p_person);
end $$;
call app_function('bank_case_counts(date, uuid)');

-- A name is only searched while its consent lives (GF10).
create function bank_case_page(p_today date, p_tab text, p_person uuid, p_q text, p_limit int, p_offset int, out ids uuid[], out hits bigint)
language plpgsql stable security definer set search_path = public, pg_temp as $$
declare me uuid := cur_tenant();
begin
  if p_q = '' and p_tab = 'all' and p_person is null then
    select array_agg(x.id order by x.submitted_at desc, x.id desc) into ids from (  -- from the index alone
      select k.id, k.submitted_at from finance_case k where k.party_id = me order by k.submitted_at desc, k.id desc limit p_limit offset p_offset) x;
  elsif p_q = '' then
    select array_agg(x.id order by x.submitted_at desc, x.id desc) into ids from (
      select k.id, k.submitted_at from finance_case k
       where k.party_id = me and (p_person is null or k.manager_id = p_person)
         and case p_tab when 'new' then k.state = 'assigned' and k.due_on > p_today when 'due' then k.state = 'assigned' and k.due_on = p_today
                        when 'overdue' then k.state = 'assigned' and k.due_on < p_today
                        when 'unassigned' then k.manager_id is null and k.state in ('submitted', 'contacted', 'applying') else true end
       order by k.submitted_at desc, k.id desc limit p_limit offset p_offset) x;
  else
    with hit as (
      select k.id, k.submitted_at from finance_case k join consent c on c.tenant_id = k.tenant_id and c.id = k.consent_id
       where k.party_id = me and (p_person is null or k.manager_id = p_person)
         and case p_tab when 'new' then k.state = 'assigned' and k.due_on > p_today when 'due' then k.state = 'assigned' and k.due_on = p_today
                        when 'overdue' then k.state = 'assigned' and k.due_on < p_today
                        when 'unassigned' then k.manager_id is null and k.state in ('submitted', 'contacted', 'applying') else true end
         and ((strpos(k.firm_name, p_q) > 0 and c.state = 'active' and c.ends_on >= p_today) or strpos(k.product_name, p_q) > 0)
    )
    select (select array_agg(x.id order by x.submitted_at desc, x.id desc) from (select * from hit order by submitted_at desc, id desc limit p_limit offset p_offset) x),
           (select count(*) from hit) into ids, hits;
  end if;
  ids := coalesce(ids, '{}');
end $$;
call app_function('bank_case_page(date, text, uuid, text, int, int)');
