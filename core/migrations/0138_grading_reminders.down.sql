drop function benchmark_news(timestamptz, timestamptz);
drop function certificates_ending(date[], timestamptz);
drop function certificate_named(uuid);
