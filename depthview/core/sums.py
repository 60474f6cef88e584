"""Exact sums over many levels, for about the price of float sums.

A book keeps plain numbers as floats (see :mod:`depthview.core.numbers`), and each such float determines its decimal
number. So a sum need not turn every one of them into a Decimal to be exact:

1. **Sizes.** A plain number has at most 8 decimals, so a sum is a whole number of 1e-8. ``math.fsum`` rounds once, and
   each float is off by at most 2**-53 of itself: below a sum of 2**23, everything together is off by less than a third
   of 1e-8, and rounding gives the exact number. Larger sums are taken over integers.
2. **Prices x sizes.** Prices are kept as integers, and a float size is turned into one (rule 2 there).
3. A size that is no float is summed as Decimal.

Measured on Python 3.11, a level: sizes 60 ns, prices x sizes 200 ns, against 700 and 1,300 ns over Decimals.
"""

from __future__ import annotations

from decimal import Decimal
from math import fsum
from typing import TYPE_CHECKING, Final, TypeGuard

from depthview.core.numbers import EXACT, FINE_BELOW, Number, exact

if TYPE_CHECKING:
    from collections.abc import Sequence

_SIZE_PLACES: Final = 8
_SIZE_STEPS: Final = 1e8
_PROVED_BELOW: Final = float(2**23)


def sum_of_sizes(sizes: Sequence[Number]) -> Decimal:
    """The exact sum of sizes as a book keeps them: floats are plain, never negative, or they are Decimals."""
    if not _are_floats(sizes):
        return _slow_sum(sizes)
    rough = fsum(sizes)
    steps = round(rough * _SIZE_STEPS) if rough < _PROVED_BELOW else sum(map(_size_steps, sizes))
    return Decimal(steps).scaleb(-_SIZE_PLACES, EXACT)


def sum_of_notionals(prices: Sequence[int], sizes: Sequence[Number], places: int) -> Decimal:
    """The exact sum of price x size.

    Args:
        prices: In units of ``10**-places``.
        sizes: One for each price, as a book keeps them.
        places: Of the prices.
    """
    if _are_floats(sizes):
        if max(sizes, default=0.0) < FINE_BELOW:
            total = sum([price * round(size * _SIZE_STEPS) for price, size in zip(prices, sizes, strict=True)])
        else:
            total = sum([price * _size_steps(size) for price, size in zip(prices, sizes, strict=True)])
        return Decimal(total).scaleb(-_SIZE_PLACES - places, EXACT)
    amount = Decimal(0)
    for price, size in zip(prices, sizes, strict=True):
        amount = EXACT.fma(Decimal(price), exact(size), amount)
    return amount.scaleb(-places, EXACT)


def _are_floats(numbers: Sequence[Number]) -> TypeGuard[Sequence[float]]:
    return Decimal not in set(map(type, numbers))


def _size_steps(size: float) -> int:
    # Each product is below 1e15, where a double is within an eighth of the integer that it stands for.
    return round(size * _SIZE_STEPS) if size < FINE_BELOW else round(size * 100) * 1_000_000


def _slow_sum(numbers: Sequence[Number]) -> Decimal:
    amount = Decimal(0)
    for number in numbers:
        amount = EXACT.add(amount, exact(number))
    return amount
