"""Which products stand side by side, which picture is frozen, which group comes next. Plain values, no widgets."""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from depthview.core.grouping import group_steps
from depthview.view import DepthView, MarketView, Trade

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal


def window(products: Sequence[str], selected: str, count: int, start: int) -> int:
    """First product of the ``count`` that stand side by side, so that ``selected`` is among them.

    Args:
        products: In tab order.
        selected: The one in front.
        count: Ladders side by side.
        start: Where the window began before; it moves no further than it must.
    """
    start = max(0, min(start, len(products) - count))
    if selected not in products:
        return start
    at = products.index(selected)
    return at if at < start else max(start, at - count + 1)


def next_group(depth: DepthView, step: int) -> Decimal | None:
    """The row width ``step`` places coarser (1) or finer (-1) than now; None at the end, or without any price."""
    prices = [row.price for row in (*depth.bids[:1], *depth.asks[:1])]
    if not prices and depth.last_trade is not None:
        prices = [depth.last_trade.price]
    if not prices:
        return None
    steps = group_steps(depth.tick, prices[0])
    beyond = [width for width in steps if (width > depth.group if step > 0 else width < depth.group)]
    if not beyond:
        return None
    return min(beyond) if step > 0 else max(beyond)


@dataclass(frozen=True, slots=True)
class Still:
    """A frozen picture of one product."""

    at: float
    """Unix seconds of the feed's clock."""
    depth: DepthView
    trades: tuple[Trade, ...] | None
    """Of the product in front; None for its neighbours."""


class Freezer:
    """Holds the pictures that were taken when the screen was frozen; the feed goes on behind them.

    A product that comes to the front later is taken at that moment: no picture is older than it says, and none
    is shown under another product's name.
    """

    def __init__(self) -> None:
        self._stills: dict[str, Still] = {}
        self.on = False
        """Whether pictures are kept."""

    def toggle(self) -> None:
        """Freeze, or go on."""
        self.on = not self.on
        self._stills.clear()

    def shown(self, view: MarketView) -> MarketView:
        """``view`` with frozen ladders and tape where they are frozen.

        The verdict stays the present one: a picture of a good book is not shown as good once the book is not.
        """
        if not self.on:
            return view
        depths: list[DepthView] = []
        trades = view.trades
        for index, depth in enumerate(view.depths):
            still = self._stills.get(depth.product)
            if still is None or still.depth.group != depth.group or (index == 0 and still.trades is None):
                still = Still(view.at, depth, view.trades if index == 0 else None)
                self._stills[depth.product] = still
            if index == 0 and still.trades is not None:
                trades = still.trades
            depths.append(
                replace(
                    still.depth,
                    verdict=depth.verdict,
                    reason=depth.reason,
                    verdict_age=depth.verdict_age,
                    top=still.depth.top if depth.verdict.trusted else None,
                    within=still.depth.within if depth.verdict.trusted else (),
                    impacts=still.depth.impacts if depth.verdict.trusted else (),
                    sequence=depth.sequence,
                )
            )
        return replace(view, depths=tuple(depths), trades=trades)

    def age(self, view: MarketView) -> float | None:
        """Seconds since the picture of the product in front was taken; None while nothing is frozen."""
        if not self.on or not view.depths:
            return 0.0 if self.on else None
        still = self._stills.get(view.depths[0].product)
        return 0.0 if still is None else max(0.0, view.at - still.at)
