-- Carbon-efficiency certificates (CC). What was issued stands in `certificate` (the enterprise's, append-only); the state and
-- the public content stand in `certificate_index`, reached by functions alone, so that the public page needs no organisation.

create sequence certificate_running as bigint;

create table certificate (
  tenant_id uuid not null,
  id uuid not null,
  year int not null check (year between 1900 and 2999),
  period_type text not null check (period_type in ('year', 'half', 'quarter', 'month')),
  period text not null,
  certificate_no text not null,
  code_id text not null check (length(code_id) = 12),
  code_kid text not null check (length(code_kid) = 1),
  evaluation_id uuid not null,
  level int not null check (level between 1 and 5),
  letter text not null check (letter in ('A', 'B', 'C', 'D', 'E')),
  basis text not null check (basis in ('self', 'verified')),
  values_public boolean not null,
  content jsonb not null,
  snapshot_id uuid,
  snapshot_sha256 text not null check (length(snapshot_sha256) = 64),
  issued_on date not null,
  issued_at timestamptz not null,
  issued_by uuid,
  valid_until date not null,
  primary key (tenant_id, id),
  unique (tenant_id, code_id),
  foreign key (tenant_id, evaluation_id) references evaluation (tenant_id, id)
);
create index certificate_year on certificate (tenant_id, year, issued_at);
call make_tenant_table('certificate', 'append');

-- Files drawn from a certificate, once each (CC7).
create table certificate_file (
  tenant_id uuid not null,
  id uuid not null,
  certificate_id uuid not null,
  kind text not null check (kind in ('pdf', 'badge-1000', 'badge-300', 'card')),
  file_id uuid not null,
  content_type text not null,
  sha256 text not null check (length(sha256) = 64),
  created_at timestamptz not null,
  primary key (tenant_id, id),
  unique (tenant_id, certificate_id, kind),
  foreign key (tenant_id, certificate_id) references certificate (tenant_id, id)
);
call make_tenant_table('certificate_file', 'append');

create table certificate_index (
  code_id text primary key check (length(code_id) = 12),
  code_kid text not null,
  tenant_id uuid not null,
  certificate_id uuid not null unique,
  certificate_no text not null unique,
  period_type text not null,
  period text not null,
  company text not null,
  uscc text not null,
  region_code text not null,
  content jsonb not null,
  state text not null default 'valid' check (state in ('valid', 'superseded', 'suspended', 'revoked')),
  state_at timestamptz not null,
  state_reason text not null default '',
  superseded_by text references certificate_index (code_id),
  issued_at timestamptz not null,
  valid_until date not null,
  kid text not null,
  jws text not null,
  pdf_sha256 text
);
create index certificate_index_tenant on certificate_index (tenant_id, period_type, period);
create index certificate_index_issued on certificate_index (issued_at desc, certificate_no);
call make_identity_table('certificate_index');

-- Suspension, resumption, revocation: proposed by one operator, decided by another (CC8). tenant = enterprise, party = platform.
create table certificate_action (
  tenant_id uuid not null,
  id uuid not null,
  party_id uuid not null,
  certificate_id uuid not null,
  action text not null check (action in ('suspend', 'resume', 'revoke')),
  reason text not null check (length(reason) between 1 and 500),
  state text not null default 'proposed' check (state in ('proposed', 'approved', 'rejected')),
  proposed_by uuid not null,
  proposed_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  decision_note text not null default '',
  primary key (tenant_id, id),
  foreign key (tenant_id, certificate_id) references certificate (tenant_id, id)
);
create unique index certificate_action_open on certificate_action (tenant_id, certificate_id) where state = 'proposed';
create index certificate_action_party on certificate_action (party_id, state, proposed_at);
call make_link_table('certificate_action', 'append');

create function certificate_number_next() returns bigint
language sql security definer set search_path = public, pg_temp as $$ select nextval('certificate_running') $$;
call app_function('certificate_number_next()');

-- Where the acting enterprise stands before it issues: a live certificate of the same period type for this or a later period.
create function own_certificate_states() returns table (
  certificate_id uuid, state text, state_at timestamptz, state_reason text, superseded_by text, superseded_kid text, jws text, pdf_sha256 text, kid text)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.certificate_id, c.state, c.state_at, c.state_reason, c.superseded_by, n.code_kid, c.jws, c.pdf_sha256, c.kid
  from certificate_index c left join certificate_index n on n.code_id = c.superseded_by where c.tenant_id = cur_tenant()
$$;
call app_function('own_certificate_states()');

-- Enter a new certificate and let it supersede the enterprise's valid ones of the same period type (CC6, CE12). One write.
-- p: the columns of certificate_index. Outcome: ok | suspended | newer_exists.
create function certificate_publish(p jsonb, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare c certificate_index;
begin
  if cur_tenant() is null then raise exception 'certificate_publish needs an acting organisation'; end if;
  perform pg_advisory_xact_lock(hashtextextended('certificate ' || cur_tenant(), 0));
  c := jsonb_populate_record(null::certificate_index, p);
  if exists (select 1 from certificate_index x where x.tenant_id = cur_tenant() and x.period_type = c.period_type and x.state = 'suspended') then
    return 'suspended';
  end if;
  if exists (select 1 from certificate_index x where x.tenant_id = cur_tenant() and x.period_type = c.period_type and x.state = 'valid'
             and x.period > c.period) then
    return 'newer_exists';
  end if;
  insert into certificate_index (code_id, code_kid, tenant_id, certificate_id, certificate_no, period_type, period, company, uscc,
    region_code, content, state, state_at, issued_at, valid_until, kid, jws)
  values (c.code_id, c.code_kid, cur_tenant(), c.certificate_id, c.certificate_no, c.period_type, c.period, c.company, c.uscc,
    c.region_code, c.content, 'valid', p_now, p_now, c.valid_until, c.kid, c.jws);
  update certificate_index x set state = 'superseded', state_at = p_now, superseded_by = c.code_id
  where x.tenant_id = cur_tenant() and x.period_type = c.period_type and x.state = 'valid' and x.code_id <> c.code_id;
  return 'ok';
end $$;
call app_function('certificate_publish(jsonb, timestamptz)');

-- The PDF is drawn once; from then on the proof carries its digest.
create function certificate_put_proof(p_certificate uuid, p_pdf_sha256 text, p_kid text, p_jws text) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  update certificate_index set pdf_sha256 = p_pdf_sha256, kid = p_kid, jws = p_jws
  where certificate_id = p_certificate and tenant_id = cur_tenant() and pdf_sha256 is null;
  return found;
end $$;
call app_function('certificate_put_proof(uuid, text, text, text)');

-- The public page: by code id, nothing but what is public (CC4, CC9).
create function certificate_by_code(p_code_id text) returns table (
  code_id text, code_kid text, certificate_no text, content jsonb, state text, state_at timestamptz, state_reason text,
  superseded_by text, superseded_kid text, issued_at timestamptz, valid_until date, kid text, jws text, pdf_sha256 text)
language sql stable security definer set search_path = public, pg_temp as $$
  select c.code_id, c.code_kid, c.certificate_no, c.content, c.state, c.state_at, c.state_reason, c.superseded_by, n.code_kid,
         c.issued_at, c.valid_until, c.kid, c.jws, c.pdf_sha256
  from certificate_index c left join certificate_index n on n.code_id = c.superseded_by
  where c.code_id = p_code_id
$$;
call app_function('certificate_by_code(text)');

-- Codes that no longer vouch, for the signed status list.
create function certificate_not_valid(p_today date) returns table (code_id text, state text, state_at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select code_id, state, state_at from certificate_index where state <> 'valid' and valid_until >= p_today order by code_id
$$;
call app_function('certificate_not_valid(date)');

-- Operators search the whole index: number, credit code (from the start) or a part of the name; state 'expired' by p_today.
create function certificate_search(p_q text, p_state text, p_today date, p_limit int, p_offset int) returns table (
  total bigint, certificate_id uuid, tenant_id uuid, certificate_no text, company text, uscc text, region_code text, period text, content jsonb,
  state text, state_at timestamptz, state_reason text, issued_at timestamptz, valid_until date, code_id text, code_kid text)
language plpgsql stable security definer set search_path = public, pg_temp as $$
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  return query
  select count(*) over (), c.certificate_id, c.tenant_id, c.certificate_no, c.company, c.uscc, c.region_code, c.period, c.content,
         case when c.state = 'valid' and c.valid_until < p_today then 'expired' else c.state end, c.state_at, c.state_reason,
         c.issued_at, c.valid_until, c.code_id, c.code_kid
  from certificate_index c
  where (p_q = '' or starts_with(c.certificate_no, upper(p_q)) or starts_with(c.uscc, upper(p_q)) or position(p_q in c.company) > 0)
    and (p_state = '' or p_state = case when c.state = 'valid' and c.valid_until < p_today then 'expired' else c.state end)
  order by c.issued_at desc, c.certificate_no
  limit p_limit offset p_offset;
end $$;
call app_function('certificate_search(text, text, date, int, int)');

-- Outcome: ok | not_found | wrong_state | already_proposed.
create function certificate_propose(p_id uuid, p_certificate uuid, p_action text, p_reason text, p_now timestamptz, p_today date) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare c certificate_index;
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  select * into c from certificate_index where certificate_id = p_certificate for update;
  if not found then return 'not_found'; end if;
  if not (case p_action when 'suspend' then c.state = 'valid' and c.valid_until >= p_today
                        when 'resume' then c.state = 'suspended'
                        when 'revoke' then c.state <> 'revoked' end) then return 'wrong_state'; end if;
  begin
    insert into certificate_action (tenant_id, id, party_id, certificate_id, action, reason, proposed_by, proposed_at)
    values (c.tenant_id, p_id, cur_tenant(), p_certificate, p_action, p_reason, coalesce(cur_person(), cur_account()), p_now);
  exception when unique_violation then return 'already_proposed';
  end;
  return 'ok';
end $$;
call app_function('certificate_propose(uuid, uuid, text, text, timestamptz, date)');

-- Outcome: ok | not_found | decided | same_person | wrong_state. The second person moves the certificate in the same write.
create function certificate_decide(p_certificate uuid, p_action_id uuid, p_approve boolean, p_note text, p_now timestamptz) returns table (
  outcome text, tenant uuid, action text, reason text)
language plpgsql security definer set search_path = public, pg_temp as $$
declare a certificate_action; c certificate_index; before text; me uuid := coalesce(cur_person(), cur_account());
begin
  if cur_kind() is distinct from 'operator' then raise exception 'operators only' using errcode = '42501'; end if;
  select * into c from certificate_index where certificate_id = p_certificate for update;
  if not found then return query select 'not_found', null::uuid, null::text, null::text; return; end if;
  select * into a from certificate_action x
  where x.tenant_id = c.tenant_id and x.id = p_action_id and x.certificate_id = p_certificate and x.party_id = cur_tenant() for update;
  if not found then return query select 'not_found', null::uuid, null::text, null::text; return; end if;
  if a.state <> 'proposed' then return query select 'decided', a.tenant_id, a.action, a.reason; return; end if;
  if me is null or a.proposed_by = me then return query select 'same_person', a.tenant_id, a.action, a.reason; return; end if;
  if p_approve and not (case a.action when 'suspend' then c.state = 'valid' when 'resume' then c.state = 'suspended'
                                      else c.state <> 'revoked' end) then
    return query select 'wrong_state', a.tenant_id, a.action, a.reason; return;
  end if;
  update certificate_action x set state = case when p_approve then 'approved' else 'rejected' end, decided_by = me, decided_at = p_now,
    decision_note = p_note where x.tenant_id = a.tenant_id and x.id = a.id;
  if p_approve then
    update certificate_index x set
      state = case a.action when 'suspend' then 'suspended' when 'resume' then 'valid' else 'revoked' end,
      state_at = p_now, state_reason = case a.action when 'resume' then '' else a.reason end
    where x.code_id = c.code_id;
  end if;
  if p_approve and a.action = 'revoke' then  -- the enterprise's months are set free by a job of its own
    before := become(c.tenant_id);
    perform enqueue_job(gen_random_uuid(), 'certificates.revoked', c.certificate_id, 1, '{}'::jsonb, p_now, interval '0', '');
    perform set_config('app.tenant', before, true);
  end if;
  return query select 'ok', a.tenant_id, a.action, a.reason;
end $$;
call app_function('certificate_decide(uuid, uuid, boolean, text, timestamptz)');
