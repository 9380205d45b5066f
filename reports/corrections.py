"""Figures of a reduction report put right where the auditor asks about them: a measure's saved energy, investment, or its own tonnes."""

from dataclasses import replace
from decimal import Decimal
from uuid import UUID

import cases
import filing
from core.database import Acting
from core.errors import Conflict, FieldError, Invalid

#: Paths of a measure's fields as its refusals name them → what the form calls them.
_FIELDS = {"difference_reason": "text", "typed_t": "value", "investment": "value"}


def measure_figure(figure: cases.Figure) -> tuple[UUID, str] | None:
    """The measure and what of it a figure is: ``saved.<n>``, ``investment``, or empty: its own tonnes, where nothing is computed."""
    part, _, rest = figure.path.partition(".")
    ident, _, what = rest.partition(".")
    if part != "measures" or not (what.startswith("saved.") or what == "investment" or (not what and not figure.trace)):
        return None
    return UUID(ident), what


async def correct_measure(
    ctx: Acting, figure: cases.Figure, value: Decimal, reason: str, proofs: list[tuple[str, bytes]]
) -> None:
    """Change one figure of a measure, everything else as it stands; tonnes are computed anew. Raises Invalid (``value``, ``text``), Conflict."""
    ctx.require("reduction.edit")
    found = measure_figure(figure)
    assert found is not None
    now = await filing.measure_of(ctx, found[0])
    saved = [filing.SavedEdit(s.item_id, s.amount) for s in now.saved]
    edit = filing.MeasureEdit(
        now.name, now.summary, now.kind, now.investment, now.implemented_on, saved, now.typed_t, now.difference_reason or reason[:200],
        now.life_years, now.cost_class, [p.id for p in now.evidence], now.version,
    )  # fmt: skip
    if found[1].startswith("saved."):
        n = int(found[1].removeprefix("saved.")) - 1
        if n >= len(saved) or figure.label != f"节约{now.saved[n].name}":
            raise Conflict(
                "FIELD_REMOVED",
                "这项方案节约的能源已有变动，请到减碳方案页面核对后改正，再回复这个问题。",
                link=figure.link,
            )
        saved[n] = replace(saved[n], amount=value)
    elif found[1] == "investment":
        edit = replace(edit, investment=value)
    else:
        edit = replace(edit, typed_t=value)
    for name, data in proofs:
        made = await filing.add_evidence(ctx, month=None, item_id=None, kind="measure", name=name, data=data)
        edit = replace(edit, evidence=[*(edit.evidence or []), made.id])
    try:
        await filing.change_measure(ctx, now.id, edit)
    except Invalid as problem:
        raise Invalid(
            [FieldError(_field(e.path), e.code, e.message) for e in problem.errors], code=problem.code
        ) from None


def _field(path: str) -> str:
    return "value" if path.startswith("saved") else _FIELDS.get(path, path)
