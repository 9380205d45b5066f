"""Files of a water year (FD10): their own kind, let go when nothing names them, a lost one never stops a save."""

import io
import shutil
from pathlib import Path
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import pytest
from PIL import Image

import filing
import water
from bench.world import Firm
from core import postgres
from core.errors import Conflict, Forbidden
from core.migrate import FOLDER, migrate, roll_back
from tests.core.test_migrations import empty as empty  # the fixture
from tests.filing.wire import send
from tests.grading.world import acting_as
from tests.water.conftest import PRODUCTS, YEAR
from tests.water.test_years import get, put

pytestmark = pytest.mark.usefixtures("reader")


def picture(shade: int) -> bytes:
    """A small photo."""
    buffer = io.BytesIO()
    Image.new("RGB", (40, 40), (shade, 80, 80)).save(buffer, "PNG")
    return buffer.getvalue()


async def upload(firm: Firm, shade: int = 1, kind: str = "water") -> str:
    async with acting_as(firm.tenant, "legal") as ctx:
        return str((await filing.add_evidence(ctx, month=None, item_id=None, kind=kind, name="测试报告.png", data=picture(shade))).id)


async def kept(firm: Firm, migrator: asyncpg.Connection) -> set[str]:
    rows = await migrator.fetch("select e.id from evidence e join file_blob f on f.tenant_id = e.tenant_id and f.id = e.file_id where e.tenant_id = $1", firm.tenant)
    return {str(r["id"]) for r in rows}


async def test_more_than_nine_and_only_who_may_edit_water(firm: Firm) -> None:
    for shade in range(11):
        await upload(firm, shade)
    with pytest.raises(Forbidden):
        async with acting_as(firm.tenant, "viewer") as ctx:
            await filing.add_evidence(ctx, month=None, item_id=None, kind="water", name="x.png", data=picture(1))


async def test_what_no_year_names_is_let_go_after_a_day(firm: Firm, migrator: asyncpg.Connection) -> None:
    """A replaced or never saved file goes with a later save; one of another year, of another kind, of today stays."""
    first, title, other = await upload(firm, 1), await upload(firm, 2), await upload(firm, 3, "measure")
    assert (await put(firm, data=YEAR | {"test_file": first}, products=PRODUCTS)).status == 200
    named: list[dict[str, Any]] = [{"name": "节水型企业", "level": "市", "awarded_on": "2024-05-01", "certificate_id": title}]
    assert (await put(firm, year="2024", data={"tap": "1"}, titles=named)).status == 200
    second = await upload(firm, 4)
    assert (await put(firm, 1, data=YEAR | {"test_file": second}, products=PRODUCTS)).status == 200
    assert await kept(firm, migrator) == {first, second, title, other}
    await migrator.execute("update evidence set uploaded_at = uploaded_at - interval '25 hours' where tenant_id = $1", firm.tenant)
    today = await upload(firm, 5)
    assert (await put(firm, 2, data=YEAR | {"test_file": second, "comments": "次日"}, products=PRODUCTS)).status == 200
    assert await kept(firm, migrator) == {second, title, other, today}


async def test_a_file_in_use_is_not_deleted(firm: Firm) -> None:
    """The refusal names the year and the way out; taken off the page it may go."""
    proof = await upload(firm)
    assert (await put(firm, data=YEAR | {"test_file": proof}, products=PRODUCTS)).status == 200
    refused = await send(firm, "DELETE", "/api/v1/evidence/<evidence_id>", evidence_id=proof)
    assert (refused.status, refused.json["code"]) == (409, "IN_USE") and "2025 年" in refused.json["detail"]
    assert (await put(firm, 1, data=YEAR, products=PRODUCTS)).status == 200
    assert (await send(firm, "DELETE", "/api/v1/evidence/<evidence_id>", evidence_id=proof)).status == 204


async def test_a_lost_file_does_not_stop_a_save(firm: Firm, migrator: asyncpg.Connection) -> None:
    """What was saved and is gone is taken off with a remark; a new id that is none is named."""
    proof, title = await upload(firm, 1), await upload(firm, 2)
    titles = [{"name": "节水型企业", "level": "市", "awarded_on": "2024-05-01", "certificate_id": title}]
    body: dict[str, Any] = {"data": YEAR | {"test_file": proof}, "products": PRODUCTS, "titles": titles}
    assert (await put(firm, **body)).status == 200
    await migrator.execute("delete from evidence where tenant_id = $1", firm.tenant)
    again = await put(firm, 1, **body)
    assert again.status == 200, again.json
    assert again.json["data"]["test_file"] is None and again.json["titles"][0]["certificate_id"] is None
    assert [(w["code"], w["section"]) for w in again.json["warnings"]] == [("PROOF_GONE", "titles"), ("PROOF_GONE", "test")]
    assert (await get(firm))["warnings"] == []
    wrong = await put(firm, 2, **body)
    assert wrong.status == 422 and {e["path"] for e in wrong.json["errors"]} == {"data.test_file", "titles[0].certificate_id"}
    assert "移除" in wrong.json["errors"][0]["message"]


async def test_another_firms_file_is_none(firms: list[Firm]) -> None:
    foreign = await upload(firms[1])
    refused = await put(firms[0], data=YEAR | {"test_file": foreign}, products=PRODUCTS)
    assert refused.status == 422 and refused.json["errors"][0]["path"] == "data.test_file"


async def test_an_agency_gets_no_file_of_the_water(firm: Firm) -> None:
    """R108: what goes to an agency with a grade are the proofs of its months and operating data."""
    proof = await upload(firm)
    assert (await put(firm, data=YEAR | {"test_file": proof}, products=PRODUCTS)).status == 200
    async with acting_as(firm.tenant, "legal") as ctx:
        assert await filing.proofs_of_year(ctx, 2025) == []
        assert await water.named_proofs(ctx) == {UUID(proof): 2025}
        with pytest.raises(Conflict):
            await water.refuse_named(ctx, UUID(proof))
        await water.refuse_named(ctx, uuid4())


async def test_known_files_get_their_kind_and_lose_it_on_the_way_back(empty: postgres.Urls, tmp_path: Path) -> None:
    """What a water year names and no measure does becomes water; going back it is 'other' again."""
    for path in FOLDER.glob("*.sql"):
        if path.name < "0221":
            shutil.copy(path, tmp_path)
    await migrate(empty.migrator, tmp_path)
    connection = await asyncpg.connect(empty.migrator)
    firm_id, test, title, loose = (uuid4() for _ in range(4))
    await connection.execute(
        "insert into organisation (id, kind, name, status, origin, created_at, updated_at)"
        " values ($1, 'operator', '水样', 'active', 'demo', now(), now())", firm_id,
    )  # fmt: skip
    await connection.execute(
        "insert into water_year (tenant_id, year, version, body, complete, reportable, saved_at) values ($1, 2024, 1, $2, false, false, now())",
        firm_id, f'{{"data": {{"test_file": "{test}"}}, "titles": [{{"certificate_id": "{title}"}}, {{"name": "x"}}]}}',
    )  # fmt: skip
    for proof, kind in ((test, "measure"), (title, "other"), (loose, "measure")):
        await connection.execute(
            "insert into evidence (tenant_id, id, kind, file_id, name, content_type, size, uploaded_at) values ($1, $2, $3, $2, 'x', 'image/png', 1, now())",
            firm_id, proof, kind,
        )  # fmt: skip

    async def kinds() -> dict[UUID, str]:
        return {r["id"]: r["kind"] for r in await connection.fetch("select id, kind from evidence")}

    await migrate(empty.migrator)
    assert await kinds() == {test: "water", title: "water", loose: "measure"}
    while await roll_back(empty.migrator) != "0221_water_proofs":
        pass
    assert await kinds() == {test: "other", title: "other", loose: "measure"}
    await connection.close()
