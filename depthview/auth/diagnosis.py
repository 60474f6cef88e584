"""What is right, odd and wrong about a key or a token, and why a message was probably refused. Pure.

A token is taken apart without verifying it; the guide's Python sample is the yardstick (documented). The venue answers
every fault with the same two words, `authentication failure`; the rules here are the causes that people have found
(reported), each with a likelihood that orders them and means nothing else. A ready-made token, as the guide leaves it
in the environment with ``export JWT=...``, cannot be renewed.
"""

from __future__ import annotations

import base64
import binascii
import difflib
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeGuard

from depthview.auth.keys import (
    NO_EVIDENCE,
    KeyDefect,
    KeyEvidence,
    KeyType,
    NameShape,
    Secret,
    algorithm_of,
    fits,
    name_shape,
)
from depthview.auth.tokens import BACKDATED_SECONDS, TOKEN_LIFE_SECONDS, Token
from depthview.core.text import plural
from depthview.errors import CredentialError
from depthview.system.core_dumps import forbid_core_dumps

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from depthview.auth.credentials import Credentials
    from depthview.auth.keys import PublicKey
    from depthview.clock import Clock


class Grade(StrEnum):
    """How bad it is, as documented; what the venue does beyond its documents is not known."""

    WRONG = "wrong"
    """It cannot work."""
    DIFFERS = "differs"
    """It departs from what the venue's guide or portal gives, and may be refused for it."""
    NOTE = "note"
    """It is worth knowing and no fault."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a key or a token. It never holds a character of a private key or of a token's compact form."""

    grade: Grade
    what: str
    cure: str = ""
    """What to do about it; empty where nothing needs doing."""
    part: str = ""
    """Of a token: the header or claim concerned, such as ``claims.nbf``. Empty for a key."""


def has_wrong(findings: list[Finding] | tuple[Finding, ...]) -> bool:
    """Whether one of them cannot work."""
    return any(finding.grade is Grade.WRONG for finding in findings)


ISSUER: Final = "cdp"
OLD_ISSUER: Final = "coinbase-cloud"
_RAW_SIGNATURE: Final = 64
_SHORT_NONCE: Final = 16
_SHORT_LIFE: Final = 90
_MILLISECONDS_FROM: Final = 100_000_000_000
_DER_SEQUENCE: Final = 0x30
_HEX: Final = frozenset("0123456789abcdefABCDEF")


class SignatureState(StrEnum):
    """What became of the signature."""

    FITS = "fits the key"
    DOES_NOT_FIT = "does not fit the key"
    NOT_CHECKED = "not checked: no public key at hand"


@dataclass(frozen=True, slots=True)
class TokenReport:
    """A token, explained."""

    findings: tuple[Finding, ...]
    """The wrong ones first, then those that differ, then the notes."""
    life_left: float | None
    """Seconds until ``exp``, below 0 once it has passed; None where there is no ``exp`` that is a number."""
    signature: SignatureState


def explain(token: TokenText, now: float, public_key: PublicKey | None) -> TokenReport:
    """What there is to say about a token.

    Args:
        token: From :func:`take_apart`.
        now: Unix seconds.
        public_key: Of the key that is said to have signed it; None where none is at hand.
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
        form = list(_of_signature_form(token.signature, algorithm))
        findings += form
        if public_key is not None:
            state = SignatureState.FITS
            if not fits(public_key, token.signature, token.signed):
                state = SignatureState.DOES_NOT_FIT
                findings += [] if form else [_no_fit(public_key, algorithm)]
    expiry = None if token.claims is None else token.claims.get("exp")
    order = list(Grade)
    findings.sort(key=lambda finding: order.index(finding.grade))
    return TokenReport(tuple(findings), expiry - now if _is_number(expiry) else None, state)


def _of_header(header: Mapping[str, object], *, raw: bool) -> Iterator[Finding]:
    algorithm = header.get("alg")
    if algorithm is None:
        misspelt = next((name for name in ("algorithm", "algo", "Alg", "ALG") if name in header), "")
        what = f"alg is missing; the header has {misspelt} instead" if misspelt else "alg is missing"
        yield Finding(Grade.WRONG, what, 'put "alg": "ES256" into the header', "header.alg")
    elif algorithm not in ("ES256", "EdDSA"):
        yield Finding(
            Grade.WRONG,
            "alg is neither ES256 nor EdDSA",
            "sign with ES256 (a P-256 key), as documented",
            "header.alg",
        )
    elif algorithm == "EdDSA":
        yield Finding(
            Grade.NOTE,
            "alg is EdDSA, which is reported to work and not proved on this feed",
            "where it is refused, use an ECDSA key",
            "header.alg",
        )
    if "typ" not in header:
        yield Finding(Grade.NOTE, "there is no typ; as documented it is JWT", "", "header.typ")
    elif header["typ"] != "JWT":
        yield Finding(Grade.NOTE, "typ is not JWT, as documented", 'set "typ": "JWT"', "header.typ")
    yield from _of_nonce(header, raw=raw)


def _of_nonce(header: Mapping[str, object], *, raw: bool) -> Iterator[Finding]:
    part, cure = "header.nonce", "16 random bytes as 32 hex digits, new for every token"
    if header.get("nonce") in (None, ""):
        what = "nonce is missing" if "nonce" not in header else "nonce is empty"
        yield Finding(Grade.WRONG, what + "; without one tokens are refused (reported)", f"add one: {cure}", part)
        return
    nonce = header["nonce"]
    if not isinstance(nonce, str):
        yield Finding(Grade.DIFFERS, "nonce is not a string", cure, part)
    elif raw or not nonce.isascii() or not nonce.isprintable():
        yield Finding(Grade.NOTE, "odd nonce: raw bytes instead of text", cure, part)
    elif nonce.isdigit():
        what = "odd nonce: only digits"
        if len(nonce) <= 13:
            what += "; if it is the time, two tokens of one second share it"
        yield Finding(Grade.NOTE, what, cure, part)
    elif not set(nonce) <= _HEX:
        yield Finding(Grade.NOTE, "odd nonce: not hex digits", cure, part)
    elif len(nonce) < _SHORT_NONCE:
        yield Finding(Grade.NOTE, f"odd nonce: {len(nonce)} digits are few", cure, part)


def _of_names(header: Mapping[str, object], claims: Mapping[str, object]) -> Iterator[Finding]:
    kid, subject = header.get("kid"), claims.get("sub")
    cure = "both are the key's name: organizations/{org_id}/apiKeys/{key_id}"
    if not isinstance(kid, str) or not kid:
        yield Finding(Grade.WRONG, "kid is missing" if "kid" not in header else "kid is no text", cure, "header.kid")
    if not isinstance(subject, str) or not subject:
        yield Finding(Grade.WRONG, "sub is missing" if "sub" not in claims else "sub is no text", cure, "claims.sub")
    if isinstance(kid, str) and kid and isinstance(subject, str) and subject:
        if kid != subject:
            yield Finding(Grade.WRONG, "kid is not equal to sub", cure, "header.kid")
        elif name_shape(kid) not in (NameShape.CDP, NameShape.BARE_ID):
            yield Finding(Grade.NOTE, "kid does not look like a key name of the venue", cure, "header.kid")


def _of_claims(claims: Mapping[str, object], now: float) -> Iterator[Finding]:
    yield from _of_times(claims, now)
    issuer, subject = claims.get("iss"), claims.get("sub")
    cure = f'set "iss": "{ISSUER}"'
    if issuer == OLD_ISSUER:
        what = f"iss is {OLD_ISSUER}, as before May 2024; as documented it is {ISSUER}"
        yield Finding(Grade.DIFFERS, what, cure, "claims.iss")
    elif issuer is not None and issuer == subject:
        yield Finding(Grade.WRONG, "iss is the key's name; such tokens are refused (reported)", cure, "claims.iss")
    elif issuer != ISSUER:
        what = "iss is missing" if issuer is None else "iss is another"
        yield Finding(Grade.DIFFERS, f"{what}; as documented it is {ISSUER}", cure, "claims.iss")
    if "aud" in claims:
        what = "aud is present; the guide's Python sample has none (before May 2024 there was one)"
        yield Finding(Grade.DIFFERS, what, "leave aud out", "claims.aud")
    if "uri" in claims:
        what = "uri is present: that makes it a REST token; one for the WebSocket has none, as documented"
        yield Finding(Grade.DIFFERS, what, "leave uri out", "claims.uri")


def _of_times(claims: Mapping[str, object], now: float) -> Iterator[Finding]:
    sound = True
    for name in ("nbf", "exp"):
        finding = _of_time(name, claims.get(name), present=name in claims)
        if finding is not None:
            sound = sound and finding.grade is not Grade.WRONG
            yield finding
    not_before, expiry = claims.get("nbf"), claims.get("exp")
    if _is_number(not_before) and not_before < _MILLISECONDS_FROM and not_before > now:
        yield Finding(
            Grade.WRONG,
            f"not yet valid: nbf lies {_seconds(not_before - now)} ahead of this machine's clock",
            "set the clock of the machine that signs, and nbf a few seconds back",
            "claims.nbf",
        )
    if _is_number(expiry) and expiry < _MILLISECONDS_FROM and expiry <= now:
        what = f"expired {_seconds(now - expiry)} ago by this machine's clock"
        yield Finding(Grade.WRONG, what, "make a new token for every message", "claims.exp")
    if sound and _is_number(not_before) and _is_number(expiry):
        yield from _of_life(expiry - not_before)


def _of_life(life: float) -> Iterator[Finding]:
    part, cure = "claims.exp", f"set exp to nbf + {TOKEN_LIFE_SECONDS}"
    if life <= 0:
        yield Finding(Grade.WRONG, "exp does not lie after nbf", cure, part)
    elif life > TOKEN_LIFE_SECONDS:
        what = f"life of {_seconds(life)} from nbf to exp; as documented it is {TOKEN_LIFE_SECONDS} s"
        yield Finding(Grade.DIFFERS, what, cure, part)
    elif life <= _SHORT_LIFE:
        what = f"life of {_seconds(life)} from nbf to exp; as documented it may be {TOKEN_LIFE_SECONDS} s"
        yield Finding(Grade.NOTE, what, "", part)


def _of_time(name: str, value: object, *, present: bool) -> Finding | None:
    part, cure = f"claims.{name}", f"{name} is a whole number of seconds since 1970"
    if not present or value is None:
        return Finding(Grade.WRONG, f"{name} is missing", f"add it: {cure}", part)
    if isinstance(value, str):
        return Finding(
            Grade.WRONG, f"{name} is a string; as documented it is a number", f"leave the quotes out: {cure}", part
        )
    if not _is_number(value):
        return Finding(Grade.WRONG, f"{name} is no number", cure, part)
    if value >= _MILLISECONDS_FROM:
        return Finding(Grade.WRONG, f"{name} seems to be in milliseconds", f"divide it by 1000: {cure}", part)
    if isinstance(value, float):
        return Finding(Grade.DIFFERS, f"{name} is not a whole number", cure, part)
    return None


def _of_signature_form(signature: bytes, algorithm: object) -> Iterator[Finding]:
    length = len(signature)
    if length == _RAW_SIGNATURE:
        return
    if signature[:1] == bytes((_DER_SEQUENCE,)) and 66 <= length <= 72 and signature[1] == length - 2:
        yield Finding(
            Grade.WRONG,
            f"the signature is in DER ({length} bytes); a token has r and s raw, {_RAW_SIGNATURE} bytes (RFC 7518)",
            "turn the DER signature into r and s of 32 bytes each",
            "signature",
        )
        return
    name = "EdDSA" if algorithm == "EdDSA" else "ES256"
    what = f"the signature has {length} bytes; one of {name} has {_RAW_SIGNATURE}"
    yield Finding(Grade.WRONG, what, "sign the header and claims as they stand, with the dot", "signature")


def _no_fit(public_key: PublicKey, algorithm: object) -> Finding:
    expected = algorithm_of(public_key)
    if algorithm in ("ES256", "EdDSA") and algorithm != expected:
        what = f"the signature is not valid: alg is {algorithm}, but the key signs {expected}"
        return Finding(Grade.WRONG, what, "sign with the key that kid names", "signature")
    return Finding(
        Grade.WRONG,
        "the signature is not valid for this key",
        "sign with the key that kid names, over the encoded header and claims; compare with `auth token --parts`",
        "signature",
    )


def _is_number(value: object) -> TypeGuard[int | float]:
    return isinstance(value, int | float) and not isinstance(value, bool) and abs(value) < 1e18


def _seconds(span: float) -> str:
    return f"{span:,.0f} s" if span >= 1 else f"{span:.1f} s"


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
    what = f"it has {plural(len(pieces), 'part')}; a token has three, with dots between"
    return _wrong("header", what, _WHOLE)


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


ACTIVE_AFTER_SECONDS: Final = 48 * 3600.0
"""A new key may take so long until it works (reported)."""
_PORTAL: Final = "look at the key in the CDP portal"
_CURVES: Final = {"ES256": "ECDSA on P-256", "EdDSA": "Ed25519"}


def kind_of(credentials: Credentials) -> str:
    """The key's kind in words, such as ``ES256 (ECDSA on P-256)``."""
    return f"{credentials.algorithm} ({_CURVES[credentials.algorithm]})"


def describe(credentials: Credentials, now: float) -> list[Finding]:
    """All that can be said of a key without asking the venue, the worst first.

    Args:
        credentials: The key.
        now: Unix seconds.
    """
    found = [
        *_of_name(credentials.key_name, credentials.algorithm),
        *_of_evidence(credentials, now),
        *_of_algorithm(credentials.algorithm),
    ]
    order = list(Grade)
    return sorted(found, key=lambda finding: order.index(finding.grade))


def _of_name(name: str, algorithm: str) -> list[Finding]:
    shape = name_shape(name)
    if shape is NameShape.CDP or (shape is NameShape.BARE_ID and algorithm == "EdDSA"):
        return []
    cure = "compare it with the name in the CDP portal: organizations/{org_id}/apiKeys/{key_id}"
    if shape is NameShape.BARE_ID:
        return [Finding(Grade.DIFFERS, "the key name is a bare id, which only Ed25519 keys have (observed)", cure)]
    if shape is NameShape.OTHER:
        return [Finding(Grade.DIFFERS, "the key name does not look like one of the venue's", cure)]
    return [
        Finding(
            Grade.DIFFERS,
            f"the key name looks like {shape.value}",
            'make a "Secret API key" in the CDP portal: no other kind works here (documented)',
        )
    ]


def _of_evidence(credentials: Credentials, now: float) -> list[Finding]:
    evidence, found = credentials.evidence, []
    if evidence.enabled is False:
        found.append(Finding(Grade.WRONG, "the key file says that the key is disabled", f"{_PORTAL} and enable it"))
    if evidence.public_key_fits is False:
        found.append(
            Finding(
                Grade.WRONG,
                "the key file's publicKey does not belong to its privateKey",
                "download the key file again, or make a new key",
            )
        )
    if evidence.views is False:
        found.append(
            Finding(Grade.DIFFERS, "the key file names scopes, and none of them is view", "give the key view rights")
        )
    age = None if evidence.created_at is None else now - evidence.created_at
    if age is not None and age < ACTIVE_AFTER_SECONDS:
        hours = max(1, round((ACTIVE_AFTER_SECONDS - max(0.0, age)) / 3600))
        found.append(
            Finding(
                Grade.DIFFERS,
                "the key file says that the key is younger than 48 h; a new key may not be active yet (reported)",
                f"wait up to {hours} h, or see in the CDP portal whether it is active",
            )
        )
    if evidence.addresses:
        found.append(
            Finding(
                Grade.NOTE,
                f"the key file says that the key works from {plural(evidence.addresses, 'address', 'addresses')} only",
                f"where tokens are refused, {_PORTAL} and see whether yours is among them",
            )
        )
    if evidence.key_type in (KeyType.GENERAL, KeyType.OTHER):
        found.append(Finding(Grade.NOTE, "the key file says that the key is no trading key; a general one may do"))
    return found


def _of_algorithm(algorithm: str) -> list[Finding]:
    if algorithm != "EdDSA":
        return []
    return [
        Finding(
            Grade.NOTE,
            "Ed25519 (EdDSA) is reported to work and not proved on this feed",
            "where tokens are refused, make an ECDSA key",
        )
    ]


CHANNELS: Final = (
    "heartbeats",
    "level2",
    "market_trades",
    "ticker",
    "ticker_batch",
    "status",
    "candles",
    "user",
    "futures_balance_summary",
)
"""Documented."""
_EXCHANGE_CHANNELS: Final = frozenset({"full", "level2_batch", "level3", "matches", "rfq_matches", "balance"})
"""Of Coinbase Exchange's feed (documented there)."""
_NEW_KEY: Final = 'make a new "Secret API key" (ECDSA, view only) in the CDP portal and use its file'
SET_CLOCK: Final = "set the clock (timedatectl set-ntp true, or sntp -sS time.apple.com on a Mac)"


@dataclass(frozen=True, slots=True)
class RefusalFacts:
    """What is known when a message has been refused with ``authentication failure``; leave out what is not."""

    now: float
    """Unix seconds."""
    channel: str = ""
    """Of the message, as it was sent."""
    key_name: str = ""
    algorithm: str = ""
    evidence: KeyEvidence = NO_EVIDENCE
    clock_ahead: float | None = None
    """Seconds by which this machine's clock is ahead of the venue's; below 0 where it is behind."""
    clock_uncertainty: float = 0.0
    """By how much ``clock_ahead`` may be wrong, in seconds."""
    same_without_token: bool | None = None
    """Whether the same message was accepted without a token."""
    accepted_before: bool = False
    """Whether a token of this key was accepted before, on this connection or another."""
    works_over_rest: bool | None = None
    """Whether the key was accepted by the venue's REST interface."""
    token_findings: tuple[Finding, ...] = ()
    """What is odd about the token, where it was made elsewhere."""


@dataclass(frozen=True, slots=True)
class Cause:
    """A reason for a refusal, and what to do about it."""

    what: str
    cure: str


def likely_causes(facts: RefusalFacts) -> list[Cause]:
    """Why the message was refused, the likeliest first; never empty."""
    found = [weighed for rule in _RULES for weighed in rule(facts)]
    found.sort(key=lambda weighed: -weighed[0])
    return [cause for _, cause in found]


def clock_fault(ahead: float, uncertainty: float) -> str:
    """In words, an offset that no token survives; empty where tokens are good in spite of it.

    Args:
        ahead: Seconds by which this machine's clock is ahead of the venue's; below 0 where it is behind.
        uncertainty: By how much ``ahead`` may be wrong, in seconds.
    """
    if ahead - uncertainty > BACKDATED_SECONDS:
        return f"this machine's clock is {ahead:,.0f} s ahead of the venue's, so that tokens are not yet valid there"
    if -ahead - uncertainty > TOKEN_LIFE_SECONDS - BACKDATED_SECONDS:
        return f"this machine's clock is {-ahead:,.0f} s behind the venue's, so that tokens have expired there"
    return ""


_Weighed = tuple[int, Cause]


def _channel(facts: RefusalFacts) -> Iterator[_Weighed]:
    if not facts.channel or facts.channel in CHANNELS:
        return
    close = difflib.get_close_matches(facts.channel, CHANNELS, n=1, cutoff=0.7)
    if facts.channel in _EXCHANGE_CHANNELS:
        what, cure = "the channel is one of Coinbase Exchange's, not of Advanced Trade", "use level2 and heartbeats"
    else:
        what = "the channel's name is none of the venue's; it answers a misspelt one with the same words"
        cure = f"write {close[0]}" if close else f"use one of {', '.join(CHANNELS[:6])}"
    # A message that passes without a token names its channel rightly, whatever our list says.
    yield (5 if facts.same_without_token else 100), Cause(what, cure)


def _clock(facts: RefusalFacts) -> Iterator[_Weighed]:
    cure = f"{SET_CLOCK}, or sign with the venue's time: --clock-offset auto"
    if facts.clock_ahead is None:
        what = "this machine's clock may differ from the venue's, which has not been measured"
        yield 35, Cause(what, "compare it with `depthview doctor`")
    elif fault := clock_fault(facts.clock_ahead, facts.clock_uncertainty):
        yield 96, Cause(fault, cure)
    elif facts.clock_ahead + facts.clock_uncertainty > BACKDATED_SECONDS:
        what = f"this machine's clock may be over {BACKDATED_SECONDS} s ahead of the venue's, so that tokens come early"
        yield 55, Cause(what, cure)


def _disabled(facts: RefusalFacts) -> Iterator[_Weighed]:
    if facts.evidence.enabled is False:
        yield 92, Cause("the key's file says that it is disabled", "enable it in the CDP portal")
    if facts.evidence.public_key_fits is False:
        what = "the publicKey in the key's file does not belong to its private key"
        yield 91, Cause(what, "download the key file again")


def _wrong_kind(facts: RefusalFacts) -> Iterator[_Weighed]:
    shape = name_shape(facts.key_name) if facts.key_name else NameShape.CDP
    if shape in (NameShape.EXCHANGE, NameShape.LEGACY):
        yield 90, Cause(f"the key's name looks like {shape.value}, which does not work here", _NEW_KEY)
    elif shape is NameShape.OTHER or (shape is NameShape.BARE_ID and facts.algorithm == "ES256"):
        what = "the key's name does not look like organizations/{org_id}/apiKeys/{key_id}"
        yield 75, Cause(what, "copy the whole name from the CDP portal")


def _odd_token(facts: RefusalFacts) -> Iterator[_Weighed]:
    weights = {Grade.WRONG: 94, Grade.DIFFERS: 70}
    for finding in facts.token_findings:
        if finding.grade in weights:
            yield weights[finding.grade], Cause(f"{finding.part} of the token: {finding.what}", finding.cure)


def _young(facts: RefusalFacts) -> Iterator[_Weighed]:
    created = facts.evidence.created_at
    if created is not None and facts.now - created < ACTIVE_AFTER_SECONDS:
        what = "the key is younger than 48 h, and a new one may not be active yet (reported)"
        yield 85, Cause(what, "wait, or see in the CDP portal whether it is active")


def _bound(facts: RefusalFacts) -> Iterator[_Weighed]:
    if facts.evidence.views is False:
        yield 80, Cause("the key's file names scopes, and none of them is view", "give the key view rights")
    if facts.evidence.addresses:
        what = "the key works from certain addresses only, and this machine's may not be among them"
        yield 65, Cause(what, "add this machine's address to the key in the CDP portal")


def _ed25519(facts: RefusalFacts) -> Iterator[_Weighed]:
    if facts.algorithm == "EdDSA":
        what = "the key is an Ed25519 one, which is reported to work and not proved on this feed"
        yield 60, Cause(what, 'make an ECDSA key: the portal\'s advanced settings for a "Secret API key"')


def _token_unneeded(facts: RefusalFacts) -> Iterator[_Weighed]:
    if facts.same_without_token:
        what = "the same message is accepted without a token, so the token or its key is at fault"
        yield 15, Cause(what, "go on without one for public data: --public")
    elif facts.same_without_token is False and facts.channel in CHANNELS:
        what = "the same message is refused without a token too, so the fault may lie with channel, product or address"
        yield 50, Cause(what, "check the products, and --url if you gave one")


def _unknown_key(facts: RefusalFacts) -> Iterator[_Weighed]:
    if facts.accepted_before:
        what = "tokens of this key were accepted before; refusals that come and go are reported and unexplained"
        yield 45, Cause(what, "wait for the next try; look at the key in the CDP portal if it lasts")
    elif facts.works_over_rest:
        what = "the key is alive: REST accepts it, so the fault lies with the token or the message"
        yield 40, Cause(what, "compare `depthview auth token --parts` with a token that works")
    else:
        cure = (
            "see in the CDP portal whether it is deleted, disabled, of another portfolio or without view rights; if it "
            f"is of another portal, a legacy or an OAuth one, {_NEW_KEY}"
        )
        yield 58 if facts.works_over_rest is False else 30, Cause("the venue does not know the key", cure)


_RULES: Final[tuple[Callable[[RefusalFacts], Iterator[_Weighed]], ...]] = (
    _channel,
    _clock,
    _odd_token,
    _disabled,
    _wrong_kind,
    _young,
    _bound,
    _ed25519,
    _token_unneeded,
    _unknown_key,
)


TOKEN_VARIABLE: Final = "JWT"  # noqa: S105  # the variable's name
_MAKE_ONE: Final = "make one as the venue's guide shows, or with `depthview auth token`"


@dataclass(frozen=True, slots=True)
class ReadyToken:
    """A token that was signed elsewhere."""

    text: Secret[str] = field(repr=False)
    key_tail: str
    """The last four characters of the id of the key that signed it."""
    algorithm: str
    not_before: float
    """Unix seconds: the claim ``nbf``."""
    expires_at: float
    """Unix seconds: the claim ``exp``."""
    nonce: str = field(repr=False)
    stripped: tuple[str, ...]
    """What was around it in the variable, in words: a prefix, quotes, other text."""
    findings: tuple[Finding, ...]
    """What is odd about it and does not keep it from working."""

    @property
    def source(self) -> str:
        """For the screen."""
        return f"ready-made token in {TOKEN_VARIABLE}"


class ReadyTokenSource:
    """Hands one token out for every message for as long as it lives; see :class:`depthview.auth.tokens.TokenSource`.

    Args:
        ready: The token.
        clock: Its wall time says when the token has expired.
    """

    def __init__(self, ready: ReadyToken, clock: Clock) -> None:
        self._ready = ready
        self._clock = clock

    @property
    def ready(self) -> ReadyToken:
        """The token."""
        return self._ready

    def sign(self) -> Token | None:
        """The token while it lives, then None: nothing can renew it, and messages go without one."""
        ready = self._ready
        if self.seconds_left() <= 0:
            return None
        return Token(ready.text.reveal(), ready.not_before, ready.expires_at, ready.nonce)

    def seconds_left(self) -> float:
        """Seconds until it expires; 0 once it has."""
        return max(0.0, self._ready.expires_at - self._clock.unix())


def ready_token_from(env: Mapping[str, str], now: float) -> ReadyToken:
    """The token in the variable ``JWT``.

    Args:
        env: The environment. It is let go of before anything is raised.
        now: Unix seconds.

    Raises:
        CredentialError: There is none, or none that looks like one of the venue's, or it cannot work any more.
            Nothing of it is quoted.
    """
    forbid_core_dumps()
    found = read_ready_token(Secret(env.get(TOKEN_VARIABLE, "")), now)
    del env
    if isinstance(found, KeyDefect):
        raise CredentialError(f"the token in {TOKEN_VARIABLE} {found.what}: {found.cure}")
    return found


def read_ready_token(value: Secret[str], now: float) -> ReadyToken | KeyDefect:
    """The token in a variable's value, or what is wrong with it; nothing is raised.

    Args:
        value: As the variable has it.
        now: Unix seconds.
    """
    if not value.reveal().strip():
        return KeyDefect("is not there", f"export {TOKEN_VARIABLE}, or leave out --jwt-from-env")
    if len(value.reveal()) > LARGEST_TOKEN:
        return KeyDefect("is over 64 KiB, which no token is", _MAKE_ONE)
    if "PRIVATE KEY" in value.reveal():
        return KeyDefect("is a private key", "give it with --key-file or --env-key, and put a token here")
    token = take_apart(value.reveal())
    if token.header is None or token.claims is None:
        return KeyDefect("is no token", _MAKE_ONE)
    report = explain(token, now, None)
    wrong = next((finding for finding in report.findings if finding.grade is Grade.WRONG), None)
    if wrong is not None:
        return KeyDefect(f"cannot work ({wrong.part}: {wrong.what})", wrong.cure or _MAKE_ONE)
    return _of_venue(token, report.findings)


def _of_venue(token: TokenText, findings: tuple[Finding, ...]) -> ReadyToken | KeyDefect:
    header, claims = token.header or {}, token.claims or {}
    name, issuer = header.get("kid"), claims.get("iss")
    not_before, expires_at = claims.get("nbf"), claims.get("exp")
    if not isinstance(name, str) or name_shape(name) not in (NameShape.CDP, NameShape.BARE_ID):
        return KeyDefect("is not one of the venue's: kid is no key name of theirs", _MAKE_ONE)
    if issuer not in (ISSUER, OLD_ISSUER):
        return KeyDefect(f"is not one of the venue's: iss is not {ISSUER}", _MAKE_ONE)
    if not isinstance(not_before, int | float) or not isinstance(expires_at, int | float):
        return KeyDefect("is not one of the venue's: it names no times", _MAKE_ONE)
    return ReadyToken(
        Secret(token.compact),
        name[-4:],
        str(header.get("alg")),
        float(not_before),
        float(expires_at),
        str(header.get("nonce")),
        token.stripped,
        findings,
    )
