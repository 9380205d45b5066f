"""An invented certificate in any level and state."""

from datetime import UTC, datetime
from typing import Any

from documents import CertificateView, certificate_view

LONG = "广州市黄埔区淼垚㸚燚犇骉羴鱻䶮生物质能源与碳捕集利用封存技术综合开发应用示范有限责任公司第二分公司"
CONTENT: dict[str, Any] = {
    "cert_no": "TX20254401120003174",
    "company": "广州禾川塑料包装有限公司",
    "uscc": "91440112MA5CXXXX0K",
    "industry_code": "C2926",
    "industry_name": "塑料包装箱及容器制造",
    "region_code": "440112",
    "region_name": "广东省广州市黄埔区",
    "period": "2025",
    "year": 2025,
    "level": 2,
    "K": "0.7312",
    "L": "0.4387",
    "horizontal": "低碳",
    "N": "6.12",
    "N_structural": "5.20",
    "N_offset": "0.92",
    "benchmark": "0.599812",
    "benchmark_source": "广州市 C292 塑料制品业 2025 年（20 家）",
    "benchmark_period": "2025",
    "basis": "self",
    "mode": "企业自评",
    "agency": None,
    "factors": ["广东省平均电力 2023", "天然气"],
    "method_version": "K5/2021",
    "issued": "2026-03-18",
    "valid_to": "2027-06-30",
    "snapshot": "9f3c61ab07d2e45c",
}
CODE = "11ABCDEFGHJKMNPQRSTVWXYZ012345"
URL = f"https://tanxiao.example.cn/c/{CODE}"


def view(level: int = 2, state: str = "valid", **changes: Any) -> CertificateView:
    """A view; changes go into the signed content."""
    facts = (
        {"state_on": "2026-10-28", "state_reason": "申报数据与凭证不符"} if state in ("suspended", "revoked") else {}
    )
    if state == "superseded":
        facts = {
            "state_on": "2026-09-01",
            "superseded_url": "https://tanxiao.example.cn/c/11NEWNEWNEWNEWNEWNEWNEWNEWNEW1",
        }
    checked = datetime(2026, 11, 8, 1, 41, tzinfo=UTC)
    return certificate_view(
        {**CONTENT, "level": level, **changes},
        code=CODE,
        url=URL,
        state=state,
        kid="tx-2026-01",
        checked_at=checked,
        **facts,
    )
