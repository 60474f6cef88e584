"""The one place that reads a clock.

Ages and countdowns run on :meth:`Clock.monotonic`; token claims, recordings and latency on :meth:`Clock.unix`.
The pure core takes ``now`` as an argument, and a replay hands in a clock of its own.
"""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable


class Clock(Protocol):
    """What time it is, twice."""

    def unix(self) -> float:
        """Seconds since 1970, wall time: it may step."""

    def monotonic(self) -> float:
        """Seconds from an arbitrary start: it never steps back."""


class SystemClock:
    """The machine's clocks."""

    def unix(self) -> float:
        """Wall time in unix seconds."""
        return time.time()  # noqa: TID251  # this is the place

    def monotonic(self) -> float:
        """Monotonic seconds."""
        return time.monotonic()  # noqa: TID251  # this is the place


class ManualClock:
    """A clock that stands still until it is moved: for replays, pictures and tests.

    Args:
        unix: Wall time to start from, in unix seconds.
        monotonic: Monotonic seconds to start from.
    """

    def __init__(self, unix: float = 0.0, monotonic: float = 0.0) -> None:
        self._unix = unix
        self._monotonic = monotonic

    def unix(self) -> float:
        """Wall time in unix seconds."""
        return self._unix

    def monotonic(self) -> float:
        """Monotonic seconds."""
        return self._monotonic

    def advance(self, seconds: float) -> None:
        """Move both clocks forward by ``seconds`` (at least 0)."""
        self._unix += seconds
        self._monotonic += max(0.0, seconds)

    def move_to(self, unix: float) -> None:
        """Set wall time; the monotonic clock moves as far forward, and never back."""
        self._monotonic += max(0.0, unix - self._unix)
        self._unix = unix

    def set_back(self, unix: float, monotonic: float) -> None:
        """Stand where it stood at some earlier moment, or at a later one: for a replay that goes back."""
        self._unix, self._monotonic = unix, monotonic


class ShiftedClock:
    """A clock whose wall time is set back by what it is known to be ahead.

    Args:
        base: The clock.
        ahead: Seconds that its wall time is ahead of the true one, as known now.
    """

    def __init__(self, base: Clock, ahead: Callable[[], float]) -> None:
        self._base = base
        self._ahead = ahead

    def unix(self) -> float:
        """Wall time in unix seconds, corrected."""
        return self._base.unix() - self._ahead()

    def monotonic(self) -> float:
        """Monotonic seconds."""
        return self._base.monotonic()
