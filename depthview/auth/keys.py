"""From the text of a private key, in any of the forms that people have, to a key object.

Nothing in this module raises on purpose, and :mod:`depthview.auth.key_material` lets nothing else out: an exception
would keep the frames of the parsers alive, whose locals are the key, for a traceback to print. What is wrong comes
back as a :class:`KeyDefect`, which names the fault and the cure and never a character of the key.
"""

from __future__ import annotations

import base64
import binascii
import re
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Literal, TypeAlias

from depthview.auth.secret import Secret

if TYPE_CHECKING:
    from cryptography.hazmat.primitives.asymmetric.ec import EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey

Algorithm: TypeAlias = Literal["ES256", "EdDSA"]
# In quotes, because cryptography is loaded only once there is a key to parse.
PrivateKey: TypeAlias = "EllipticCurvePrivateKey | Ed25519PrivateKey"

NEW_KEY: Final = 'make a new "Secret API key" (ECDSA, view only) in the CDP portal and download its file'
DOWNLOAD_AGAIN: Final = "download the key file again, or make a new key"
# Reported: the portal shows no secret in some browsers, and people go on with an empty one.
NEW_KEY_ELSEWHERE: Final = (
    'make a new "Secret API key" (ECDSA, view only) in Chrome or a private window, and download its file'
)

# Short bodies only are held against this: a real key may contain any of these words by chance.
_PLACEHOLDER = re.compile(
    r"your|private[ _-]?key|secret|<|\{|\.\.\.|…|placeholder|changeme|example|paste|x{4}", re.IGNORECASE
)
_SHORTEST_KEY: Final = 44
"""Characters: the base64 of 32 bytes, the shortest key of all."""
_LEGACY_SECRET = re.compile(r"[A-Za-z0-9]{32}")
_ID = re.compile(r"[0-9A-Fa-f]{8}(?:-[0-9A-Fa-f]{4}){3}-[0-9A-Fa-f]{12}|organizations/[\w/-]+")
_TOKEN = re.compile(r"ey[\w-]+\.[\w-]+\.[\w-]*")
_PEM_BLOCK = re.compile(r"-----BEGIN ([^\n-]{1,60})-----(.*?)-----END \1-----", re.DOTALL)
_PEM_BEGIN = re.compile(r"-----BEGIN ([^\n-]{1,60})-----")
_READABLE_LABELS: Final = ("EC PRIVATE KEY", "PRIVATE KEY")
_DER_SEQUENCE: Final = 0x30


@dataclass(frozen=True, slots=True)
class KeyDefect:
    """What is wrong with a key and what to do about it: two phrases that contain nothing of it."""

    what: str
    cure: str


@dataclass(frozen=True, slots=True)
class ParsedKey:
    """A private key that tokens can be signed with."""

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
    r"""A key as it was before shells, editors and .env files had it: no quotes, CR, BOM or literal ``\n``."""
    text = re.sub(r"\\+r", "", text.replace("\ufeff", ""))
    text = re.sub(r"\\+n", "\n", text).replace("\r\n", "\n").replace("\r", "\n")
    return text.strip(" \t\n'\"\\,")


def wrapped_pem(label: str, body: str) -> str:
    """A PEM with its body wrapped again at 64, since one that came through a form or a variable has no line ends."""
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
_RSA: Final = KeyDefect("holds an RSA key, which the venue does not take", NEW_KEY)


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
            "has a PEM whose header says ECDSA, which no tool reads",
            'put back the header that the portal gave: "-----BEGIN EC PRIVATE KEY-----", and so the END line',
        )
    if "OPENSSH" in words:
        return KeyDefect("holds a key for ssh, which is none of the venue's", NEW_KEY)
    if label == "EC PARAMETERS" and complete:
        return KeyDefect("holds the parameters of a curve but no key", DOWNLOAD_AGAIN)
    return KeyDefect("has a PEM with an unknown header", 'it begins with "-----BEGIN EC PRIVATE KEY-----"')


def _load_pem(pem: str) -> ParsedKey | KeyDefect:
    from cryptography.exceptions import UnsupportedAlgorithm
    from cryptography.hazmat.primitives.asymmetric.ec import SECP256R1, EllipticCurvePrivateKey
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.asymmetric.rsa import RSAPrivateKey
    from cryptography.hazmat.primitives.serialization import load_pem_private_key

    try:
        key = load_pem_private_key(pem.encode(), password=None)
    except TypeError:  # how cryptography says that a password is wanted
        return _ENCRYPTED
    except (ValueError, UnsupportedAlgorithm):
        return KeyDefect("has a damaged PEM (cut short, or with letters changed)", DOWNLOAD_AGAIN)
    if isinstance(key, Ed25519PrivateKey):
        return ParsedKey("EdDSA", Secret(key))
    if isinstance(key, EllipticCurvePrivateKey):
        if isinstance(key.curve, SECP256R1):
            return ParsedKey("ES256", Secret(key))
        return KeyDefect(f"holds a key on the curve {key.curve.name}; the venue wants P-256", NEW_KEY)
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
    if len(raw) > 64 and raw[0] == _DER_SEQUENCE:
        return KeyDefect("has a PEM that lost its BEGIN and END lines", DOWNLOAD_AGAIN)
    if len(raw) not in {32, 64}:
        return KeyDefect(
            "has a private key that is neither PEM nor the 32 or 64 bytes of an Ed25519 key", DOWNLOAD_AGAIN
        )
    key = Ed25519PrivateKey.from_private_bytes(raw[:32])
    if len(raw) == 64 and key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) != raw[32:]:
        return KeyDefect("has 64 bytes that are no Ed25519 key, as the secret of an old Exchange key would", NEW_KEY)
    return ParsedKey("EdDSA", Secret(key))
