"""The verdict on a book: one word, a reason, an age."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final


class Verdict(StrEnum):
    """What a book is worth right now. Only SYNCED and QUIET are trusted."""

    SYNCING = "SYNCING"
    """Subscribed, no snapshot yet."""
    SYNCED = "SYNCED"
    """Snapshot and every change since."""
    QUIET = "QUIET"
    """Synced, heartbeats fine, no change for a while."""
    STALE = "STALE"
    """Doubt; always with its reason."""
    DOWN = "DOWN"
    """No connection."""
    NO_DATA = "NO DATA"
    """The venue does not answer for this product."""

    @property
    def trusted(self) -> bool:
        """Whether the book, and what is derived from it, may be shown as true."""
        return self in TRUSTED


TRUSTED: Final = frozenset({Verdict.SYNCED, Verdict.QUIET})


SILENCE: Final = 3.0
"""Seconds without any message after which a book is doubted."""
CROSSED: Final = 0.25
"""Seconds that a book may stay crossed before it is doubted; one frame's crossing is seen and passes."""
UNANSWERED: Final = 5.0
"""Seconds after which a subscription that brought nothing is called unanswered."""
QUIET_AT_LEAST: Final = 10.0
QUIET_INTERVALS: Final = 20.0
"""A book is quiet when nothing changed for the longer of ten seconds and twenty of its usual intervals."""
HEARTBEAT_LATE: Final = 3.0


@dataclass(frozen=True, slots=True)
class Facts:
    """All that a verdict rests on. Ages are in seconds; None means that it has never happened."""

    connected: bool
    connection: str = ""
    """Why there is no connection, in words."""
    asked_age: float | None = None
    """Since the product was first subscribed on this connection, but for the time in which a big message came in."""
    confirmed: bool = False
    """Whether the venue's acknowledgement names the product."""
    refusal: str = ""
    """The venue's words, where it refused the product."""
    unlisted: bool = False
    """Whether the venue's product list is known and does not hold it."""
    has_book: bool = False
    """Whether a snapshot of the present subscription is in the book."""
    undecided: bool = False
    """Whether the numbers do not yet tell what they count, and the book has not been trusted yet or was surely hurt."""
    doubt: str = ""
    """Why the book has lost its proof; empty while it has not."""
    message_age: float | None = None
    part_bytes: int = 0
    """Bytes of a message that is coming in and not whole yet; 0 while there is none."""
    crossed_age: float | None = None
    heartbeat_age: float | None = None
    change_age: float | None = None
    usual_interval: float | None = None
    """Median seconds between two changes of this book."""
    behind: float = 0.0
    """Seconds that what was taken in lies behind what has come; 0 while that is too little to matter."""


@dataclass(frozen=True, slots=True)
class Finding:
    """A verdict and the kind of reason for it; ``cause`` stays the same while ``reason`` counts up."""

    verdict: Verdict
    cause: str
    reason: str | None


def judge(facts: Facts) -> Finding:
    """The verdict that the facts allow, worst first."""
    if not facts.connected:
        return Finding(Verdict.DOWN, "connection", facts.connection or "not connected")
    silent = facts.message_age is not None and facts.message_age > SILENCE
    if not facts.has_book and not facts.doubt:
        return _without_book(facts, silent=silent)
    if facts.doubt:
        return Finding(Verdict.STALE, "doubt", facts.doubt)
    if silent:
        return Finding(Verdict.STALE, "silence", f"no message for {facts.message_age:.0f} s")
    if facts.behind:
        return Finding(Verdict.STALE, "behind", f"{behind_words(facts.behind)}: more comes than can be taken in")
    if facts.crossed_age is not None and facts.crossed_age > CROSSED:
        return Finding(Verdict.STALE, "crossed", f"best bid above best ask for {facts.crossed_age:.1f} s")
    if facts.undecided:
        return Finding(Verdict.SYNCING, "numbering", "finding out what the numbers count")
    quiet_after = max(QUIET_AT_LEAST, QUIET_INTERVALS * (facts.usual_interval or 0.0))
    beating = facts.heartbeat_age is not None and facts.heartbeat_age <= HEARTBEAT_LATE
    if facts.change_age is not None and facts.change_age > quiet_after and beating:
        return Finding(Verdict.QUIET, "quiet", f"no change for {facts.change_age:.0f} s, heartbeats fine")
    return Finding(Verdict.SYNCED, "synced", None)


def behind_words(seconds: float) -> str:
    """How far we are behind, as it is said everywhere."""
    return f"we are behind by {seconds:.1f} s"


def _without_book(facts: Facts, *, silent: bool) -> Finding:
    if facts.refusal:
        return Finding(Verdict.NO_DATA, "refused", f"the venue answered: {facts.refusal}")
    if facts.part_bytes:
        return Finding(Verdict.SYNCING, "receiving", f"a message is coming in, {facts.part_bytes / 1e6:.1f} MB so far")
    waited = facts.asked_age
    overdue = waited is not None and waited > UNANSWERED
    if overdue and not facts.confirmed:
        if facts.unlisted:
            return Finding(Verdict.NO_DATA, "unlisted", "not in the venue's product list, and no answer")
        return Finding(Verdict.NO_DATA, "unanswered", f"the venue has not answered for {waited:.0f} s")
    if silent:
        return Finding(Verdict.STALE, "silence", f"no message for {facts.message_age:.0f} s")
    if overdue:
        return Finding(Verdict.NO_DATA, "empty", f"confirmed by the venue, but no snapshot for {waited:.0f} s")
    if waited is None:
        return Finding(Verdict.SYNCING, "asking", "about to subscribe")
    return Finding(Verdict.SYNCING, "waiting", "waiting for the snapshot")
