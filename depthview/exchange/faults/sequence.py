"""Faults of the numbering: frames lost, doubled, swapped, and numbers that are not what they should be."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.exchange.faults.catalogue import BAD_NUMBERS
from depthview.exchange.faults.effect import LineEffect, Outgoing
from depthview.exchange.messages import Channel

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.exchange.messages import Frame


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


class RepeatedNumber(LineEffect):
    """Frames carry the number of the frame before them, with another text."""

    def begin(self) -> None:
        """Know how many."""
        self._left = self.settings.whole("count")

    def numbering(self, frame: Frame) -> None:
        """Take one number back, if any was used."""
        if self.line.numberer.upcoming(frame.product) and self.fits(frame):
            self.line.numberer.skip(frame.product, -1)
            self.mark(frame, "renumbered")
            self._left -= 1
            if not self._left:
                self.finish()


class BadNumber(LineEffect):
    """What stands in place of a number is none, or is out of range."""

    def begin(self) -> None:
        """Know how many."""
        self._left = self.settings.whole("count")

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        """Rewrite the number; unless it is to be used up, the next frame gets it."""
        frame, content, number = outgoing.frame, outgoing.content, outgoing.sequence
        if frame is None or number is None or not isinstance(content, bytes) or not self._fits(frame):
            return (outgoing,)
        if not self.settings.flag("counted"):
            self.line.numberer.skip(frame.product, -1)
        written = BAD_NUMBERS[self.settings.word("kind")]
        field = b"" if written is None else f',"sequence_num":{written}'.encode()
        self.touched(Outgoing(content, frame), "renumbered")
        self._left -= 1
        if not self._left:
            self.finish()
        return (Outgoing(content.replace(f',"sequence_num":{number}'.encode(), field, 1), frame),)

    def _fits(self, frame: Frame) -> bool:
        return self.fits(frame) and bool(self.order.channel or frame.channel == Channel.LEVEL2.label)
