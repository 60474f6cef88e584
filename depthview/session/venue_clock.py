"""How far this machine's clock is from the venue's."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.core.clock_offset import combined, from_frames

if TYPE_CHECKING:
    from depthview.core.clock_offset import Offset
    from depthview.session.meters import LatencyMeter


class VenueClock:
    """Holds the handshake's date against the fastest frame since."""

    def __init__(self, latency: LatencyMeter) -> None:
        self._latency = latency
        self._handshake: Offset | None = None

    def measured(self, offset: Offset | None) -> None:
        """What the handshake of the connection that is about to open has told."""
        self._handshake = offset
        self._latency.opened()

    @property
    def offset(self) -> Offset | None:
        """By all that is known; None where no handshake told a date."""
        by_date, least = self._handshake, self._latency.least_ms
        if least is None or by_date is None:
            return by_date
        return combined(by_date, from_frames([least / 1000.0], 2 * max(0.0, by_date.uncertainty - 0.5)))
