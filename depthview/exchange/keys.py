"""Keys of the exchange: throw-away ones that it generates, and public ones that it is given."""

from __future__ import annotations

import json
import uuid
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from cryptography.exceptions import UnsupportedAlgorithm
from cryptography.hazmat.primitives import serialization
from cryptography.hazmat.primitives.asymmetric.ec import (
    SECP256R1,
    EllipticCurvePublicKey,
    generate_private_key,
)
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

from depthview.errors import CredentialError
from depthview.system.core_dumps import forbid_core_dumps
from depthview.system.files import NewFile
from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    from pathlib import Path

PublicKey = EllipticCurvePublicKey | Ed25519PublicKey
"""What tokens are verified with: P-256 for ES256, Ed25519 for EdDSA."""

_LARGEST_PEM: Final = 16_384
"""Bytes; a real one has fewer than 300."""


@dataclass(frozen=True, slots=True)
class ThrowAwayKey:
    """A P-256 key pair that is valid only at the exchange that generated it."""

    name: str
    """As the venue names keys: ``organizations/{uuid}/apiKeys/{uuid}``."""
    private_pem: str = field(repr=False)
    """SEC1 PEM, as the venue issues keys (documented)."""
    public_key: EllipticCurvePublicKey = field(repr=False)

    def as_key_file(self) -> str:
        return json.dumps({"name": self.name, "privateKey": self.private_pem}) + "\n"


def make_key() -> ThrowAwayKey:
    forbid_core_dumps()
    private_key = generate_private_key(SECP256R1())
    pem = private_key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.TraditionalOpenSSL, serialization.NoEncryption()
    )
    name = f"organizations/{uuid.uuid4()}/apiKeys/{uuid.uuid4()}"
    return ThrowAwayKey(name, pem.decode("ascii"), private_key.public_key())


def write_key_file(path: Path, key: ThrowAwayKey) -> None:
    """Write a CDP key file, new and readable by its owner only.

    Raises:
        ConfigurationError: The file exists or cannot be written.
    """
    with NewFile(path) as file:
        file.append(key.as_key_file())


def load_public_key(path: Path) -> PublicKey:
    """The public key in a PEM file.

    Raises:
        CredentialError: It is not a readable PEM of a P-256 or Ed25519 public key. Nothing of its content is quoted.
    """
    shown = f"{str(path)!a}"
    try:
        with path.open("rb") as file:
            pem = file.read(_LARGEST_PEM + 1)
    except OSError as fault:
        raise CredentialError(f"public key {shown} cannot be read ({os_reason(fault)}): check the path") from None
    if len(pem) > _LARGEST_PEM:
        raise CredentialError(f"{shown} is too large for a public key: name a PEM file")
    if b"PRIVATE KEY" in pem:
        raise CredentialError(f"{shown} holds a private key: give its public half, as `openssl pkey -pubout` prints it")
    try:
        key = serialization.load_pem_public_key(pem)
    except (ValueError, UnsupportedAlgorithm):
        raise CredentialError(f"{shown} is not a public key in PEM: it begins with BEGIN PUBLIC KEY") from None
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    if isinstance(key, Ed25519PublicKey):
        return key
    raise CredentialError(f"{shown} has another type of key: give a P-256 or Ed25519 key")
