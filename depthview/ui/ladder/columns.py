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
_BAR_LEAST: Final = 6
_BAR_WISHED: Final = 40
_ROOMY: Final = 34
"""From here on columns are at least as wide as their headers with currencies."""
_DECIMALS_GIVEN: Final = 4
"""Decimals of a size that are given up for Σ or the bar."""
_ORDER: Final = ("price", "distance", "size", "total", "bar")
_WISHES: Final = ((True, True), (False, True), (False, False))
"""Σ and bar, the most wished for first."""
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
    marks: bool = False
    """Whether a letter in the left edge says the side of every level, as where there are no colours."""

    def find(self, key: str) -> Column | None:
        """The column ``key``, or None where there was no room for it."""
        return next((column for column in self.columns if column.key == key), None)


def plan(depth: DepthView, reserve: Reserve, width: int, *, marks: bool = False) -> Columns:
    """The columns of ``depth`` in ``width`` columns of the terminal.

    Price and size come first. Where they do not fit as they are, the bar goes before decimals do, except that up to
    four decimals are given up for sums and bars; sums exist from :data:`_WIDE` on only.
    """
    edge, gap = (2, 2) if width >= _WIDE else (1, 1)
    inner = max(1, width - 2 * edge)
    roomy = inner >= _ROOMY
    price = max(_number(reserve.price, depth.price_decimals), len(f"PRICE {depth.quote}") if roomy else 0)
    price = min(price, max(1, inner - 6))
    header = len(f"SIZE {depth.base}") if roomy else 0

    def number(digits: int, decimals: int) -> int:
        return max(_number(digits, decimals), header)

    def spare(decimals: int, *, total: bool) -> int:
        """What price, size and perhaps Σ leave over, a gap included; negative where they do not fit."""
        rest = inner - price - gap - number(reserve.size, decimals)
        return rest - gap - number(reserve.total, decimals) if total else rest

    total, bar, decimals = False, False, 0
    for total, bar in _WISHES:
        least = max(0, depth.size_decimals - _DECIMALS_GIVEN) if bar else 0
        needed = gap + _BAR_LEAST if bar else 0
        decimals = next((d for d in range(depth.size_decimals, least - 1, -1) if spare(d, total=total) >= needed), -1)
        if decimals >= 0 and (width >= _WIDE or not total):
            break
    decimals = max(0, decimals)
    rest = spare(decimals, total=total)
    widths = {"price": price, "size": min(number(reserve.size, decimals), max(1, inner - price - gap))}
    if total:
        widths["total"] = number(reserve.total, decimals)
    if bar and rest - gap >= _DISTANCE + gap + _BAR_WISHED:
        widths["distance"] = _DISTANCE
        rest -= gap + _DISTANCE
    if bar:
        widths["bar"] = rest - gap
    columns: list[Column] = []
    x = edge
    for key in (key for key in _ORDER if key in widths):
        columns.append(Column(key, x, widths[key]))
        x += widths[key] + gap
    return Columns(width, edge, tuple(columns), depth.price_decimals, decimals, marks)


def _number(digits: int, decimals: int) -> int:
    return digits + (1 + decimals if decimals else 0)
