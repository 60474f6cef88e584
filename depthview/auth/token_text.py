"""A token's text taken apart, whatever was pasted with it. Nothing is verified here and nothing raises."""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from depthview.auth.findings import Finding, Grade

LARGEST_TOKEN: Final = 64 * 1024
"""Bytes; a real one has about 600."""
PARTS: Final = ("header", "claims", "signature")
_NAMES: Final = {"header": "the header", "claims": "the part with the claims", "signature": "the signature"}

_PREFIX = re.compile(r"(?:export\s+|set\s+|\$env:)?\bJWT\s*=\s*")
_ALPHABET: Final = "A-Za-z0-9_+/=-"
# A header is a JSON object, so its base64 begins with one of three letters after the e.
_COMPACT = re.compile(rf"(?<![{_ALPHABET}])e[wyz][{_ALPHABET}]*\.[{_ALPHABET}]*\.[{_ALPHABET}]*")
_QUOTES: Final = "'\"`"


@dataclass(frozen=True, slots=True)
class TokenText:
    """A token in its parts; a part that cannot be read is None, and a finding says why."""

    header: Mapping[str, object] | None
    claims: Mapping[str, object] | None
    signature: bytes | None = field(repr=False)
    signed: bytes = field(repr=False)
    """What the signature is over: the first two parts as they stand, with the dot."""
    compact: str = field(repr=False)
    """The token by itself."""
    stripped: tuple[str, ...]
    """What was around it, in words."""
    raw_header: bool
    """Whether the header's bytes are not UTF-8, as a nonce of raw bytes leaves it."""
    findings: tuple[Finding, ...]


def take_apart(text: str) -> TokenText:
    """The parts of the token in ``text``, which may have a shell's assignment, quotes or other text around it."""
    compact, stripped = _bare(text)
    pieces = compact.split(".")
    findings: list[Finding] = []
    whole = _no_token(text, pieces)
    if whole is not None:
        pieces = [*pieces, "", ""][:3]
    header_bytes = _decoded("header", pieces[0], findings)
    claims_bytes = _decoded("claims", pieces[1], findings)
    signature = _decoded("signature", pieces[2], findings)
    header, raw_header = _object("header", header_bytes, findings)
    claims, _ = _object("claims", claims_bytes, findings)
    return TokenText(
        header,
        claims,
        signature,
        f"{pieces[0]}.{pieces[1]}".encode("utf-8", "replace"),
        compact,
        stripped,
        raw_header,
        # What is no token at all has no parts to find fault with.
        tuple(findings) if whole is None else (whole,),
    )


_WHOLE: Final = "paste the whole token, as the program printed it"


def _wrong(part: str, what: str, cure: str) -> Finding:
    return Finding(Grade.WRONG, what, cure, part)


def _no_token(text: str, pieces: list[str]) -> Finding | None:
    if not text.strip():
        return _wrong("header", "there is nothing on standard input", _WHOLE)
    if "PRIVATE KEY" in text:
        cure = "give it with --key-file, and a token here; if it was pasted anywhere else, make a new key"
        return _wrong("header", "it is a private key, not a token", cure)
    if len(pieces) == len(PARTS):
        return None
    many = "1 part" if len(pieces) == 1 else f"{len(pieces)} parts"
    return _wrong("header", f"it has {many}; a token has three, with dots between", _WHOLE)


def _bare(text: str) -> tuple[str, tuple[str, ...]]:
    """The token in ``text``, and what was around it."""
    stripped: list[str] = []
    rest = text.strip("\ufeff \t\r\n")
    prefix = _PREFIX.search(rest)
    if prefix is not None:
        stripped.append("an `export JWT=` prefix")
        rest = rest[: prefix.start()] + " " + rest[prefix.end() :]
    found = _COMPACT.search(rest)
    if found is None and (joined := _COMPACT.search(re.sub(r"\s+", "", rest))) is not None:
        stripped.append("line breaks in it")
        return joined[0], tuple(stripped)
    compact = rest.strip(" \t\r\n" + _QUOTES) if found is None else found[0]
    around = "" if found is None else rest[: found.start()] + rest[found.end() :]
    if any(quote in around or rest[:1] == quote for quote in _QUOTES):
        stripped.append("quotes")
    if around.strip(" \t\r\n;" + _QUOTES):
        stripped.append("text around it")
    return compact, tuple(stripped)


def _decoded(part: str, piece: str, findings: list[Finding]) -> bytes | None:
    if not piece:
        findings.append(_wrong(part, f"{_NAMES[part]} is empty", _WHOLE))
        return None
    cure = "encode every part as base64url without padding (RFC 7515)"
    if "+" in piece or "/" in piece:
        findings.append(_wrong(part, f"{_NAMES[part]} is in standard base64 (it has + or /), not base64url", cure))
    if "=" in piece:
        findings.append(_wrong(part, f"{_NAMES[part]} has base64 padding (=)", cure))
    bare = piece.rstrip("=").replace("+", "-").replace("/", "_")
    try:
        return base64.b64decode(bare + "=" * (-len(bare) % 4), altchars=b"-_", validate=True)
    except (binascii.Error, ValueError):
        findings.append(_wrong(part, f"{_NAMES[part]} is not base64url", cure))
        return None


def _object(part: str, raw: bytes | None, findings: list[Finding]) -> tuple[Mapping[str, object] | None, bool]:
    if raw is None:
        return None, False
    try:
        text, is_raw = raw.decode("utf-8"), False
    except UnicodeDecodeError:
        text, is_raw = raw.decode("utf-8", "replace"), True
    try:
        # Not strict, since a nonce of raw bytes has control characters.
        document = json.loads(text, strict=False)
    except (ValueError, RecursionError):
        findings.append(_wrong(part, f"{_NAMES[part]} is not JSON", _WHOLE))
        return None, is_raw
    if not isinstance(document, dict):
        findings.append(_wrong(part, f"{_NAMES[part]} is JSON but not an object", _WHOLE))
        return None, is_raw
    return document, is_raw
