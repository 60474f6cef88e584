"""A token taken apart and explained, without the venue. Pure.

The yardstick is the Python sample of the venue's guide (documented).
"""

from __future__ import annotations

import base64
import binascii
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeGuard

from depthview.auth.diagnosis import Finding, Grade, worst_first
from depthview.auth.keys import DER_SEQUENCE, MILLISECONDS_FROM, NameShape, algorithm_of, fits, name_shape
from depthview.auth.tokens import TOKEN_LIFE_SECONDS
from depthview.core.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterator

    from depthview.auth.keys import PublicKey

LARGEST_TOKEN: Final = 64 * 1024
"""Bytes; a real one has about 600."""
PARTS: Final = ("header", "claims", "signature")
_NAMES: Final = {"header": "the header", "claims": "the claims part", "signature": "the signature"}

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
    stripped: tuple[str, ...]
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


def _no_token(text: str, pieces: list[str]) -> Finding | None:
    if not text.strip():
        return _wrong("header", "there is nothing on standard input", _WHOLE)
    if "PRIVATE KEY" in text:
        cure = "give it with --key-file, and a token here; if it was pasted anywhere else, make a new key"
        return _wrong("header", "it is a private key, not a token", cure)
    if len(pieces) == len(PARTS):
        return None
    what = f"it has {plural(len(pieces), 'part')}; a token has three, with dots between"
    return _wrong("header", what, _WHOLE)


def _bare(text: str) -> tuple[str, tuple[str, ...]]:
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


def _wrong(part: str, what: str, cure: str) -> Finding:
    return Finding(Grade.WRONG, what, cure, part)


def _differs(part: str, what: str, cure: str) -> Finding:
    return Finding(Grade.DIFFERS, what, cure, part)


def _note(part: str, what: str, cure: str = "") -> Finding:
    return Finding(Grade.NOTE, what, cure, part)


ISSUER: Final = "cdp"
OLD_ISSUER: Final = "coinbase-cloud"
_RAW_SIGNATURE: Final = 64
_SHORT_NONCE: Final = 16
_SHORT_LIFE: Final = 90
_HEX: Final = frozenset("0123456789abcdefABCDEF")
_ALGORITHMS: Final = ("ES256", "EdDSA")


class SignatureState(StrEnum):
    FITS = "fits the key"
    DOES_NOT_FIT = "does not fit the key"
    NOT_CHECKED = "not checked: no public key"


@dataclass(frozen=True, slots=True)
class TokenReport:
    findings: tuple[Finding, ...]
    """The wrong ones first, then those that differ, then the notes."""
    life_left: float | None
    """Seconds until ``exp``, below 0 once it has passed; None where there is no ``exp`` that is a number."""
    signature: SignatureState


def explain(token: TokenText, now: float, public_key: PublicKey | None) -> TokenReport:
    """Explain a token.

    Args:
        token: From :func:`take_apart`.
        now: Unix seconds.
        public_key: Of the key that should have signed it, if it is known.
    """
    findings = list(token.findings)
    if token.header is not None:
        findings += _of_header(token.header, raw=token.raw_header)
    if token.claims is not None:
        findings += _of_claims(token.claims, now)
    if token.header is not None and token.claims is not None:
        findings += _of_names(token.header, token.claims)
    algorithm = None if token.header is None else token.header.get("alg")
    state = SignatureState.NOT_CHECKED
    if token.signature is not None:
        malformed = _of_signature_form(token.signature, algorithm)
        findings += [] if malformed is None else [malformed]
        if public_key is not None:
            valid = fits(public_key, token.signature, token.signed)
            state = SignatureState.FITS if valid else SignatureState.DOES_NOT_FIT
            if not valid and malformed is None:
                findings.append(_invalid_signature(public_key, algorithm))
    expiry = None if token.claims is None else token.claims.get("exp")
    return TokenReport(worst_first(findings), expiry - now if _is_number(expiry) else None, state)


def _of_header(header: Mapping[str, object], *, raw: bool) -> Iterator[Finding]:
    algorithm = header.get("alg")
    if algorithm is None:
        misspelt = next((name for name in ("algorithm", "algo", "Alg", "ALG") if name in header), "")
        instead = f"; the header has {misspelt} instead" if misspelt else ""
        yield _wrong("header.alg", f"alg is missing{instead}", 'put "alg": "ES256" into the header')
    elif algorithm not in _ALGORITHMS:
        yield _wrong("header.alg", "alg is neither ES256 nor EdDSA", "sign with ES256 (a P-256 key), as documented")
    elif algorithm == "EdDSA":
        what = "alg is EdDSA, which is reported to work and not proved on this feed"
        yield _note("header.alg", what, "if it is refused, use an ECDSA key")
    if "typ" not in header:
        yield _note("header.typ", "typ is missing; as documented it is JWT")
    elif header["typ"] != "JWT":
        yield _note("header.typ", "typ is not JWT, as documented", 'set "typ": "JWT"')
    yield from _of_nonce(header, raw=raw)


def _of_nonce(header: Mapping[str, object], *, raw: bool) -> Iterator[Finding]:
    part, cure = "header.nonce", "use 16 random bytes as 32 hex digits, new for every token"
    nonce = header.get("nonce")
    if nonce in (None, ""):
        what = "nonce is missing" if "nonce" not in header else "nonce is empty"
        yield _wrong(part, f"{what}; without one tokens are refused (reported)", f"add one: {cure}")
    elif not isinstance(nonce, str):
        yield _differs(part, "nonce is not a string", cure)
    elif raw or not nonce.isascii() or not nonce.isprintable():
        yield _note(part, "unusual nonce: raw bytes instead of text", cure)
    elif nonce.isdigit():
        shared = "; if it is the time, two tokens of one second share it" if len(nonce) <= 13 else ""
        yield _note(part, f"unusual nonce: only digits{shared}", cure)
    elif not set(nonce) <= _HEX:
        yield _note(part, "unusual nonce: not hex digits", cure)
    elif len(nonce) < _SHORT_NONCE:
        yield _note(part, f"unusual nonce: only {plural(len(nonce), 'digit')}", cure)


def _of_names(header: Mapping[str, object], claims: Mapping[str, object]) -> Iterator[Finding]:
    names = {"header.kid": header.get("kid"), "claims.sub": claims.get("sub")}
    cure = "both are the key's name: organizations/{org_id}/apiKeys/{key_id}"
    for part, name in names.items():
        if not isinstance(name, str) or not name:
            what = "is missing" if name is None else "is not a name"
            yield _wrong(part, f"{part.partition('.')[2]} {what}", cure)
    kid, subject = names.values()
    if isinstance(kid, str) and kid and isinstance(subject, str) and subject:
        if kid != subject:
            yield _wrong("header.kid", "kid is not equal to sub", cure)
        elif name_shape(kid) not in (NameShape.CDP, NameShape.BARE_ID):
            yield _note("header.kid", "kid does not look like a key name of the venue", cure)


def _of_claims(claims: Mapping[str, object], now: float) -> Iterator[Finding]:
    yield from _of_times(claims, now)
    issuer, cure = claims.get("iss"), f'set "iss": "{ISSUER}"'
    if issuer == OLD_ISSUER:
        what = f"iss is {OLD_ISSUER}, as before May 2024; as documented it is {ISSUER}"
        yield _differs("claims.iss", what, cure)
    elif issuer is not None and issuer == claims.get("sub"):
        yield _wrong("claims.iss", "iss is the key's name; such tokens are refused (reported)", cure)
    elif issuer != ISSUER:
        what = "iss is missing" if issuer is None else "iss is another"
        yield _differs("claims.iss", f"{what}; as documented it is {ISSUER}", cure)
    if "aud" in claims:
        what = "aud is present; the guide's Python sample has none (before May 2024 there was one)"
        yield _differs("claims.aud", what, "remove aud")
    if "uri" in claims:
        what = "uri is present, which makes it a REST token; a WebSocket token has none, as documented"
        yield _differs("claims.uri", what, "remove uri")


def _of_times(claims: Mapping[str, object], now: float) -> Iterator[Finding]:
    found = [finding for name in ("nbf", "exp") if (finding := _of_time(name, claims.get(name))) is not None]
    yield from found
    not_before, expiry = claims.get("nbf"), claims.get("exp")
    if _is_number(not_before) and now < not_before < MILLISECONDS_FROM:
        what = f"not yet valid: nbf is {_seconds(not_before - now)} ahead of this machine's clock"
        yield _wrong("claims.nbf", what, "set the clock of the machine that signs, and nbf a few seconds back")
    if _is_number(expiry) and expiry <= now and expiry < MILLISECONDS_FROM:
        what = f"expired {_seconds(now - expiry)} ago by this machine's clock"
        yield _wrong("claims.exp", what, "make a new token for every message")
    well_formed = not any(finding.grade is Grade.WRONG for finding in found)
    if well_formed and _is_number(not_before) and _is_number(expiry):
        yield from _of_life(expiry - not_before)


def _of_time(name: str, value: object) -> Finding | None:
    part, cure = f"claims.{name}", f"{name} is a whole number of seconds since 1970"
    if value is None:
        return _wrong(part, f"{name} is missing", f"add it: {cure}")
    if isinstance(value, str):
        return _wrong(part, f"{name} is a string; as documented it is a number", f"remove the quotes: {cure}")
    if not _is_number(value):
        return _wrong(part, f"{name} is not a number", cure)
    if value >= MILLISECONDS_FROM:
        return _wrong(part, f"{name} seems to be in milliseconds", f"divide it by 1000: {cure}")
    if isinstance(value, float):
        return _differs(part, f"{name} is not a whole number", cure)
    return None


def _of_life(life: float) -> Iterator[Finding]:
    part, cure = "claims.exp", f"set exp to nbf + {TOKEN_LIFE_SECONDS}"
    if life <= 0:
        yield _wrong(part, "exp is not after nbf", cure)
    elif life > TOKEN_LIFE_SECONDS:
        yield _differs(part, f"life of {_seconds(life)} from nbf to exp; documented: {TOKEN_LIFE_SECONDS} s", cure)
    elif life <= _SHORT_LIFE:
        yield _note(part, f"life of {_seconds(life)} from nbf to exp; documented: up to {TOKEN_LIFE_SECONDS} s")


def _of_signature_form(signature: bytes, algorithm: object) -> Finding | None:
    length = len(signature)
    if length == _RAW_SIGNATURE:
        return None
    if signature[:1] == bytes((DER_SEQUENCE,)) and 66 <= length <= 72 and signature[1] == length - 2:
        what = f"the signature is in DER ({length} bytes); a token has r and s raw, {_RAW_SIGNATURE} bytes (RFC 7518)"
        return _wrong("signature", what, "turn the DER signature into r and s of 32 bytes each")
    name = "EdDSA" if algorithm == "EdDSA" else "ES256"
    what = f"the signature has {plural(length, 'byte')}; one of {name} has {_RAW_SIGNATURE}"
    return _wrong("signature", what, "sign the encoded header and claims, with the dot between them")


def _invalid_signature(public_key: PublicKey, algorithm: object) -> Finding:
    expected = algorithm_of(public_key)
    if algorithm in _ALGORITHMS and algorithm != expected:
        what = f"the signature is not valid: alg is {algorithm}, but the key signs {expected}"
        return _wrong("signature", what, "sign with the key that kid names")
    cure = "sign with the key that kid names, over the encoded header and claims; compare with `auth token --parts`"
    return _wrong("signature", "the signature is not valid for this key", cure)


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e18


def _seconds(span: float) -> str:
    return f"{span:,.0f} s" if span >= 1 else f"{span:.1f} s"
