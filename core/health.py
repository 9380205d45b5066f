"""The state of the system 系统状态 for its administrator: database, queue, workers, storage, outside systems, audit chain, backup.

Numbers and names of the machinery only, nothing of an organisation. ``state`` of each part: ok | warn | bad | off (not configured).
"""

import asyncio
import json
import shutil
import time
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from urllib.parse import urlsplit

from core import jobs
from core.database import Acting, pool
from core.migrate import read as read_migrations
from core.settings import settings
from core.stores import REMEDIES, StoreDown, store

REACH_SECONDS = 2.0
STORE_ASKED_EVERY = 5.0
WORKER_SILENT = timedelta(minutes=3)
SLOW_QUEUE = timedelta(minutes=5)
OLD_BACKUP = timedelta(hours=36)


@dataclass(frozen=True, slots=True)
class Part:
    """One line of the page: what it is, how it stands, what is known, what to do when it is not well."""

    key: str
    name: str
    state: str
    text: str
    remedy: str = ""


@dataclass(frozen=True, slots=True)
class ScheduleLine:
    """A schedule of the workers."""

    name: str
    next_at: datetime
    last_at: datetime | None
    last_ms: int | None
    failures: int
    last_error: str | None


@dataclass(frozen=True, slots=True)
class SystemState:
    """All parts, worst first, and the schedules."""

    at: datetime
    mode: str
    parts: list[Part]
    schedules: list[ScheduleLine]


@dataclass(frozen=True, slots=True)
class Rendering:
    """What the web process knows of its renderers."""

    processes: int
    waiting: int


async def system_state(ctx: Acting, rendering: Rendering | None) -> SystemState:
    """How everything stands now. Outside systems are only connected to, nothing is sent."""
    ctx.require("ops.system.read")
    schedules = [ScheduleLine(**r) for r in await ctx.db.rows("select name, next_at, last_at, last_ms, failures, last_error from schedule_run order by name")]
    parts = [
        *await _database(ctx), await _migrations(ctx), *await _queue(ctx, schedules), _renderers(rendering), _storage(), await _objects(),
        await _audit(ctx), await _backup(ctx), *await _outside(),
    ]  # fmt: skip
    order = {"bad": 0, "warn": 1, "ok": 2, "off": 3}
    return SystemState(ctx.now, settings.mode, sorted(parts, key=lambda p: order[p.state]), schedules)


async def _database(ctx: Acting) -> list[Part]:
    began = time.perf_counter()
    row = await ctx.db.row(
        "select current_setting('server_version') as version, pg_database_size(current_database()) as bytes,"
        " (select count(*) from pg_stat_activity where datname = current_database()) as used, current_setting('max_connections')::int as most"
    )
    assert row is not None
    ms = (time.perf_counter() - began) * 1000
    connections = pool()
    held, idle = connections.get_size(), connections.get_idle_size()
    full = row["used"] >= row["most"] * 9 // 10
    text = f"PostgreSQL {str(row['version']).split()[0]}，{_size(row['bytes'])}，应答 {ms:.1f} 毫秒"
    return [
        Part("database", "数据库", "ok" if ms < 500 else "warn", text, "应答慢：查看长事务和磁盘。" if ms >= 500 else ""),
        Part(
            "connections", "数据库连接", "warn" if full else "ok", f"全库 {row['used']} / {row['most']}，本进程 {held - idle} / {held} 在用",
            "连接将满：减少进程数或 POOL_MAX，或调大 max_connections。" if full else "",
        ),
    ]  # fmt: skip


async def _migrations(ctx: Acting) -> Part:
    known = read_migrations()
    applied = {r["number"] for r in await ctx.db.rows("select number from schema_migration")}
    open_ = [m for m in known if m.number not in applied]
    last = f"{known[-1].number:04d} {known[-1].name}"
    if open_:
        return Part("migrations", "数据库结构", "bad", f"还有 {len(open_)} 步没有执行，最早 {open_[0].number:04d}", "请运行 server.py migrate。")
    return Part("migrations", "数据库结构", "ok", f"{len(known)} 步全部执行，最新 {last}")


async def _queue(ctx: Acting, schedules: list[ScheduleLine]) -> list[Part]:
    counts = await jobs.counts(ctx.db)
    oldest = await ctx.db.value("select min(run_after) from outbox where state = 'queued' and run_after <= $1", ctx.now)
    lag = ctx.now - oldest if oldest else timedelta(0)
    queue = Part(
        "queue", "任务队列", "warn" if lag > SLOW_QUEUE else "ok", f"等待 {counts['queued']}，进行中 {counts['running']}，最早一件已等 {_span(lag)}",
        "积压：查看工作进程日志，必要时增加工作进程。" if lag > SLOW_QUEUE else "",
    )  # fmt: skip
    dead = Part("dead", "死信", "warn" if counts["dead"] else "ok", f"{counts['dead']} 件", "请在“任务与消息”中查看原因，处理后重新执行。" if counts["dead"] else "")
    seen = max((s.last_at for s in schedules if s.last_at), default=None)
    alive = seen is not None and ctx.now - seen < WORKER_SILENT
    text = f"最近一次活动 {_span(ctx.now - seen)}前" if seen else "还没有运行过"
    failing = [s.name for s in schedules if s.failures]
    work = Part("workers", "工作进程", "ok" if alive else "bad", text, "" if alive else "请启动 server.py worker，没有它任务和提醒都不会执行。")
    plan = Part(
        "schedules", "定时任务", "warn" if failing else "ok", f"{len(schedules)} 项" + (f"，上次出错：{'、'.join(failing)}" if failing else ""),
        "查看下表的原因，下一次到时会再执行。" if failing else "",
    )  # fmt: skip
    return [queue, dead, work, plan]


def _renderers(rendering: Rendering | None) -> Part:
    if rendering is None or not rendering.processes:
        return Part("renderers", "文档渲染", "bad", "没有渲染进程", "报告和证书不能生成，请重启服务并查看日志。")
    busy = rendering.waiting > 4 * rendering.processes
    return Part("renderers", "文档渲染", "warn" if busy else "ok", f"{rendering.processes} 个进程，排队 {rendering.waiting}", "排队较长：增加 RENDER_PROCESSES。" if busy else "")


def _storage() -> Part:
    try:
        disk = shutil.disk_usage(settings.var)
    except OSError as error:
        return Part("storage", "文件存储", "bad", f"打不开存储目录：{error.strerror}", "请检查 VAR_DIR 的挂载和权限。")
    share = disk.free * 100 // disk.total
    state = "bad" if share < 5 else "warn" if share < 15 else "ok"
    return Part("storage", "文件存储", state, f"剩余 {_size(disk.free)} / {_size(disk.total)}（{share}%）", "" if state == "ok" else "请清理或扩容，写满后不能上传和备份。")


async def _objects() -> Part:
    """The object store, when files lie there."""
    if not settings.s3_bucket:
        return Part("objects", "对象存储", "off", "没有配置，文件存在本机")
    place = f"{urlsplit(settings.s3_endpoint).hostname} 的桶 {settings.s3_bucket}"
    began = time.perf_counter()
    try:
        async with asyncio.timeout(REACH_SECONDS):
            await store().reach()
    except (StoreDown, TimeoutError) as down:
        text, remedy = REMEDIES[getattr(down, "reason", "away")]
        return Part("objects", "对象存储", "bad", f"{place}：{text}", remedy)
    return Part("objects", "对象存储", "ok", f"{place} 可用，{(time.perf_counter() - began) * 1000:.0f} 毫秒")


_asked: dict[str, float] = {}  # when this process last asked the store, and when it last answered (monotonic seconds)


async def files_ready() -> str:
    """``ok`` or ``down``. Raises StoreDown until the store has answered this process once.

    Wrong keys or a missing bucket must never take traffic. A later outage concerns files only: were every process to call itself
    unready then, all the rest would be gone too.
    """
    if time.monotonic() - _asked.get("at", -STORE_ASKED_EVERY) >= STORE_ASKED_EVERY:
        part = await _objects()
        _asked["at"] = time.monotonic()
        if part.state != "bad":
            _asked["well"] = _asked["at"]
    if "well" not in _asked:
        raise StoreDown("away")
    return "ok" if _asked["well"] == _asked["at"] else "down"


async def _audit(ctx: Acting) -> Part:
    fact = await ctx.db.row("select value, at from system_fact where name = 'audit'")
    sealed: date | None = await ctx.db.value("select max(day) from audit_seal where signature is not null")
    seal = f"；最近签章 {sealed}" if sealed else "；还没有签章"
    if fact is None:
        return Part("audit", "审计链", "warn", "还没有全量校验过" + seal, "每天 2:30 自动校验；也可由审计员在“审计日志”中校验。")
    value = fact["value"]
    if not value["holds"]:
        first = value["first"] or {}
        return Part("audit", "审计链", "bad", f"{value['faults']} 处不符，首处序号 {first.get('seq')}", "请立即保全数据库和备份，通知安全管理员，勿重启清理。")
    return Part("audit", "审计链", "ok", f"校验通过，共 {value['rows']} 条，{_span(ctx.now - fact['at'])}前" + seal)


async def _backup(ctx: Acting) -> Part:
    fact = await ctx.db.row("select value, at from system_fact where name = 'backup'")
    if fact is None:
        return Part("backup", "备份", "warn", "没有备份记录", "请用 server.py backup 做一次，并设为每日任务。")
    age = ctx.now - fact["at"]
    old = age > OLD_BACKUP
    text = f"{_span(age)}前，{fact['value']['rows']} 行，{_size(int(fact['value']['bytes']))}"
    return Part("backup", "备份", "warn" if old else "ok", text, "距上次备份超过 36 小时，请检查每日备份任务。" if old else "")


def outside_systems() -> list[tuple[str, str, str]]:
    """Key, name and address (empty: not configured) of every system outside that the settings name."""
    listed = [
        ("sms", "短信网关", settings.sms_gateway_url),
        ("wechat", "微信接口", settings.wx_api_base if settings.wx_appid else ""),
        ("redis", "Redis", settings.redis_url),
    ]
    for n, provider in enumerate(json.loads(settings.identity_providers or "[]")):
        url = next((str(v) for k, v in sorted(provider.items()) if isinstance(v, str) and v.startswith(("http://", "https://"))), "")
        listed.append((f"identity-{n}", f"身份认证 {provider.get('name') or provider.get('code') or n + 1}", url))
    return listed


async def _outside() -> list[Part]:
    return list(await asyncio.gather(*(_reach(*system) for system in outside_systems())))


async def _reach(key: str, name: str, url: str) -> Part:
    parts = urlsplit(url)
    if not parts.hostname:
        return Part(key, name, "off", "没有配置")
    port = parts.port or {"https": 443, "redis": 6379, "rediss": 6379}.get(parts.scheme, 80)
    began = time.perf_counter()
    try:
        _, writer = await asyncio.wait_for(asyncio.open_connection(parts.hostname, port), REACH_SECONDS)
    except (OSError, TimeoutError):
        return Part(key, name, "bad", f"{parts.hostname} 连接不上", "请检查网络、域名解析和对方服务；待发的会自动重试。")
    writer.close()
    return Part(key, name, "ok", f"{parts.hostname} 可连接，{(time.perf_counter() - began) * 1000:.0f} 毫秒")


def _size(number: int) -> str:
    for unit, power in (("TB", 10**12), ("GB", 10**9), ("MB", 10**6)):
        if number >= power:
            return f"{number // (power // 10) / 10:.1f} {unit}"
    return f"{number // 1000} kB"


def _span(length: timedelta) -> str:
    seconds = max(0, int(length.total_seconds()))
    if seconds < 120:
        return f"{seconds} 秒"
    if seconds < 7200:
        return f"{seconds // 60} 分钟"
    return f"{seconds // 3600} 小时" if seconds < 172_800 else f"{seconds // 86_400} 天"
