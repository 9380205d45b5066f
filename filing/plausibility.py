"""Plausibility (FI9): questions that ask, never block. Pure."""

from dataclasses import dataclass
from decimal import Decimal

from carbon import divide, plain, quantise

RATIO = Decimal(3)
UNIT_STEPS = (Decimal(1000), Decimal(10000))
CREDIT_WORDS = ("CCER", "ccer", "绿证", "碳汇")


@dataclass(frozen=True, slots=True)
class Question:
    """One open question: the month (YYYYMM), the item or process name, a code, the sentence."""

    month: int
    item_id: str | None
    code: str
    message: str

    @property
    def id(self) -> str:
        """What an answer names."""
        return f"{self.month}/{self.item_id or ''}/{self.code}"


def ask(month: int, item_id: str, name: str, unit: str, value: Decimal, history: list[Decimal]) -> Question | None:
    """``history``: amounts of the last 12 filed months, newest first. The mean of the last 3 is the measure."""
    if not history:
        return None
    if len(history) >= 12 and value > 0 and all(h == 0 for h in history[:12]):
        return Question(month, item_id, "AFTER_ZERO", f"{name}近 12 个月都是 0，本月填了 {plain(value)} {unit}，请核对。")
    recent = history[:3]
    mean = divide(sum(recent, Decimal(0)), Decimal(len(recent)))
    if mean == 0:
        return None
    ratio = divide(value, mean)
    for step in UNIT_STEPS:
        if abs(ratio / step - 1) <= Decimal("0.01") or abs(ratio * step - 1) <= Decimal("0.01"):
            text = f"{name}约为近 {len(recent)} 个月平均的 {_times(ratio)}，单位可能填错（kWh/万kWh、kg/t、m³/万m³）。本栏单位是 {unit}。"
            return Question(month, item_id, "UNIT", text)
    if ratio > RATIO or ratio * RATIO < 1:
        text = f"{name} {plain(value)} {unit} 是近 {len(recent)} 个月平均（{plain(quantise(mean, 2))}）的 {_times(ratio)}，请核对小数点和单位。"
        return Question(month, item_id, "RATIO", text)
    return None


def _times(ratio: Decimal) -> str:
    if ratio >= 1:
        return f"{plain(quantise(ratio, 1))} 倍"
    return f"{plain(quantise(ratio * 100, 2))}%"


def ask_process(month: int, name: str) -> Question | None:
    """Bought credits are no process emission (FI8)."""
    if any(word in name for word in CREDIT_WORDS):
        return Question(month, name, "CREDIT", f"“{name}”像是 CCER、绿证或碳汇。它们不能抵减过程排放，请在绿电或碳中和中填写；确属工艺排放请说明。")
    return None
