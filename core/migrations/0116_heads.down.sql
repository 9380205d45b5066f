drop function firms_without_me(date);
