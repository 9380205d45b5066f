"""The grade report as an editable Word copy: the same words and figures as the paper, without charts and code."""

from typing import Any

from documents import Word
from reports.facts import ReportFacts
from reports.paper import paper


def grade_word(facts: ReportFacts, sha256: str) -> Word:
    """Sections in the order of LR3."""
    d = paper(facts, sha256, "")
    word = Word(d["title"], d["company"]["name"], [f"{d['year']} 年度　{d['label']}", f"报告编号 {d['number']}　{d['date']}　快照 {d['hash_short']}"])
    _front(word, d)
    word.heading("1 基本信息")
    word.facts(d["company"]["rows"])
    word.heading("2 生产经营")
    word.table(("指标", "数值", "单位"), d["operation"]["rows"], right=(1,))
    word.note(d["operation"]["note"])
    _energy(word, d)
    _emission(word, d)
    _grade(word, d)
    word.heading("6 碳中和")
    word.facts(d["neutrality"]["rows"])
    if d["neutrality"]["reason"]:
        word.note(d["neutrality"]["reason"])
    if d["neutrality"]["parts"]:
        word.table(("减排与抵消", "数量 tCO₂", "凭证"), d["neutrality"]["parts"], right=(1,))
    for number, section in enumerate(d["more"], 7):
        _section(word, number, section)
    _quality(word, d)
    if d["verification"] is not None:
        _verification(word, d["verification"])
    _annex(word, d)
    return word


def _section(word: Word, number: int, section: dict[str, Any]) -> None:
    word.heading(f"{number} {section['title']}")
    if section["text"]:
        word.text(section["text"])
    for table in section["tables"]:
        word.note(table["caption"])
        word.table(table["heads"], table["rows"], right=table["right"])


def _front(word: Word, d: dict[str, Any]) -> None:
    word.facts([(name, " ".join(filter(None, (value, unit, note)))) for name, value, unit, note in d["key"]])
    badge = d["badge"]
    word.text(f"等级：{badge['letter']} {badge['word']}　{badge['level']}".strip())
    if d["ungraded"]:
        word.text("\n".join([d["ungraded"]["title"], d["ungraded"]["text"], *d["ungraded"]["remedy"]]))
    for said in (d["part_year"], d["negative"]):
        if said:
            word.text(said)


def _energy(word: Word, d: dict[str, Any]) -> None:
    word.heading("3 能源消费")
    if not d["energy"]["rows"]:
        word.text(d["not_yet"])
        return
    heads = ("能源品种", "用途", "消费量", "单位", "折标煤 tce（当量值）", "折标煤 tce（等价值）", "占比")
    word.table(heads, [*d["energy"]["rows"], d["energy"]["total"]], right=(2, 4, 5, 6))
    if d["energy"]["typed"]:
        word.text(d["energy"]["typed"])
    word.note(d["rounding"])


def _emission(word: Word, d: dict[str, Any]) -> None:
    e = d["emission"]
    word.heading("4 碳排放")
    word.table(("类别", "说明", "排放量 tCO₂", "占比"), [*e["kinds"], e["total"]], right=(2, 3))
    word.table(("月份", "直接排放", "间接排放", "过程排放", "合计", "填报状态"), [*e["months"], e["months_total"]], right=(1, 2, 3, 4))
    if e["items"]:
        word.table(("品种", "类别", "活动数据", "单位", "排放量 tCO₂", "占比"), e["items"], right=(2, 4, 5))
    word.table(("零碳电力", "电量", "单位", "说明"), e["green"], right=(1,))


def _grade(word: Word, d: dict[str, Any]) -> None:
    g = d["grade"]
    word.heading("5 碳强度与等级")
    word.table(("步骤", "计算", "结果"), g["steps"], right=(2,))
    word.table(("扣减项", "数值 tCO₂"), g["deductions"], right=(1,))
    word.facts(g["benchmark"])
    for said in (g["rank"], g["next"]):
        if said:
            word.text(said)
    word.table(("年度", "碳排放 tCO₂", "碳强度 L", "碳效值 K", "等级", "说明"), g["trend"]["rows"], right=(1, 2, 3))
    if g["parameters"]:
        word.table(("参数", "取值", "有效期", "来源"), g["parameters"])


def _quality(word: Word, d: dict[str, Any]) -> None:
    q = d["quality"]
    word.heading("9 数据质量")
    word.facts(q["rows"])
    if q["questions"]:
        word.table(("月份", "项目", "提问", "企业答复"), q["questions"])
    word.table(("编号", "因子", "数值", "因子集", "有效期", "来源"), q["factors"])


def _verification(word: Word, v: dict[str, Any]) -> None:
    word.heading("10 核查")
    word.facts(v["rows"])
    word.text(v["method"])
    if v["highlight"]:
        word.text(v["highlight"])
    word.table(("指标", "企业填报", "核查", "差异", "差异率"), v["compare"], right=(1, 2, 3, 4))
    if v["values"]:
        word.table(("项目", "单位", "填报值", "核查值", "判定", "原因"), v["values"], right=(2, 3))
    word.note(v["accepted"])
    if v["findings"]:
        word.table(("编号", "位置", "问题", "程度", "结果", "企业回复"), v["findings"])
    word.heading("核查意见", 2)
    word.text(v["opinion"])
    word.facts([(role, f"{name}，已在平台签字 {day}") for role, name, day in v["signatures"]])


def _annex(word: Word, d: dict[str, Any]) -> None:
    word.heading("附录 计算明细")
    for t in d["trace"]:
        word.heading(f"{t['item']}（{t['scope']}）", 2)
        word.table(("月份", "活动数据", "计算式", "因子", "排放量 tCO₂", "折标煤 tce"), [*t["rows"], t["total"]], right=(1, 4, 5))
        if t["coefficient"]:
            word.note(f"折标煤系数（当量值）：{t['coefficient']}")
    word.note(f"方法版本 {d['method']}；因子与参数取截至 {d['known_on']} 已发布的版本。")
