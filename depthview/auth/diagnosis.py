"""Why a message was probably refused, judged from what is known. Pure.

The venue answers every fault with the same two words, `authentication failure`; the rules here are the reasons that
people have found behind them (reported), each with a likelihood that orders them and means nothing else.
"""

from __future__ import annotations

import difflib
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.auth.findings import Finding, Grade
from depthview.auth.key_evidence import NO_EVIDENCE, KeyEvidence, NameShape, name_shape
from depthview.auth.key_report import ACTIVE_AFTER_SECONDS
from depthview.auth.tokens import BACKDATED_SECONDS, TOKEN_LIFE_SECONDS

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

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
