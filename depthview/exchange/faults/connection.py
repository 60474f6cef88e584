"""Faults of the connection: nothing comes, or late, or too much, or the connection ends."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from depthview.exchange.book import WireSide
from depthview.exchange.faults.fault import ConnectionFault, Omission, fault, is_snapshot
from depthview.exchange.faults.parameters import Duration, FaultKey, close_code, flag, seconds_of, text_of, whole
from depthview.exchange.faults.wire_actions import CloseFrame, Cut, Fragments, pings, reset
from depthview.exchange.market import STEP_MICROSECONDS
from depthview.exchange.messages import NANOSECONDS, Channel, heartbeat_event, level2_event, level2_rows

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.exchange.messages import VenueFrame
    from depthview.exchange.pipeline import Outgoing
    from depthview.exchange.requests import ClientRequest

_ABNORMAL: Final = 1006
"""Not a code that can be sent: it stands for an end without a close frame."""
_MOST_UNREAD: Final = 1 << 20
"""Bytes of pings that may wait for a client."""


@fault("stall", "send nothing but pongs for SECONDS, then what was held back; with LOSE, never")
class Stall(ConnectionFault):
    seconds = Duration(5)
    lose = flag()

    def begin(self) -> None:
        if not self.lose:
            self.connection.queue.hold()

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        if not self.lose:
            return (outgoing,)
        self.touched("dropped", outgoing.frame, outgoing.sequence)
        return ()

    def undo(self) -> None:
        if not self.lose:
            self.connection.queue.resume()


@fault("omit", "make no frames (of CHANNEL, of PRODUCT) for SECONDS (0: forever); with UPDATES, no updates")
class Omit(Omission):
    affects_new_connections = True
    seconds = Duration(5, zero_is_forever=True)
    updates = flag()

    def omits(self, frame: VenueFrame) -> bool:
        return self.fits(frame) and not (self.updates and is_snapshot(frame))


@fault(
    "delay", "for SECONDS send everything BY seconds late, in order; with GROW, the delay builds up over GROW seconds"
)
class Delay(ConnectionFault):
    """Pongs are not late, as they are no data."""

    by = seconds_of(3, most=3_600)
    grow = seconds_of(0, most=3_600)
    seconds = Duration(10)

    def begin(self) -> None:
        self._since = self.context.now()
        self.tick(self._since)

    def tick(self, now: float) -> None:
        share = min(1.0, (now - self._since) / self.grow) if self.grow else 1.0
        self.connection.queue.delay_seconds = self.by * share

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        self.touched("sent late", outgoing.frame, outgoing.sequence)
        return (outgoing,)

    def undo(self) -> None:
        # What is under way still takes its time, and what follows waits behind it.
        self.connection.queue.delay_seconds = 0.0


@fault(
    "old_stamps",
    "for SECONDS (0: forever) the timestamps of frames are BY seconds old (negative: ahead); the clock is right",
)
class OldStamps(ConnectionFault):
    affects_new_connections = True
    by = whole(3_600, -86_400, 86_400)
    seconds = Duration(10, zero_is_forever=True)

    def frames(self, frame: VenueFrame) -> Iterable[VenueFrame]:
        if not self.fits(frame):
            return (frame,)
        return (self.mark(replace(frame, instant_ns=frame.instant_ns - self.by * NANOSECONDS), "changed"),)


class _AtRate(ConnectionFault):
    """Sends something ``rate`` times per second; subclasses declare ``rate``."""

    rate: FaultKey[int]

    def begin(self) -> None:
        self._sent = 0
        self._since = self.context.now()

    def due(self, now: float) -> range:
        """The numbers of those to send by now, which count as sent."""
        due = int((min(now, self.until) - self._since) * self.rate)
        first, self._sent = self._sent, max(self._sent, due)
        return range(first, due)


@fault("pings", "send RATE pings a second for SECONDS; with SILENT, nothing else meanwhile")
class Pings(_AtRate):
    rate = whole(25, 1, 100_000)
    seconds = Duration(5)
    silent = flag()

    def begin(self) -> None:
        super().begin()
        if self.silent:
            self.connection.queue.hold()

    def tick(self, now: float) -> None:
        # Past the queue; what a client does not read in time is not sent.
        transport, due = self.connection.socket.transport, self.due(now)
        if not transport.is_closing() and transport.get_write_buffer_size() < _MOST_UNREAD:
            transport.write(pings(due))

    def undo(self) -> None:
        if self.silent:
            self.connection.queue.resume()


@fault("flood", "send RATE more frames a second for SECONDS, all of them true")
class Flood(_AtRate):
    """The best bids as they are, or a heartbeat where no book is subscribed."""

    rate = whole(500, 1, 20_000)
    seconds = Duration(5)

    def tick(self, now: float) -> None:
        products = self.connection.subscribed(Channel.LEVEL2)
        if self.order.product:
            products = tuple(product for product in products if product == self.order.product)
        for number in self.due(now):
            frame = self._best_bid(products[number % len(products)]) if products else self._heartbeat()
            self.connection.emit(self.mark(frame, "added"))

    def _heartbeat(self) -> VenueFrame:
        instant_ns = self.venue.moment().instant_ns
        return self.frame(Channel.HEARTBEATS, heartbeat_event(instant_ns, 0, instant_ns // NANOSECONDS))

    def _best_bid(self, product: str) -> VenueFrame:
        market = self.venue.market.products[product]
        best = market.book.bids.price_at(0)
        time = self.venue.moment().of_market(market.steps * STEP_MICROSECONDS)
        rows = level2_rows(WireSide.BID, time, [(best, market.book.bids.size(best))], (market.prices, market.sizes))
        return self.frame(Channel.LEVEL2, level2_event("update", product, rows), product)


@fault("half_open", "for SECONDS the connection is dead but not closed: nothing is sent or read, not even pongs")
class HalfOpen(ConnectionFault):
    seconds = Duration(30)

    def begin(self) -> None:
        self.connection.queue.hold()
        self.connection.socket.transport.pause_reading()
        if self.connection.socket.keepalive_task is not None:  # the library's own pings
            self.connection.socket.keepalive_task.cancel()

    def undo(self) -> None:
        # A dead connection does not come back to life.
        reset(self.connection.socket)
        self.connection.queue.resume()


@fault("heartbeat_stop", "send data but no heartbeats for SECONDS; with RESUBSCRIBE a new subscription restores them")
class HeartbeatStop(Omission):
    seconds = Duration(8)
    resubscribe = flag(default=True)

    def omits(self, frame: VenueFrame) -> bool:
        return frame.channel == Channel.HEARTBEATS.label

    def swallows(self, request: ClientRequest) -> bool:
        if self.resubscribe and (request.type, request.channel) == ("subscribe", "heartbeats"):
            self.finish()
        return False


class _OfSnapshot(ConnectionFault):
    """Does something to a level2 snapshot: an unrequested one where there is a book already, else the first to come."""

    def send_snapshot(self) -> None:
        """Send one now if there is a book."""
        if self.has_book():
            self.connection.emit(self.true_snapshot())

    def is_it(self, outgoing: Outgoing) -> bool:
        frame = outgoing.frame
        return frame is not None and self.is_book_of_product(frame) and is_snapshot(frame)


@fault("close", "close the connection with CODE (1006: cut it off); with MID_SNAPSHOT, in the middle of a snapshot")
class Close(_OfSnapshot):
    code = close_code(1012)
    reason = text_of("")
    mid_snapshot = flag()

    def begin(self) -> None:
        if self.mid_snapshot:
            self.send_snapshot()
            return
        self.post(Cut() if self.code == _ABNORMAL else CloseFrame(self.code, self.reason), "closed")
        self.finish()

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        if not isinstance(outgoing.content, bytes) or not self.is_it(outgoing):
            return (outgoing,)
        self.touched("cut", outgoing.frame, outgoing.sequence)
        self.finish()
        return (replace(outgoing, content=Cut(outgoing.content)),)


@fault("truncated", "send half a frame, then reset the TCP connection")
class Truncated(ConnectionFault):
    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        if not isinstance(outgoing.content, bytes) or not self.fits(outgoing.frame):
            return (outgoing,)
        self.touched("cut", outgoing.frame, outgoing.sequence)
        self.finish()
        return (replace(outgoing, content=Cut(outgoing.content, within_frame=True)),)


@fault("slow_drip", "send a frame in PIECES over SECONDS; with SNAPSHOT, a new snapshot")
class SlowDrip(_OfSnapshot):
    """What follows waits behind it."""

    seconds = seconds_of(3)
    pieces = whole(20, 2, 1_000_000)
    snapshot = flag()

    def begin(self) -> None:
        if self.snapshot:
            self.send_snapshot()

    def messages(self, outgoing: Outgoing) -> Iterable[Outgoing]:
        wanted = self.is_it(outgoing) if self.snapshot else self.fits(outgoing.frame)
        if not wanted or not isinstance(outgoing.content, bytes):
            return (outgoing,)
        self.touched("slowed", outgoing.frame, outgoing.sequence)
        self.finish()
        return (replace(outgoing, content=Fragments(outgoing.content, self.pieces, self.seconds)),)
