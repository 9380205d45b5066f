drop function water_quota_load(jsonb, timestamptz);
drop table water_quota;
drop table water_year;
