"""The market session: takes frames in, keeps books, verdicts, counters and the event log, and asks for what it needs.

It owns every mutable thing between the socket and the screen and is driven from outside, on one thread: the feed calls
:meth:`MarketSession.receive` for each frame and :meth:`MarketSession.tick` several times a second; both finish
without waiting. What is to be sent is fetched with :meth:`MarketSession.drain`.

Order of things for a frame: its number is judged first, whatever it is; a duplicate or late frame goes no further;
then its content is applied. A gap or a reset takes the proof from every book concerned, and only that book's own new
snapshot gives it back.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.core.clock_offset import combined, from_frames
from depthview.core.numbers import is_number
from depthview.core.plaintext import plain_text
from depthview.core.sequence import Finding, Kind, Scope, SequenceMonitor
from depthview.core.trust import Facts, judge
from depthview.errors import MalformedFrame
from depthview.protocol import decode as wire
from depthview.protocol.subscriptions import Answer, Outcome, Subscriptions
from depthview.session.account import TrustAccount, duration
from depthview.session.connection import Connection
from depthview.session.events import EventLog
from depthview.session.healing import Healing
from depthview.session.meters import LatencyMeter, RateMeter
from depthview.session.refusals import Refusals
from depthview.session.roster import Roster
from depthview.session.vigil import Vigil
from depthview.view import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from depthview.core.clock_offset import Offset
    from depthview.core.levels import Product
    from depthview.protocol.requests import Request
    from depthview.session.market import ProductMarket
    from depthview.session.refusals import Diagnose

CROSSED_RESYNC: Final = 1.0
"""Seconds that a book may stay crossed before a new snapshot is asked for."""


class MarketSession:
    """One session over any number of connections.

    Args:
        products: On show from the start, in tab order, as asked for.
        scope: What sequence numbers span, or ``AUTO``.
        signed: Whether messages carry tokens.
        renew: Whether a fresh token is sent before the last one expires.
        passive: A replay: nothing is sent, and nothing is healed but by the recording itself.
        follow: Put every product on show that has a book in the feed.
        diagnose: Finds likely causes of a refused token; None where messages carry none.
    """

    def __init__(
        self,
        products: Sequence[str],
        *,
        scope: Scope = Scope.AUTO,
        signed: bool = False,
        renew: bool = True,
        passive: bool = False,
        follow: bool = False,
        diagnose: Diagnose | None = None,
    ) -> None:
        self.subscriptions: Final = Subscriptions(signed=signed, renew=renew)
        self.monitor: Final = SequenceMonitor(scope)
        self.connection: Final = Connection()
        self.events: Final = EventLog()
        self.rates: Final = RateMeter()
        self.latency: Final = LatencyMeter()
        self.vigil: Final = Vigil()
        self.account: Final = TrustAccount()
        self.refusals: Final = Refusals(diagnose)
        self.roster: Final = Roster(self.subscriptions, follow=follow)
        self.version = 0
        self.passive: Final = passive
        self.bad_frames = 0
        self.bad_rows = 0
        self.unknown_frames = 0
        self.first_product = products[0] if products else ""
        """The product in front: its snapshot is asked for first."""
        self.recorded: Callable[[str], None] | None = None
        """Told of ``resync``, for the recording."""
        self._healing: Final = Healing(self.events, self.account, self._ask_snapshots, passive=passive)
        self._replayed_resyncs = 0
        self._reconnect = ""
        self._handshake: Offset | None = None
        self._outage: tuple[int, float, str] | None = None
        self._late_beats = (0, 0.0)
        self._unix = 0.0
        self._now = 0.0
        for product in products:
            self.roster.admit(product)

    # --- products ---------------------------------------------------------------------------------------------

    def products(self) -> tuple[str, ...]:
        """On show, in tab order, by the names asked for."""
        return self.roster.names()

    def market(self, product: str) -> ProductMarket:
        """The market of a product on show; an alias's is the one under whose name its data comes.

        Raises:
            KeyError: It is not on show.
        """
        return self.roster.market(product)

    def add_product(self, product: str) -> str | None:
        """Subscribe a product; None when done, else why not."""
        name = product.strip().upper()
        refusal = self.roster.refusal_to_admit(name)
        if refusal is None:
            self.roster.admit(name)
        return refusal

    def remove_product(self, product: str) -> str | None:
        """Unsubscribe a product; None when done, else why not."""
        refusal = self.roster.refusal_to_remove(product)
        if refusal is None:
            removed = self.roster.remove(product)
            if removed is not None:
                self._healing.removed(removed.feed_product, self._now)
        return refusal

    def resync(self) -> str | None:
        """Ask for new snapshots of everything, as a person's wish; None when asked for, else why not now."""
        if self.passive:
            return "a recording cannot be asked for new snapshots"
        if self.connection.state is not ConnectionState.OPEN:
            return "there is no connection to ask on"
        wait = self.subscriptions.resync_allowed_in(self._now)
        if wait:
            return f"asked a moment ago; again in {wait:.0f} s" if wait >= 1 else "asked a moment ago"
        hastened = self._healing.hasten()
        if not self._doubt(self.roster.markets(), "asked for by you", "note") and not hastened:
            return "snapshots are on their way already"
        return None

    def list_products(self, products: Iterable[Product], *, complete: bool = False) -> None:
        """Take in the venue's product list, or news of some of it."""
        self.roster.list_products(products, complete=complete)

    @property
    def catalogue(self) -> dict[str, Product]:
        """What is known of the venue's products, by name."""
        return self.roster.catalogue

    @property
    def heartbeat_at(self) -> float | None:
        """Monotonic seconds of the last heartbeat of this connection."""
        return self.vigil.heartbeat_at

    @property
    def heartbeats_missed(self) -> int:
        """Since the start, by the steps of their counter."""
        return self.vigil.heartbeats_missed

    def resyncs(self) -> int:
        """New snapshots asked for since the start, one for all the products that it concerned."""
        return self._replayed_resyncs if self.passive else self.subscriptions.resyncs

    def unknown_removals(self) -> int:
        """Removals of prices that were not there, since the start."""
        return self.roster.unknown_removals()

    @property
    def clock_offset(self) -> Offset | None:
        """How far this machine's clock is from the venue's, by the handshake and the fastest frame since."""
        by_date, least = self._handshake, self.latency.least_ms
        if least is None or by_date is None:
            return by_date
        return combined(by_date, from_frames([least / 1000.0], 2 * max(0.0, by_date.uncertainty - 0.5)))

    # --- the connection ---------------------------------------------------------------------------------------

    def connecting(self, now: float) -> None:
        """A connection is being tried."""
        self.connection.become(ConnectionState.CONNECTING, now, self.connection.detail)

    def clock_measured(self, offset: Offset | None) -> None:
        """What the handshake of the connection that is about to open has told of the venue's clock."""
        self._handshake = offset
        self.latency.opened()

    def opened(self, now: float, unix: float) -> None:
        """A connection is open: new numbering, no book, everything asked for anew."""
        self._at(now, unix)
        self.connection.become(ConnectionState.OPEN, now)
        self.monitor.connect()
        self.subscriptions.opened()
        self.vigil.opened(now)
        self._reconnect = ""
        for market in self.roster.markets():
            market.forget()
        if self._outage is None:
            self.events.add(unix, "good", "connected")
        else:
            event_id, began, cause = self._outage
            again = self.connection.opened > 1
            if again:
                self.account.connected_again(now - began)
            self.events.rewrite(
                event_id, "good", f"{cause}: connected {'again ' if again else ''}after {duration(now - began)}"
            )
            self._outage = None
        self._judge_all()

    def closed(self, now: float, unix: float, why: str, next_try_at: float | None = None) -> None:
        """The connection is gone, or could not be made.

        Args:
            now: Monotonic seconds.
            unix: Unix seconds.
            why: In words, safe to show.
            next_try_at: Monotonic seconds of the next try; None where there will be none.
        """
        self._at(now, unix)
        waiting = next_try_at is not None or self.passive
        self.connection.become(ConnectionState.WAITING if waiting else ConnectionState.FAILED, now, why, next_try_at)
        self.subscriptions.closed()
        for market in self.roster.markets():
            market.forget()
        self._healing.closed()
        step = "" if self.passive else "; not trying again"
        if next_try_at is not None:
            step = f"; next try in {next_try_at - now:.1f} s"
        level = "warn" if waiting else "bad"
        if self._outage is None:
            self._outage = (self.events.add(unix, level, f"{why}{step}"), now, why)
        else:
            event_id, began, cause = self._outage
            first = "" if why == cause else f", first: {cause}"
            self.events.rewrite(event_id, level, f"{why}{step} (down for {duration(now - began)}{first})")
        self._judge_all()

    def ended(self, now: float, unix: float, detail: str = "") -> None:
        """A replay has come to its end; what it showed last stays."""
        self._at(now, unix)
        self._judge_all()
        self.connection.become(ConnectionState.ENDED, now, detail)
        self.events.add(unix, "note" if not detail else "bad", f"end of the recording{detail and ': '}{detail}")

    def crashed(self, now: float, unix: float, what: str) -> None:
        """The feed has failed by a fault of ours; what is on the screen must not look alive."""
        self._at(now, unix)
        self.connection.become(ConnectionState.CRASHED, now, what)
        self.subscriptions.closed()
        self.events.add(unix, "bad", what)
        self._judge_all()

    # --- frames -----------------------------------------------------------------------------------------------

    def receive(self, raw: bytes, now: float, unix: float, *, binary: bool = False) -> None:
        """Take in one frame.

        Args:
            raw: As received.
            now: Monotonic seconds of its arrival.
            unix: Unix seconds of its arrival.
            binary: It was a binary frame, or no UTF-8, which the venue never sends.
        """
        self._at(now, unix)
        self.version += 1
        self.rates.count(len(raw), now)
        self.vigil.message(now)
        if binary:
            self.bad_frames += 1
            self._say("bad frame", "warn", "frame that is not text")
            return
        try:
            message = wire.decode(raw)
        except MalformedFrame as e:
            self._take_damaged(e)
            return
        number = message.sequence_num
        if number is not None and not self._may_apply(number, wire.product_of(message)):
            return
        if message.timestamp and self.latency.wants(now):
            published = wire.unix_time(message.timestamp)
            if published is not None:
                self.latency.add((unix - published) * 1000.0, now)
        match message:
            case wire.Book():
                self._take_book(message)
            case wire.Trades():
                self._take_trades(message)
            case wire.Ticker():
                self._take_ticker(message)
            case wire.Heartbeat():
                if self.vigil.heartbeat((event.counter for event in message.events), now):
                    event_id, began = self._late_beats
                    took = duration(now - began)
                    text = f"heartbeats stopped while data flowed: subscribed again, they have come back after {took}"
                    self.events.rewrite(event_id, "good", text)
            case wire.Subscribed():
                for event in message.events:
                    self._answered(self.subscriptions.acknowledged(event.subscriptions))
            case wire.Refusal():
                self._refused(message.message)
            case wire.Status():
                rows = (row for event in message.events for row in event.products)
                self.list_products(product for row in rows if (product := wire.product_from(row)))
            case wire.Other():
                self.unknown_frames += not message.known

    def part_came(self, now: float) -> None:
        """Bytes came, be they a whole message or not yet: while they do, a wait is no reason to begin anew."""
        self.vigil.part(now)

    def tick(self, now: float, unix: float) -> None:
        """Let time pass: judge silence, lateness and crossing, and do what was put off until now."""
        self._at(now, unix)
        if not self.passive and (slept := self.vigil.slept(now, unix)):
            self._doubt(self.roster.markets(), f"this program did not run for {slept:.0f} s", "warn")
        self._move_subscriptions()
        if self.connection.state is ConnectionState.OPEN:
            self._watch_books()
            if not self.passive:
                self._watch_connection()
        self._judge_all()
        self.account.look({name: self.market(name).verdict.trusted for name in self.products()}, now)

    def drain(self, now: float) -> list[Request]:
        """Messages to send now, in order."""
        ready = self.subscriptions.drain(now)
        if self.passive:
            for request in ready:
                self.subscriptions.sent(request, now, None)
            return []
        return ready

    def sent(self, request: Request, now: float, token: tuple[float, float] | None) -> None:
        """A message of :meth:`drain` has gone out; see :meth:`Subscriptions.sent`."""
        self.subscriptions.sent(request, now, token)

    def take_reconnect(self) -> str:
        """Why the connection must be made anew; empty while it need not. Asking takes the wish back."""
        why, self._reconnect = self._reconnect, ""
        return why

    def replayed(self, event: str) -> None:
        """An event of a recording that is no frame."""
        if event == "resync":
            self._replayed_resyncs += 1

    # --- inside -----------------------------------------------------------------------------------------------

    def _at(self, now: float, unix: float) -> None:
        self._now, self._unix = now, unix

    def _say(self, kind: str, level: str, text: str) -> None:
        self.events.say(kind, level, text, now=self._now, at=self._unix)

    def _may_apply(self, number: int, product: str) -> bool:
        applies = True
        for finding in self.monitor.observe(number, product):
            current = finding.frame == self.monitor.frame
            if finding.seen.kind not in (Kind.FIRST, Kind.GOOD):
                self._take_finding(finding, current=current)
            if current:
                applies = finding.seen.applies
        return applies

    def _take_finding(self, finding: Finding, *, current: bool) -> None:
        seen = finding.seen
        by_product = self.monitor.scope is Scope.PRODUCT
        concerned = self._concerned(finding.product) if by_product else self.roster.markets()
        if seen.breaks:
            self._healing.jumped(self._now, self._unix)
            hurt = [m for m in concerned if m.snapshot_frame is not None and m.snapshot_frame < finding.frame]
            whose = f" in {plain_text(finding.product)}" if by_product else ""
            if seen.kind is Kind.GAP:
                cause = f"gap of {seen.missed:,} before {seen.number:,}{whose}"
            else:
                cause = f"numbers fell back to {seen.number:,}{whose}"
            if not self._doubt(hurt, cause, "warn"):
                self._say("break", "warn", f"{cause}, while no book could be hurt by it")
        elif current:
            self._say(seen.kind.value, "note", f"{seen.kind.value}: {seen.number:,} disregarded")
        else:
            # It was applied before it was known to be late: what it changed is in doubt.
            hurt = [m for m in concerned if m.snapshot_frame is not None and m.snapshot_frame <= finding.frame]
            self._doubt(hurt, f"{seen.kind.value} message {seen.number:,} was applied", "warn")

    def _take_damaged(self, fault: MalformedFrame) -> None:
        self.bad_frames += 1
        self._say("bad frame", "warn", f"frame that cannot be read: {fault}")
        if fault.sequence is None or not self._may_apply(fault.sequence, fault.product) or not fault.may_hold_book:
            return
        # A name that nobody knows may be damaged too.
        concerned = self._concerned(fault.product) or self.roster.markets()
        self._doubt(concerned, f"message {fault.sequence:,} cannot be read", "warn")

    def _concerned(self, label: str) -> list[ProductMarket]:
        market = self.roster.labelled(label)
        return [] if market is None else [market]

    def _take_book(self, message: wire.Book) -> None:
        for event in message.events:
            market = self.roster.route(event.product_id, has_book=True)
            if market is None:
                continue
            shown = self.roster.shown_instead_of(market)
            if shown is not None:
                both_asked = {shown.feed_product, market.feed_product} <= self.subscriptions.wants.keys()
                self._take_other_name(shown, moved=event.type == "snapshot" and not both_asked)
            bad = market.take(event, self.monitor.frame, self._now)
            self.bad_rows += bad
            if event.type == "snapshot":
                for name in self.roster.names_of(market):
                    self.subscriptions.snapshot(name)
                self._healing.snapshot(market.feed_product, self._now)
            if bad:
                rows = "1 row" if bad == 1 else f"{bad:,} rows"
                self._doubt([market], f"{rows} that cannot be applied", "warn", recurring=True)
            elif event.type == "snapshot":
                self._judge(market)

    def _take_other_name(self, shown: ProductMarket, *, moved: bool) -> None:
        """Rows have come under the other name of a product that is on show by this one.

        Args:
            shown: The market by this name.
            moved: A whole book came by the other name, which is the product's from here on.
        """
        if moved:
            shown.forget()
            self._healing.snapshot(shown.feed_product, self._now)
        else:
            self._doubt([shown], "its changes come under its other name", "warn", recurring=True)

    def _take_trades(self, message: wire.Trades) -> None:
        for event in message.events:
            by_label: dict[str, list[wire.TradeRow]] = {}
            for row in event.trades:
                by_label.setdefault(row.product_id, []).append(row)
            for label, rows in by_label.items():
                market = self.roster.route(label, has_book=False)
                if market is not None:
                    self.bad_rows += market.print_trades(rows)

    def _take_ticker(self, message: wire.Ticker) -> None:
        for event in message.events:
            for row in event.tickers:
                market = self.roster.route(row.product_id, has_book=False)
                if market is not None and is_number(row.best_bid) and is_number(row.best_ask):
                    market.compare_ticker(row.best_bid, row.best_ask, self._now)

    def _refused(self, words: str) -> None:
        outcome = self.subscriptions.refused(words, self._now)
        if outcome is None:
            self._say("error", "bad", f"the venue sent an error: {words}")
        else:
            self._answered(outcome)

    def _answered(self, outcome: Outcome | None) -> None:
        if outcome is None or self.passive:
            return
        advised = self.refusals.take(outcome, self.clock_offset, self._now)
        what = outcome.request.channel
        match outcome.answer:
            case Answer.REFUSED:
                with_token = "token refused" if outcome.with_token else "message refused"
                self._say("refused", "bad", f"{with_token} ({what}): {outcome.words}; {outcome.follow_up}")
            case Answer.UNANSWERED if outcome.with_token:
                self._say("unanswered", "note", f"no answer within 2 s to a message with a token ({what})")
            case _:
                pass
        if advised and self.refusals.advice:
            likeliest = self.refusals.advice[0]
            self._say("advice", "warn", f"likely: {likeliest.what}; {likeliest.cure}")

    def _watch_books(self) -> None:
        now = self._now
        for market in self.roster.markets():
            crossed = market.crossed_since
            if crossed is not None and now - crossed > CROSSED_RESYNC:
                self._doubt([market], "best bid above best ask", "warn", recurring=True)
            if market.has_book and not market.doubt and market.proof.disagrees(now):
                self._doubt([market], "the ticker shows another top of the book", "warn", recurring=True)
        due = [market for label in self._healing.due(now) for market in self._concerned(label)]
        if due:
            self._ask_snapshots(due)

    def _watch_connection(self) -> None:
        alarm = self.vigil.watch(self._now)
        if alarm is not None and alarm.heartbeats_late:
            text = "heartbeats have stopped while data flows: subscribed again"
            self._late_beats = self.events.add(self._unix, "warn", text), self._now
            self.subscriptions.renew_heartbeats()
        overdue = [] if self.vigil.is_receiving(self._now) else self.subscriptions.overdue(self._now)
        if alarm is not None and alarm.reconnect:
            self._reconnect = alarm.reconnect
        elif overdue:
            self._reconnect = f"no new snapshot of {', '.join(overdue)} within 5 s"

    def _doubt(self, markets: list[ProductMarket], cause: str, level: str, *, recurring: bool = False) -> bool:
        """Take the trust from books; whether there was any to take."""
        hurt = self._healing.doubt(markets, cause, level, now=self._now, unix=self._unix, recurring=recurring)
        for market in hurt:
            self._judge(market)
        return bool(hurt)

    def _ask_snapshots(self, markets: list[ProductMarket]) -> None:
        """Ask for new snapshots, of the product in front first; one name is enough where several share the data."""
        names = [name for market in markets for name in self.roster.names_of(market)[:1]]
        self.subscriptions.resync(sorted(names, key=lambda name: name != self.first_product))
        self._move_subscriptions()

    def _move_subscriptions(self) -> None:
        before = self.subscriptions.resyncs
        for outcome in self.subscriptions.tick(self._now):
            self._answered(outcome)
        if self.subscriptions.resyncs != before and self.recorded is not None:
            self.recorded("resync")

    def _judge_all(self) -> None:
        for market in self.roster.markets():
            self._judge(market)

    def _judge(self, market: ProductMarket) -> None:
        now = self._now
        names = self.roster.names_of(market)
        want = self.subscriptions.wants.get(names[0]) if names else None
        facts = Facts(
            connected=self.connection.is_open,
            connection=self.connection.words(now),
            asked_age=_age(want.since if want is not None else None, now),
            confirmed=want is not None and want.confirmed,
            refusal=want.refusal if want is not None else "",
            unlisted=bool(names) and self.roster.is_unlisted(names[0]),
            has_book=market.has_book,
            undecided=self.monitor.undecided and (self.monitor.broken or not market.proved),
            doubt=market.doubt,
            message_age=_age(self.vigil.message_at, now),
            crossed_age=_age(market.crossed_since, now),
            heartbeat_age=_age(self.vigil.heartbeat_at, now),
            change_age=_age(market.changes.at, now) if market.has_book else None,
            usual_interval=market.changes.usual(),
        )
        market.stand(judge(facts), now)


def _age(at: float | None, now: float) -> float | None:
    return None if at is None else max(0.0, now - at)
