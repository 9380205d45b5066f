-- Proofs of a firm's water (test report, certificates of titles) have a kind of their own: what no water year names any more is let go.
alter table evidence drop constraint evidence_kind_check;
alter table evidence add constraint evidence_kind_check check (kind in ('line', 'green', 'operating', 'parameter', 'measure', 'water', 'other'));
