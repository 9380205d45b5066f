drop index organisation_kind_newest;
drop index organisation_newest;
