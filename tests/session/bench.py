"""A session driven by hand: no sockets, a clock that is moved, and a venue's numbers counted for the test."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from depthview.clock import ManualClock
from depthview.core.sequence import Scope
from depthview.session.session import MarketSession
from depthview.session.views import Origin, SessionViews
from depthview.views.market import MarketView, Mode, ViewRequest
from tests.support import frames
from tests.support.frames import Frame, Rows, wire

if TYPE_CHECKING:
    from depthview.core.verdict import Verdict
    from depthview.views.depth import DepthView

Levels = dict[Decimal, Decimal]

BIDS: Rows = [("99", "1"), ("98", "2"), ("97", "3")]
ASKS: Rows = [("101", "1"), ("102", "2"), ("103", "3")]
START = 1000.0
CHANNELS = ("level2", "market_trades", "ticker", "status")


class Bench:
    """A session, its clock and a log of what it has sent.

    Args:
        products: On show.
        scope: What numbers count; both for the session and for :meth:`number`, where it is not ``AUTO``.
        signed: Whether messages carry tokens.
        passive: A replay.
        follow: Put every product with a book on show.
    """

    def __init__(
        self,
        *products: str,
        scope: Scope = Scope.CONNECTION,
        signed: bool = False,
        passive: bool = False,
        follow: bool = False,
    ) -> None:
        self.clock = ManualClock(frames.UNIX, START)
        self.session = MarketSession(
            products, scope=scope, signed=signed, passive=passive, follow=follow, timer=None if passive else self.clock
        )
        self.views = SessionViews(self.session, self.clock, Origin(Mode.LIVE, "test", "no key"))
        self.sent: list[str] = []
        self.token: tuple[float, float] | None = (120.0, 120.0)
        """Seconds left and whole life of the tokens that messages get; None once there are none to be had."""
        self.flooded = False
        """Whether more has always come than was taken in."""
        self.per_product = scope is Scope.PRODUCT
        self.beat = 41_691
        self._numbers: dict[str, int] = {}
        self._beat_at = START

    # --- the venue's side -----------------------------------------------------------------------------------------

    def number(self, product: str = "") -> int:
        """The next number of the run that a frame of ``product`` belongs to."""
        run = product if self.per_product else ""
        given = self._numbers.get(run, 0)
        self._numbers[run] = given + 1
        return given

    def skip(self, count: int = 1, product: str = "") -> None:
        """Frames that never arrive."""
        for _ in range(count):
            self.number(product)

    def feed(self, whole: Frame | bytes, *, binary: bool = False) -> None:
        """A frame arrives, and the session sends what it has to."""
        raw = whole if isinstance(whole, bytes) else wire(whole)
        self.session.receive(raw, self.clock.monotonic(), self.clock.unix(), binary=binary)
        if not self.flooded:
            self.session.caught_up(self.clock.monotonic())
        self.flush()

    def snapshot(self, product: str, bids: Rows = BIDS, asks: Rows = ASKS) -> None:
        """A whole book arrives."""
        self.feed(frames.snapshot(self.number(product), product, bids, asks, unix=self.clock.unix()))

    def update(self, product: str, bids: Rows = (), asks: Rows = ()) -> None:
        """Changes arrive."""
        self.feed(frames.update(self.number(product), product, bids, asks, unix=self.clock.unix()))

    def heartbeat(self) -> None:
        """A heartbeat arrives; without a number where numbers count per product."""
        self.beat += 1
        number = None if self.per_product else self.number()
        self.feed(frames.heartbeat(number, self.beat, unix=self.clock.unix()))

    def acknowledge(self, *products: str, times: int = 5) -> None:
        """The venue says so often that it is subscribed to all channels of ``products``."""
        channels = {channel: list(products) for channel in CHANNELS}
        for _ in range(times):
            number = None if self.per_product else self.number()
            unix = self.clock.unix()
            self.feed(frames.acknowledgement(number, unix, heartbeats=["heartbeats"], **channels))

    # --- the transport's side -------------------------------------------------------------------------------------

    def open(self) -> None:
        """A new connection: numbers begin anew."""
        self._numbers.clear()
        self.session.connecting(self.clock.monotonic())
        self.session.opened(self.clock.monotonic(), self.clock.unix())
        self.flush()

    def close(self, why: str = "closed by the venue (1001)", again_in: float | None = 1.0) -> None:
        """The connection is gone."""
        now = self.clock.monotonic()
        self.session.closed(now, self.clock.unix(), why, None if again_in is None else now + again_in)

    def flush(self) -> None:
        """Send what is due."""
        now = self.clock.monotonic()
        for request in self.session.drain(now):
            self.sent.append(f"{request.action.value} {request.channel} {','.join(request.products)}".strip())
            self.session.sent(request, now, self.token if request.signed else None)

    def wait(self, seconds: float, *, beats: bool = True, step: float = 0.25) -> None:
        """Time passes in ticks, with a heartbeat a second."""
        passed = 0.0
        while passed < seconds - 1e-9:
            self.clock.advance(min(step, seconds - passed))
            passed += step
            if beats and self.clock.monotonic() - self._beat_at >= 1.0 - 1e-9:
                self._beat_at = self.clock.monotonic()
                self.heartbeat()
            self.session.tick(self.clock.monotonic(), self.clock.unix())
            if not self.flooded:
                self.session.caught_up(self.clock.monotonic())
            self.flush()

    # --- what is seen ---------------------------------------------------------------------------------------------

    def view(self, *products: str, levels: int = 0) -> MarketView:
        """The view with these ladders, or with all that are on show."""
        names = products or self.session.products.names()
        return self.views.view(ViewRequest(names[0], names, levels, {}))

    def depth(self, product: str) -> DepthView:
        """One ladder, whole."""
        return self.views.depth(product, 0, now=self.clock.monotonic())

    def verdict(self, product: str) -> Verdict:
        """What the book is worth."""
        return self.depth(product).verdict

    def reason(self, product: str) -> str:
        """Why."""
        return self.depth(product).reason or ""

    def book(self, product: str) -> tuple[Levels, Levels]:
        """Bids and asks as the session holds them."""
        seen = self.depth(product)
        return {row.price: row.size for row in seen.bids}, {row.price: row.size for row in seen.asks}

    def log(self) -> list[str]:
        """The event log's texts, oldest first."""
        return [event.text for event in self.session.events.newest(500)]

    def level2(self) -> list[str]:
        """Book messages sent since the last call."""
        found = [line for line in self.sent if " level2" in line]
        self.sent.clear()
        return found


def levels(rows: Rows) -> Levels:
    """Rows as exact numbers."""
    return {Decimal(price): Decimal(size) for price, size in rows}


def synced(*products: str, scope: Scope = Scope.CONNECTION, signed: bool = False, passive: bool = False) -> Bench:
    """A bench on which every product has its book, everything is acknowledged, and a second has passed."""
    bench = Bench(*products, scope=scope, signed=signed, passive=passive)
    bench.open()
    for product in products:
        bench.snapshot(product)
    bench.acknowledge(*products)
    bench.wait(3)
    bench.sent.clear()
    return bench
