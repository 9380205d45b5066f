"""Where a firm stands in the two trees: its region upwards (GB/T 2260) and its industry upwards (GB/T 4754). Pure."""

NATION = "000000"
REGION_NAMES = {"district": "区县", "city": "本市", "province": "本省", "nation": "全国"}
INDUSTRY_NAMES = {"class": "行业小类", "group": "行业中类", "division": "行业大类", "section": "行业门类"}
_WIDTH = {"class": 5, "group": 4, "division": 3, "section": 1}


def region_level(code: str) -> str:
    """``district``, ``city``, ``province`` or ``nation`` of a six-digit code."""
    if code == NATION:
        return "nation"
    if code.endswith("0000"):
        return "province"
    return "city" if code.endswith("00") else "district"


def industry_level(code: str) -> str:
    """``section``, ``division``, ``group`` or ``class`` of a GB/T 4754 code (``C``, ``C29``, ``C292``, ``C2926``).

    Raises ValueError.
    """
    for level, width in _WIDTH.items():
        if len(code) == width:
            return level
    raise ValueError(f"industry code {code!r}")


def regions_above(code: str) -> list[str]:
    """The region itself, its city, its province, the nation; nearest first."""
    chain = [code, code[:4] + "00", code[:2] + "0000", NATION]
    return list(dict.fromkeys(chain))


def industries_above(code: str) -> list[str]:
    """The industry itself, its group, division, section; nearest first."""
    return [code[:width] for width in _WIDTH.values() if len(code) >= width]


def region_prefix(code: str) -> str:
    """What the codes of all places inside ``code`` begin with."""
    return {"nation": "", "province": code[:2], "city": code[:4], "district": code}[region_level(code)]
