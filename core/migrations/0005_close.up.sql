-- The last statement of a writing request: its first answer (R3) and its audit lines in one round trip, the chain's head locked last.
create function close_request(p_key text, p_sha bytea, p_status int, p_body bytea, p_chain uuid, p_at timestamptz, p_account uuid,
                              p_person uuid, p_sid uuid, p_route text, p_request_id text, p_ip text, p_rows jsonb) returns bigint
language plpgsql set search_path = public, pg_temp as $$
begin
  insert into idempotency (tenant_id, id, account_id, route, key, body_sha256, status, body)
    values (p_chain, gen_random_uuid(), p_account, p_route, p_key, p_sha, p_status, p_body);
  return audit_append(p_chain, p_at, p_account, p_person, p_sid, p_route, p_request_id, p_ip, p_rows);
end $$;
call app_function('close_request(text, bytea, int, bytea, uuid, timestamptz, uuid, uuid, uuid, text, text, text, jsonb)');
