"""The book against a dict of Decimals that is sorted for every look."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depthview.core.fixed_point import EXACT, is_number, text_of
from depthview.core.order_book import OrderBook, is_crossed
from depthview.core.types import Level
from tests.core.test_fixed_point import HOSTILE

if TYPE_CHECKING:
    from depthview.core.book_side import BookSide


@dataclass(frozen=True)
class Change:
    """As the decoder hands it over."""

    side: str
    price: str
    size: str


GRID = [spelling for n in range(1, 13) for spelling in (f"{n}", f"{n}.0", f"{n}.00", f"0{n}", f"{n}.1")]
LONG = [
    "5.000000000000000001", "4.999999999999999999", "999999999999999.999999999999999999", "0.000000000000000001",
    "5.123456789012345678", "10000000000000.1", "10000000000000.099609375", "123456789012345", "5.00000001",
]  # fmt: skip
SIZES = [
    "0", "0.0", "0.00000000", "0.000000000000000000", "000", "1", "1.50", "0.1", "0.2", "0.00000001", "65000",
    "0.000000000000000001", "999999999999999.999999999999999999", "9999999.99999999", "12345678.91", "0.123456789",
]  # fmt: skip
CRAFTED = ["1\n2", "0\n0", "1\n", "\n", "0", "0.00", *HOSTILE]

PRICES = st.one_of(st.sampled_from(GRID), st.sampled_from(GRID), st.sampled_from(LONG))
GOOD = st.builds(Change, st.sampled_from(["bid", "offer"]), PRICES, st.sampled_from(SIZES))
SHORT = st.builds(Change, st.sampled_from(["bid", "offer"]), st.sampled_from(GRID), st.sampled_from(SIZES[:11]))
BAD = st.one_of(
    st.builds(Change, st.sampled_from(["bid", "offer"]), st.sampled_from(CRAFTED), st.sampled_from(SIZES)),
    st.builds(Change, st.sampled_from(["bid", "offer"]), PRICES, st.sampled_from(HOSTILE)),
)


@dataclass
class Naive:
    """The book as one would write it without a thought for speed."""

    bids: dict[Decimal, Decimal]
    asks: dict[Decimal, Decimal]
    unknown: int = 0
    bad: int = 0

    def snapshot(self, changes: list[Change]) -> int:
        self.bids, self.asks = {}, {}
        unknown = self.unknown
        bad = self.update(changes)
        self.unknown = unknown
        return bad

    def update(self, changes: list[Change]) -> int:
        bad = 0
        for change in changes:
            side = self.bids if change.side == "bid" else self.asks
            if not is_number(change.price) or not is_number(change.size) or not Decimal(change.price):
                bad += 1
                continue
            price, size = Decimal(change.price), Decimal(change.size)
            if size:
                side[price] = size
            elif side.pop(price, None) is None:
                self.unknown += 1
        self.bad += bad
        return bad


def _check_side(side: BookSide, levels: dict[Decimal, Decimal], *, bids: bool, count: int) -> None:
    ordered = sorted(levels.items(), reverse=bids)
    assert list(side.walk()) == [Level(*level) for level in ordered]
    assert len(side) == len(levels)
    assert side.best() == (Level(*ordered[0]) if ordered else None)
    summed = Decimal(0)
    expected = []
    for price, size in ordered:
        summed = EXACT.add(summed, size)
        expected.append((price, size, summed))
    assert side.top(count) == expected[:count]
    assert side.top(len(levels) + 1) == expected


def _check(book: OrderBook, naive: Naive, count: int) -> None:
    _check_side(book.bids, naive.bids, bids=True, count=count)
    _check_side(book.asks, naive.asks, bids=False, count=count)
    crossed = bool(naive.bids and naive.asks) and max(naive.bids) > min(naive.asks)
    assert is_crossed(*book.touch()) == crossed
    assert (book.unknown_removals, book.bad_rows) == (naive.unknown, naive.bad)


def _drive(batches: list[tuple[bool, list[Change], int | None]]) -> None:
    book, naive = OrderBook(), Naive({}, {})
    for is_snapshot, changes, look in batches:
        if is_snapshot:
            assert book.apply_snapshot(changes) == naive.snapshot(changes)
        else:
            assert book.apply_update(changes) == naive.update(changes)
        if look is not None:
            _check(book, naive, look)
    _check(book, naive, 5)


def _batches(rows: st.SearchStrategy[Change]) -> st.SearchStrategy[list[tuple[bool, list[Change], int | None]]]:
    snapshots = st.sampled_from([False, False, False, True])
    looks = st.one_of(st.none(), st.none(), st.integers(0, 8))
    return st.lists(st.tuples(snapshots, st.lists(rows, max_size=25), looks), max_size=8)


@given(_batches(SHORT))
@settings(max_examples=250)
def test_plain_books_equal_the_naive_one(batches: list[tuple[bool, list[Change], int | None]]) -> None:
    _drive(batches)


@given(_batches(st.one_of(SHORT, GOOD)))
@settings(max_examples=250)
def test_books_with_long_numbers_equal_the_naive_one(batches: list[tuple[bool, list[Change], int | None]]) -> None:
    _drive(batches)


@given(_batches(st.one_of(SHORT, SHORT, GOOD, BAD)))
@settings(max_examples=250)
def test_hostile_rows_are_counted_one_by_one_and_the_rest_applied(
    batches: list[tuple[bool, list[Change], int | None]],
) -> None:
    _drive(batches)


@pytest.mark.parametrize("snapshot", [True, False])
@pytest.mark.parametrize("hostile", CRAFTED, ids=ascii)
def test_a_hostile_price_or_size_alone_is_one_bad_row(hostile: str, *, snapshot: bool) -> None:
    book = OrderBook()
    apply = book.apply_snapshot if snapshot else book.apply_update
    assert apply([Change("bid", hostile, "1"), Change("bid", "5", "2")]) == 1
    assert list(book.bids.walk()) == [Level(Decimal(5), Decimal(2))]
    assert book.bad_rows == 1


def test_several_rows_of_price_zero_are_as_many_bad_rows() -> None:
    book = OrderBook()
    rows = [Change("bid", "0", "1"), Change("bid", "0.0", "1"), Change("offer", "0", "0"), Change("offer", "1", "1")]
    assert book.apply_snapshot(rows) == 3
    assert book.apply_snapshot([*rows, Change("bid", "0.000000000000000001", "1")]) == 3
    assert book.apply_update(rows) == 3
    assert book.bad_rows == 9


def test_two_prices_whose_keys_would_meet_are_two_levels() -> None:
    one, other = Decimal("10000000000000.1"), Decimal("10000000000000.099609375")
    rows = [Change("bid", str(one), "1"), Change("bid", str(other), "2")]
    for order in (rows, rows[::-1]):
        book = OrderBook()
        book.apply_snapshot(order)
        assert list(book.bids.walk()) == [Level(one, Decimal(1)), Level(other, Decimal(2))]
        book = OrderBook()
        book.apply_snapshot([])
        book.apply_update(order)
        assert list(book.bids.walk()) == [Level(one, Decimal(1)), Level(other, Decimal(2))]


def test_plain_changes_find_their_levels_beside_a_price_of_many_digits() -> None:
    book = OrderBook()
    book.apply_snapshot([Change("bid", "5.1", "1"), Change("bid", "5.2", "1")])
    book.apply_update([Change("bid", "5.123456789012345678", "2")])
    book.apply_update([Change("bid", "5.1", "3"), Change("bid", "5.20", "0"), Change("bid", "5.3", "4")])
    assert book.unknown_removals == 0
    assert list(book.bids.walk()) == [
        Level(Decimal("5.3"), Decimal(4)),
        Level(Decimal("5.123456789012345678"), Decimal(2)),
        Level(Decimal("5.1"), Decimal(3)),
    ]


def test_a_size_that_meets_the_key_of_a_price_keeps_its_own_digits() -> None:
    book = OrderBook()
    book.apply_snapshot([Change("bid", "10000000000000.1", "10000000000000.099609375")])
    (row,) = book.bids.top(1)
    assert row[:2] == (Decimal("10000000000000.1"), Decimal("10000000000000.099609375"))
    assert book.bids.best() == Level(*row[:2])


@given(st.lists(st.tuples(st.integers(1, 3000), st.sampled_from(["0", "1", "2.5"])), max_size=400), st.integers(1, 60))
@settings(max_examples=40)
def test_a_lazy_order_is_right_for_few_changes_and_for_many(changes: list[tuple[int, str]], chunk: int) -> None:
    """Few changes are put into the order one by one, many by sorting anew; both must come to the same."""
    book, naive = OrderBook(), Naive({}, {})
    start = [Change(side, str(n), "1") for n in range(1, 900, 3) for side in ("bid", "offer")]
    book.apply_snapshot(start)
    naive.snapshot(start)
    for at in range(0, len(changes), chunk):
        rows = [Change("bid" if n % 2 else "offer", f"{n}.0", size) for n, size in changes[at : at + chunk]]
        book.apply_update(rows)
        naive.update(rows)
        if at % (3 * chunk) == 0:
            _check(book, naive, 20)
    _check(book, naive, 20)


def test_the_last_row_of_a_price_wins_in_a_snapshot_too() -> None:
    book = OrderBook()
    book.apply_snapshot(
        [Change("bid", "5", "1"), Change("bid", "5.0", "2"), Change("bid", "6", "1"), Change("bid", "6.00", "0")]
    )
    assert list(book.bids.walk()) == [Level(Decimal(5), Decimal(2))]
    assert book.unknown_removals == 0


def test_locked_is_not_crossed_and_one_side_alone_neither() -> None:
    book = OrderBook()
    assert not is_crossed(*book.touch())
    book.apply_snapshot([Change("bid", "5", "1")])
    assert not is_crossed(*book.touch())
    book.apply_update([Change("offer", "5.00", "1")])
    assert not is_crossed(*book.touch())
    book.apply_update([Change("bid", "5.000000000000000001", "1")])
    assert is_crossed(*book.touch())


def test_clearing_keeps_the_counts() -> None:
    book = OrderBook()
    book.apply_update([Change("bid", "5", "0"), Change("bid", "x", "1"), Change("bid", "6", "1")])
    book.clear()
    assert (len(book.bids), len(book.asks), book.unknown_removals, book.bad_rows) == (0, 0, 1, 1)
    assert book.bids.best() is None
    assert book.bids.top(3) == []


def test_prices_are_counted_in_units_that_all_of_them_fit_in() -> None:
    book = OrderBook()
    book.apply_snapshot([Change("bid", "10000000000000.1", "1"), Change("offer", "10000000000001", "2")])
    assert book.bids.places == 2
    book.apply_update([Change("bid", "5.00000001", "3")])
    assert book.asks.places == 8
    book.apply_update([Change("bid", "10000000000000.099609375", "4"), Change("bid", "10000000000000.10", "0")])
    assert book.bids.places == 18
    assert [(text_of(price), text_of(size)) for price, size, _ in book.bids.top(9)] == [
        ("10000000000000.099609375", "4"),
        ("5.00000001", "3"),
    ]
    assert book.asks.best_price() == Decimal("10000000000001")
    book.apply_snapshot([Change("bid", "7.25", "1")])
    assert book.bids.places == 2
