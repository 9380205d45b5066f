drop function public_text_drop(uuid, int);
drop function public_text_decide(uuid, int, boolean, text, timestamptz, date);
drop function public_text_save(uuid, text, text, text, date, int, boolean, timestamptz);
drop table public_text;
drop function public_text_stands();
