"""Dated, sourced values 因子与参数: the library, and the catalogue that answers which value is in force.

Vocabulary: factor 因子 · factor set 因子集 · parameter 参数（规则中的阈值）· catalogue 目录 · known_on 核算日 · confidence 可信度
（unverified 的不向企业提供）· factor policy 取值办法（published_latest 最新公布 / year_matched 按年度）.
"""

from factors.catalogue import Ask, Catalogue, UnknownEnergy, UnknownSet, province_of, source_group
from factors.drafts import (
    DraftPage,
    FactorDraft,
    NewRow,
    Versions,
    confirm_source,
    edit_draft,
    get_draft,
    list_drafts,
    make_draft,
    publish_draft,
    return_draft,
    review_draft,
    touched,
    versions,
    withdraw_draft,
)
from factors.library import (
    catalogue,
    catalogue_from_files,
    history,
    load_reference,
    published_catalogue,
    reference_cases,
    search,
)
from factors.parameters import Parameter, parameters_in_force
from factors.shelves import FactorSets, ParameterTable, Shelf, factor_rows, factor_sets, parameter_table

__all__ = [
    "Ask",
    "Catalogue",
    "DraftPage",
    "FactorDraft",
    "FactorSets",
    "NewRow",
    "Parameter",
    "ParameterTable",
    "Shelf",
    "UnknownEnergy",
    "UnknownSet",
    "Versions",
    "catalogue",
    "catalogue_from_files",
    "confirm_source",
    "edit_draft",
    "factor_rows",
    "factor_sets",
    "get_draft",
    "history",
    "list_drafts",
    "load_reference",
    "make_draft",
    "parameter_table",
    "parameters_in_force",
    "province_of",
    "publish_draft",
    "published_catalogue",
    "reference_cases",
    "return_draft",
    "review_draft",
    "search",
    "source_group",
    "touched",
    "versions",
    "withdraw_draft",
]
