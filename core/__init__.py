"""The ground 基础: settings, database (``acting``, migrations, table classes), jobs, files, crypto, audit, clock, errors.

No business noun lives here. Vocabulary: organisation 组织 = tenant; acting 以谁的名义; claim 全平台唯一占用; outbox 待办任务.
"""
