drop trigger finance_forget on deletion_request;
drop function finance_forget();
create or replace function consent_is_the_firms() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  if cur_tenant() is distinct from new.tenant_id then
    raise exception 'a consent is the firm''s to give and to end' using errcode = '42501';
  end if;
  return new;
end $$;
drop policy machine on finance_case_event;
