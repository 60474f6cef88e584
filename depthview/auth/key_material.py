"""From the text of a key, in any of the forms that people have, to a private key object.

Nothing in this module raises: what is wrong with a key comes back as a :class:`KeyDefect`. An exception would keep the
frames of the parsers alive, whose locals are the key, for a traceback to print. A defect names what is wrong and the
cure, never a character of the key.
"""

from __future__ import annotations

import base64
import binascii
import json
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

_NEW_KEY: Final = 'make a new "Secret API key" (ECDSA, view only) in the CDP portal and download its file'
_DOWNLOAD_AGAIN: Final = "download the key file again, or make a new key"

_KEY_NAME = re.compile(r"[A-Za-z0-9][A-Za-z0-9_./:@-]{0,199}")
# Short bodies only are held against this: a real key may contain any of these words by chance.
_PLACEHOLDER = re.compile(
    r"your|private[ _-]?key|secret|<|\{|\.\.\.|…|placeholder|changeme|example|paste|x{4}", re.IGNORECASE
)
_PLACEHOLDER_NAME = re.compile(r"\byour\b|your[ _-]|[<{]|\.\.\.|…|x{4}", re.IGNORECASE)
_SHORTEST_KEY: Final = 44
"""Characters: the base64 of 32 bytes, the shortest key of all."""
_PEM_BLOCK = re.compile(r"-----BEGIN ([^\n-]{1,60})-----(.*?)-----END \1-----", re.DOTALL)
_PEM_BEGIN = re.compile(r"-----BEGIN ([^\n-]{1,60})-----")
_READABLE_LABELS: Final = ("EC PRIVATE KEY", "PRIVATE KEY")


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


@dataclass(frozen=True, slots=True)
class NamedKey:
    """A private key and the name under which the venue knows it."""

    name: str = field(repr=False)
    key: ParsedKey


def parse_key_document(raw: Secret[bytes]) -> NamedKey | KeyDefect:
    """The key in the JSON file of the CDP portal.

    Two forms (documented): ``{"name", "privateKey"}`` with a PEM, and ``{"id", "privateKey"}`` with base64 of an
    Ed25519 key. Other fields are left alone, as old files have many more.
    """
    # The one broad catch: whatever a parser may yet raise, its frames hold the key and must not leave this module.
    try:
        return _parse_key_document(raw)
    except Exception:
        return KeyDefect("cannot be read", _DOWNLOAD_AGAIN)


def parse_named_key(name: str, private_key: Secret[str]) -> NamedKey | KeyDefect:
    """The key whose name and private half came apart, as environment variables have them."""
    try:
        return _parse_named_key(name, private_key)
    except Exception:  # as above
        return KeyDefect("cannot be read", _DOWNLOAD_AGAIN)


def _parse_key_document(raw: Secret[bytes]) -> NamedKey | KeyDefect:
    if not raw.reveal().strip():
        return KeyDefect("is empty", _NEW_KEY)
    try:
        text = raw.reveal().decode("utf-8-sig")
    except UnicodeDecodeError:
        return KeyDefect("is not UTF-8 text", "save it as UTF-8, or " + _DOWNLOAD_AGAIN)
    if text.lstrip().startswith("-----BEGIN"):
        return KeyDefect(
            "is a bare PEM without the key's name",
            'use the JSON file of the CDP portal: {"name": ..., "privateKey": ...}',
        )
    try:
        document = json.loads(text)
    except json.JSONDecodeError as error:
        return KeyDefect(f"is not JSON (line {error.lineno})", _DOWNLOAD_AGAIN)
    except (ValueError, RecursionError):
        return KeyDefect("is not JSON", _DOWNLOAD_AGAIN)
    if not isinstance(document, dict):
        return KeyDefect("is JSON but not an object", _DOWNLOAD_AGAIN)
    private_key = document.get("privateKey")
    if private_key is None:
        return KeyDefect('has no "privateKey"', _DOWNLOAD_AGAIN)
    if not isinstance(private_key, str):
        return KeyDefect('has a "privateKey" that is not a string', _DOWNLOAD_AGAIN)
    name = document.get("name") or document.get("id")
    if name is None:
        return KeyDefect('has neither "name" nor "id"', _DOWNLOAD_AGAIN)
    if not isinstance(name, str):
        return KeyDefect('has a "name" that is not a string', _DOWNLOAD_AGAIN)
    return _parse_named_key(name, Secret(private_key))


def _parse_named_key(name: str, private_key: Secret[str]) -> NamedKey | KeyDefect:
    bare_name = name.strip(" \t\r\n'\"")
    if not bare_name:
        return KeyDefect("has an empty key name", _DOWNLOAD_AGAIN)
    if _PLACEHOLDER_NAME.search(bare_name):
        return KeyDefect("has a placeholder for a key name", _NEW_KEY)
    # The name travels inside every token: a private key that was pasted in its place must never get that far.
    if not _KEY_NAME.fullmatch(bare_name):
        return KeyDefect(
            "has a key name with characters that no name has",
            "it looks like organizations/{org_id}/apiKeys/{key_id}, or a bare id; were name and key swapped?",
        )
    parsed = _parse_private_key(private_key)
    return parsed if isinstance(parsed, KeyDefect) else NamedKey(bare_name, parsed)


def _parse_private_key(private_key: Secret[str]) -> ParsedKey | KeyDefect:
    text = _without_damage(private_key.reveal())
    if not text:
        return KeyDefect("has an empty private key", _NEW_KEY)
    if "-----BEGIN" in text:
        return _parse_pem(text)
    if "-----END" in text:
        return KeyDefect("has a PEM that lost its BEGIN line", _DOWNLOAD_AGAIN)
    if len(text) < _SHORTEST_KEY and _PLACEHOLDER.search(text):
        return KeyDefect("has a placeholder instead of a private key", _NEW_KEY)
    return _parse_ed25519(text)


def _without_damage(text: str) -> str:
    r"""The key as it was before shells, editors and .env files had it: no quotes, CR, BOM or literal ``\n``."""
    text = re.sub(r"\\+r", "", text.replace("\ufeff", ""))
    text = re.sub(r"\\+n", "\n", text).replace("\r\n", "\n").replace("\r", "\n")
    return text.strip(" \t\n'\"\\,")


def _parse_pem(text: str) -> ParsedKey | KeyDefect:
    blocks = {match[1]: match[2] for match in _PEM_BLOCK.finditer(text)}
    label = next((known for known in _READABLE_LABELS if known in blocks), None)
    if label is None:
        begin = _PEM_BEGIN.search(text)
        return _unreadable_label(begin[1] if begin is not None else "", complete=bool(blocks))
    body = blocks[label]
    if "ENCRYPTED" in body:
        return _ENCRYPTED
    # Wrapped again at 64: a PEM that came through a form or a variable has often lost its line ends.
    bare = re.sub(r"\s", "", body)
    if len(bare) < _SHORTEST_KEY and (not bare or _PLACEHOLDER.search(body)):
        return KeyDefect("has a placeholder instead of a private key", _NEW_KEY)
    lines = "\n".join(bare[at : at + 64] for at in range(0, len(bare), 64))
    return _load_pem(f"-----BEGIN {label}-----\n{lines}\n-----END {label}-----\n")


_ENCRYPTED: Final = KeyDefect(
    "holds an encrypted private key", "decrypt it first (openssl pkcs8 -in OLD -out NEW), or " + _NEW_KEY
)


def _unreadable_label(label: str, *, complete: bool) -> KeyDefect:
    if label in _READABLE_LABELS:
        return KeyDefect("has a PEM that is cut off: its END line is missing", _DOWNLOAD_AGAIN)
    if "ENCRYPTED" in label:
        return _ENCRYPTED
    if "PUBLIC" in label or label == "CERTIFICATE":
        return KeyDefect("holds a public key where the private one belongs", _DOWNLOAD_AGAIN)
    if label == "RSA PRIVATE KEY":
        return _RSA
    if label == "EC PARAMETERS" and complete:
        return KeyDefect("holds the parameters of a curve but no key", _DOWNLOAD_AGAIN)
    return KeyDefect("has a PEM with an unknown header", 'it begins with "-----BEGIN EC PRIVATE KEY-----"')


_RSA: Final = KeyDefect("holds an RSA key, which the venue does not take", _NEW_KEY)


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
        return KeyDefect("has a damaged PEM", _DOWNLOAD_AGAIN)
    if isinstance(key, Ed25519PrivateKey):
        return ParsedKey("EdDSA", Secret(key))
    if isinstance(key, EllipticCurvePrivateKey):
        if isinstance(key.curve, SECP256R1):
            return ParsedKey("ES256", Secret(key))
        return KeyDefect(f"holds a key on the curve {key.curve.name}; the venue wants P-256", _NEW_KEY)
    if isinstance(key, RSAPrivateKey):
        return _RSA
    return KeyDefect("holds a key that is neither ECDSA (P-256) nor Ed25519", _NEW_KEY)


def _parse_ed25519(text: str) -> ParsedKey | KeyDefect:
    from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey
    from cryptography.hazmat.primitives.serialization import Encoding, PublicFormat

    try:
        raw = base64.b64decode(re.sub(r"\s", "", text), validate=True)
    except (binascii.Error, ValueError):
        return KeyDefect("has a private key that is neither PEM nor base64", _DOWNLOAD_AGAIN)
    if len(raw) not in {32, 64}:
        return KeyDefect(
            "has a private key that is neither PEM nor the 32 or 64 bytes of an Ed25519 key", _DOWNLOAD_AGAIN
        )
    key = Ed25519PrivateKey.from_private_bytes(raw[:32])
    if len(raw) == 64 and key.public_key().public_bytes(Encoding.Raw, PublicFormat.Raw) != raw[32:]:
        return KeyDefect(
            "has 64 bytes that are no Ed25519 key, as the secret of an old Exchange key would",
            _NEW_KEY,
        )
    return ParsedKey("EdDSA", Secret(key))
