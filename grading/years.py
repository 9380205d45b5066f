"""From the account of record to a grade: the year of the acting enterprise (rules GN7, CE12, LR2)."""
