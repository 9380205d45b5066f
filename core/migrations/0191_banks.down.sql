drop function banks_night(timestamptz);
drop function bank_put(uuid, int, jsonb, text, text, timestamptz);
drop trigger bank_follows on organisation;
drop function bank_follows();
drop table bank_change;
drop table bank;
