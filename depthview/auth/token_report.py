"""What is right, odd and wrong about a token, as documented. Pure: text, time and public key in, findings out.

What the guide's Python sample makes is the yardstick; its other samples differ from it in places (documented).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import TYPE_CHECKING, Final, TypeGuard

from depthview.auth.findings import Finding, Grade
from depthview.auth.key_evidence import NameShape, name_shape
from depthview.auth.public_key import algorithm_of, fits
from depthview.auth.tokens import TOKEN_LIFE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from depthview.auth.public_key import PublicKey
    from depthview.auth.token_text import TokenText

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
        token: From :func:`~depthview.auth.token_text.take_apart`.
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
