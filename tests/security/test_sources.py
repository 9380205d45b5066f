"""What the source may not do (architecture 9.3): no way to a connection but acting(), no SQL put together from values."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).resolve().parent.parent.parent
ROOMS = (
    "auth",
    "tenants",
    "factors",
    "documents",
    "inventory",
    "filing",
    "rollups",
    "grading",
    "reports",
    "water",
    "cases",
    "notices",
    "knowledge",
    "finance",
    "api",
)
FILES = sorted(p for room in ROOMS for p in (ROOT / room).rglob("*.py"))

#: Who opens a transaction without acting(), and why that is right.
OPENERS = {
    "api/kernel/serve.py": "the kernel itself: denials and readings are logged in a transaction of their own",
    "api/kernel/app.py": "opens and closes the pool",
    "api/routes/platform.py": "readiness asks whether the database answers",
    "api/routes/certificate_public.py": "the public page belongs to no organisation; it reads one function's answer",
    "auth/scan.py": "a poll that waits holds no connection; each look is a transaction of its own",
    "auth/sms.py": "a code is counted before it is sent, and stays counted when sending fails",
    "auth/wechat/binding.py": "WeChat is asked before and between transactions, each acting for nobody as a public request does",
    "auth/wechat/callbacks.py": "a push comes from WeChat, not from a person; identity tables by their functions only",
    "auth/wechat/tokens.py": "the shared access token and its lease belong to the machinery, whoever's request needs it",
    "factors/library.py": "the calculator is open to nobody in particular; the published library belongs to no organisation",
    "tenants/reading.py": "the one door for reading another organisation",
}
#: Who connects past the pool: as the migrator, for reference data and volume, never in a request.
CONNECTORS: dict[str, str] = {}
SQL_VERBS = {"rows", "row", "value", "run", "many", "fetch", "fetchrow", "fetchval", "execute", "executemany"}


def name(path: Path) -> str:
    return path.relative_to(ROOT).as_posix()


def imports(tree: ast.AST) -> Iterator[tuple[str, str]]:
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module:
            yield from ((node.module, alias.name) for alias in node.names)
        elif isinstance(node, ast.Import):
            yield from ((alias.name, "") for alias in node.names)


def constant(value: ast.expr) -> bool:
    """A name in capitals is a piece of SQL written in the source, not a value."""
    return isinstance(value, ast.Name) and value.id.isupper()


@pytest.mark.parametrize("path", FILES, ids=name)
def test_the_only_way_to_a_connection_is_acting(path: Path) -> None:
    tree = ast.parse(path.read_text("utf-8"))
    taken = {what for module, what in imports(tree) if module == "core.database"} & {
        "transaction",
        "pool",
        "open_database",
    }
    if taken:
        assert name(path) in OPENERS, f"{name(path)} takes {sorted(taken)} from core.database"
    calls = [n for n in ast.walk(tree) if isinstance(n, ast.Call) and isinstance(n.func, ast.Attribute)]
    connects = [
        n for n in calls if n.func.attr in ("connect", "create_pool") and ast.unparse(n.func.value) == "asyncpg"
    ]  # type: ignore[attr-defined]
    assert not connects or name(path) in CONNECTORS, f"{name(path)} connects past the pool"


@pytest.mark.parametrize("path", FILES, ids=name)
def test_sql_is_a_constant_and_values_are_parameters(path: Path) -> None:
    faults = []
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if (
            isinstance(node, ast.Call)
            and isinstance(node.func, ast.Attribute)
            and node.func.attr in SQL_VERBS
            and node.args
        ):
            if "db" not in ast.unparse(node.func.value) and "connection" not in ast.unparse(node.func.value):
                continue
            for part in ast.walk(node.args[0]):
                if (isinstance(part, ast.FormattedValue) and not constant(part.value)) or (
                    isinstance(part, ast.BinOp) and isinstance(part.op, ast.Mod)
                ):
                    faults.append(f"line {part.lineno}: {ast.unparse(node.args[0])[:80]}")
                if isinstance(part, ast.Call) and isinstance(part.func, ast.Attribute) and part.func.attr == "format":
                    faults.append(f"line {part.lineno}: {ast.unparse(part)[:80]}")
    assert faults == []


@pytest.mark.parametrize("path", [p for p in FILES if "api/routes" in p.as_posix()], ids=name)
def test_handlers_name_no_role(path: Path) -> None:
    """Code asks for permissions, never for roles (T4)."""
    from auth import ROLES_OF_KIND

    roles = {role for kind in ROLES_OF_KIND.values() for role in kind}
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if isinstance(node, ast.Attribute) and node.attr == "roles" and ast.unparse(node.value) == "ctx":
            parent = ast.unparse(node)
            assert parent != "ctx.roles" or path.name == "auth.py", f"{name(path)} looks at roles"
        if isinstance(node, ast.Compare):
            words = {c.value for c in ast.walk(node) if isinstance(c, ast.Constant) and isinstance(c.value, str)}
            assert not words & roles, f"{name(path)} line {node.lineno} compares with a role"
