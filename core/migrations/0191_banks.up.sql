-- Banks on the operator's list: on which agreement, from when until when. Every organisation of kind bank has its row, whichever desk
-- made it; its state follows the organisation's, and the day after valid_to the night suspends it.
create table bank (
  id uuid primary key references organisation (id),
  name text not null,
  uscc text not null default '',
  contact text not null default '' check (length(contact) <= 200),
  agreement_no text not null default '' check (length(agreement_no) <= 100),
  valid_from date not null,
  valid_to date not null check (valid_to >= valid_from),
  state text not null check (state in ('unverified', 'active', 'suspended', 'closed')),
  state_reason text not null default '',
  version int not null default 1,
  created_at timestamptz not null,
  updated_at timestamptz not null
);
create index bank_listing on bank (state, name, id);
call make_shared_table('bank');

create table bank_change (
  id bigint generated always as identity primary key,
  bank_id uuid not null references bank (id),
  what text not null,
  from_state text,
  to_state text not null,
  detail jsonb not null default '{}',
  reason text not null default '',
  by_person uuid,
  at timestamptz not null
);
create index bank_change_bank on bank_change (bank_id, id desc);
call make_shared_table('bank_change');

-- The list follows the directory. A bank that was made without a date is good for a year.
create function bank_follows() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if tg_op = 'INSERT' then
    insert into bank (id, name, uscc, valid_from, valid_to, state, created_at, updated_at)
      values (new.id, new.name, coalesce(new.uscc, ''), (new.created_at at time zone 'Asia/Shanghai')::date,
              (new.created_at at time zone 'Asia/Shanghai')::date + 365, new.status, new.created_at, new.created_at)
      on conflict do nothing;
  else
    update bank set name = new.name, uscc = coalesce(new.uscc, ''), state = new.status where id = new.id;
  end if;
  return null;
end $$;
revoke all on function bank_follows() from public;
create trigger bank_follows after insert or update of name, uscc, status on organisation
  for each row when (new.kind = 'bank') execute function bank_follows();

do $$ begin
  perform set_config('app.kind', 'operator', true);
  insert into bank (id, name, uscc, valid_from, valid_to, state, created_at, updated_at)
    select id, name, coalesce(uscc, ''), (created_at at time zone 'Asia/Shanghai')::date, (now() at time zone 'Asia/Shanghai')::date + 365, status,
           created_at, created_at from organisation where kind = 'bank';
  perform set_config('app.kind', '', true);
end $$;

-- Change the record, and with p->>'state' the organisation itself. Answers ok | gone | stale | state.
create function bank_put(p_id uuid, p_version int, p jsonb, p_what text, p_reason text, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare b bank; v_to text := p->>'state';
begin
  if coalesce(cur_kind(), '') <> 'operator' then raise exception 'only an operator changes a bank' using errcode = '42501'; end if;
  select * into b from bank where id = p_id for update;
  if not found then return 'gone'; end if;
  if p_version > 0 and b.version <> p_version then return 'stale'; end if;
  if v_to is not null then
    update organisation set status = v_to, version = version + 1, updated_at = p_now
     where id = p_id and status = case v_to when 'active' then 'suspended' when 'suspended' then 'active' end;
    if not found then return 'state'; end if;
  end if;
  update bank set contact = coalesce(p->>'contact', contact), agreement_no = coalesce(p->>'agreement_no', agreement_no),
    valid_from = coalesce((p->>'valid_from')::date, valid_from), valid_to = coalesce((p->>'valid_to')::date, valid_to),
    state_reason = case when v_to is not null then p_reason else state_reason end, version = version + 1, updated_at = p_now
   where id = p_id;
  insert into bank_change (bank_id, what, from_state, to_state, detail, reason, by_person, at)
    values (p_id, p_what, b.state, coalesce(v_to, b.state), p - array['contact'], p_reason, cur_person(), p_now);
  return 'ok';
end $$;
call app_function('bank_put(uuid, int, jsonb, text, text, timestamptz)');

-- The night after the last day. Returns how many were suspended.
create function banks_night(p_now timestamptz) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare v_day date := (p_now at time zone 'Asia/Shanghai')::date; b record; n int := 0; kind text := coalesce(current_setting('app.kind', true), '');
begin
  perform set_config('app.kind', 'operator', true);
  for b in select * from bank where state = 'active' and valid_to < v_day for update loop
    update organisation set status = 'suspended', version = version + 1, updated_at = p_now where id = b.id and status = 'active';
    update bank set state_reason = '合作期限已到', version = version + 1, updated_at = p_now where id = b.id;
    insert into bank_change (bank_id, what, from_state, to_state, reason, at) values (b.id, 'expired', 'active', 'suspended', '合作期限已到', p_now);
    n := n + 1;
  end loop;
  perform set_config('app.kind', kind, true);
  return n;
end $$;
call app_function('banks_night(timestamptz)');
