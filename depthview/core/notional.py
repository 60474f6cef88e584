"""What sizes at prices are worth in quote currency: price x size x multiplier, exactly.

The multiplier is 1 where sizes are in base currency, and the size of a contract where they count contracts. Whatever
multiplies a price by a size to say what it is worth does it here, or multiplies its sums of such products here.
"""

from __future__ import annotations

from decimal import Context, Decimal
from typing import Final

from depthview.core.numbers import EXACT, decimals_of, units_of

_WIDE: Final = Context(prec=400)
"""For products with sums of products: never rounded."""
ONE: Final = Decimal(1)
"""The multiplier of sizes in base currency."""


def notional(price: Decimal, size: Decimal, multiplier: Decimal | None) -> Decimal | None:
    """What a size at a price is worth, in quote currency; None where the multiplier is not known."""
    return None if multiplier is None else worth(EXACT.multiply(price, size), multiplier)


def worth(products: Decimal, multiplier: Decimal) -> Decimal:
    """What a sum of prices times sizes is worth, in quote currency."""
    return products if multiplier is ONE else _WIDE.multiply(products, multiplier)


def worth_units(products: list[int], places: int, multiplier: Decimal) -> tuple[list[int], int]:
    """Sums of prices times sizes, in units of ``10**-places``, as what they are worth, and the places of that."""
    if multiplier is ONE:
        return products, places
    finer = decimals_of(multiplier)
    factor = units_of(multiplier, finer)
    return [factor * product for product in products], places + finer
