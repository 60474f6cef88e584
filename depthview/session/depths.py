"""Books as ladders see them.

What a view takes from a book is kept until the book, its trust or the wish changes: a screen draws oftener than a book
of the long tail moves, and asks for a dozen of them at a time.
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
from depthview.session.market import ProductMarket
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
"""Distances from the mid whose depth is told, in basis points."""
_KEPT: Final = 64


@dataclass(frozen=True, slots=True)
class Wish:
    """What a view is to hold of one product's book."""

    levels: int
    """Rows a side, 0 for all; of no account where a window is given."""
    group: Decimal | None = None
    """Row width in quote currency; None, or at most a tick, for none."""
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
class _Look:
    """One book as it was looked at last."""

    market: ProductMarket
    revision: int
    wish: Wish
    tick: Decimal
    multiplier: Decimal | None
    trusted: bool
    rows: _Rows
    derived: _Derived

    def holds(
        self, market: ProductMarket, wish: Wish, tick: Decimal, multiplier: Decimal | None, *, trusted: bool
    ) -> bool:
        """Whether another look would see the same."""
        same_book = self.market is market and self.revision == market.revision
        same_product = self.tick == tick and self.multiplier == multiplier
        return same_book and same_product and self.wish == wish and self.trusted == trusted


class Depths:
    """Makes the view of one product's book.

    Args:
        session: Read only.
    """

    def __init__(self, session: MarketSession) -> None:
        self._session: Final = session
        self._looks: dict[str, _Look] = {}

    def depth(self, name: str, wish: Wish, now: float) -> DepthView:
        """One product's book.

        Args:
            name: As asked for.
            wish: What it is to hold.
            now: Monotonic seconds of the feed's clock.
        """
        market = self._session.market(name)
        known = self._session.catalogue.get(name) or Product.named(name)
        judged = self._session.judgement(market, now)
        look = self._look(name, market, wish, known.multiplier, trusted=judged.verdict.trusted)
        standing, since = market.standing, now
        if standing is not None and standing.finding.verdict is judged.verdict:
            since = standing.since
        price_decimals, size_decimals = market.decimals()
        tape, tick = market.tape, look.tick
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
            bids=look.rows.bids,
            asks=look.rows.asks,
            tick=tick,
            group=_width(wish, tick) or tick,
            top=look.derived.top,
            last_trade=tape.trades[0] if tape.trades else None,
            last_direction=tape.last_direction,
            bid_levels=len(market.book.bids),
            ask_levels=len(market.book.asks),
            book_age=age(market.changes.at, now) if market.has_book else None,
            sequence=self.sequence(name),
            trading_state=market.product.trading_state,
            ticker_age=age(market.proof.agreed_at, now),
            ticker_differs=_differs(market.proof.contradiction, now),
            asks_before=look.rows.asks_before,
            bids_before=look.rows.bids_before,
            within=look.derived.within,
            impacts=look.derived.impacts,
            day=_day(market.day),
            snapshot=market.snapshot,
            proof=judged.proof,
        )

    def sequence(self, name: str) -> SequenceStats:
        """The monitor's counts for a product on show."""
        monitor = self._session.monitor
        label = self._session.market(name).feed_product
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

    def _look(
        self, name: str, market: ProductMarket, wish: Wish, multiplier: Decimal | None, *, trusted: bool
    ) -> _Look:
        tick = market.tick()
        known = self._looks.get(name)
        if known is not None and known.holds(market, wish, tick, multiplier, trusted=trusted):
            return known
        rows = _rows(market.book, wish, _width(wish, tick), multiplier)
        derived = _derived(market.book, wish, multiplier) if trusted else _Derived()
        if len(self._looks) >= _KEPT:
            self._looks.clear()
        look = self._looks[name] = _Look(market, market.revision, wish, tick, multiplier, trusted, rows, derived)
        return look


def spread_of(book: OrderBook) -> Decimal | None:
    """Best ask minus best bid; None when a side is empty, or the book is crossed: a negative spread is no spread."""
    touch = _touch(book)
    return None if touch is None else measures.spread(*touch)


def age(at: float | None, now: float) -> float | None:
    """Seconds since a moment; None where there was none."""
    return None if at is None else max(0.0, now - at)


def _differs(found: Contradiction | None, now: float) -> TickerDiffers | None:
    return None if found is None else TickerDiffers(max(0.0, now - found.since), found.said.bid, found.said.ask)


def _width(wish: Wish, tick: Decimal) -> Decimal | None:
    return wish.group if wish.group is not None and wish.group > tick else None


def _touch(book: OrderBook) -> tuple[Level, Level] | None:
    bid, ask = book.bids.best(), book.asks.best()
    return None if bid is None or ask is None or bid.price > ask.price else (bid, ask)


def _rows(book: OrderBook, wish: Wish, width: Decimal | None, multiplier: Decimal | None) -> _Rows:
    valued = wish.notional and multiplier is not None
    bids, asks = (
        ladder.SideLadder(side, width, notional=valued, multiplier=multiplier or ONE) for side in (book.bids, book.asks)
    )
    window = wish.window
    if window is None:
        return _Rows(tuple(bids.from_touch(wish.levels)), tuple(asks.from_touch(wish.levels)))
    bid_part, ask_part = ladder.window(bids, asks, window.at, window.above, window.below)
    return _Rows(tuple(bid_part.rows), tuple(ask_part.rows), bid_part.before, ask_part.before)


def _derived(book: OrderBook, wish: Wish, multiplier: Decimal | None) -> _Derived:
    touch = _touch(book)
    mid = None if touch is None else measures.mid(*touch)
    within = () if mid is None else tuple(_within(book, mid, bps) for bps in WITHIN)
    impacts = () if wish.impact is None else _impacts(book, wish.impact, mid, multiplier)
    return _Derived(_top(book, wish, touch, mid, multiplier), within, impacts)


def _top(
    book: OrderBook,
    wish: Wish,
    touch: tuple[Level, Level] | None,
    mid: Decimal | None,
    multiplier: Decimal | None,
) -> TopOfBook:
    bid, ask = (_best(level, multiplier) for level in (book.bids.best(), book.asks.best()))
    leaning: Decimal | None = None
    levels = 0 if wish.imbalance_bps else wish.imbalance_levels
    if levels:
        leaning = measures.imbalance(*(side.chunks.sizes(0, levels) for side in (book.bids, book.asks)))
    elif mid is not None:
        near = _within(book, mid, wish.imbalance_bps)
        leaning = measures.imbalance(near.bids, near.asks)
    if touch is None:
        return TopOfBook(bid, ask, None, None, None, None, leaning, levels, wish.imbalance_bps)
    return TopOfBook(
        bid,
        ask,
        measures.spread(*touch),
        measures.spread_bps(*touch),
        mid,
        measures.microprice(*touch),
        leaning,
        levels,
        wish.imbalance_bps,
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
