"""Types of the edge: quantities as decimal strings, strict structs, months, paging."""

import re
from decimal import Decimal
from typing import Annotated, Any

import msgspec

QUANTITY = re.compile(r"\A-?[0-9]{1,12}(\.[0-9]{1,6})?\Z")


class Quantity(Decimal):
    """A quantity on the wire: a JSON string of at most 12 digits before and 6 behind the point, ASCII only (architecture 4.2).

    ``NaN``, exponents, underscores, full-width digits, blanks and a trailing newline are all refused before Decimal sees them.
    """


class Struct(msgspec.Struct, forbid_unknown_fields=True, kw_only=True):
    """A request body: unknown members are refused (mass assignment, T21)."""


class Answer(msgspec.Struct, kw_only=True):
    """An answer body."""


Month = Annotated[str, msgspec.Meta(pattern=r"^(19|20)[0-9]{2}-(0[1-9]|1[0-2])$", max_length=7, description="月份 YYYY-MM")]
Year = Annotated[int, msgspec.Meta(ge=1990, le=2100)]
Text = Annotated[str, msgspec.Meta(max_length=2000)]


class Page(Struct):
    """Query of a list."""

    page: Annotated[int, msgspec.Meta(ge=1, le=100_000)] = 1
    page_size: Annotated[int, msgspec.Meta(ge=1, le=100)] = 20

    @property
    def offset(self) -> int:
        """Rows before this page."""
        return (self.page - 1) * self.page_size


def dec_hook(kind: type, value: Any) -> Any:
    """Decode our own types; the ValueError becomes a 422 with the path."""
    if kind is Quantity:
        if not isinstance(value, str) or not QUANTITY.match(value):
            raise ValueError("QUANTITY")
        return Quantity(value)
    raise NotImplementedError(kind)


def enc_hook(value: Any) -> Any:
    """Encode our own types."""
    if isinstance(value, Decimal):
        return format(value, "f")
    if isinstance(value, (set, frozenset)):
        return sorted(value)
    raise NotImplementedError(type(value))


def schema_hook(kind: type) -> dict[str, Any]:
    """JSON schema of our own types."""
    if kind is Quantity:
        return {"type": "string", "pattern": "^-?[0-9]{1,12}(\\.[0-9]{1,6})?$", "description": "decimal string"}
    raise NotImplementedError(kind)


ENCODER = msgspec.json.Encoder(enc_hook=enc_hook, decimal_format="string")
