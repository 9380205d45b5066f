drop table evaluation;
