"""The sequence monitor: what the frames' sequence numbers prove or disprove.

Rules (one :class:`NumberRun` follows one run of numbers):

1. The first number of a run is its base. A new connection begins new runs, so it is neither gap nor reset. If the first
   numbered frame of the connection is number 0, the connection was seen from its start: a run that begins above 0 has
   lost its beginning, which is a gap.
2. One above the last is good. More than one above is a **gap**: one event, with the skipped numbers as **missed**.
3. A number below the expected one that was seen before with the same text is a **duplicate**: counted, and harmless.
4. Zero, on a run that has gone beyond it, is a **reset**; so are two rising numbers in a row below the expected one. A
   reset restarts the run at the number that showed it.
5. A number seen before with another text is a **conflict**: it counts as a duplicate and breaks the run's proof, since
   one of the two has the wrong number. Any other number below the expected one is **out of order**. Neither is applied,
   and neither changes the run.

**Scope.** The venue's guide says that numbers count per product; every recording known to us counts them per
connection, over all channels. :class:`SequenceMonitor` follows both readings from the first frame of a connection. A
reading scores a point when it alone expected the number; when it leads by three points it is chosen, for the rest of
the connection. Breaks are no evidence, because a lost frame breaks both readings: without late frames or resets,
numbers per connection never give the other reading a point, and numbers per product give one to the wrong reading only
when a loss happens to fit. Until then a frame on which the two agree is counted at once, and one on which they differ
is kept and counted when the scope is known.

Numbers that fit both readings do not stay undecided: :meth:`SequenceMonitor.tick` settles on the better reading, or on
that of the connection, 9 s after the first frame. Both readings are still followed, and a frame that only the other one
expected reopens the question.
"""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from enum import StrEnum
from typing import Final, NamedTuple

_WINDOW: Final = 8192
"""Numbers remembered, each with a hash of its text, for telling a duplicate from a late frame and from a conflict."""
_RISING: Final = 2
_LEAD: Final = 3
"""Points by which a reading must lead to be chosen."""
_KEPT: Final = 4096
"""Undecided frames kept; any real feed has decided by then, and the better reading is chosen."""
_SETTLE_SECONDS: Final = 9.0
_MOST_RUNS: Final = 128
"""Products whose numbers are followed; a connection has at most 30 (reported)."""
_MOST_MISSED: Final = 2**63 - 1


class Scope(StrEnum):
    """What one run of numbers spans."""

    CONNECTION = "connection"
    PRODUCT = "product"
    AUTO = "auto"
    NONE = "none"
    """Numbers are ignored: a partial recording, whose numbers prove nothing."""


class Kind(StrEnum):
    FIRST = "first"
    GOOD = "good"
    GAP = "gap"
    RESET = "reset"
    DUPLICATE = "duplicate"
    OUT_OF_ORDER = "out of order"
    CONFLICT = "conflict"
    """Seen before with another text; counted as a duplicate."""


_DISREGARDED: Final = frozenset({Kind.DUPLICATE, Kind.OUT_OF_ORDER, Kind.CONFLICT})
_BREAKS: Final = frozenset({Kind.GAP, Kind.RESET, Kind.CONFLICT})


@dataclass(frozen=True, slots=True)
class Observation:
    kind: Kind
    number: int
    missed: int = 0
    """Messages skipped; above 0 only for a gap."""
    begins: bool = False
    """Whether it is the first number of its run."""

    @property
    def in_sequence(self) -> bool:
        """Whether it is the expected number, or the first one of a run that has lost nothing."""
        return self.kind is Kind.GOOD or self.kind is Kind.FIRST

    @property
    def applies(self) -> bool:
        """Whether the frame's content may be used: a duplicate, late or conflicting one is disregarded."""
        return self.kind not in _DISREGARDED

    @property
    def breaks(self) -> bool:
        """Whether books that this run vouches for have lost their proof."""
        return self.kind in _BREAKS


@dataclass(slots=True)
class Tally:
    """Counts since the start; they never go down."""

    gaps: int = 0
    missed: int = 0
    duplicates: int = 0
    out_of_order: int = 0
    resets: int = 0

    def add(self, seen: Observation) -> None:
        match seen.kind:
            case Kind.GAP:
                self.gaps += 1
                self.missed = min(self.missed + seen.missed, _MOST_MISSED)
            case Kind.RESET:
                self.resets += 1
            case Kind.DUPLICATE | Kind.CONFLICT:
                self.duplicates += 1
            case Kind.OUT_OF_ORDER:
                self.out_of_order += 1
            case Kind.FIRST | Kind.GOOD:
                pass


class NumberRun:
    """Follows one run of numbers (rules 1 to 5).

    Args:
        from_zero: Whether the run must begin at 0.
    """

    __slots__ = ("_from_zero", "_low", "_order", "_texts", "last")

    def __init__(self, *, from_zero: bool = False) -> None:
        self.last: int | None = None
        """The highest number of the run so far; None before the first."""
        self._from_zero = from_zero
        self._texts: dict[int, int | None] = {}
        self._order: deque[int] = deque()
        self._low: list[int] = []
        """Numbers in a row below the expected one that may be the beginning of a reset."""

    def observe(self, number: int, text: int | None = None) -> Observation:
        """Judge the next number of this run.

        Args:
            number: As sent.
            text: A hash of the whole frame; None where it is not known.
        """
        if self.follows(number, text):
            return Observation(Kind.GOOD, number)
        last = self.last
        if last is None:
            self._begin(number, text)
            lost = self._from_zero and number > 0
            return Observation(Kind.GAP if lost else Kind.FIRST, number, number if lost else 0, begins=True)
        if number > last:
            self._low.clear()
            self._remember(number, text)
            self.last = number
            return Observation(Kind.GAP, number, number - last - 1)
        return Observation(self._below(number, last, text), number)

    def follows(self, number: int, text: int | None = None) -> bool:
        """Accept ``number`` if it is the expected one; otherwise changes nothing and leaves it to :meth:`observe`."""
        if self.last is None or number != self.last + 1:
            return False
        if self._low:
            self._low.clear()
        self._remember(number, text)
        self.last = number
        return True

    def _below(self, number: int, last: int, text: int | None) -> Kind:
        seen, known = number in self._texts, self._texts.get(number)
        if known is not None and known == text:
            return Kind.DUPLICATE
        if self._low and number <= self._low[-1]:
            self._low.clear()
        self._low.append(number)
        if (number == 0 and last > 0) or len(self._low) == _RISING:
            self._texts.clear()
            self._order.clear()
            self._begin(number, text)
            return Kind.RESET
        if seen:
            return Kind.DUPLICATE if known is None or text is None else Kind.CONFLICT
        self._remember(number, text)
        return Kind.OUT_OF_ORDER

    def _begin(self, number: int, text: int | None) -> None:
        self._low.clear()
        self._remember(number, text)
        self.last = number

    def _remember(self, number: int, text: int | None) -> None:
        if len(self._order) >= _WINDOW:
            del self._texts[self._order.popleft()]
        self._texts[number] = text
        self._order.append(number)


@dataclass(frozen=True, slots=True)
class SequenceFinding:
    """What a frame's number shows: at once or, for a kept frame, when the scope is known."""

    frame: int
    """The frame's index on its connection, from 0."""
    product: str
    """The run that it concerns in product scope; empty for the whole connection."""
    seen: Observation
    applied: bool = False
    """Whether the frame's content was applied although this finding, which came later, rejects it."""
    doubted: bool = False
    """Whether it broke both readings, so that books were put in doubt at once (:attr:`SequenceMonitor.lost`)."""
    books: frozenset[str] | None = None
    """Products that it concerns, in a recording of several connections at once; None for all."""

    @property
    def reach(self) -> int:
        """Index of the last frame whose snapshot this invalidates; -1 if none."""
        if self.applied:
            return self.frame
        return self.frame - 1 if self.seen.breaks else -1


class _Reading:
    """One interpretation of the numbers of this connection."""

    def __init__(self) -> None:
        self.from_zero = False
        self.runs: dict[str, NumberRun] = {}
        self.points = 0
        """Frames whose number this reading alone expected."""

    def observe(self, run: str, number: int, text: int | None) -> Observation:
        count = self.runs.get(run)
        if count is None:
            if len(self.runs) >= _MOST_RUNS:
                return Observation(Kind.FIRST, number, begins=True)
            count = self.runs[run] = NumberRun(from_zero=self.from_zero)
        return count.observe(number, text)


class _Kept(NamedTuple):
    """A frame that waits for the scope, in both readings."""

    whole: SequenceFinding
    single: SequenceFinding


class SequenceMonitor:
    """Checks the number of every frame, before its content.

    Args:
        scope: ``AUTO`` decides for each connection; ``NONE`` checks nothing.
    """

    def __init__(self, scope: Scope = Scope.AUTO) -> None:
        self._asked: Final = scope
        self._tallies: dict[str, Tally] = {}
        self._whole = Tally()
        self._kept: list[_Kept] = []
        self._reach = -1
        """Index of the last frame whose snapshot they invalidate in the reading by connection."""
        self._reaches: dict[str, int] = {}
        """The same in the reading by product."""
        self._begin()

    def connect(self) -> None:
        """A new connection: new runs, undecided again where the scope is ``AUTO``. The tallies stay.

        Frames of the last connection whose scope is still unknown are counted first.
        """
        self.settle()
        self._begin()

    def _begin(self) -> None:
        self.scope = self._asked
        """The scope in force; ``AUTO`` while undecided."""
        self.frame = -1
        """Index of the newest numbered frame on this connection, from 0; -1 before the first."""
        self.applies = True
        """Whether the content of the newest numbered frame may be applied."""
        self.lost = False
        """Whether the newest frame given to :meth:`observe` breaks both readings, in different ways: what was lost is
        known later, but something was."""
        self._newest: int | None = None
        self.settled = False
        """Whether the scope was chosen for lack of evidence, and yields to evidence."""
        self._began: float | None = None
        self._connection = _Reading()
        self._product = _Reading()
        self._forget_kept()

    def observe(self, number: int, product: str, text: int | None = None) -> list[SequenceFinding]:
        """Judge the next numbered frame.

        Args:
            number: Its ``sequence_num``.
            product: The product it concerns, empty for none or several.
            text: A hash of the whole frame; None where it is not known.

        Returns:
            Findings in the order of their frames: one for this frame if it can be judged, none while the two readings
            differ over it, several if this frame has decided the scope. This frame's finding, if present, is the last.
        """
        self.frame += 1
        frame = self.frame
        if frame == 0:
            self._connection.from_zero = self._product.from_zero = number == 0
        self.lost = False
        if self.scope is Scope.NONE:
            self._newest = number
            return []
        if self._asked is not Scope.AUTO or (self.scope is not Scope.AUTO and not self.settled):
            by_product = self.scope is Scope.PRODUCT
            seen = (self._product if by_product else self._connection).observe(
                product if by_product else "", number, text
            )
            self.applies = seen.applies
            return [self._count(SequenceFinding(frame, product if by_product else "", seen), product)]
        return self._observe_both(frame, number, product, text)

    def _observe_both(self, frame: int, number: int, product: str, text: int | None) -> list[SequenceFinding]:
        whole = self._connection.observe("", number, text)
        single = self._product.observe(product, number, text)
        self.applies = whole.applies or single.applies
        point = self._point(whole, single)
        lead = self._connection.points - self._product.points
        if point and self.settled and (point > 0) != (self.scope is Scope.CONNECTION):
            self.scope, self.settled, self._began = Scope.AUTO, False, None
        self.settled = self.settled and abs(lead) < _LEAD
        found: list[SequenceFinding] = []
        if whole == single or (whole.in_sequence and single.in_sequence):
            found.append(self._count(SequenceFinding(frame, "", whole), product))
        else:
            self.lost = whole.breaks and single.breaks
            if self.scope is not Scope.AUTO:
                by_product = self.scope is Scope.PRODUCT
                seen = single if by_product else whole
                self.applies = seen.applies
                return [self._count(SequenceFinding(frame, product if by_product else "", seen), product)]
            self._keep(
                SequenceFinding(frame, "", whole, self.applies and not whole.applies, self.lost),
                SequenceFinding(frame, product, single, self.applies and not single.applies, self.lost),
            )
        if self.scope is not Scope.AUTO or (abs(lead) < _LEAD and len(self._kept) < _KEPT):
            return found
        return self._choose() + found

    def follows(self, number: int, product: str, text: int | None = None) -> bool:
        """Accept the next numbered frame if its number is the expected one, as nearly every frame's is.

        Costs a third of :meth:`observe`. Returns False if the number is another one or the scope is undecided; the
        caller then passes the frame to :meth:`observe`.
        """
        if self.scope is Scope.AUTO or self.settled:
            return False
        if self.scope is Scope.NONE:
            self.frame += 1
            self._newest = number
            return True
        by_product = self.scope is Scope.PRODUCT
        count = (self._product if by_product else self._connection).runs.get(product if by_product else "")
        if count is None or not count.follows(number, text):
            return False
        self.frame += 1
        self.applies = True
        return True

    def tick(self, now: float) -> list[SequenceFinding]:
        """Let time pass: numbers that still fit both readings 9 s after the first frame are settled.

        Args:
            now: Monotonic seconds.

        Returns:
            As :meth:`settle`.
        """
        if self.scope is not Scope.AUTO or self.frame < 0:
            return []
        if self._began is None:
            self._began = now
        return self.settle() if now - self._began >= _SETTLE_SECONDS else []

    def settle(self) -> list[SequenceFinding]:
        """Choose the better reading, or that of the connection if they are equal, until a frame contradicts it.

        Returns:
            Findings of the frames that waited for the scope, in their order.
        """
        if self.scope is not Scope.AUTO or self.frame < 0:
            return []
        return self._choose()

    @property
    def undecided(self) -> bool:
        """Whether there are frames whose meaning waits for the scope."""
        return bool(self._kept)

    def unsure(self, product: str, snapshot: int, *, proved: bool) -> bool:
        """Whether a frame that waits for the scope may invalidate a book.

        Args:
            product: The book's.
            snapshot: Index of its snapshot among the connection's numbered frames.
            proved: Whether the book has been trusted before. On a connection that was joined in the middle, where a run
                may begin anywhere, any such frame makes a book unsure that has not.
        """
        if not self._kept:
            return False
        from_zero = self._connection.from_zero
        if not from_zero and not proved:
            return True
        # Seen from its start, a sound connection gives the wrong reading no point: one without points is not believed.
        by_connection = not from_zero or self._connection.points > 0
        by_product = self._product.points > 0
        return (by_connection and snapshot <= self._reach) or (
            by_product and snapshot <= self._reaches.get(product, -1)
        )

    def last(self, product: str) -> int | None:
        """The newest number of the run that covers ``product`` on this connection."""
        if self.scope is Scope.NONE:
            return self._newest
        reading, run = (self._product, product) if self.scope is Scope.PRODUCT else (self._connection, "")
        count = reading.runs.get(run)
        return count.last if count else None

    def tally(self, product: str) -> Tally:
        """Counts since the start: the product's own in product scope, else the connection's."""
        if self.scope is Scope.PRODUCT:
            return self._tallies.get(product, Tally())
        return self._whole

    def total(self) -> Tally:
        return self._whole

    def _point(self, whole: Observation, single: Observation) -> int:
        """1 if only the reading by connection expected the number, -1 if only the one by product did, else 0."""
        expected = self._expected(whole), self._expected(single)
        if None in expected or expected[0] == expected[1]:
            return 0
        better = self._connection if expected[0] else self._product
        better.points += 1
        return 1 if expected[0] else -1

    def _expected(self, seen: Observation) -> bool | None:
        """Whether a reading expected the number; None if it had no expectation.

        On a connection seen from its start a run is expected to begin at 0; one that begins elsewhere may have lost its
        beginning.
        """
        if seen.begins:
            return True if self._connection.from_zero and seen.number == 0 else None
        return seen.kind is Kind.GOOD

    def _keep(self, whole: SequenceFinding, single: SequenceFinding) -> None:
        self._kept.append(_Kept(whole, single))
        self._reach = max(self._reach, whole.reach)
        self._reaches[single.product] = max(self._reaches.get(single.product, -1), single.reach)

    def _choose(self) -> list[SequenceFinding]:
        """Choose the better reading, finally if it leads by enough, and count the kept frames by it."""
        lead = self._connection.points - self._product.points
        self.scope, self.settled = Scope.CONNECTION if lead >= 0 else Scope.PRODUCT, abs(lead) < _LEAD
        kept = self._kept
        self._forget_kept()
        by_product = self.scope is Scope.PRODUCT
        return [self._count(each.single if by_product else each.whole, each.single.product) for each in kept]

    def _forget_kept(self) -> None:
        self._kept, self._reach, self._reaches = [], -1, {}

    def _count(self, finding: SequenceFinding, product: str) -> SequenceFinding:
        if not finding.seen.in_sequence:
            self._whole.add(finding.seen)
            if product in self._tallies or len(self._tallies) < _MOST_RUNS:
                self._tallies.setdefault(product, Tally()).add(finding.seen)
        return finding
