drop function inventory_gec_in_use(text[], int[]);
drop function inventory_filed(int[], int);
