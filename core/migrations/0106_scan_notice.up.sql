-- Whom to tell that a PC came in by scanning: nobody when the session is over by then.
create function scan_notice(p_sid uuid, p_now timestamptz) returns table (person_id uuid, phone_sealed bytea, device text, ip text, at timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select p.id, p.phone_sealed, s.device, s.ip, s.created_at
    from session s join account a on a.id = s.account_id join person p on p.id = a.person_id
   where s.id = p_sid and 'qr' = any (s.amr) and s.revoked_at is null and least(s.idle_until, s.absolute_until) > p_now
$$;
call app_function('scan_notice(uuid, timestamptz)');
