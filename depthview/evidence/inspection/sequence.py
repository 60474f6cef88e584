"""The sequence numbers of a recording, read both ways: as the connection's, and as each product's.

Which reading holds is the session's decision; this only keeps the breaks of both, to be compared.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.core.sequence import Count, Kind, Scope, Tally
from depthview.evidence.inspection.few import Few

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.core.sequence import Finding, Observation

_MOST_RUNS: Final = 4_096
"""Products with numbers of their own; the venue has about 920 (observed in its product list)."""
_OTHER_RUNS: Final = "(others)"


@dataclass(frozen=True, slots=True)
class Break:
    """A number that the reading did not expect."""

    kind: Kind
    frame: int
    """The frame's place among the recording's frames, from 1."""
    at: float
    """Unix seconds."""
    channel: str
    product: str
    """What the frame concerned; empty for none or several."""
    before: int | None
    """The highest number of the run until then."""
    number: int
    missed: int


class Reading:
    """One way to read the numbers, over all connections, by the session's own rules (:class:`Count`)."""

    def __init__(self) -> None:
        self.tally: Final = Tally()
        self.breaks: Final[Few[Break]] = Few()
        self._runs: dict[str, Count] = {}

    def opened(self) -> None:
        """A new connection: new runs. The tally stays."""
        self._runs.clear()

    def observe(
        self, run: str, number: int, frame: int, at: float, channel: str, product: str, text: int | None
    ) -> None:
        """Judge a frame's number.

        Args:
            run: What the number counts in this reading.
            number: The frame's ``sequence_num``.
            frame: Its place among the recording's frames, from 1.
            at: Unix seconds.
            channel: Where it came.
            product: What it concerned.
            text: A hash of the whole frame; None where it is damaged.
        """
        count = self._runs.get(run)
        if count is None:
            if len(self._runs) >= _MOST_RUNS:
                run = _OTHER_RUNS
            count = self._runs.setdefault(run, Count())
        elif count.follows(number, text):
            return
        before = count.last
        self.note(count.observe(number, text), frame, at, channel, product, before)

    def note(self, seen: Observation, frame: int, at: float, channel: str, product: str, before: int | None) -> None:
        """Keep what a number has shown, unless it was the one expected."""
        if seen.kind is not Kind.GOOD and seen.kind is not Kind.FIRST:
            self.tally.add(seen)
            self.breaks.add(Break(seen.kind, frame, at, channel, product, before, seen.number, seen.missed))


class SequenceReport:
    """Both readings, and the session's choice between them.

    Args:
        sockets: Connections that the recording holds at once; where there are several, the reading by connection is
            the session's, which tells them apart.
        partial: Whether the numbers prove nothing, because some were left out of the recording.
    """

    def __init__(self, *, sockets: int = 1, partial: bool = False) -> None:
        self._sockets = sockets
        self._partial = partial
        self.connection: Final = Reading()
        self.product: Final = Reading()
        self.numbered = 0
        """Frames that carry a number."""
        self._scope = Scope.AUTO
        self._decided = {Scope.CONNECTION: 0, Scope.PRODUCT: 0}

    def opened(self) -> None:
        """A new connection."""
        self.connection.opened()
        self.product.opened()
        self._scope = Scope.AUTO

    def observe(
        self,
        number: int,
        frame: int,
        at: float,
        channel: str,
        product: str,
        text: int | None,
        findings: Sequence[Finding],
    ) -> None:
        """Judge a frame's number; arguments as for :meth:`Reading.observe`, and what the session has found."""
        self.numbered += 1
        if self._sockets == 1:
            self.connection.observe("", number, frame, at, channel, product, text)
        else:
            for finding in findings:
                seen = finding.seen
                before = seen.number - seen.missed - 1 if seen.kind is Kind.GAP else None
                self.connection.note(seen, frame, at, channel, product, before)
        self.product.observe(product, number, frame, at, channel, product, text)

    def chosen(self, scope: Scope) -> None:
        """The session's scope on the present connection; ``AUTO`` while it is undecided."""
        if scope is not self._scope:
            self._scope = scope
            if scope in self._decided:
                self._decided[scope] += 1

    @property
    def decided(self) -> bool:
        """Whether the numbers themselves have told what they count."""
        return not self._partial and self._decided[Scope.CONNECTION] != self._decided[Scope.PRODUCT]

    @property
    def better(self) -> Scope:
        """The reading that holds better.

        It is the one that the session chose, on most connections if they differ. Where the numbers do not tell, it is
        the connection's (observed: so the venue counts), since a few frames of many products fit the other one
        whatever is missing between them. ``NONE`` for a partial recording.
        """
        if self._partial:
            return Scope.NONE
        return Scope.PRODUCT if self._decided[Scope.PRODUCT] > self._decided[Scope.CONNECTION] else Scope.CONNECTION

    @property
    def best(self) -> Reading:
        """The reading of :attr:`better`; that of the connection for a partial recording, whose breaks are no faults."""
        return self.product if self.better is Scope.PRODUCT else self.connection
