"""Measures of a book: top, imbalance, depth within a distance of the mid, and the cost of taking a size. All exact.

The cost of a size is found in blocks of levels (see :mod:`depthview.core.book_side`). A block is twice as long as the
one before it while whole blocks can be taken, and half as long once one cannot, until the level is found in which the
size ends: never more than twice as many levels as the size takes. Quotients are taken once, at the end.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Context, Decimal
from typing import TYPE_CHECKING, Final

from depthview.core.fixed_point import EXACT, ONE, WIDE, multiplied
from depthview.core.types import Side

if TYPE_CHECKING:
    from depthview.core.book_side import BookSide
    from depthview.core.types import Level

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
    """The mid weighted by size: (bid x ask size + ask x bid size) / both sizes, 28 digits."""
    weighed = EXACT.add(EXACT.multiply(bid.price, ask.size), EXACT.multiply(ask.price, bid.size))
    return _RATIO.divide(weighed, EXACT.add(bid.size, ask.size))


def imbalance(bids: Decimal, asks: Decimal) -> Decimal | None:
    """(bids - asks) / (bids + asks) of two summed sizes: -1 to 1; None where both are zero."""
    both = EXACT.add(bids, asks)
    return _RATIO.divide(EXACT.subtract(bids, asks), both) if both else None


_BASIS_POINT: Final = Decimal("0.0001")


def size_within(side: BookSide, mid: Decimal, bps: int) -> Decimal:
    """Exact sum of the sizes at most ``bps`` from the mid, that distance included; base currency.

    Args:
        side: Of a book.
        mid: Quote currency.
        bps: Basis points (1/10,000) of the mid, not negative.
    """
    share = EXACT.multiply(_BASIS_POINT, Decimal(-bps if side.side is Side.BID else bps))
    edge = EXACT.fma(mid, share, mid)
    return side.block_sums.sizes(0, side.rank(edge, inclusive=True))


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
        self.quote = Decimal(0)
        self.levels = 0
        self._in_quote = in_quote

    def takes(self, base: Decimal, quote: Decimal, levels: int) -> bool:
        """Take some levels, unless there is more in them than is left to take."""
        amount = quote if self._in_quote else base
        if amount > self.left:
            return False
        self.left = WIDE.subtract(self.left, amount)
        self.base = WIDE.add(self.base, base)
        self.quote = WIDE.add(self.quote, quote)
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
        notionals = multiplied(side.block_sums.notionals(start, stop), multiplier)
        if not taker.takes(side.block_sums.sizes(start, stop), notionals, stop - start):
            grows = False
        block = block * 2 if grows else block // 2
    paid, base, filled, touched = taker.quote, taker.base, taker.base, taker.levels
    is_within = bool(taker.left) and taker.levels < len(side)
    if is_within:
        # Both sides of the average's fraction are multiplied by the price, so that nothing is divided before the end.
        price, touched = side.price_at(taker.levels), taker.levels + 1
        of_one = multiplied(price, multiplier)
        if in_quote:
            paid = WIDE.multiply(WIDE.add(paid, taker.left), of_one)
            base = WIDE.fma(base, of_one, taker.left)
            filled = _RATIO.divide(base, of_one)
        else:
            paid = WIDE.fma(taker.left, of_one, paid)
            base = filled = WIDE.add(base, taker.left)
    # What was paid for a base of one unit of price.
    base = multiplied(base, multiplier)
    return Fill(
        filled,
        _RATIO.divide(paid, base) if base else None,
        _slippage(side.side, paid, base, mid) if base and mid is not None else None,
        touched,
        side.price_at(touched - 1) if touched else None,
        is_within or not taker.left,
    )


def _slippage(side: Side, paid: Decimal, base: Decimal, mid: Decimal) -> Decimal:
    fair = WIDE.multiply(mid, base)
    worse = WIDE.subtract(paid, fair) if side is Side.ASK else WIDE.subtract(fair, paid)
    return _RATIO.divide(WIDE.multiply(worse, Decimal(10_000)), fair)
