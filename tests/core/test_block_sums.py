"""Kept sums against sums of everything, while the book changes between looks."""

from __future__ import annotations

from decimal import Decimal
from unittest.mock import patch

from hypothesis import given, settings
from hypothesis import strategies as st

from depthview.core.fixed_point import text_of
from depthview.core.order_book import OrderBook
from depthview.core.types import Side
from tests.core.books import Change, Levels, book_of
from tests.support import naive

WIDTH = Decimal("0.07")
PRICES = st.one_of(
    st.integers(1, 90).map(lambda n: Decimal(n).scaleb(-2)),
    st.integers(1, 90).map(lambda n: Decimal(n).scaleb(-2)),
    st.integers(1, 90).map(lambda n: Decimal(n).scaleb(-2)),
    st.just(Decimal("0.100000000000000001")),
)
SIZES = st.one_of(st.integers(0, 3).map(Decimal), st.integers(0, 3).map(Decimal), st.just(Decimal("0.1234567891")))
CHANGES = st.lists(st.tuples(st.sampled_from(["bid", "offer"]), PRICES, SIZES), max_size=8)


def _check(book: OrderBook, levels: dict[str, Levels], start: int, stop: int) -> None:
    for name, side, kept in (("bid", Side.BID, book.bids), ("offer", Side.ASK, book.asks)):
        rows = naive.all_rows(levels[name], side)
        inside = rows[start:stop]
        assert kept.block_sums.sizes(start, stop) == naive.total(row.size for row in inside)
        assert kept.block_sums.notionals(start, stop) == naive.total(row.notional for row in inside)
        if stop and rows:
            before = dict(naive.best_first(levels[name], side)[:stop])
            assert kept.block_sums.rows(min(stop, len(rows)), WIDTH) == len(naive.all_rows(before, side, WIDTH))


@given(
    st.tuples(*[st.dictionaries(PRICES, SIZES.filter(bool), max_size=60)] * 2),
    st.lists(st.tuples(CHANGES, st.integers(0, 60), st.integers(0, 60)), max_size=12),
)
@settings(max_examples=300)
def test_sums_follow_every_change(
    pair: tuple[Levels, Levels], looks: list[tuple[list[tuple[str, Decimal, Decimal]], int, int]]
) -> None:
    with (
        patch("depthview.core.book_side._LEVELS", 3),
        patch("depthview.core.book_side._TOUCH_LEVELS", 6),
        patch("depthview.core.book_side._DIRECT", 1),
        patch("depthview.core.book_side._RUNS", 4),
        patch("depthview.core.book_side._NOTED", 6),
    ):
        levels = {"bid": dict(pair[0]), "offer": dict(pair[1])}
        book = book_of(*pair)
        for changes, start, count in looks:
            book.apply_update([Change(side, text_of(price), text_of(size)) for side, price, size in changes])
            for side, price, size in changes:
                if size:
                    levels[side][price] = size
                else:
                    levels[side].pop(price, None)
            _check(book, levels, start, start + count)
            _check(book, levels, 0, 99)


def test_sums_stay_true_while_the_market_moves_on() -> None:
    book = OrderBook()
    book.apply_snapshot([Change("bid", str(n), "1") for n in range(1, 1_001)])
    assert book.bids.block_sums.sizes(0, 1_000) == 1_000
    for price in range(1_001, 20_001):
        book.apply_update([Change("bid", str(price), "2"), Change("bid", str(price - 1_000), "0")])
        if price % 50 == 0:
            moved = min(price - 1_000, 1_000)
            assert book.bids.block_sums.sizes(0, 2_000) == 1_000 + moved


def test_a_look_after_a_change_near_the_touch_reads_few_levels() -> None:
    book = OrderBook()
    book.apply_snapshot([Change("bid", str(n), "1") for n in range(1, 20_001)])
    book.bids.block_sums.sizes(0, 20_000)
    book.apply_update([Change("bid", "19990", "5")])
    read: list[int] = []
    between = type(book.bids).levels_between

    def watched(side: object, start: int, stop: int) -> object:
        read.append(stop - start)
        return between(side, start, stop)  # type: ignore[arg-type]  # it is a side

    with patch("depthview.core.book_side.BookSide.levels_between", watched):
        assert book.bids.block_sums.sizes(0, 20_000) == 20_004
    assert sum(read) <= 200
