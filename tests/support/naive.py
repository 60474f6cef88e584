"""Rows and measures of a book as one would write them without a thought for speed: what the real ones are held against.

Everything is computed from whole sides, with fractions or with decimals of 200 digits; nothing of the package's own
arithmetic is used.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from decimal import Context, Decimal, localcontext
from fractions import Fraction
from typing import TYPE_CHECKING

from depthview.core.types import Side
from depthview.views.depth import DepthWithin, ImpactView, LevelRow

if TYPE_CHECKING:
    from depthview.views.market import Window

Levels = Mapping[Decimal, Decimal]
"""Sizes by price, of one side."""

_WIDE = Context(prec=200)
_QUOTIENT = Context(prec=28)
ZERO = Decimal(0)


def decimal_of(number: Fraction) -> Decimal:
    """The exact decimal of a fraction that has one."""
    found = _WIDE.divide(Decimal(number.numerator), Decimal(number.denominator))
    assert Fraction(found) == number
    return found


def best_first(levels: Levels, side: Side) -> list[tuple[Decimal, Decimal]]:
    return sorted(levels.items(), reverse=side is Side.BID)


def all_rows(levels: Levels, side: Side, width: Decimal | None = None, *, notional: bool = True) -> list[LevelRow]:
    """Every row of a side, best first; of ``width`` where one is given, else one for each level."""
    with localcontext(_WIDE):
        gathered: dict[Decimal, list[tuple[Decimal, Decimal]]] = {}
        for price, size in best_first(levels, side):
            row = price
            if width is not None:
                whole = int(price / width) if price % width == 0 or side is Side.BID else int(price / width) + 1
                row = whole * width
            gathered.setdefault(row, []).append((price, size))
        rows: list[LevelRow] = []
        size_so_far, worth_so_far = ZERO, ZERO
        for row, inside in gathered.items():
            size_here = sum((size for _, size in inside), ZERO)
            worth_here = sum((price * size for price, size in inside), ZERO)
            size_so_far, worth_so_far = size_so_far + size_here, worth_so_far + worth_here
            worths = (worth_here, worth_so_far) if notional else (None, None)
            rows.append(LevelRow(row, size_here, size_so_far, *worths))
    return rows


def window(
    bids: Sequence[LevelRow], asks: Sequence[LevelRow], wanted: Window
) -> tuple[tuple[LevelRow, ...], tuple[LevelRow, ...], int, int]:
    """Bids and asks of a window, best first, and how many rows come before them on each side."""
    ladder = [(row.price, is_ask, at) for is_ask, rows in enumerate((bids, asks)) for at, row in enumerate(rows)]
    ladder.sort(key=lambda row: (row[0], row[1]))
    above = [row for row in ladder if row[0] >= wanted.at][: wanted.above]
    below = [row for row in ladder if row[0] < wanted.at]
    shown = above + below[len(below) - min(wanted.below, len(below)) :]
    chosen = [sorted(at for _, is_ask, at in shown if is_ask == side) for side in (0, 1)]
    found_bids, found_asks = (tuple(rows[at] for at in chosen[n]) for n, rows in enumerate((bids, asks)))
    before_bids, before_asks = (ranks[0] if ranks else 0 for ranks in chosen)
    return found_bids, found_asks, before_bids, before_asks


def within(bids: Levels, asks: Levels, bps: int) -> DepthWithin:
    """Sums of the sizes no further than ``bps`` from the mid; both sides must have a level."""
    with localcontext(_WIDE):
        twice_mid = max(bids) + min(asks)
        sums = [
            sum(
                (size for price, size in levels.items() if abs(2 * price - twice_mid) * 10_000 <= twice_mid * bps), ZERO
            )
            for levels in (bids, asks)
        ]
    return DepthWithin(bps, *sums)


def total(amounts: Iterable[Decimal | None]) -> Decimal:
    with localcontext(_WIDE):
        return sum((amount for amount in amounts if amount is not None), ZERO)


def leaning(bids: Decimal, asks: Decimal) -> Decimal | None:
    both = Fraction(bids) + Fraction(asks)
    return rounded((Fraction(bids) - Fraction(asks)) / both) if both else None


def rounded(number: Fraction) -> Decimal:
    """To 28 digits, half to even."""
    return _QUOTIENT.divide(Decimal(number.numerator), Decimal(number.denominator))


def impact(levels: Levels, side: str, size: Decimal, mid: Fraction | None, *, in_quote: bool) -> ImpactView:
    """What buying or selling costs, level by level; the fractions are rounded at the very end."""
    left, base, worth, touched = Fraction(size), Fraction(0), Fraction(0), 0
    worst: Decimal | None = None
    is_divided = False
    for price, here in best_first(levels, Side.ASK if side == "buy" else Side.BID):
        if left <= 0:
            break
        unit = Fraction(price) if in_quote else Fraction(1)
        taken = min(Fraction(here), left / unit)
        left -= taken * unit
        is_divided = in_quote and taken < Fraction(here)
        base, worth = base + taken, worth + taken * Fraction(price)
        touched, worst = touched + 1, price
    average = worth / base if base else None
    slippage = None
    if average is not None and mid:
        slippage = (average - mid if side == "buy" else mid - average) / mid * 10_000
    return ImpactView(
        side,
        rounded(base) if is_divided else decimal_of(base),
        None if average is None else rounded(average),
        None if slippage is None else rounded(slippage),
        touched,
        worst,
        left <= 0,
    )
