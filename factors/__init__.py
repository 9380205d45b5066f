"""Dated, sourced values 因子与参数: the library, and the catalogue that answers which value is in force.

Vocabulary: factor 因子 · factor set 因子集 · parameter 参数（规则中的阈值）· catalogue 目录 · known_on 核算日 · confidence 可信度
（unverified 的不向企业提供）· factor policy 取值办法（published_latest 最新公布 / year_matched 按年度）.
"""

from factors.catalogue import Ask, Catalogue, UnknownEnergy, UnknownSet, province_of, source_group
from factors.library import catalogue, catalogue_from_files, history, load_reference, reference_cases, search
from factors.parameters import Parameter, parameters_in_force

__all__ = [
    "Ask",
    "Catalogue",
    "Parameter",
    "UnknownEnergy",
    "UnknownSet",
    "catalogue",
    "catalogue_from_files",
    "history",
    "load_reference",
    "parameters_in_force",
    "province_of",
    "reference_cases",
    "search",
    "source_group",
]
