drop function auth_audience_of_refresh(bytea);
