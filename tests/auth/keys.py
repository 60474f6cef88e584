"""Throw-away keys in every form that people have; none of them was ever issued by anyone."""

from __future__ import annotations

import base64
import json
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, SECP384R1, EllipticCurve, generate_private_key
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
from cryptography.hazmat.primitives.asymmetric.rsa import generate_private_key as generate_rsa
from cryptography.hazmat.primitives.serialization import (
    BestAvailableEncryption,
    Encoding,
    KeySerializationEncryption,
    NoEncryption,
    PrivateFormat,
    PublicFormat,
)

from depthview.auth.credentials import find_credentials
from depthview.config.run_options import CredentialOptions

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey

    from depthview.auth.credentials import Credentials

NAME = "organizations/11111111-2222-3333-4444-555555555555/apiKeys/66666666-7777-8888-9999-000000000000"


@dataclass(frozen=True)
class Forms:
    """One key of each kind as text."""

    sec1: str
    pkcs8: str
    ed25519_64: str
    ed25519_32: str
    ed25519_pem: str
    p384: str
    rsa: str
    rsa_pkcs8: str
    encrypted: str
    encrypted_sec1: str
    public: str


def _pem(
    key: EllipticCurvePrivateKey | Ed25519PrivateKey | RSAPrivateKey,
    form: PrivateFormat,
    encryption: KeySerializationEncryption | None = None,
) -> str:
    return key.private_bytes(Encoding.PEM, form, encryption or NoEncryption()).decode()


def new_ec(curve: type[EllipticCurve] = SECP256R1) -> EllipticCurvePrivateKey:
    return generate_private_key(curve())


@cache
def forms() -> Forms:
    ec, ed, rsa = new_ec(), Ed25519PrivateKey.generate(), generate_rsa(65537, 2048)
    seed = ed.private_bytes(Encoding.Raw, PrivateFormat.Raw, NoEncryption())
    public = ed.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw)
    locked = BestAvailableEncryption(b"sesame")
    return Forms(
        sec1=_pem(ec, PrivateFormat.TraditionalOpenSSL),
        pkcs8=_pem(ec, PrivateFormat.PKCS8),
        ed25519_64=base64.b64encode(seed + public).decode(),
        ed25519_32=base64.b64encode(seed).decode(),
        ed25519_pem=_pem(ed, PrivateFormat.PKCS8),
        p384=_pem(new_ec(SECP384R1), PrivateFormat.TraditionalOpenSSL),
        rsa=_pem(rsa, PrivateFormat.TraditionalOpenSSL),
        rsa_pkcs8=_pem(rsa, PrivateFormat.PKCS8),
        encrypted=_pem(ec, PrivateFormat.PKCS8, locked),
        encrypted_sec1=_pem(ec, PrivateFormat.TraditionalOpenSSL, locked),
        public=ec.public_key().public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode(),
    )


def write_key(path: Path, private_key: object, name: object = NAME, mode: int = 0o600, **more: object) -> Path:
    """A key file as the CDP portal gives it."""
    return write_text(path, json.dumps({"name": name, "privateKey": private_key, **more}), mode)


def write_text(path: Path, text: str, mode: int = 0o600) -> Path:
    path.write_text(text, encoding="utf-8", newline="")
    path.chmod(mode)
    return path


def secret_pieces(text: str, length: int = 8) -> set[str]:
    """Every run of ``length`` characters of the secret lines of a key."""
    lines = [line for line in text.replace("\\n", "\n").split("\n") if line and "-----" not in line]
    return {line[at : at + length] for line in lines for at in range(len(line) - length + 1)}


def load_key_file(path: Path, *, allow_loose_permissions: bool = False, key_name: str = "") -> Credentials:
    """The key that ``--key-file`` would find."""
    options = CredentialOptions(key_file=path, allow_loose_permissions=allow_loose_permissions, key_name=key_name)
    found = find_credentials(options, {}, path)
    assert found is not None
    return found
