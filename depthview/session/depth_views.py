"""Creates the frozen views of single books.

What a view takes from a book is cached until the book, its verdict or the request changes: a screen draws more often
than most books change, and requests a dozen of them at a time.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.core import ladder, measures
from depthview.core.fixed_point import ONE, is_number, notional
from depthview.core.measures import fill, size_within
from depthview.core.sequence import Scope
from depthview.core.types import Level, Product
from depthview.session.products import ProductMarket
from depthview.session.statistics import seconds_since
from depthview.views.depth import (
    DayView,
    DepthView,
    DepthWithin,
    Impact,
    ImpactView,
    LevelRow,
    SequenceStats,
    TickerDiffers,
    TopOfBook,
)
from depthview.views.market import Window

if TYPE_CHECKING:
    from depthview.coinbase.messages import TickerRow
    from depthview.core.order_book import OrderBook
    from depthview.core.ticker_check import Contradiction
    from depthview.session.session import MarketSession

WITHIN: Final = (10, 50)
"""Distances from the mid at which depth is shown, in basis points."""
_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class DepthRequest:
    """What a view must contain of one product's book."""

    levels: int
    """Rows per side, 0 for all; ignored if a window is given."""
    group: Decimal | None = None
    """Row width in quote currency; None, or at most a tick, for single levels."""
    window: Window | None = None
    notional: bool = False
    impact: Impact | None = None
    imbalance_levels: int = 10
    imbalance_bps: int = 0
    """Above 0: the imbalance over this distance."""


@dataclass(frozen=True, slots=True)
class _Rows:
    bids: tuple[LevelRow, ...]
    asks: tuple[LevelRow, ...]
    bids_before: int = 0
    asks_before: int = 0


@dataclass(frozen=True, slots=True)
class _Derived:
    """What only a trusted book has."""

    top: TopOfBook | None = None
    within: tuple[DepthWithin, ...] = ()
    impacts: tuple[ImpactView, ...] = ()


@dataclass(frozen=True, slots=True)
class _CachedDepth:
    """What the last view took from one book."""

    market: ProductMarket
    revision: int
    request: DepthRequest
    tick: Decimal
    multiplier: Decimal | None
    trusted: bool
    rows: _Rows
    derived: _Derived

    def holds(
        self, market: ProductMarket, request: DepthRequest, tick: Decimal, multiplier: Decimal | None, *, trusted: bool
    ) -> bool:
        """Whether a new view would take the same."""
        same_book = self.market is market and self.revision == market.revision
        same_product = self.tick == tick and self.multiplier == multiplier
        return same_book and same_product and self.request == request and self.trusted == trusted


class Depths:
    """Creates the views of single books.

    Args:
        session: Read only.
    """

    def __init__(self, session: MarketSession) -> None:
        self._session: Final = session
        self._cached: dict[str, _CachedDepth] = {}

    def depth(self, name: str, request: DepthRequest, now: float) -> DepthView:
        """One product's book.

        Args:
            name: As requested.
            request: What it must contain.
            now: Monotonic seconds of the feed's clock.
        """
        market = self._session.products.market(name)
        known = self._session.products.catalogue.get(name) or Product.named(name)
        judged = self._session.judgement(market, now)
        cached = self._rows_and_measures(name, market, request, known.multiplier, trusted=judged.verdict.trusted)
        since = now if market.judged_at is None or market.verdict is not judged.verdict else market.judged_at
        price_decimals, size_decimals = market.decimals()
        tape, tick = market.tape, cached.tick
        return DepthView(
            product=name,
            feed_product=market.feed_product,
            base=known.size_unit,
            quote=known.quote,
            multiplier=known.multiplier,
            contract=known.contract,
            price_decimals=price_decimals,
            size_decimals=size_decimals,
            verdict=judged.verdict,
            reason=judged.reason,
            verdict_age=max(0.0, now - since),
            bids=cached.rows.bids,
            asks=cached.rows.asks,
            tick=tick,
            group=_width(request, tick) or tick,
            top=cached.derived.top,
            last_trade=tape.trades[0] if tape.trades else None,
            last_direction=tape.last_direction,
            bid_levels=len(market.book.bids),
            ask_levels=len(market.book.asks),
            book_age=seconds_since(market.changes.at, now) if market.has_book else None,
            sequence=self.sequence(name),
            trading_state=market.product.trading_state,
            ticker_age=seconds_since(market.ticker_check.agreed_at, now),
            ticker_differs=_differs(market.ticker_check.contradiction, now),
            asks_before=cached.rows.asks_before,
            bids_before=cached.rows.bids_before,
            within=cached.derived.within,
            impacts=cached.derived.impacts,
            day=_day(market.day),
            snapshot=market.snapshot,
            proof=judged.proof,
        )

    def sequence(self, name: str) -> SequenceStats:
        monitor = self._session.monitor
        label = self._session.products.market(name).feed_product
        tally = monitor.tally(label)
        return SequenceStats(
            scope="undecided" if monitor.scope is Scope.AUTO else monitor.scope.value,
            last=monitor.last(label),
            gaps=tally.gaps,
            missed=tally.missed,
            duplicates=tally.duplicates,
            out_of_order=tally.out_of_order,
            resets=tally.resets,
        )

    def _rows_and_measures(
        self, name: str, market: ProductMarket, request: DepthRequest, multiplier: Decimal | None, *, trusted: bool
    ) -> _CachedDepth:
        tick = market.tick()
        known = self._cached.get(name)
        if known is not None and known.holds(market, request, tick, multiplier, trusted=trusted):
            return known
        rows = _rows(market.book, request, _width(request, tick), multiplier)
        derived = _derived(market.book, request, multiplier) if trusted else _Derived()
        if len(self._cached) >= _KEPT:
            self._cached.clear()
        cached = self._cached[name] = _CachedDepth(
            market, market.revision, request, tick, multiplier, trusted, rows, derived
        )
        return cached


def spread_of(book: OrderBook) -> Decimal | None:
    """Best ask minus best bid; None if a side is empty, or the book is crossed: a negative spread is no spread."""
    touch = _touch(book)
    return None if touch is None else measures.spread(*touch)


def _differs(found: Contradiction | None, now: float) -> TickerDiffers | None:
    return None if found is None else TickerDiffers(max(0.0, now - found.since), found.said.bid, found.said.ask)


def _width(request: DepthRequest, tick: Decimal) -> Decimal | None:
    return request.group if request.group is not None and request.group > tick else None


def _touch(book: OrderBook) -> tuple[Level, Level] | None:
    bid, ask = book.bids.best(), book.asks.best()
    return None if bid is None or ask is None or bid.price > ask.price else (bid, ask)


def _rows(book: OrderBook, request: DepthRequest, width: Decimal | None, multiplier: Decimal | None) -> _Rows:
    valued = request.notional and multiplier is not None
    bids, asks = (
        ladder.SideLadder(side, width, notional=valued, multiplier=multiplier or ONE) for side in (book.bids, book.asks)
    )
    window = request.window
    if window is None:
        return _Rows(tuple(bids.from_touch(request.levels)), tuple(asks.from_touch(request.levels)))
    bid_part, ask_part = ladder.window(bids, asks, window.at, window.above, window.below)
    return _Rows(tuple(bid_part.rows), tuple(ask_part.rows), bid_part.before, ask_part.before)


def _derived(book: OrderBook, request: DepthRequest, multiplier: Decimal | None) -> _Derived:
    touch = _touch(book)
    mid = None if touch is None else measures.mid(*touch)
    within = () if mid is None else tuple(_within(book, mid, bps) for bps in WITHIN)
    impacts = () if request.impact is None else _impacts(book, request.impact, mid, multiplier)
    return _Derived(_top(book, request, touch, mid, multiplier), within, impacts)


def _top(
    book: OrderBook,
    request: DepthRequest,
    touch: tuple[Level, Level] | None,
    mid: Decimal | None,
    multiplier: Decimal | None,
) -> TopOfBook:
    bid, ask = (_best(level, multiplier) for level in (book.bids.best(), book.asks.best()))
    imbalance: Decimal | None = None
    levels = 0 if request.imbalance_bps else request.imbalance_levels
    if levels:
        imbalance = measures.imbalance(*(side.block_sums.sizes(0, levels) for side in (book.bids, book.asks)))
    elif mid is not None:
        within = _within(book, mid, request.imbalance_bps)
        imbalance = measures.imbalance(within.bids, within.asks)
    if touch is None:
        return TopOfBook(bid, ask, None, None, None, None, imbalance, levels, request.imbalance_bps)
    return TopOfBook(
        bid,
        ask,
        measures.spread(*touch),
        measures.spread_bps(*touch),
        mid,
        measures.microprice(*touch),
        imbalance,
        levels,
        request.imbalance_bps,
    )


def _best(level: Level | None, multiplier: Decimal | None) -> LevelRow | None:
    if level is None:
        return None
    value = notional(level.price, level.size, multiplier)
    return LevelRow(level.price, level.size, level.size, value, value)


def _within(book: OrderBook, mid: Decimal, bps: int) -> DepthWithin:
    return DepthWithin(bps, size_within(book.bids, mid, bps), size_within(book.asks, mid, bps))


def _impacts(book: OrderBook, asked: Impact, mid: Decimal | None, multiplier: Decimal | None) -> tuple[ImpactView, ...]:
    if multiplier is None and asked.in_quote:
        return ()
    found: list[ImpactView] = []
    for side, taken in (("buy", book.asks), ("sell", book.bids)):
        cost = fill(taken, asked.size, mid, in_quote=asked.in_quote, multiplier=multiplier or ONE)
        found.append(
            ImpactView(side, cost.filled, cost.average, cost.slippage_bps, cost.levels, cost.worst, cost.complete)
        )
    return tuple(found)


def _day(row: TickerRow | None) -> DayView | None:
    if row is None:
        return None
    change = row.change_percent
    is_negative = isinstance(change, str) and change.startswith("-")
    percent = _number(change[1:] if is_negative else change)
    return DayView(
        high=_number(row.high),
        low=_number(row.low),
        volume=_number(row.volume),
        change_percent=percent.copy_negate() if percent is not None and is_negative else percent,
    )


def _number(text: object) -> Decimal | None:
    return Decimal(text) if is_number(text) else None
