drop function factor_announce(uuid, int, jsonb, jsonb, int[], timestamptz);
drop function factor_impact(jsonb, int[]);
drop function factor_open_months(jsonb, int[]);
do $$ declare t text; begin
  foreach t in array array['organisation', 'template_item', 'month_head', 'part_year', 'draft', 'inventory_month', 'inventory_line'] loop
    execute format('drop policy factors on %I', t);
  end loop;
end $$;
drop function factor_draft_publish(uuid, int, jsonb, text, timestamptz);
drop function factor_draft_confirm(uuid, int, int, jsonb, text, timestamptz);
drop function factor_draft_move(uuid, int, text, text, text, timestamptz);
drop function factor_draft_put(uuid, int, text, text, jsonb, text, timestamptz);
drop function factor_draft_overlaps(uuid);
drop function factor_series(text, text, text, text);
drop trigger parameter_stays on parameter;
drop trigger factor_stays on factor;
drop function factor_stays();
drop table factor_draft_event;
drop table factor_draft_row;
drop table factor_draft;
