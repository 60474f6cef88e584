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

from depthview.coinbase.subscriptions import Subscriptions
from depthview.core.products import departed
from depthview.core.sequence import Scope, SequenceMonitor
from depthview.core.sockets import SocketsMonitor
from depthview.core.verdict import Finding as Judgement
from depthview.core.verdict import Verdict
from depthview.session.connection import Connection, Outages
from depthview.session.events import EventLog
from depthview.session.intake import Intake, Listings, Numbering, Reception
from depthview.session.liveness import SLEPT_AFTER, Instant, VenueClock, Vigil
from depthview.session.products import Roster
from depthview.session.recovery import Healing, Verdicts, Watch
from depthview.session.requests import Correspondence, Refusals
from depthview.session.statistics import LatencyMeter, RateMeter, TrustAccount
from depthview.views.market import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from depthview.clock import Clock
    from depthview.coinbase.messages import Message
    from depthview.coinbase.requests import Request
    from depthview.core.clock_offset import Offset
    from depthview.core.sequence import Finding
    from depthview.core.types import Product
    from depthview.session.products import ProductMarket
    from depthview.session.requests import Diagnose

NOT_JUDGED: Final = Judgement(Verdict.DOWN, "connection", None)


class MarketSession:
    """One session over any number of connections.

    Args:
        products: On show from the start, in tab order, as asked for.
        scope: What sequence numbers span, or ``AUTO``.
        sockets: Above 1: a recording holds so many connections at once, to be told apart by their numbers.
        signed: Whether messages carry tokens.
        renew: Whether a fresh token is sent before the last one expires.
        passive: A replay: nothing is sent, and nothing is healed but by the recording itself.
        follow: Put every product on show that has a book in the feed.
        diagnose: Finds likely causes of a refused token; None where messages carry none.
        timer: The clock by which arrivals are told, to measure how long a snapshot takes; None in a replay, whose
            arrivals are of another time.
    """

    def __init__(
        self,
        products: Sequence[str],
        *,
        scope: Scope = Scope.AUTO,
        sockets: int = 1,
        signed: bool = False,
        renew: bool = True,
        passive: bool = False,
        follow: bool = False,
        diagnose: Diagnose | None = None,
        timer: Clock | None = None,
    ) -> None:
        self.subscriptions: Final = Subscriptions(signed=signed, renew=renew, passive=passive, sockets=sockets)
        self.monitor: Final = SocketsMonitor(sockets) if sockets > 1 else SequenceMonitor(scope)
        self.connection: Final = Connection()
        self.events: Final = EventLog()
        self.rates: Final = RateMeter()
        self.latency: Final = LatencyMeter()
        self.vigil: Final = Vigil(recorded=passive)
        self.account: Final = TrustAccount()
        self.refusals: Final = Refusals(diagnose)
        self.roster: Final = Roster(self.subscriptions, follow=follow)
        self.version = 0
        self.passive: Final = passive
        self.first_product = products[0] if products else ""
        """The product in front: its snapshot is asked for first."""
        self._instant: Final = Instant()
        instant, events, roster = self._instant, self.events, self.roster
        self._outages: Final = Outages(instant, events, self.account)
        self._venue_clock: Final = VenueClock(self.latency)
        self._healing: Final = Healing(events, self.account, self._ask_snapshots, passive=passive)
        self._verdicts: Final = Verdicts(
            instant, self.connection, self.subscriptions, roster, self.monitor, self.vigil, self._healing
        )
        self._numbering: Final = Numbering(
            instant, self.monitor, self.subscriptions, roster, self._healing, self._verdicts, events
        )
        self._watch: Final = Watch(
            instant, self.subscriptions, roster, self.vigil, self._verdicts, self._healing, events
        )
        self._intake: Final = Intake(
            instant,
            self.monitor,
            self.subscriptions,
            roster,
            self._healing,
            self._verdicts,
            self._watch,
            timer,
            passive=passive,
        )
        self.correspondence: Final = Correspondence(
            instant,
            self.subscriptions,
            roster,
            self.refusals,
            self.vigil,
            self._verdicts,
            self._venue_clock,
            events,
            passive=passive,
        )
        self._listings: Final = Listings(instant, self.subscriptions, roster, self._verdicts, events)
        self._reception: Final = Reception(
            instant,
            self._listings,
            self._numbering,
            self._intake,
            self._watch,
            self.correspondence,
            self.rates,
            self.latency,
            events,
        )
        self._replayed_resyncs = 0
        for product in products:
            self.roster.admit(product)

    # --- products ---------------------------------------------------------------------------------------------

    def products(self) -> tuple[str, ...]:
        """On show, in tab order, by the names asked for."""
        return self.roster.names()

    def market(self, product: str) -> ProductMarket:
        """The market of a product on show.

        Raises:
            KeyError: It is not on show.
        """
        return self.roster.market(product)

    def judgement(self, market: ProductMarket, now: float | None = None) -> Judgement:
        """What a book is worth at ``now``, monotonic seconds, or at the last tick or frame; asking changes nothing.

        Live that is what the last tick or frame has found, a tenth of a second ago at most. A recording is sampled
        between its ticks as well: there, time alone may have taken the trust since then.
        """
        if market.standing is None:
            return NOT_JUDGED
        if not self.passive or not market.verdict.trusted:
            return market.standing.finding
        return self._verdicts.finding(market, self._instant.now if now is None else now)

    def add_product(self, product: str) -> str | None:
        """Subscribe a product; None when done, else why not."""
        name = product.strip().upper()
        refusal = (not self.passive and departed(name)) or self.roster.refusal_to_admit(name)
        if refusal is None:
            self.roster.admit(name)
        return refusal

    def remove_product(self, product: str) -> str | None:
        """Unsubscribe a product; None when done, else why not."""
        refusal = self.roster.refusal_to_remove(product)
        if refusal is None:
            removed = self.roster.remove(product)
            if removed is not None:
                self._healing.removed(removed.name, self._instant.now)
        return refusal

    def resync(self) -> str | None:
        """Ask for new snapshots of everything, as a person's wish; None when asked for, else why not now."""
        if self.passive:
            return "a recording cannot be asked for new snapshots"
        if self.connection.state is not ConnectionState.OPEN:
            return "there is no connection to ask on"
        wait = self.subscriptions.resync_allowed_in(self._instant.now)
        if wait:
            return f"asked a moment ago; again in {wait:.0f} s" if wait >= 1 else "asked a moment ago"
        wishes = (
            self._verdicts.doubt(self.roster.markets(), "asked for by you", "note"),
            self._healing.hasten(),
            self.subscriptions.hasten(self._instant.now),
        )
        return None if any(wishes) else "snapshots are on their way already"

    def list_products(self, products: Iterable[Product], *, complete: bool = False) -> None:
        """Take in the venue's product list, or news of some of it."""
        self._listings.take(products, complete=complete)

    @property
    def catalogue(self) -> dict[str, Product]:
        """What is known of the venue's products, by name."""
        return self.roster.catalogue

    @property
    def bad_frames(self) -> int:
        """Frames that could not be read, since the start."""
        return self._reception.bad_frames

    @property
    def unknown_frames(self) -> int:
        """Frames of channels that this program does not know, since the start."""
        return self._reception.unknown_frames

    @property
    def verdict_changes(self) -> int:
        """Times that a verdict has become another, or has got another cause, since the start."""
        return self._verdicts.changes

    @property
    def bad_rows(self) -> int:
        """Rows that could not be applied, since the start."""
        return self._intake.bad_rows

    @property
    def crossings(self) -> int:
        """Times that a book was crossed for so long that it was doubted, since the start."""
        return self._watch.crossings

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
    def findings(self) -> Sequence[Finding]:
        """What the number of the last numbered frame has shown, of itself and of frames before it."""
        return self._numbering.findings

    def cause_of(self, event_id: int) -> str:
        """What has taken trust, by the log's entry of it, while snapshots are waited for; empty for other entries."""
        return self._healing.cause_of(event_id)

    @property
    def clock_offset(self) -> Offset | None:
        """How far this machine's clock is from the venue's, by the handshake and the fastest frame since."""
        return self._venue_clock.offset

    def age(self, now: float) -> float | None:
        """Seconds since the newest data was the venue's present: its lag, and the time since the last whole message.

        None while there is no connection, or no frame on it has told when it was sent.
        """
        lag = self.vigil.age.lag
        return lag + self.vigil.silent_for(now) if lag is not None and self.connection.is_open else None

    @property
    def handshake_offset(self) -> Offset | None:
        """The same by the handshake of the present connection alone."""
        return self._venue_clock.handshake

    # --- the connection ---------------------------------------------------------------------------------------

    def connecting(self, now: float) -> None:
        """A connection is being tried."""
        self.connection.become(ConnectionState.CONNECTING, now, self.connection.detail)

    def clock_measured(self, offset: Offset | None) -> None:
        """What the handshake of the connection that is about to open has told of the venue's clock."""
        self._venue_clock.measured(offset)

    def opened(self, now: float, unix: float) -> None:
        """A connection is open: new numbering, no book, everything asked for anew."""
        self._at(now, unix)
        self._watch.crossings_end()
        self.connection.become(ConnectionState.OPEN, now)
        self.monitor.connect()
        self.subscriptions.opened()
        self._watch.opened()
        self.vigil.age.opened(now, unix, self._venue_clock.handshake)
        self._reception.opened()
        self.roster.opened()
        self._outages.over(again=self.connection.opened > 1)
        self._verdicts.judge_all()

    def closed(self, now: float, unix: float, why: str, next_try_at: float | None = None) -> None:
        """The connection is gone, or could not be made.

        Args:
            now: Monotonic seconds.
            unix: Unix seconds.
            why: In words, safe to show.
            next_try_at: Monotonic seconds of the next try; None where there will be none.
        """
        self._at(now, unix)
        self._numbering.settle()
        self._watch.crossings_end()
        waiting = next_try_at is not None or self.passive
        self.connection.become(ConnectionState.WAITING if waiting else ConnectionState.FAILED, now, why, next_try_at)
        self.subscriptions.closed()
        for market in self.roster.markets():
            market.forget()
        self._healing.closed()
        leading = self._watch.closed()
        self._outages.lasts(why, next_try_at, final=not waiting, passive=self.passive, entry=leading)
        self._verdicts.judge_all()

    def ended(self, now: float, unix: float, detail: str = "") -> None:
        """A replay has come to its end; what it showed last stays."""
        self._at(now, unix)
        self._numbering.settle()
        self._watch.crossings_end()
        self._verdicts.judge_all()
        self.connection.become(ConnectionState.ENDED, now, detail)
        for market in self.roster.markets():
            if not market.ever_had_book:
                self._verdicts.judge(market)
        if not detail and not any(market.ever_had_book for market in self.roster.markets()):
            detail = "it holds no snapshot of a book"
        self.events.add(unix, "note" if not detail else "bad", f"end of the recording{detail and ': '}{detail}")

    def crashed(self, now: float, unix: float, what: str) -> None:
        """The feed has failed by a fault of ours; what is on the screen must not look alive."""
        self._at(now, unix)
        self.connection.become(ConnectionState.CRASHED, now, what)
        self.subscriptions.closed()
        self.events.add(unix, "bad", what)
        self._verdicts.judge_all()

    # --- frames -----------------------------------------------------------------------------------------------

    def receive(
        self, raw: bytes, now: float, unix: float, *, binary: bool = False, message: Message | None = None
    ) -> None:
        """Take in one frame.

        Args:
            raw: As received.
            now: Monotonic seconds of its arrival.
            unix: Unix seconds of its arrival.
            binary: It was a binary frame, or no UTF-8, which the venue never sends.
            message: What was read in it already; None leaves that to be done.
        """
        self._wake(now, unix)
        if not self.passive:
            self.vigil.age.received()
        self.version += 1
        self._reception.take(raw, binary=binary, message=message)

    def caught_up(self, now: float) -> None:
        """All that has come was taken in: nothing more is waiting."""
        if self.vigil.caught_up(now):
            self._verdicts.judge_all()
        if self._intake.undated:
            doubted = (market for market in self.roster.markets() if market.doubt)
            passed_over = [market for market in doubted if market.name in self._intake.undated]
            self._intake.undated.clear()
            self.correspondence.ask_snapshots(passed_over, self.first_product, anew=True)

    def part_came(self, size: int, now: float) -> None:
        """Bytes came, be they a whole message or not yet: while they do, a wait is no reason to begin anew."""
        self.vigil.part(size, now)

    def tick(self, now: float, unix: float) -> None:
        """Let time pass: judge silence, lateness and crossing, and do what was put off until now."""
        self._wake(now, unix)
        self.correspondence.move()
        if self.connection.state is ConnectionState.OPEN:
            self._numbering.tick()
            self._watch.silence()
            self._watch.books()
            labels = [] if self.vigil.is_receiving(now) else self._healing.due(now)
            due = [market for label in labels for market in self.roster.concerned(label)]
            if due:
                self.correspondence.ask_snapshots(due, self.first_product, anew=True)
            self._watch.age()
            if not self.passive:
                self._watch.connection()
        self._verdicts.judge_all()
        self.account.look({name: self.market(name).verdict.trusted for name in self.products()}, now)

    def look(self, now: float, unix: float) -> None:
        """Somebody is about to read what stands: it must not be trusted on the word of a verdict that is too old.

        Args:
            now: Monotonic seconds.
            unix: Unix seconds.
        """
        if not self.passive and self.connection.is_open and self.vigil.has_not_run(now, unix):
            self._wake(now, unix)
            self._verdicts.judge_all()

    def drain(self, now: float) -> list[Request]:
        """Messages to send now, in order."""
        return self.correspondence.drain(now)

    def sent(self, request: Request, now: float, token: tuple[float, float] | None) -> None:
        """A message of :meth:`drain` has gone out; see :meth:`Subscriptions.sent`."""
        self.correspondence.sent(request, now, token)

    def good_for(self) -> float:
        """Seconds for which the connection has brought nothing but frames that could be read."""
        return self._reception.good_for()

    def take_reconnect(self) -> str:
        """Why the connection must be made anew; empty while it need not. Asking takes the wish back."""
        return self._watch.take_reconnect()

    def replayed(self, event: str) -> None:
        """An event of a recording that is no frame."""
        if event == "resync":
            self._replayed_resyncs += 1
            self.subscriptions.resynced()
        elif event == "clock stepped":
            self.vigil.age.restart()
            self._venue_clock.stepped()
            self._verdicts.doubt(self.roster.markets(), "the recording machine's clock was stepped", "warn")

    # --- inside -----------------------------------------------------------------------------------------------

    def _at(self, now: float, unix: float) -> None:
        self._instant.now, self._instant.unix = now, unix

    def _wake(self, now: float, unix: float) -> None:
        """As :meth:`_at`; after a pause of the program or a step of a clock, doubt before anything else."""
        self._at(now, unix)
        if self.passive or (pause := self.vigil.runs(now, unix)) is None:
            return
        self.account.interrupted()
        if pause.stepped:
            self._clock_stepped()
        if pause.seconds > SLEPT_AFTER:
            self._verdicts.doubt(self.roster.markets(), f"this program did not run for {pause.seconds:.0f} s", "warn")
        elif pause.stepped:
            self._verdicts.doubt(
                self.roster.markets(), f"this machine's clock was stepped by {pause.stepped:+.0f} s", "warn"
            )
        self._verdicts.judge_all()

    def _clock_stepped(self) -> None:
        """What was measured of the clocks no longer holds; a recording tells it, for its arrivals are by that clock."""
        self._venue_clock.stepped()
        if self.correspondence.recorded is not None:
            self.correspondence.recorded("clock stepped")

    def _ask_snapshots(self, markets: list[ProductMarket]) -> None:
        self.correspondence.ask_snapshots(markets, self.first_product)
