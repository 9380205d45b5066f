drop trigger duty_follows on month_head;
drop function duty_follows();
