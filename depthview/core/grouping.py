"""Row widths that a person would choose, and levels gathered into them."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import TYPE_CHECKING, Final

from depthview.core.levels import Level, Side
from depthview.core.numbers import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterable

_MULTIPLES: Final = (1, 2, 5, 10, 25, 50)


def group_steps(tick: Decimal, price: Decimal) -> tuple[Decimal, ...]:
    """Row widths for a product: 1, 2, 5, 10, 25, 50, 100, 250 ... ticks, up to about a tenth of ``price``.

    Args:
        tick: Price increment, above 0.
        price: A price of the product, for the upper end.
    """
    steps = [tick * m for m in _MULTIPLES]
    scale = 100
    while steps[-1] * 10 <= price:
        steps += [tick * m * scale for m in (1, Decimal("2.5"), 5)]
        scale *= 10
    return tuple(s for s in steps if s == tick or s * 10 <= price)


def bucket(price: Decimal, width: Decimal, side: Side) -> Decimal:
    """The row that a price belongs to: bids down, asks up, so that a row never crosses the touch."""
    rounding = ROUND_FLOOR if side is Side.BID else ROUND_CEILING
    rows = EXACT.divide(price, width).to_integral_value(rounding)
    return EXACT.multiply(rows, width)


def grouped(levels: Iterable[Level], width: Decimal, side: Side, rows: int) -> list[Level]:
    """The first ``rows`` rows of ``width`` with the exact sum of the sizes in each.

    Args:
        levels: Best first.
        width: Row width in quote currency.
        side: Which way to round.
        rows: How many rows at most; the walk stops at the first level beyond them.
    """
    found: list[Level] = []
    if rows <= 0:
        return found
    at: Decimal | None = None
    total = Decimal(0)
    for level in levels:
        row = bucket(level.price, width, side)
        if row != at:
            if at is not None:
                found.append(Level(at, total))
                if len(found) == rows:
                    return found
            at, total = row, Decimal(0)
        total = EXACT.add(total, level.size)
    if at is not None:
        found.append(Level(at, total))
    return found
