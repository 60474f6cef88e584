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
        self.handshake: Offset | None = None
        """By the present connection's handshake; None where it told no time."""
        self._stepped = False

    def measured(self, offset: Offset | None) -> None:
        """What the handshake of the connection that is about to open has told."""
        self.handshake = offset
        self._stepped = False
        self._latency.opened()

    def stepped(self) -> None:
        """One of this machine's clocks was stepped, or stood still: only the frames to come tell what holds now."""
        self._latency.restart()
        self._stepped = True

    @property
    def offset(self) -> Offset | None:
        """By all that is known; None where no handshake told a date.

        Frames that are older than the date allows are late, as :class:`DataAge` has it; such that are younger show the
        date to be of another clock.
        """
        by_date, least = self.handshake, self._latency.least_ms
        if least is None or by_date is None:
            return None if self._stepped else by_date
        by_frames = from_frames([least / 1000.0], 2 * max(0.0, by_date.uncertainty - 0.5))
        if self._stepped:
            return by_frames
        if by_frames is not None and by_frames.ahead - by_frames.uncertainty > by_date.ahead + by_date.uncertainty:
            return by_date
        return combined(by_date, by_frames)
