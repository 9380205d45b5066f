-- Consent 授权 (GF8-GF10): a firm lets a bank read its reports, until a day. One row joins both; it holds names, states and dates.
-- The firm writes it; the bank sees it and writes down each reading, which the firm sees.
create table consent (
  tenant_id uuid not null references organisation (id),
  party_id uuid not null references organisation (id),
  id uuid not null,
  firm_name text not null,
  bank_name text not null,
  product_id uuid,                      -- null: not for one product
  product_name text not null default '',
  receiver_id uuid,                     -- a named client manager; null: all of the bank
  receiver_name text not null default '',
  report_kinds text[] not null check ('grade' = any (report_kinds) and report_kinds <@ array['grade', 'water', 'reduction', 'questionnaire']),
  years int[] not null check (cardinality(years) between 1 and 10),
  contact boolean not null,
  purpose text not null check (length(purpose) between 2 and 200),
  starts_on date not null,
  ends_on date not null,
  text_sha256 text not null,
  state text not null default 'active' check (state in ('active', 'expired', 'revoked')),
  version int not null default 1,
  given_by uuid,
  given_by_name text not null default '',
  given_at timestamptz not null,
  channel text not null,
  ended_at timestamptz,
  ended_by uuid,
  end_reason text,
  primary key (tenant_id, id),
  check (ends_on >= starts_on and ends_on - starts_on <= 366),
  check ((state = 'active') = (ended_at is null))
);
create unique index consent_id on consent (id);
create index consent_firm on consent (tenant_id, given_at desc);
create index consent_end on consent (ends_on) where state = 'active';
call make_link_table('consent');
revoke delete on consent from tanxiao_app;
create policy machine on consent to tanxiao_owner using (true) with check (true);

-- Only the firm gives, changes and ends a consent; the bank's side of the policy reads.
create function consent_is_the_firms() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if cur_tenant() is distinct from new.tenant_id then
    raise exception 'a consent is the firm''s to give and to end' using errcode = '42501';
  end if;
  return new;
end $$;
revoke all on function consent_is_the_firms() from public;
create trigger consent_is_the_firms before insert or update on consent for each row execute function consent_is_the_firms();

-- Each reading: which report, by whom, when. Nothing is changed afterwards.
create table consent_read (
  tenant_id uuid not null,
  party_id uuid not null,
  id uuid not null,
  consent_id uuid not null,
  report_id uuid,                       -- null: contact data
  report_kind text not null,
  report_title text not null,
  year int,
  page int,
  person_id uuid,
  person_name text not null,
  read_at timestamptz not null,
  primary key (tenant_id, id),
  foreign key (tenant_id, consent_id) references consent (tenant_id, id)
);
create index consent_read_of on consent_read (tenant_id, consent_id, read_at desc);
create index consent_read_day on consent_read (read_at);
call make_link_table('consent_read', 'append');
create policy machine on consent_read to tanxiao_owner using (true) with check (true);

-- Ask for a job of the other side (or of the own one), about a consent both see. Returns false when it was asked for before.
create function consent_job(p_consent uuid, p_side text, p_kind text, p_object uuid, p_version int, p_payload jsonb, p_now timestamptz, p_request text)
returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
declare c consent; before text; made uuid;
begin
  select * into c from consent where id = p_consent and cur_tenant() in (tenant_id, party_id);
  if not found then raise exception 'no consent between these two' using errcode = '42501'; end if;
  before := become(case p_side when 'firm' then c.tenant_id when 'bank' then c.party_id end);
  made := enqueue_job(gen_random_uuid(), p_kind, p_object, p_version, p_payload, p_now, interval '0', p_request);
  perform set_config('app.tenant', before, true);
  return made is not null;
end $$;
call app_function('consent_job(uuid, text, text, uuid, int, jsonb, timestamptz, text)');

-- Every night: a job for each firm with a consent that ended yesterday or earlier, ends in seven days, or was read yesterday.
create function consents_night(p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_today date := (p_now at time zone 'Asia/Shanghai')::date; firm uuid; n int := 0;
  own text := coalesce(current_setting('app.tenant', true), '');
begin
  for firm in
    select c.tenant_id from consent c where c.state = 'active' and (c.ends_on < v_today or c.ends_on = v_today + 7)
    union
    select r.tenant_id from consent_read r
     where r.read_at >= (v_today - 1)::timestamp at time zone 'Asia/Shanghai' and r.read_at < v_today::timestamp at time zone 'Asia/Shanghai'
  loop
    perform become(firm);
    if enqueue_job(gen_random_uuid(), 'consents.night', firm, v_today - date '2000-01-01', '{}', p_now, interval '0', '') is not null then
      n := n + 1;
    end if;
  end loop;
  perform set_config('app.tenant', own, true);
  return n;
end $$;
call app_function('consents_night(timestamptz)');
