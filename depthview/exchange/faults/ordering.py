"""Faults of the numbering: frames lost, doubled, swapped, and numbers that are not what they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.exchange.faults.effect import LineEffect, Outgoing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.exchange.wire import Frame


class Gap(LineEffect):
    """The next frames use up their numbers and are lost."""

    def begin(self) -> None:
        """Know how many."""
        self._left = self.settings.whole("count")

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        """Drop it if it is numbered."""
        if outgoing.sequence is None or not self.fits(outgoing.frame):
            return (outgoing,)
        self.touched(outgoing, "dropped")
        self._left -= 1
        if not self._left:
            self.finish()
        return ()


class Duplicate(LineEffect):
    """The next frame comes again."""

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        """Repeat it if it is numbered."""
        if outgoing.sequence is None or not self.fits(outgoing.frame):
            return (outgoing,)
        copies = self.settings.whole("copies")
        for _ in range(copies):
            self.touched(outgoing, "repeated")
        self.finish()
        return (outgoing,) * (copies + 1)


class OutOfOrder(LineEffect):
    """The next frame comes behind some that follow it."""

    _held: Outgoing | None = None

    def begin(self) -> None:
        """Know how many."""
        self._left = self.settings.whole("by")

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        """Hold the first that fits, and let it follow when enough have gone by."""
        if outgoing.sequence is None:
            return (outgoing,)
        if self._held is None:
            if not self.fits(outgoing.frame):
                return (outgoing,)
            self._held = outgoing
            self.touched(outgoing, "held")
            return ()
        self._left -= 1
        if self._left:
            return (outgoing,)
        self.finish()
        return (outgoing, self._held)


class Reset(LineEffect):
    """The numbers fall back."""

    def begin(self) -> None:
        """Fall back; the next frame shows it."""
        self.line.numberer.restart(self.order.product, self.settings.whole("to"))

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        """Note the first frame that has a number again."""
        if outgoing.sequence is not None and self.fits(outgoing.frame):
            self.touched(outgoing, "renumbered")
            self.finish()
        return (outgoing,)


class Renumber(LineEffect):
    """The numbers leave some out for a while, though no frame is lost."""

    timed = True

    def numbering(self, frame: Frame) -> None:
        """Leave numbers out before it."""
        if self.fits(frame):
            self.line.numberer.skip(frame.product, self.settings.whole("step") - 1)
            self.mark(frame, "renumbered")
