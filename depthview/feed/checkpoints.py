"""States of a replay to go back to, within a bound of memory.

They are kept in memory and compressed: the fastest level takes a third of a recorded book's bytes off in 20 ms, in a
thread. A file was rejected, because the usual place for it is memory too, and what a killed process leaves behind in
the other case is a nuisance. Where the bound is reached every other one goes, and from then on they are taken half as
often; so the way from one to the next is the same all over a recording, and grows with its length only once the memory
is full.
"""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from depthview.recordings.driver import Position

FIRST_APART: Final = 500
"""Entries between two checkpoints to begin with: some 50 ms of replaying."""
BUDGET_BYTES: Final = 96 << 20
"""A book of 45,000 levels takes 1 MB."""
_LEAST: Final = 2
_FASTEST: Final = 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state and where it belongs."""

    position: Position
    held: bytes = field(repr=False)
    packed: bool
    changes: Mapping[str, int]
    """How often each book had changed."""

    @property
    def state(self) -> bytes:
        """The session's."""
        return zlib.decompress(self.held) if self.packed else self.held


def packed(state: bytes) -> bytes:
    """A state as it is kept for long."""
    return zlib.compress(state, _FASTEST)


class Checkpoints:
    """Checkpoints in the order of the recording, no more than fit.

    Args:
        budget: Bytes for all of them; two are kept in any case.
        apart: Entries between two to begin with.
    """

    def __init__(self, budget: int = BUDGET_BYTES, apart: int = FIRST_APART) -> None:
        self._budget: Final = budget
        self._first_apart: Final = apart
        self.clear()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes(self) -> int:
        """Held by all of them."""
        return sum(len(checkpoint.held) for checkpoint in self._kept)

    def clear(self) -> None:
        """Forget them all."""
        self._kept: list[Checkpoint] = []
        self._apart = self._first_apart

    def is_due(self, entries: int) -> bool:
        """Whether one after so many entries would be worth keeping."""
        return not self._kept or entries >= self._kept[-1].position.place.entries + self._apart

    def add(self, checkpoint: Checkpoint) -> None:
        """Keep one; they come in order."""
        self._kept.append(checkpoint)
        while self.bytes > self._budget and len(self._kept) > _LEAST:
            self._kept = self._kept[::2]
            self._apart *= 2

    def before_entry(self, entries: int) -> Checkpoint | None:
        """The last one with no more than so many entries."""
        return self._last(bisect_right(self._kept, entries, key=lambda kept: kept.position.place.entries))

    def before_time(self, unix: float) -> Checkpoint | None:
        """The last one of which nothing is later than a moment."""
        return self._last(bisect_right(self._kept, unix, key=lambda kept: kept.position.unix))

    def _last(self, count: int) -> Checkpoint | None:
        return self._kept[count - 1] if count else None


class NearCheckpoints:
    """Those of the last way, close together, so that the next step back is a short one; not compressed.

    Args:
        budget: Bytes for all of them.
    """

    def __init__(self, budget: int) -> None:
        self._budget: Final = budget
        self._kept: dict[int, Checkpoint] = {}

    def clear(self) -> None:
        """Forget them all."""
        self._kept.clear()

    def add(self, checkpoint: Checkpoint) -> None:
        """Keep one; the oldest ones make room."""
        self._kept[checkpoint.position.place.entries] = checkpoint
        while sum(len(kept.held) for kept in self._kept.values()) > self._budget:
            del self._kept[next(iter(self._kept))]

    def before_entry(self, entries: int) -> Checkpoint | None:
        """The last one with no more than so many entries."""
        at = max((count for count in self._kept if count <= entries), default=None)
        return None if at is None else self._kept[at]

    def before_time(self, unix: float) -> Checkpoint | None:
        """The last one of which nothing is later than a moment."""
        found = [kept for kept in self._kept.values() if kept.position.unix <= unix]
        return max(found, key=lambda kept: kept.position.place.entries, default=None)
