"""What taking a size from one side of a book would cost.

Levels are taken in blocks (see :mod:`depthview.core.chunks`). A block is twice as long as the one before it while
blocks can be taken whole, and half as long once one cannot, until the level is found in which the size ends: a look
never goes further from the touch than twice as far as the size reaches. Quotients are taken once, at the end, from
exact numbers.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Final

from depthview.core.levels import Side
from depthview.core.notional import ONE, worth

if TYPE_CHECKING:
    from depthview.core.book_side import BookSide

_WIDE: Final = Context(prec=400)
"""For products of sums, prices and a size that a person typed: never rounded."""
_RATIO: Final = Context(prec=28)


@dataclass(frozen=True, slots=True)
class Fill:
    """What a size would take, and at what price."""

    filled: Decimal
    """In units of size: exact, but for a size in quote currency that ends within a level, where it has 28 digits."""
    average: Decimal | None
    """Price, 28 digits; None where nothing could be taken."""
    slippage_bps: Decimal | None
    """Distance of the average from the mid, 28 digits, above 0 where worse; None without a mid."""
    levels: int
    """Touched."""
    worst: Decimal | None
    """Price of the last of them."""
    complete: bool
    """Whether the book holds enough."""


class _Taker:
    """Takes levels whole until the size ends within one."""

    def __init__(self, size: Decimal, *, in_quote: bool) -> None:
        self.left = size
        self.base = Decimal(0)
        self.worth = Decimal(0)
        self.levels = 0
        self._in_quote = in_quote

    def takes(self, base: Decimal, worth: Decimal, levels: int) -> bool:
        """Take some levels, unless there is more in them than is left to take."""
        amount = worth if self._in_quote else base
        if amount > self.left:
            return False
        self.left = _WIDE.subtract(self.left, amount)
        self.base = _WIDE.add(self.base, base)
        self.worth = _WIDE.add(self.worth, worth)
        self.levels += levels
        return True


def fill(side: BookSide, size: Decimal, mid: Decimal | None, *, in_quote: bool, multiplier: Decimal = ONE) -> Fill:
    """Take a size from a side, best price first.

    Args:
        side: Asks for a buyer, bids for a seller.
        size: Above 0, or nothing is taken.
        mid: Of the book, above 0; None where there is none.
        in_quote: Whether ``size`` is in quote currency, and not in base currency or contracts.
        multiplier: Of the product.
    """
    taker = _Taker(max(size, Decimal(0)), in_quote=in_quote)
    block, grows = 1, True
    while block and taker.left and taker.levels < len(side):
        start, stop = taker.levels, min(taker.levels + block, len(side))
        notionals = worth(side.chunks.notionals(start, stop), multiplier)
        if not taker.takes(side.chunks.sizes(start, stop), notionals, stop - start):
            grows = False
        block = block * 2 if grows else block // 2
    paid, base, filled, touched = taker.worth, taker.base, taker.base, taker.levels
    is_within = bool(taker.left) and taker.levels < len(side)
    if is_within:
        # Both sides of the average's fraction are multiplied by the price, so that nothing is divided before the end.
        price, touched = side.price_at(taker.levels), taker.levels + 1
        of_one = worth(price, multiplier)
        if in_quote:
            paid = _WIDE.multiply(_WIDE.add(paid, taker.left), of_one)
            base = _WIDE.fma(base, of_one, taker.left)
            filled = _RATIO.divide(base, of_one)
        else:
            paid = _WIDE.fma(taker.left, of_one, paid)
            base = filled = _WIDE.add(base, taker.left)
    # What was paid for a base of one unit of price.
    base = worth(base, multiplier)
    return Fill(
        filled,
        _RATIO.divide(paid, base) if base else None,
        _slippage(side.side, paid, base, mid) if base and mid is not None else None,
        touched,
        side.price_at(touched - 1) if touched else None,
        is_within or not taker.left,
    )


def _slippage(side: Side, worth: Decimal, base: Decimal, mid: Decimal) -> Decimal:
    fair = _WIDE.multiply(mid, base)
    worse = _WIDE.subtract(worth, fair) if side is Side.ASK else _WIDE.subtract(fair, worth)
    return _RATIO.divide(_WIDE.multiply(worse, Decimal(10_000)), fair)
