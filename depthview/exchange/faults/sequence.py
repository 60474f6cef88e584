"""Faults of sequence numbers: frames lost, repeated or out of order, and numbers that are wrong."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.exchange.faults.fault import ConnectionFault, fault
from depthview.exchange.faults.parameters import Duration, flag, one_of, whole
from depthview.exchange.messages import Channel
from depthview.exchange.pipeline import Outgoing

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.exchange.messages import VenueFrame

BAD_NUMBERS: Final = {
    "missing": None,
    "negative": "-1",
    "large": str(2**63),
    "huge": str(10**40),
    "text": '"5"',
    "fraction": "1.5",
    "null": "null",
    "true": "true",
    "list": "[1]",
}
"""By kind: what replaces a ``sequence_num``, as JSON; None for no field at all."""


@fault("gap", "drop COUNT frames after numbering them")
class Gap(ConnectionFault):
    count = whole(1, 1, 10_000)

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        if outgoing.sequence is None or not self.fits(outgoing.frame):
            return (outgoing,)
        self.touched("dropped", outgoing.frame, outgoing.sequence)
        self.use_up(self.count)
        return ()


@fault("duplicate", "send a frame again, COPIES times")
class Duplicate(ConnectionFault):
    copies = whole(1, 1, 100)

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        if outgoing.sequence is None or not self.fits(outgoing.frame):
            return (outgoing,)
        for _ in range(self.copies):
            self.touched("repeated", outgoing.frame, outgoing.sequence)
        self.finish()
        return (outgoing,) * (self.copies + 1)


@fault("out_of_order", "send a frame only after the BY frames that follow it")
class OutOfOrder(ConnectionFault):
    by = whole(1, 1, 100)
    _held: Outgoing | None = None

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        if outgoing.sequence is None:
            return (outgoing,)
        if self._held is None:
            if not self.fits(outgoing.frame):
                return (outgoing,)
            self._held = outgoing
            self.touched("held", outgoing.frame, outgoing.sequence)
            return ()
        self.use_up(self.by)
        return (outgoing, self._held) if self._used == self.by else (outgoing,)


@fault("reset", "restart the numbers of a live connection at TO")
class Reset(ConnectionFault):
    to = whole(0, 0, 999_999)

    def begin(self) -> None:
        self.connection.sequence.restart(self.order.product, self.to)

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        if outgoing.sequence is not None and self.fits(outgoing.frame):
            self.touched("renumbered", outgoing.frame, outgoing.sequence)
            self.finish()
        return (outgoing,)


@fault("renumber", "for SECONDS each number is STEP above the last, though nothing is lost")
class Renumber(ConnectionFault):
    seconds = Duration(10)
    step = whole(2, 2, 1_000)

    def numbering(self, frame: VenueFrame) -> None:
        if self.fits(frame):
            self.connection.sequence.skip(frame.product, self.step - 1)
            self.mark(frame, "renumbered")


@fault("repeated_number", "COUNT frames have the number of the frame before them, and nothing is lost")
class RepeatedNumber(ConnectionFault):
    count = whole(1, 1, 1_000)

    def numbering(self, frame: VenueFrame) -> None:
        # The first frame has none before it.
        if self.connection.sequence.upcoming(frame.product) and self.fits(frame):
            self.connection.sequence.skip(frame.product, -1)
            self.mark(frame, "renumbered")
            self.use_up(self.count)


@fault(
    "bad_number",
    "COUNT frames (of level2, unless CHANNEL is given) have an invalid number of KIND; with COUNTED they use one up",
)
class BadNumber(ConnectionFault):
    kind = one_of(*BAD_NUMBERS)
    count = whole(1, 1, 1_000)
    counted = flag()

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        frame, content, number = outgoing.frame, outgoing.content, outgoing.sequence
        if frame is None or number is None or not isinstance(content, bytes) or not self.fits(frame):
            return (outgoing,)
        if not self.order.channel and frame.channel != Channel.LEVEL2.label:
            return (outgoing,)
        if not self.counted:  # the next frame gets it
            self.connection.sequence.skip(frame.product, -1)
        written = BAD_NUMBERS[self.kind]
        field = b"" if written is None else f',"sequence_num":{written}'.encode()
        self.touched("renumbered", frame)
        self.use_up(self.count)
        return (Outgoing(content.replace(f',"sequence_num":{number}'.encode(), field, 1), frame),)
