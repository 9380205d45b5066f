-- How long an application keeps who it was about: 90 days after it was refused, or after the grant it led to has ended; at once when
-- the applicant is forgotten (P7). The outcome, its reason and the firm stay; form, names and numbers go.
alter table application alter column legal_name_sealed drop not null, alter column legal_id_sealed drop not null,
  alter column applicant_name_sealed drop not null, alter column id_no_sealed drop not null, alter column phone_sealed drop not null;
alter table application add column erased_at timestamptz;

create function application_erase(p_ids uuid[], p_now timestamptz) returns void
language plpgsql security definer set search_path = public, pg_temp set row_security = on as $$
declare platform constant uuid := '00000000-0000-4000-8000-000000000001'; before text := become(platform); files uuid[];
begin
  select array_agg(a.form_file) || array_agg(a.form_original) into files from application a where a.tenant_id = platform and a.id = any (p_ids);
  delete from file_blob f where f.tenant_id = platform and f.id = any (files);
  delete from application_index i where i.tenant_id = platform and i.application_id = any (p_ids);
  update application a set legal_name_sealed = null, legal_id_sealed = null, applicant_name_sealed = null, id_no_sealed = null,
         phone_sealed = null, legal_name_masked = '', legal_id_masked = '', applicant_name_masked = '', id_no_masked = '', phone_masked = '',
         reason = '', form_file = null, form_original = null, form_pages = '[]', form_check = 'none', account_name = null,
         key_sha256 = decode(md5(random()::text), 'hex'), erased_at = p_now, version = version + 1
   where a.tenant_id = platform and a.id = any (p_ids) and a.state in ('approved', 'rejected');
  delete from application a where a.tenant_id = platform and a.id = any (p_ids) and a.state in ('draft', 'submitted', 'returned');
  perform set_config('app.tenant', before, true);
end $$;
revoke all on function application_erase(uuid[], timestamptz) from public;

create or replace function application_night(p_now timestamptz, p_drafts int) returns int
language plpgsql security definer set search_path = public, pg_temp set row_security = on as $$
declare platform constant uuid := '00000000-0000-4000-8000-000000000001'; before text := become(platform); gone uuid[];
begin
  select array_agg(a.id) into gone from application a left join delegation d on d.id = a.delegation_id
   where a.tenant_id = platform and a.erased_at is null
     and ((a.state = 'draft' and a.updated_at < p_now - make_interval(days => p_drafts))
       or (a.state = 'rejected' and a.decided_at < p_now - interval '90 days')
       or (a.state = 'approved' and d.ended_at < p_now - interval '90 days'));
  perform application_erase(gone, p_now);
  perform set_config('app.tenant', before, true);
  return coalesce(cardinality(gone), 0);
end $$;

create function application_forget() returns trigger
language plpgsql security definer set search_path = public, pg_temp set row_security = on as $$
begin
  perform application_erase(array(
    select i.application_id from application_index i join person_index p on p.kind = i.kind and p.idx = i.idx where p.person_id = new.person_id
    union select a.id from application a join delegation d on d.id = a.delegation_id where d.person_id = new.person_id), new.done_at);
  return new;
end $$;
revoke all on function application_forget() from public;
create trigger application_forget before update of done_at on deletion_request for each row
  when (new.done_at is not null and old.done_at is null) execute function application_forget();
