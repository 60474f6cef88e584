"""What marks on a ladder are measured by. Pure."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.core.fixed_point import ONE, notional
from depthview.preferences.display import Unit

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.preferences.display import Choices
    from depthview.views.depth import DepthView

_TIMES: Final = 3
"""A level is large when it is so many times the upper quartile of those around it."""
_FEW: Final = 8
"""Fewer levels than this say nothing of what is usual."""
_STEPS: Final = (1, 2, 5)


def amounts_of(depth: DepthView, choices: Choices) -> list[Decimal]:
    """The amounts of all rows in the unit shown, the smallest first."""
    rows = (*depth.bids, *depth.asks)
    if choices.unit is Unit.BASE:
        return sorted(row.size for row in rows)
    return sorted(row.notional for row in rows if row.notional is not None)


def large_from(depth: DepthView, choices: Choices, amounts: Sequence[Decimal]) -> Decimal | None:
    """The amount from which a level is marked, in the unit shown; None where nothing is.

    A size that a person set in the other unit than the one that is shown is taken at the price of the touch.

    Args:
        depth: For that price.
        choices: What a person set.
        amounts: From :func:`amounts_of`.
    """
    if choices.large is not None:
        near, size = (*depth.asks[:1], *depth.bids[:1]), choices.large.size
        if choices.large.in_quote is (choices.unit is Unit.QUOTE):
            return size
        of_one = notional(near[0].price, ONE, depth.multiplier) if near else None
        if of_one is None:
            return None
        return size / of_one if choices.large.in_quote else size * of_one
    if len(amounts) < _FEW:
        return None
    quartile = amounts[len(amounts) * 3 // 4]
    return quartile * _TIMES if quartile else None


def next_dust(depth: DepthView, dust: Decimal | None, step: int) -> Decimal | None:
    """The size under which levels are hidden, one step of 1, 2, 5 up (1) or down (-1); None hides none.

    The first step is the largest that hides less than about a quarter of what is on show.
    """
    sizes = sorted(row.size for row in (*depth.bids, *depth.asks) if row.size)
    if not sizes:
        return dust
    if dust is None:
        return _at_most(sizes[len(sizes) // 4]) if step > 0 else None
    power = Decimal((0, (1,), dust.adjusted()))
    ladder = [power / 10 * factor for factor in _STEPS] + [power * factor for factor in (*_STEPS, 10)]
    beyond = [size for size in ladder if (size > dust if step > 0 else size < dust)]
    chosen = min(beyond) if step > 0 else max(beyond)
    if step < 0 and chosen < sizes[0]:
        return None
    return chosen if chosen <= sizes[-1] else dust


def _at_most(value: Decimal) -> Decimal:
    power = Decimal((0, (1,), value.adjusted()))
    return max(power * factor for factor in _STEPS if power * factor <= value)
