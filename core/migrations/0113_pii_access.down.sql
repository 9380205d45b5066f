drop view pii_access;
