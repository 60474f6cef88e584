"""The columns of a ladder: how wide, where, and with how many decimals.

Columns never move. Their widths come from the product's decimals and from a reserve of integer digits that only
grows; what a tick brings can widen a column once, and nothing narrows it again.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.ui.rows import fixed

if TYPE_CHECKING:
    from decimal import Decimal

    from depthview.view import DepthView

_DISTANCE: Final = 10
_BAR_LEAST: Final = 8
_BAR_WISHED: Final = 24
_WIDE: Final = 60
"""From here on a ladder has its sums; below it loses them first and its bars next."""


@dataclass(frozen=True, slots=True)
class Reserve:
    """Characters kept for the part before the point, separators included, by column."""

    price: int = 1
    size: int = 3
    total: int = 4

    def grown(self, depth: DepthView) -> Reserve:
        """This reserve, or a larger one where ``depth`` needs it."""
        rows = depth.bids + depth.asks
        if not rows:
            return self
        prices = [depth.asks[-1].price] if depth.asks else [depth.bids[0].price]
        if depth.last_trade is not None:
            prices.append(depth.last_trade.price)
        price = max(prices)
        totals = [side[-1] for side in (depth.bids, depth.asks) if side]
        larger = Reserve(
            price=max(self.price, len(fixed(price, 0, separators=True))),
            size=max(self.size, _digits(max(row.size for row in rows))),
            total=max(self.total, _digits(max(row.cumulative for row in totals))),
        )
        return self if larger == self else larger


def _digits(value: Decimal) -> int:
    return max(1, value.adjusted() + 1) if value else 1


class Column(NamedTuple):
    """One column: ``x`` is counted from the ladder's left edge."""

    key: str
    """``price``, ``distance``, ``size``, ``total`` or ``bar``."""
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Columns:
    """A plan for one ladder."""

    width: int
    edge: int
    """Columns at either side that are kept free for the hatching of a doubtful ladder."""
    columns: tuple[Column, ...]
    price_decimals: int
    size_decimals: int
    """Decimals of every size shown: the product's own, fewer only where the ladder is too narrow for them."""

    def find(self, key: str) -> Column | None:
        """The column ``key``, or None where there was no room for it."""
        return next((column for column in self.columns if column.key == key), None)


def plan(depth: DepthView, reserve: Reserve, width: int) -> Columns:
    """The columns of ``depth`` in ``width`` columns of the terminal."""
    edge = 2 if width >= _WIDE else 1
    inner = max(1, width - 2 * edge)
    gap = 2 if width >= _WIDE else 1
    price = _number(reserve.price, depth.price_decimals)
    if width >= _WIDE:
        price = max(price, len(f"PRICE {depth.quote}"))
    price = min(price, max(1, inner - 6))
    decimals = depth.size_decimals

    def size_width(digits: int) -> int:
        return _number(digits, decimals)

    wants_total = width >= _WIDE
    bar_least = _BAR_LEAST if width >= 44 else 6 if inner >= 30 else 0
    while decimals > 0:
        needed = price + gap + size_width(reserve.size) + (gap + bar_least if bar_least else 0)
        if wants_total:
            needed += gap + size_width(reserve.total)
        if needed <= inner:
            break
        if bar_least and not wants_total and decimals <= min(4, depth.size_decimals):
            bar_least = 0
        elif wants_total and decimals <= min(2, depth.size_decimals):
            wants_total = False
        else:
            decimals -= 1
    size = min(size_width(reserve.size), max(1, inner - price - gap))
    chosen = [("price", price), ("size", size)]
    used = price + gap + size
    if wants_total and used + gap + size_width(reserve.total) <= inner:
        chosen.append(("total", size_width(reserve.total)))
        used += gap + size_width(reserve.total)
    if width >= _WIDE and used + 2 * gap + _DISTANCE + _BAR_WISHED <= inner:
        chosen.insert(1, ("distance", _DISTANCE))
        used += gap + _DISTANCE
    bar = inner - used - gap
    if bar_least and bar >= bar_least:
        chosen.append(("bar", bar))
    columns: list[Column] = []
    x = edge
    for key, column_width in chosen:
        columns.append(Column(key, x, column_width))
        x += column_width + gap
    return Columns(width, edge, tuple(columns), depth.price_decimals, decimals)


def _number(digits: int, decimals: int) -> int:
    return digits + (1 + decimals if decimals else 0)
