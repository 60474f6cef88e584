"""The oracle: holds every line of the viewer against what was true at the venue.

A trusted line (SYNCED or QUIET) is compared whole. It must show a state that its product's book really had, and that
was current no longer ago than :data:`OLD` seconds; where no whole message has come for a while, that may be
as many seconds more, up to :data:`OLD_IN_SILENCE`. A line that is not trusted must show nothing of a book.
"""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Final

import msgspec

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.harness.market import Market, State
    from tools.harness.venue import Venue

OLD: Final = 2.5
"""Seconds since the state of a trusted line was current, at most."""
OLD_IN_SILENCE: Final = 3.5
"""The same while no whole message comes."""
_LAG: Final = 2.0
"""Seconds of lag from which on the viewer does not trust what it has; silence adds to them."""
_USUAL_PATH: Final = 0.3
"""Seconds that no path takes unless a fault slows it down."""
_UNREAD: Final = 0.1
"""Seconds in which a message that ends a silence need not have been read."""
TOLERANCE: Final = 0.1
"""Seconds between two looks of the viewer at its clocks."""
_TRUSTED: Final = frozenset({"SYNCED", "QUIET"})
_NULL: Final = b"null"


class Failure(AssertionError):
    """A requirement does not hold."""


class Line(msgspec.Struct):
    """One line of ``stream``, as far as it is looked at."""

    at: float
    product: str
    verdict: str
    reason: str | None
    bids: msgspec.Raw
    asks: msgspec.Raw
    best_bid: str | None
    best_ask: str | None
    spread: str | None
    mid: str | None
    sequence: dict[str, Any]
    connection: dict[str, Any]


read_line: Final = msgspec.json.Decoder(Line).decode
"""A line from its JSON."""


@dataclass(slots=True)
class Seen:
    """The last line of a product."""

    at: float
    """Seconds of the world's clock."""
    verdict: str
    reason: str
    trusted_since: float | None
    """Since when it is trusted without a break; None while it is not."""
    gaps: int
    resyncs: int


@dataclass
class Totals:
    """What was compared."""

    lines: int = 0
    trusted: int = 0
    oldest: float = 0.0
    """The most seconds since the state of a trusted line was current, where a client can know."""
    unknowable: int = 0
    """Trusted lines that were older than allowed, because the path was slow from the first message on."""
    verdicts: Counter[str] = field(default_factory=Counter)


class Oracle:
    """Judges the lines of one run.

    Args:
        venue: Whose books are true.
    """

    def __init__(self, venue: Venue) -> None:
        self._venue = venue
        self.totals: Final = Totals()
        self.seen: dict[str, Seen] = {}
        """The last line of each product."""
        self.heard_at = venue.schedule.now()
        """When the last whole message reached the viewer's machine."""
        self.least_seconds: Callable[[], float] = lambda: 0.0
        """See :meth:`tools.harness.stage.Stage.least_seconds`."""
        self.date_within: Callable[[], float] = lambda: math.inf
        """See :meth:`tools.harness.stage.Stage.date_within`."""
        self._heard_before = self.heard_at
        self._heard_again_at = self.heard_at

    def heard(self, now: float) -> None:
        """A whole message has reached the viewer's machine."""
        if now - self.heard_at > OLD - _LAG:
            self._heard_before, self._heard_again_at = self.heard_at, now
        self.heard_at = now

    def judge(self, line: Line, now: float) -> tuple[str, Seen]:
        """Judge a line; returns its product and what it says of it.

        Args:
            line: Of the viewer's.
            now: The moment of which it speaks, in seconds of the world's clock.

        Raises:
            Failure: It is trusted and wrong or old, or shows something although it is not trusted.
        """
        self.totals.lines += 1
        self.totals.verdicts[line.verdict] += 1
        trusted = line.verdict in _TRUSTED
        if trusted:
            self.totals.trusted += 1
            self._judge(line, now)
        elif not all(bytes(rows) == _NULL for rows in (line.bids, line.asks)) or any(
            (line.best_bid, line.best_ask, line.spread, line.mid)
        ):
            raise Failure(f"{line.product} is {line.verdict} and shows a book")
        before = self.seen.get(line.product)
        since = None if not trusted else now if before is None or before.trusted_since is None else before.trusted_since
        seen = Seen(now, line.verdict, line.reason or "", since, line.sequence["gaps"], line.connection["resyncs"])
        self.seen[line.product] = seen
        return line.product, seen

    def allowed(self, now: float) -> float:
        """Seconds since the state of a trusted line was current, at most."""
        # What has come a moment ago could not be read yet.
        unread = now - self._heard_again_at < _UNREAD
        silence = now - (self._heard_before if unread else self.heard_at)
        return max(OLD, min(OLD_IN_SILENCE, _LAG + silence)) + TOLERANCE

    def unknowable(self) -> float:
        """Seconds by which no client can tell that data is late.

        Where the path has been slow ever since the connection was made, or since one of the clocks was stepped, late
        data and a clock that is behind look alike: it is what the fastest message took, but no more than the error of
        the handshake's ``Date``.
        """
        least = self.least_seconds()
        return min(least, self.date_within()) if _USUAL_PATH < least < math.inf else 0.0

    def passes(self, age: float, allowed: float) -> bool:
        """Whether a trusted state may be over for so many seconds, which are counted."""
        if age <= allowed:
            self.totals.oldest = max(self.totals.oldest, age)
            return True
        if age <= allowed + self.unknowable():
            self.totals.unknowable += 1
            return True
        return False

    def _judge(self, line: Line, now: float) -> None:
        label = self._venue.label_of(line.product)
        if label is None:
            raise Failure(f"{line.product} is {line.verdict}, and there is no such product")
        market = self._venue.markets[label]
        bids, asks = bytes(line.bids), bytes(line.asks)
        state = market.state_of(bids, asks)
        if state is None:
            raise Failure(f"{line.product} is {line.verdict} and never was so: {_difference(market, bids, asks)}")
        tops = [rows[0][0] if rows else None for rows in map(msgspec.json.decode, (bids, asks))]
        if tops != [line.best_bid, line.best_ask]:
            raise Failure(f"{line.product}: best prices {line.best_bid} and {line.best_ask} are not those of its rows")
        age = age_of(state, now)
        if self.passes(age, self.allowed(now)):
            return
        raise Failure(
            f"{line.product} is {line.verdict} with version {state.version}, which was over {age:.2f} s ago; "
            f"the last message came {now - self.heard_at:.2f} s ago"
        )


def age_of(state: State, now: float) -> float:
    """Seconds since a state was current."""
    return 0.0 if state.until is None else max(0.0, now - state.until)


def _difference(market: Market, bids: bytes, asks: bytes) -> str:
    """How a book that never was differs from the nearest one that was."""
    shown = [dict(msgspec.json.decode(rows)) for rows in (bids, asks)]
    if not all(shown):
        return f"{len(shown[0])} bids and {len(shown[1])} asks"
    claimed = shown[0].get(min(shown[0], key=float), "")
    for true_bids, true_asks, state in market.recent(0.0):
        if true_bids[-1][1] != claimed:
            continue
        wrong = []
        for side, had, rows in zip(("bid", "ask"), shown, (true_bids, true_asks), strict=True):
            true = {price: size for price, size in rows}  # noqa: C416  # rows are lists, which dict() does not type
            prices = sorted(true.keys() | had.keys(), key=float)
            wrong += [
                f"{side} {price}: {had.get(price)}, true {true.get(price)}"
                for price in prices
                if true.get(price) != had.get(price)
            ]
        return f"it claims version {state.version}; " + "; ".join(wrong[:6])
    return f"lowest bid of {claimed}, which no version had"
