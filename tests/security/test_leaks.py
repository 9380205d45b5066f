"""Two-tenant leak scan (T22): every GET and every export as each person of A; nothing of B may stand in an answer."""

import io
import zipfile
from uuid import UUID

import asyncpg
import httpx
import pytest

from tests.security.knock import knock, path_for
from tests.security.life import own_rows
from tests.security.matrix import listed, matrix
from tests.security.world import MARKER, World

GETS = sorted(n for n, r in listed().items() if r.method == "GET")
#: Public figures of all organisations together, and the certificate anybody may check, are meant to be seen.
MEANT = {"GET /openapi.json", "GET /metrics"}
#: Rooms that must have rows of B, or the scan proves nothing.
NEEDED = (
    "membership", "invitation", "profile", "organisation_review", "template_item", "draft", "file_blob", "evidence",
    "electricity_account", "inventory_month", "inventory_line", "operating_data", "comprehensive_energy", "parameter_request",
    "delegation", "duty", "evaluation", "certificate", "certificate_action", "report", "snapshot", "audit_log",
)  # fmt: skip


async def traces(connection: asyncpg.Connection, tenant: UUID) -> list[bytes]:
    """Texts that belong to an organisation alone: its marker, id, code and the ids of its rows."""
    uscc = await connection.fetchval("select uscc from organisation where id = $1", tenant)
    found = [MARKER, str(tenant), uscc]
    for table in ("membership", "invitation", "file_blob", "certificate", "report", "delegation"):
        if await connection.fetchval("select to_regclass($1)", table):
            found += [
                str(r["id"]) for r in await connection.fetch(f"select id from {table} where tenant_id = $1", tenant)
            ]
    return [text.encode() for text in found]


def opened(answer: httpx.Response) -> bytes:
    """Headers and body; a workbook's or a zip's members unpacked, a PDF's text read."""
    data = answer.content
    head = str(answer.headers).encode()
    if data.startswith(b"PK\x03\x04"):
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            return head + b"".join(archive.read(n) for n in archive.namelist())
    if data.startswith(b"%PDF-"):
        import pypdfium2

        pages = pypdfium2.PdfDocument(data)
        return head + "".join(p.get_textpage().get_text_range() for p in pages).encode()
    return head + data


async def test_b_owns_something_in_each_room(world: World, seeing: asyncpg.Connection) -> None:
    rows = await own_rows(seeing, world.b)
    assert [t for t in NEEDED if not rows.get(t)] == [], world.lives["B"].refused


@pytest.mark.parametrize("name", [n for n in GETS if n not in MEANT])
async def test_no_answer_to_a_holds_anything_of_b(
    name: str, http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection
) -> None:
    route, secret = listed()[name], await traces(seeing, world.b)
    for actor in ("anonymous", "guest", "legal A", "admin A", "filler A", "viewer A", "agent A active", "agent A revoked"):
        for owner in (world.a, world.b):
            path = await path_for(route, world, owner)
            answer = await knock(http, route, path, await world.token(actor))
            assert answer.status_code < 500, answer.text
            sent = path.encode()
            body = opened(answer).replace(sent, b"")  # the path we asked for stands in problems
            assert [s for s in secret if s in body] == [], f"{actor} at {path}: {answer.text[:400]}"


@pytest.mark.parametrize("name", [n for n in GETS if matrix().may("legal A", n) and not listed()[n].public])
async def test_lists_and_searches_stay_inside(
    name: str, http: httpx.AsyncClient, world: World, seeing: asyncpg.Connection
) -> None:
    route, secret = listed()[name], await traces(seeing, world.b)
    path = await path_for(route, world, world.a)
    for query in (f"?q={MARKER}", f"?tenant_id={world.b}", "?page=1&page_size=100", f"?organisation={world.b}"):
        headers = {"Authorization": f"Bearer {await world.token('legal A')}"}
        answer = await http.get(path + query, headers=headers)
        body = opened(answer).replace(query.encode(), b"").replace(query[1:].encode(), b"")
        assert [s for s in secret if s in body] == [], f"{path}{query}: {answer.text[:400]}"
