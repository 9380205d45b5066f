"""The demonstration's registry of enterprises: the city's firms with their representatives, two firms that nobody has opened yet.

Numbers are well-formed and of nobody (C5: check digit by the rule, a place and day made up). Deterministic.
"""

from uuid import UUID

import wiring
from auth import identity_providers as idp
from core.clock import utc_now
from core.database import Acting, Db
from core.ids import PLATFORM_ORG
from demo.accounts import ACCOUNTS
from demo.city import firms
from tenants.codes import id_check_character

HEADINGS = ("统一社会信用代码", "企业名称", "登记状态", "法定代表人", "法定代表人证件号码", "所属区域代码")
#: Firms in the registry that are not on the platform: going in by face makes them.
NEW = (("广州禾川新材料有限公司", 90000101, "440112"), ("广州穗晴节能科技有限公司", 90000102, "440106"))
#: Who represents the second of them and nothing else.
NEWCOMER = "欧阳晴"


def number_of(firm: int) -> str:
    """The identity number of a firm's representative."""
    first = f"440106{1965 + firm % 30}0307{100 + firm}"
    return first + id_check_character(first)


def representative(firm: int) -> str:
    """The name: the account's where the demonstration has one."""
    named = next((a.name for a in ACCOUNTS if a.organisation == f"firm:{firm}" and "legal" in a.roles), None)
    return named or firms()[firm].legal_name


def table(uscc_of_firm: list[tuple[str, str, str]]) -> list[list[str]]:
    """Rows as an operator's file has them; ``uscc_of_firm``: code, name, place by firm."""
    rows = [list(HEADINGS)]
    for firm, (code, name, region) in enumerate(uscc_of_firm):
        rows.append([code, name, "存续", representative(firm), number_of(firm), region])
    return rows


async def make_register(db: Db, city: list[tuple[str, str, str]], newcomers: list[str]) -> None:
    """Load it through the operator's own verb."""
    await db.run("select set_config('app.tenant', $1, true), set_config('app.kind', 'operator', true)", str(PLATFORM_ORG))
    ctx = Acting(db, utc_now(), tenant_id=PLATFORM_ORG, org_kind="operator", route="demo", request_id="DEMO")
    rows = table(city)
    people = ((representative(0), number_of(0)), (NEWCOMER, number_of(899)))
    for (name, _, region), code, (legal, number) in zip(NEW, newcomers, people, strict=True):
        rows.append([code, name, "存续", legal, number, region])
    made = await wiring.import_table(ctx, rows, source="演示企业库", dry_run=False)
    if made.errors:
        raise RuntimeError(str(made.errors[0]))


async def give_documents(db: Db, people: dict[str, UUID]) -> None:
    """Accounts of representatives have their document already, so that a face opens the account that there is."""
    ctx = Acting(db, utc_now())
    for account in ACCOUNTS:
        kind, _, firm = account.organisation.partition(":")
        if kind == "firm" and firm != "new" and "legal" in account.roles:
            hint = idp.Hint(account.name, "resident_id", number_of(int(firm)))
            await idp.give_document(ctx, people[account.login], hint, "demo")


def faces() -> list[tuple[str, str, str]]:
    """Who may be played at the demonstration's face page: name, number, what to try."""
    return [
        (representative(0), number_of(0), "两家企业可选，其中一家是新的"),
        (NEWCOMER, number_of(899), "新的法定代表人：刷脸即开通企业"),
    ]
