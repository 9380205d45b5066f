-- Another phone of a person (L20). The old number stays sealed until its text message is out, then it is forgotten.
set local check_function_bodies = off;

create table phone_change (
  id uuid primary key,
  person_id uuid not null,
  old_sealed bytea,
  at timestamptz not null,
  told_at timestamptz
);
create index phone_change_person on phone_change (person_id);
call make_identity_table('phone_change');

-- Answers changed | same | taken. The message about it is the platform's job: the person may belong to no organisation.
create function phone_change_put(p jsonb, p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  v_idx bytea[] := array(select decode(jsonb_array_elements_text(p->'idx'), 'hex')); holder uuid; t uuid;
  before text := coalesce(current_setting('app.tenant', true), '');
begin
  perform 1 from person where id = cur_person() for update;
  select i.person_id into holder from person_index i where i.kind = 'phone' and i.idx = any (v_idx) limit 1;
  if holder = cur_person() then return 'same'; end if;
  if holder is not null then return 'taken'; end if;
  delete from person_index where kind = 'phone' and person_id = cur_person();
  insert into person_index (kind, idx, key_id, person_id) values ('phone', v_idx[1], decode(p->>'key_id', 'hex'), cur_person())
    on conflict do nothing;
  if not found then raise exception 'the phone was taken meanwhile' using errcode = '40001'; end if;
  update person set phone_sealed = decode(p->>'sealed', 'hex') where id = cur_person();
  for t in select m.tenant_id from membership m where m.person_id = cur_person() loop
    perform become(t);
    update membership m set phone_masked = p->>'masked', version = m.version + 1, updated_at = p_now
     where m.tenant_id = t and m.person_id = cur_person();
  end loop;
  if p->>'old_sealed' is not null then
    insert into phone_change (id, person_id, old_sealed, at) values ((p->>'id')::uuid, cur_person(), decode(p->>'old_sealed', 'hex'), p_now);
    perform become('00000000-0000-4000-8000-000000000001');
    perform enqueue_job((p->>'job')::uuid, 'auth.phone_changed', (p->>'id')::uuid, 1, '{}', p_now, interval '0', p->>'request_id');
  end if;
  perform set_config('app.tenant', before, true);
  return 'changed';
end $$;
call app_function('phone_change_put(jsonb, timestamptz)');

create function phone_change_old(p_id uuid) returns bytea
language sql stable security definer set search_path = public, pg_temp as $$
  select old_sealed from phone_change where id = p_id and told_at is null and cur_person() is null
$$;
call app_function('phone_change_old(uuid)');

create function phone_change_told(p_id uuid, p_now timestamptz) returns void
language sql security definer set search_path = public, pg_temp as $$
  update phone_change set told_at = p_now, old_sealed = null where id = p_id
$$;
call app_function('phone_change_told(uuid, timestamptz)');

-- Who is forgotten (P7) loses what waits to be told, too.
create function phone_change_forget() returns trigger
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  if new.phone_sealed is null then delete from phone_change where person_id = new.id; end if;
  return null;
end $$;
revoke all on function phone_change_forget() from public;
create trigger phone_change_forget after update on person for each row
  when (old.phone_sealed is not null and new.phone_sealed is null) execute function phone_change_forget();
