"""Values that fit (rule W14): no Unicode input whatever makes one that WeChat refuses."""

import re
from datetime import UTC, date, datetime

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from auth.wechat.fields import KINDS, fit
from tests.fakes.wechat import FIELDS

ANY = st.text(st.characters(), max_size=300)
LIKELY = st.one_of(
    ANY,
    st.from_regex(r"[0-9]{1,40}(\.[0-9]{0,40})?", fullmatch=True),
    st.from_regex(r"[¥$-]?[0-9]{1,14}(\.[0-9]{1,5})?元?", fullmatch=True),
    st.from_regex(r"[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}( [0-9]{1,2}:[0-9]{2})?(~[0-9]{4}-[0-9]{1,2}-[0-9]{1,2})?", fullmatch=True),
    st.from_regex(r"粤[A-Z][0-9A-Z]{1,9}[警学]?", fullmatch=True),
)


@pytest.mark.parametrize("kind", KINDS)
@settings(max_examples=300, deadline=None)
@given(text=LIKELY)
def test_whatever_comes_fits(kind: str, text: str) -> None:
    made = fit(kind, text)
    assert made and FIELDS[kind](made), (kind, text, made)
    assert fit(kind, made) == made, "what fits stays"


@settings(max_examples=300, deadline=None)
@given(st.one_of(st.dates(date(1000, 1, 1)), st.datetimes(datetime(1000, 1, 2), timezones=st.just(UTC))))
def test_days_and_moments_fit(moment: date) -> None:
    assert FIELDS["date"](fit("date", moment)) and FIELDS["time"](fit("time", moment))


@pytest.mark.parametrize(
    ("kind", "text", "expected"),
    [
        ("thing", "广州禾川塑料包装有限公司", "广州禾川塑料包装有限公司"),
        ("thing", "广州禾川塑料包装有限公司第三分公司东区一号车间", "广州禾川塑料包装有限公司第三分公司东区…"),
        ("thing", "一行\n二行", "一行 二行"),
        ("thing", "", "无"),
        ("thing", "😀" * 20, "😀" * 9 + "…"),
        ("date", "2026-11-21", "2026年11月21日"),
        ("date", "2026-11-21至2026-12-05", "2026年11月21日~2026年12月5日"),
        ("time", "2026-11-21 09:05", "2026年11月21日 09:05"),
        ("time", datetime(2026, 11, 21, 1, 5, tzinfo=UTC), "2026年11月21日 09:05"),
        ("number", "1,234.50 吨", "1234.50"),
        ("amount", "￥1234.567元", "¥1234.56元"),
        ("amount", "-20", "-20"),
        ("phrase", "已通过审核了吗", "已通过审核"),
        ("character_string", "编号 TX-2026-001", "TX-2026-001"),
        ("name", "陈志明", "陈志明"),
        ("car_number", "粤A12345学", "粤A12345学"),
        ("phone_number", "热线 020-12345678", "020-12345678"),
    ],
)
def test_as_people_read_it(kind: str, text: str | datetime, expected: str) -> None:
    assert fit(kind, text) == expected


def test_an_unknown_kind_is_a_fault_of_ours() -> None:
    with pytest.raises(ValueError, match="colour"):
        fit("colour", "red")
    assert not re.search(r"\d$", "".join(KINDS))
