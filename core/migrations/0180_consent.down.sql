drop function consents_night(timestamptz);
drop function consent_job(uuid, text, text, uuid, int, jsonb, timestamptz, text);
drop table consent_read;
drop table consent;
drop function consent_is_the_firms();
