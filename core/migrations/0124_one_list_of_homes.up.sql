-- person_homes (0120) answers for members and agents alike; nobody asks the former function any more.
drop function person_organisations(uuid, date);
