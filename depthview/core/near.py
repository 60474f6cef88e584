"""What rests within a distance of the mid: a run of ranks, found by bisection."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.core.levels import Side
from depthview.core.numbers import EXACT

if TYPE_CHECKING:
    from depthview.core.book_side import BookSide

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
    return side.chunks.sizes(0, side.rank(edge, inclusive=True))
