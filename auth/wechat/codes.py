"""Ways into the mini-program: unlimited codes with a scene (W15) and links, one for each recipient (W17)."""

import io
import re
import secrets
from datetime import timedelta
from uuid import UUID

from PIL import Image

from auth.wechat.client import wechat
from auth.wechat.faults import NONSENSE, WeChatFault, fault_of
from core.clock import utc_now
from core.database import Acting
from core.errors import FieldError, Invalid
from core.ids import new_id
from core.settings import settings

SCENE = re.compile(r"[0-9A-Za-z!#$&'()*+,/:;=?@\-._~]{1,32}", re.ASCII)
PAGE = re.compile(r"[0-9A-Za-z_\-]+(?:/[0-9A-Za-z_\-]+)*", re.ASCII)
LINK_DAYS = 30
WIDTH = 860
_ENVIRONMENT = {"formal": "release", "trial": "trial", "developer": "develop"}


def new_scene(prefix: str) -> str:
    """Two letters of ours and 16 random bytes: 24 characters without any data in them."""
    if not re.fullmatch(r"[0-9A-Za-z]{2}", prefix, re.ASCII):
        raise ValueError("a scene's prefix is two letters or digits")
    return prefix + secrets.token_urlsafe(16)


def page_or_refuse(page: str, path: str = "page") -> str:
    """A page of the mini-program without leading slash and query. Raises Invalid."""
    page = page.strip().removeprefix("/")
    if not PAGE.fullmatch(page) or len(page) > 200:
        raise Invalid([FieldError(path, "PAGE", "页面路径应形如 pages/home/index，不含参数。")])
    return page


async def unlimited_code(scene: str, page: str, *, width: int = WIDTH) -> bytes:
    """The picture of an unlimited code as PNG, ``width`` 280-1280 pixels. Raises Invalid (page unknown to WeChat), WeChatFault."""
    if not SCENE.fullmatch(scene):
        raise ValueError("a scene has at most 32 of the characters that WeChat allows")
    body = {
        "scene": scene,
        "page": page,
        "check_path": settings.wx_version == "formal",
        "env_version": _ENVIRONMENT[settings.wx_version],
        "width": max(280, min(1280, width)),
    }
    try:
        async with wechat().held() as client:
            data = await client.picture("unlimited_code", body)
    except WeChatFault as fault:
        if fault.errcode == 41030:
            raise Invalid([FieldError("page", "PAGE", "小程序里没有这个页面，请核对路径，或先发布含这个页面的版本。")]) from None
        raise
    return _redrawn(data)


def _redrawn(data: bytes) -> bytes:
    """Our own PNG of whatever picture came: nothing behind the picture and nothing broken is passed on."""
    try:
        with Image.open(io.BytesIO(data), formats=("PNG", "JPEG")) as picture:
            if max(picture.size) > 4096:
                raise ValueError
            out = io.BytesIO()
            picture.convert("RGB").save(out, "PNG", optimize=True)
    except (OSError, ValueError, SyntaxError, Image.DecompressionBombError):
        raise fault_of(NONSENSE, "unlimited_code", single_use=False, now=utc_now()) from None
    return out.getvalue()


async def entry_code(ctx: Acting, page: str, note: str) -> bytes:
    """The code of an entrance (a hall, a poster): the same page and note have the same scene. Raises Invalid, WeChatFault."""
    page = page_or_refuse(page)
    scene = await ctx.db.value("select wx_scene_of($1, $2, $3, $4)", new_scene("en"), page, note.strip()[:60], ctx.now)
    picture = await unlimited_code(scene, page)
    ctx.audit("wechat.entry_code", "wx_scene", scene, detail={"page": page})
    return picture


async def url_link(ctx: Acting, path: str, query: str, recipient: str | UUID, purpose: str) -> str:
    """A link that opens a page of the mini-program from an SMS, for one recipient only; lives 30 days.

    The same recipient, purpose and page get the link they have. Raises Invalid, WeChatFault.
    """
    page = page_or_refuse(path, "path")
    if len(query.encode()) > 1024:
        raise Invalid([FieldError("query", "LENGTH", "链接参数过长，最多 1024 字节。")])
    who, appid = str(recipient), wechat().appid
    known = await ctx.db.value("select wx_link_of($1, $2, $3, $4, $5, $6)", appid, who, purpose, page, query, ctx.now)
    if known is not None:
        return str(known)
    body = {
        "path": f"/{page}",
        "query": query,
        "env_version": _ENVIRONMENT[settings.wx_version],
        "expire_type": 1,
        "expire_interval": LINK_DAYS,
    }
    async with wechat().held() as client:
        answer = await client.call("url_link", body)
    url = answer.get("url_link")
    if not isinstance(url, str) or not re.fullmatch(r"https?://[!-~]{1,500}", url):
        raise fault_of(NONSENSE, "url_link", single_use=False, now=utc_now())
    record = {
        "id": new_id(), "appid": appid, "recipient": who, "purpose": purpose, "path": page, "query": query, "url": url,
        "now": ctx.now, "expires_at": ctx.now + timedelta(days=LINK_DAYS),
    }  # fmt: skip
    await ctx.db.run("select wx_link_put($1)", record)
    return url
