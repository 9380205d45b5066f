drop trigger agency_follows on organisation;
drop function agency_follows();
drop function tie_of_agency(uuid, uuid, timestamptz);
drop function tie_of_person(uuid, uuid, timestamptz);
drop function agency_standing(uuid, text, date);
drop function agency_designate(uuid, int, date, date, text, timestamptz);
drop function agency_put(uuid, int, jsonb, text, text, timestamptz);
drop table agency_change, agency_designation, agency;
