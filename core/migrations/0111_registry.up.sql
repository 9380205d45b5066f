-- The registry of enterprises 企业库 (V6, V7): loaded by an operator, matched at sign-in by face. One row for each USCC; the
-- representative's number is a blind index (null: the source had a masked number, matched by hand).
set local check_function_bodies = off;

alter table organisation drop constraint organisation_origin_check;
alter table organisation add constraint organisation_origin_check check (origin in ('self', 'operator', 'demo', 'platform', 'registry'));

create table enterprise_registry (
  id uuid primary key,
  uscc text not null unique check (uscc ~ '^[0-9ANY][0-9A-HJ-NP-RTUW-Y]{17}$'),
  name text not null check (length(name) between 1 and 100),
  region_code text references region (code),
  status text not null check (status in ('active', 'ended')),
  source text not null default '',
  legal_name_sealed bytea not null,
  legal_name_masked text not null,
  legal_idx bytea,
  key_id bytea not null,
  legal_changed_at timestamptz,
  imported_at timestamptz not null,
  version int not null default 1
);
create index enterprise_registry_legal on enterprise_registry (legal_idx) where legal_idx is not null;
create index enterprise_registry_name on enterprise_registry (name);
call make_identity_table('enterprise_registry');

-- What a person has to look at: a name or number that does not fit, a masked number, a member who calls himself the representative.
create table registry_task (
  id uuid primary key,
  kind text not null check (kind in ('mismatch', 'masked', 'other_legal')),
  uscc text not null,
  firm text not null,
  claimant_masked text not null,
  claim_idx bytea not null,
  key_id bytea not null,
  claims int not null default 1,
  state text not null default 'open' check (state in ('open', 'closed')),
  outcome text check (outcome in ('confirmed', 'dismissed')),
  note text not null default '' check (length(note) <= 500),
  opened_at timestamptz not null,
  last_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  version int not null default 1,
  check ((state = 'closed') = (decided_at is not null and outcome is not null))
);
create unique index registry_task_open on registry_task (kind, uscc, claim_idx) where state = 'open';
create index registry_task_desk on registry_task (state, opened_at);
call make_identity_table('registry_task');

create function only_operator() returns void language plpgsql set search_path = public, pg_temp as $$
begin
  if coalesce(cur_kind(), '') <> 'operator' then raise exception 'only an operator' using errcode = '42501'; end if;
end $$;
revoke all on function only_operator() from public;

-- The rows as they stand, to compare a file with.
create function registry_of(p_usccs text[]) returns setof enterprise_registry
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform only_operator();
  return query select * from enterprise_registry where uscc = any (p_usccs);
end $$;
call app_function('registry_of(text[])');

-- Rows new or changed, one statement for many.
create function registry_put(p_rows jsonb, p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare n int;
begin
  perform only_operator();
  insert into enterprise_registry as r (id, uscc, name, region_code, status, source, legal_name_sealed, legal_name_masked, legal_idx, key_id,
                                        legal_changed_at, imported_at)
    select x.id, x.uscc, x.name, (select g.code from region g where g.code = x.region), x.status, x.source, decode(x.legal_name_sealed, 'hex'),
           x.legal_name_masked, decode(x.legal_idx, 'hex'), decode(x.key_id, 'hex'), case when x.changed then p_now end, p_now
      from jsonb_to_recordset(p_rows) as x (id uuid, uscc text, name text, region text, status text, source text, legal_name_sealed text,
                                            legal_name_masked text, legal_idx text, key_id text, changed boolean)
  on conflict (uscc) do update set name = excluded.name, region_code = coalesce(excluded.region_code, r.region_code),
    status = excluded.status, source = excluded.source, legal_name_sealed = excluded.legal_name_sealed, legal_name_masked = excluded.legal_name_masked,
    legal_idx = excluded.legal_idx, key_id = excluded.key_id, legal_changed_at = coalesce(excluded.legal_changed_at, r.legal_changed_at),
    imported_at = p_now, version = r.version + 1;
  get diagnostics n = row_count;
  return n;
end $$;
call app_function('registry_put(jsonb, timestamptz)');

-- ``state``: active, ended, masked (number to be checked by hand), changed (another representative within 90 days).
create function registry_list(p_q text, p_state text, p_key bytea, p_limit int, p_offset int, p_now timestamptz)
returns table (id uuid, uscc text, name text, region_code text, state text, source text, legal_name_masked text, masked boolean, old_key boolean,
               legal_changed_at timestamptz, imported_at timestamptz, organisation_id uuid, total bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform only_operator();
  return query
    select r.id, r.uscc, r.name, r.region_code, r.status, r.source, r.legal_name_masked, r.legal_idx is null, r.key_id <> p_key, r.legal_changed_at,
           r.imported_at, c.tenant_id, count(*) over ()
      from enterprise_registry r left join claim c on c.kind = 'uscc' and c.value = r.uscc
     where (p_q = '' or strpos(r.name, p_q) > 0 or starts_with(r.uscc, upper(p_q)))
       and (p_state = '' or r.status = p_state or (p_state = 'masked' and r.legal_idx is null)
            or (p_state = 'changed' and r.legal_changed_at > p_now - interval '90 days'))
     order by r.name, r.uscc limit p_limit offset p_offset;
end $$;
call app_function('registry_list(text, text, bytea, int, int, timestamptz)');

-- Who holds the representative's role in the firm of a USCC, and whether the new document is his.
create function registry_legal_members(p_uscc text, p_idx bytea[])
returns table (organisation_id uuid, person_id uuid, name_sealed bytea, proved boolean, is_new boolean)
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text := coalesce(current_setting('app.tenant', true), ''); v_org uuid;
begin
  perform only_operator();
  select c.tenant_id into v_org from claim c where c.kind = 'uscc' and c.value = p_uscc;
  if not found then return; end if;
  perform become(v_org);
  return query
    select v_org, m.person_id, p.name_sealed,
           exists (select 1 from person_index i where i.kind = 'id_number' and i.person_id = m.person_id),
           exists (select 1 from person_index i where i.kind = 'id_number' and i.person_id = m.person_id and i.idx = any (p_idx))
      from membership m left join person p on p.id = m.person_id
     where m.tenant_id = v_org and m.status = 'active' and 'legal' = any (m.roles);
  if not found then organisation_id := v_org; return next; end if;
  perform set_config('app.tenant', before, true);
end $$;
call app_function('registry_legal_members(text, bytea[])');

-- Another representative (V7): these persons stop being it at once; the firm's agents stay for 30 days unless the new one renews them.
create function registry_legal_changed(p_org uuid, p_persons uuid[], p_now timestamptz) returns table (agent uuid)
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text := coalesce(current_setting('app.tenant', true), ''); v_day date := (p_now at time zone 'Asia/Shanghai')::date;
begin
  perform only_operator();
  perform become(p_org);
  update membership m set
      roles = case when m.roles = array['legal'] then m.roles else array_remove(m.roles, 'legal') end,
      status = case when m.roles = array['legal'] then 'ended' else m.status end,
      ended_at = case when m.roles = array['legal'] then p_now else m.ended_at end,
      end_reason = case when m.roles = array['legal'] then 'legal_changed' else m.end_reason end,
      version = m.version + 1, updated_at = p_now
   where m.tenant_id = p_org and m.person_id = any (p_persons) and m.status = 'active' and 'legal' = any (m.roles);
  return query
    update delegation d set valid_to = greatest(d.valid_from, least(d.valid_to, v_day + 30)), version = d.version + 1, updated_at = p_now
     where d.tenant_id = p_org and d.state = 'active' and d.valid_to > v_day + 30 returning d.person_id;
  update delegation d set state = 'suspended', version = d.version + 1, updated_at = p_now
   where d.tenant_id = p_org and d.state = 'active' and d.valid_from > v_day + 30;
  perform set_config('app.tenant', before, true);
end $$;
call app_function('registry_legal_changed(uuid, uuid[], timestamptz)');

-- Every enterprise in business whose representative has this document.
create function registry_match(p_idx bytea[])
returns table (id uuid, uscc text, name text, region_code text, legal_name_sealed bytea, organisation_id uuid)
language sql stable security definer set search_path = public, pg_temp as $$
  select r.id, r.uscc, r.name, r.region_code, r.legal_name_sealed, c.tenant_id
    from enterprise_registry r left join claim c on c.kind = 'uscc' and c.value = r.uscc
   where r.legal_idx = any (p_idx) and r.status = 'active' order by r.name, r.uscc
$$;
call app_function('registry_match(bytea[])');

-- One row by its USCC, for a person who says he represents it.
create function registry_row(p_uscc text)
returns table (id uuid, name text, status text, legal_name_sealed bytea, masked boolean)
language sql stable security definer set search_path = public, pg_temp as $$
  select r.id, r.name, r.status, r.legal_name_sealed, r.legal_idx is null from enterprise_registry r where r.uscc = p_uscc
$$;
call app_function('registry_row(text)');

create function registry_task_open(p jsonb, p_now timestamptz) returns uuid
language sql security definer set search_path = public, pg_temp as $$
  insert into registry_task as t (id, kind, uscc, firm, claimant_masked, claim_idx, key_id, opened_at, last_at)
    values ((p->>'id')::uuid, p->>'kind', p->>'uscc', p->>'firm', p->>'claimant_masked', decode(p->>'claim_idx', 'hex'),
            decode(p->>'key_id', 'hex'), p_now, p_now)
  on conflict (kind, uscc, claim_idx) where state = 'open' do update set claims = t.claims + 1, last_at = p_now
  returning t.id
$$;
call app_function('registry_task_open(jsonb, timestamptz)');

create function registry_tasks(p_state text, p_limit int, p_offset int)
returns table (id uuid, kind text, uscc text, firm text, claimant_masked text, claims int, state text, outcome text, note text,
               opened_at timestamptz, last_at timestamptz, decided_at timestamptz, version int, total bigint)
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform only_operator();
  return query
    select t.id, t.kind, t.uscc, t.firm, t.claimant_masked, t.claims, t.state, t.outcome, t.note, t.opened_at, t.last_at, t.decided_at,
           t.version, count(*) over ()
      from registry_task t where (p_state = '' or t.state = p_state) order by (t.state = 'open') desc, t.opened_at, t.id
     limit p_limit offset p_offset;
end $$;
call app_function('registry_tasks(text, int, int)');

-- ``confirmed``: the claimant is the representative, his document becomes the registry's. Answers ok | gone | stale.
create function registry_task_close(p_id uuid, p_outcome text, p_note text, p_version int, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare t registry_task;
begin
  perform only_operator();
  select * into t from registry_task where id = p_id for update;
  if not found then return 'gone'; end if;
  if t.state <> 'open' or t.version <> p_version then return 'stale'; end if;
  update registry_task set state = 'closed', outcome = p_outcome, note = p_note, decided_by = cur_person(), decided_at = p_now,
         version = version + 1 where id = p_id;
  if p_outcome = 'confirmed' and t.kind = 'masked' then
    update enterprise_registry set legal_idx = t.claim_idx, key_id = t.key_id, version = version + 1
     where uscc = t.uscc and legal_idx is null;
  end if;
  return 'ok';
end $$;
call app_function('registry_task_close(uuid, text, text, int, timestamptz)');

-- The representative goes in (V6): the firm is made from the registry when there is none, the membership given. The face session is
-- spent in the same statement. Answers entered | made | gone (session or match is over) | closed (the firm is stopped), who else is legal.
create function registry_enter(p_session uuid, p_idx bytea[], p_uscc text, p jsonb, p_now timestamptz,
                               out outcome text, out organisation_id uuid, out others int)
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  before text := coalesce(current_setting('app.tenant', true), ''); r enterprise_registry; v_status text; v_person uuid := (p->>'person_id')::uuid;
  v_day date := (p_now at time zone 'Asia/Shanghai')::date;
begin
  outcome := 'gone'; others := 0;
  select * into r from enterprise_registry where uscc = p_uscc and legal_idx = any (p_idx) and status = 'active';
  if not found then return; end if;
  if not idv_use(p_session, (p->>'account_id')::uuid, p_now) then return; end if;
  perform pg_advisory_xact_lock(hashtextextended('registry' || p_uscc, 7));
  select c.tenant_id into organisation_id from claim c where c.kind = 'uscc' and c.value = p_uscc;
  if not found then
    organisation_id := (p->>'organisation_id')::uuid;
    perform become(organisation_id);
    perform take_claim('uscc', p_uscc);
    insert into organisation (id, kind, uscc, name, region_code, status, origin, created_at, updated_at)
      values (organisation_id, 'enterprise', p_uscc, r.name, coalesce(r.region_code, p->>'region'), 'active', 'registry', p_now, p_now);
    insert into profile (tenant_id, id, legal_name_sealed, contact_name_sealed, created_at, updated_at)
      values (organisation_id, organisation_id, decode(p->>'legal_name_sealed', 'hex'), decode(p->>'contact_name_sealed', 'hex'), p_now, p_now);
    outcome := 'made';
  else
    perform become(organisation_id);
    select o.status into v_status from organisation o where o.id = organisation_id;
    if v_status in ('suspended', 'closed') then
      outcome := 'closed'; perform set_config('app.tenant', before, true); return;
    end if;
    select count(*) into others from membership m
     where m.tenant_id = organisation_id and m.person_id <> v_person and m.status = 'active' and 'legal' = any (m.roles);
    outcome := 'entered';
  end if;
  insert into membership as m (tenant_id, id, person_id, roles, valid_from, display_name_masked, login_name, phone_masked, created_at,
                               created_by, updated_at)
    values (organisation_id, (p->>'membership_id')::uuid, v_person, array['legal'], v_day, p->>'name_masked', p->>'login_name',
            p->>'phone_masked', p_now, v_person, p_now)
  on conflict (tenant_id, person_id) do update set
    roles = case when m.status = 'active' and m.valid_from <= v_day and coalesce(m.valid_to, v_day) >= v_day
                 then (select array_agg(distinct x) from unnest(m.roles || array['legal']) x) else array['legal'] end,
    valid_from = least(m.valid_from, v_day), valid_to = null, status = 'active', ended_at = null, end_reason = null,
    version = m.version + 1, updated_at = p_now
   where not (m.status = 'active' and 'legal' = any (m.roles) and m.valid_from <= v_day and m.valid_to is null);
  perform set_config('app.tenant', before, true);
end $$;
call app_function('registry_enter(uuid, bytea[], text, jsonb, timestamptz)');
