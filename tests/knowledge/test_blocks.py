"""The small part of Markdown: what is read, what stays plain text, and that no address slips through."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from knowledge import SLUGS, Block, Span, parse
from knowledge.blocks import _ADDRESS, faults
from knowledge.texts import _shipped


def test_the_blocks_of_a_text() -> None:
    text = "## 标题\n第一段，**重点**。\n\n- 甲\n- 乙\n1. 先\n2. 后\n### 小标题\n见 [帮助](/help/help)。"
    assert parse(text) == (
        Block("heading", ((Span("标题"),),), 2),
        Block("paragraph", ((Span("第一段，"), Span("重点", strong=True), Span("。")),)),
        Block("list", ((Span("甲"),), (Span("乙"),))),
        Block("steps", ((Span("先"),), (Span("后"),))),
        Block("heading", ((Span("小标题"),),), 3),
        Block("paragraph", ((Span("见 "), Span("帮助", href="/help/help"), Span("。")),)),
    )


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "//evil.example", "/\\evil.example", "http://plain.example", "data:text/html,x", "https://a\"onclick=", "vbscript:x", ""],
)
def test_an_address_that_is_not_allowed_is_dropped_and_said(address: str) -> None:
    line = f"点[这里]({address})"
    assert all(not span.href for block in parse(line) for item in block.items for span in item)
    assert [f.code for f in faults(line)] == ["LINK"]


def test_html_stays_what_was_typed() -> None:
    line = "<script>alert(1)</script> 与 <b>粗</b>"
    assert parse(line) == (Block("paragraph", ((Span(line),),)),)
    assert [f.code for f in faults(line)] == ["HTML"]
    assert faults("a < b，c > d，K <= 0.6") == []


@given(st.text(max_size=400))
def test_every_text_has_blocks_and_every_address_is_safe(text: str) -> None:
    for block in parse(text):
        assert block.items
        for item in block.items:
            for span in item:
                assert not span.href or _ADDRESS.fullmatch(span.href)


@pytest.mark.parametrize("slug", SLUGS)
def test_what_is_shipped_has_no_fault_and_keeps_the_voice(slug: str) -> None:
    row = _shipped(slug)
    assert faults(row["text"]) == []
    assert row["title"]
    for word in ("恭喜", "！", "!", "我们", "赋能", "一键", "一站式", "请稍后再试", "系统异常", "亲"):  # faces 1.2
        assert word not in row["text"], (slug, word)
    assert "|" not in row["text"]
