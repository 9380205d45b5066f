drop trigger phone_change_forget on person;
drop function phone_change_forget();
drop function phone_change_told(uuid, timestamptz);
drop function phone_change_old(uuid);
drop function phone_change_put(jsonb, timestamptz);
drop table phone_change;
