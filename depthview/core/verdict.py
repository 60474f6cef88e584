"""The verdict on a book: one word, a reason, an age.

:func:`judge` decides, from :class:`Facts` and from nothing else. Each kind of evidence has its facts:

============  ===================================  ============================  ======================================
evidence      required                             facts                         regained by
============  ===================================  ============================  ======================================
numbers       no number of the run is missing      doubt, undecided              the book's next snapshot
subscription  the venue's newest acknowledgement   subscribed,                   the book's next snapshot; where
              names the product                    acknowledgement_missed        one was lost, another one
unsubscribe   no snapshot is older than our own    unsubscribed, refusal         the first snapshot after it
              last unsubscribe
age           data came less than 2 s late, a      lag, queued, was_late,        a lag below 1 s; a whole message
              whole message less than 3 s ago      message_age
pauses        all that came while we stood still   paused, doubt                 reading it; after a suspend the next
              has been read                                                      snapshot
content       nothing that concerns the book was   doubt                         the book's next snapshot
              left out
identity      the snapshot is the product's own    has_book, identity            its own snapshot
crossing      bid above ask for at most 0.25 s     crossed_age, doubt            an uncrossed book; after 1 s a new one
ticker        the venue's ticker does not show     ticker_contradicts, doubt     the book's next snapshot
              another top
completeness  the numbers are those of one whole   proof                         not at all: the book stays trusted,
              connection                                                         marked ``UNPROVED``
============  ===================================  ============================  ======================================

``doubt`` stands for what happened once and only a snapshot can repair; whatever loses trust that way sets it, and the
snapshot clears it. ``docs/verdict.md`` says how each is lost, what the user reads, and which test shows it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """The state of a book. Only SYNCED and QUIET are trusted."""

    SYNCING = "SYNCING"
    """Subscribed, no snapshot yet."""
    SYNCED = "SYNCED"
    """Snapshot and every change since."""
    QUIET = "QUIET"
    """Synced, heartbeats fine, no change for a while."""
    STALE = "STALE"
    """In doubt; always with a reason."""
    DOWN = "DOWN"
    """No connection."""
    NO_DATA = "NO DATA"
    """The venue sends nothing for this product."""

    @property
    def trusted(self) -> bool:
        """Whether the book, and what is derived from it, may be shown as true."""
        return self in TRUSTED


class Proof(StrEnum):
    """What the sequence numbers prove of a book."""

    FULL = "full"
    PARTIAL = "partial"
    """Nothing: a partial recording, whose books rest on the other evidence."""


TRUSTED: Final = frozenset({Verdict.SYNCED, Verdict.QUIET})


SILENCE: Final = 3.0
"""Seconds without any message after which a book is doubted."""
LATE: Final = 2.0
"""Seconds by which data may lag before its book is doubted."""
LATE_NO_MORE: Final = 1.0
"""Seconds of lag below which a book that came late is trusted again."""
OLDEST: Final = 3.5
"""Seconds of lag and silence together at which a book is doubted."""
CROSSED: Final = 0.25
"""Seconds that a book may stay crossed before it is doubted; a crossing of one frame is harmless."""
UNANSWERED: Final = 5.0
"""Seconds after which a subscription that brought nothing counts as unanswered."""
QUIET_AT_LEAST: Final = 10.0
QUIET_INTERVALS: Final = 20.0
"""A book is quiet when nothing changed for the longer of ten seconds and twenty of its usual intervals."""
HEARTBEAT_LATE: Final = 3.0


@dataclass(frozen=True, slots=True)
class Facts:
    """Everything that a verdict depends on. Ages are in seconds; None means never."""

    connected: bool
    connection: str = ""
    """Why there is no connection, in words."""
    asked_age: float | None = None
    """Since the product was first subscribed on this connection, without the time in which a big message came in."""
    confirmed: bool = False
    """Whether the venue's acknowledgement names the product."""
    refusal: str = ""
    """The venue's words, if it refused the product."""
    unlisted: bool = False
    """Whether the venue's product list is known and does not hold it."""
    has_book: bool = False
    """Whether the book is of the current subscription."""
    undecided: bool = False
    """Whether the scope of the numbers is undecided, and the book was not trusted yet or is surely invalid."""
    doubt: str = ""
    """Why the book is no longer proved; empty while it is."""
    message_age: float | None = None
    part_bytes: int = 0
    """Bytes of an incomplete message that is coming in; 0 if there is none."""
    crossed_age: float | None = None
    heartbeat_age: float | None = None
    change_age: float | None = None
    usual_interval: float | None = None
    """Median seconds between two changes of this book."""
    subscribed: bool = True
    """False once an acknowledgement no longer names a product that one has named since we last subscribed it."""
    acknowledgement_missed: bool = False
    """Whether an acknowledgement may have been lost, and the book was in doubt when that was found."""
    unsubscribed: bool = False
    """Whether we have unsubscribed the product, and no snapshot that counts has come since."""
    lag: float | None = None
    """Seconds by which the newest data came late; None where that is not known."""
    queued: bool = False
    """Whether messages wait in our own queue, so that the lag is ours."""
    was_late: bool = False
    """Whether the verdict so far is doubt because of the lag."""
    paused: float = 0.0
    """Seconds that this program did not run, until what came meanwhile has been read; else 0."""
    identity: str = ""
    """Why this product can have no book of its own here; empty where it can."""
    ticker_contradicts: bool = False
    """Whether the venue's ticker has shown another top of the book for too long."""
    proof: Proof = Proof.FULL


@dataclass(frozen=True, slots=True)
class Judgement:
    """A verdict and the kind of reason for it; ``cause`` stays the same while ``reason`` counts up."""

    verdict: Verdict
    cause: str
    reason: str | None
    proof: Proof = Proof.FULL
    """Whether the sequence numbers are part of the evidence; independent of the verdict."""


def judge(facts: Facts) -> Judgement:
    """The verdict that the facts allow, worst first."""
    found = _judge(facts)
    return found if facts.proof is Proof.FULL else replace(found, proof=facts.proof)


def _judge(facts: Facts) -> Judgement:
    if not facts.connected:
        return Judgement(Verdict.DOWN, "connection", facts.connection or "not connected")
    if facts.identity:
        return Judgement(Verdict.NO_DATA, "identity", facts.identity)
    if not facts.has_book and not facts.doubt:
        return _without_book(facts)
    doubt = _doubt(facts)
    if doubt is not None:
        return Judgement(Verdict.STALE, *doubt)
    if facts.undecided:
        return Judgement(Verdict.SYNCING, "numbering", "determining what the numbers count")
    quiet_after = max(QUIET_AT_LEAST, QUIET_INTERVALS * (facts.usual_interval or 0.0))
    beating = facts.heartbeat_age is not None and facts.heartbeat_age <= HEARTBEAT_LATE
    if facts.change_age is not None and facts.change_age > quiet_after and beating:
        return Judgement(Verdict.QUIET, "quiet", f"no change for {facts.change_age:.0f} s, heartbeats fine")
    return Judgement(Verdict.SYNCED, "synced", None)


def _doubt(facts: Facts) -> tuple[str, str] | None:
    """Cause and reason of the worst doubt about a book; None where there is none."""
    silence = facts.message_age or 0.0
    if facts.unsubscribed and facts.refusal:
        return "refused", f"the venue refused to subscribe it again: {facts.refusal}"
    if facts.doubt:
        return "doubt", facts.doubt
    if facts.unsubscribed:
        return "unsubscribed", "unsubscribed; waiting for a new snapshot"
    if not facts.subscribed:
        return "subscription", "the venue no longer lists it as subscribed"
    if facts.paused:
        return "pause", f"this program did not run for {facts.paused:.0f} s; reading what came meanwhile"
    if silence > SILENCE:
        return "silence", f"no message for {silence:.0f} s"
    if facts.lag is not None:
        limit = LATE_NO_MORE if facts.was_late else LATE
        if facts.lag >= limit or facts.lag + silence >= OLDEST:
            return "late", late_words(facts.lag + silence, queued=facts.queued)
    if facts.acknowledgement_missed:
        return "acknowledgement", "asking the venue whether it is still subscribed"
    if facts.crossed_age is not None and facts.crossed_age > CROSSED:
        return "crossed", f"best bid above best ask for {facts.crossed_age:.1f} s"
    if facts.ticker_contradicts:
        return "ticker", "the ticker shows another top of the book"
    return None


def late_words(seconds: float, *, queued: bool) -> str:
    """How old the data is, and whether the delay is ours."""
    return f"data is {seconds:.0f} s old: {'we are behind' if queued else 'it arrives late'}"


def behind_words(seconds: float) -> str:
    """How far we are behind."""
    return f"we are behind by {seconds:.1f} s"


def _without_book(facts: Facts) -> Judgement:
    if facts.refusal:
        return Judgement(Verdict.NO_DATA, "refused", f"the venue answered: {facts.refusal}")
    if facts.part_bytes:
        return Judgement(
            Verdict.SYNCING, "receiving", f"a message is coming in, {facts.part_bytes / 1e6:.1f} MB so far"
        )
    waited = facts.asked_age
    overdue = waited is not None and waited > UNANSWERED
    if overdue and not facts.confirmed:
        if facts.unlisted:
            return Judgement(Verdict.NO_DATA, "unlisted", "not in the venue's product list, and no answer")
        return Judgement(Verdict.NO_DATA, "unanswered", f"the venue has not answered for {waited:.0f} s")
    if facts.message_age is not None and facts.message_age > SILENCE:
        return Judgement(Verdict.STALE, "silence", f"no message for {facts.message_age:.0f} s")
    if overdue:
        return Judgement(Verdict.NO_DATA, "empty", f"confirmed by the venue, but no snapshot for {waited:.0f} s")
    if waited is None:
        return Judgement(Verdict.SYNCING, "asking", "about to subscribe")
    return Judgement(Verdict.SYNCING, "waiting", "waiting for the snapshot")
