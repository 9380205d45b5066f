#!/usr/bin/env python3
"""碳效 Tanxiao: the command line.

    server.py run                    everything for one machine: database, migrations, demonstration city, worker, web
    server.py serve | worker         one process (DATABASE_URL, or the embedded database)
    server.py migrate [--back]       apply migrations and reference data, or undo the newest migration
    server.py seed-demo [--enterprises N]
    server.py check-cases [--kinds a,b] FILE...
    server.py verify-certificate FILE
    server.py backup FILE | restore FILE
    server.py import-registry FILE   enterprises and their representatives (CSV, XLSX)
    server.py renew-wechat-token     after a leak: WeChat drops the access token and makes another (20 a day, 30 s apart)
    server.py openapi [FILE]         write the OpenAPI document
"""

import argparse
import asyncio
import os
import signal
import subprocess
import sys
import traceback
from pathlib import Path

from core.postgres import Urls
from core.settings import check, settings, warnings


def main(argv: list[str]) -> int:
    """Run one command; the exit code is the process's."""
    if argv[:1] == ["check-cases"]:
        from factors.cases import main as check_cases

        return check_cases(argv[1:])
    if argv[:1] == ["verify-certificate"]:
        from grading.verify import main as verify

        return int(verify(argv[1:]))
    parser = argparse.ArgumentParser(prog="server.py", description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    commands = parser.add_subparsers(dest="command", required=True)
    for name in ("run", "serve", "worker"):
        commands.add_parser(name)
    commands.add_parser("migrate").add_argument("--back", action="store_true", help="undo the newest migration")
    seed = commands.add_parser("seed-demo")
    seed.add_argument("--enterprises", type=int, default=0, help="volume: this many generated enterprises besides the city")
    commands.add_parser("backup").add_argument("file", type=Path)
    commands.add_parser("restore").add_argument("file", type=Path)
    commands.add_parser("openapi").add_argument("file", type=Path, nargs="?")
    commands.add_parser("import-registry", help="load the registry of enterprises from a CSV or Excel file").add_argument("file", type=Path)
    commands.add_parser("renew-wechat-token", help="after a leak: drop the access token at WeChat and here")
    commands.add_parser("rotate-keys", help="make the next certificate signing key, switch when it is due")
    arguments = parser.parse_args(argv)
    if faults := check(settings):
        print("不能启动：\n  " + "\n  ".join(faults), file=sys.stderr)
        return 2
    for warning in warnings(settings):
        print(f"注意：{warning}", file=sys.stderr)
    return int(COMMANDS[arguments.command](arguments) or 0)


def _urls() -> Urls:
    """Addresses of the database; starts the embedded server when none is configured."""
    from core import postgres

    if settings.database_url:
        return postgres.external(settings)
    urls = postgres.start_embedded(settings)
    asyncio.run(postgres.ensure_database(urls.superuser or ""))
    return urls


def run(_: argparse.Namespace) -> int:
    """Database, migrations, demonstration data, then worker and web until interrupted."""
    urls = _urls()
    _migrate(urls.migrator)
    environment = dict(os.environ)
    environment.update(
        DATABASE_URL=urls.app, DATABASE_MIGRATOR_URL=urls.migrator, DATABASE_JANITOR_URL=urls.janitor, DATABASE_DIRECT_URL=urls.direct
    )
    children: list[subprocess.Popen[bytes]] = []
    if settings.demo:
        import demo

        asyncio.run(demo.seed(urls, settings, forms=False))
        gateway = demo.start_sms_gateway(settings, children, environment)
        environment.setdefault("SMS_GATEWAY_URL", gateway)
        demo.start_wechat(settings, children, environment)
        demo.start_face_provider(settings, children, environment)
    children += [subprocess.Popen([sys.executable, __file__, name], env=environment) for name in ("worker", "serve")]
    signal.signal(signal.SIGTERM, lambda *_: (_ for _ in ()).throw(KeyboardInterrupt()))
    if settings.demo:
        demo.announce(settings)
    try:
        if settings.demo:
            try:
                asyncio.run(demo.seed_forms(urls))
            except Exception:  # what is there already serves; the next start makes what is missing
                traceback.print_exc()
                print("a part of the demonstration's data could not be made; the next start tries again", file=sys.stderr)
        while all(child.poll() is None for child in children):
            try:
                children[-1].wait(timeout=0.5)
            except subprocess.TimeoutExpired:
                continue
    except KeyboardInterrupt:
        pass
    finally:
        for child in reversed(children):
            if child.poll() is None:
                child.terminate()
        codes = [child.wait(timeout=20) for child in children]
    return max((c for c in codes if c > 0), default=0)


def serve(_: argparse.Namespace) -> int:
    """One web process."""
    import wiring
    from api import routes
    from api.kernel.app import create_app

    urls = _urls()
    routes.load()
    if settings.workers > 1:
        from functools import partial

        from sanic import Sanic
        from sanic.worker.loader import AppLoader

        loader = AppLoader(factory=partial(_loaded_app, urls.app, tuple(wiring.MODELS)))
        app = loader.load()
        app.prepare(host=settings.host, port=settings.port, workers=settings.workers, access_log=False, motd=False)
        Sanic.serve(primary=app, app_loader=loader)
        return 0
    app = create_app(urls.app, wiring.MODELS)
    app.run(host=settings.host, port=settings.port, single_process=True, access_log=False, motd=False)
    return 0


def _loaded_app(url: str, models: tuple[str, ...]):  # type: ignore[no-untyped-def]
    from api import routes
    from api.kernel.app import create_app

    routes.load()
    return create_app(url, models)


def worker(_: argparse.Namespace) -> int:
    """Jobs and schedules."""
    import wiring
    from core import worker as machine

    urls = _urls()
    wiring.register_jobs()

    async def work() -> None:
        await wiring.start_papers()
        try:
            await machine.run(urls, wiring.MODELS)
        finally:
            await wiring.stop_papers()

    asyncio.run(work())
    return 0


def migrate(arguments: argparse.Namespace) -> int:
    """Forward with reference data, or one step back."""
    from core.migrate import roll_back

    urls = _urls()
    if arguments.back:
        print("undone:", asyncio.run(roll_back(urls.migrator)))
        return 0
    _migrate(urls.migrator)
    return 0


def _migrate(url: str) -> None:
    import wiring
    from core.migrate import migrate as forward

    async def go() -> list[str]:
        applied = await forward(url)
        await wiring.load_reference(url)
        return applied

    for name in asyncio.run(go()):
        print("migrated:", name)


def seed_demo(arguments: argparse.Namespace) -> int:
    """The demonstration city; refused in production."""
    import demo

    if not settings.demo:
        print("演示数据不能装入生产环境。", file=sys.stderr)
        return 2
    urls = _urls()
    _migrate(urls.migrator)
    asyncio.run(demo.seed(urls, settings, volume=arguments.enterprises))
    return 0


def backup(arguments: argparse.Namespace) -> int:
    """Database and files into one archive, as the migrator."""
    from core.backup import backup as make

    return make(_urls(), settings, arguments.file)


def restore(arguments: argparse.Namespace) -> int:
    """An archive into an empty database."""
    from core.backup import restore as put_back

    return put_back(_urls(), settings, arguments.file)


def openapi(arguments: argparse.Namespace) -> int:
    """The OpenAPI document to a file or standard output."""
    from api import routes
    from api.kernel.app import openapi_bytes

    routes.load()
    text = openapi_bytes()
    if arguments.file:
        arguments.file.write_bytes(text)
    else:
        sys.stdout.buffer.write(text)
    return 0


def rotate_keys(_: argparse.Namespace) -> int:
    """Certificate signing keys: publish the next, switch when its lead time is over."""
    import wiring

    urls = _urls()
    print(asyncio.run(wiring.rotate_signing_keys(urls.app)))
    return 0


def import_registry(arguments: argparse.Namespace) -> int:
    """The registry of enterprises from a file; rows with errors are named and left out."""
    import wiring
    from core.errors import Problem

    try:
        print(asyncio.run(wiring.import_registry(_urls().app, arguments.file)))
    except (Problem, OSError) as error:
        print(error, file=sys.stderr)
        return 1
    return 0


def renew_wechat_token(_: argparse.Namespace) -> int:
    """Leak drill (W5): the present access token dies at WeChat, every process takes the new one."""
    import wiring
    from core.errors import Problem

    urls = _urls()
    try:
        asyncio.run(wiring.renew_wechat_token(urls.app))
    except Problem as problem:
        print(problem.detail, file=sys.stderr)
        return 1
    return 0


COMMANDS = {
    "run": run,
    "serve": serve,
    "worker": worker,
    "migrate": migrate,
    "seed-demo": seed_demo,
    "backup": backup,
    "restore": restore,
    "openapi": openapi,
    "renew-wechat-token": renew_wechat_token,
    "rotate-keys": rotate_keys,
    "import-registry": import_registry,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
