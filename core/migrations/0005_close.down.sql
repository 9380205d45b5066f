drop function close_request(text, bytea, int, bytea, uuid, timestamptz, uuid, uuid, uuid, text, text, text, jsonb);
