"""States of a session to go back to, in the order of the recording and within a bound."""

from __future__ import annotations

import zlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from depthview.recordings.driver import DriverState

_MIN_KEPT: Final = 2
_FASTEST: Final = 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state and where it belongs."""

    driver: DriverState
    held: bytes = field(repr=False)
    compressed: bool
    changes: Mapping[str, int]
    """How often each book had changed."""

    @property
    def entries(self) -> int:
        return self.driver.place.entries

    @property
    def session(self) -> bytes:
        return zlib.decompress(self.held) if self.compressed else self.held


def compress(state: bytes) -> bytes:
    """A state in the form that is kept for long.

    zlib's fastest level saves a third of a recorded book's bytes, at 20 ms each.
    """
    return zlib.compress(state, _FASTEST)


class Checkpoints:
    """Checkpoints in the order of the recording.

    Above the budget every other one is dropped, and from then on they are taken half as often: they stay evenly spaced.

    Args:
        budget: Bytes for all of them; two are kept in any case.
        apart: Entries between two to begin with.
    """

    def __init__(self, budget: int, apart: int) -> None:
        self._budget: Final = budget
        self._first_apart: Final = apart
        self.clear()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes(self) -> int:
        return sum(len(checkpoint.held) for checkpoint in self._kept)

    def clear(self) -> None:
        self._kept: list[Checkpoint] = []
        self._apart = self._first_apart

    def is_due(self, entries: int) -> bool:
        """Whether a checkpoint after ``entries`` entries would be worth keeping."""
        return not self._kept or entries >= self._kept[-1].entries + self._apart

    def add(self, checkpoint: Checkpoint) -> None:
        self._kept.append(checkpoint)
        while self.bytes > self._budget and len(self._kept) > _MIN_KEPT:
            self._kept = self._kept[::2]
            self._apart *= 2

    def before_entry(self, entries: int) -> Checkpoint | None:
        """The last one with at most ``entries`` entries."""
        return self._last(bisect_right(self._kept, entries, key=lambda kept: kept.entries))

    def before_time(self, unix: float) -> Checkpoint | None:
        """The last one that is not later than a time, in unix seconds."""
        return self._last(bisect_right(self._kept, unix, key=lambda kept: kept.driver.unix))

    def _last(self, count: int) -> Checkpoint | None:
        return self._kept[count - 1] if count else None
