"""Frozen pictures: what ladders and tape showed at one moment, deep enough to be scrolled through. No widgets."""

from __future__ import annotations

from bisect import bisect_left
from dataclasses import dataclass, replace
from operator import attrgetter, itemgetter
from typing import TYPE_CHECKING, Final, TypeAlias

from depthview.views.depth import DepthView, Impact, LevelRow, Reach, Trade

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence
    from decimal import Decimal

    from depthview.views.market import MarketView, ViewRequest, Window

DEEP: Final = 2000
"""Rows a side that are kept. All of a book of 60,000 levels would take 90 ms (measured), these 3."""
_PRICE: Final = attrgetter("price")

_Terms: TypeAlias = "tuple[Decimal, Impact | None, int, int]"


@dataclass(frozen=True, slots=True)
class Still:
    """A frozen picture of one product."""

    at: float
    """Unix seconds of the feed's clock."""
    depth: DepthView
    """With all rows that are kept, from the touch outwards."""
    terms: _Terms
    """What it depends on besides the moment."""
    trades: tuple[Trade, ...] | None
    """Of the product in front; None for its neighbours."""


class Freezer:
    """Holds the pictures that were taken when the screen was frozen; the feed goes on behind them.

    A product that comes to the front later is taken at that moment, and so is one whose rows get another width or of
    which something else is asked: no picture is older than it says, and none is shown under another product's name.

    Args:
        market: Asked for a deeper view when a picture is taken.
    """

    def __init__(self, market: Callable[[ViewRequest], MarketView]) -> None:
        self._market: Final = market
        self._stills: dict[str, Still] = {}
        self.on = False
        """Whether pictures are kept."""

    def toggle(self) -> None:
        """Freeze, or go on."""
        self.on = not self.on
        self._stills.clear()

    def shown(self, view: MarketView, request: ViewRequest) -> MarketView:
        """``view`` with frozen ladders and tape where they are frozen.

        The verdict stays the present one: a picture of a good book is not shown as good once the book is not.

        Args:
            view: Of now.
            request: What it was asked for by.
        """
        if not self.on:
            return view
        self._take(view, request)
        depths = tuple(self._frozen(depth, request) for depth in view.depths)
        front = self._stills.get(depths[0].product) if depths else None
        trades = front.trades if front is not None else None
        return replace(view, depths=depths, trades=view.trades if trades is None else trades)

    def _take(self, view: MarketView, request: ViewRequest) -> None:
        """Take the pictures that are missing, all of one moment."""
        front = view.depths[0].product if view.depths else ""
        missing = [depth.product for depth in view.depths if self._is_missing(depth, request, depth.product == front)]
        if not missing:
            return
        wish = replace(request, ladders=tuple(missing), levels=DEEP, windows={}, notional=True)
        for depth in self._market(wish).depths:
            trades = view.trades if depth.product == front else None
            self._stills[depth.product] = Still(view.at, depth, _terms(depth, request), trades)

    def _is_missing(self, depth: DepthView, request: ViewRequest, in_front: bool) -> bool:
        still = self._stills.get(depth.product)
        return still is None or still.terms != _terms(depth, request) or (in_front and still.trades is None)

    def _frozen(self, depth: DepthView, request: ViewRequest) -> DepthView:
        still = self._stills.get(depth.product)
        if still is None:
            return depth
        trusted = depth.verdict.trusted
        return replace(
            part(still.depth, request.levels, request.windows.get(depth.product)),
            verdict=depth.verdict,
            reason=depth.reason,
            verdict_age=depth.verdict_age,
            top=still.depth.top if trusted else None,
            within=still.depth.within if trusted else (),
            impacts=still.depth.impacts if trusted else (),
            sequence=depth.sequence,
        )

    def age(self, view: MarketView) -> float | None:
        """Seconds since the picture of the product in front was taken; None while nothing is frozen."""
        if not self.on or not view.depths:
            return 0.0 if self.on else None
        still = self._stills.get(view.depths[0].product)
        return 0.0 if still is None else max(0.0, view.at - still.at)


def _terms(depth: DepthView, request: ViewRequest) -> _Terms:
    return depth.group, request.impact, request.imbalance_levels, request.imbalance_bps


def part(depth: DepthView, levels: int, wanted: Window | None) -> DepthView:
    """The rows of ``depth`` that a request would have got.

    Args:
        depth: With rows from the touch outwards.
        levels: Rows a side; of no account where a window is given.
        wanted: Rows around a price instead.
    """
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
