"""Third-party cases 第三方案件: one machine for hand-off, findings, amounts and signatures; knows ids and snapshots, no subject (R106, LR5).

Vocabulary: case 案件 · agency 机构 · finding 问题 · answer 回复 · amount 核查值 · conclude 填写结论 · countersign 复核签字 · return 退回 · withdraw 撤回.
"""
