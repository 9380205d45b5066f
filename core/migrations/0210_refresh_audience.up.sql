-- The console and the phone page keep a refresh cookie each (L13, L17): whose token it is must be known before it is spent.
create function auth_audience_of_refresh(p_sha bytea) returns text
language sql stable security definer set search_path = public, pg_temp as $$
  select s.audience from refresh_token r join session s on s.id = r.session_id where r.token_sha256 = p_sha
$$;
call app_function('auth_audience_of_refresh(bytea)');
