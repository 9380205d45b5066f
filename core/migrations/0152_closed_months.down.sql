drop function inventory_closed_months();
