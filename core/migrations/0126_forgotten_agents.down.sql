drop trigger delegation_forget on deletion_request;
drop function delegation_forget();
alter table delegation no force row level security;
update delegation set agent_name_sealed = coalesce(agent_name_sealed, ''), id_no_sealed = coalesce(id_no_sealed, ''), phone_sealed = coalesce(phone_sealed, '');
alter table delegation force row level security;
alter table delegation alter column agent_name_sealed set not null, alter column id_no_sealed set not null, alter column phone_sealed set not null;
