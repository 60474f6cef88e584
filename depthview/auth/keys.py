"""Parsing private and public keys in all the forms in which users have them.

The parsers of private keys do not raise: an exception would keep their frames alive, whose locals are the key, for a
traceback to print. They return a :class:`KeyDefect` instead, which names the fault and the cure and contains nothing of
the key. :mod:`depthview.auth.credentials` catches what they let through.

What a key file says besides the key is evidence, not proof (reported: old files say much, those of the present portal
nothing): the portal may have changed the key since the file was downloaded.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from datetime import UTC, datetime
from enum import StrEnum
from typing import TYPE_CHECKING, Final, Generic, Literal, NoReturn, TypeAlias, TypeVar

from depthview.core.text import shown_path
from depthview.errors import CredentialError
from depthview.system.files import open_without_waiting
from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path

    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

T = TypeVar("T")


class Secret(Generic[T]):
    """Holds a value that must not appear in a repr, format, log line, pickle or traceback.

    Only :meth:`reveal` returns the value; do not bind the result to a name in a function that may raise.
    """

    __slots__ = ("_value",)

    def __init__(self, value: T) -> None:
        self._value = value

    def reveal(self) -> T:
        return self._value

    def __repr__(self) -> str:
        return "Secret(…)"

    def __str__(self) -> str:
        return "Secret(…)"

    def __format__(self, format_spec: str) -> str:
        return "Secret(…)"

    def __reduce_ex__(self, protocol: object) -> NoReturn:
        """Refuse pickling and copying, since both write the value out.

        Raises:
            TypeError: Always.
        """
        raise TypeError("a secret can be neither pickled nor copied")


Algorithm: TypeAlias = Literal["ES256", "EdDSA"]
# In quotes, because cryptography is loaded only once there is a key to parse.
PrivateKey: TypeAlias = "EllipticCurvePrivateKey | Ed25519PrivateKey"

NEW_KEY: Final = 'make a new "Secret API key" (ECDSA, view only) in the CDP portal and download its file'
DOWNLOAD_AGAIN: Final = "download the key file again, or make a new key"
# Reported: in some browsers the portal shows no secret, and users continue with an empty one.
NEW_KEY_ELSEWHERE: Final = (
    'make a new "Secret API key" (ECDSA, view only) in Chrome or a private window, and download its file'
)

# For short bodies only: a real key may contain any of these words by chance.
_PLACEHOLDER = re.compile(
    r"your|private[ _-]?key|secret|<|\{|\.\.\.|…|placeholder|changeme|example|paste|x{4}", re.IGNORECASE
)
_SHORTEST_KEY: Final = 44
"""Characters: the base64 of 32 bytes, the shortest key of all."""
_LEGACY_SECRET = re.compile(r"[A-Za-z0-9]{32}")
_UUID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}")
_ID = re.compile(rf"{_UUID.pattern}|organizations/[\w/-]+")
_TOKEN = re.compile(r"ey[\w-]+\.[\w-]+\.[\w-]*")
_PEM_BLOCK = re.compile(r"-----BEGIN ([^\n-]{1,60})-----(.*?)-----END \1-----", re.DOTALL)
_PEM_BEGIN = re.compile(r"-----BEGIN ([^\n-]{1,60})-----")
_READABLE_LABELS: Final = ("EC PRIVATE KEY", "PRIVATE KEY")
DER_SEQUENCE: Final = 0x30


@dataclass(frozen=True, slots=True)
class KeyDefect:
    """What is wrong with a key and what to do about it; contains nothing of the key."""

    what: str
    cure: str


@dataclass(frozen=True, slots=True)
class ParsedKey:
    algorithm: Algorithm
    private_key: Secret[PrivateKey] = field(repr=False)


def parse_private_key(private_key: Secret[str]) -> ParsedKey | KeyDefect:
    """The key in a PEM (SEC1 or PKCS8, P-256 or Ed25519) or in the base64 of an Ed25519 key (32 or 64 bytes)."""
    text = without_damage(private_key.reveal())
    if not text:
        return KeyDefect("has an empty private key", NEW_KEY_ELSEWHERE)
    if "-----BEGIN" in text:
        return _parse_pem(text)
    if "-----END" in text:
        return KeyDefect("has a PEM that lost its BEGIN line", DOWNLOAD_AGAIN)
    if len(text) < _SHORTEST_KEY and _PLACEHOLDER.search(text):
        return KeyDefect("has a placeholder instead of a private key", NEW_KEY_ELSEWHERE)
    if _LEGACY_SECRET.fullmatch(text):
        return KeyDefect("has the secret of a legacy (HMAC) API key where the private key belongs", NEW_KEY)
    if _ID.fullmatch(text):
        return KeyDefect("has a key's name or id where the private key belongs", DOWNLOAD_AGAIN)
    if _TOKEN.fullmatch(text):
        return KeyDefect(
            "has a token where the private key belongs", "use a token with --jwt-from-env, or " + DOWNLOAD_AGAIN
        )
    return _parse_ed25519(text)


def without_damage(text: str) -> str:
    r"""A key without what shells, editors and .env files add: quotes, CR, BOM, literal ``\n``."""
    text = re.sub(r"\\+r", "", text.replace("\ufeff", ""))
    text = re.sub(r"\\+n", "\n", text).replace("\r\n", "\n").replace("\r", "\n")
    return text.strip(" \t\n'\"\\,")


def wrapped_pem(label: str, body: str) -> str:
    """A PEM with its body wrapped at 64, since one from a form or a variable has no line ends."""
    bare = re.sub(r"\s", "", body)
    lines = "\n".join(bare[at : at + 64] for at in range(0, len(bare), 64))
    return f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n"


def _parse_pem(text: str) -> ParsedKey | KeyDefect:
    blocks = {match[1]: match[2] for match in _PEM_BLOCK.finditer(text)}
    label = next((known for known in _READABLE_LABELS if known in blocks), None)
    if label is None:
        begin = _PEM_BEGIN.search(text)
        return _unreadable_label(begin[1] if begin is not None else "", complete=bool(blocks))
    body = blocks[label]
    if "ENCRYPTED" in body:
        return _ENCRYPTED
    bare = re.sub(r"\s", "", body)
    if len(bare) < _SHORTEST_KEY and (not bare or _PLACEHOLDER.search(body)):
        return KeyDefect("has a placeholder instead of a private key", NEW_KEY_ELSEWHERE)
    return _load_pem(wrapped_pem(label, body))


_ENCRYPTED: Final = KeyDefect(
    "holds an encrypted private key", "decrypt it first (openssl pkcs8 -in OLD -out NEW), or " + NEW_KEY
)
_RSA: Final = KeyDefect("holds an RSA key, which the venue does not accept", NEW_KEY)


def _unreadable_label(label: str, *, complete: bool) -> KeyDefect:
    words = label.upper()
    if label in _READABLE_LABELS:
        return KeyDefect("has a PEM that is cut off: its END line is missing", DOWNLOAD_AGAIN)
    if "ENCRYPTED" in words:
        return _ENCRYPTED
    if "PUBLIC" in words or words == "CERTIFICATE":
        return KeyDefect("holds a public key where the private one belongs", DOWNLOAD_AGAIN)
    if words == "RSA PRIVATE KEY":
        return _RSA
    if "ECDSA" in words:
        return KeyDefect(
            "has a PEM with the header ECDSA, which no tool reads",
            'restore the header of the portal: "-----BEGIN EC PRIVATE KEY-----", and likewise the END line',
        )
    if "OPENSSH" in words:
        return KeyDefect("holds an SSH key, not one of the venue's", NEW_KEY)
    if label == "EC PARAMETERS" and complete:
        return KeyDefect("holds curve parameters but no key", DOWNLOAD_AGAIN)
    return KeyDefect("has a PEM with an unknown header", 'it begins with "-----BEGIN EC PRIVATE KEY-----"')


def _load_pem(pem: str) -> ParsedKey | KeyDefect:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except TypeError:  # how cryptography says that a password is needed
        return _ENCRYPTED
    except (ValueError, UnsupportedAlgorithm):
        return KeyDefect("has a damaged PEM (cut short, or with letters changed)", DOWNLOAD_AGAIN)
    if isinstance(key, Ed25519PrivateKey):
        return ParsedKey("EdDSA", Secret(key))
    if isinstance(key, EllipticCurvePrivateKey):
        if isinstance(key.curve, SECP256R1):
            return ParsedKey("ES256", Secret(key))
        return KeyDefect(f"holds a key on the curve {key.curve.name}; the venue requires P-256", NEW_KEY)
    if isinstance(key, RSAPrivateKey):
        return _RSA
    return KeyDefect("holds a key that is neither ECDSA (P-256) nor Ed25519", NEW_KEY)


def _parse_ed25519(text: str) -> ParsedKey | KeyDefect:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    bare = re.sub(r"\s", "", text)
    try:
        raw = base64.b64decode(bare + "=" * (-len(bare) % 4), validate=True)
    except (binascii.Error, ValueError):
        return KeyDefect("has a private key that is neither PEM nor base64", DOWNLOAD_AGAIN)
    if len(raw) > 64 and raw[0] == DER_SEQUENCE:
        return KeyDefect("has a PEM that lost its BEGIN and END lines", DOWNLOAD_AGAIN)
    if len(raw) not in {32, 64}:
        return KeyDefect(
            "has a private key that is neither PEM nor the 32 or 64 bytes of an Ed25519 key", DOWNLOAD_AGAIN
        )
    key = Ed25519PrivateKey.from_private_bytes(raw[:32])
    if len(raw) == 64 and key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) != raw[32:]:
        return KeyDefect("has 64 bytes that are not an Ed25519 key, such as the secret of an old Exchange key", NEW_KEY)
    return ParsedKey("EdDSA", Secret(key))


PublicKey: TypeAlias = "EllipticCurvePublicKey | Ed25519PublicKey"

_LARGEST: Final = 16 * 1024
_BLOCK = re.compile(r"-----BEGIN ((?:EC |ECDSA )?PUBLIC KEY)-----(.*?)-----END \1-----", re.DOTALL | re.IGNORECASE)
_ED25519_BYTES: Final = 32
_NOT_PUBLIC: Final = KeyDefect(
    "is not a public key in PEM",
    'it begins with "-----BEGIN PUBLIC KEY-----", as `depthview auth public-key` prints it',
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
        return KeyDefect("is over 16 KiB, too large for a public key", "check the path")
    return parse_public_key(raw.decode("utf-8", "replace"))


def parse_public_key(text: str) -> PublicKey | KeyDefect:
    """The public key in a PEM, or in the base64 that old key files carry."""
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePublicKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PublicKey
    from cryptography.hazmat.primitives.serialization import load_der_public_key, load_pem_public_key

    bare = without_damage(text)
    if re.search(r"PRIVATE KEY", bare, re.IGNORECASE):
        return KeyDefect("holds a private key", "give its public key, which `depthview auth public-key` prints")
    block = _BLOCK.search(bare)
    try:
        if block is not None:
            # EC PUBLIC KEY, which JWT debuggers refuse (reported), has the same content.
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
    return KeyDefect("is neither a P-256 nor an Ed25519 key", "give the public key of the key that signs")


def public_pem(key: PublicKey) -> str:
    """The key as ``PUBLIC KEY`` PEM, which any JWT debugger accepts."""
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    return key.public_bytes(Encoding.PEM, PublicFormat.SubjectPublicKeyInfo).decode("ascii")


def same_key(one: PublicKey, other: PublicKey) -> bool:
    return public_pem(one) == public_pem(other)


def algorithm_of(key: PublicKey) -> Algorithm:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePublicKey

    return "ES256" if isinstance(key, EllipticCurvePublicKey) else "EdDSA"


def fits(key: PublicKey, signature: bytes, signed: bytes) -> bool:
    """Whether a token's signature is valid for a key.

    Args:
        key: Public half of the key that should have signed.
        signature: Raw r and s for P-256, as JWS has them; a DER signature is not valid.
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


_CDP_NAME = re.compile(r"organizations/[0-9A-Fa-f-]{36}/apiKeys/[0-9A-Fa-f-]{36}")
_EXCHANGE_NAME = re.compile(r"[0-9a-f]{32}")
_LEGACY_NAME = re.compile(r"[A-Za-z0-9]{16}")
MILLISECONDS_FROM: Final = 100_000_000_000
"""Numbers from here on are not seconds: those reach it in the year 5138."""


class NameShape(StrEnum):
    CDP = "organizations/{org_id}/apiKeys/{key_id}"
    """The documented form."""
    BARE_ID = "a bare id"
    """As in Ed25519 key files."""
    EXCHANGE = "the key of Coinbase Exchange"
    LEGACY = "a legacy (HMAC) API key"
    OTHER = "not one of the venue's names"


@dataclass(frozen=True, slots=True)
class KeyEvidence:
    """What a key file says of its key; everything is optional."""

    enabled: bool | None = None
    created_at: float | None = None
    addresses: int = 0
    """How many addresses the key is restricted to; 0 where the file names none."""
    views: bool | None = None
    """Whether a scope lets the key read; None where the file names none."""
    is_trading: bool | None = None
    """Whether its type is a trading key; None where the file names no type."""
    public_key_fits: bool | None = None
    """Whether the file's ``publicKey`` is the private key's other half; None where there is none that can be read."""


NO_EVIDENCE: Final = KeyEvidence()


def name_shape(name: str) -> NameShape:
    for shape, pattern in (
        (NameShape.CDP, _CDP_NAME),
        (NameShape.BARE_ID, _UUID),
        (NameShape.EXCHANGE, _EXCHANGE_NAME),
        (NameShape.LEGACY, _LEGACY_NAME),
    ):
        if pattern.fullmatch(name):
            return shape
    return NameShape.OTHER


def read_evidence(document: Mapping[str, object], public_key: PublicKey) -> KeyEvidence:
    """What a key file says of its key.

    Args:
        document: The file's JSON object. Names may be in any case, with or without underscores.
        public_key: The public half of the private key in it.
    """
    fields = {name.replace("_", "").lower(): value for name, value in document.items()}
    enabled, addresses, scopes = fields.get("enabled"), fields.get("allowedips"), fields.get("scopes")
    kind = fields.get("keytype")
    names = [scope.lower() for scope in scopes if isinstance(scope, str)] if isinstance(scopes, list) else []
    return KeyEvidence(
        enabled=enabled if isinstance(enabled, bool) else None,
        created_at=_unix(fields.get("createtime") or fields.get("createdat")),
        addresses=len(addresses) if isinstance(addresses, list) else 0,
        views=any("view" in name or "read" in name for name in names) if names else None,
        is_trading="TRAD" in kind.upper() if isinstance(kind, str) and kind.strip() else None,
        public_key_fits=_fits(fields.get("publickey"), public_key),
    )


def _fits(text: object, public_key: PublicKey) -> bool | None:
    if not isinstance(text, str) or not text.strip():
        return None
    found = parse_public_key(text)
    return None if isinstance(found, KeyDefect) else same_key(found, public_key)


def _unix(value: object) -> float | None:
    if isinstance(value, bool):
        return None
    if isinstance(value, int | float):
        if not 0 < value < 1000 * MILLISECONDS_FROM:
            return None
        return value / 1000 if value >= MILLISECONDS_FROM else float(value)
    if not isinstance(value, str):
        return None
    try:
        at = datetime.fromisoformat(value.strip())
        return (at if at.tzinfo is not None else at.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return None
