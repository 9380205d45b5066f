"""WeChat's face identification as a provider (V, W15): the phone's own camera, the result asked by the server."""

from dataclasses import dataclass
from datetime import datetime

from auth.audiences import H5, MINI
from auth.identity_providers.port import (
    CallbackRef,
    CallbackRefused,
    Failed,
    Pending,
    ProviderDown,
    Result,
    Session,
    Start,
    VerifiedPerson,
)
from auth.wechat.faces import FaceStart, cert_hash, face_result, face_start
from auth.wechat.faults import WeChatFault
from core.settings import settings

#: Values of verify_ret that mean: not finished yet, ask again (from the older interface's list; unverified for the new one).
UNFINISHED = frozenset({10005, 10300})


@dataclass(slots=True)
class WeChatFace:
    """The mini-program's own; the phone page plays the mini-program in a demonstration only."""

    code: str = "wechat"
    name: str = "微信人脸核验"
    kind: str = "miniprogram"
    loa: int = 3
    audiences: tuple[str, ...] = (MINI,)
    id_types: tuple[str, ...] = ("resident_id",)
    needs_openid: bool = True
    by_callback: bool = False

    async def start(self, session: Session) -> Start:
        """getVerifyId. Raises WeChatFault (its own sentence and next step)."""
        made = await face_start(session.openid, session.hint.name, session.hint.id_no, session.out_seq_no)
        return Start("miniprogram", {"verify_id": made.verify_id}, made.verify_id)

    async def fetch_result(self, session: Session, now: datetime) -> Result:
        """queryVerifyInfo. Raises ProviderDown while WeChat does not answer."""
        hint = session.hint
        started = FaceStart(session.ref, session.out_seq_no, cert_hash(hint.name, hint.id_no), 0)
        try:
            found = await face_result(session.openid, started)
        except WeChatFault as fault:
            raise ProviderDown(f"wechat {fault.errcode}") from None
        if found.passed:
            return VerifiedPerson(hint.id_type, hint.id_no, hint.name, now, session.ref[:200])
        return Pending() if found.number in UNFINISHED else Failed("not_passed")

    def verify_callback(self, headers: dict[str, str], body: bytes, now: datetime) -> CallbackRef:
        """WeChat tells nothing by callback."""
        raise CallbackRefused("no callbacks")


def wechat_face() -> WeChatFace:
    """As this installation offers it."""
    return WeChatFace(audiences=(MINI, H5) if settings.mode == "test" else (MINI,))
