"""The market session: what goes on between the socket and the screen.

It is driven from outside, on one thread: the feed calls :meth:`MarketSession.receive` for each frame and
:meth:`MarketSession.tick` several times a second; neither waits. What is to be sent is fetched with
:meth:`MarketSession.drain`.

A frame's number is checked first, whatever the frame is; a duplicate or late frame goes no further. Then its content is
applied. A gap or a reset puts every book concerned in doubt, and only that book's next snapshot ends the doubt.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.coinbase.requests import LEVEL2, Action
from depthview.coinbase.subscriptions import Subscriptions
from depthview.core.data_age import DataAge
from depthview.core.products import departed
from depthview.core.sequence import Scope, SequenceMonitor
from depthview.core.sockets import SocketsMonitor
from depthview.session import conditions, recovery
from depthview.session.events import Instant
from depthview.session.intake import take_findings, take_frame, take_products
from depthview.session.liveness import SLEPT_AFTER, Liveness, OffsetMeter
from depthview.session.products import Products
from depthview.session.state import Hooks, SessionState
from depthview.session.statistics import LatencyMeter, RateMeter
from depthview.views.market import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from depthview.clock import Clock
    from depthview.coinbase.messages import Message
    from depthview.coinbase.requests import Request
    from depthview.core.clock_offset import Offset
    from depthview.core.types import Product
    from depthview.core.verdict import Judgement
    from depthview.session.products import ProductMarket
    from depthview.session.state import Diagnose


class MarketSession(SessionState):
    """One session over any number of connections: the state, and what may happen to it from outside.

    Args:
        products: Shown from the start, in tab order, as requested.
        scope: What sequence numbers span, or ``AUTO``.
        sockets: Above 1: a recording of so many connections at once, separated by their numbers.
        signed: Whether messages carry tokens.
        renew: Whether a fresh token is sent before the last one expires.
        passive: A replay: nothing is sent, and only the recording itself restores trust.
        follow: Show every product that has a book in the feed.
        diagnose: Finds likely causes of a refused token; None where messages carry none.
        timer: The clock of the arrival times, for measuring how long a snapshot takes; None in a replay, whose
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
        subscriptions = Subscriptions(signed=signed, renew=renew, passive=passive, sockets=sockets)
        latency = LatencyMeter()
        super().__init__(
            passive=passive,
            subscriptions=subscriptions,
            monitor=SocketsMonitor(sockets) if sockets > 1 else SequenceMonitor(scope),
            products=Products(subscriptions, follow=follow),
            liveness=Liveness(DataAge(recorded=passive)),
            rates=RateMeter(),
            latency=latency,
            offset=OffsetMeter(latency),
            hooks=Hooks(timer, diagnose),
            first_product=products[0] if products else "",
        )
        for product in products:
            self.products.add(product)

    # --- products and the user ------------------------------------------------------------------------------------

    def judgement(self, market: ProductMarket, now: float | None = None) -> Judgement:
        """What a book is worth at ``now``, monotonic seconds, or at the last tick or frame; changes nothing.

        A live session is judged ten times a second, so that its last verdict is recent. A recording is sampled between
        its ticks as well: there, time alone may have ended the trust since.
        """
        if not self.passive or not market.verdict.trusted:
            return market.judgement
        return recovery.judgement(self, market, self.last.now if now is None else now)

    def add_product(self, product: str) -> str | None:
        """Subscribe a product; None when done, else why not."""
        name = product.strip().upper()
        refusal = (not self.passive and departed(name)) or self.products.refusal_to_add(name)
        if refusal is None:
            self.products.add(name)
        return refusal

    def remove_product(self, product: str) -> str | None:
        """Unsubscribe a product; None when done, else why not."""
        refusal = self.products.refusal_to_remove(product)
        if refusal is None:
            removed = self.products.remove(product)
            if removed is not None:
                recovery.product_removed(self, removed.name, self.last.now)
        return refusal

    def resync(self) -> str | None:
        """Request new snapshots of everything, for the user; None when requested, else why not now."""
        at = self.last
        if self.passive:
            return "a replay cannot request snapshots"
        if self.connection.state is not ConnectionState.OPEN:
            return "not connected"
        wait = self.subscriptions.resync_allowed_in(at.now)
        if wait:
            return f"requested just now; again in {wait:.0f} s" if wait >= 1 else "requested just now"
        requested = recovery.doubt(self, self.products.markets(), "requested by you", at, level="note")
        put_off, self.recovery.later = self.recovery.later, dict.fromkeys(self.recovery.later, 0.0)
        hurried = self.subscriptions.hasten(at.now)
        return None if requested or put_off or hurried else "snapshots are already on their way"

    def list_products(self, products: Iterable[Product], *, complete: bool = False) -> None:
        """Take in the venue's product list, or changes of some products."""
        take_products(self, products, self.last, complete=complete)

    # --- the connection -------------------------------------------------------------------------------------------

    def connecting(self, now: float) -> None:
        self.connection.become(ConnectionState.CONNECTING, now, self.connection.detail)

    def clock_measured(self, offset: Offset | None) -> None:
        self.offset.measured(offset)

    def opened(self, now: float, unix: float) -> None:
        """A connection is open: new numbers, no books, and everything is requested anew."""
        at = self.last = Instant(now, unix)
        conditions.check_crossings(self, at)
        self.connection.become(ConnectionState.OPEN, now)
        self.monitor.connect()
        self.subscriptions.opened()
        self.liveness.opened(now, unix)
        self.liveness.age.opened(now, unix, self.offset.handshake)
        self.conditions.reconnect = ""
        self.readable_since = None
        self.products.opened()
        self.connection.log_open(self.events, at)
        recovery.judge_all(self, now)

    def closed(self, now: float, unix: float, why: str, next_try_at: float | None = None) -> None:
        """The connection is gone, or could not be opened; ``why`` is safe to show, and ``next_try_at`` monotonic."""
        at = self.last = Instant(now, unix)
        take_findings(self, self.monitor.settle(), at)
        conditions.check_crossings(self, at)
        waiting = next_try_at is not None or self.passive
        self.connection.become(ConnectionState.WAITING if waiting else ConnectionState.FAILED, now, why, next_try_at)
        self.subscriptions.closed()
        for market in self.products.markets():
            market.forget()
        recovery.connection_closed(self)
        self.liveness.closed()
        event_id = conditions.connection_closed(self)
        step = "" if self.passive else "; not trying again"
        if next_try_at is not None:
            step = f"; next try in {next_try_at - now:.1f} s"
        self.connection.log_outage(self.events, at, step, event_id)
        recovery.judge_all(self, now)

    def ended(self, now: float, unix: float, detail: str = "") -> None:
        """A replay has reached its end; what it showed last stays."""
        at = self.last = Instant(now, unix)
        take_findings(self, self.monitor.settle(), at)
        conditions.check_crossings(self, at)
        recovery.judge_all(self, now)
        self.connection.become(ConnectionState.ENDED, now, detail)
        empty = [market for market in self.products.markets() if not market.ever_had_book]
        for market in empty:
            recovery.judge(self, market, now)
        if not detail and len(empty) == len(self.products.markets()):
            detail = "it contains no snapshot of a book"
        self.events.add(unix, "note" if not detail else "bad", f"end of the recording{detail and ': '}{detail}")

    def crashed(self, now: float, unix: float, what: str) -> None:
        """The feed has failed because of a bug; what is on the screen must not look alive."""
        self.last = Instant(now, unix)
        self.connection.become(ConnectionState.CRASHED, now, what)
        self.subscriptions.closed()
        self.events.add(unix, "bad", what)
        recovery.judge_all(self, now)

    # --- frames and time ------------------------------------------------------------------------------------------

    def receive(
        self, raw: bytes, now: float, unix: float, *, binary: bool = False, message: Message | None = None
    ) -> None:
        """Take in one frame.

        Args:
            raw: As received.
            now: Monotonic seconds of its arrival.
            unix: Unix seconds of its arrival.
            binary: Whether it was a binary frame, or not UTF-8, which the venue never sends.
            message: The frame decoded; None to have it decoded here.
        """
        at = self._wake(now, unix)
        if not self.passive:
            self.liveness.age.received()
        self.version += 1
        take_frame(self, raw, at, binary=binary, message=message)

    def caught_up(self, now: float) -> None:
        if self.liveness.caught_up(now):
            recovery.judge_all(self, self.last.now)
        if self.undated:
            ignored = [m for m in self.products.markets() if m.doubt and m.name in self.undated]
            self.undated.clear()
            recovery.request_snapshots(self, ignored, self.last, anew=True)

    def part_came(self, size: int, now: float) -> None:
        """Bytes came, perhaps of a message that is not complete: while they do, waiting is no reason to reconnect."""
        self.liveness.part(size, now)

    def tick(self, now: float, unix: float) -> None:
        """Let time pass: judge silence, lateness and crossing, and do what was put off until now."""
        at = self._wake(now, unix)
        recovery.advance(self, at)
        if self.connection.state is ConnectionState.OPEN:
            if findings := self.monitor.tick(now):
                take_findings(self, findings, at)
            conditions.check_silence(self, at)
            conditions.check_books(self, at)
            if not self.liveness.is_receiving(now):
                recovery.request_due(self, at)
            conditions.check_age(self, at)
            if not self.passive:
                conditions.check_connection(self, at)
        recovery.judge_all(self, now)
        trusted = {name: self.products.market(name).verdict.trusted for name in self.products.names()}
        self.trusted_time.look(trusted, now)

    def look(self, now: float, unix: float) -> None:
        """Doubt what is about to be shown, if this program has not run for so long that its verdicts are too old."""
        if not self.passive and self.connection.is_open and self.liveness.has_not_run(now, unix):
            self._wake(now, unix)
            recovery.judge_all(self, now)

    def replayed(self, event: str) -> None:
        if event == "resync":
            self.subscriptions.resynced()
        elif event == "clock stepped":
            self.liveness.age.restart()
            self.offset.stepped()
            recovery.doubt(self, self.products.markets(), "the recording machine's clock was stepped", self.last)

    def _wake(self, now: float, unix: float) -> Instant:
        """Set the present; after a pause of this program or a step of a clock, doubt before anything else."""
        at = self.last = Instant(now, unix)
        if self.passive or (pause := self.liveness.runs(now, unix)) is None:
            return at
        self.trusted_time.interrupted()
        if pause.stepped:
            # A recording needs to know it, since its arrival times are by that clock.
            self.offset.stepped()
            if self.hooks.recorded is not None:
                self.hooks.recorded("clock stepped")
        markets = self.products.markets()
        if pause.seconds > SLEPT_AFTER:
            recovery.doubt(self, markets, f"this program did not run for {pause.seconds:.0f} s", at)
        elif pause.stepped:
            recovery.doubt(self, markets, f"this machine's clock was stepped by {pause.stepped:+.0f} s", at)
        recovery.judge_all(self, now)
        return at

    # --- what is sent ---------------------------------------------------------------------------------------------

    def drain(self, now: float) -> list[Request]:
        """Messages to send now, in order; a replay sends none and takes them as sent."""
        ready = self.subscriptions.drain(now)
        if self.passive:
            for request in ready:
                self.subscriptions.sent(request, now, None)
            return []
        for request in ready:
            if (request.action, request.channel) == (Action.UNSUBSCRIBE, LEVEL2):
                for market in [market for name in request.products for market in self.products.known_as(name)]:
                    recovery.judge(self, market, self.last.now)
        return ready

    def sent(self, request: Request, now: float, token: tuple[float, float] | None) -> None:
        had_one = not self.subscriptions.tokens.went_without
        self.subscriptions.sent(request, now, token)
        if had_one and self.subscriptions.tokens.went_without:
            words = "no token available: messages are sent without one"
            self.events.say("unsigned", "warn", words, self.last)

    def good_for(self) -> float:
        return 0.0 if self.readable_since is None else self.last.now - self.readable_since

    def take_reconnect(self) -> str:
        why, self.conditions.reconnect = self.conditions.reconnect, ""
        return why
