"""Tokens made by hand, so that each can be wrong in its own way."""

from __future__ import annotations

import base64
import json
from typing import Any, Literal

from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePrivateKey
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.utils import decode_dss_signature
from cryptography.hazmat.primitives.hashes import SHA256

from tests.auth.keys import NAME, new_ec

Part = dict[str, Any]

NOW = 1_786_309_548
KEY = new_ec()
NONCE = "0123456789abcdef0123456789abcdef"


def header(**changes: object) -> Part:
    """The guide's header with changes; None leaves a field out."""
    return _changed({"alg": "ES256", "kid": NAME, "nonce": NONCE, "typ": "JWT"}, changes)


def claims(**changes: object) -> Part:
    """The guide's claims with changes; None leaves a field out."""
    return _changed({"sub": NAME, "iss": "cdp", "nbf": NOW, "exp": NOW + 120}, changes)


def _changed(fields: Part, changes: dict[str, object]) -> Part:
    return {name: value for name, value in {**fields, **changes}.items() if value is not None}


def encoded(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def made(
    the_header: Part | bytes | None = None,
    the_claims: Part | bytes | None = None,
    *,
    key: EllipticCurvePrivateKey | Ed25519PrivateKey = KEY,
    form: Literal["raw", "der"] = "raw",
) -> str:
    """A token of these parts, signed over them as they stand."""
    parts = [header() if the_header is None else the_header, claims() if the_claims is None else the_claims]
    message = ".".join(encoded(part if isinstance(part, bytes) else json.dumps(part).encode()) for part in parts)
    return f"{message}.{encoded(signature(message.encode(), key, form))}"


def signature(message: bytes, key: EllipticCurvePrivateKey | Ed25519PrivateKey, form: Literal["raw", "der"]) -> bytes:
    if isinstance(key, Ed25519PrivateKey):
        return key.sign(message)
    der = key.sign(message, ECDSA(SHA256()))
    if form == "der":
        return der
    r, s = decode_dss_signature(der)
    return r.to_bytes(32) + s.to_bytes(32)
