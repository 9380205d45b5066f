"""WeChat's face identification, the interface of 2026 (W, V2): getVerifyId, then the phone, then queryVerifyInfo, which alone counts."""

import base64
import hashlib
import secrets
from dataclasses import dataclass

from auth.wechat.client import wechat
from auth.wechat.faults import NONSENSE, fault_of
from core.clock import utc_now

CERTIFICATE = "IDENTITY_CARD"
PASSED = 10000


@dataclass(frozen=True, slots=True)
class FaceStart:
    """``verify_id`` goes to ``wx.requestFacialVerify``; the rest stays here for the question about the result."""

    verify_id: str
    out_seq_no: str
    cert_hash: str
    expires_in: int


@dataclass(frozen=True, slots=True)
class FaceResult:
    """``number``: WeChat's verify_ret; 10000 alone is a pass."""

    passed: bool
    number: int


def cert_hash(name: str, id_no: str, kind: str = CERTIFICATE) -> str:
    """SHA-256 (hex) of ``cert_type=B64&cert_name=B64&cert_no=B64``."""
    parts = (("cert_type", kind), ("cert_name", name), ("cert_no", id_no))
    text = "&".join(f"{key}={base64.b64encode(value.encode()).decode()}" for key, value in parts)
    return hashlib.sha256(text.encode()).hexdigest()


async def face_start(openid: str, name: str, id_no: str, out_seq_no: str | None = None) -> FaceStart:
    """Begin for one person and his openid. Raises WeChatFault."""
    number = out_seq_no or secrets.token_hex(16)
    body = {
        "out_seq_no": number,
        "cert_info": {"cert_type": CERTIFICATE, "cert_name": name, "cert_no": id_no},
        "openid": openid,
    }
    async with wechat().held() as client:
        answer = await client.call("face_start", body)
    verify_id, lives = answer.get("verify_id"), answer.get("expires_in", 3600)
    if not isinstance(verify_id, str) or not 1 <= len(verify_id) <= 256 or not isinstance(lives, int):
        raise fault_of(NONSENSE, "face_start", single_use=False, now=utc_now())
    return FaceStart(verify_id, number, cert_hash(name, id_no), lives)


async def face_result(openid: str, started: FaceStart) -> FaceResult:
    """What WeChat says of it, asked by the server (V2). Raises WeChatFault."""
    body = {
        "verify_id": started.verify_id,
        "out_seq_no": started.out_seq_no,
        "cert_hash": started.cert_hash,
        "openid": openid,
    }
    async with wechat().held() as client:
        answer = await client.call("face_result", body)
    number = answer.get("verify_ret")
    if not isinstance(number, int) or isinstance(number, bool):
        raise fault_of(NONSENSE, "face_result", single_use=False, now=utc_now())
    return FaceResult(number == PASSED, number)
