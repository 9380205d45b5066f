"""The demonstration's applications: three in different states, with forms that were printed, stamped and photographed by code."""

import io
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pypdfium2
from PIL import Image, ImageDraw

import documents
from core.clock import utc_now
from core.database import Acting, transaction
from core.ids import PLATFORM_ORG
from demo.city import firms
from demo.register import number_of, representative
from documents.fonts import face
from tenants import application_desk, applications
from tenants.codes import id_check_character

KEY = "demo-application-key-{}"


async def make_applications(ids: Callable[..., UUID], uscc: Callable[[int], str], reviewer: UUID) -> None:
    """One waits with half a day left of its last day but one, one came yesterday from a firm nobody knows, one was returned."""
    renderer = documents.Renderer(1, warm=False)
    await renderer.start()
    documents.use_renderer(renderer)
    try:
        now = utc_now()
        known, other = firms()[2], firms()[5]
        end = (now + timedelta(days=350)).date()
        agent = {"id_type": "resident_id", "kind": "agent", "scopes": ["file", "report"], "valid_to": end, "legal_id_type": "resident_id"}
        first = {
            **agent, "enterprise_name": known.name, "uscc": uscc(2), "legal_name": representative(2), "legal_id_no": number_of(2),
            "applicant_name": "李小娟", "id_no": _number(701), "phone": "+8613800138051", "reason": "法定代表人长期在外地，委托代理人办理每月能耗填报和报告下载。",
        }  # fmt: skip
        second = {
            **agent, "enterprise_name": "广州云岭金属制品有限公司", "uscc": uscc(95), "legal_name": "潘国栋", "legal_id_no": _number(702), "scopes": ["file"],
            "applicant_name": "罗一鸣", "id_no": _number(703), "phone": "+8613800138052", "reason": "财务人员代为填报。",
        }  # fmt: skip
        third: dict[str, Any] = {
            "kind": "foreign_legal", "enterprise_name": other.name, "uscc": uscc(5), "legal_name": "黄天佑", "legal_id_type": "hkmt_permit",
            "legal_id_no": "H01234567", "applicant_name": "黄天佑", "id_type": "hkmt_permit", "id_no": "H01234567", "phone": "+8613800138053",
            "scopes": [], "valid_to": None, "reason": "法定代表人为香港居民，申请开通账号。",
        }  # fmt: skip
        await _hand_in(ids("application", 1), 1, first, await _two_days_ago(now), degrees=90)
        await _hand_in(ids("application", 2), 2, second, now - timedelta(days=1), degrees=0)
        await _hand_in(ids("application", 3), 3, third, now - timedelta(days=6), degrees=180, stamp=False)
        async with transaction() as db:
            for name, value in {"app.tenant": PLATFORM_ORG, "app.person": reviewer, "app.kind": "operator"}.items():
                await db.run("select set_config($1, $2, true)", name, str(value))
            desk = Acting(db, now - timedelta(days=4), tenant_id=PLATFORM_ORG, org_kind="operator", person_id=reviewer, request_id="DEMO", route="demo")
            await application_desk.return_application(desk, ids("application", 3), reason="申请表没有加盖企业公章，请盖章后重新拍照上传。")
    finally:
        await renderer.stop()


async def _two_days_ago(now: datetime) -> datetime:
    """The latest submission that has used two working days by now."""
    async with transaction() as db:
        for days in range(2, 20):
            when = now - timedelta(days=days)
            if await db.value("select work_days_between($1, $2)", when, now) >= 2:
                return when
    raise RuntimeError("twenty days without two that are worked")


async def _hand_in(row_id: UUID, n: int, content: dict[str, Any], when: datetime, *, degrees: int, stamp: bool = True) -> None:
    key = KEY.format(n)
    async with transaction() as db:
        await db.run("set local idle_in_transaction_session_timeout = '120s'")  # papers are made inside: slow on a busy machine
        ctx = Acting(db, when, request_id="DEMO", route="demo")
        record = applications._record(row_id, content) | {"key_sha256": applications.key_hash(key).hex()}
        await db.value("select application_put($1, $2)", record, when)
        facts = await applications.form_facts(ctx, row_id, key)
        paper = await documents.application_form(asdict(facts), when, hotline="020-00000000", demo=True)
        photo = _photograph(paper, content["enterprise_name"], degrees, stamp)
        scan = await documents.read_scan([("photo.jpg", photo)], f"{applications.QR_HEAD}:")
        await applications.attach_form(ctx, row_id, key, pdf=scan.pdf, pages=scan.pages, original=None, append=False)
        await applications.submit_application(ctx, row_id, key)


def _photograph(paper: bytes, firm: str, degrees: int, stamp: bool) -> bytes:
    """The printed page with signatures and a round seal, as a phone would see it."""
    page = pypdfium2.PdfDocument(paper)[0].render(scale=2.2).to_pil().convert("RGB")
    if stamp:
        page.paste(seal := _seal(firm), (round(page.width * 0.645), round(page.height * 0.572)), seal)
    out = io.BytesIO()
    page.rotate(degrees, expand=True).save(out, "JPEG", quality=72)
    return out.getvalue()


def _seal(firm: str) -> Image.Image:
    """A red ring with the firm's name around a star, clearly a sample."""
    side, red = 300, (196, 30, 42, 210)
    sheet = Image.new("RGBA", (side, side), (0, 0, 0, 0))
    draw = ImageDraw.Draw(sheet)
    draw.ellipse((6, 6, side - 6, side - 6), outline=red, width=8)
    font = face(26, 500)
    span = 250 / max(1, len(firm) - 1)
    for n, char in enumerate(firm):
        angle = -125 + span * n
        tile = Image.new("RGBA", (side, side), (0, 0, 0, 0))
        ImageDraw.Draw(tile).text((side / 2, 34), char, font=font, fill=red, anchor="mm")
        sheet.alpha_composite(tile.rotate(-angle, center=(side / 2, side / 2)))
    draw.regular_polygon((side / 2, side / 2, 40), 3, fill=red)
    draw.regular_polygon((side / 2, side / 2, 40), 3, rotation=180, fill=red)
    draw.text((side / 2, side - 66), "演示专用", font=face(26, 500), fill=red, anchor="mm")
    return sheet


def _number(n: int) -> str:
    """A well-formed identity number of nobody (C5)."""
    first = f"44010619880307{n}"
    return first + id_check_character(first)
