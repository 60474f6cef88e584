"""Rows of a ladder, from the touch and around a price, against naive exact arithmetic."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from depthview.core.book_side import BookSide
from depthview.core.ladder import LevelRow, SideLadder, WindowPart, window
from depthview.core.measures import size_within
from depthview.core.types import Side
from depthview.views.market import Window
from tests.core.books import EVERY, PAIRS, SIDES, WIDTHS, Levels, book_of, uncrossed
from tests.support import naive

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.core.order_book import OrderBook

COUNTS = st.integers(0, 8)
TEN: Levels = {Decimal(100 - n): Decimal(n + 1) for n in range(10)}
"""100 down to 91, of sizes 1 to 10."""
ABOVE: Levels = {Decimal(102 + n): Decimal(n + 1) for n in range(10)}
"""102 up to 111."""


def _plain(rows: Iterable[LevelRow]) -> list[tuple[Decimal | None, ...]]:
    return list(map(tuple, rows))


def _ladders(book: OrderBook, width: Decimal | None) -> tuple[SideLadder, SideLadder]:
    bids, asks = (SideLadder(side, width, notional=True) for side in (book.bids, book.asks))
    return bids, asks


@given(SIDES, st.sampled_from(Side), WIDTHS, st.booleans(), st.integers(0, 30))
@settings(max_examples=300)
def test_rows_from_the_touch_hold_exact_sums(
    levels: Levels, side: Side, width: Decimal | None, notional: bool, count: int
) -> None:
    book = book_of(levels, {}) if side is Side.BID else book_of({}, levels)
    kept = book.bids if side is Side.BID else book.asks
    found = SideLadder(kept, width, notional=notional).from_touch(count)
    expected = naive.all_rows(levels, side, width, notional=notional)
    assert _plain(found) == _plain(expected[:count] if count else expected)


def _check_window(bids: Levels, asks: Levels, width: Decimal | None, wanted: Window) -> None:
    book = book_of(bids, asks)
    bid_part, ask_part = window(*_ladders(book, width), wanted.at, wanted.above, wanted.below)
    rows = naive.all_rows(bids, Side.BID, width), naive.all_rows(asks, Side.ASK, width)
    found_bids, found_asks, bids_before, asks_before = naive.window(*rows, wanted)
    assert _plain(bid_part.rows) == _plain(found_bids)
    assert _plain(ask_part.rows) == _plain(found_asks)
    assert (bid_part.before, ask_part.before) == (bids_before, asks_before)


@given(PAIRS, WIDTHS, EVERY, COUNTS, COUNTS)
@settings(max_examples=300)
def test_rows_around_any_price(
    pair: tuple[Levels, Levels], width: Decimal | None, at: Decimal, above: int, below: int
) -> None:
    _check_window(*pair, width, Window(at, above, below))
    _check_window(*uncrossed(*pair), width, Window(at, above, below))


@given(PAIRS, WIDTHS, st.data(), COUNTS, COUNTS)
@settings(max_examples=300)
def test_rows_around_a_price_of_the_book(
    pair: tuple[Levels, Levels], width: Decimal | None, data: st.DataObject, above: int, below: int
) -> None:
    bids, asks = uncrossed(*pair)
    rows = [*naive.all_rows(bids, Side.BID, width), *naive.all_rows(asks, Side.ASK, width)]
    prices = sorted({Decimal(0), *(row.price for row in rows)})
    _check_window(bids, asks, width, Window(data.draw(st.sampled_from(prices)), above, below))


@pytest.mark.parametrize(
    ("at", "above", "below", "bids", "asks", "before"),
    [
        ("101", 2, 2, [100, 99], [102, 103], (0, 0)),
        ("100", 2, 2, [100, 99, 98], [102], (0, 0)),
        ("95", 2, 3, [96, 95, 94, 93, 92], [], (4, 0)),
        ("108", 2, 3, [], [105, 106, 107, 108, 109], (0, 3)),
        ("500", 4, 2, [], [110, 111], (0, 8)),
        ("0.5", 2, 4, [92, 91], [], (8, 0)),
        ("97.5", 0, 1, [97], [], (3, 0)),
        ("97.5", 1, 0, [98], [], (2, 0)),
        ("97.5", 0, 0, [], [], (0, 0)),
        ("101", 99, 99, list(range(100, 90, -1)), list(range(102, 112)), (0, 0)),
    ],
    ids=["in the spread", "at the touch", "in the bids", "in the asks", "above all", "below all", "one below",
         "one above", "nothing", "all"],
)  # fmt: skip
def test_windows(at: str, above: int, below: int, bids: list[int], asks: list[int], before: tuple[int, int]) -> None:
    book = book_of(TEN, ABOVE)
    bid_part, ask_part = window(*_ladders(book, None), Decimal(at), above, below)
    assert [row.price for row in bid_part.rows] == bids
    assert [row.price for row in ask_part.rows] == asks
    assert (bid_part.before, ask_part.before) == before
    if bids:
        assert bid_part.rows[0].cumulative == sum(size for price, size in TEN.items() if price >= bids[0])


@pytest.mark.parametrize(("at", "shown"), [("105", [104, 105]), ("95", [102]), ("300", [110, 111])])
def test_a_window_where_one_side_is_empty(at: str, shown: list[int]) -> None:
    book = book_of({}, ABOVE)
    bid_part, ask_part = window(*_ladders(book, None), Decimal(at), 1, 2 if at == "300" else 1)
    assert [row.price for row in ask_part.rows] == shown
    assert bid_part == WindowPart([], 0)


def test_an_empty_book_has_an_empty_window() -> None:
    book = book_of({}, {})
    assert window(*_ladders(book, Decimal(5)), Decimal(5), 3, 3) == (WindowPart([], 0), WindowPart([], 0))


def test_a_rows_notional_is_of_its_levels_and_not_of_its_price() -> None:
    book = book_of({Decimal("99.50"): Decimal(2), Decimal("98.10"): Decimal(1)}, {})
    (row,) = SideLadder(book.bids, Decimal(5), notional=True).from_touch(3)
    assert (row.price, row.size, row.notional) == (Decimal(95), Decimal(3), Decimal("297.10"))


@given(SIDES, EVERY, st.booleans())
@settings(max_examples=200)
def test_ranks(levels: Levels, price: Decimal, inclusive: bool) -> None:
    book = book_of(levels, levels)
    for asked in (price, *levels):
        as_good = inclusive and asked in levels
        assert book.bids.rank(asked, inclusive=inclusive) == sum(p > asked for p in levels) + as_good
        assert book.asks.rank(asked, inclusive=inclusive) == sum(p < asked for p in levels) + as_good


def test_a_price_of_more_digits_than_the_default_context_has_its_exact_rank() -> None:
    """The mid between 1000000000 and 1000000000.000000000000000001 lies above the bid."""
    book = book_of({Decimal(1_000_000_000): Decimal("1E-8")}, {Decimal("1000000000.000000000000000001"): Decimal(1)})
    mid = Decimal("1000000000.0000000000000000005")
    assert (book.bids.rank(mid, inclusive=True), book.asks.rank(mid, inclusive=True)) == (0, 0)
    assert (size_within(book.bids, mid, 0), size_within(book.asks, mid, 0)) == (Decimal(0), Decimal(0))


class _Watched(BookSide):
    """Knows how far from the touch it was read."""

    __slots__ = ("furthest",)

    def __init__(self, side: Side) -> None:
        super().__init__(side)
        self.furthest = 0

    def levels_between(self, start: int, stop: int) -> tuple[list[int], list[int]]:
        self.furthest = max(self.furthest, stop)
        return super().levels_between(start, stop)


def test_rows_near_the_touch_cost_nothing_of_the_depth_behind_them() -> None:
    side = _Watched(Side.BID)
    side.load({100 * (100_000 - n): 10**8 for n in range(50_000)}, 2, 8)
    rows = SideLadder(side, Decimal(10), notional=True).from_touch(40)
    assert (len(rows), rows[-1].cumulative, side.furthest) == (40, Decimal(391), 391)
