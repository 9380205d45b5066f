"""The object store: what goes over the wire, what a fault outside becomes, what is swept, what a backup carries (R13, T14, R4)."""

import asyncio
import hashlib
import io
import time
from collections.abc import AsyncIterator
from contextlib import redirect_stderr
from dataclasses import replace
from pathlib import Path
from uuid import UUID

import asyncpg
import pytest

from core import files, health, logs, postgres, stores
from core.backup import make_backup, restore_backup
from core.errors import Problem
from core.ids import new_id
from core.settings import load, settings
from tests.core.acting import acting_for
from tests.core.test_backup import RESTORED, empty  # noqa: F401  (a fixture)
from tests.fakes.s3 import ObjectServer

pytestmark = pytest.mark.usefixtures("database")
PDF = b"%PDF-1.7\nobject\n%%EOF"


def _place(server: ObjectServer, **more: str) -> "stores.Settings":
    given = load(server.environment | more)
    return replace(settings, **{n: getattr(given, n) for n in ("s3_endpoint", "s3_bucket", "s3_region", "s3_access_key", "s3_secret_key", "s3_path_style", "s3_timeout_seconds")})


def _key(data: bytes, tenant: UUID | None = None) -> str:
    return f"{tenant or new_id()}/{hashlib.sha256(data).hexdigest()}"


@pytest.fixture
async def server() -> AsyncIterator[ObjectServer]:
    running = await ObjectServer().start()
    yield running
    await running.stop()


@pytest.fixture
def store(server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> stores.Store:
    """The install's files lie in the fake; a failure does not make the next operation rest."""
    place = _place(server, S3_TIMEOUT_SECONDS="2")
    monkeypatch.setattr(stores, "settings", place)
    monkeypatch.setattr(health, "settings", place)
    monkeypatch.setattr(stores, "REST_SECONDS", 0)
    return stores.store()


async def _sweep(**how: int | bool) -> list[str]:
    async with acting_for(None) as ctx:
        return [o.sha256 for o in await files.sweep(ctx.db, **how)]  # type: ignore[arg-type]


async def test_what_was_put_comes_back(server: ObjectServer, store: stores.Store, tmp_path: Path) -> None:
    for data in (b"", b"x", bytes(range(256)) * 80_000):  # 20 MB
        key = _key(data)
        await store.put(key, data)
        assert server.objects[key].data == data and await store.get(key) == data
        await store.fetch(key, tmp_path / "blob")
        assert (tmp_path / "blob").read_bytes() == data
    assert "POST" not in server.methods()  # never in parts
    with pytest.raises(FileNotFoundError):
        await store.get(_key(b"never stored"))
    with pytest.raises(ValueError):
        await store.put("../../etc/passwd", b"")


async def test_the_event_loop_goes_on_while_20_mb_travel(store: stores.Store) -> None:
    data = bytes(20 * files.MB)
    late = 0.0

    async def tick() -> None:
        nonlocal late
        while True:
            began = time.perf_counter()
            await asyncio.sleep(0.005)
            late = max(late, time.perf_counter() - began - 0.005)

    place = stores.store_of(_place(await _process_server(), S3_TIMEOUT_SECONDS="15"))
    ticking = asyncio.create_task(tick())
    key = _key(data)
    await place.put(key, data)
    assert await place.get(key) == data
    ticking.cancel()
    await _stop_process_server()
    assert late < 0.25, f"the loop stood still for {late:.3f} s"


_child: list[asyncio.subprocess.Process] = []


async def _process_server() -> ObjectServer:
    """The fake in a process of its own, so that its own work is not measured."""
    import sys

    child = await asyncio.create_subprocess_exec(sys.executable, "-m", "tests.fakes.s3", "--port", "0", stdout=asyncio.subprocess.PIPE)
    _child.append(child)
    assert child.stdout is not None
    said = dict([(await child.stdout.readline()).decode().strip().split("=", 1) for _ in range(5)])

    class There(ObjectServer):
        @property
        def environment(self) -> dict[str, str]:
            return said

    return There()


async def _stop_process_server() -> None:
    child = _child.pop()
    child.terminate()
    await child.wait()


async def test_the_bucket_may_stand_in_the_host(server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    server.virtual_hosts = True
    monkeypatch.setenv("http_proxy", server.url)  # no name server knows the host: the fake stands in as the proxy
    place = _place(server, S3_PATH_STYLE="false", S3_ENDPOINT="http://objects.example.cn")
    key = _key(b"1")
    await stores.store_of(place).put(key, b"1")
    assert await stores.store_of(place).get(key) == b"1"
    assert (server.asked[0].headers["host"], server.asked[0].path) == (f"{server.bucket}.objects.example.cn", f"/{key}")


@pytest.mark.parametrize(
    ("setting", "value", "reason"),
    [
        ("S3_SECRET_KEY", "another-secret-than-the-stores", "denied"),
        ("S3_ACCESS_KEY", "AKSOMEBODYELSE", "denied"),
        ("S3_REGION", "cn-south-1", "denied"),
        ("S3_BUCKET", "no-such-bucket", "bucket"),
        ("S3_ENDPOINT", "http://127.0.0.1:1", "away"),
    ],
)
async def test_a_wrong_setting_is_named(server: ObjectServer, setting: str, value: str, reason: str) -> None:
    wrong = stores.store_of(_place(server, **{setting: value}))
    for act in (wrong.put(_key(b"1"), b"1"), wrong.get(_key(b"1")), wrong.reach()):
        with pytest.raises(stores.StoreDown) as down:
            stores.REST_SECONDS, rest = 0, stores.REST_SECONDS
            try:
                await act
            finally:
                stores.REST_SECONDS = rest
        assert (down.value.reason, down.value.status, down.value.headers["Retry-After"]) == (reason, 503, "5")
        assert reason in stores.REMEDIES
    assert not server.objects


async def test_the_keys_of_the_environment_are_not_used(server: ObjectServer, monkeypatch: pytest.MonkeyPatch) -> None:
    for name, value in {"AWS_ACCESS_KEY_ID": "AKOTHER", "AWS_SECRET_ACCESS_KEY": "other", "AWS_SESSION_TOKEN": "token", "AWS_ENDPOINT_URL": "http://127.0.0.1:1"}.items():
        monkeypatch.setenv(name, value)
    await stores.store_of(_place(server)).put(_key(b"1"), b"1")
    assert "x-amz-security-token" not in server.asked[0].headers and len(server.objects) == 1


PASSING = ["500", "503", "html", "slow", "reset", "lost"]


@pytest.mark.parametrize("fault", PASSING)
async def test_a_passing_fault_is_survived(server: ObjectServer, store: stores.Store, fault: str) -> None:
    key = _key(PDF)
    server.faults = [fault]
    await store.put(key, PDF)
    server.faults = [fault]
    assert await store.get(key) == PDF
    assert not server.faults and [o.data for o in server.objects.values()] == [PDF]


async def test_a_download_that_breaks_off_goes_on_where_it_stopped(server: ObjectServer, store: stores.Store) -> None:
    data = bytes(range(256)) * 20_000
    key = _key(data)
    await store.put(key, data)
    server.faults = ["cut"]
    assert await store.get(key) == data
    assert server.asked[-1].headers["range"].startswith("bytes=")


LASTING = {"500": "away", "html": "away", "reset": "away", "timeout": "away", "403": "denied", "404": "bucket"}


@pytest.mark.parametrize(("fault", "reason"), LASTING.items())
async def test_a_lasting_fault_says_what_to_do_and_leaves_no_row(server: ObjectServer, store: stores.Store, fault: str, reason: str) -> None:
    tenant = new_id()
    server.faults = [fault] * 9
    said = io.StringIO()
    logs.configure()
    with redirect_stderr(said), pytest.raises(stores.StoreDown) as down:
        async with acting_for(tenant) as ctx:
            await files.save_file(ctx, "a.pdf", PDF)
    assert (down.value.status, down.value.code, down.value.reason) == (503, "FILE_STORE_DOWN", reason)
    assert "没有保存" in down.value.detail and "请" in down.value.detail
    async with acting_for(tenant) as ctx:
        assert await ctx.db.value("select count(*) from file_blob where tenant_id = $1", tenant) == 0
    everything = said.getvalue() + str(down.value) + repr(stores.settings)
    assert server.secret_key not in everything and server.access_key not in said.getvalue() and "Signature" not in everything


async def test_an_open_failure_is_not_called_lost(server: ObjectServer, store: stores.Store) -> None:
    tenant = new_id()
    async with acting_for(tenant) as ctx:
        ref = await files.save_file(ctx, "a.pdf", PDF)
    for faults, code in (([], ""), (["403"], "FILE_STORE_DOWN"), (["404"], "FILE_STORE_DOWN"), (["damaged"], "FILE_DAMAGED")):
        server.faults = list(faults)
        async with acting_for(tenant) as ctx:
            if not code:
                assert (await files.open_file(ctx, ref.id)).data == PDF
                continue
            with pytest.raises(Problem) as refused:
                await files.open_file(ctx, ref.id)
            assert "没有保存" not in refused.value.detail
        assert (refused.value.code, refused.value.status) == (code, 503)
    server.objects.clear()
    async with acting_for(tenant) as ctx:
        with pytest.raises(Problem, match="FILE_LOST"):
            await files.open_file(ctx, ref.id)
        await files.drop_file(ctx, ref.id)


async def test_after_a_failure_the_next_are_refused_at_once_for_a_while(server: ObjectServer, store: stores.Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "REST_SECONDS", 0.5)
    server.faults = ["reset"] * 4
    for _ in range(3):
        with pytest.raises(stores.StoreDown):
            await store.put(_key(b"1"), b"1")
    assert not server.faults and not server.asked  # the second and third did not come that far
    await asyncio.sleep(0.6)
    await store.put(_key(b"1"), b"1")


async def test_a_store_that_hangs_holds_half_of_the_connections(server: ObjectServer, store: stores.Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(stores, "SLOW_SECONDS", 0.1)
    half = settings.pool_max // 2
    server.faults = ["timeout"] * 30
    hanging = [asyncio.create_task(store.get(_key(b"1"))) for _ in range(half)]
    await asyncio.sleep(0.3)
    began = time.perf_counter()
    with pytest.raises(stores.StoreDown):
        await store.get(_key(b"1"))
    assert time.perf_counter() - began < 0.1
    ended = await asyncio.gather(*hanging, return_exceptions=True)
    assert all(isinstance(e, stores.StoreDown) for e in ended)
    server.faults.clear()
    await store.put(_key(b"1"), b"1")


async def test_a_blob_without_a_row_is_swept_after_a_day(server: ObjectServer, store: stores.Store) -> None:
    server.page_size = 3  # many pages
    tenants = [new_id() for _ in range(4)]
    kept, lost = [], []
    for tenant in tenants:
        async with acting_for(tenant) as ctx:
            kept += [f"{tenant}/{(await files.save_file(ctx, 'kept.pdf', PDF + b'%d' % n)).sha256}" for n in range(2)]
        with pytest.raises(RuntimeError):
            async with acting_for(tenant) as ctx:
                lost.append(f"{tenant}/{(await files.save_file(ctx, 'lost.pdf', PDF + b'lost')).sha256}")
                raise RuntimeError
    assert set(server.objects) == {*kept, *lost} and await _sweep() == []
    server.objects["not-an-organisation/readme"] = server.objects[kept[0]]
    for key in server.objects:
        server.age(key, 25)
    assert len(await _sweep(dry=True)) == 4 and len(server.objects) == 13
    assert len(await _sweep()) == 4
    assert set(server.objects) == {*kept, "not-an-organisation/readme"} and await _sweep() == []


async def test_the_sweep_and_an_upload_of_the_same_bytes(server: ObjectServer, store: stores.Store) -> None:
    """Whoever comes first: a row never points at nothing."""
    tenant = new_id()
    key = _key(PDF, tenant)
    await store.put(key, PDF)
    server.age(key, 25)
    async with acting_for(tenant) as ctx:
        ref = await files.save_file(ctx, "a.pdf", PDF)  # not committed yet, its blob is young again
        server.age(key, 25)  # as if the upload took very long
        assert await _sweep() == []
    assert await _sweep() == [] and key in server.objects
    async with acting_for(tenant) as ctx:
        await files.drop_file(ctx, ref.id)
    assert await _sweep() == [key.partition("/")[2]]
    await store.put(key, PDF)
    listed = time.time() + 1
    assert await store.remove(key, horizon=listed - 60) is False  # stored again since the listing
    assert await store.remove(key, horizon=listed) and await store.remove(key, horizon=listed) and not server.objects


async def test_a_sweep_that_cannot_list_takes_nothing(server: ObjectServer, store: stores.Store) -> None:
    await store.put(_key(PDF), PDF)
    for key in server.objects:
        server.age(key, 25)
    server.faults = ["403"]
    with pytest.raises(stores.StoreDown):
        await _sweep()
    assert len(server.objects) == 1


async def test_a_backup_carries_the_bucket_and_comes_back_into_either_store(
    urls: postgres.Urls, migrator: asyncpg.Connection, empty: str, server: ObjectServer, store: stores.Store, tmp_path: Path  # noqa: F811
) -> None:  # fmt: skip
    server.page_size = 2
    tenant = new_id()
    async with acting_for(tenant) as ctx:
        refs = [await files.save_file(ctx, f"{n}.pdf", PDF + b"%d" % n) for n in range(5)]
    said: list[str] = []
    assert await make_backup(urls.migrator, store, tmp_path / "b.tar", said.append)
    assert "5 个文件" in said[-1]
    target = await ObjectServer().start()
    damaged = f"{tenant}/{refs[0].sha256}"
    other = stores.store_of(_place(target))
    await other.put(damaged, b"damaged")
    assert await restore_backup(empty, other, tmp_path / "b.tar", said.append), said
    assert {k: v.data for k, v in target.objects.items()} == {k: v.data for k, v in server.objects.items()}
    await target.stop()
    local = stores.LocalStore(tmp_path / "files")
    local.path(damaged).parent.mkdir(parents=True)
    local.path(damaged).write_bytes(b"damaged")
    connection = await asyncpg.connect(urls.superuser)
    await connection.execute(f"drop database {RESTORED} with (force)")
    await connection.execute(f"create database {RESTORED} owner {postgres.OWNER} template template0")
    await connection.close()
    assert await restore_backup(empty, local, tmp_path / "b.tar", said.append), said
    assert local.path(damaged).read_bytes() == PDF + b"0"
    server.faults = ["500"] * 9
    with pytest.raises(stores.StoreDown):
        await make_backup(urls.migrator, store, tmp_path / "c.tar", said.append)
    assert not list(tmp_path.glob("c.tar*"))


async def test_ready_once_it_has_answered(server: ObjectServer, store: stores.Store, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(health, "STORE_ASKED_EVERY", 0.0)
    monkeypatch.setattr(health, "_asked", {})
    server.faults = ["404"]
    with pytest.raises(stores.StoreDown):
        await health.files_ready()
    assert await health.files_ready() == "ok"
    server.faults = ["403"]
    assert await health.files_ready() == "down"  # not a reason to take every process out of service
    assert await health.files_ready() == "ok"


async def test_the_page_of_the_system_says_what_to_change(server: ObjectServer, store: stores.Store) -> None:
    async def part() -> health.Part:
        return await health._objects()

    assert ((await part()).state, "可用" in (await part()).text) == ("ok", True)
    for fault, setting in (("403", "S3_SECRET_KEY"), ("404", "S3_BUCKET")):
        server.faults = [fault]
        bad = await part()
        assert bad.state == "bad" and setting in bad.remedy and server.secret_key not in bad.text + bad.remedy
