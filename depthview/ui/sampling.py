"""When to draw and from what: the redraw rate, frozen views, and what ladders request of the next view."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Final, TypeAlias

from depthview.views.depth import DepthView, Impact, LevelRow, Reach, Trade
from depthview.views.market import Window

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from depthview.views.market import MarketView, ReplayView, ViewRequest

_HEALTH_EVERY: Final = 4
"""Ticks between two draws of the health panels: figures that change ten times a second cannot be read."""
_AGES_EVERY: Final = 0.5
"""Seconds between two draws while only ages change: half the cost of five draws a second."""


class RedrawRate:
    """Decides which ticks draw; ``fps`` 0 means ticks by hand, counted as ten a second."""

    def __init__(self, fps: float = 10.0) -> None:
        self._version: int | None = None
        self._rest: Final = max(1, round((fps or 10.0) * _AGES_EVERY))
        self._skipped = 0
        self._draws = 0
        self._before: MarketView | None = None

    def due(self, version: int) -> bool:
        """Whether this tick draws: without new frames or verdicts, a few suffice for the ages."""
        self._skipped = 0 if version != self._version or self._skipped + 1 >= self._rest else self._skipped + 1
        return not self._skipped

    def drawn(self, version: int, live: MarketView, *, tick: bool) -> bool:
        """Note a draw of the market at ``version``; whether the health panels are due."""
        # A draw after skipped ticks counts for all of them, or the panels would not be drawn for seconds.
        self._draws += 1 if version != self._version else self._rest
        before, self._before, self._version = self._before, live, version
        due = self._draws >= _HEALTH_EVERY
        if due:
            self._draws = 0
        return due or not tick or before is None or _urgent(before, live)


def _urgent(before: MarketView, now: MarketView) -> bool:
    """Whether something changed that must not wait for the next draw of the health panels."""
    return (
        before.selected != now.selected
        or _position_changed(before.replay, now.replay)
        or before.feed.state is not now.feed.state
        or before.token.state is not now.token.state
        or before.token.sent != now.token.sent
        or [(tab.verdict, tab.gaps) for tab in before.tabs] != [(tab.verdict, tab.gaps) for tab in now.tabs]
    )


def _position_changed(before: ReplayView | None, now: ReplayView | None) -> bool:
    """Whether a paused replay is at another position, which is to be read at once."""
    if before is None or now is None or not now.paused:
        return False
    return (before.position, before.frame) != (now.position, now.frame)


DEEP: Final = 2000
"""Rows a side that are kept. All of a book of 60,000 levels would take 90 ms (measured), these 3."""
_PRICE: Final = attrgetter("price")

_Terms: TypeAlias = "tuple[Decimal, Impact | None, int, int]"


@dataclass(frozen=True, slots=True)
class FrozenBook:
    at: float
    """Unix seconds of the feed's clock."""
    depth: DepthView
    """With all rows kept, best price first."""
    terms: _Terms
    """The parts of the request that it depends on."""
    trades: tuple[Trade, ...] | None
    """Of the selected product; None for others."""


class Freezer:
    """Keeps views of the moment when the screen was frozen; the feed continues behind them.

    A product that is selected later is taken at that moment, and so is one whose row width or request changes: no view
    is older than it says, and none is shown under another product's name.

    Args:
        market: Returns a deeper view when one is taken.
    """

    def __init__(self, market: Callable[[ViewRequest], MarketView]) -> None:
        self._market: Final = market
        self._books: dict[str, FrozenBook] = {}
        self.on = False
        """Whether the screen is frozen."""

    def toggle(self) -> None:
        self.on = not self.on
        self._books.clear()

    def shown(self, view: MarketView, request: ViewRequest) -> MarketView:
        """``view`` with frozen ladders and tape.

        The verdict stays the present one: a frozen good book is not shown as good once the book is not.
        """
        if not self.on:
            return view
        self._take(view, request)
        depths = tuple(self._frozen(depth, request) for depth in view.depths)
        front = self._books.get(depths[0].product) if depths else None
        trades = front.trades if front is not None else None
        return replace(view, depths=depths, trades=view.trades if trades is None else trades)

    def _take(self, view: MarketView, request: ViewRequest) -> None:
        """Take the views that are missing, all of one moment."""
        front = view.depths[0].product if view.depths else ""
        missing = [depth.product for depth in view.depths if self._is_missing(depth, request, depth.product == front)]
        if not missing:
            return
        wish = replace(request, ladders=tuple(missing), levels=DEEP, windows={}, notional=True)
        for depth in self._market(wish).depths:
            trades = view.trades if depth.product == front else None
            self._books[depth.product] = FrozenBook(view.at, depth, _terms(depth, request), trades)

    def _is_missing(self, depth: DepthView, request: ViewRequest, in_front: bool) -> bool:
        book = self._books.get(depth.product)
        return book is None or book.terms != _terms(depth, request) or (in_front and book.trades is None)

    def _frozen(self, depth: DepthView, request: ViewRequest) -> DepthView:
        book = self._books.get(depth.product)
        if book is None:
            return depth
        trusted = depth.verdict.trusted
        return replace(
            part(book.depth, request.levels, request.windows.get(depth.product)),
            verdict=depth.verdict,
            reason=depth.reason,
            verdict_age=depth.verdict_age,
            top=book.depth.top if trusted else None,
            within=book.depth.within if trusted else (),
            impacts=book.depth.impacts if trusted else (),
            sequence=depth.sequence,
        )

    def age(self, view: MarketView) -> float | None:
        """Seconds since the view of the selected product was taken; None while nothing is frozen."""
        if not self.on or not view.depths:
            return 0.0 if self.on else None
        book = self._books.get(view.depths[0].product)
        return 0.0 if book is None else max(0.0, view.at - book.at)


def _terms(depth: DepthView, request: ViewRequest) -> _Terms:
    return depth.group, request.impact, request.imbalance_levels, request.imbalance_bps


def part(depth: DepthView, levels: int, wanted: Window | None) -> DepthView:
    """The rows of ``depth`` that a request for ``levels`` a side, or for a window, would have got."""
    reach = Reach(*(rows[-1].price if len(rows) >= DEEP else None for rows in (depth.bids, depth.asks)))
    if wanted is None:
        return replace(depth, bids=depth.bids[:levels], asks=depth.asks[:levels], reach=reach)
    bids, asks, at = depth.bids, depth.asks, wanted.at
    bid, ask = len(bids) - bisect_left(bids[::-1], at, key=_PRICE), bisect_left(asks, at, key=_PRICE)
    above = _ranks(bids, max(0, bid - wanted.above), bid, asks, ask, ask + wanted.above)[: wanted.above]
    below = _ranks(bids, bid, bid + wanted.below, asks, max(0, ask - wanted.below), ask)
    chosen = above + below[max(0, len(below) - wanted.below) :]
    of_bids, of_asks = (sorted(rank for _, side, rank in chosen if side == number) for number in (0, 1))
    return replace(
        depth,
        bids=tuple(bids[rank] for rank in of_bids),
        asks=tuple(asks[rank] for rank in of_asks),
        bids_before=of_bids[0] if of_bids else 0,
        asks_before=of_asks[0] if of_asks else 0,
        reach=reach,
    )


def _ranks(
    bids: Sequence[LevelRow], bid: int, bid_end: int, asks: Sequence[LevelRow], ask: int, ask_end: int
) -> list[tuple[Decimal, int, int]]:
    """Price, side and rank of two runs of rows by rising price; at one price the ask stands above the bid."""
    found = [(row.price, 0, rank) for rank, row in enumerate(bids[bid:bid_end], bid)]
    found += [(row.price, 1, rank) for rank, row in enumerate(asks[ask:ask_end], ask)]
    return sorted(found, key=itemgetter(0, 1))


@dataclass(frozen=True, slots=True)
class LadderRequest:
    """One ladder's part of a :class:`depthview.views.market.ViewRequest`."""

    levels: int
    """Levels a side that there is room for; at least 1."""
    window: Window | None = None
    """The part of the book that is held on to; None follows the market."""
    notional: bool = False
    """Whether rows are to carry their notionals."""
    impact: Impact | None = None
    """A size to price; that of the ladder in front counts."""
    imbalance_levels: int = 10
    imbalance_bps: int = 0
    """Above 0: the imbalance over this distance; that of the ladder in front counts."""
