"""Representatives of nobody's firms: well-formed codes and numbers, counted."""

import itertools
from dataclasses import dataclass, field, replace

from tenants.codes import id_check_character
from tests.tenants.conftest import uscc

HEADINGS = ["统一社会信用代码", "企业名称", "登记状态", "法定代表人", "法定代表人证件号码", "证件类型"]
_serial = itertools.count(1)


def id_number() -> str:
    """A well-formed identity number of nobody (C5)."""
    first = f"440106{1960 + (n := next(_serial)) // 900 % 40}0307{100 + n % 900}"
    return first + id_check_character(first)


@dataclass(frozen=True, slots=True)
class Legal:
    """One row of the registry."""

    legal: str = "区志远"
    number: str = field(default_factory=id_number)
    uscc: str = field(default_factory=uscc)
    firm: str = ""
    status: str = "存续"
    kind: str = ""

    @property
    def name(self) -> str:
        return self.firm or f"登记{self.uscc[-8:]}有限公司"

    def cells(self) -> list[str]:
        return [self.uscc, self.name, self.status, self.legal, self.number, self.kind]

    def but(self, **changes: str) -> "Legal":
        """The same row, changed."""
        return replace(self, **changes)
