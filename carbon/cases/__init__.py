"""Check cases 算例: any case of the two file formats through the functions the product uses.

A case is data: kind, named inputs, expected values. An evaluator per kind reads its inputs through :class:`carbon.cases.facts.Facts` (any
unit of the same fact), computes with this room's verbs, and puts results that are compared in the unit the expectation names.
Defaults that stand in dated rows come from a :class:`Library`, handed in by the caller. Pure: files are read elsewhere.
"""

from carbon.cases.check import KINDS, Difference, Verdict, check_case
from carbon.cases.facts import CaseError
from carbon.cases.run import Library, Run

__all__ = ["KINDS", "CaseError", "Difference", "Library", "Run", "Verdict", "check_case"]
