"""Green power of a month (NR3, NR5, FD8): what is claimed, which certificates count, and why the rest does not.

A certificate counts when a proof is filed with the month and its power was produced in the month filed (of a sum: its range) or the
twelve months before. What does not count stays claimed, with the reason; it never makes the filing wrong.
"""

import re
from dataclasses import dataclass, field, replace
from decimal import Decimal
from typing import Any

from carbon import PeriodError, month_code, month_int, plain, produced_in_time, shift, short, split_range
from core.database import Acting
from core.errors import FieldError

ZERO = Decimal(0)
_NUMBER = re.compile(r"[0-9A-Za-z][0-9A-Za-z-]{0,31}", re.ASCII)
#: A share smaller than the account of record keeps is the rounding of a sum spread over its months.
_DUST = Decimal("0.00001")


@dataclass(frozen=True, slots=True)
class GreenCertificate:
    """One certificate: month of production ``YYYY-MM``, its MWh; ``mwh`` None: what the others leave of the month's amount."""

    number: str
    produced: str | None = None
    mwh: Decimal | None = None


@dataclass(frozen=True, slots=True)
class TypedGreen:
    """Green power of the month: claimed MWh and its certificates (NR3); own zero-carbon power stands in the template.

    ``gec_numbers``: numbers of which no month of production is known; they stay claimed.
    """

    mwh: Decimal
    gec_numbers: list[str] = field(default_factory=list)
    certificates: list[GreenCertificate] = field(default_factory=list)

    def named(self, at: str) -> list[tuple[str, str]]:
        """Every number in capitals with its path."""
        found = [(c.number, f"{at}.certificates[{n}].number") for n, c in enumerate(self.certificates)]
        found += [(number, f"{at}.gec_numbers[{n}]") for n, number in enumerate(self.gec_numbers)]
        return [(number.strip().upper(), path) for number, path in found]


@dataclass(frozen=True, slots=True)
class GreenLine:
    """One certificate as judged; ``number`` empty: power without one. ``reason`` says why it does not count, empty when it does."""

    number: str
    produced: str | None
    mwh: Decimal | None
    counted_mwh: Decimal
    reason: str


@dataclass(frozen=True, slots=True)
class GreenMonth:
    """Claimed and counted green power of a month in MWh, ``d_green`` in tCO2, each certificate with its reason."""

    month: int
    claimed_mwh: Decimal
    counted_mwh: Decimal
    d_green: Decimal
    lines: list[GreenLine]

    def stored(self) -> dict[str, Any]:
        """As the account of record keeps it; ``gec_numbers`` is what uniqueness is asked of."""
        return {
            "mwh": plain(self.claimed_mwh),
            "gec_numbers": [entry.number for entry in self.lines if entry.number],
            "certificates": [
                {"number": e.number, "produced": e.produced, "mwh": None if e.mwh is None else plain(e.mwh), "counted_mwh": plain(e.counted_mwh), "reason": e.reason}
                for e in self.lines
            ],
            "counted": self.counted_mwh > 0,
            "counted_mwh": plain(self.counted_mwh),
        }  # fmt: skip


def spread_green(green: TypedGreen | None, months: list[int]) -> dict[int, TypedGreen] | None:
    """A sum over its months, each certificate's share with it (FI4)."""
    if green is None:
        return None
    whole = split_range(green.mwh, months)
    shares = [None if c.mwh is None else split_range(c.mwh, months) for c in green.certificates]
    return {
        m: replace(green, mwh=whole[m], certificates=[replace(c, mwh=s[m] if s else None) for c, s in zip(green.certificates, shares, strict=True)])
        for m in months
    }


def green_faults(ctx: Acting, green: TypedGreen | None, purchased: Decimal, at: str) -> list[FieldError]:
    """What is wrong with what was typed; a certificate that merely does not count is no fault."""
    if green is None:
        return []
    if green.mwh < 0:
        return [FieldError(f"{at}.mwh", "NEGATIVE", "绿电电量不能为负数。")]
    if green.mwh > purchased:
        return [FieldError(f"{at}.mwh", "RANGE", f"绿电 {plain(green.mwh)} MWh 大于本月外购电力 {plain(purchased)} MWh，请核对。")]
    faults = [FieldError(path, "FORMAT", "绿证编号为 1–32 位字母、数字或连字符。") for number, path in green.named(at) if not _NUMBER.fullmatch(number)]
    for n, certificate in enumerate(green.certificates):
        faults += _month_faults(ctx, certificate, f"{at}.certificates[{n}]")
    open_ = [n for n, c in enumerate(green.certificates) if c.mwh is None]
    faults += [FieldError(f"{at}.certificates[{n}].mwh", "REQUIRED", "有多张绿证时，请填每张的电量（MWh）；最多一张可以空着，按余下的电量计。") for n in open_[1:]]
    named = sum((c.mwh for c in green.certificates if c.mwh is not None), ZERO)
    if named - green.mwh > _DUST:
        faults.append(FieldError(f"{at}.mwh", "RANGE", f"各张绿证合计 {plain(named)} MWh，大于绿电电量 {plain(green.mwh)} MWh，请核对。"))
    return faults


def _month_faults(ctx: Acting, certificate: GreenCertificate, at: str) -> list[FieldError]:
    faults = []
    if certificate.mwh is not None and certificate.mwh < 0:
        faults.append(FieldError(f"{at}.mwh", "NEGATIVE", "绿证的电量不能为负数。"))
    if certificate.produced is None:
        return faults
    try:
        produced = month_int(certificate.produced)
    except PeriodError as error:
        return [*faults, FieldError(f"{at}.produced", "PERIOD", str(error))]
    if produced > ctx.today.year * 100 + ctx.today.month:
        faults.append(FieldError(f"{at}.produced", "FUTURE", f"发电月份 {certificate.produced} 还没有到，请按绿证上的电量生产年月填写。"))
    return faults


def judge_green(green: TypedGreen | None, month: int, first: int, last: int, proved: bool, d_green: Any) -> GreenMonth | None:
    """What counts of a month filed in the range ``first``..``last``; ``d_green`` turns counted MWh into tCO2 (at most the bought power)."""
    if green is None:
        return None
    rest = green.mwh - sum((c.mwh for c in green.certificates if c.mwh is not None), ZERO)
    lines: list[GreenLine] = []
    for certificate in green.certificates:
        share = max(rest, ZERO) if certificate.mwh is None else certificate.mwh
        rest = rest - share if certificate.mwh is None else rest
        why = _why_not(certificate, first, last, proved)
        lines.append(GreenLine(certificate.number.strip(), certificate.produced, share, ZERO if why else share, why))
    lines += [GreenLine(number.strip(), None, None, ZERO, "没有填发电月份") for number in green.gec_numbers]
    if rest > _DUST and not green.gec_numbers:
        lines.append(GreenLine("", None, rest, ZERO, "没有绿证编号"))
    counted = min(sum((entry.counted_mwh for entry in lines), ZERO), green.mwh)
    return GreenMonth(month, green.mwh, counted, d_green(counted), lines)


def _why_not(certificate: GreenCertificate, first: int, last: int, proved: bool) -> str:
    if certificate.produced is None:
        return "没有填发电月份"
    if not produced_in_time(month_int(certificate.produced), first, last):
        return f"发电月份 {certificate.produced} 不在 {month_code(shift(first, -12))} 至 {month_code(last)} 之间"
    return "" if proved else "还没有上传绿证凭证"


def green_draft(stored: dict[str, Any] | None) -> dict[str, Any] | None:
    """A stored claim as the body of a draft holds it."""
    if not stored or not stored.get("mwh"):
        return None
    lines = stored.get("certificates") or [{"number": n, "produced": None, "mwh": None} for n in stored.get("gec_numbers") or []]
    named = [entry for entry in lines if entry["number"]]
    certificates = [{"number": e["number"], "produced": e["produced"] or "", "mwh": short(e["mwh"]) if e["mwh"] else ""} for e in named]
    return {"mwh": short(stored["mwh"]), "certificates": certificates}
