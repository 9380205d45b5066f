drop function scan_notice(uuid, timestamptz);
