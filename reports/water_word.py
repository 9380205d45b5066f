"""The water-saving report as an editable Word copy: the same words and figures as the paper, its diagram as a picture."""

from typing import Any

from documents import Word
from reports.numbers import DASH
from reports.water_facts import WaterFacts
from reports.water_paper import paper


def water_word(facts: WaterFacts, sha256: str) -> Word:
    """Sections in the order of WA12."""
    d = paper(facts, sha256, "")
    lines = [f"{d['year']} 年度　{d['label']}", f"报告编号 {d['number']}　{d['date']}　快照 {d['hash_short']}"]
    word = Word(d["title"], d["company"]["name"], lines)
    word.facts([(name, " ".join(filter(None, (value, unit, note)))) for name, value, unit, note in d["key"]])
    word.text(f"{d['verdict']['title']}：{d['verdict']['text']}")
    word.heading("1 基本信息")
    word.facts(d["company"]["rows"])
    word.heading("2 生产经营")
    word.table(("指标", "数值", "单位"), d["operation"]["rows"], right=(1,))
    word.note(d["operation"]["note"])
    _water(word, d)
    word.heading("6 用水指标")
    word.table(("指标", "本年度", "单位", "上年", "同比"), [row[:5] for row in d["figures"]], right=(1, 3, 4))
    word.table(("指标", "计算式"), [(row[0], row[5]) for row in d["figures"] if row[5] != DASH])
    if d["reasons"]:
        word.table(("未能计算的指标", "原因"), d["reasons"])
    _rows(word, d)
    word.heading("11 数据质量")
    word.facts(d["quality"])
    if d["comments"]:
        word.text(d["comments"])
    word.heading("12 附件")
    word.table(("附件", "说明"), d["attachments"])
    word.heading("附录 计算公式")
    for text in d["formulas"]:
        word.text(text)
    return word


def _water(word: Word, d: dict[str, Any]) -> None:
    heads = ("项目", "本年度", "单位", "上年")
    word.heading("3 水源与计量")
    word.table(heads, [*d["sources"]["rows"], d["sources"]["total"]], right=(1, 3))
    word.note(d["sources"]["note"])
    word.facts(d["sources"]["facts"])
    word.heading("4 用水情况")
    word.table(heads, d["uses"]["rows"], right=(1, 3))
    word.text(d["uses"]["note"])
    word.table(heads, [*d["uses"]["reuse"], d["uses"]["reuse_total"]], right=(1, 3))
    word.table(heads, d["uses"]["domestic"], right=(1, 3))
    word.heading("5 水平衡")
    word.table(("方向", "项目", "水量 m³"), [*d["balance"]["rows"], d["balance"]["total"]], right=(2,))
    word.text(f"{d['balance']['verdict']['title']}：{d['balance']['verdict']['text']}")
    word.note(d["balance"]["tolerance"])
    figure = d["balance"]["diagram"]
    if figure is not None:
        word.balance(figure, figure["alt"])
        word.note(f"图 5-1　水平衡图。带宽与水量成比例；重复利用水量在企业内循环，箭头不按比例。{figure['supplied']}")


def _rows(word: Word, d: dict[str, Any]) -> None:
    word.heading("7 产品用水与定额")
    heads = ("产品", "产量", "单位", "生产用水量 m³", "单位产品取水量", "上年", "对标结果", "说明")
    if d["products"]["rows"]:
        word.table(heads, d["products"]["rows"], right=(1, 3, 4, 5))
    for said in (d["products"]["none"], d["products"]["no_quota"]):
        if said:
            word.text(said)
    if d["products"]["quotas"]:
        word.table(("定额产品", "单位", "先进值", "通用值", "有效期", "来源"), d["products"]["quotas"], right=(2, 3))
    word.heading("8 节水措施")
    measure_heads = ("措施", "实施时间", "资金投入 万元", "年节水量 m³", "当年节水量 m³", "成本 元/m³", "回收期 年")
    rows = [*d["measures"]["rows"], d["measures"]["total"]] if d["measures"]["rows"] else []
    word.table(measure_heads, rows, right=(2, 3, 4, 5, 6))
    if d["measures"]["summaries"]:
        word.facts(d["measures"]["summaries"])
    word.heading("9 节水计划")
    word.table(("计划", "内容", "预计投入 万元", "预计完成", "预计年节水量 m³"), d["plans"]["rows"], right=(2, 4))
    word.heading("10 示范称号")
    word.table(("称号", "级别", "授予时间", "证书"), d["titles"]["rows"])
