drop function filing_remind(jsonb, timestamptz, timestamptz, timestamptz);
do $$ declare t text; begin
  foreach t in array array['organisation', 'template', 'template_item', 'month_head', 'part_year', 'profile', 'draft'] loop
    execute format('drop policy reminders on %I', t);
  end loop;
end $$;
