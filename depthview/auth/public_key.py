"""Public halves: read from any text that people have of one, written as a PEM, and tried on a signature."""

from __future__ import annotations

import base64
import binascii
import re
from typing import TYPE_CHECKING, Final, TypeAlias

from depthview.auth.keys import KeyDefect, without_damage, wrapped_pem
from depthview.core.text import shown_path
from depthview.errors import CredentialError
from depthview.system.files import open_without_waiting
from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey

    from depthview.auth.keys import Algorithm

PublicKey: TypeAlias = "EllipticCurvePublicKey | Ed25519PublicKey"

_LARGEST: Final = 16 * 1024
_BLOCK = re.compile(r"-----BEGIN ((?:EC |ECDSA )?PUBLIC KEY)-----(.*?)-----END \1-----", re.DOTALL | re.IGNORECASE)
_ED25519_BYTES: Final = 32
_NOT_PUBLIC: Final = KeyDefect(
    "is no public key in PEM", 'it begins with "-----BEGIN PUBLIC KEY-----", as `depthview auth public-key` prints it'
)


def load_public_key(path: Path) -> PublicKey:
    r"""The public key in a file: ``PUBLIC KEY`` or ``EC PUBLIC KEY``, with real or literal line ends.

    Raises:
        CredentialError: The file cannot be read or holds no P-256 or Ed25519 public key. Nothing of it is quoted.
    """
    found = _read(path)
    if isinstance(found, KeyDefect):
        raise CredentialError(f"public key file {shown_path(path)} {found.what}: {found.cure}")
    return found


def _read(path: Path) -> PublicKey | KeyDefect:
    try:
        with open(path, "rb", opener=open_without_waiting) as file:
            raw = file.read(_LARGEST + 1)
    except (OSError, ValueError) as error:
        return KeyDefect(f"cannot be read ({os_reason(error)})", "check the path")
    if len(raw) > _LARGEST:
        return KeyDefect("is over 16 KiB, which no public key is", "check the path")
    return parse_public_key(raw.decode("utf-8", "replace"))


def parse_public_key(text: str) -> PublicKey | KeyDefect:
    """The public key in a PEM, or in the base64 that old key files carry."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

    bare = without_damage(text)
    if re.search(r"PRIVATE KEY", bare, re.IGNORECASE):
        return KeyDefect("holds a private key", "give its public half, as `depthview auth public-key` prints it")
    block = _BLOCK.search(bare)
    try:
        if block is not None:
            # Under the label EC PUBLIC KEY, which JWT debuggers refuse (reported), lies the same thing.
            key = load_pem_public_key(wrapped_pem("PUBLIC KEY", block[2]).encode())
        else:
            raw = base64.b64decode(re.sub(r"\s", "", bare), validate=True)
            key = Ed25519PublicKey.from_public_bytes(raw) if len(raw) == _ED25519_BYTES else load_der_public_key(raw)
    except (ValueError, binascii.Error, UnsupportedAlgorithm):
        return _NOT_PUBLIC
    if isinstance(key, Ed25519PublicKey):
        return key
    if isinstance(key, EllipticCurvePublicKey) and isinstance(key.curve, SECP256R1):
        return key
    return KeyDefect("is a key of another kind", "give one on P-256, or Ed25519")


def public_pem(key: PublicKey) -> str:
    """The key as ``PUBLIC KEY`` PEM, which any JWT debugger takes."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def same_key(one: PublicKey, other: PublicKey) -> bool:
    """Whether both are the same key."""
    return public_pem(one) == public_pem(other)


def algorithm_of(key: PublicKey) -> Algorithm:
    """What tokens of this key are signed with."""
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    return "ES256" if isinstance(key, EllipticCurvePublicKey) else "EdDSA"


def fits(key: PublicKey, signature: bytes, signed: bytes) -> bool:
    """Whether a token's signature is this key's.

    Args:
        key: Public half of the key that is said to have signed.
        signature: Raw r and s for P-256, as JWS has them; a DER signature does not fit.
        signed: The token's first two parts with the dot between them.
    """
    from cryptography.exceptions import InvalidSignature
    from cryptography.hazmat.primitives.asymmetric.ec import ECDSA, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.utils import encode_dss_signature
    from cryptography.hazmat.primitives.hashes import SHA256

    try:
        if isinstance(key, EllipticCurvePublicKey):
            if len(signature) != 64:
                return False
            r, s = int.from_bytes(signature[:32]), int.from_bytes(signature[32:])
            key.verify(encode_dss_signature(r, s), signed, ECDSA(SHA256()))
        else:
            key.verify(signature, signed)
    except (InvalidSignature, ValueError):
        return False
    return True
