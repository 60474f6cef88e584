"""Separates the numbers of several connections in one recording, by the numbers alone.

Each connection counts its messages by one from a base of its own (observed), so two of them in one file are two runs
that interleave. A frame belongs to the run that expects its number. A product's frames all belong to one run: the
subscription is the connection's. Where two runs expect the same number, a frame without a product is given to either;
a later frame of a known product shows whether that was right, and if not the two runs change places. While two runs are
tied like that, a product that is new is given to neither.
"""

from __future__ import annotations

from typing import Final

from depthview.core.sequence import NumberRun, Observation, Scope, SequenceFinding, SequenceMonitor

MOST_SOCKETS: Final = 8
_MOST_PRODUCTS: Final = 1_000


class _Run:
    """The numbers of one connection."""

    def __init__(self) -> None:
        self.count = NumberRun()
        self.sure = -1
        """The newest number of a frame with a product of this run: numbers up to it surely belong to this run."""
        self.ties: dict[_Run, int] = {}
        """Runs that expected the same number at the same time, with the last number before it."""
        self.frames = 0

    @property
    def next(self) -> int:
        return -1 if self.count.last is None else self.count.last + 1

    def tied(self) -> list[_Run]:
        """Runs whose numbers may be this one's, because only frames without a known product have come since a tie."""
        return [other for other, common in self.ties.items() if max(self.sure, other.sure) <= common]


class Sockets:
    """Assigns each numbered frame to one of several runs.

    Args:
        limit: How many runs there may be.
    """

    def __init__(self, limit: int = MOST_SOCKETS) -> None:
        self._limit: Final = limit
        self.runs: Final[list[_Run]] = []
        self._owners: dict[str, _Run] = {}

    def observe(self, number: int, product: str, text: int | None = None) -> tuple[_Run, Observation]:
        """Assign the next frame to its run.

        Args:
            number: Its ``sequence_num``.
            product: The product it concerns; empty for none or several.
            text: A hash of the whole frame; None where it is not known.

        Returns:
            The run, and what the number shows in it.
        """
        owner = self._owners.get(product)
        run = self._of_number(number) if owner is None else self._of_owner(owner, number)
        if owner is None and product and not run.tied() and len(self._owners) < _MOST_PRODUCTS:
            owner = self._owners[product] = run
        seen = run.count.observe(number, text)
        run.frames += 1
        if owner is not None:
            run.sure = max(run.sure, number)
        return run, seen

    def products_of(self, run: _Run) -> frozenset[str]:
        return frozenset(product for product, owner in self._owners.items() if owner is run)

    def run_of(self, product: str) -> _Run | None:
        return self._owners.get(product)

    def _of_owner(self, owner: _Run, number: int) -> _Run:
        """The owner, after it was swapped with the run that has its numbers."""
        waiting, reached = [owner], {owner}
        while owner.next != number and waiting:
            for other in waiting.pop().tied():
                if other.next == number:
                    owner.count, other.count = other.count, owner.count
                    break
                if other not in reached:
                    reached.add(other)
                    waiting.append(other)
        return owner

    def _of_number(self, number: int) -> _Run:
        fits = [run for run in self.runs if run.next == number]
        if fits:
            for other in fits[1:]:
                fits[0].ties[other] = other.ties[fits[0]] = number - 1
            return fits[0]
        if len(self.runs) < self._limit:
            self.runs.append(_Run())
            return self.runs[-1]
        # Lost or repeated: it belongs to the run that it is closest after, else to the one furthest back.
        passed = [run for run in self.runs if run.next <= number]
        return max(passed, key=lambda run: run.next) if passed else min(self.runs, key=lambda run: run.next)


class SocketsMonitor(SequenceMonitor):
    """Watches the numbers of a recording that holds so many connections at once: a break hurts the books of one.

    Args:
        sockets: How many.
    """

    def __init__(self, sockets: int) -> None:
        self._limit = sockets
        self._sockets = Sockets(sockets)
        super().__init__(Scope.CONNECTION)

    def connect(self) -> None:
        super().connect()
        self._sockets = Sockets(self._limit)

    def observe(self, number: int, product: str, text: int | None = None) -> list[SequenceFinding]:
        """See :meth:`SequenceMonitor.observe`; a finding names the books of its connection."""
        self.frame += 1
        run, seen = self._sockets.observe(number, product, text)
        self.applies = seen.applies
        if seen.in_sequence:
            return [SequenceFinding(self.frame, "", seen)]
        self._whole.add(seen)
        return [SequenceFinding(self.frame, "", seen, books=self._sockets.products_of(run))]

    def follows(self, number: int, product: str, text: int | None = None) -> bool:  # every frame is given to a run
        """Every frame is left to :meth:`observe`."""
        return False

    def last(self, product: str) -> int | None:
        run = self._sockets.run_of(product)
        return None if run is None else run.count.last
