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

from depthview.core.plaintext import is_product_id, plain_text
from depthview.core.sequence import Finding, Kind, Scope, SequenceMonitor
from depthview.core.trust import Facts, judge
from depthview.errors import MalformedFrame
from depthview.protocol import decode as wire
from depthview.protocol.subscriptions import MAX_PRODUCTS, Answer, Outcome, Subscriptions
from depthview.session.connection import Connection
from depthview.session.events import EventLog, Incident
from depthview.session.market import ProductMarket
from depthview.session.meters import LatencyMeter, RateMeter
from depthview.view import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Sequence

    from depthview.core.levels import Product
    from depthview.protocol.requests import Request

RECONNECT_AFTER: Final = 10.0
"""Seconds without any message, or without a heartbeat after it was subscribed again, that end a connection."""
HEARTBEAT_WARN: Final = 3.0
CROSSED_RESYNC: Final = 1.0
_AGAIN_AFTER: Final = (5.0, 15.0, 60.0)
_AT_ONCE_AGAIN: Final = 2.0
"""A doubt of the same kind within so many seconds of the snapshot came with that snapshot."""
_ONE_ENTRY: Final = 10.0
"""Seconds during which events of one kind share an entry of the log."""


class MarketSession:
    """One session over any number of connections.

    Args:
        products: On show from the start, in tab order, as asked for.
        scope: What sequence numbers span, or ``AUTO``.
        signed: Whether messages carry tokens.
        renew: Whether a fresh token is sent before the last one expires.
        passive: A replay: nothing is sent, and nothing is healed but by the recording itself.
        follow: Put every product on show that has a book in the feed.
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
    ) -> None:
        self.subscriptions: Final = Subscriptions(signed=signed, renew=renew)
        self.monitor: Final = SequenceMonitor(scope)
        self.connection: Final = Connection()
        self.events: Final = EventLog()
        self.rates: Final = RateMeter()
        self.latency: Final = LatencyMeter()
        self.catalogue: dict[str, Product] = {}
        self.catalogue_complete = False
        """Whether the catalogue holds every product of the venue."""
        self.version = 0
        self.passive: Final = passive
        self.bad_frames = 0
        self.bad_rows = 0
        self.unknown_frames = 0
        self.heartbeats_missed = 0
        self.replayed_resyncs = 0
        self._removed_unknown = 0
        self.heartbeat_at: float | None = None
        self.message_at: float | None = None
        self.first_product = products[0] if products else ""
        """The product in front: its snapshot is asked for first."""
        self.recorded: Callable[[str], None] | None = None
        """Told of ``resync``, for the recording."""
        self._follow: Final = follow
        self._markets: dict[str, ProductMarket] = {}
        self._incidents: list[Incident] = []
        self._reconnect = ""
        self._heartbeat_counter: int | None = None
        self._heartbeat_late_since: float | None = None
        self._unix = 0.0
        self._now = 0.0
        self._repeated: dict[str, tuple[int, float, int]] = {}
        self._relapses: dict[str, int] = {}
        self._snapshot_at: dict[str, float] = {}
        self._resync_later: dict[str, float] = {}
        for product in products:
            self._admit(product)

    # --- products ---------------------------------------------------------------------------------------------

    def products(self) -> tuple[str, ...]:
        """On show, in tab order, by the names asked for."""
        return tuple(self.subscriptions.wants)

    def market(self, product: str) -> ProductMarket:
        """The market of a product on show; an alias's is the one under whose name its data comes.

        Raises:
            KeyError: It is not on show.
        """
        own = self._markets[product]
        if own.ever_had_book or not product.endswith("-USDC"):
            return own
        # Observed: most -USDC products come back under their -USD name, in data and in acknowledgements.
        return self._markets.get(product[:-1], own)

    def add_product(self, product: str) -> str | None:
        """Subscribe a product; None when done, else why not."""
        name = product.strip().upper()
        if not is_product_id(name):
            return f"{plain_text(name)} is not a product name; they look like BTC-USD"
        if name in self.subscriptions.wants:
            return f"{name} is on show already"
        if len(self.subscriptions.wants) >= MAX_PRODUCTS:
            return f"{MAX_PRODUCTS} products are on show, which is all the venue gives one connection; remove one first"
        if self.catalogue_complete and name not in self.catalogue:
            return f"{name} is not in the venue's product list"
        self._admit(name)
        return None

    def remove_product(self, product: str) -> str | None:
        """Unsubscribe a product; None when done, else why not."""
        if product not in self.subscriptions.wants:
            return f"{plain_text(product)} is not on show"
        if len(self.subscriptions.wants) == 1:
            return "the last product stays; add another one first"
        shared = self.market(product)
        is_shared = any(self.market(other) is shared for other in self.products() if other != product)
        self.subscriptions.drop(product, shared=is_shared)
        if not is_shared and self._markets.pop(shared.feed_product, None) is not None:
            self._removed_unknown += shared.book.unknown_removals
        if product not in (name for other in self.products() for name in (other, self.market(other).feed_product)):
            self._markets.pop(product, None)
        for incident in self._incidents:
            incident.waiting.discard(shared.feed_product)
        return None

    def resync(self) -> str | None:
        """Ask for new snapshots of everything, as a person's wish; None when asked for, else why not now."""
        if self.passive:
            return "a recording cannot be asked for new snapshots"
        if self.connection.state is not ConnectionState.OPEN:
            return "there is no connection to ask on"
        wait = self.subscriptions.resync_allowed_in(self._now)
        if wait:
            return f"asked a moment ago; again in {wait:.0f} s" if wait >= 1 else "asked a moment ago"
        concerned = [market for market in self._markets.values() if market.has_book]
        if not concerned:
            return "snapshots are on their way already"
        self._doubt(concerned, "asked for by you", "note")
        return None

    def list_products(self, products: Iterable[Product], *, complete: bool = False) -> None:
        """Take in the venue's product list, or news of some of it."""
        self.catalogue_complete = self.catalogue_complete or complete
        for product in products:
            self.catalogue[product.product_id] = product
        for market in self._markets.values():
            known = self.catalogue.get(market.feed_product)
            if known is not None:
                market.product = known

    def resyncs(self) -> int:
        """New snapshots asked for since the start, one for all the products that it concerned."""
        return self.replayed_resyncs if self.passive else self.subscriptions.resyncs

    def unknown_removals(self) -> int:
        """Removals of prices that were not there, since the start."""
        return self._removed_unknown + sum(market.book.unknown_removals for market in self._markets.values())

    # --- the connection ---------------------------------------------------------------------------------------

    def connecting(self, now: float) -> None:
        """A connection is being tried."""
        self.connection.become(ConnectionState.CONNECTING, now, self.connection.detail)

    def opened(self, now: float, unix: float) -> None:
        """A connection is open: new numbering, no book, everything asked for anew."""
        self._at(now, unix)
        again = self.connection.opened > 0
        self.connection.become(ConnectionState.OPEN, now)
        self.monitor.connect()
        self.subscriptions.opened()
        self._reconnect = ""
        self.message_at = now
        self.heartbeat_at = None
        self._heartbeat_counter = None
        self._heartbeat_late_since = None
        for market in self._markets.values():
            market.forget()
        self.events.add(unix, "good", "connected again" if again else "connected")
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
        for market in self._markets.values():
            market.forget()
        for incident in self._incidents:
            self.events.rewrite(incident.event_id, "warn", f"{incident.cause}: the connection ended first")
        self._incidents.clear()
        self._resync_later.clear()
        next_step = "" if self.passive else "; not trying again"
        if next_try_at is not None:
            next_step = f"; next try in {next_try_at - now:.1f} s"
        self._say("connection", "warn" if waiting else "bad", f"{why}{next_step}")
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
        self.message_at = now
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
            case wire.Heartbeat():
                self._take_heartbeat(message)
            case wire.Subscribed():
                for event in message.events:
                    self._answered(self.subscriptions.acknowledged(event.subscriptions))
            case wire.Refusal():
                self._refused(message.message)
            case wire.Status():
                self._take_status(message)
            case wire.Ticker():
                pass
            case wire.Other():
                self.unknown_frames += not message.known

    def tick(self, now: float, unix: float) -> None:
        """Let time pass: judge silence, lateness and crossing, and put off work that has come due."""
        self._at(now, unix)
        self._move_subscriptions()
        if self.connection.state is ConnectionState.OPEN and not self.passive:
            self._watch()
        self._judge_all()

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
            self.replayed_resyncs += 1

    # --- inside -----------------------------------------------------------------------------------------------

    def _at(self, now: float, unix: float) -> None:
        self._now, self._unix = now, unix

    def _admit(self, product: str) -> None:
        self.subscriptions.want(product)
        market = self._markets.setdefault(product, ProductMarket(product))
        market.product = self.catalogue.get(product, market.product)

    def _route(self, label: str, *, has_book: bool) -> ProductMarket | None:
        market = self._markets.get(label)
        if market is not None:
            return market
        if label.endswith("-USD") and label + "C" in self.subscriptions.wants:
            market = self._markets[label] = ProductMarket(label)
            market.product = self.catalogue.get(label, market.product)
            return market
        if self._follow and has_book and is_product_id(label) and len(self._markets) < MAX_PRODUCTS:
            self._admit(label)
            return self._markets[label]
        return None

    def _names(self, market: ProductMarket) -> list[str]:
        return [name for name in self.products() if self.market(name) is market]

    def _may_apply(self, number: int, product: str) -> bool:
        findings = self.monitor.observe(number, product)
        applies = True
        for finding in findings:
            current = finding.frame == self.monitor.frame
            if finding.seen.kind not in (Kind.FIRST, Kind.GOOD):
                self._take_finding(finding, current=current)
            if current:
                applies = finding.seen.applies
        return applies

    def _take_finding(self, finding: Finding, *, current: bool) -> None:
        seen = finding.seen
        if self.monitor.scope is Scope.PRODUCT:
            named = self._markets.get(finding.product)
            concerned = [named] if named is not None else []
        else:
            concerned = list(self._markets.values())
        if seen.breaks:
            shown = [m for m in concerned if m.snapshot_frame is not None and m.snapshot_frame < finding.frame]
            whose = f" in {finding.product}" if self.monitor.scope is Scope.PRODUCT else ""
            if seen.kind is Kind.GAP:
                cause = f"gap of {seen.missed:,} before {seen.number:,}{whose}"
            else:
                cause = f"numbers fell back to {seen.number:,}{whose}"
            self._doubt(shown, cause, "warn", always=True)
        elif current:
            self._say(seen.kind.value, "note", f"{seen.kind.value}: {seen.number:,} disregarded")
        else:
            # It was applied before it was known to be late: what it changed is in doubt.
            shown = [m for m in concerned if m.snapshot_frame is not None and m.snapshot_frame <= finding.frame]
            self._doubt(shown, f"{seen.kind.value} message {seen.number:,} was applied", "warn")

    def _take_damaged(self, fault: MalformedFrame) -> None:
        self.bad_frames += 1
        self._say("bad frame", "warn", f"frame that cannot be read: {fault}")
        if fault.sequence is None or not self._may_apply(fault.sequence, fault.product) or not fault.may_hold_book:
            return
        if fault.product:
            named = self._markets.get(fault.product)
            concerned = [named] if named is not None else []
        else:
            concerned = list(self._markets.values())
        self._doubt([m for m in concerned if m.has_book], f"message {fault.sequence:,} cannot be read", "warn")

    def _take_book(self, message: wire.Book) -> None:
        for event in message.events:
            market = self._route(event.product_id, has_book=True)
            if market is None:
                continue
            bad = market.take(event, self.monitor.frame, self._now)
            self.bad_rows += bad
            if event.type == "snapshot":
                self._took_snapshot(market)
            if bad:
                rows = "1 row" if bad == 1 else f"{bad:,} rows"
                self._doubt([market], f"{rows} that cannot be applied", "warn", relapse=True)

    def _took_snapshot(self, market: ProductMarket) -> None:
        self._snapshot_at[market.feed_product] = self._now
        for name in self._names(market):
            self.subscriptions.snapshot(name)
        for incident in self._incidents:
            if market.feed_product in incident.waiting:
                incident.waiting.discard(market.feed_product)
                if not incident.waiting:
                    took = (self._now - incident.began) * 1000.0
                    books = "1 book" if incident.books == 1 else f"{incident.books} books"
                    self.events.rewrite(
                        incident.event_id, "good", f"{incident.cause}: resynced in {took:,.0f} ms, {books}"
                    )
        self._incidents = [incident for incident in self._incidents if incident.waiting]
        self._judge(market)

    def _take_trades(self, message: wire.Trades) -> None:
        for event in message.events:
            by_market: dict[str, list[wire.TradeRow]] = {}
            for row in event.trades:
                by_market.setdefault(row.product_id, []).append(row)
            for label, rows in by_market.items():
                market = self._route(label, has_book=False)
                if market is not None:
                    self.bad_rows += market.print_trades(rows)

    def _take_heartbeat(self, message: wire.Heartbeat) -> None:
        self.heartbeat_at = self._now
        if self._heartbeat_late_since is not None:
            self._say("heartbeats", "good", "heartbeats have come back")
            self._heartbeat_late_since = None
        for event in message.events:
            counter = event.heartbeat_counter
            if isinstance(counter, str):
                # Documented as a string, observed as a number.
                counter = int(counter) if counter.isascii() and counter.isdigit() and len(counter) < 19 else 0
            if self._heartbeat_counter is not None and counter > self._heartbeat_counter + 1:
                self.heartbeats_missed += counter - self._heartbeat_counter - 1
            self._heartbeat_counter = counter

    def _take_status(self, message: wire.Status) -> None:
        self.list_products(
            product for event in message.events for row in event.products if (product := wire.product_from(row))
        )

    def _refused(self, words: str) -> None:
        outcome = self.subscriptions.refused(words, self._now)
        if outcome is None:
            self._say("error", "bad", f"the venue sent an error: {words}")
        else:
            self._answered(outcome)

    def _answered(self, outcome: Outcome | None) -> None:
        if outcome is None or self.passive:
            return
        what = outcome.request.channel
        match outcome.answer:
            case Answer.REFUSED:
                with_token = "token refused" if outcome.with_token else "message refused"
                self._say("refused", "bad", f"{with_token} ({what}): {outcome.words}; {outcome.follow_up}")
            case Answer.UNANSWERED if outcome.with_token:
                self._say("unanswered", "note", f"no answer within 2 s to a message with a token ({what})")
            case _:
                pass

    def _watch(self) -> None:
        now = self._now
        silent = now - self.message_at if self.message_at is not None else 0.0
        if silent > RECONNECT_AFTER:
            self._reconnect = f"no message for {silent:.0f} s"
            return
        beat = self.heartbeat_at if self.heartbeat_at is not None else self.connection.since
        if self._heartbeat_late_since is None:
            if now - beat > HEARTBEAT_WARN and silent < HEARTBEAT_WARN:
                self._heartbeat_late_since = now
                self._say("heartbeats", "warn", "heartbeats have stopped while data flows: subscribed again")
                self.subscriptions.renew_heartbeats()
        elif now - self._heartbeat_late_since > RECONNECT_AFTER:
            self._reconnect = "no heartbeat, although subscribed again"
            return
        overdue = self.subscriptions.overdue(now)
        if overdue:
            self._reconnect = f"no new snapshot of {', '.join(overdue)} within 5 s"
            return
        for market in self._markets.values():
            crossed = market.crossed_since
            if crossed is not None and now - crossed > CROSSED_RESYNC and not market.doubt:
                self._doubt([market], "best bid above best ask", "warn", relapse=True)
        due = [label for label, at in self._resync_later.items() if at <= now]
        for label in due:
            del self._resync_later[label]
        self._ask_snapshots([self._markets[label] for label in due if label in self._markets])

    def _doubt(
        self,
        markets: list[ProductMarket],
        cause: str,
        level: str,
        *,
        always: bool = False,
        relapse: bool = False,
    ) -> None:
        fresh = [market for market in markets if market.has_book and not market.doubt]
        if not fresh:
            if always:
                self._say("break", level, f"{cause}, while no book could be hurt by it")
            return
        for market in fresh:
            market.doubt = cause if self.passive else f"{cause}; asking for a new snapshot"
        waiting = {market.feed_product for market in fresh}
        doing = "waiting for the recording's next snapshot" if self.passive else "asking for new snapshots"
        event_id = self.events.add(
            self._unix, level, f"{cause}: {doing}", fresh[0].feed_product if len(fresh) == 1 else ""
        )
        self._incidents.append(Incident(event_id, cause, self._now, waiting, len(waiting)))
        if not self.passive:
            self._heal(fresh, relapse=relapse)
        for market in fresh:
            self._judge(market)

    def _heal(self, markets: list[ProductMarket], *, relapse: bool) -> None:
        at_once: list[ProductMarket] = []
        for market in markets:
            label = market.feed_product
            with_snapshot = relapse and self._now - self._snapshot_at.get(label, self._now) < _AT_ONCE_AGAIN
            times = self._relapses[label] = self._relapses.get(label, 0) + 1 if with_snapshot else 0
            if times > 1:
                self._resync_later[label] = self._now + _AGAIN_AFTER[min(times - 2, len(_AGAIN_AFTER) - 1)]
            else:
                at_once.append(market)
        self._ask_snapshots(at_once)

    def _ask_snapshots(self, markets: list[ProductMarket]) -> None:
        names = [self._names(market)[:1] for market in markets]
        flat = [name for group in names for name in group]
        if not flat:
            return
        self.subscriptions.resync(sorted(flat, key=lambda name: name != self.first_product))
        self._move_subscriptions()

    def _move_subscriptions(self) -> None:
        before = self.subscriptions.resyncs
        for outcome in self.subscriptions.tick(self._now):
            self._answered(outcome)
        if self.subscriptions.resyncs != before and self.recorded is not None:
            self.recorded("resync")

    def _say(self, kind: str, level: str, text: str) -> None:
        """Log an event; several of one kind in short succession share an entry that counts them."""
        known = self._repeated.get(kind)
        if known is not None and self._now - known[1] < _ONE_ENTRY:
            event_id, began, times = known
            self._repeated[kind] = (event_id, began, times + 1)
            self.events.rewrite(event_id, level, f"{text} ({times + 1} times)")
            return
        self._repeated[kind] = (self.events.add(self._unix, level, text), self._now, 1)

    def _judge_all(self) -> None:
        for market in self._markets.values():
            self._judge(market)

    def _judge(self, market: ProductMarket) -> None:
        now = self._now
        names = self._names(market)
        want = self.subscriptions.wants.get(names[0]) if names else None
        market.stand(
            judge(
                Facts(
                    connected=self.connection.is_open,
                    connection=self.connection.words(now),
                    asked_age=_age(want.asked_at if want is not None else None, now),
                    confirmed=want is not None and want.confirmed,
                    refusal=want.refusal if want is not None else "",
                    unlisted=self.catalogue_complete and bool(names) and names[0] not in self.catalogue,
                    has_book=market.has_book,
                    undecided=self.monitor.undecided and not market.proved,
                    doubt=market.doubt,
                    message_age=_age(self.message_at, now),
                    crossed_age=_age(market.crossed_since, now),
                    heartbeat_age=_age(self.heartbeat_at, now),
                    change_age=_age(market.changes.at, now) if market.has_book else None,
                    usual_interval=market.changes.usual(),
                )
            ),
            now,
        )


def _age(at: float | None, now: float) -> float | None:
    return None if at is None else max(0.0, now - at)
