"""The reduction report as an editable Word copy: the same words and figures as the paper, without charts and code."""

from typing import Any

from documents import Word
from reports.reduction_facts import ReductionFacts
from reports.reduction_paper import reduction_paper


def reduction_word(facts: ReductionFacts, sha256: str) -> Word:
    """Sections in the order of RA7."""
    d = reduction_paper(facts, sha256, "")
    lines = [f"{d['year']} 年度　{d['label']}", f"报告编号 {d['number']}　{d['date']}　快照 {d['hash_short']}"]
    word = Word(d["title"] + ("（草稿）" if d["draft"] else ""), d["company"]["name"], lines)
    for said in (d["draft_note"], d["part_year"]):
        if said:
            word.text(said)
    word.facts([(name, " ".join(filter(None, (value, unit, note)))) for name, value, unit, note in d["key"]])
    word.heading("1 企业基本信息")
    word.facts(d["company"]["rows"])
    _written(word, "企业简介", d["company"]["intro"])
    _part(word, d, "company")
    _emission(word, d)
    _production(word, d)
    _reduction(word, d)
    word.heading("5 碳减排目标")
    _table(word, ("指标", "单位", "基准年", "基准值", "目标年", "目标值", "变化"), d["targets"]["rows"], d["targets"]["none"], (3, 5, 6))
    _part(word, d, "targets")
    word.heading("6 碳减排计划或方案")
    plans = d["plans"]
    rows = [[f"{name}（{kind}）" if kind else name, content, *rest] for name, content, kind, *rest in [*plans["rows"], plans["total"]]] if plans["rows"] else []
    _table(word, ("计划", "内容", "预计时间", "投入 万元", "年减碳 tCO₂"), rows, plans["none"], (3, 4))
    if rows:
        word.note(plans["note"])
    _part(word, d, "plans")
    _audit(word, d)
    word.heading("8 附件")
    _table(word, ("序号", "文件", "所属方案", "大小"), d["attachments"], "没有附件。")
    return word


def _written(word: Word, title: str, text: str) -> None:
    if text:
        word.heading(title, 2)
        word.text(text)


def _part(word: Word, d: dict[str, Any], key: str) -> None:
    _written(word, d["texts"][key]["title"], d["texts"][key]["text"])


def _table(word: Word, heads: tuple[str, ...], rows: list[list[str]], none: str, right: tuple[int, ...] = ()) -> None:
    if rows:
        word.table(heads, rows, right=right)
    else:
        word.text(none)


def _emission(word: Word, d: dict[str, Any]) -> None:
    e = d["emission"]
    word.heading("2 碳排放信息")
    word.table(("类别", "说明", "排放量 tCO₂", "占比"), [*e["kinds"], e["total"]], right=(2, 3))
    word.table(("品种", "类别", "活动数据", "单位", "排放量 tCO₂", "占比"), e["items"], right=(2, 4, 5))
    word.table(("月份", "直接排放", "间接排放", "过程排放", "合计", "填报状态"), [*e["months"], e["months_total"]], right=(1, 2, 3, 4))
    word.table(("年度", "碳排放 tCO₂", "说明"), e["years"], right=(1,))
    word.note(d["rounding"])
    _part(word, d, "emission")


def _production(word: Word, d: dict[str, Any]) -> None:
    p = d["production"]
    word.heading("3 生产信息")
    word.table(("指标", "数值", "单位"), p["rows"], right=(1,))
    _written(word, d["texts"]["products"]["title"], d["texts"]["products"]["text"] or d["none_written"])
    _written(word, "生产工艺流程", p["flow"] or d["none_written"])
    _written(word, "主要设备", p["equipment"] or d["none_written"])
    _written(word, d["texts"]["materials"]["title"], d["texts"]["materials"]["text"] or d["none_written"])


def _reduction(word: Word, d: dict[str, Any]) -> None:
    r = d["reduction"]
    word.heading("4 碳减排信息")
    # the paper's running number and kind are left out: eight columns do not fit the copy's text; each measure says its kind below
    heads = ("方案", "实施时间", "投入 万元", "年减碳 tCO₂", "当年 tCO₂", "元/tCO₂")
    rows = [[row[1], *row[3:]] for row in ([*r["rows"], r["total"]] if r["rows"] else [])]
    _table(word, heads, rows, r["none"], (2, 3, 4, 5))
    word.note(r["note"])
    word.facts(r["totals"])
    for m in r["measures"]:
        word.heading(m["title"], 2)
        word.facts(m["rows"])
        if m["saved"]:
            word.table(("节约的能源", "年节约量", "单位", "排放因子", "减碳量 tCO₂"), m["saved"], right=(1, 4))
            word.note("因子来源：" + "；".join(m["sources"]))
    _part(word, d, "reduction")
    i = d["indicators"]
    word.heading("审核前后指标", 2)
    if i["months"]:
        word.text(i["months"])
    _table(word, ("指标", "单位", "审核前", "审核后", "变化", "变化率", "目标", "目标达成"), i["rows"], i["none"], (2, 3, 4, 5, 6))
    for c in d["carried"]:
        word.heading(f"{c['title']}（{c['label']}）", 2)
        word.text(c["text"])
        if c["rows"]:
            word.table(("指标", "数值", "单位"), c["rows"], right=(1,))


def _audit(word: Word, d: dict[str, Any]) -> None:
    word.heading("7 审核意见")
    a = d["audit"]
    if a is None:
        word.text(d["draft_note"] + "审核机构的问题、认定量、意见和签字将在审核后列出。")
        return
    word.facts(a["rows"])
    word.heading("认定的减碳量", 2)
    _table(word, ("方案", "填报 tCO₂", "判定", "认定 tCO₂", "理由"), d["reduction"]["judged"], "没有需要认定的方案。", (1, 3))
    word.heading("审核问题", 2)
    _table(word, ("序号", "位置", "问题", "程度", "状态", "企业回复"), a["findings"], a["none"])
    word.heading("审核意见", 2)
    word.text(a["opinion"])
    word.table(("角色", "姓名", "日期"), a["signatures"])
