-- Who read clear personal data (P8): the lines of the audit log that say so, in its hash chain and under its row security.
create view pii_access with (security_invoker = true) as
  select tenant_id, at, account_id as actor, object_type as subject_type, object_id as subject, detail->>'fields' as field,
         coalesce(detail->>'reason', '') as reason, ip, request_id
    from audit_log where action = 'pii.read';
grant select on pii_access to tanxiao_app;
