"""Sums over runs of levels, against fractions."""

from __future__ import annotations

from decimal import Decimal
from fractions import Fraction

from hypothesis import given, settings
from hypothesis import strategies as st

from depthview.core.fixed_point import text_of
from depthview.core.measures import size_within
from depthview.core.order_book import OrderBook
from depthview.core.types import Side
from tests.core.books import PAIRS, PRICES, SIZES, Change, Levels, book_of, uncrossed
from tests.support import naive


@given(st.tuples(PRICES, SIZES).flatmap(lambda kinds: st.dictionaries(*kinds, max_size=60)), st.integers(0, 60))
@settings(max_examples=400)
def test_sums_of_sizes_and_of_notionals(levels: Levels, count: int) -> None:
    book, best = book_of({}, levels), sorted(levels.items())[:count]
    sizes, worths = book.asks.block_sums.sizes(0, count), book.asks.block_sums.notionals(0, count)
    assert Fraction(sizes) == sum((Fraction(size) for _, size in best), Fraction(0))
    assert Fraction(worths) == sum((Fraction(price) * Fraction(size) for price, size in best), Fraction(0))


@given(st.integers(1, 10**15 - 1), st.integers(1, 4_000))
@settings(max_examples=100)
def test_the_sum_of_many_large_sizes_loses_nothing(steps: int, count: int) -> None:
    book = OrderBook()
    size = text_of(Decimal(steps).scaleb(-8))
    book.apply_snapshot([Change("offer", str(n), size) for n in range(1, count + 1)])
    assert book.asks.block_sums.sizes(0, count) == Decimal(steps * count).scaleb(-8)


@given(PAIRS, st.sampled_from([0, 1, 10, 50, 5_000, 10_000, 25_000]))
@settings(max_examples=300)
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
@settings(max_examples=150)
def test_depth_of_so_many_levels(pair: tuple[Levels, Levels], count: int) -> None:
    book = book_of(*pair)
    for side, kept, levels in ((Side.BID, book.bids, pair[0]), (Side.ASK, book.asks, pair[1])):
        rows = naive.all_rows(levels, side)[:count]
        assert kept.block_sums.sizes(0, count) == (rows[-1].cumulative if rows else 0)
