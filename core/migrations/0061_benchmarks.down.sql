drop function peer_place(int, text, text, numeric, numeric);
drop function benchmark_decide(uuid, boolean, text, timestamptz, date);
drop function benchmark_propose(jsonb, timestamptz);
drop function benchmark_put_platform(text, jsonb, timestamptz, date);
drop function benchmark_cells(int);
drop table benchmark;
