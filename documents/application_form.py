"""The form of an application to print, sign and stamp; PDF/A like the other papers, with a code that says whose form it is."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from documents.codes import qr_svg
from documents.render import renderer

TITLE = "用户管理权限申请表"


async def application_form(facts: Mapping[str, Any], when: datetime, *, hotline: str, demo: bool) -> bytes:
    """A4, one page. ``facts``: number, kind, kind_name, enterprise_name, uscc, legal_*, applicant_name, id_*, phone, scopes, valid_to,
    reason, qr, day. Raises Invalid (GLYPH_MISSING)."""
    end = facts["valid_to"]
    data = {
        "title": TITLE,
        "number": facts["number"],
        "kind": facts["kind"],
        "kind_name": facts["kind_name"],
        "company": {"name": facts["enterprise_name"]},
        "firm": [["企业名称", facts["enterprise_name"]], ["统一社会信用代码", facts["uscc"]]],
        "legal": [["法定代表人", facts["legal_name"]], [facts["legal_id_name"], facts["legal_id_no"]]],
        "applicant": [
            ["申请人", facts["applicant_name"]],
            [facts["id_name"], facts["id_no"]],
            ["手机号", facts["phone"].removeprefix("+86")],
        ],
        "scopes": list(facts["scopes"]),
        "valid_to": f"{end.year} 年 {end.month} 月 {end.day} 日" if end else "",
        "reason": facts["reason"],
        "qr": qr_svg(facts["qr"]),
        "code": facts["qr"].split(":")[2],
        "day": f"{facts['day'].year} 年 {facts['day'].month} 月 {facts['day'].day} 日",
        "hotline": hotline,
        "demo": demo,
    }
    return await renderer().render_pdf("application", data, when)


__all__ = ["TITLE", "application_form"]
