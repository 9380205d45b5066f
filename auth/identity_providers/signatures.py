"""Signatures of callbacks and requests (V4): the algorithm belongs to the key's configuration, never to the message."""

import hashlib
import hmac
from dataclasses import dataclass

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric import padding, rsa
from cryptography.hazmat.primitives.hashes import SHA256
from cryptography.hazmat.primitives.serialization import load_pem_public_key

ALGORITHMS = ("hmac-sha256", "rsa-sha256")  # SM2withSM3 needs a library that is not installed; asking for it is refused at start


@dataclass(frozen=True, slots=True)
class Key:
    """One live key of a provider; two may be live during a change."""

    key_id: str
    algorithm: str
    secret: bytes = b""
    public: rsa.RSAPublicKey | None = None


def read_key(key_id: str, facts: dict[str, str]) -> Key:
    """A key from the configuration: ``{"alg", "secret"}`` or ``{"alg", "public_key"}`` (PEM). Raises ValueError."""
    algorithm = str(facts.get("alg", ""))
    if algorithm not in ALGORITHMS:
        raise ValueError(f"key {key_id}: alg must be one of {', '.join(ALGORITHMS)}")
    if algorithm == "hmac-sha256":
        secret = str(facts.get("secret", "")).encode()
        if len(secret) < 16:
            raise ValueError(f"key {key_id}: a secret has at least 16 bytes")
        return Key(key_id, algorithm, secret)
    public = load_pem_public_key(str(facts.get("public_key", "")).encode())
    if not isinstance(public, rsa.RSAPublicKey) or public.key_size < 2048:
        raise ValueError(f"key {key_id}: an RSA public key of 2048 bits or more is expected")
    return Key(key_id, algorithm, public=public)


def message(timestamp: str, nonce: str, body: bytes) -> bytes:
    """The exact bytes that are signed."""
    return timestamp.encode() + b"\n" + nonce.encode() + b"\n" + body


def sign(key: Key, timestamp: str, nonce: str, body: bytes) -> str:
    """Our signature on a request (HMAC keys only), hex."""
    return hmac.new(key.secret, message(timestamp, nonce, body), hashlib.sha256).hexdigest()


def holds(key: Key, timestamp: str, nonce: str, body: bytes, signature: str) -> bool:
    """Whether a signature (hex) is the key's, in constant time for HMAC."""
    try:
        given = bytes.fromhex(signature)
    except ValueError:
        return False
    text = message(timestamp, nonce, body)
    if key.algorithm == "hmac-sha256":
        return hmac.compare_digest(hmac.new(key.secret, text, hashlib.sha256).digest(), given)
    assert key.public is not None
    try:
        key.public.verify(given, text, padding.PKCS1v15(), SHA256())
    except InvalidSignature:
        return False
    return True
