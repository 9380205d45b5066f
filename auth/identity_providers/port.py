"""The port to who proves identities 身份核验端口 (V): what a provider is asked and what it may answer."""

from dataclasses import dataclass
from datetime import datetime
from typing import Any, Protocol

from core.errors import Problem, Unavailable

OTHER_WAYS = "也可以改用短信验证码或账号密码登录。"


@dataclass(frozen=True, slots=True)
class Hint:
    """Whom the session is about, as the person typed it: ``id_type`` of V9, number and name in normal form."""

    name: str
    id_type: str
    id_no: str


@dataclass(frozen=True, slots=True)
class Session:
    """What an adapter may know of a session. ``ref`` is the provider's own name for it, empty before the start."""

    out_seq_no: str
    state: str
    nonce: str
    openid: str
    hint: Hint
    return_to: str
    notify_url: str
    ref: str = ""


@dataclass(frozen=True, slots=True)
class Start:
    """How the client goes on: ``redirect`` (payload ``url``), ``miniprogram`` (payload ``verify_id``) or ``jsapi``."""

    kind: str
    payload: dict[str, Any]
    ref: str


@dataclass(frozen=True, slots=True)
class CallbackRef:
    """What a signed callback points at. ``passed`` counts only for a provider that has no way to ask (V2)."""

    out_seq_no: str
    nonce: str
    openid: str
    passed: bool | None = None
    reason: str = ""


@dataclass(frozen=True, slots=True)
class VerifiedPerson:
    """A pass, said by the provider itself. Name and number are the provider's where it tells them, else the hint's."""

    id_type: str
    id_no: str
    name: str
    verified_at: datetime
    evidence_ref: str


@dataclass(frozen=True, slots=True)
class Failed:
    """No pass; ``reason`` is a word of :data:`REASONS`."""

    reason: str


@dataclass(frozen=True, slots=True)
class Pending:
    """Not finished yet."""


Result = VerifiedPerson | Failed | Pending

#: Why it did not pass, in words for the person.
REASONS = {
    "not_passed": "人脸与证件照片不一致，请在光线充足处正对镜头重试。",
    "cancelled": "核验被取消。",
    "mismatch": "姓名与证件号不一致，请对照证件核对后重试。",
    "expired": "核验超过 10 分钟没有完成，请重新开始。",
    "other_person": "核验结果与填写的信息不是同一个人，请本人核验。",
}


class CallbackRefused(Exception):
    """A callback that does not prove where it comes from; ``why`` goes to the log, never to the sender."""

    def __init__(self, why: str) -> None:
        super().__init__(why)
        self.why = why


class ProviderDown(Unavailable):
    """The provider does not answer, or not sensibly. What the person typed stays on the page."""

    def __init__(self, why: str) -> None:
        super().__init__(f"人脸核验服务暂时没有应答，信息没有丢，请稍后再试；{OTHER_WAYS}", "IDP_UNAVAILABLE", 10)
        self.why = why


class ProviderRefused(Problem):
    """The provider understood and said no to the start (a document kind it does not know, a wrong number)."""

    def __init__(self, why: str) -> None:
        super().__init__("IDP_REFUSED", f"人脸核验服务没有受理，请核对姓名和证件号后重试；{OTHER_WAYS}", status=422)
        self.why = why


class IdentityProvider(Protocol):
    """One provider. Adapters hold no state of a session; the session row does."""

    code: str
    name: str
    kind: str
    loa: int  # 1 SMS, 2 real name, 3 face against an authority's source
    audiences: tuple[str, ...]
    id_types: tuple[str, ...]
    needs_openid: bool
    by_callback: bool

    async def start(self, session: Session) -> Start:
        """Begin. Raises ProviderDown, ProviderRefused, or the provider's own Problem."""

    def verify_callback(self, headers: dict[str, str], body: bytes, now: datetime) -> CallbackRef:
        """Signature, time and form only; no trust in the result (V2). Raises CallbackRefused."""

    async def fetch_result(self, session: Session, now: datetime) -> Result:
        """What the provider says when the server asks. Raises ProviderDown."""
