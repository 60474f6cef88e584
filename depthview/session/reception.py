"""Every frame's way in: counted, read, its number judged, and its content handed to whom it concerns."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.coinbase import messages as wire
from depthview.errors import MalformedFrame

if TYPE_CHECKING:
    from depthview.session.correspondence import Correspondence
    from depthview.session.events import EventLog
    from depthview.session.instant import Instant
    from depthview.session.intake import Intake
    from depthview.session.listings import Listings
    from depthview.session.meters import LatencyMeter, RateMeter
    from depthview.session.numbering import Numbering
    from depthview.session.watch import Watch


class Reception:
    """Takes frames in, one after the other."""

    def __init__(
        self,
        instant: Instant,
        listings: Listings,
        numbering: Numbering,
        intake: Intake,
        watch: Watch,
        correspondence: Correspondence,
        rates: RateMeter,
        latency: LatencyMeter,
        events: EventLog,
    ) -> None:
        self._instant = instant
        self._listings = listings
        self._numbering = numbering
        self._intake = intake
        self._watch = watch
        self._correspondence = correspondence
        self._rates = rates
        self._latency = latency
        self._events = events
        self._good_since: float | None = None
        self.bad_frames = 0
        """Since the start."""
        self.unknown_frames = 0
        """Since the start: of channels that this program does not know."""

    def opened(self) -> None:
        """A new connection, which has brought nothing yet."""
        self._good_since = None

    def good_for(self) -> float:
        """Seconds since the connection's first frame that could be read, or the first after the last that could not."""
        return 0.0 if self._good_since is None else self._instant.now - self._good_since

    def take(self, raw: bytes, *, binary: bool, message: wire.Message | None = None) -> None:
        """Take in one frame; see :meth:`MarketSession.receive`."""
        now = self._instant.now
        self._rates.count(len(raw), now)
        self._watch.message()
        if binary:
            self._unreadable("frame that is not text")
            self._numbering.damaged(MalformedFrame("not text"))
            return
        try:
            message = message or wire.decode(raw)
        except MalformedFrame as e:
            self._unreadable(f"frame that cannot be read: {e}")
            self._numbering.damaged(e)
            return
        if self._good_since is None:
            self._good_since = now
        number = message.sequence_num
        if number is not None and not self._numbering.admits(number, wire.product_of(message), raw):
            return
        if message.timestamp and self._watch.wants_stamp():
            published = wire.unix_time(message.timestamp)
            if published is not None:
                self._watch.stamped(published)
                if self._latency.wants(now):
                    self._latency.add((self._instant.unix - published) * 1000.0, now)
        match message:
            case wire.Book():
                self._intake.book(message, len(raw), numbered=number is not None or not self._numbering.judged)
            case wire.Trades():
                self._intake.trades(message)
            case wire.Ticker():
                self._intake.ticker(message)
            case wire.Heartbeat():
                self._watch.heartbeat(event.counter for event in message.events)
            case wire.Subscribed():
                for event in message.events:
                    self._correspondence.acknowledged(event.subscriptions)
            case wire.Refusal():
                self._correspondence.refused(message.message)
            case wire.Status():
                rows = (row for event in message.events for row in event.products)
                listed = (product for row in rows if (product := wire.product_from(row)))
                self._listings.take(listed, complete=False)
            case wire.Other():
                self.unknown_frames += not message.known
                self._intake.left_out(message.left_out)

    def _unreadable(self, what: str) -> None:
        self._good_since = None
        self.bad_frames += 1
        self._events.say("bad frame", "warn", what, now=self._instant.now, at=self._instant.unix)
