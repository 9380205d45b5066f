-- Profile (FD1), invitations, licence reviews, disputes about a USCC.

create table profile (
  tenant_id uuid not null references organisation (id),
  id uuid not null check (id = tenant_id),
  nature text check (nature in ('国有', '民营', '外资', '港澳台资', '合资', '其他')),
  address text not null default '' check (length(address) <= 200),
  registered_capital numeric(14, 4) check (registered_capital >= 0),
  established_on date,
  staff int check (staff between 0 and 1000000),
  site_area numeric(12, 2) check (site_area >= 0),
  legal_name_sealed bytea,
  contact_name_sealed bytea,
  contact_phone_sealed bytea,
  above_scale boolean,
  ets_key_unit boolean,
  ets_confirmed_at timestamptz,
  park text check (length(park) <= 100),
  intro text not null default '' check (length(intro) <= 2000),
  process_flow text not null default '' check (length(process_flow) <= 2000),
  main_equipment text not null default '' check (length(main_equipment) <= 2000),
  logo_file uuid,
  licence_file uuid,
  version int not null default 1,
  created_at timestamptz not null default now(),
  updated_at timestamptz not null default now(),
  updated_by uuid,
  primary key (tenant_id, id)
);
call make_tenant_table('profile');
revoke delete on profile from tanxiao_app;

create table invitation (
  tenant_id uuid not null references organisation (id),
  id uuid not null,
  roles text[] not null check (cardinality(roles) > 0),
  valid_to date,
  invitee_masked text not null default '',
  phone_masked text,
  state text not null default 'open' check (state in ('open', 'accepted', 'withdrawn')),
  expires_at timestamptz not null,
  created_at timestamptz not null,
  created_by uuid not null,
  decided_at timestamptz,
  accepted_by uuid,
  primary key (tenant_id, id)
);
create index invitation_state on invitation (tenant_id, state, created_at);
call make_tenant_table('invitation');
revoke delete on invitation from tanxiao_app;

-- From a token to its invitation before any organisation is known.
create table invitation_key (
  token_sha256 bytea primary key check (length(token_sha256) = 32),
  tenant_id uuid not null,
  invitation_id uuid not null,
  foreign key (tenant_id, invitation_id) references invitation (tenant_id, id)
);
call make_identity_table('invitation_key');

create function invitation_key_add(p_token bytea, p_invitation uuid) returns void
language sql security definer set search_path = public, pg_temp as $$
  insert into invitation_key (token_sha256, tenant_id, invitation_id) values (p_token, cur_tenant(), p_invitation)
$$;
call app_function('invitation_key_add(bytea, uuid)');

-- What an invited person is told: who invites, as what, until when.
create function invitation_find(p_token bytea)
returns table (id uuid, tenant_id uuid, organisation text, kind text, roles text[], state text, expires_at timestamptz)
language plpgsql security definer set search_path = public, pg_temp as $$
declare found_key invitation_key; before text;
begin
  select * into found_key from invitation_key k where k.token_sha256 = p_token;
  if not found then return; end if;
  before := become(found_key.tenant_id);
  return query select i.id, i.tenant_id, o.name, o.kind, i.roles, i.state, i.expires_at
    from invitation i join organisation o on o.id = i.tenant_id
   where i.tenant_id = found_key.tenant_id and i.id = found_key.invitation_id and o.status in ('unverified', 'active');
  perform set_config('app.tenant', before, true);
end $$;
call app_function('invitation_find(bytea)');

-- Join. One presenter wins (Q3): the state changes once. Answers ok | gone | member.
create function invitation_accept(
  p_token bytea, p_membership uuid, p_person uuid, p_name text, p_login text, p_now timestamptz, p_today date
) returns text language plpgsql security definer set search_path = public, pg_temp as $$
declare found_key invitation_key; given invitation; before text; outcome text := 'ok';
begin
  select * into found_key from invitation_key k where k.token_sha256 = p_token;
  if not found then return 'gone'; end if;
  before := become(found_key.tenant_id);
  update invitation i set state = 'accepted', accepted_by = p_person, decided_at = p_now
   where i.tenant_id = found_key.tenant_id and i.id = found_key.invitation_id and i.state = 'open' and i.expires_at > p_now
     and coalesce(i.valid_to, p_today) >= p_today
     and exists (select 1 from organisation o where o.id = i.tenant_id and o.status in ('unverified', 'active'))
  returning * into given;
  if not found then
    outcome := 'gone';
  else
    insert into membership as m (tenant_id, id, person_id, roles, valid_from, valid_to, display_name_masked, login_name, phone_masked,
                                 created_at, created_by, updated_at)
      values (given.tenant_id, p_membership, p_person, given.roles, p_today, given.valid_to, p_name, p_login, given.phone_masked,
              p_now, given.created_by, p_now)
    on conflict (tenant_id, person_id) do update
      set roles = excluded.roles, status = 'active', valid_from = excluded.valid_from, valid_to = excluded.valid_to,
          display_name_masked = excluded.display_name_masked, login_name = excluded.login_name,
          phone_masked = excluded.phone_masked, version = m.version + 1,
          updated_at = p_now, updated_by = excluded.created_by, ended_at = null, end_reason = null
      where m.status = 'ended' or m.valid_to < p_today;
    if not found then outcome := 'member'; end if;
  end if;
  perform set_config('app.tenant', before, true);
  return outcome;
end $$;
call app_function('invitation_accept(bytea, uuid, uuid, text, text, timestamptz, date)');

-- The first member of an organisation, by self-registration (with the new organisation) or by an operator.
create function membership_first(
  p_tenant uuid, p_id uuid, p_person uuid, p_roles text[], p_valid_to date, p_name text, p_login text, p_phone text,
  p_now timestamptz, p_today date
) returns void language plpgsql security definer set search_path = public, pg_temp as $$
declare before text := become(p_tenant);
begin
  if exists (select 1 from membership m where m.tenant_id = p_tenant) and coalesce(cur_kind(), '') <> 'operator' then
    raise exception 'this organisation has members; they invite the next';
  end if;
  insert into membership (tenant_id, id, person_id, roles, valid_from, valid_to, display_name_masked, login_name, phone_masked,
                          created_at, created_by, updated_at)
    values (p_tenant, p_id, p_person, p_roles, p_today, p_valid_to, p_name, p_login, p_phone, p_now, cur_person(), p_now);
  perform set_config('app.tenant', before, true);
end $$;
call app_function('membership_first(uuid, uuid, uuid, text[], date, text, text, text, timestamptz, date)');

-- The licence of an unverified enterprise on the operator's desk.
create table organisation_review (
  tenant_id uuid not null references organisation (id),
  party_id uuid not null references organisation (id),
  id uuid not null,
  licence_file uuid not null,
  licence_name text not null,
  state text not null default 'submitted' check (state in ('submitted', 'returned', 'approved', 'rejected')),
  reason text not null default '' check (length(reason) <= 500),
  submitted_by uuid not null,
  submitted_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  version int not null default 1,
  primary key (tenant_id, id),
  check ((state = 'submitted') = (decided_at is null))
);
create unique index organisation_review_open on organisation_review (tenant_id) where state = 'submitted';
create index organisation_review_desk on organisation_review (party_id, state, submitted_at);
call make_link_table('organisation_review');
revoke delete on organisation_review from tanxiao_app;

-- A second claim on a USCC: a task of the operator, never a second organisation (T1). Belongs to the platform alone, so that
-- neither side learns of the other.
create table dispute (
  tenant_id uuid not null references organisation (id),
  id uuid not null,
  uscc text not null,
  holder_id uuid,
  organisation_name text not null,
  claimant_name_sealed bytea not null,
  claimant_phone_sealed bytea not null,
  claimant_index bytea not null,
  state text not null default 'open' check (state in ('open', 'kept', 'released')),
  reason text not null default '' check (length(reason) <= 500),
  opened_at timestamptz not null,
  decided_by uuid,
  decided_at timestamptz,
  version int not null default 1,
  primary key (tenant_id, id),
  check ((state = 'open') = (decided_at is null))
);
create unique index dispute_open_once on dispute (tenant_id, uscc, claimant_index) where state = 'open';
create index dispute_desk on dispute (tenant_id, state, opened_at);
call make_tenant_table('dispute');
revoke insert, delete on dispute from tanxiao_app;

-- Open a dispute on behalf of somebody who belongs to no organisation; the same claimant's second try finds the first task.
create function dispute_open(
  p_id uuid, p_uscc text, p_name text, p_claimant bytea, p_phone bytea, p_index bytea, p_now timestamptz
) returns uuid language plpgsql security definer set search_path = public, pg_temp as $$
declare
  platform constant uuid := '00000000-0000-4000-8000-000000000001';
  before text := become(platform); task uuid;
begin
  insert into dispute (tenant_id, id, uscc, holder_id, organisation_name, claimant_name_sealed, claimant_phone_sealed, claimant_index, opened_at)
    values (platform, p_id, p_uscc, (select c.tenant_id from claim c where c.kind = 'uscc' and c.value = p_uscc),
            p_name, p_claimant, p_phone, p_index, p_now)
    on conflict do nothing;
  select d.id into task from dispute d where d.tenant_id = platform and d.uscc = p_uscc and d.claimant_index = p_index and d.state = 'open';
  perform set_config('app.tenant', before, true);
  return task;
end $$;
call app_function('dispute_open(uuid, text, text, bytea, bytea, bytea, timestamptz)');

-- Is this USCC held? Yes or no, never by whom.
create function uscc_taken(p_uscc text) returns boolean
language sql stable security definer set search_path = public, pg_temp as $$
  select exists (select 1 from claim where kind = 'uscc' and value = p_uscc)
$$;
call app_function('uscc_taken(text)');

-- The people of an organisation as the operator's desk shows them (masked).
create function organisation_people(p_organisation uuid)
returns table (name text, account text, phone text, roles text[], status text, valid_to date)
language plpgsql security definer set search_path = public, pg_temp as $$
declare before text;
begin
  if coalesce(cur_kind(), '') <> 'operator' then return; end if;
  before := become(p_organisation);
  return query select m.display_name_masked, m.login_name, coalesce(m.phone_masked, ''), m.roles, m.status, m.valid_to
    from membership m where m.tenant_id = p_organisation order by m.status, m.created_at, m.id limit 100;
  perform set_config('app.tenant', before, true);
end $$;
call app_function('organisation_people(uuid)');
