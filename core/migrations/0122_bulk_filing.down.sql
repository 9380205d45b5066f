drop function bulk_filing_refused(uuid, jsonb);
drop function bulk_filing_head(uuid);
drop function bulk_filing_open(uuid, int, jsonb, timestamptz);
drop table bulk_filing_line;
drop table bulk_filing;
