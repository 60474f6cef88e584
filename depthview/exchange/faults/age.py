"""Faults of age: what is told is true and in order, but late, or stamped with another time."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from depthview.exchange.faults.effect import LineEffect, Outgoing
from depthview.exchange.messages import NANOSECONDS

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.exchange.messages import Frame


class Delay(LineEffect):
    """Everything is sent later than it was made; pongs are not, as they are no data."""

    timed = True

    def begin(self) -> None:
        """Start at once, or from nothing."""
        self._since = self.scene.now()
        self.tick(self._since)

    def tick(self, now: float) -> None:
        """Let the delay grow."""
        grow = self.settings.seconds("grow")
        share = min(1.0, (now - self._since) / grow) if grow else 1.0
        self.line.delay(self.settings.seconds("by") * share)

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        """Note what is late."""
        self.touched(outgoing, "sent late")
        return (outgoing,)

    def heal(self) -> None:
        """Delay no more; what is under way still takes its time, and what follows waits behind it."""
        self.line.delay(0.0)


class OldStamps(LineEffect):
    """The envelope's timestamp is not the time at which it was made."""

    timed = True
    zero_is_for_good = True
    sticks = True

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Stamp it anew."""
        if not self.fits(frame):
            return (frame,)
        instant_ns = frame.instant_ns - self.settings.whole("by") * NANOSECONDS
        return (self.mark(replace(frame, instant_ns=instant_ns), "changed"),)
