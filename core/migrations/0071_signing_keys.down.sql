drop function signing_key_revoke(text, text, timestamptz);
drop function signing_key_switch(timestamptz);
drop function signing_key_add(uuid, text, jsonb, bytea, timestamptz, timestamptz, timestamptz);
drop function signing_key_list();
drop function signing_key_active();
drop table signing_key;
