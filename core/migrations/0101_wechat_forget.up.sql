-- A person who is forgotten (P7) leaves no WeChat behind: binding, session key, consents, messages of every account of his.
create function wx_forget_person(p_person uuid) returns void
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform wx_forget(a.id) from account a where a.person_id = p_person;
end $$;
call app_function('wx_forget_person(uuid)');
