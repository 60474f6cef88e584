"""Round row widths, and the row that a price belongs to."""

from __future__ import annotations

from decimal import ROUND_CEILING, ROUND_FLOOR, Decimal
from typing import Final

from depthview.core.fixed_point import EXACT
from depthview.core.types import Side

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
