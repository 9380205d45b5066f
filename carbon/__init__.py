"""Pure arithmetic 核算: units, line formulas with a trace, other methods, periods, carbon efficiency, neutrality, benchmarks. No I/O.

Vocabulary: activity data 活动数据 · emission factor 排放因子 · NCV 低位发热量 · carbon content 单位热值含碳量 · oxidation rate 碳氧化率 ·
standard coal 标准煤（当量值 equivalent / 等价值 equal value）· trace 计算过程 · intensity L 碳强度 · carbon efficiency K 碳效值 ·
benchmark B 行业基准 · neutrality rate N 碳中和率.
"""
