"""What a size costs, against going through the whole side with fractions."""

from __future__ import annotations

from dataclasses import astuple
from decimal import Decimal
from fractions import Fraction

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depthview.core.book_side import BookSide
from depthview.core.measures import Fill, fill
from depthview.core.types import Side
from tests.core.books import EVERY, SIDES, Levels, book_of
from tests.support import naive

ASKS: Levels = {Decimal(100): Decimal(2), Decimal(110): Decimal(3), Decimal(120): Decimal(5)}
BIDS: Levels = {Decimal(98): Decimal(2), Decimal(90): Decimal(4)}
MID = Decimal(99)


def _side(levels: Levels, side: Side) -> BookSide:
    return book_of(levels, {}).bids if side is Side.BID else book_of({}, levels).asks


def _check(levels: Levels, side: Side, size: Decimal, mid: Decimal | None, *, in_quote: bool) -> None:
    found = fill(_side(levels, side), size, mid, in_quote=in_quote)
    word = "buy" if side is Side.ASK else "sell"
    fair = None if mid is None else Fraction(mid)
    assert (word, *astuple(found)) == astuple(naive.impact(levels, word, size, fair, in_quote=in_quote))


@given(SIDES, st.sampled_from(Side), EVERY, st.one_of(st.none(), EVERY), st.booleans())
@settings(max_examples=400)
def test_any_size(levels: Levels, side: Side, size: Decimal, mid: Decimal | None, in_quote: bool) -> None:
    _check(levels, side, size, mid, in_quote=in_quote)


@given(SIDES.filter(bool), st.sampled_from(Side), EVERY, st.booleans(), st.data())
@settings(max_examples=400)
def test_sizes_that_end_at_a_level_or_beside_its_end(
    levels: Levels, side: Side, mid: Decimal, in_quote: bool, data: st.DataObject
) -> None:
    row = data.draw(st.sampled_from(naive.all_rows(levels, side)))
    end = row.cumulative_notional if in_quote else row.cumulative
    assert end is not None
    beside = Fraction(data.draw(st.sampled_from([-1, 0, 1]))) / 10**30
    _check(levels, side, naive.decimal_of(max(Fraction(0), Fraction(end) + beside)), mid, in_quote=in_quote)


def _bps(part: str, of: str) -> Decimal:
    return naive.rounded(Fraction(part) / Fraction(of) * 10_000)


@pytest.mark.parametrize(
    ("side", "size", "in_quote", "expected"),
    [
        (Side.ASK, "2", False, Fill(Decimal(2), Decimal(100), _bps("1", "99"), 1, Decimal(100), True)),
        (Side.ASK, "4", False, Fill(Decimal(4), Decimal(105), _bps("6", "99"), 2, Decimal(110), True)),
        (Side.ASK, "200", True, Fill(Decimal(2), Decimal(100), _bps("1", "99"), 1, Decimal(100), True)),
        (Side.ASK, "420", True, Fill(Decimal(4), Decimal(105), _bps("6", "99"), 2, Decimal(110), True)),
        (Side.ASK, "99", False, Fill(Decimal(10), Decimal(113), _bps("14", "99"), 3, Decimal(120), False)),
        (Side.BID, "4", False, Fill(Decimal(4), Decimal(94), _bps("5", "99"), 2, Decimal(90), True)),
        (Side.BID, "376", True, Fill(Decimal(4), Decimal(94), _bps("5", "99"), 2, Decimal(90), True)),
        (Side.BID, "0", False, Fill(Decimal(0), None, None, 0, None, True)),
    ],
)  # fmt: skip
def test_sizes(side: Side, size: str, in_quote: bool, expected: Fill) -> None:
    levels = ASKS if side is Side.ASK else BIDS
    assert fill(_side(levels, side), Decimal(size), MID, in_quote=in_quote) == expected


def test_an_empty_side_fills_nothing() -> None:
    side = _side({}, Side.ASK)
    assert fill(side, Decimal(1), MID, in_quote=False) == Fill(Decimal(0), None, None, 0, None, False)


def test_without_a_mid_there_is_a_price_and_no_slippage() -> None:
    found = fill(_side(ASKS, Side.ASK), Decimal(1), None, in_quote=False)
    assert (found.average, found.slippage_bps) == (Decimal(100), None)


class _Watched(BookSide):
    """Knows how far from the touch it was read."""

    __slots__ = ("furthest",)

    def __init__(self, levels: int) -> None:
        super().__init__(Side.ASK)
        self.furthest = 0
        self.load({-(10_000 + 100 * n): 10**8 for n in range(levels)}, 2, 8)

    def levels_between(self, start: int, stop: int) -> tuple[list[int], list[int]]:
        self.furthest = max(self.furthest, stop)
        return super().levels_between(start, stop)


@pytest.mark.parametrize("size", ["0.5", "1", "2", "3", "7.5", "64", "65", "3000", "3000.1"])
def test_no_look_goes_further_than_twice_as_far_as_the_size_reaches(size: str) -> None:
    side = _Watched(50_000)
    found = fill(side, Decimal(size), MID, in_quote=False)
    assert found.complete
    assert found.levels <= side.furthest <= 2 * found.levels
