"""Check a certificate's proof without network: ``server.py verify-certificate FILE [--keys JWKS] [--pdf PDF]
[--status LIST]``.

FILE is the downloaded ``.jws`` or the JSON of the public page. The keys are the platform's published set
(``/.well-known/jwks.json``,
saved beforehand); without ``--keys`` a ``jwks.json`` beside FILE or in ``VAR_DIR`` is used. A key that comes inside
FILE proves
nothing and is never used.
"""

import argparse
import hashlib
import json
import sys
from pathlib import Path
from typing import Any

from core.clock import utc_now
from core.settings import settings
from grading.proof import PROOF_TYPE, STATUS_TYPE, NotGenuine, check, status_hash

_STATES = {"superseded": "已被新证书替代", "suspended": "暂停使用，核实中", "revoked": "已撤销，请勿采信"}
_SHOWN = (
    ("cert_no", "证书编号"),
    ("name", "企业名称"),
    ("sub", "统一社会信用代码"),
    ("period", "评价期"),
    ("grade", "等级"),
    ("mode", "依据"),
    ("valid_until", "有效期至"),
    ("kid", "签名密钥"),
)


def main(argv: list[str]) -> int:
    """Print the verdict in Chinese.

    0 genuine and in force, 1 not genuine, 2 genuine but ended or withdrawn, 64 wrong use.
    """
    options = _parser().parse_args(argv)
    try:
        token = read_proof(Path(options.file))
        keys = read_keys(_keys_path(options.keys, Path(options.file)))
    except (OSError, ValueError) as error:
        print(f"读不了文件：{error}", file=sys.stderr)
        return 64
    ended = False
    try:
        claims = check(token, keys, utc_now())
    except NotGenuine as refused:
        if refused.reason != "expired":
            print(f"× 不真实：{refused}")
            return 1
        claims, ended = _expired_claims(token, keys), True
    print("√ 签名真实，但证书已到期" if ended else "√ 签名真实，内容未被改动")
    for name, label in _SHOWN:
        if claims.get(name):
            print(f"  {label}：{claims[name]}")
    if options.pdf and not _pdf_matches(Path(options.pdf), claims):
        print("× PDF 文件与证书不符：不是平台生成的那一份，或被改动过")
        return 1
    state = _listed_state(options.status, keys, str(claims.get("jti", "")))
    if state:
        print(f"× 状态：{_STATES.get(state, state)}")
        return 2
    if not options.status:
        print("  提示：离线核验看不到撤销。请扫码或打开证书页查看当前状态，或用 --status 附上平台的签名状态清单。")
    return 2 if ended else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="server.py verify-certificate", description="离线核验碳效证书")
    parser.add_argument("file", help="下载的签名凭证（.jws）或证书页的 JSON")
    parser.add_argument("--keys", help="平台公钥文件（/.well-known/jwks.json 另存）")
    parser.add_argument("--pdf", help="同时核对证书 PDF 的指纹")
    parser.add_argument("--status", help="平台的签名状态清单")
    return parser


def read_proof(path: Path) -> str:
    """The compact JWS in a file: alone, or as member ``jws`` of a JSON object. Raises OSError, ValueError."""
    text = path.read_text("utf-8").strip()
    if len(text) > 1_000_000:
        raise ValueError("文件过大，不是签名凭证")
    if text.startswith("{"):
        found = json.loads(text)
        return str(found.get("jws", ""))
    return text


def read_keys(path: Path) -> dict[str, dict[str, Any]]:
    """Public keys by kid from a JWKS file. Raises OSError, ValueError."""
    found = json.loads(path.read_text("utf-8"))
    if not isinstance(found, dict) or not isinstance(found.get("keys"), list):
        raise ValueError(f"{path.name} 不是公钥文件（JWKS）")
    return {str(key.get("kid")): key for key in found["keys"] if isinstance(key, dict)}


def _keys_path(given: str | None, file: Path) -> Path:
    if given:
        return Path(given)
    beside = file.parent / "jwks.json"
    return beside if beside.exists() else settings.var / "jwks.json"


def _expired_claims(token: str, keys: dict[str, dict[str, Any]]) -> dict[str, Any]:
    from datetime import UTC, datetime

    return check(token, keys, datetime(1970, 1, 2, tzinfo=UTC))


def _pdf_matches(path: Path, claims: dict[str, Any]) -> bool:
    return hashlib.sha256(path.read_bytes()).hexdigest() == claims.get("pdf_sha256")


def _listed_state(status: str | None, keys: dict[str, dict[str, Any]], code_id: str) -> str | None:
    if not status:
        return None
    try:
        listed = check(Path(status).read_text("utf-8").strip(), keys, utc_now(), STATUS_TYPE)["states"]
    except (OSError, NotGenuine, KeyError) as error:
        print(f"  状态清单不能用：{error}", file=sys.stderr)
        return None
    found = listed.get(status_hash(code_id)) if isinstance(listed, dict) else None
    return str(found) if found else None


__all__ = ["PROOF_TYPE", "main", "read_keys", "read_proof"]
