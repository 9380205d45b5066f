drop table reference_case, factor_epoch, parameter, factor;
