"""The demonstration: one invented city, loaded through the product's own arithmetic and its own posting function. Never in production."""

import json
import subprocess
import sys
from datetime import UTC, date, datetime
from decimal import Decimal
from pathlib import Path
from typing import Any
from uuid import UUID, uuid5

import asyncpg

import auth
import inventory
import rollups
import tenants
from auth.captcha import DEMO_ANSWER, DEMO_ID
from auth.second_factor import give_second_factor
from carbon import Activity, calculate_line, convert, plain, scope, shift
from core.clock import beijing_today, utc_now
from core.database import Acting, Db, close_database, connect_arguments, open_database, prepare_connection, transaction
from core.ids import PLATFORM_ORG
from core.postgres import Urls
from core.settings import ROOT, Settings
from demo.accounts import ACCOUNTS, PASSWORD, TOTP_SECRET
from demo.agency import CASES, make_agency, months_of_agency
from demo.applications import make_applications
from demo.cases import make_agencies, make_cases
from demo.city import CITY, Firm, amount, firms, operating
from demo.messages import remind_firms
from demo.register import NEW, faces, give_documents, make_register
from factors import Ask, Catalogue, catalogue_from_files, source_group

SPACE = UUID("6f1f2c1e-5d5a-4f6e-9b0e-7a1d0c0de000")
ZERO = Decimal("0.000000")


def demo_id(*parts: object) -> UUID:
    """The same object has the same id in every demonstration."""
    return uuid5(SPACE, "/".join(str(p) for p in parts))


def firm_id(firm: Firm) -> UUID:
    """The organisation id of a firm of the city."""
    return demo_id("firm", firm.number)


def uscc_of(number: int, region: str) -> str:
    """A code built by rule C4: department 9, category 1, type ``Y`` (not issued)."""
    body = f"91{region}Y{number:08d}"
    return body + tenants.uscc_check_character(body)


#: Who judges and who lends: kind, number, name, running number of the code, place.
THIRD_PARTIES = (
    ("verifier", 0, "广州衡信碳核查技术有限公司（演示）", 90000011, "440106"),
    ("verifier", 1, "岭南清洁生产审核中心有限公司（演示）", 90000012, "440104"),
    ("bank", 0, "示例银行广州分行（演示）", 90000021, "440106"),
    ("bank", 1, "样板银行广州分行（演示）", 90000022, "440104"),
)


async def seed(urls: Urls, settings: Settings, *, volume: int = 0, forms: bool = True) -> None:
    """Load the city once; a second call changes nothing. ``volume``: as many generated enterprises besides.

    ``forms``: the applications with their photographed forms too; they take seconds, so a start makes them behind the open door.
    """
    if settings.mode == "production":
        raise RuntimeError("demonstration data are refused in production")
    connection = await asyncpg.connect(**connect_arguments(urls.migrator), server_settings={"statement_timeout": "0"})
    try:
        await prepare_connection(connection)
        if not await connection.fetchval("select true from organisation where id = $1", demo_id("gov")):
            async with connection.transaction():
                await _city(connection)
            await _people(urls)
            await _third_parties(urls)
            await _messages(urls)
        if forms:
            await seed_forms(urls)
        if volume:
            from demo.volume import load

            await load(connection, volume)
    finally:
        await connection.close()


async def seed_forms(urls: Urls) -> None:
    """The applications on the operator's desk and the cases on the agency's, once."""
    connection = await asyncpg.connect(**connect_arguments(urls.migrator))
    try:
        await prepare_connection(connection)
        await connection.execute("set row_security = off")
        known = await connection.fetchval("select true from application where id = $1", demo_id("application", 3))
        watered = await connection.fetchval("select true from water_year limit 1")
        reduced = await connection.fetchval("select true from reduction_measure where tenant_id = $1 limit 1", demo_id("firm", 0))
        worked = await connection.fetchval("select true from third_case where party_id = $1 limit 1", demo_id("verifier", 0))
    finally:
        await connection.close()
    if not watered:
        await _water(urls)
    if not reduced:
        await _reductions(urls)
    if not known:
        await _applications(urls)
    if not worked:
        await _cases(urls)
    await _finance(urls)


async def _finance(urls: Urls) -> None:
    """Products of the banks and one live consent, once."""
    import wiring
    from demo.finance import LOGINS, make_finance

    connection = await asyncpg.connect(**connect_arguments(urls.migrator))
    try:
        await connection.execute("set row_security = off")
        known = await connection.fetchval("select true from finance_product where tenant_id = $1 limit 1", demo_id("bank", 0))
        rows = await connection.fetch("select login_name, person_id from account where login_name = any ($1)", list(LOGINS))
    finally:
        await connection.close()
    if known:
        return
    await open_database(urls.app, wiring.MODELS, minsize=1, maxsize=2)
    try:
        await make_finance(organisation_of, {row["login_name"]: row["person_id"] for row in rows})
    finally:
        await close_database()


async def _city(connection: asyncpg.Connection) -> None:
    now, today = utc_now(), beijing_today()
    book = catalogue_from_files()
    rows = [tenants.BulkOrganisation(demo_id("gov"), "gov", "示例市生态环境局（演示）", None, CITY)]
    rows += [
        tenants.BulkOrganisation(demo_id(kind, number), kind, name, uscc_of(code, place), place)
        for kind, number, name, code, place in THIRD_PARTIES
    ]
    rows += [_organisation(firm) for firm in firms()]
    rows.append(
        tenants.BulkOrganisation(
            demo_id("firm", "new"), "enterprise", "广州新舍家具制造有限公司", uscc_of(90000001, "440111"), "440111", "C2110", "unverified",
            nature="民营", address="广州市白云区示例路 9 号", legal_name="梁丽华", contact_name="梁丽华", contact_phone="+8613800138006",
        )
    )  # fmt: skip
    await tenants.bulk_create(connection, rows, now)
    await tenants.bulk_scopes(connection, [(demo_id("gov"), CITY)], now)
    for firm in firms():
        await connection.execute("select set_config('app.tenant', $1, true)", str(firm_id(firm)))
        await _template(connection, firm, today)
        stale = await connection.fetchval("select inventory_post($1)", _months(firm, book, today))
        if stale:
            raise RuntimeError(f"{firm.name}: months were there already")
        await _operating(connection, firm, today, now)
    await _references(connection)
    while await connection.fetchval("select fold_rollups(20000)"):
        pass
    for year in (today.year - 2, today.year - 1):
        await rollups.compute_benchmarks(Db(connection, None), year, now, today)


def _organisation(firm: Firm) -> tenants.BulkOrganisation:
    return tenants.BulkOrganisation(
        firm_id(firm), "enterprise", firm.name, uscc_of(10_000_001 + firm.number * 37, firm.region), firm.region, firm.industry, "active", "民营",
        f"广州市示例区示范路 {firm.number * 7 + 3} 号", firm.legal_name, firm.legal_name, f"+86138001390{firm.number:02d}", firm.capital, firm.established,
        firm.staff, firm.output > 2000, intro="演示企业，数据均为虚构。",
    )  # fmt: skip


async def _template(connection: asyncpg.Connection, firm: Firm, today: date) -> None:
    tenant, first = firm_id(firm), (today.year - 2) * 100 + 1
    account = demo_id("account", firm.number)
    number = f"0301{firm.number:02d}00{firm.number * 7919 % 1_000_000:06d}"
    await connection.execute("insert into claim (kind, value, tenant_id) values ('electricity_account', $1, $2)", number, tenant)
    await connection.execute(
        "insert into electricity_account (tenant_id, id, account_no, supplier, site) values ($1, $2, $3, '示例供电局', '厂区')", tenant, account, number
    )
    await connection.execute("insert into template (tenant_id, version, first_month, saved_at) values ($1, 1, $2, $3)", tenant, first, utc_now())
    names = {code: catalogue_from_files().name(code) for code in {e.carrier for e in firm.energies}}
    rows = [
        (tenant, item_id(firm, e.carrier), e.carrier, names[e.carrier], e.use, e.unit, account if e.carrier == "electricity" else None, n, first)
        for n, e in enumerate(firm.energies)
    ]
    await connection.executemany(
        "insert into template_item (tenant_id, id, carrier, name, use, unit, account_id, sort, first_month, template_version)"
        " values ($1, $2, $3, $4, $5, $6, $7, $8, $9, 1)",
        rows,
    )


def item_id(firm: Firm, carrier: str) -> UUID:
    """The template item of a firm's energy."""
    return demo_id("item", firm.number, carrier)


#: Firms of the stories in a browser: their people file the month that is missing.
WITHOUT_DECEMBER = (0, 30)


def filed_months(firm: Firm, today: date) -> list[int]:
    """24 months for everyone; two firms lack last December, the first of them has this year until two months ago."""
    first = (today.year - 2) * 100 + 1
    months = [shift(first, n) for n in range(24)]
    if firm.number in WITHOUT_DECEMBER:
        months.remove((today.year - 1) * 100 + 12)
    if firm.number == 0:
        months += [today.year * 100 + m for m in range(1, today.month - 1)]
    return months + months_of_agency(firm.number, today)


def _months(firm: Firm, book: Catalogue, today: date) -> dict[str, Any]:
    place = {"region_code": firm.region, "industry_code": firm.industry}
    payload: dict[str, Any] = place | {"origin": "filing", "months": [], "lines": [], "deltas": []}
    for period in filed_months(firm, today):
        month_id = demo_id("month", firm.number, period)
        filed = shift(period, 1)
        day = date(filed // 100, filed % 100, 8 + firm.number % 5)
        known = min(today, max(day, date(2025, 1, 10)))
        lines = [_line(firm, book, e, period, month_id, n, known, today) for n, e in enumerate(firm.energies)]
        month = _month(firm, period, month_id, lines, max(day, date(2025, 1, 10)))
        payload["lines"] += lines
        payload["months"].append(month)
        payload["deltas"] += inventory.deltas_of(month, lines, place)
    return payload


def _line(firm: Firm, book: Catalogue, energy: Any, period: int, month_id: UUID, n: int, known: date, today: date) -> dict[str, Any]:
    carrier = book.carrier(energy.carrier, Ask(f"{firm.region[:2]}0000", period, known))
    used = amount(firm, energy, period // 100, period % 100, today.year)
    made = calculate_line(Activity(carrier, used, energy.unit, energy.use))
    return {
        "id": demo_id("line", firm.number, period, energy.carrier),
        "month_id": month_id,
        "period": period,
        "position": n,
        "item_id": item_id(firm, energy.carrier),
        "name": carrier.name,
        "carrier": energy.carrier,
        "use": energy.use,
        "source_group": source_group(energy.carrier),
        "scope": scope(energy.use),
        "unit": energy.unit,
        "amount": used,
        "factor_code": made.factor["code"],
        "factor_value": made.factor["value"],
        "factor_unit": made.factor["unit"],
        "co2_t": made.co2_t,
        "tce_equivalent": made.tce_equivalent,
        "tce_equal_value": made.tce_equal_value,
        "trace": made.trace | {"factor": made.factor},
        "split_estimated": False,
        "note": "",
        "evidence": [],
    }


def _month(firm: Firm, period: int, month_id: UUID, lines: list[dict[str, Any]], day: date) -> dict[str, Any]:
    groups = {s: sum((x["co2_t"] for x in lines if x["scope"] == s), ZERO) for s in ("direct", "indirect", "process")}
    power = next(e for e in lines if e["carrier"] == "electricity")
    return {
        "id": month_id,
        "period": period,
        "version": 1,
        "state": "submitted",
        "template_version": 1,
        "items": {str(x["item_id"]): plain(x["amount"]) for x in lines},
        "co2_direct": groups["direct"],
        "co2_indirect": groups["indirect"],
        "co2_process": groups["process"],
        "co2_total": sum(groups.values(), ZERO),
        "tce_equivalent": sum((x["tce_equivalent"] for x in lines), ZERO),
        "tce_equal_value": sum((x["tce_equal_value"] for x in lines), ZERO),
        "purchased_mwh": convert(power["amount"], power["unit"], "MWh"),
        "green": None,
        "green_claimed_mwh": ZERO,
        "green_counted_mwh": ZERO,
        "d_green": ZERO,
        "a_own": ZERO,
        "split_estimated": False,
        "answers": [],
        "reason": None,
        "fingerprint": "",
        "submitted_by": None,
        "submitted_by_name": firm.legal_name[:1] + "*" * (len(firm.legal_name) - 1),
        "submitted_at": datetime(day.year, day.month, day.day, 2, 30, firm.number, tzinfo=UTC),
    }


async def _operating(connection: asyncpg.Connection, firm: Firm, today: date, now: datetime) -> None:
    for year in (today.year - 2, today.year - 1):
        output, added, tax = operating(firm, year, today.year)
        await connection.execute(
            "insert into operating_data (tenant_id, id, period, year, version, output_value, value_added, tax, staff_avg, saved_at)"
            " values ($1, $2, $3, $4, 1, $5, $6, $7, $8, $9)",
            firm_id(firm), demo_id("operating", firm.number, year), str(year), year, output, added, tax, firm.staff, now,
        )  # fmt: skip
        delta = {"period": year * 100, "region_code": firm.region, "industry_code": firm.industry, "source_group": "operating", "va": added, "output": output}
        await connection.execute("select post_delta($1)", [delta])


async def _references(connection: asyncpg.Connection) -> None:
    """Published companies as read-only reference cases: name, source, figures; no code, no grade."""
    rows = json.loads((Path(__file__).parent / "reference_cases.json").read_text("utf-8"))
    await connection.executemany(
        "insert into reference_case (id, name, title, figures, source, source_url) values ($1, $2, $3, $4, $5, $6) on conflict do nothing",
        [(r["id"], r["name"], r["title"], r["figures"], r["source"], r["source_url"]) for r in rows],
    )


async def _people(urls: Urls) -> None:
    """Accounts through the product's own verbs, memberships in bulk."""
    import wiring

    await open_database(urls.app, wiring.MODELS, minsize=1, maxsize=2)
    members = []
    try:
        async with transaction() as db:
            for account in ACCOUNTS:
                ctx = Acting(db, utc_now())
                profile = "seed001" if account.audience == "console-ent" else "strong"
                made = await auth.create_person_account(
                    ctx, login_name=account.login, name=account.name, phone=account.phone, password=PASSWORD, profile=profile, must_change=False
                )
                if account.audience != "console-ent":
                    await give_second_factor(ctx, made.account_id, TOTP_SECRET)
                if account.roles:
                    firm = organisation_of(account.organisation)
                    members.append(tenants.BulkMember(firm, made.person_id, account.roles, account.name, account.login, account.phone))
        await _agency(urls)
        async with transaction() as db:
            await give_documents(db, {m.login_name: m.person_id for m in members})
            city = [(uscc_of(10_000_001 + f.number * 37, f.region), f.name, f.region) for f in firms()]
            await make_register(db, city, [uscc_of(number, region) for _, number, region in NEW])
    finally:
        await close_database()
    connection = await asyncpg.connect(**connect_arguments(urls.migrator))
    try:
        await tenants.bulk_members(connection, members, utc_now(), beijing_today())
    finally:
        await connection.close()


async def _applications(urls: Urls) -> None:
    """Three applications on the operator's desk."""
    import wiring

    await open_database(urls.app, wiring.MODELS, minsize=1, maxsize=2)
    try:
        async with transaction() as db:
            desk = await db.row("select person_id from auth_look('ops-review', null, '', '', '', null, $1)", utc_now())
        assert desk is not None
        regions = {f.number: f.region for f in firms()}
        await make_applications(demo_id, lambda n: uscc_of(10_000_001 + n * 37, regions.get(n, "440112")), desk["person_id"])
    finally:
        await close_database()


async def _third_parties(urls: Urls) -> None:
    """Agencies in good standing."""
    import wiring

    await open_database(urls.app, wiring.MODELS, minsize=1, maxsize=2)
    try:
        await make_agencies({number: demo_id("verifier", number) for number in (0, 1)})
    finally:
        await close_database()


async def _cases(urls: Urls) -> None:
    """Verifications on the agency's desk."""
    import wiring

    await open_database(urls.app, wiring.MODELS, minsize=2, maxsize=4)
    try:
        await make_cases({f.number: firm_id(f) for f in firms()}, demo_id("verifier", 0))
    finally:
        await close_database()


async def _water(urls: Urls) -> None:
    """Water data of a few firms."""
    import wiring
    from demo.water import make_water

    await open_database(urls.app, wiring.MODELS, minsize=1, maxsize=2)
    try:
        await make_water(lambda number: demo_id("firm", number), beijing_today())
    finally:
        await close_database()


async def _reductions(urls: Urls) -> None:
    """Measures, indicators, plans and the draft report of the first firm."""
    import wiring
    from demo.reduction import make_reductions

    await open_database(urls.app, wiring.MODELS, minsize=1, maxsize=2)
    try:
        await make_reductions(lambda number: demo_id("firm", number), beijing_today())
    finally:
        await close_database()


async def _messages(urls: Urls) -> None:
    """What the calendar would have told by now."""
    import wiring

    await open_database(urls.app, wiring.MODELS, minsize=1, maxsize=2)
    try:
        agency = [demo_id("firm", case.firm) for case in CASES]
        own = {organisation_of(account.organisation) for account in ACCOUNTS if account.organisation.startswith("firm:")}
        await remind_firms([*agency, *sorted(own, key=str)])
    finally:
        await close_database()


async def _agency(urls: Urls) -> None:
    connection = await asyncpg.connect(**connect_arguments(urls.migrator))
    try:
        await prepare_connection(connection)
        await make_agency(connection)
    finally:
        await connection.close()


def organisation_of(text: str) -> UUID:
    """``firm:0`` · ``firm:new`` · ``verifier:0`` · ``bank:0`` · ``platform`` · ``gov``."""
    kind, _, number = text.partition(":")
    if kind == "platform":
        return PLATFORM_ORG
    if kind in ("verifier", "bank"):
        return demo_id(kind, int(number))
    return demo_id("firm", "new" if number == "new" else int(number)) if kind == "firm" else demo_id("gov")


def start_sms_gateway(settings: Settings, children: list["subprocess.Popen[bytes]"], environment: dict[str, str]) -> str:
    """Start the fake gateway beside the demonstration unless a real one is configured; returns its address."""
    if settings.sms_gateway_url:
        return settings.sms_gateway_url
    port = settings.port + 1000 if settings.port < 64000 else settings.port - 1000
    environment["SMS_GATEWAY_KEY"] = environment.get("SMS_GATEWAY_KEY") or "demo"
    command = [sys.executable, "-m", "tests.fakes.sms", "--port", str(port), "--key", environment["SMS_GATEWAY_KEY"]]
    children.append(subprocess.Popen(command, env=environment, cwd=ROOT))
    return f"http://127.0.0.1:{port}"


def start_wechat(settings: Settings, children: list["subprocess.Popen[bytes]"], environment: dict[str, str]) -> None:
    """Start the fake WeChat beside the demonstration unless a mini-program is configured; the product is told of it."""
    if settings.wx_appid:
        return
    from tests.fakes.wechat import DEMO_TEMPLATES, FakeWeChat

    port, facts = (settings.port + 1001 if settings.port < 64000 else settings.port - 1001), FakeWeChat()
    environment.update(
        WX_API_BASE=f"http://127.0.0.1:{port}",
        WX_APPID=facts.appid,
        WX_SECRET=facts.secret,
        WX_CALLBACK_TOKEN=facts.push_token,
        WX_ENCODING_AES_KEY=facts.aes_key,
        WX_TEMPLATES=json.dumps(DEMO_TEMPLATES, ensure_ascii=False),
    )
    command = [sys.executable, "-m", "tests.fakes.wechat", "--port", str(port)]
    children.append(subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL))


def start_face_provider(settings: Settings, children: list["subprocess.Popen[bytes]"], environment: dict[str, str]) -> None:
    """Start the fake face provider beside the demonstration unless one is configured; the product is told of it."""
    if settings.identity_providers:
        return
    port, key = (settings.port + 1002 if settings.port < 64000 else settings.port - 1002), "demo-face-provider-key"
    entry = {
        "code": "demo", "name": "演示刷脸", "base": f"http://127.0.0.1:{port}", "app_id": "tanxiao", "sign_with": "k1", "audiences": ["h5", "mini"],
        "keys": {"k1": {"alg": "hmac-sha256", "secret": key}},
    }  # fmt: skip
    environment["IDENTITY_PROVIDERS"] = json.dumps([entry], ensure_ascii=False)
    command = [sys.executable, "-m", "tests.fakes.idp", "--port", str(port), "--key", key]
    children.append(subprocess.Popen(command, env=environment, cwd=ROOT, stdout=subprocess.DEVNULL))


def announce(settings: Settings) -> None:
    """Print the address and the accounts."""
    year = beijing_today().year - 1
    lines = [
        "",
        f"  碳效 演示环境   {settings.base_url}/",
        f"  控制台          {settings.base_url}/console/",
        "",
        f"  账号 {ACCOUNTS[0].login}   密码 {PASSWORD}   图形验证码 {DEMO_ID} / {DEMO_ANSWER}",
        f"  可试：打开 {year} 年填报表，补填 12 月，计算，提交，生成报告，领取碳效码。",
        "",
        *(f"    {a.login:<12} {a.about}" for a in ACCOUNTS[1:]),
        "",
        "  手机端刷脸登录（演示刷脸，不采集人脸）：",
        *(f"    {name}  {number}  {about}" for name, number, about in faces()),
        "",
        f"  运营与监管账号另需动态验证码，密钥 {TOTP_SECRET}（登录页会显示当前验证码）。",
        "  Ctrl+C 停止。",
        "",
    ]
    print("\n".join(lines), flush=True)


__all__ = ["announce", "demo_id", "filed_months", "firm_id", "organisation_of", "seed", "seed_forms", "start_face_provider", "start_sms_gateway", "start_wechat"]
