-- A person who is forgotten (P7) stands in consents, readings and cases by an alias alone; the records stay.
create policy machine on finance_case_event to tanxiao_owner using (true) with check (true);

create or replace function consent_is_the_firms() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if current_user <> 'tanxiao_owner' and cur_tenant() is distinct from new.tenant_id then
    raise exception 'a consent is the firm''s to give and to end' using errcode = '42501';
  end if;
  return new;
end $$;

create function finance_forget() returns trigger
language plpgsql security definer set search_path = public, pg_temp set row_security = on as $$
declare v_alias text := 'user#' || right(replace(new.person_id::text, '-', ''), 8);
begin
  update consent set given_by_name = v_alias where given_by = new.person_id;
  update consent set receiver_name = v_alias where receiver_id = new.person_id;
  update consent_read set person_name = v_alias where person_id = new.person_id;
  update finance_case set manager_name = v_alias where manager_id = new.person_id;
  update finance_case_event set actor_name = v_alias where actor_id = new.person_id;
  return null;
end $$;
revoke all on function finance_forget() from public;
create trigger finance_forget after update of done_at on deletion_request for each row
  when (new.done_at is not null and old.done_at is null) execute function finance_forget();
