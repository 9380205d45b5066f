-- A month that is filed or taken back shows in the agents' lists with that transaction: no job, no further statement of the filing.
create function duty_follows() returns trigger language plpgsql set search_path = public, pg_temp as $$
begin
  update duty set state = case new.state when 'submitted' then 'submitted' else 'returned' end, filled = expected, missing = '{}',
         questions = 0, updated_at = now()
   where tenant_id = new.tenant_id and period = new.period;
  return null;
end $$;
revoke all on function duty_follows() from public;
create trigger duty_follows after insert or update on month_head for each row execute function duty_follows();
