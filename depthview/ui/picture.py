"""Which products stand side by side, and which group comes next. Plain values, no widgets."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.core.grouping import group_steps

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from depthview.views.depth import DepthView


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
