-- expects: select count(*) from inventory_month where jsonb_typeof(items) = 'array'
update inventory_month m set items = coalesce((select jsonb_object_agg(l.item_id, l.amount::text) from inventory_line l
  where l.tenant_id = m.tenant_id and l.month_id = m.id and l.item_id is not null), '{}') where jsonb_typeof(m.items) = 'array'
