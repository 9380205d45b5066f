drop trigger application_forget on deletion_request;
drop function application_forget();
create or replace function application_night(p_now timestamptz, p_drafts int) returns int
language plpgsql security definer set search_path = public, pg_temp as $$
declare
  platform constant uuid := '00000000-0000-4000-8000-000000000001'; before text := become(platform); gone uuid[]; files uuid[];
begin
  select array_agg(a.id), array_agg(a.form_file) || array_agg(a.form_original) into gone, files from application a
   where a.tenant_id = platform and a.state = 'draft' and a.updated_at < p_now - make_interval(days => p_drafts);
  delete from file_blob f where f.tenant_id = platform and f.id = any (files);
  delete from application a where a.tenant_id = platform and a.id = any (gone);
  perform set_config('app.tenant', before, true);
  return coalesce(cardinality(gone), 0);
end $$;
drop function application_erase(uuid[], timestamptz);
alter table application drop column erased_at;
alter table application no force row level security;
update application set legal_name_sealed = coalesce(legal_name_sealed, ''), legal_id_sealed = coalesce(legal_id_sealed, ''),
  applicant_name_sealed = coalesce(applicant_name_sealed, ''), id_no_sealed = coalesce(id_no_sealed, ''), phone_sealed = coalesce(phone_sealed, '');
alter table application force row level security;
alter table application alter column legal_name_sealed set not null, alter column legal_id_sealed set not null,
  alter column applicant_name_sealed set not null, alter column id_no_sealed set not null, alter column phone_sealed set not null;
