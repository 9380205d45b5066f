"""The public page: five states and the unknown code, no script, small, nothing private, safe text (CC4, CC9, S22)."""

import re

import pytest

from api.pages.certificate import render_certificate_page, render_unknown_page
from tests.documents.views import CODE, URL, view

STATES = {
    "valid": "证书真实有效",
    "expired": "证书已到期",
    "superseded": "证书已被新证书替代",
    "suspended": "证书暂停使用，核实中",
    "revoked": "证书已撤销，请勿采信",
}


@pytest.mark.parametrize(("state", "words"), STATES.items())
def test_the_first_line_is_the_answer(state: str, words: str) -> None:
    page = render_certificate_page(view(2, state))
    assert re.search(r"<h1>(.*?)</h1>", page)[1] == words
    assert page.index("核验于 2026-11-08 09:41") < page.index("碳效评价证书</h2>")
    assert ("签名校验通过" in page) == (state == "valid")
    assert ("text-decoration:line-through" in page and 'class="c x"' in page) == (state != "valid")
    for shown in (
        "广州禾川塑料包装有限公司",
        "91440112MA5CXXXX0K",
        "TX20254401120003174",
        "0.7312",
        "第 2 级，共 5 级",
        "9f3c 61ab 07d2 e45c",
        "tx-2026-01",
    ):
        assert shown in page


def test_reasons_stand_before_data() -> None:
    page = render_certificate_page(view(2, "revoked"))
    assert page.index("申报数据与凭证不符") < page.index("评价周期")
    newer = render_certificate_page(view(2, "superseded"))
    assert 'href="https://tanxiao.example.cn/c/11NEW' in newer


@pytest.mark.parametrize("state", STATES)
def test_no_script_and_small(state: str) -> None:
    page = render_certificate_page(
        view(5, state, company="某" * 60, E_core="123456.78", value_added="99999.99", factors=["因子" * 10] * 6)
    )
    assert len(page.encode()) <= 16_000
    assert (
        "<script" not in page
        and "javascript:" not in page
        and " on" not in re.sub(r">[^<]*<", "><", page).replace(" one", "")
    )
    assert not re.search(
        r'(src|href)="http', page.replace(f'href="{URL}', "").replace('href="https://tanxiao.example.cn/c/11NEW', "")
    )


def test_amounts_are_shown_by_opt_in_only() -> None:
    assert "工业增加值</dt>" not in render_certificate_page(view())
    assert "8120.50 万元" in render_certificate_page(view(E_core="3562.19", value_added="8120.50"))


def test_text_is_escaped() -> None:
    page = render_certificate_page(view(company='<img src=x onerror=alert(1)>"&', benchmark_source="<b>"))
    assert "<img" not in page and "<b>，" not in page
    assert "&lt;img src=x onerror=alert(1)&gt;&quot;&amp;" in page


def test_a_signature_that_does_not_hold_is_said_first() -> None:
    from msgspec.structs import replace

    page = render_certificate_page(replace(view(), signature_ok=False))
    assert "签名校验未通过，请勿采信" in page and "证书真实有效</h1>" not in page


def test_unknown_and_forged_get_the_same_page() -> None:
    page = render_unknown_page()
    assert page == render_unknown_page()
    assert "查无此码" in page and CODE not in page
    assert len(page.encode()) <= 16_000


def test_print_and_dark_mode_are_there() -> None:
    page = render_certificate_page(view())
    assert "prefers-color-scheme:dark" in page and "@page{size:A4" in page and 'name="viewport"' in page
