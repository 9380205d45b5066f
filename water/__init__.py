"""Water 水资源利用: a firm's yearly water data by source and use, products and quotas, measures, plans (WA, FD10).

Vocabulary: intake 取水量 V_f · reused 重复利用水量 V_r · total use 用水量 V_t · consumed 耗水量 V_co · discharged 排水量 V_d · leaked 漏失量 V_l ·
unconventional 非常规水 V_u · quota 用水定额 · title 示范称号.
"""
