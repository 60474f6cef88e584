"""What follows from the top of a book: free functions, exact where the result is finite."""

from __future__ import annotations

from decimal import Context, Decimal
from typing import TYPE_CHECKING, Final

from depthview.core.numbers import EXACT

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.core.levels import Level

_RATIO: Final = Context(prec=28)
"""For quotients, which have no last digit: 28 significant digits."""


def spread(bid: Level, ask: Level) -> Decimal:
    """Best ask minus best bid, quote currency; negative when crossed."""
    return EXACT.subtract(ask.price, bid.price)


def mid(bid: Level, ask: Level) -> Decimal:
    """Half of best bid plus best ask, quote currency, exact."""
    return EXACT.multiply(EXACT.add(bid.price, ask.price), Decimal("0.5"))


def spread_bps(bid: Level, ask: Level) -> Decimal:
    """The spread in basis points (1/10,000) of the mid, 28 significant digits."""
    return _RATIO.divide(EXACT.multiply(spread(bid, ask), Decimal(10_000)), mid(bid, ask))


def microprice(bid: Level, ask: Level) -> Decimal:
    """The mid leant towards the heavier side: (bid x ask size + ask x bid size) / both sizes, 28 digits."""
    weighed = EXACT.add(EXACT.multiply(bid.price, ask.size), EXACT.multiply(ask.price, bid.size))
    return _RATIO.divide(weighed, EXACT.add(bid.size, ask.size))


def total(sizes: Iterable[Decimal]) -> Decimal:
    """Exact sum."""
    amount = Decimal(0)
    for size in sizes:
        amount = EXACT.add(amount, size)
    return amount


def imbalance(bids: Decimal, asks: Decimal) -> Decimal | None:
    """(bids - asks) / (bids + asks) of two summed sizes: -1 to 1; None where both are zero."""
    both = EXACT.add(bids, asks)
    return _RATIO.divide(EXACT.subtract(bids, asks), both) if both else None
