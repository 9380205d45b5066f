"""``check-cases``: files of cases through the arithmetic, with the library of the data files behind left-out inputs."""

import argparse
import json
import sys
from collections.abc import Iterator, Mapping
from decimal import Decimal
from pathlib import Path
from typing import Any

from carbon import Carrier, FactorRow
from carbon.cases import CaseError, Verdict, check_case
from core.clock import beijing_today
from factors.catalogue import Ask, Catalogue, UnknownEnergy, UnknownSet, province_of
from factors.library import catalogue_from_files

SHORT_NAMES = {
    "gas": "natural_gas", "coal": "raw_coal", "power": "electricity", "steam": "steam_low", "天然气": "natural_gas", "原煤": "raw_coal", "电": "electricity",
    "热": "heat", "蒸汽": "steam_low", "煤油": "kerosene", "petrol": "gasoline", "ng": "natural_gas", "coking_coal": "washed_coal", "洗精煤": "washed_coal",
    "anthracite_coal": "anthracite", "bituminous_coal": "bituminous", "fuel_gas": "natural_gas", "heavy_oil": "fuel_oil", "purchased_electricity": "electricity",
    "purchased_heat": "heat", "liquefied_petroleum_gas": "lpg", "liquefied_natural_gas": "lng",
}  # fmt: skip


class Book:
    """The catalogue as :class:`carbon.cases.Library`: what is in force today, anywhere unless the case names a region."""

    def __init__(self, catalogue: Catalogue) -> None:
        self.catalogue = catalogue
        self.codes = {code: code for code in catalogue.codes}
        self.codes |= {catalogue.name(code).split("(")[0]: code for code in catalogue.codes}

    def row(self, code: str) -> FactorRow | None:
        """A row by its code; unverified ones are not offered."""
        return self.catalogue.row(code)

    def find(self, name: str) -> str | None:
        """The energy code of a code, Chinese name or short name."""
        return self.codes.get(name) or SHORT_NAMES.get(name.lower()) or self.codes.get(name.lower())

    def carrier(self, code: str, facts: Mapping[str, Any]) -> Carrier:
        """The energy with its rows in force. Raises CaseError on an unknown set or region."""
        today = beijing_today()
        region = facts.get("region") or facts.get("province")
        province = province_of(str(region)) if region is not None else "CN"
        if province is None:
            raise CaseError(f"不认识的地区“{region}”，请写 6 位行政区划代码。")
        digits = str(facts.get("period") or today.year).replace("-", "")[:6]
        period = (
            int(digits[:4]) * 100 + (int(digits[4:]) if digits[4:].isdigit() else 0)
            if digits[:4].isdigit()
            else today.year * 100
        )
        policy = facts.get("factor_policy") or "published_latest"
        try:
            return self.catalogue.carrier(
                code, Ask(province, period, today, str(policy), facts.get("factor_set") or None)
            )
        except UnknownSet:
            raise CaseError(f"没有因子集“{facts.get('factor_set')}”。") from None
        except UnknownEnergy:
            raise CaseError(f"没有能源“{code}”。") from None


def main(argv: list[str]) -> int:
    """``check-cases [--kinds a,b] FILE…``: 0 when everything passed, 1 otherwise."""
    parser = argparse.ArgumentParser(prog="server.py check-cases", description="用产品的核算引擎核对算例文件")
    parser.add_argument("--kinds", help="只核对这些种类，逗号分隔")
    parser.add_argument("files", nargs="+", type=Path, metavar="FILE")
    arguments = parser.parse_args(argv)
    kinds = {k.strip() for k in arguments.kinds.split(",") if k.strip()} if arguments.kinds else None
    book = Book(catalogue_from_files())
    passed = failed = 0
    for path in arguments.files:
        for verdict in check_file(path, book, kinds):
            passed += verdict.passed
            failed += not verdict.passed
            if not verdict.passed:
                _print(path, verdict)
    print(f"{passed} passed, {failed} failed")
    return 1 if failed else 0


def check_file(path: Path, book: Book, kinds: set[str] | None = None) -> Iterator[Verdict]:
    """All cases of a file; a file that cannot be read is one failed case."""
    try:
        data = json.loads(path.read_text("utf-8-sig"), parse_float=Decimal, parse_int=_integer, parse_constant=str)
    except OSError as error:
        yield Verdict(path.name, "file", (), (), f"文件打不开：{error.strerror}。")
        return
    except (ValueError, RecursionError) as error:
        yield Verdict(path.name, "file", (), (), f"不是正确的 JSON：{error}。")
        return
    cases = data.get("cases") if isinstance(data, dict) else data
    if not isinstance(cases, list):
        yield Verdict(path.name, "file", (), (), "文件里没有 cases 列表。")
        return
    parameters = _parameters(data) if isinstance(data, dict) else {}
    for case in cases:
        if kinds is None or (isinstance(case, dict) and case.get("kind") in kinds):
            yield check_case(case, book, parameters)


def _integer(text: str) -> Decimal | int:
    return int(text) if len(text) <= 18 else Decimal(text)


def _parameters(data: dict[str, Any]) -> dict[str, Any]:
    listed = data.get("parameters")
    rows = [r for r in listed if isinstance(r, dict) and "code" in r] if isinstance(listed, list) else []
    return {str(r["code"]): r.get("value") for r in sorted(rows, key=lambda r: str(r.get("valid_from")))}


def _print(path: Path, verdict: Verdict) -> None:
    print(f"FAILED {path.name} {verdict.id} [{verdict.kind}]")
    if verdict.error:
        print(f"  {verdict.error}")
    for difference in verdict.differences:
        print(f"  {difference.path}: 应为 {difference.expected}，算得 {difference.actual}")
    for text in verdict.trace:
        print(f"    · {text}")


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
