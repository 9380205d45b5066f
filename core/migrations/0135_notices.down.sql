drop function notice_phone(uuid);
drop function notice_put(uuid, jsonb, timestamptz);
drop function notice_by_wechat(uuid);
drop function notice_set(boolean, boolean, timestamptz);
drop function notice_settings();
drop table notice_setting;
drop table notice;
delete from pgqueuer where entrypoint in ('notices.sms', 'notices.wechat');
