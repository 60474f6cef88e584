"""The venue's own idea of the time."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from depthview.clock import Clock


class VenueClock:
    """A clock whose wall time can be wrong.

    Args:
        clock: The right time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self.offset_seconds = 0.0
        """How far the wall time is ahead."""

    def unix(self) -> float:
        """Wall time in unix seconds, as far off as it was told."""
        return self._clock.unix() + self.offset_seconds

    def monotonic(self) -> float:
        """Monotonic seconds."""
        return self._clock.monotonic()
