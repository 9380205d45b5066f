"""Settings from the environment (and ``.env`` beside the project). Documented in ``.env.example``; nothing else reads ``os.environ``.

Production mode (``MODE=production``) refuses demo keys, demo accounts and fakes: :func:`check` names each offending setting.
"""

import json
import os
import re
from dataclasses import dataclass, field, fields
from pathlib import Path
from urllib.parse import urlsplit

ROOT = Path(__file__).resolve().parent.parent

#: Keys that are public because they stand in the source; accepted in demo mode only (R15).
DEMO_SECRET = "demo-only-root-key-never-in-production-0000000000000000"

#: Keys that stand in the documentation of object stores and in our own fake; everybody knows them.
DEMO_S3_KEYS = frozenset({
    "minioadmin", "minio", "minio123", "miniostorage", "rustfsadmin", "rustfs", "admin", "test", "demoaccesskey", "demo-object-store-secret",
    "akiaiosfodnn7example", "wjalrxutnfemi/k7mdeng/bpxrficyexamplekey",
})  # fmt: skip


@dataclass(frozen=True, slots=True)
class Settings:
    """One frozen object; each field is the environment variable of the same name in upper case."""

    mode: str = "demo"  # demo | production | test
    host: str = "127.0.0.1"
    port: int = 8000
    public_url: str = ""  # https://host as printed in QR codes; empty = http://HOST:PORT
    workers: int = 1
    var_dir: str = str(ROOT / "var")
    # database: empty = embedded PostgreSQL in VAR_DIR/pg
    database_url: str = ""
    database_migrator_url: str = ""
    database_janitor_url: str = ""
    database_direct_url: str = ""  # for LISTEN and jobs behind a pooler; empty = DATABASE_URL
    pool_min: int = 4
    pool_max: int = 10
    pool_wait_seconds: float = 3.0
    redis_url: str = ""
    # stored files: empty bucket = VAR_DIR/files, else an S3-compatible object store
    s3_bucket: str = ""
    s3_endpoint: str = ""
    s3_region: str = "us-east-1"
    s3_access_key: str = ""
    s3_secret_key: str = field(default="", repr=False)
    s3_path_style: bool = True
    s3_timeout_seconds: float = 20.0  # of one operation with all its tries; below REQUEST_TIMEOUT_SECONDS
    # secrets
    secret_key: str = DEMO_SECRET
    secret_key_previous: str = ""
    # limits
    request_max_bytes: int = 2_000_000
    upload_max_bytes: int = 21_000_000
    requests_in_flight: int = 200
    request_timeout_seconds: int = 30
    proxies_count: int = 0
    # outside systems
    sms_gateway_url: str = ""
    sms_gateway_key: str = ""
    wx_api_base: str = "https://api.weixin.qq.com"
    wx_appid: str = ""  # empty: no mini-program
    wx_secret: str = ""
    wx_callback_token: str = ""
    wx_encoding_aes_key: str = ""
    wx_templates: str = ""  # JSON, see .env.example
    wx_version: str = "formal"  # formal | trial | developer: which build messages, codes and links open
    # identity
    legacy_fixed_password: bool = False
    password_max_age_days: int = 0
    identity_providers: str = ""  # JSON list, see .env.example; WeChat's own comes with WX_APPID
    ip_places_file: str = ""  # CSV network,province,city for the scan page; empty = places are unknown
    # presentation
    hotline: str = "（由运营方设置）"
    city_name: str = ""
    font_dir: str = ""
    render_processes: int = 1
    log_level: str = "INFO"

    @property
    def demo(self) -> bool:
        """True in demo and test mode: the screen says so, fakes and the documented captcha are accepted."""
        return self.mode in ("demo", "test")

    @property
    def var(self) -> Path:
        """Where the embedded database and local files live."""
        return Path(self.var_dir)

    @property
    def base_url(self) -> str:
        """The address that is printed in QR codes and papers, without a trailing slash."""
        return (self.public_url or f"http://{self.host}:{self.port}").rstrip("/")


def _env_file() -> dict[str, str]:
    path = ROOT / ".env"
    if not path.exists():
        return {}
    pairs = (line.split("=", 1) for line in path.read_text("utf-8").splitlines() if "=" in line and not line.lstrip().startswith("#"))
    return {k.strip(): v.strip().strip("'\"") for k, v in pairs}


def load(env: dict[str, str] | None = None) -> Settings:
    """Read the environment. Raises ValueError naming the variable when a value has the wrong type."""
    source = {**_env_file(), **os.environ} if env is None else env
    values: dict[str, object] = {}
    for item in fields(Settings):
        raw = source.get(item.name.upper())
        if raw is None or raw == "":
            continue
        try:
            values[item.name] = _convert(raw, item.type)
        except ValueError as error:
            raise ValueError(f"{item.name.upper()}={raw!r}: {error}") from None
    return Settings(**values)  # type: ignore[arg-type]


def _convert(raw: str, kind: object) -> object:
    name = kind if isinstance(kind, str) else getattr(kind, "__name__", "str")
    if name == "bool":
        if raw.lower() not in ("true", "false", "1", "0", "yes", "no"):
            raise ValueError("expected true or false")
        return raw.lower() in ("true", "1", "yes")
    return {"int": int, "float": float}.get(name, str)(raw)


def check(settings: Settings) -> list[str]:
    """Everything that forbids starting; empty when all is well (R15, architecture 9.16)."""
    faults = []
    if settings.mode not in ("demo", "production", "test"):
        faults.append(f"MODE={settings.mode}: expected demo or production")
    if len(settings.secret_key.encode()) < 32:
        faults.append("SECRET_KEY: at least 32 random bytes are needed (python3 -c 'import secrets; print(secrets.token_urlsafe(48))')")
    if settings.workers > 1 and not settings.redis_url:
        faults.append("WORKERS>1 needs REDIS_URL: caches and limits of several web processes must be shared")
    if settings.mode == "production":
        if settings.secret_key == DEMO_SECRET:
            faults.append("SECRET_KEY: the demo key is public, set your own")
        if not settings.public_url.startswith("https://"):
            faults.append("PUBLIC_URL: an https:// address is needed, it is printed on certificates")
        if "127.0.0.1" in settings.sms_gateway_url or "localhost" in settings.sms_gateway_url:
            faults.append("SMS_GATEWAY_URL: points at a fake on this machine")
        if "127.0.0.1" in settings.wx_api_base or "localhost" in settings.wx_api_base or not settings.wx_api_base.startswith("https://"):
            faults.append("WX_API_BASE: points at a fake on this machine, or is not https://")
        if "127.0.0.1" in settings.identity_providers or "localhost" in settings.identity_providers or "http://" in settings.identity_providers:
            faults.append("IDENTITY_PROVIDERS: points at a fake on this machine, or is not https://")
        if settings.legacy_fixed_password:
            faults.append("LEGACY_FIXED_PASSWORD: only for a closed single-enterprise install, not in production mode")
    return faults + _wechat_faults(settings) + _store_faults(settings)


def _store_faults(settings: Settings) -> list[str]:
    """An object store is set up wholly or not at all; in production encrypted and with keys of the operator's own."""
    given = {
        "S3_BUCKET": settings.s3_bucket, "S3_ENDPOINT": settings.s3_endpoint, "S3_ACCESS_KEY": settings.s3_access_key, "S3_SECRET_KEY": settings.s3_secret_key,
    }  # fmt: skip
    missing = [name for name, value in given.items() if not value]
    if len(missing) == len(given):
        return []
    if missing:
        return [f"{', '.join(missing)}: an object store needs all of {', '.join(given)}"]
    faults = []
    if not re.fullmatch(r"[a-z0-9][a-z0-9.-]{1,61}[a-z0-9]", settings.s3_bucket):
        faults.append("S3_BUCKET: 3 to 63 lower-case letters, digits, dots and hyphens are expected")
    address = urlsplit(settings.s3_endpoint)
    if address.scheme not in ("http", "https") or not address.hostname or address.path not in ("", "/") or address.username or address.query:
        faults.append("S3_ENDPOINT: expected https://host or https://host:port, without a path, a bucket or keys")
    if not 1 <= settings.s3_timeout_seconds < settings.request_timeout_seconds:
        faults.append("S3_TIMEOUT_SECONDS: from 1 to below REQUEST_TIMEOUT_SECONDS, so that the answer names the cause")
    if settings.mode == "production":
        if address.scheme == "http" and address.hostname not in ("localhost", "127.0.0.1", "::1"):
            faults.append("S3_ENDPOINT: https:// is needed, files would cross the network in clear")
        if {settings.s3_access_key.lower(), settings.s3_secret_key.lower()} & DEMO_S3_KEYS or len(settings.s3_secret_key) < 16:
            faults.append("S3_ACCESS_KEY, S3_SECRET_KEY: a public demo key or a secret under 16 characters, set your own")
    return faults


def _wechat_faults(settings: Settings) -> list[str]:
    """A mini-program is set up wholly or not at all."""
    faults = []
    if bool(settings.wx_appid) != bool(settings.wx_secret):
        faults.append("WX_APPID and WX_SECRET belong together")
    if bool(settings.wx_callback_token) != bool(settings.wx_encoding_aes_key):
        faults.append("WX_CALLBACK_TOKEN and WX_ENCODING_AES_KEY belong together (message push in safe mode)")
    if settings.wx_encoding_aes_key and not re.fullmatch(r"[0-9A-Za-z]{43}", settings.wx_encoding_aes_key):
        faults.append("WX_ENCODING_AES_KEY: 43 letters and digits are expected")
    if settings.wx_version not in ("formal", "trial", "developer"):
        faults.append("WX_VERSION: expected formal, trial or developer")
    try:
        if not isinstance(json.loads(settings.identity_providers or "[]"), list):
            raise ValueError("a list is expected")
    except ValueError as error:
        faults.append(f"IDENTITY_PROVIDERS: not the JSON that .env.example shows ({error})")
    try:
        if not isinstance(json.loads(settings.wx_templates or "{}"), dict):
            raise ValueError("an object is expected")
    except ValueError as error:
        faults.append(f"WX_TEMPLATES: not the JSON that .env.example shows ({error})")
    return faults


def warnings(settings: Settings) -> list[str]:
    """What starts all the same but should be known: printed at start (L6)."""
    if settings.legacy_fixed_password:
        return ["LEGACY_FIXED_PASSWORD: initial passwords are the fixed one everybody knows; only for a closed install, from private addresses, 24 h"]
    return []


settings: Settings = load()
