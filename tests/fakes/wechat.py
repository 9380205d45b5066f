"""A WeChat server over real HTTP (F1-F6): the interfaces the product speaks to, the limits and errors of the real one, and its faults.

    python -m tests.fakes.wechat --port 8098      # then WX_API_BASE=http://127.0.0.1:8098, WX_APPID and WX_SECRET as printed

A Sanic application on loopback. ``/__ctl/*`` (header ``X-Control``) mints codes, moves the clock, marks users at risk, revokes tokens,
sets limits, scripts faults for one endpoint in order, reads the log of calls and pushes callbacks. Nothing sleeps for the clock.

Codes of a demonstration: any login code ``demo-<name>`` is a person of that name; a phone code ``demo-<number>`` is that phone.
"""

import argparse
import asyncio
import base64
import hashlib
import io
import json
import os
import re
import secrets
import socket
import struct
import time
from collections import defaultdict
from collections.abc import Callable, Coroutine
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import quote

import httpx
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from PIL import Image, ImageDraw
from sanic import Sanic
from sanic.request import Request
from sanic.response import HTTPResponse, raw
from sanic.response import json as json_answer

FAULTS = (
    "timeout", "slow", "reset", "502", "html", "truncated_json", "empty", "wrong_content_type", "errcode", "dup_response", "huge_body",
)  # fmt: skip
ENDPOINTS = {
    "code2session": ("GET", "/sns/jscode2session"),
    "token": ("GET", "/cgi-bin/token"),
    "stable_token": ("POST", "/cgi-bin/stable_token"),
    "phone_number": ("POST", "/wxa/business/getuserphonenumber"),
    "subscribe_send": ("POST", "/cgi-bin/message/subscribe/send"),
    "unlimited_code": ("POST", "/wxa/getwxacodeunlimit"),
    "text_check": ("POST", "/wxa/msg_sec_check"),
    "url_link": ("POST", "/wxa/generate_urllink"),
    "scheme": ("POST", "/wxa/generatescheme"),
    "check_session_key": ("GET", "/wxa/checksession"),
    "reset_session_key": ("GET", "/wxa/resetusersessionkey"),
    "face_start": ("POST", "/cityservice/face/identify/getverifyid"),
    "face_result": ("POST", "/cityservice/face/identify/queryverifyinfo"),
}
MESSAGES = {
    -1: "system error", 40001: "invalid credential, access_token is invalid or not latest", 40003: "invalid openid", 40013: "invalid appid",
    40029: "invalid code", 40037: "invalid template_id", 40097: "invalid args", 40125: "invalid appsecret", 40129: "invalid scene",
    40163: "code been used", 40169: "invalid length for scene, or the data is not json string", 40226: "code blocked", 41001: "access_token missing",
    41002: "appid missing", 41004: "appsecret missing", 41008: "missing code", 41030: "invalid page", 42001: "access_token expired",
    43101: "user refuse to accept the msg", 44990: "rate limit", 45009: "reach max api daily quota limit", 45011: "api minute-quota reach limit mustslower retry next minute",
    47001: "data format error", 47003: "argument invalid", 61010: "code is expired", 87008: "invalid sig_method", 87009: "invalid signature",
    40066: "invalid url", 40212: "invalid query", 85079: "no release",
}  # fmt: skip
CODE_LIFE, TOKEN_LIFE, OVERLAP, ACTIVE = 300, 7200, 300, 7200
SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}", re.ASCII)
_CLOCK = r"(?:[01]?\d|2[0-3]):[0-5]\d"
_DATE = r"\d{4}年\d{1,2}月\d{1,2}日"
FIELDS: dict[str, Callable[[str], bool]] = {
    "thing": lambda v: len(v) <= 20 and "\n" not in v,
    "number": lambda v: bool(re.fullmatch(r"-?\d+(\.\d+)?", v, re.ASCII)) and len(v) <= 32,
    "letter": lambda v: bool(re.fullmatch(r"[A-Za-z]{1,32}", v)),
    "symbol": lambda v: bool(re.fullmatch(r"[!-/:-@\[-`{-~]{1,5}", v)),
    "character_string": lambda v: bool(re.fullmatch(r"[!-~]{1,32}", v)),
    "time": lambda v: all(re.fullmatch(rf"{_DATE}( {_CLOCK})?|{_CLOCK}", p, re.ASCII) for p in v.split("~")) and v.count("~") <= 1,
    "date": lambda v: all(re.fullmatch(_DATE, p, re.ASCII) for p in v.split("~")) and v.count("~") <= 1,
    "amount": lambda v: bool(re.fullmatch(r"[¥$\-]?\d{1,10}(\.\d{1,2})?元?", v, re.ASCII)) and len(re.sub(r"\D", "", v)) <= 10,
    "phone_number": lambda v: bool(re.fullmatch(r"[0-9+\-()* ]{1,17}", v)),
    "car_number": lambda v: bool(re.fullmatch(r"[\u4e00-\u9fff0-9A-Z][0-9A-Z]{0,6}[\u4e00-\u9fff0-9A-Z]?", v)) and len(v) <= 8,
    "name": lambda v: len(v) <= 10 if re.search(r"[\u4e00-\u9fff·]", v) else bool(re.fullmatch(r"[ -/:-~]{1,20}", v)),
    "phrase": lambda v: bool(re.fullmatch(r"[\u4e00-\u9fff]{1,5}", v)),
    "enum": lambda v: len(v) <= 20,
}


class Refused(Exception):
    """An errcode with WeChat's words."""

    def __init__(self, errcode: int, detail: str = "") -> None:
        super().__init__(errcode)
        self.errcode, self.detail = errcode, detail


@dataclass(slots=True)
class Code:
    """A one-time code: whose, what it brings, since when, and whether it was used."""

    openid: str
    value: dict[str, Any]
    at: float
    used: bool = False


@dataclass(slots=True)
class Fault:
    """One scripted fault."""

    kind: str
    number: int = 0


@dataclass(slots=True)
class FakeWeChat:
    """One running server. ``ahead`` seconds the clock stands before the machine's."""

    appid: str = "wxfa4e000000000001"
    secret: str = "0123456789abcdef0123456789abcdef"
    control: str = field(default_factory=lambda: secrets.token_urlsafe(16))
    push_token: str = "demo-push-token"
    aes_key: str = "abcdefghijklmnopqrstuvwxyz0123456789ABCDEFG"
    demo: bool = False
    ahead: float = 0.0
    hold: float = 30.0
    login_codes: dict[str, Code] = field(default_factory=dict)
    phone_codes: dict[str, Code] = field(default_factory=dict)
    tokens: dict[str, float] = field(default_factory=dict)
    stable: str = ""
    forced: list[float] = field(default_factory=list)
    session_keys: dict[str, str] = field(default_factory=dict)
    seen: dict[str, float] = field(default_factory=dict)
    risky: set[str] = field(default_factory=set)
    quota: dict[tuple[str, str], int] = field(default_factory=lambda: defaultdict(int))
    templates: dict[str, list[str]] = field(default_factory=dict)
    pages: set[str] = field(default_factory=set)
    words: dict[str, str] = field(default_factory=dict)
    limits: dict[str, int] = field(default_factory=dict)
    hits: dict[str, int] = field(default_factory=lambda: defaultdict(int))
    faults: dict[str, list[Fault]] = field(default_factory=lambda: defaultdict(list))
    calls: list[dict[str, Any]] = field(default_factory=list)
    sent: list[dict[str, Any]] = field(default_factory=list)
    faces: dict[str, dict[str, Any]] = field(default_factory=dict)
    face_answers: dict[str, int] = field(default_factory=dict)
    links: int = 0
    fees: int = 0
    app: Any = None
    server: Any = None
    port: int = 0

    @property
    def url(self) -> str:
        """Its address."""
        return f"http://127.0.0.1:{self.port}"

    def now(self) -> float:
        """The clock of this WeChat."""
        return time.time() + self.ahead

    # Control as verbs, for tests in the same process -------------------------------------------------------------------

    def mint_login(self, openid: str, unionid: str = "") -> str:
        """A code of wx.login."""
        code = secrets.token_hex(16)
        self.login_codes[code] = Code(openid, {"unionid": unionid} if unionid else {}, self.now())
        return code

    def mint_phone(self, openid: str, phone: str, country: str = "86", appid: str | None = None) -> str:
        """A code of the phone number button; a name space of its own."""
        code = secrets.token_hex(32)
        self.phone_codes[code] = Code(openid, {"phone": phone, "country": country, "appid": appid or self.appid}, self.now())
        return code

    def script(self, endpoint: str, *faults: str) -> None:
        """Faults for the next calls of an endpoint, in order: a name of FAULTS, ``errcode:40001``, ``slow:200`` or ``ok``."""
        for text in faults:
            kind, _, number = text.partition(":")
            assert kind == "ok" or kind in FAULTS, kind
            self.faults[endpoint].append(Fault(kind, int(number or 0)))

    def revoke(self) -> None:
        """Every token dies at once."""
        self.tokens.clear()
        self.stable = ""

    def count(self, endpoint: str) -> int:
        """How many calls an endpoint got."""
        return sum(c["endpoint"] == endpoint for c in self.calls)

    # Pushes ----------------------------------------------------------------------------------------------------------------

    def envelope(self, message: str, timestamp: int | None = None, nonce: str | None = None) -> tuple[dict[str, str], bytes]:
        """Query and body of a push in safe mode."""
        stamp, nonce = str(int(self.now()) if timestamp is None else timestamp), nonce or secrets.token_hex(5)
        encrypted = encrypt_push(message, self.aes_key, self.appid)
        sign = hashlib.sha1("".join(sorted([self.push_token, stamp, nonce, encrypted])).encode()).hexdigest()
        plain = hashlib.sha1("".join(sorted([self.push_token, stamp, nonce])).encode()).hexdigest()
        query = {"signature": plain, "timestamp": stamp, "nonce": nonce, "encrypt_type": "aes", "msg_signature": sign}
        body = f"<xml><ToUserName><![CDATA[gh_demo]]></ToUserName><Encrypt><![CDATA[{encrypted}]]></Encrypt></xml>"
        return query, body.encode()

    async def push(self, url: str, message: str, *, timestamp: int | None = None, timeout: float = 5.0) -> list[int]:
        """Post a push as WeChat does: three repeats when the answer is late or not 200 ``success``. Returns the statuses."""
        seen = []
        async with httpx.AsyncClient(timeout=timeout) as client:
            for _ in range(4):
                query, body = self.envelope(message, timestamp)
                try:
                    answer = await client.post(url, params=query, content=body, headers={"Content-Type": "text/xml"})
                    seen.append(answer.status_code)
                    if answer.status_code == 200 and answer.text == "success":
                        break
                except httpx.HTTPError:
                    seen.append(0)
        return seen

    # Life ------------------------------------------------------------------------------------------------------------------

    async def start(self, port: int = 0) -> "FakeWeChat":
        """Listen on loopback."""
        listener = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
        listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        listener.bind(("127.0.0.1", port))
        self.port = listener.getsockname()[1]
        self.app = build(self)
        self.server = await self.app.create_server(sock=listener, return_asyncio_server=True, access_log=False)
        await self.server.startup()
        await self.server.start_serving()
        return self

    async def stop(self) -> None:
        """Close the socket."""
        if self.server is not None:
            self.server.close()
            await self.server.wait_closed()
            self.server = None


def encrypt_push(message: str, aes_key: str, appid: str) -> str:
    """AES-256-CBC as WeChat's documents say it, written here independently of the product."""
    key = base64.b64decode(aes_key + "=")
    text = message.encode()
    plain = os.urandom(16) + struct.pack(">I", len(text)) + text + appid.encode()
    pad = 32 - len(plain) % 32
    cipher = Cipher(algorithms.AES(key), modes.CBC(key[:16])).encryptor()
    return base64.b64encode(cipher.update(plain + bytes([pad]) * pad) + cipher.finalize()).decode()


def build(fake: FakeWeChat) -> Any:
    """The application."""
    Sanic.test_mode = True
    app = Sanic(f"FakeWeChat{secrets.token_hex(4)}", configure_logging=False)
    app.config.update(ACCESS_LOG=False, FALLBACK_ERROR_FORMAT="json", KEEP_ALIVE_TIMEOUT=30, RESPONSE_TIMEOUT=60, MOTD=False)
    for name, (method, path) in ENDPOINTS.items():
        app.add_route(_endpoint(fake, name), path, methods=[method], name=name)
    app.add_route(lambda request, verb: _control(fake, request, verb), "/__ctl/<verb:str>", methods=["GET", "POST"], name="control")
    return app


def _endpoint(fake: FakeWeChat, name: str) -> Callable[[Request], Coroutine[Any, Any, HTTPResponse | None]]:
    async def answer(request: Request) -> HTTPResponse | None:
        body: dict[str, Any] = {k: v[0] for k, v in request.args.items()}
        if request.method == "POST":
            try:
                body |= json.loads(request.body or b"{}")
            except ValueError:
                pass
        fake.calls.append({"endpoint": name, "at": fake.now(), "body": {k: v for k, v in body.items() if k not in ("secret", "access_token")}})
        script = fake.faults[name]
        fault = script.pop(0) if script else Fault("ok")
        if fault.kind == "timeout":
            await asyncio.sleep(fake.hold)
        if fault.kind == "slow":
            await asyncio.sleep((fault.number or 200) / 1000)
        if fault.kind == "reset":
            await _reset(request)
            return None
        if fault.kind == "502":
            return raw(b"<html>502 Bad Gateway</html>", status=502, content_type="text/html")
        if fault.kind == "html":
            return raw(b"<html><body>maintenance</body></html>", content_type="text/html")
        if fault.kind == "errcode":
            return _refusal(Refused(fault.number or -1))
        try:
            fake.hits[name] += 1
            if name in fake.limits and fake.hits[name] > fake.limits[name]:
                raise Refused(45009)
            if ENDPOINTS[name][0] == "POST" and name != "stable_token" or name in ("reset_session_key", "check_session_key"):
                _check_token(fake, request)
            made = HANDLERS[name](fake, body)
        except Refused as refused:
            return _refusal(refused)
        kind = "image/png" if isinstance(made, bytes) else "application/json; charset=UTF-8"
        data = made if isinstance(made, bytes) else json.dumps({"errcode": 0, "errmsg": "ok"} | made, ensure_ascii=False).encode()
        if fault.kind == "truncated_json":
            data = data[: len(data) // 2]
        elif fault.kind == "empty":
            data = b""
        elif fault.kind == "dup_response":
            data += data
        elif fault.kind == "huge_body":
            data = b" " * 5_000_000 + data
        elif fault.kind == "wrong_content_type":
            kind = "text/plain"
        return raw(data, content_type=kind)

    return answer


async def _reset(request: Request) -> None:
    transport: Any = request.transport
    assert transport is not None
    wire = transport.get_extra_info("socket")
    if wire is not None:
        wire.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await asyncio.sleep(3600)


def _refusal(refused: Refused) -> HTTPResponse:
    words = MESSAGES.get(refused.errcode, "error") + (f"! {refused.detail}" if refused.detail else "")
    rid = "-".join(secrets.token_hex(4) for _ in range(3))
    return json_answer({"errcode": refused.errcode, "errmsg": f"{words} rid: {rid}"})


def _check_token(fake: FakeWeChat, request: Request) -> None:
    token = request.args.get("access_token")
    if not token:
        raise Refused(41001)
    if token not in fake.tokens:
        raise Refused(40001)
    if fake.tokens[token] <= fake.now():
        raise Refused(42001)


def _check_app(fake: FakeWeChat, body: dict[str, Any]) -> None:
    if not body.get("appid"):
        raise Refused(41002)
    if body["appid"] != fake.appid:
        raise Refused(40013)
    if not body.get("secret"):
        raise Refused(41004)
    if body["secret"] != fake.secret:
        raise Refused(40125)


def _code2session(fake: FakeWeChat, body: dict[str, Any]) -> dict[str, Any]:
    _check_app(fake, body)
    given = str(body.get("js_code") or "")
    if not given:
        raise Refused(41008)
    if fake.demo and given not in fake.login_codes:  # in a demonstration a phone page has no wx.login: any code is a person
        name = given.removeprefix("demo-")
        fake.login_codes[given] = Code("o" + hashlib.sha256(name.encode()).hexdigest()[:27], {}, fake.now())
    code = fake.login_codes.get(given)
    if code is None or code.at + CODE_LIFE < fake.now():
        raise Refused(40029)
    if code.used and not (fake.demo and given.startswith("demo-")):
        raise Refused(40163)
    code.used = True
    if code.openid in fake.risky:
        raise Refused(40226)
    fake.seen[code.openid] = fake.now()
    fake.session_keys[code.openid] = base64.b64encode(os.urandom(16)).decode()
    return {"openid": code.openid, "session_key": fake.session_keys[code.openid], **code.value}


def _mint(fake: FakeWeChat) -> str:
    token = f"{len(fake.tokens)}_{secrets.token_urlsafe(96)}"
    fake.tokens[token] = fake.now() + TOKEN_LIFE
    return token


def _token(fake: FakeWeChat, body: dict[str, Any]) -> dict[str, Any]:
    """The old interface: each call makes a new token; the ones of stable_token live on their own."""
    _check_app(fake, body)
    return {"access_token": _mint(fake), "expires_in": TOKEN_LIFE}


def _stable_token(fake: FakeWeChat, body: dict[str, Any]) -> dict[str, Any]:
    _check_app(fake, body)
    now = fake.now()
    if body.get("force_refresh"):
        fake.forced = [at for at in fake.forced if at > now - 86400]
        if len(fake.forced) >= 20 or (fake.forced and now - fake.forced[-1] < 30):
            raise Refused(45009)
        fake.forced.append(now)
        fake.tokens.pop(fake.stable, None)
        fake.stable = ""
    left = fake.tokens.get(fake.stable, 0.0) - now
    if left < OVERLAP:  # in the last five minutes a new one; the old one lives on to its end
        fake.stable = _mint(fake)
        left = TOKEN_LIFE
    return {"access_token": fake.stable, "expires_in": max(300, int(left))}


def _phone_number(fake: FakeWeChat, body: dict[str, Any]) -> dict[str, Any]:
    given = str(body.get("code") or "")
    if fake.demo and given.startswith("demo-"):
        code = Code("", {"phone": given.removeprefix("demo-"), "country": "86", "appid": fake.appid}, fake.now())
    else:
        found = fake.phone_codes.get(given)
        if found is None or found.at + CODE_LIFE < fake.now():
            raise Refused(40029)
        if found.used:
            raise Refused(40163)
        if body.get("openid") and body["openid"] != found.openid:
            raise Refused(40029)
        code = found
    code.used = True
    fake.fees += 1
    phone, country = code.value["phone"], code.value["country"]
    return {
        "phone_info": {
            "phoneNumber": phone if country == "86" else f"+{country}{phone}",
            "purePhoneNumber": phone,
            "countryCode": country,
            "watermark": {"timestamp": int(fake.now()), "appid": code.value["appid"]},
        }
    }


def _subscribe_send(fake: FakeWeChat, body: dict[str, Any]) -> dict[str, Any]:
    openid, template = str(body.get("touser") or ""), str(body.get("template_id") or "")
    if openid not in fake.seen:
        raise Refused(40003)
    if template not in fake.templates:
        raise Refused(40037)
    page = str(body.get("page") or "").split("?")[0]
    if page and fake.pages and page not in fake.pages:
        raise Refused(41030)
    data: Any = body.get("data")
    data = data if isinstance(data, dict) else {}
    for name in fake.templates[template]:
        value = (data.get(name) or {}).get("value") if isinstance(data.get(name), dict) else None
        if not isinstance(value, str) or not value or not FIELDS[re.sub(r"\d+$", "", name)](value):
            raise Refused(47003, f"argument invalid! data.{name}.value invalid")
    if fake.quota[openid, template] <= 0:
        raise Refused(43101)
    fake.quota[openid, template] -= 1
    fake.sent.append(body)
    return {"msgid": len(fake.sent)}


def _unlimited_code(fake: FakeWeChat, body: dict[str, Any]) -> bytes:
    scene, page = str(body.get("scene") or ""), str(body.get("page") or "")
    if not SCENE.fullmatch(scene):
        raise Refused(40129 if len(scene) <= 32 else 40169)
    if page.startswith("/") or "?" in page or (body.get("check_path", True) and fake.pages and page not in fake.pages):
        raise Refused(41030)
    width = body.get("width", 430)
    if not isinstance(width, int) or not 280 <= width <= 1280:
        raise Refused(40097)
    return draw_code(scene, width)


def draw_code(scene: str, width: int) -> bytes:
    """A sunflower of dots around a middle that says 演示: it looks like a mini-program code and opens nothing."""
    over = 2
    side = width * over
    sheet = Image.new("RGB", (side, side), "white")
    pen, bits = ImageDraw.Draw(sheet), hashlib.sha512(scene.encode()).digest() * 4
    centre, n = side / 2, 0
    from math import cos, pi, sin

    for ray in range(72):
        angle = 2 * pi * ray / 72
        for ring in range(14):
            n += 1
            if not bits[(n // 8) % len(bits)] >> (n % 8) & 1:
                continue
            r = side * (0.24 + 0.0175 * ring)
            x, y, dot = centre + r * cos(angle), centre + r * sin(angle), side * (0.0048 + 0.00022 * ring)
            pen.ellipse((x - dot, y - dot, x + dot, y + dot), fill="#111111")
    for angle in (0.25, 0.75, 1.25):
        x, y, r = centre + side * 0.36 * cos(angle * pi), centre + side * 0.36 * sin(angle * pi), side * 0.055
        pen.ellipse((x - r * 1.5, y - r * 1.5, x + r * 1.5, y + r * 1.5), fill="white")
        pen.ellipse((x - r, y - r, x + r, y + r), outline="#111111", width=int(r * 0.35))
        pen.ellipse((x - r * 0.4, y - r * 0.4, x + r * 0.4, y + r * 0.4), fill="#111111")
    r = side * 0.2
    pen.ellipse((centre - r, centre - r, centre + r, centre + r), fill="#0E6070")
    try:
        from documents.fonts import face

        pen.text((centre, centre), "演示", fill="white", font=face(int(r * 0.7), 700), anchor="mm")
    except (ImportError, OSError):
        pen.text((centre, centre), "DEMO", fill="white", anchor="mm")
    out = io.BytesIO()
    sheet.resize((width, width), Image.Resampling.LANCZOS).save(out, "PNG")
    return out.getvalue()


def _text_check(fake: FakeWeChat, body: dict[str, Any]) -> dict[str, Any]:
    openid, content = str(body.get("openid") or ""), str(body.get("content") or "")
    if body.get("version") != 2 or body.get("scene") not in (1, 2, 3, 4) or not content or len(content) > 2500:
        raise Refused(40097)
    if openid not in fake.seen:
        raise Refused(40003)
    if fake.seen[openid] + ACTIVE < fake.now():
        raise Refused(61010)
    suggest = next((s for word, s in fake.words.items() if word in content), "pass")
    label = {"pass": 100, "risky": 20008, "review": 21000}[suggest]
    return {
        "detail": [{"strategy": "content_model", "errcode": 0, "suggest": suggest, "label": label, "prob": 90}],
        "result": {"suggest": suggest, "label": label},
        "trace_id": secrets.token_hex(16),
    }


def _url_link(fake: FakeWeChat, body: dict[str, Any]) -> dict[str, Any]:
    if len(str(body.get("query") or "").encode()) > 1024:
        raise Refused(40212)
    if body.get("expire_type") == 1 and not 1 <= int(body.get("expire_interval") or 0) <= 30:
        raise Refused(40097)
    fake.links += 1
    return {"url_link": f"https://wxaurl.cn/{secrets.token_urlsafe(8)}"}


def _scheme(fake: FakeWeChat, body: dict[str, Any]) -> dict[str, Any]:
    fake.links += 1
    return {"openlink": f"weixin://dl/business/?t={secrets.token_hex(8)}"}


def _session_key(fake: FakeWeChat, body: dict[str, Any], renew: bool) -> dict[str, Any]:
    import hmac

    if body.get("sig_method") != "hmac_sha256":
        raise Refused(87008)
    openid = str(body.get("openid") or "")
    key = fake.session_keys.get(openid, "")
    if not key or hmac.new(base64.b64decode(key), b"", hashlib.sha256).hexdigest() != body.get("signature"):
        raise Refused(87009)
    if not renew:
        return {}
    fake.session_keys[openid] = base64.b64encode(os.urandom(16)).decode()
    return {"openid": openid, "session_key": fake.session_keys[openid]}


def _face_start(fake: FakeWeChat, body: dict[str, Any]) -> dict[str, Any]:
    card = body.get("cert_info")
    if not isinstance(card, dict) or card.get("cert_type") != "IDENTITY_CARD" or not card.get("cert_name") or not card.get("cert_no"):
        raise Refused(40097)
    if body.get("openid") not in fake.seen:
        raise Refused(40003)
    verify_id = secrets.token_urlsafe(24)
    text = "&".join(f"{k}={base64.b64encode(str(card[k]).encode()).decode()}" for k in ("cert_type", "cert_name", "cert_no"))
    fake.faces[verify_id] = {
        "out_seq_no": body.get("out_seq_no"),
        "openid": body["openid"],
        "cert_hash": hashlib.sha256(text.encode()).hexdigest(),
        "at": fake.now(),
    }
    return {"verify_id": verify_id, "expires_in": 3600}


def _face_result(fake: FakeWeChat, body: dict[str, Any]) -> dict[str, Any]:
    known = fake.faces.get(str(body.get("verify_id")))
    if known is None or known["at"] + 3600 < fake.now():
        raise Refused(40097)
    if any(body.get(k) != known[k] for k in ("out_seq_no", "cert_hash", "openid")):
        return {"verify_ret": 10003}
    return {"verify_ret": fake.face_answers.get(known["openid"], 10000)}


HANDLERS: dict[str, Callable[[FakeWeChat, dict[str, Any]], dict[str, Any] | bytes]] = {
    "code2session": _code2session,
    "token": _token,
    "stable_token": _stable_token,
    "phone_number": _phone_number,
    "subscribe_send": _subscribe_send,
    "unlimited_code": _unlimited_code,
    "text_check": _text_check,
    "url_link": _url_link,
    "scheme": _scheme,
    "check_session_key": lambda fake, body: _session_key(fake, body, False),
    "reset_session_key": lambda fake, body: _session_key(fake, body, True),
    "face_start": _face_start,
    "face_result": _face_result,
}


async def _control(fake: FakeWeChat, request: Request, verb: str) -> HTTPResponse:
    if not secrets.compare_digest(request.headers.get("x-control", ""), fake.control):
        return json_answer({"code": "CONTROL"}, status=401)
    given = request.json if request.body else {}
    if verb == "log":
        return json_answer({"calls": fake.calls, "sent": fake.sent, "fees": fake.fees})
    if verb == "login-code":
        return json_answer({"code": fake.mint_login(given["openid"], given.get("unionid", ""))})
    if verb == "phone-code":
        return json_answer({"code": fake.mint_phone(given["openid"], given["phone"], given.get("country", "86"), given.get("appid"))})
    if verb == "clock":
        fake.ahead += float(given["seconds"])
    elif verb == "risk":
        fake.risky.add(given["openid"])
    elif verb == "limit":
        fake.limits[given["endpoint"]] = int(given["calls"])
    elif verb == "revoke":
        fake.revoke()
    elif verb == "faults":
        fake.script(given["endpoint"], *given["faults"])
    elif verb == "quota":
        fake.quota[given["openid"], given["template_id"]] = int(given["remaining"])
    elif verb == "template":
        fake.templates[given["template_id"]] = list(given["fields"])
    elif verb == "pages":
        fake.pages = set(given["pages"])
    elif verb == "word":
        fake.words[given["word"]] = given["suggest"]
    elif verb == "face":
        fake.face_answers[given["openid"]] = int(given["verify_ret"])
    elif verb == "push":
        return json_answer({"statuses": await fake.push(given["url"], given["message"], timestamp=given.get("timestamp"))})
    else:
        return json_answer({"code": "NOT_FOUND"}, status=404)
    return json_answer({"ok": True})


#: Templates of the demonstration: our names, WeChat's ids, fields.
DEMO_TEMPLATES = {
    "filing_due": {"id": "demo-filing-due", "kind": "once", "title": "填报到期提醒", "fields": {"firm": "thing1", "month": "thing2", "due": "date3"}},
    "question": {"id": "demo-question", "kind": "once", "title": "数据核对提醒", "fields": {"firm": "thing1", "text": "thing2", "at": "time3"}},
    "result": {"id": "demo-result", "kind": "once", "title": "办理结果通知", "fields": {"title": "thing1", "text": "thing2", "at": "time3"}},
}  # fmt: skip


async def _main(port: int) -> None:
    fake = FakeWeChat(demo=True)
    fake.templates = {str(t["id"]): list(t["fields"].values()) for t in DEMO_TEMPLATES.values()}  # type: ignore[attr-defined]
    fake.quota = defaultdict(lambda: 20)
    await fake.start(port)
    print(f"{fake.url}  WX_APPID={quote(fake.appid)} WX_SECRET={fake.secret}  control {fake.control}", flush=True)
    await fake.server.serve_forever()


if __name__ == "__main__":
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--port", type=int, default=8098)
    asyncio.run(_main(parser.parse_args().port))
