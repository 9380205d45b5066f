drop function wx_forget_person(uuid);
