"""Fast sums against slow ones."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from depthview.core.levels import Side
from depthview.core.near import size_within
from depthview.core.numbers import EXACT, Number, size_value, text_of
from depthview.core.sums import sum_of_notionals, sum_of_sizes
from tests.core.books import PAIRS, PRICES, SIZES, Levels, book_of, uncrossed
from tests.support import naive
from tests.support.steady import steady


def _sizes(numbers: list[Decimal]) -> list[Number]:
    return [size_value(text_of(number)) for number in numbers]


@given(SIZES.flatmap(lambda kind: st.lists(kind, max_size=60)))
@steady(400)
def test_sums_of_sizes(sizes: list[Decimal]) -> None:
    assert Fraction(sum_of_sizes(_sizes(sizes))) == sum(map(Fraction, sizes), Fraction(0))


@given(st.integers(1, 10**15 - 1), st.integers(1, 4_000))
@steady(300)
def test_sums_of_many_equal_sizes_are_exact_up_to_the_switch_to_integers_and_beyond(steps: int, count: int) -> None:
    size = Decimal(steps).scaleb(-8)
    assert sum_of_sizes([float(size)] * count) == Decimal(steps * count).scaleb(-8)


@given(st.tuples(PRICES, SIZES).flatmap(lambda kinds: st.lists(st.tuples(*kinds), max_size=30)))
@steady(400)
def test_sums_of_notionals(levels: list[tuple[Decimal, Decimal]]) -> None:
    prices, sizes = [int(EXACT.scaleb(price, 18)) for price, _ in levels], [size for _, size in levels]
    expected = sum((Fraction(price) * Fraction(size) for price, size in levels), Fraction(0))
    assert Fraction(sum_of_notionals(prices, _sizes(sizes), 18)) == expected


@given(PAIRS, st.sampled_from([0, 1, 10, 50, 5_000, 10_000, 25_000]))
@steady(300)
def test_depth_within_a_distance_of_the_mid(pair: tuple[Levels, Levels], bps: int) -> None:
    bids, asks = uncrossed(*pair)
    if not bids or not asks:
        return
    book = book_of(bids, asks)
    twice = Fraction(max(bids)) + Fraction(min(asks))
    mid = naive.decimal_of(twice / 2)
    expected = naive.within(bids, asks, bps)
    assert (size_within(book.bids, mid, bps), size_within(book.asks, mid, bps)) == (expected.bids, expected.asks)


def test_the_edge_of_the_distance_is_within_it() -> None:
    book = book_of({Decimal(99): Decimal(1), Decimal("98.99"): Decimal(2)}, {Decimal(101): Decimal(4)})
    assert [size_within(side, Decimal(100), 100) for side in (book.bids, book.asks)] == [1, 4]
    assert [size_within(side, Decimal(100), 99) for side in (book.bids, book.asks)] == [0, 0]


@given(PAIRS, st.integers(0, 20))
@steady(150)
def test_depth_of_so_many_levels(pair: tuple[Levels, Levels], count: int) -> None:
    book = book_of(*pair)
    for side, kept, levels in ((Side.BID, book.bids, pair[0]), (Side.ASK, book.asks, pair[1])):
        rows = naive.all_rows(levels, side)[:count]
        assert kept.chunks.sizes(0, count) == (rows[-1].cumulative if rows else 0)
