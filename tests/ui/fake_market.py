"""A market that stands still until told otherwise: what the screen's tests, snapshots and pictures look at."""

from __future__ import annotations

import random
from dataclasses import dataclass, field, replace
from decimal import Decimal
from fractions import Fraction
from functools import cache
from typing import TYPE_CHECKING, Final

from depthview.clock import ManualClock
from depthview.core.types import Side
from depthview.core.verdict import Proof, Verdict
from depthview.views.depth import (
    DayView,
    DepthView,
    DepthWithin,
    ImpactView,
    SequenceStats,
    SnapshotView,
    TopOfBook,
    Trade,
)
from depthview.views.market import (
    ConnectionState,
    EventView,
    FaultOffer,
    FeedView,
    MarketView,
    Mode,
    TabView,
    TokenState,
    TokenView,
    ViewRequest,
)
from tests.support import naive

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.views.frames import FrameLogViews
    from depthview.views.market import ReplayControls, ReplayView

WITHIN: Final = (10, 50)
"""Basis points of the mid."""
NOON: Final = 1_786_276_800.0 + 9 * 3600 + 14 * 60 + 6.721
"""2026-08-09 21:14:06.721 UTC."""
COUNTED: Final = SequenceStats("connection", last=184_233)


@dataclass
class Book:
    """One product with its levels in whole ticks and whole size steps."""

    name: str
    price_decimals: int
    size_decimals: int
    bids: dict[int, int] = field(default_factory=dict)
    asks: dict[int, int] = field(default_factory=dict)
    trades: list[Trade] = field(default_factory=list)
    verdict: Verdict = Verdict.SYNCED
    reason: str | None = None
    verdict_since: float = 0.0
    sequence: SequenceStats = COUNTED
    trading_state: str = ""
    feed_product: str = ""
    updated: float = 0.0
    agreed: float | None = None
    """When a ticker message last agreed, by the monotonic clock."""
    day: DayView | None = None
    snapshot: SnapshotView | None = None
    proof: Proof = Proof.FULL

    @property
    def base(self) -> str:
        return self.name.partition("-")[0]

    @property
    def quote(self) -> str:
        return self.name.partition("-")[2]

    @property
    def tick(self) -> Decimal:
        return Decimal((0, (1,), -self.price_decimals))

    def levels(self, side: Side) -> dict[Decimal, Decimal]:
        book = self.bids if side is Side.BID else self.asks
        step = Decimal((0, (1,), -self.size_decimals))
        return {price * self.tick: size * step for price, size in book.items()}


def make_book(
    name: str, mid: int, price_decimals: int, size_decimals: int, size: int, *, seed: int, levels: int = 300
) -> Book:
    """A book of its own, which a test may change; see :func:`_drawn_book`."""
    made = _drawn_book(name, mid, price_decimals, size_decimals, size, seed, levels)
    return replace(made, bids=dict(made.bids), asks=dict(made.asks), trades=list(made.trades))


@cache
def _drawn_book(
    name: str, mid: int, price_decimals: int, size_decimals: int, size: int, seed: int, levels: int
) -> Book:
    """A book around ``mid`` ticks with sizes of about ``size`` steps: dust, ordinary orders and a few walls."""
    chance = random.Random(seed)  # noqa: S311  # a picture, not a secret
    book = Book(name, price_decimals, size_decimals)
    for side, direction, best in ((book.bids, -1, mid), (book.asks, 1, mid + 1)):
        at = best
        for _ in range(levels):
            kind = chance.random()
            factor = 0.002 if kind < 0.25 else 4.0 if kind > 0.96 else 0.05 + chance.random() ** 3
            steps = max(1, int(size * factor * (0.5 + chance.random())))
            if chance.random() < 0.35:
                steps = max(1, steps // 10_000 * 10_000) if steps > 10_000 else steps
            side[at] = steps
            at += direction * (1 + int(chance.expovariate(0.35)))
    price = mid
    at_time = NOON - 0.4
    for number in range(60):
        aggressor = "buy" if chance.random() < 0.6 else "sell"
        price = mid + 1 if aggressor == "buy" else mid
        steps = max(1, int(size * 0.02 * chance.random() ** 4 * 10))
        book.trades.append(
            Trade(
                str(900_000 - number),
                price * book.tick,
                Decimal(steps).scaleb(-size_decimals),
                aggressor,
                at_time,
            )
        )
        at_time -= chance.expovariate(0.8)
    low, high = mid - mid // 41, mid + mid // 67
    volume = Decimal(size * 9_000).scaleb(-size_decimals)
    book.day = DayView(high * book.tick, low * book.tick, volume, Decimal("-1.27"))
    book.snapshot = SnapshotView(levels * 2, levels * 2 * 110, 0.0042)
    return book


def btc() -> Book:
    return make_book("BTC-USD", 6_508_366, 2, 8, 120_000_000, seed=7)


def eth() -> Book:
    return make_book("ETH-USD", 192_041, 2, 8, 2_400_000_000, seed=11)


def eth_eur() -> Book:
    return make_book("ETH-EUR", 164_873, 2, 8, 1_100_000_000, seed=13)


def shib() -> Book:
    return make_book("SHIB-USD", 1_234, 8, 0, 9_000_000, seed=17, levels=120)


FEED: Final = FeedView(
    mode=Mode.LIVE,
    state=ConnectionState.OPEN,
    state_age=846.0,
    detail="",
    host="advanced-trade-ws.coinbase.com",
    key_source="cdp_api_key.json",
    key_hint="",
    next_try_in=None,
    frames=34_901,
    frames_per_second=41.2,
    bytes_per_second=13_240.0,
    rate_history=tuple(28.0 + (i * 37 % 23) for i in range(60)),
    latency_ms=38.4,
    heartbeat_age=0.4,
    heartbeats_missed=0,
    bad_frames=0,
    bad_rows=0,
    unknown_frames=0,
    unknown_removals=52,
    resyncs=0,
    reconnects=0,
    subscriptions_asked=(),
    subscriptions_missing=(),
    clock_ahead=0.0,
    clock_uncertainty=0.02,
    age=0.04,
    age_proved=True,
)
TOKEN: Final = TokenView(
    TokenState.ACCEPTED,
    sent=7,
    expires_in=81.4,
    life=120.0,
    next_in=61.4,
    algorithm="ES256",
    key_tail="c41f",
)
NO_TOKEN: Final = TokenView(TokenState.NONE, sent=0, expires_in=None, life=120.0, next_in=None)
EVENTS: Final = (
    EventView(1, NOON - 846, "good", "", "connected to advanced-trade-ws.coinbase.com in 212 ms"),
    EventView(2, NOON - 844, "good", "BTC-USD", "snapshot of 45,998 levels, 5.1 MB, in 61 ms"),
    EventView(3, NOON - 612, "bad", "", "gap of 3 before 184,005: resynced in 412 ms"),
    EventView(4, NOON - 61, "note", "", "token renewed before it expired, accepted after 31 ms"),
)


class FakeMarket:
    """What :class:`depthview.views.market.Market` promises, from books that tests set by hand."""

    def __init__(self, books: Sequence[Book] | None = None) -> None:
        chosen = list(books) if books is not None else [btc(), eth(), eth_eur(), shib()]
        self.books: dict[str, Book] = {book.name: book for book in chosen}
        self.clock = ManualClock(NOON, 10_000.0)
        self.version = 1
        self.feed = FEED
        self.token = TOKEN
        self.events: tuple[EventView, ...] = EVENTS
        self.replay: ReplayView | None = None
        self.replay_controls: ReplayControls | None = None
        self.catalogue: tuple[str, ...] = ()
        self.catalogue_marks: dict[str, str] = {}
        self.refusal: str | None = None
        self.resyncs_asked = 0
        self.offers: tuple[FaultOffer, ...] = ()
        self.provoked: list[str] = []
        self.wire: FrameLogViews | None = None
        self.flights_asked = 0
        self.views = 0
        self.last_request: ViewRequest | None = None
        self._tabs: dict[str, Book] = {}
        self._chance = random.Random(23)  # noqa: S311  # a picture, not a secret
        for book in self.books.values():
            book.verdict_since = self.clock.monotonic() - 844
            book.updated = self.clock.monotonic() - 0.1
            book.agreed = self.clock.monotonic() - 0.2

    # -- what tests set --------------------------------------------------------------------------------------------

    def judge(self, verdict: Verdict, reason: str | None = None, *, age: float = 7.2, product: str = "") -> None:
        """Set the verdict of one product, or of all."""
        for book in self.books.values():
            if product in {"", book.name}:
                book.verdict, book.reason = verdict, reason
                book.verdict_since = self.clock.monotonic() - age
        self.version += 1

    def churn(self, changes: int = 40) -> None:
        """Change sizes near the touch of every book and let a little time pass."""
        self.clock.advance(0.1)
        for book in self.books.values():
            for side in (book.bids, book.asks):
                near = sorted(side, reverse=side is book.bids)[:changes]
                for price in near:
                    if self._chance.random() < 0.8:
                        side[price] = max(1, int(side[price] * (0.7 + 0.6 * self._chance.random())))
            book.updated = self.clock.monotonic()
        self.version += 1

    # -- what the screen asks --------------------------------------------------------------------------------------

    def products(self) -> tuple[str, ...]:
        return tuple(self.books)

    def add_product(self, product: str) -> str | None:
        if self.refusal is not None:
            return self.refusal
        shelved = self._tabs.pop(product) if product in self._tabs else None
        self.books[product] = shelved if shelved is not None else make_book(product, 15_000, 2, 6, 900_000, seed=29)
        self.version += 1
        return None

    def remove_product(self, product: str) -> str | None:
        if self.refusal is not None:
            return self.refusal
        self._tabs[product] = self.books.pop(product)
        self.version += 1
        return None

    def resync(self) -> str | None:
        self.resyncs_asked += 1
        return self.refusal

    @property
    def controls(self) -> ReplayControls | None:
        return self.replay_controls

    def faults(self) -> tuple[FaultOffer, ...]:
        return self.offers

    def keep_flight(self) -> str | None:
        self.flights_asked += 1
        return self.refusal

    def provoke(self, fault: str) -> str | None:
        self.provoked.append(fault)
        return self.refusal

    def view(self, request: ViewRequest) -> MarketView:
        self.views += 1
        self.last_request = request
        names = tuple(self.books)
        asked = tuple(f"{channel} {name}" for channel in ("level2", "market_trades", "ticker") for name in names)
        feed = replace(self.feed, subscriptions_asked=("heartbeats", *asked))
        depths = tuple(self._depth(self.books[name], request) for name in request.ladders if name in self.books)
        selected = self.books.get(request.selected)
        return MarketView(
            at=self.clock.unix(),
            tabs=tuple(self._tab(book) for book in self.books.values()),
            selected=names.index(request.selected) if request.selected in names else 0,
            depths=depths,
            feed=feed,
            token=self.token,
            events=self.events[-request.events :],
            trades=tuple(selected.trades[: request.trades]) if selected else (),
            replay=self.replay,
            catalogue=self.catalogue,
            catalogue_marks=self.catalogue_marks,
        )

    def _tab(self, book: Book) -> TabView:
        top = self._top(book, ViewRequest(book.name, (), 0, {}))
        return TabView(
            product=book.name,
            verdict=book.verdict,
            gaps=book.sequence.gaps,
            price_decimals=book.price_decimals,
            last_price=book.trades[0].price if book.trades else None,
            last_direction=1,
            spread=top.spread if top else None,
            reason=book.reason,
            proof=book.proof,
            trading_state=book.trading_state,
        )

    def _depth(self, book: Book, request: ViewRequest) -> DepthView:
        group = request.groups.get(book.name, book.tick)
        now = self.clock.monotonic()
        empty = book.verdict is Verdict.NO_DATA or not (book.bids or book.asks)
        width = group if group > book.tick else None
        bids, asks = (tuple(naive.all_rows(book.levels(side), side, width, notional=request.notional)) for side in Side)
        window = request.windows.get(book.name)
        if window is None:
            bids, asks, bids_before, asks_before = bids[: request.levels], asks[: request.levels], 0, 0
        else:
            bids, asks, bids_before, asks_before = naive.window(bids, asks, window)
        return DepthView(
            proof=book.proof,
            product=book.name,
            feed_product=book.feed_product or book.name,
            base=book.base,
            quote=book.quote,
            price_decimals=book.price_decimals,
            size_decimals=book.size_decimals,
            verdict=book.verdict,
            reason=book.reason,
            verdict_age=now - book.verdict_since,
            bids=bids,
            asks=asks,
            tick=book.tick,
            group=group,
            top=self._top(book, request),
            last_trade=book.trades[0] if book.trades else None,
            last_direction=1 if book.trades else 0,
            bid_levels=len(book.bids),
            ask_levels=len(book.asks),
            book_age=None if empty else now - book.updated,
            sequence=book.sequence,
            trading_state=book.trading_state,
            ticker_age=None if book.agreed is None else now - book.agreed,
            asks_before=asks_before,
            bids_before=bids_before,
            within=self._within(book),
            impacts=self._impacts(book, request),
            day=book.day,
            snapshot=book.snapshot,
        )

    @staticmethod
    def _within(book: Book) -> tuple[DepthWithin, ...]:
        if not (book.verdict.trusted and book.bids and book.asks):
            return ()
        bids, asks = book.levels(Side.BID), book.levels(Side.ASK)
        return tuple(naive.within(bids, asks, bps) for bps in WITHIN)

    @staticmethod
    def _impacts(book: Book, request: ViewRequest) -> tuple[ImpactView, ...]:
        asked = request.impact
        if asked is None or not book.verdict.trusted:
            return ()
        bids, asks = book.levels(Side.BID), book.levels(Side.ASK)
        mid = (Fraction(max(bids)) + Fraction(min(asks))) / 2 if bids and asks else None
        return (
            naive.impact(asks, "buy", asked.size, mid, in_quote=asked.in_quote),
            naive.impact(bids, "sell", asked.size, mid, in_quote=asked.in_quote),
        )

    @staticmethod
    def _top(book: Book, request: ViewRequest) -> TopOfBook | None:
        if not book.verdict.trusted:
            return None
        bids, asks = book.levels(Side.BID), book.levels(Side.ASK)
        over = 0 if request.imbalance_bps else request.imbalance_levels
        near = [dict(naive.best_first(book.levels(side), side)[: over or 1]) for side in Side]
        rows = [naive.all_rows(levels, side, notional=True) for levels, side in zip(near, Side, strict=True)]
        best_bid, best_ask = (found[0] if found else None for found in rows)
        sums = [found[-1].cumulative if found else Decimal(0) for found in rows]
        if best_bid is None or best_ask is None:
            leaning = naive.leaning(*sums) if over else None
            return TopOfBook(best_bid, best_ask, None, None, None, None, leaning, over, request.imbalance_bps)
        if not over:
            around = naive.within(bids, asks, request.imbalance_bps)
            sums = [around.bids, around.asks]
        spread = best_ask.price - best_bid.price
        mid = (best_ask.price + best_bid.price) / 2
        weighed = best_bid.price * best_ask.size + best_ask.price * best_bid.size
        return TopOfBook(
            best_bid,
            best_ask,
            spread,
            spread / mid * 10_000,
            mid,
            weighed / (best_bid.size + best_ask.size),
            naive.leaning(*sums),
            over,
            request.imbalance_bps,
        )
