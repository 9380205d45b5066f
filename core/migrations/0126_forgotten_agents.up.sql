-- A person who is forgotten (P7) is no agent any more, and the grants keep nothing that tells who it was. What was filed stays.
alter table delegation alter column agent_name_sealed drop not null, alter column id_no_sealed drop not null, alter column phone_sealed drop not null;

create function delegation_forget() returns trigger
language plpgsql security definer set search_path = public, pg_temp set row_security = on as $$
declare v_tenant uuid; v_accounts uuid[]; v_alias text := 'user#' || right(replace(new.person_id::text, '-', ''), 8); own text := coalesce(current_setting('app.tenant', true), '');
begin
  select array_agg(a.id) into v_accounts from account a where a.person_id = new.person_id;
  for v_tenant in select distinct d.tenant_id from delegation d where d.person_id = new.person_id loop
    perform become(v_tenant);
    update inventory_month set submitted_by_name = v_alias where tenant_id = v_tenant and submitted_by = any (v_accounts);
    update operating_data set saved_by_name = v_alias where tenant_id = v_tenant and saved_by = any (v_accounts);
    update draft set saved_by_name = v_alias where tenant_id = v_tenant and saved_by = any (v_accounts);
    delete from delegation_index i where i.tenant_id = v_tenant
       and i.delegation_id in (select d.id from delegation d where d.tenant_id = v_tenant and d.person_id = new.person_id);
    update delegation d
       set end_reason = case when d.state in ('active', 'suspended') then '代理人账号已注销' else d.end_reason end,
           ended_at = coalesce(d.ended_at, new.done_at), state = case when d.state in ('active', 'suspended') then 'revoked' else d.state end,
           agent_name_masked = v_alias, agent_name_sealed = null, id_no_masked = '', id_no_sealed = null, phone_masked = '', phone_sealed = null,
           version = d.version + 1, updated_at = new.done_at
     where d.tenant_id = v_tenant and d.person_id = new.person_id;
  end loop;
  perform set_config('app.tenant', own, true);
  return null;
end $$;
revoke all on function delegation_forget() from public;
create trigger delegation_forget after update of done_at on deletion_request for each row
  when (new.done_at is not null and old.done_at is null) execute function delegation_forget();
