"""The sequence monitor: what the frames' numbers prove, and what they disprove.

Rules (one :class:`Count` follows one run of numbers):

1. The first number of a run is its base. A new connection begins new runs, so it is neither gap nor reset.
2. One above the last is good. More than one above is a **gap**: one event, and as many **missed** as were passed over.
3. Zero, on a run that has gone beyond it, is a **reset**; so are three rising numbers in a row below the expected
   one. A reset begins the run anew at the number that showed it.
4. Any other number below the expected one is a **duplicate** where it was seen before, else **out of order**. It is
   counted and moves nothing.

**Scope.** The venue's guide says that numbers count per product; every recording that we know of counts them per
connection, over all channels. :class:`SequenceMonitor` follows both readings at once from the first frame of a
connection. A reading scores where it alone finds the very number that it expected; with three points more than the
other it is chosen, for the rest of the connection. Breaks by themselves say nothing, because a lost frame breaks both
readings: without late frames or resets, numbers of the whole connection never give the other reading a point, and
numbers of a product give one to the wrong reading only where a loss happens to fit. Until then a frame on which the
two agree counts as it is, and one on which they differ is kept, and counted once the scope is known.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final

_WINDOW: Final = 8192
"""Numbers remembered for telling a duplicate from a late frame."""
_RISING: Final = 3
_LEAD: Final = 3
"""By how many points the better reading must lead before it is chosen."""
_KEPT: Final = 4096
"""Undecided frames kept; by then any real feed has decided, and the better reading is taken."""


class Scope(StrEnum):
    """What one run of numbers spans."""

    CONNECTION = "connection"
    PRODUCT = "product"
    AUTO = "auto"
    NONE = "none"
    """Numbers are not judged and nothing is counted: a partial recording, whose numbers prove nothing."""


class Kind(StrEnum):
    """What a number says."""

    FIRST = "first"
    GOOD = "good"
    GAP = "gap"
    RESET = "reset"
    DUPLICATE = "duplicate"
    OUT_OF_ORDER = "out of order"


_HARMLESS: Final = frozenset({Kind.FIRST, Kind.GOOD})


@dataclass(frozen=True, slots=True)
class Observation:
    """One number, judged."""

    kind: Kind
    number: int
    missed: int = 0
    """Messages passed over; above 0 for a gap only."""

    @property
    def applies(self) -> bool:
        """Whether the frame's content may be used: a duplicate or late one is disregarded."""
        return self.kind not in (Kind.DUPLICATE, Kind.OUT_OF_ORDER)

    @property
    def breaks(self) -> bool:
        """Whether books that this run vouches for have lost their proof."""
        return self.kind in (Kind.GAP, Kind.RESET)


@dataclass(slots=True)
class Tally:
    """Counts since the start; they never go down."""

    gaps: int = 0
    missed: int = 0
    duplicates: int = 0
    out_of_order: int = 0
    resets: int = 0

    def add(self, seen: Observation) -> None:
        """Count one observation."""
        match seen.kind:
            case Kind.GAP:
                self.gaps += 1
                self.missed += seen.missed
            case Kind.RESET:
                self.resets += 1
            case Kind.DUPLICATE:
                self.duplicates += 1
            case Kind.OUT_OF_ORDER:
                self.out_of_order += 1
            case Kind.FIRST | Kind.GOOD:
                pass


class Count:
    """Follows one run of numbers (rules 1 to 4)."""

    __slots__ = ("_low_run", "_order", "_seen", "last")

    def __init__(self) -> None:
        self.last: int | None = None
        """The highest number of the run so far; None before the first."""
        self._seen: set[int] = set()
        self._order: deque[int] = deque()
        self._low_run: list[int] = []

    def observe(self, number: int) -> Observation:
        """Judge the next number of this run."""
        if self.follows(number):
            return Observation(Kind.GOOD, number)
        last = self.last
        if last is None:
            self._remember(number)
            self.last = number
            return Observation(Kind.FIRST, number)
        if number > last:
            self._low_run.clear()
            self._remember(number)
            self.last = number
            return Observation(Kind.GAP, number, number - last - 1)
        return self._below(number, last)

    def follows(self, number: int) -> bool:
        """Take in ``number`` if it is the one expected; False leaves everything as it was, for :meth:`observe`."""
        if self.last is None or number != self.last + 1:
            return False
        self._low_run.clear()
        self._remember(number)
        self.last = number
        return True

    def _below(self, number: int, last: int) -> Observation:
        if self._low_run and number <= self._low_run[-1]:
            self._low_run.clear()
        self._low_run.append(number)
        if (number == 0 and last > 0) or len(self._low_run) == _RISING:
            self._low_run.clear()
            self._seen.clear()
            self._order.clear()
            self._remember(number)
            self.last = number
            return Observation(Kind.RESET, number)
        if number in self._seen:
            return Observation(Kind.DUPLICATE, number)
        self._remember(number)
        return Observation(Kind.OUT_OF_ORDER, number)

    def _remember(self, number: int) -> None:
        if len(self._order) >= _WINDOW:
            self._seen.discard(self._order.popleft())
        self._seen.add(number)
        self._order.append(number)


@dataclass(frozen=True, slots=True)
class Finding:
    """What the monitor makes of a frame, now or, for a kept frame, once the scope is known."""

    frame: int
    """The frame's place on its connection, from 0."""
    product: str
    """The run that it concerns in product scope; empty for the whole connection."""
    seen: Observation


@dataclass(slots=True)
class _Reading:
    """One way to read the numbers of this connection."""

    runs: dict[str, Count] = field(default_factory=dict)

    def observe(self, run: str, number: int) -> Observation:
        count = self.runs.get(run)
        if count is None:
            count = self.runs[run] = Count()
        return count.observe(number)


class SequenceMonitor:
    """Watches the numbers of every frame, before anything else looks at it.

    Args:
        scope: ``AUTO`` decides anew for each connection; ``NONE`` judges nothing.
    """

    def __init__(self, scope: Scope = Scope.AUTO) -> None:
        self._asked: Final = scope
        self.scope = scope
        """The scope in force; ``AUTO`` while undecided."""
        self._tallies: dict[str, Tally] = {}
        self._whole = Tally()
        self.connect()

    def connect(self) -> None:
        """A new connection: new runs, undecided again where the scope is ``AUTO``. The tallies stay."""
        self.scope = self._asked
        self.frame = -1
        """Place of the newest numbered frame on this connection, from 0; -1 before the first."""
        self._from_zero = False
        self._newest: int | None = None
        self._lead = 0
        self._connection = _Reading()
        self._product = _Reading()
        self._kept: list[tuple[int, str, Observation, Observation]] = []
        self.broken = False
        """Whether a frame is kept that is a gap or a reset in both readings, so that something was lost in any case."""

    def observe(self, number: int, product: str) -> list[Finding]:
        """Judge the next numbered frame.

        Args:
            number: Its ``sequence_num``.
            product: The product it concerns, empty for none or several.

        Returns:
            Findings in the order of their frames: one for this frame where it can be judged, none while the two
            readings differ over it, several when this frame has decided the scope. The finding of this frame, if
            present, is the last one.
        """
        self.frame += 1
        frame = self.frame
        if self.scope is Scope.CONNECTION:
            return [self._count(frame, "", product, self._connection.observe("", number))]
        if self.scope is Scope.PRODUCT:
            return [self._count(frame, product, product, self._product.observe(product, number))]
        if self.scope is Scope.NONE:
            self._newest = number
            return []
        if frame == 0:
            self._from_zero = number == 0
        whole = self._connection.observe("", number)
        single = self._product.observe(product, number)
        found: list[Finding] = []
        if whole == single or (whole.kind in _HARMLESS and single.kind in _HARMLESS):
            found.append(self._count(frame, "", product, whole))
        else:
            self._kept.append((frame, product, whole, single))
            self.broken = self.broken or (whole.breaks and single.breaks)
        self._lead += self._point(whole, single)
        if abs(self._lead) < _LEAD and len(self._kept) < _KEPT:
            return found
        self.scope = Scope.CONNECTION if self._lead >= 0 else Scope.PRODUCT
        kept, self._kept = self._kept, []
        self.broken = False
        if self.scope is Scope.CONNECTION:
            late = [self._count(at, "", name, seen) for at, name, seen, _ in kept]
        else:
            late = [self._count(at, name, name, seen) for at, name, _, seen in kept]
        return late + found

    def follows(self, number: int, product: str) -> bool:
        """Take in the next numbered frame if its number is the one expected, which nearly every frame's is.

        A third of the price of :meth:`observe`, which has something to tell and is left the frame where this is False:
        where the number is another one, or the scope is not decided.
        """
        if self.scope is Scope.AUTO:
            return False
        if self.scope is Scope.NONE:
            self.frame += 1
            self._newest = number
            return True
        by_product = self.scope is Scope.PRODUCT
        count = (self._product if by_product else self._connection).runs.get(product if by_product else "")
        if count is None or not count.follows(number):
            return False
        self.frame += 1
        return True

    @property
    def undecided(self) -> bool:
        """Whether there are frames whose meaning waits for the scope."""
        return bool(self._kept)

    def last(self, product: str) -> int | None:
        """The newest number of the run that vouches for ``product`` on the present connection."""
        if self.scope is Scope.NONE:
            return self._newest
        reading, run = (self._product, product) if self.scope is Scope.PRODUCT else (self._connection, "")
        count = reading.runs.get(run)
        return count.last if count else None

    def tally(self, product: str) -> Tally:
        """Counts since the start: the connection's and, in product scope, the product's own."""
        own = self._tallies.get(product, Tally())
        if self.scope is Scope.PRODUCT:
            return own
        return self.total()

    def total(self) -> Tally:
        """Counts since the start over all runs."""
        return self._whole

    def _point(self, whole: Observation, single: Observation) -> int:
        """1 where only the reading by connection expected the number, -1 where only the one by product did."""
        expected = self._expected(whole), self._expected(single)
        if None in expected:
            return 0
        return (expected[0] is True) - (expected[1] is True)

    def _expected(self, seen: Observation) -> bool | None:
        """Whether a reading expected what it saw; None where it could not expect anything.

        On a connection seen from its start a run that begins at 0 is what one expects; one that begins elsewhere may
        have lost its beginning.
        """
        if seen.kind is Kind.FIRST:
            return True if self._from_zero and seen.number == 0 else None
        return seen.kind is Kind.GOOD

    def _count(self, frame: int, concerned: str, product: str, seen: Observation) -> Finding:
        if seen.kind not in _HARMLESS:
            self._whole.add(seen)
            self._tallies.setdefault(product, Tally()).add(seen)
        return Finding(frame, concerned, seen)
