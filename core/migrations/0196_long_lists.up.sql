-- The operator's list of organisations follows these: newest first, of all kinds or of one.
create index organisation_newest on organisation (created_at desc, id);
create index organisation_kind_newest on organisation (kind, created_at desc, id);
