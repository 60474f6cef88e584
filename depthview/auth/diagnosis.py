"""What is wrong or unusual about a key, and why the venue has probably refused a message. Pure.

The venue answers every fault with the same two words, ``authentication failure``. The causes here are those that users
have reported; each has a likelihood, which orders them and means nothing else.
"""

from __future__ import annotations

from dataclasses import dataclass
from difflib import get_close_matches
from enum import StrEnum
from typing import TYPE_CHECKING, Final

from depthview.auth.keys import NEW_KEY, NO_EVIDENCE, KeyEvidence, NameShape, name_shape
from depthview.auth.tokens import BACKDATED_SECONDS, TOKEN_LIFE_SECONDS
from depthview.core.clock_offset import Offset
from depthview.core.text import plural

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from depthview.auth.credentials import Credentials


class Grade(StrEnum):
    """How bad it is, by the venue's documents; what the venue does beyond them is not known."""

    WRONG = "wrong"
    """It cannot work."""
    DIFFERS = "differs"
    """It differs from what the venue's guide or portal gives, and may be refused for it."""
    NOTE = "note"
    """Worth knowing, and not a fault."""


@dataclass(frozen=True, slots=True)
class Finding:
    """One thing about a key, a token or a refusal; it never contains any of a private key or of a token's text."""

    grade: Grade
    what: str
    cure: str = ""
    """What to do about it; empty where nothing is needed."""
    part: str = ""
    """Of a token: the header or claim concerned, such as ``claims.nbf``. Empty for a key."""


_GRADES: Final = list(Grade)


def worst_first(findings: Iterable[Finding]) -> tuple[Finding, ...]:
    return tuple(sorted(findings, key=lambda finding: _GRADES.index(finding.grade)))


def has_wrong(findings: Iterable[Finding]) -> bool:
    return any(finding.grade is Grade.WRONG for finding in findings)


ACTIVE_AFTER_SECONDS: Final = 48 * 3600.0
"""A new key may take this long until it works (reported)."""
SET_CLOCK: Final = "set the clock (timedatectl set-ntp true, or sntp -sS time.apple.com on a Mac)"
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
_CURVES: Final = {"ES256": "ECDSA on P-256", "EdDSA": "Ed25519"}


def kind_of(credentials: Credentials) -> str:
    """The key's kind, such as ``ES256 (ECDSA on P-256)``."""
    return f"{credentials.algorithm} ({_CURVES[credentials.algorithm]})"


def describe(credentials: Credentials, now: float) -> tuple[Finding, ...]:
    """All that can be said of a key without asking the venue, the worst first.

    Args:
        credentials: The key.
        now: Unix seconds.
    """
    found = _of_key(credentials.key_name, credentials.algorithm, credentials.evidence, now)
    return worst_first(finding for _, finding in found)


@dataclass(frozen=True, slots=True)
class RefusalFacts:
    """What is known when a message has been refused with ``authentication failure``; the defaults mean unknown."""

    now: float
    """Unix seconds."""
    channel: str = ""
    """Of the message, as it was sent."""
    key_name: str = ""
    algorithm: str = ""
    evidence: KeyEvidence = NO_EVIDENCE
    offset: Offset | None = None
    """This machine's clock against the venue's."""
    same_without_token: bool | None = None
    """Whether the same message was accepted without a token."""
    accepted_before: bool = False
    """Whether a token of this key was accepted before, on this connection or another."""
    token_findings: tuple[Finding, ...] = ()
    """What is unusual about the token, where it was made elsewhere."""


def likely_causes(facts: RefusalFacts) -> list[Finding]:
    """Why the message was refused, the most likely first; never empty."""
    rated = [
        *_of_channel(facts),
        *_of_clock(facts),
        *_of_token(facts),
        *_of_key(facts.key_name, facts.algorithm, facts.evidence, facts.now),
        *_of_answers(facts),
    ]
    rated.sort(key=lambda one: -one[0])
    return [finding for likelihood, finding in rated if likelihood]


def clock_fault(offset: Offset) -> str:
    """What is wrong with a clock by which no token is valid; empty where tokens are valid in spite of the offset."""
    if offset.ahead - offset.uncertainty > BACKDATED_SECONDS:
        return f"this machine's clock is {offset.ahead:,.0f} s ahead of the venue's, so tokens are not yet valid there"
    if -offset.ahead - offset.uncertainty > TOKEN_LIFE_SECONDS - BACKDATED_SECONDS:
        return f"this machine's clock is {-offset.ahead:,.0f} s behind the venue's, so tokens have expired there"
    return ""


# The tables. A row is the likelihood as the cause of a refusal (0: never), the grade, what is found, and the cure.

_Rated = tuple[int, Finding]


def _of_key(name: str, algorithm: str, evidence: KeyEvidence, now: float) -> Iterator[_Rated]:
    shape = name_shape(name) if name else NameShape.CDP
    if shape in (NameShape.EXCHANGE, NameShape.LEGACY):
        yield 90, Finding(Grade.DIFFERS, f"the key name looks like {shape.value}, which does not work here", NEW_KEY)
    elif shape is NameShape.OTHER or (shape is NameShape.BARE_ID and algorithm == "ES256"):
        what = "the key name does not look like one of the venue's"
        if shape is NameShape.BARE_ID:
            what = "the key name is a bare id, which only Ed25519 keys have (observed)"
        cure = "copy the whole name from the CDP portal: organizations/{org_id}/apiKeys/{key_id}"
        yield 75, Finding(Grade.DIFFERS, what, cure)
    if evidence.enabled is False:
        yield 92, Finding(Grade.WRONG, "the key file says that the key is disabled", "enable it in the CDP portal")
    if evidence.public_key_fits is False:
        what = "the key file's publicKey does not belong to its privateKey"
        yield 91, Finding(Grade.WRONG, what, "download the key file again, or make a new key")
    if evidence.views is False:
        what = "the key file names scopes, and none of them is view"
        yield 80, Finding(Grade.DIFFERS, what, "give the key view rights in the CDP portal")
    age = None if evidence.created_at is None else max(0.0, now - evidence.created_at)
    if age is not None and age < ACTIVE_AFTER_SECONDS:
        what = "by its file the key is younger than 48 h; a new key may not be active yet (reported)"
        hours = max(1, round((ACTIVE_AFTER_SECONDS - age) / 3600))
        yield 85, Finding(Grade.DIFFERS, what, f"wait up to {hours} h, or check in the CDP portal whether it is active")
    if evidence.addresses:
        what = f"the key file allows the key from {plural(evidence.addresses, 'address', 'addresses')} only"
        yield 65, Finding(Grade.NOTE, what, "check in the CDP portal that this machine's address is allowed")
    if evidence.is_trading is False:
        yield 0, Finding(Grade.NOTE, "by its file the key is not a trading key; a general one may work")
    if algorithm == "EdDSA":
        what = "Ed25519 (EdDSA) is reported to work and not proved on this feed"
        yield (
            60,
            Finding(Grade.NOTE, what, "if tokens are refused, make an ECDSA key (advanced settings of the portal)"),
        )


def _of_channel(facts: RefusalFacts) -> Iterator[_Rated]:
    if not facts.channel or facts.channel in CHANNELS:
        return
    if facts.channel in _EXCHANGE_CHANNELS:
        what, cure = "the channel is one of Coinbase Exchange's, not of Advanced Trade", "use level2 and heartbeats"
    else:
        what = "the venue has no channel of this name, and answers a misspelt one with the same words"
        near = get_close_matches(facts.channel, CHANNELS, n=1, cutoff=0.7)
        cure = f"write {near[0]}" if near else f"use one of {', '.join(CHANNELS[:6])}"
    # A message that is accepted without a token names its channel correctly, whatever our list says.
    yield (5 if facts.same_without_token else 100), Finding(Grade.WRONG, what, cure)


def _of_clock(facts: RefusalFacts) -> Iterator[_Rated]:
    cure = f"{SET_CLOCK}, or sign with the venue's time: --clock-offset auto"
    if facts.offset is None:
        what = "this machine's clock has not been compared with the venue's, and may be wrong"
        yield 35, Finding(Grade.NOTE, what, "compare it with `depthview doctor`")
    elif fault := clock_fault(facts.offset):
        yield 96, Finding(Grade.WRONG, fault, cure)
    elif facts.offset.ahead + facts.offset.uncertainty > BACKDATED_SECONDS:
        what = f"this machine's clock may be over {BACKDATED_SECONDS} s ahead of the venue's, so tokens may come early"
        yield 55, Finding(Grade.DIFFERS, what, cure)


def _of_token(facts: RefusalFacts) -> Iterator[_Rated]:
    likelihoods = {Grade.WRONG: 94, Grade.DIFFERS: 70, Grade.NOTE: 0}
    for found in facts.token_findings:
        what = f"{found.part} of the token: {found.what}"
        yield likelihoods[found.grade], Finding(found.grade, what, found.cure)


def _of_answers(facts: RefusalFacts) -> Iterator[_Rated]:
    """What the venue has accepted and refused besides."""
    if facts.same_without_token:
        what = "the same message is accepted without a token, so the token or its key is at fault"
        yield 15, Finding(Grade.NOTE, what, "market data needs no token: --public")
    elif facts.same_without_token is False and facts.channel in CHANNELS:
        what = "the same message is refused without a token too, so channel, product or address may be wrong"
        yield 50, Finding(Grade.NOTE, what, "check the products, and --url if you gave one")
    if facts.accepted_before:
        what = "tokens of this key were accepted before; refusals that come and go are reported and unexplained"
        yield 45, Finding(Grade.NOTE, what, "wait for the next try; if it lasts, check the key in the CDP portal")
    else:
        cure = (
            "check in the CDP portal whether it is deleted, disabled, of another portfolio or without view rights; if "
            f"it is of another portal, a legacy or an OAuth key, {NEW_KEY}"
        )
        yield 30, Finding(Grade.WRONG, "the venue does not know the key", cure)
