-- Ed25519 keys that sign certificates (documents 4). The private seed is sealed under the root secret; the application reaches
-- keys through these functions only. At most one key signs at a time.
create table signing_key (
  id uuid primary key,
  kid text not null unique,
  alg text not null check (alg in ('EdDSA')),
  state text not null check (state in ('next', 'active', 'retired', 'revoked')),
  public_jwk jsonb not null,
  private_sealed bytea not null,
  not_before timestamptz not null,
  sign_until timestamptz not null,
  verify_until timestamptz,
  revoked_at timestamptz,
  revoked_reason text not null default '',
  created_at timestamptz not null
);
create unique index signing_key_one_active on signing_key ((true)) where state = 'active';
create unique index signing_key_one_next on signing_key ((true)) where state = 'next';
call make_identity_table('signing_key');

-- The key that signs now.
create function signing_key_active() returns table (id uuid, kid text, private_sealed bytea, sign_until timestamptz)
language sql stable security definer set search_path = public, pg_temp as $$
  select id, kid, private_sealed, sign_until from signing_key where state = 'active'
$$;
call app_function('signing_key_active()');

-- Public keys: next, active and retired ones (revoked ones are told apart, they vouch for nothing).
create function signing_key_list() returns table (
  kid text, alg text, state text, public_jwk jsonb, not_before timestamptz, sign_until timestamptz, verify_until timestamptz,
  revoked_at timestamptz, revoked_reason text)
language sql stable security definer set search_path = public, pg_temp as $$
  select kid, alg, state, public_jwk, not_before, sign_until, verify_until, revoked_at, revoked_reason from signing_key order by not_before
$$;
call app_function('signing_key_list()');

-- A fresh key waits as `next`. Serialised; false when one already waits or another process took the kid first.
create function signing_key_add(p_id uuid, p_kid text, p_public jsonb, p_sealed bytea, p_not_before timestamptz, p_sign_until timestamptz,
                                p_now timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(7201984071);
  if exists (select 1 from signing_key where state = 'next' or kid = p_kid) then return false; end if;
  insert into signing_key (id, kid, alg, state, public_jwk, private_sealed, not_before, sign_until, created_at)
  values (p_id, p_kid, 'EdDSA', 'next', p_public, p_sealed, p_not_before, p_sign_until, p_now);
  return true;
end $$;
call app_function('signing_key_add(uuid, text, jsonb, bytea, timestamptz, timestamptz, timestamptz)');

-- The waiting key signs from now on; the one before it is retired and verifies until its last certificate ends.
create function signing_key_switch(p_now timestamptz) returns text
language plpgsql security definer set search_path = public, pg_temp as $$
declare made text;
begin
  perform pg_advisory_xact_lock(7201984071);
  if not exists (select 1 from signing_key where state = 'next') then return null; end if;
  update signing_key k set state = 'retired', sign_until = least(k.sign_until, p_now),
    verify_until = greatest(p_now + interval '2 days', (select max(c.valid_until)::timestamptz + interval '2 days' from certificate_index c where c.kid = k.kid))
  where k.state = 'active';
  update signing_key set state = 'active', not_before = least(not_before, p_now) where state = 'next' returning kid into made;
  return made;
end $$;
call app_function('signing_key_switch(timestamptz)');

create function signing_key_revoke(p_kid text, p_reason text, p_now timestamptz) returns boolean
language plpgsql security definer set search_path = public, pg_temp as $$
begin
  perform pg_advisory_xact_lock(7201984071);
  update signing_key set state = 'revoked', revoked_at = p_now, revoked_reason = p_reason, sign_until = least(sign_until, p_now)
  where kid = p_kid and state <> 'revoked';
  return found;
end $$;
call app_function('signing_key_revoke(text, text, timestamptz)');
