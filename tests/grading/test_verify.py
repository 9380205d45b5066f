"""``server.py verify-certificate FILE``: offline, with the platform's published keys."""

import hashlib
import json
from pathlib import Path

import pytest

from core.clock import utc_now
from grading import proof
from grading.verify import main

PRIVATE, PUBLIC = proof.new_key()
KID = "2026-1"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    (tmp_path / "jwks.json").write_text(json.dumps({"keys": [{**PUBLIC, "kid": KID}]}))
    (tmp_path / "certificate.pdf").write_bytes(b"%PDF drawn")
    return tmp_path


def written(folder: Path, name: str = "proof.jws", ends_in: int = 3600, **more: object) -> str:
    claims = {
        "jti": "0A1B2C3D4E5F",
        "sub": "91440112Y00000016Q",
        "name": "测试企业",
        "grade": "C",
        "cert_no": "TX2025",
        "kid": KID,
        "pdf_sha256": hashlib.sha256(b"%PDF drawn").hexdigest(),
        "exp": int(utc_now().timestamp()) + ends_in,
        **more,
    }
    (folder / name).write_text(proof.sign(claims, PRIVATE, KID) + "\n")
    return str(folder / name)


def test_genuine(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main([written(folder)]) == 0
    assert "测试企业" in capsys.readouterr().out


def test_json_of_the_public_page(folder: Path) -> None:
    token = Path(written(folder)).read_text().strip()
    (folder / "page.json").write_text(json.dumps({"state": "valid", "jws": token}))
    assert main([str(folder / "page.json"), "--keys", str(folder / "jwks.json")]) == 0


def test_altered(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    path = Path(written(folder))
    head, body, tail = path.read_text().strip().split(".")
    path.write_text(f"{head}.{body[:40]}{'A' if body[40] != 'A' else 'B'}{body[41:]}.{tail}")
    assert main([str(path)]) == 1
    assert "不真实" in capsys.readouterr().out


def test_keys_that_come_with_the_file_prove_nothing(folder: Path) -> None:
    private, public = proof.new_key()
    forged = proof.sign({"exp": 9_999_999_999}, private, KID)
    (folder / "forged.json").write_text(json.dumps({"jws": forged, "keys": [{**public, "kid": KID}]}))
    assert main([str(folder / "forged.json")]) == 1


def test_ended(folder: Path) -> None:
    assert main([written(folder, ends_in=-1)]) == 2


def test_pdf_is_compared(folder: Path) -> None:
    path = written(folder)
    assert main([path, "--pdf", str(folder / "certificate.pdf")]) == 0
    (folder / "certificate.pdf").write_bytes(b"%PDF edited")
    assert main([path, "--pdf", str(folder / "certificate.pdf")]) == 1


def test_status_list(folder: Path) -> None:
    states = {proof.status_hash("0A1B2C3D4E5F"): "revoked"}
    listed = proof.sign({"exp": int(utc_now().timestamp()) + 60, "states": states}, PRIVATE, KID, proof.STATUS_TYPE)
    (folder / "status.jws").write_text(listed)
    assert main([written(folder), "--status", str(folder / "status.jws")]) == 2


def test_unreadable(folder: Path) -> None:
    assert main([str(folder / "missing.jws")]) == 64
    (folder / "noise.jws").write_text("{broken")
    assert main([str(folder / "noise.jws")]) == 64
