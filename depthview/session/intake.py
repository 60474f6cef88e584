"""A frame's way in: it is counted and decoded, its number is checked, and its content goes to the markets concerned.

The number is checked before the content, whatever the frame is. A duplicate or late frame goes no further. After a gap,
a reset or a number that comes with two texts, every book concerned that had its snapshot before it is no longer proved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.coinbase import messages as wire
from depthview.coinbase.messages import meant_product
from depthview.core.fixed_point import is_number
from depthview.core.sequence import Finding, Kind, Scope, SequenceMonitor
from depthview.core.text import is_product_id, plain_text, plural
from depthview.errors import MalformedFrame

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.clock import Clock
    from depthview.coinbase.subscriptions import Subscriptions
    from depthview.core.types import Product
    from depthview.session.events import EventLog
    from depthview.session.liveness import Instant
    from depthview.session.products import ProductMarket, Roster
    from depthview.session.recovery import Healing, Verdicts, Watch
    from depthview.session.requests import Correspondence
    from depthview.session.statistics import LatencyMeter, RateMeter

_UNKNOWN_EVENT: Final = "event of an unknown type"


class Intake:
    """Takes in books, trades and tickers whose numbers have been admitted."""

    def __init__(
        self,
        instant: Instant,
        monitor: SequenceMonitor,
        subscriptions: Subscriptions,
        roster: Roster,
        healing: Healing,
        verdicts: Verdicts,
        watch: Watch,
        timer: Clock | None,
        *,
        passive: bool,
    ) -> None:
        self._instant = instant
        self._monitor = monitor
        self._subscriptions = subscriptions
        self._roster = roster
        self._healing = healing
        self._verdicts = verdicts
        self._watch = watch
        self._timer = timer
        self._passive: Final = passive
        self.bad_rows = 0
        """Rows that could not be applied, since the start."""
        self.undated: set[str] = set()
        """Markets in doubt of which a snapshot was passed over, because its age could not be told."""

    def book(self, message: wire.Book, frame_bytes: int, *, numbered: bool = True) -> None:
        """Snapshots give a book its trust back, updates change it; what cannot be applied puts it in doubt.

        Args:
            message: Whose number has been admitted, if it has one.
            frame_bytes: Size of the frame.
            numbered: False where it should have a number and has none, so that no later number shows what is missing.
                In a recording snapshots need none: those that depthview itself puts there have none.
        """
        now = self._instant.now
        for event in message.events:
            market = self._roster.route(event.product_id, has_book=True)
            if market is None:
                self._misnamed(event)
                continue
            if event.type == "snapshot" and self._roster.divide(market, event.product_id):
                self._verdicts.doubt([market], f"{event.product_id} has turned out to be another market", "warn")
                market = self._roster.route(event.product_id, has_book=True)
                if market is None:
                    continue
            elif event.type != "snapshot" and self._roster.is_foreign(market, event.product_id):
                # To another name and back is no habit; beyond that no snapshot can be expected to end it.
                cause, often = "its changes come under its other name", market.renamed > 1
                self._verdicts.doubt([market], cause, "warn", recurring=often)
                continue
            names = self._roster.names_of(market) if event.type == "snapshot" else []
            if not all(map(self._subscriptions.counts, names)):
                # Our unsubscribe is on its way to the venue, and our subscribe is not.
                continue
            if event.type == "snapshot" and market.doubt and self._watch.undated:
                self.undated.add(market.name)
                continue
            was_crossed = market.crossed_since is not None
            if was_crossed:
                self._watch.crossing(market)
            bad = market.take(event, self._monitor.frame, now)
            self.bad_rows += bad
            if event.type == "snapshot":
                market.took_snapshot(frame_bytes, None if self._timer is None else self._timer.monotonic() - now)
                for name in names:
                    self._subscriptions.snapshot(name, self._watch.lag)
                self._healing.snapshot(market.name, now)
            if bad:
                rows = plural(bad, "row")
                self._verdicts.doubt(
                    [market], f"{rows} that cannot be applied", "warn", recurring=event.type == "snapshot"
                )
            elif not numbered and not (self._passive and event.type == "snapshot"):
                self._verdicts.doubt(
                    [market], "message without a sequence number", "warn", recurring=event.type == "snapshot"
                )
            elif event.type == "snapshot" or (was_crossed and market.crossed_since is None):
                self._verdicts.judge(market)
            if was_crossed:
                self._watch.crossing(market)
        if isinstance(message, wire.PartBook):
            self.left_out(message.left_out)

    def left_out(self, labels: Iterable[str]) -> None:
        """Events of books were left out, for their type is unknown; ``labels`` are what they name as their products."""
        for label in labels:
            market = self._roster.route(label, has_book=False)
            if market is not None:
                self._verdicts.doubt([market], _UNKNOWN_EVENT, "warn")
            elif not is_product_id(label):
                self._verdicts.doubt(self._meant_by(label), _UNKNOWN_EVENT, "warn")

    def _misnamed(self, event: wire.BookEvent) -> None:
        """An event was left out, for nobody has asked for it by its name."""
        label = event.product_id
        if not is_product_id(label) and (event.type == "snapshot" or event.updates or event.bad_rows):
            self._verdicts.doubt(self._meant_by(label), "rows under a name that is none", "warn")

    def _meant_by(self, label: str) -> list[ProductMarket]:
        """The books that a label may mean which is no product's id; all where that cannot be told."""
        name = wire.meant_product(label)
        if not name:
            return self._roster.markets()
        market = self._roster.route(name, has_book=False)
        return [] if market is None else [market]

    def trades(self, message: wire.Trades) -> None:
        """Trades go on the tape of their product."""
        for event in message.events:
            by_label: dict[str, list[wire.TradeRow]] = {}
            for row in event.trades:
                by_label.setdefault(row.product_id, []).append(row)
            for label, rows in by_label.items():
                market = self._roster.route(label, has_book=False)
                if market is not None:
                    bad = market.tape.add(rows, snapshot=event.type == "snapshot")
                    market.bad_rows += bad
                    self.bad_rows += bad

    def ticker(self, message: wire.Ticker) -> None:
        """A ticker bears witness for or against the top of its book."""
        for event in message.events:
            for row in event.tickers:
                market = self._roster.route(row.product_id, has_book=False)
                if market is None:
                    continue
                market.take_day(row)
                if is_number(row.best_bid) and is_number(row.best_ask):
                    market.compare_ticker(row.best_bid, row.best_ask, self._instant.now)


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


class Numbering:
    """Stands between a frame and its books."""

    def __init__(
        self,
        instant: Instant,
        monitor: SequenceMonitor,
        subscriptions: Subscriptions,
        roster: Roster,
        healing: Healing,
        verdicts: Verdicts,
        events: EventLog,
    ) -> None:
        self._instant = instant
        self._monitor = monitor
        self._subscriptions = subscriptions
        self._roster = roster
        self._healing = healing
        self._verdicts = verdicts
        self._events = events
        self.findings: list[Finding] = []
        """Of the last numbered frame: its own, unless it was the one expected, and those of earlier frames that it or
        the time has decided."""

    def admits(self, number: int, product: str, raw: bytes | None) -> bool:
        """Judge a frame's number; whether its content may be applied.

        Args:
            number: The frame's.
            product: The one that it names; empty where it names none.
            raw: The frame, whose hash tells a duplicate from another frame with the same number; None for one that
                is damaged, so that it may be either.
        """
        monitor, text = self._monitor, None if raw is None else hash(raw)
        if monitor.follows(number, product, text):
            self.findings = []
            return True
        run = product if is_product_id(product) else meant_product(product) or product
        self._take_all(monitor.observe(number, run, text))
        if monitor.lost:
            before = [m for m in self._roster.markets() if m.snapshot_frame not in (None, monitor.frame)]
            self._verdicts.doubt(before, f"messages are missing before {number:,}", "warn")
        return monitor.applies

    @property
    def judged(self) -> bool:
        """Whether numbers are evidence: not in scope ``none``."""
        return self._monitor.scope is not Scope.NONE

    def tick(self) -> None:
        """Let time pass: what the numbers count is settled where they fit two readings for too long."""
        if findings := self._monitor.tick(self._instant.now):
            self._take_all(findings)

    def settle(self) -> None:
        """No more frames come on this connection: what waits for the scope is counted."""
        self._take_all(self._monitor.settle())

    def damaged(self, fault: MalformedFrame) -> None:
        """A frame cannot be read: its number counts all the same, and the book that it may have changed is in doubt.

        Without a number the next one shows the loss, unless the frame has used up none.
        """
        number = fault.sequence
        if number is None:
            if not (fault.product or fault.misnumbered or not self.judged):
                return
        elif self._monitor.scope is Scope.PRODUCT and fault.may_hold_book and not fault.product:
            # It is of a run that cannot be told, and whose next frame shows the loss.
            pass
        elif not self.admits(number, fault.product, None):
            return
        # A name that nobody knows may be damaged too.
        concerned = self._roster.concerned(fault.product) or self._roster.markets()
        if fault.may_hold_trades:
            for market in concerned:
                market.tape.broke("message that cannot be read")
        if fault.may_hold_book:
            which = "message" if number is None else f"message {number:,}"
            self._verdicts.doubt(concerned, f"{which} cannot be read", "warn")
        # It may have been an acknowledgement, which told that a product was dropped.
        self._subscriptions.acknowledgement_lost()

    def _take_all(self, findings: list[Finding]) -> None:
        self.findings = findings
        for finding in findings:
            if finding.seen.kind not in (Kind.FIRST, Kind.GOOD) and not finding.doubted:
                self._take(finding, current=finding.frame == self._monitor.frame)

    def _take(self, finding: Finding, *, current: bool) -> None:
        seen = finding.seen
        by_product = self._monitor.scope is Scope.PRODUCT
        concerned = self._concerned(finding)
        if seen.breaks:
            self._healing.jumped(self._instant.now, self._instant.unix)
            hurt = [m for m in concerned if m.snapshot_frame is not None and m.snapshot_frame <= finding.reach]
            whose = f" in {plain_text(finding.product)}" if by_product else ""
            if by_product and not finding.product:
                # What is missing may be an acknowledgement, which told that a product was dropped.
                self._subscriptions.acknowledgement_lost()
            if seen.kind is Kind.GAP:
                cause = f"gap of {seen.missed:,} before {seen.number:,}{whose}"
                missing = f"gap of {plural(seen.missed, 'message')}"
            elif seen.kind is Kind.CONFLICT:
                cause = f"two different messages are numbered {seen.number:,}{whose}"
                missing = "conflicting numbers"
            else:
                cause = f"numbers fell back to {seen.number:,}{whose}"
                missing = "numbers fell back"
            for market in concerned:
                market.tape.broke(missing)
            if not self._verdicts.doubt(hurt, cause, "warn"):
                self._say("break", "warn", f"{cause}, while no book could be hurt by it")
        elif current or not finding.applied:
            self._say(seen.kind.value, "note", f"{seen.kind.value}: {seen.number:,} disregarded")
        else:
            # It was applied before it was known to be late: what it changed is in doubt.
            hurt = [m for m in concerned if m.snapshot_frame is not None and m.snapshot_frame <= finding.reach]
            self._verdicts.doubt(hurt, f"{seen.kind.value} message {seen.number:,} was applied", "warn")

    def _concerned(self, finding: Finding) -> list[ProductMarket]:
        """The markets whose proof a finding concerns."""
        if self._monitor.scope is Scope.PRODUCT:
            return self._roster.concerned(finding.product)
        if finding.books is None:
            return self._roster.markets()
        return [market for label in sorted(finding.books) for market in self._roster.concerned(label)]

    def _say(self, kind: str, level: str, text: str) -> None:
        self._events.say(kind, level, text, now=self._instant.now, at=self._instant.unix)


class Listings:
    """Takes the product list and the status channel in."""

    def __init__(
        self, instant: Instant, subscriptions: Subscriptions, roster: Roster, verdicts: Verdicts, events: EventLog
    ) -> None:
        self._instant = instant
        self._subscriptions = subscriptions
        self._roster = roster
        self._verdicts = verdicts
        self._events = events

    def take(self, products: Iterable[Product], *, complete: bool) -> None:
        """Take in the whole product list, or news of some products."""
        before = {market.name: market.product.trading_state for market in self._roster.markets()}
        for name in self._roster.list_products(products, complete=complete):
            self._moved(name)
        for market in self._roster.markets():
            state = market.product.trading_state
            if state != before.get(market.name, state):
                # No incident: nothing is wrong with the feed.
                level, words = ("note", state) if state else ("good", "online again")
                self._events.add(self._instant.unix, level, f"trading: {words}", market.name)

    def _moved(self, name: str) -> None:
        """The product list says that a name belongs to another market than the one whose book it showed."""
        market = self._roster.market(name)
        of_whom = "a market of its own" if market.name == name else f"the market {market.name}"
        cause = f"the product list says that {name} is {of_whom}"
        if market.has_book:
            self._verdicts.doubt([market], cause, "warn")
        else:
            self._events.add(self._instant.unix, "note", cause, name)
            self._subscriptions.ask_anew(name)
        self._verdicts.judge(market)
