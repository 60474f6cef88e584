"""Faults of the connection: silence in all its forms, ends of all kinds, and more than anybody can read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from websockets.frames import Frame as PingFrame
from websockets.frames import Opcode

from depthview.exchange.book import Side
from depthview.exchange.faults.effect import Cut, Drip, Farewell, LineEffect, Outgoing, is_snapshot, reset
from depthview.exchange.messages import Channel, heartbeat_event, level2_event, level2_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.exchange.messages import Frame, Request

_ABNORMAL: Final = 1006
"""Not a code that can be sent: it stands for an end without a word."""
_MOST_UNREAD: Final = 1 << 20
"""Bytes of pings that may wait for a client."""


class Stall(LineEffect):
    """Nothing is sent but pongs."""

    timed = True

    def begin(self) -> None:
        """Hold everything back."""
        if not self.settings.flag("lose"):
            self.line.hold()

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        """Lose it, if what would be sent is not to come later."""
        if not self.settings.flag("lose"):
            return (outgoing,)
        self.touched(outgoing, "dropped")
        return ()

    def heal(self) -> None:
        """Let go."""
        if not self.settings.flag("lose"):
            self.line.resume()


class Omit(LineEffect):
    """The venue has nothing to say on some channels: what is left out has no number."""

    timed = True
    zero_is_for_good = True
    sticks = True

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Leave it out."""
        if not self.fits(frame) or (self.settings.flag("updates") and is_snapshot(frame)):
            return (frame,)
        self.touched(Outgoing(b"", frame), "left out")
        return ()


class Pings(LineEffect):
    """Many pings, which are no data."""

    timed = True

    def begin(self) -> None:
        """Start counting time."""
        self._sent = 0
        self._since = self.scene.now()
        if self.settings.flag("silent"):
            self.line.hold()

    def tick(self, now: float) -> None:
        """Send what is due by now, past the queue. What a client does not read in time is not sent."""
        transport = self.line.socket.transport
        due = int((min(now, self.until) - self._since) * self.settings.whole("rate"))
        if not transport.is_closing() and transport.get_write_buffer_size() < _MOST_UNREAD:
            transport.write(b"".join(_ping(number) for number in range(self._sent, due)))
        self._sent = max(self._sent, due)

    def heal(self) -> None:
        """Let go."""
        if self.settings.flag("silent"):
            self.line.resume()


def _ping(number: int) -> bytes:
    return PingFrame(Opcode.PING, f"depthview {number}".encode()).serialize(mask=False)


class HalfOpen(LineEffect):
    """The other end has died without a word: nothing is sent, read or answered, and no FIN comes."""

    timed = True

    def begin(self) -> None:
        """Go deaf and dumb. The library's own pings would be a sign of life."""
        self.line.hold()
        self.line.socket.transport.pause_reading()
        if self.line.socket.keepalive_task is not None:
            self.line.socket.keepalive_task.cancel()

    def heal(self) -> None:
        """A dead connection does not come back to life."""
        reset(self.line.socket)
        self.line.resume()


class HeartbeatStop(LineEffect):
    """Heartbeats stop while data goes on."""

    timed = True

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Leave heartbeats out."""
        if frame.channel != Channel.HEARTBEATS.label:
            return (frame,)
        self.touched(Outgoing(b"", frame), "left out")
        return ()

    def swallows(self, request: Request) -> bool:
        """Start them again for who asks again."""
        if self.settings.flag("resubscribe") and (request.type, request.channel) == ("subscribe", "heartbeats"):
            self.finish()
        return False


class NoAcknowledgement(LineEffect):
    """Requests are obeyed and not acknowledged."""

    timed = True

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Leave acknowledgements out."""
        if frame.channel != "subscriptions":
            return (frame,)
        self.touched(Outgoing(b"", frame), "left out")
        return ()


class NoSnapshot(LineEffect):
    """Books are subscribed and confirmed, and their snapshots never come."""

    timed = True
    sticks = True

    def frames(self, frame: Frame) -> Iterable[Frame]:
        """Leave snapshots of books out."""
        if frame.channel != Channel.LEVEL2.label or not is_snapshot(frame) or not self.fits(frame):
            return (frame,)
        self.touched(Outgoing(b"", frame), "left out")
        return ()


class _InSnapshot(LineEffect):
    """Does something to a level2 snapshot: an unasked one where there is a book already, else the first to come."""

    def provoke_snapshot(self) -> None:
        """Have one now if there is anything to take one of."""
        if self.has_book():
            venue = self.scene.venue
            self.line.emit(venue.feeds[self.product()].snapshot(Channel.LEVEL2, venue.moment()))

    def is_it(self, outgoing: Outgoing) -> bool:
        """Whether this is the snapshot."""
        frame = outgoing.frame
        return frame is not None and self.is_book_of_product(frame) and is_snapshot(frame)


class Close(_InSnapshot):
    """The connection ends."""

    def begin(self) -> None:
        """Say goodbye, cut, or wait for the snapshot to cut."""
        code = self.settings.whole("code")
        if self.settings.flag("mid_snapshot"):
            self.provoke_snapshot()
            return
        self.post(Cut() if code == _ABNORMAL else Farewell(code, self.settings.word("reason")), "closed")
        self.finish()

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        """Cut in the middle of the snapshot that was waited for."""
        if not isinstance(outgoing.content, bytes) or not self.is_it(outgoing):
            return (outgoing,)
        self.touched(outgoing, "cut")
        self.finish()
        return (Outgoing(Cut(outgoing.content), outgoing.frame, outgoing.sequence),)


class Truncated(LineEffect):
    """A frame breaks off, and the connection with it."""

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        """Cut it in half."""
        if not isinstance(outgoing.content, bytes) or not self.fits(outgoing.frame):
            return (outgoing,)
        self.touched(outgoing, "cut")
        self.finish()
        return (Outgoing(Cut(outgoing.content, within_frame=True), outgoing.frame, outgoing.sequence),)


class SlowDrip(_InSnapshot):
    """A frame takes its time, and what follows waits behind it."""

    def begin(self) -> None:
        """Have a snapshot to drip, where one is wanted."""
        if self.settings.flag("snapshot"):
            self.provoke_snapshot()

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        """Break it into pieces."""
        wanted = self.is_it(outgoing) if self.settings.flag("snapshot") else self.fits(outgoing.frame)
        if not wanted or not isinstance(outgoing.content, bytes):
            return (outgoing,)
        self.touched(outgoing, "slowed")
        self.finish()
        drip = Drip(outgoing.content, self.settings.whole("pieces"), self.settings.seconds("seconds"))
        return (Outgoing(drip, outgoing.frame, outgoing.sequence),)


class Flood(LineEffect):
    """Many more frames than usual. They tell what is true: the best bids as they are, or the last heartbeat."""

    timed = True

    def begin(self) -> None:
        """Start counting time."""
        self._sent = 0
        self._since = self.scene.now()

    def tick(self, now: float) -> None:
        """Send what is due by now."""
        products = self.line.subscribed(Channel.LEVEL2)
        if self.order.product:
            products = tuple(product for product in products if product == self.order.product)
        due = int((min(now, self.until) - self._since) * self.settings.whole("rate"))
        for sent in range(self._sent, due):
            self.line.emit(self.mark(self._frame(products[sent % len(products)] if products else ""), "added"))
        self._sent = max(self._sent, due)

    def _frame(self, product: str) -> Frame:
        venue = self.scene.venue
        moment = venue.moment()
        if not product:
            seconds = int(moment.instant_ns // 1_000_000_000)
            return self.frame(Channel.HEARTBEATS, heartbeat_event(moment.instant_ns, 0, seconds))
        market = venue.market.products[product]
        best = market.book.bids.price_at(0)
        time = moment.of_market(market.steps * 50_000)
        rows = level2_rows(Side.BID, time, [(best, market.book.bids.size(best))], (market.prices, market.sizes))
        return self.frame(Channel.LEVEL2, level2_event("update", product, rows), product)
