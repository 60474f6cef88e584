"""Where a ladder stands: FOLLOW, HELD, the cursor, the grid's centre. No drawing, no widget."""

from __future__ import annotations

import itertools
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from depthview.core.types import Side
from depthview.core.verdict import Verdict
from depthview.preferences.display import Form, Spacing
from depthview.ui.ladder.viewport import (
    Anchor,
    LadderState,
    VisibleRows,
    following,
    middle_of,
    moved,
    placed,
    scrolled,
    settled,
    visible_rows,
    without_cursor,
)
from depthview.views.market import Window
from tests.ui.fake_market import Book, FakeMarket
from tests.ui.ladder_drawing import BOOK, chosen, depth_of

if TYPE_CHECKING:
    from depthview.preferences.display import Choices
    from depthview.views.depth import DepthView

ROWS = 21
MIDDLE = 10
GRID = chosen(spacing=Spacing.GRID)
SIDES = chosen(form=Form.SIDES)


@pytest.fixture
def market() -> FakeMarket:
    """Bids at 100.00, 99.98, 99.97 ... and asks at 100.03, 100.04, 100.06 ..., a hundred a side."""
    book = Book("ABC-USD", 2, 2)
    at = 10_000
    for index in range(100):
        book.bids[at] = 100 + index
        at -= 2 if index % 3 == 0 else 1
    at = 10_003
    for index in range(100):
        book.asks[at] = 100 + index
        at += 2 if index % 3 == 1 else 1
    return FakeMarket([book])


class Watched:
    """A ladder without a widget: each act is followed by the view that it asks for."""

    def __init__(self, market: FakeMarket, choices: Choices = BOOK, rows: int = ROWS) -> None:
        self.market, self.choices, self.rows = market, choices, rows
        self.state = LadderState()
        self.first = 0
        self.visible = self.look()

    def depth(self) -> DepthView:
        held = self.state.held
        window = None
        if held is not None and self.choices.form is not Form.SIDES:
            line = max(0, min(self.rows - 1, middle_of(self.rows) + held.offset))
            window = Window(held.price, line + 2, self.rows - line + 1)
        return depth_of(self.market, "ABC-USD", levels=self.rows + 2 + self.first, window=window)

    def look(self) -> VisibleRows:
        depth = self.depth()
        self.state = settled(self.state, depth, self.rows)
        self.visible = visible_rows(depth, self.choices, self.state, self.rows, 1)
        self.first = self.visible.first
        return self.visible

    def then(self, state: LadderState) -> Watched:
        self.state = state
        self.look()
        return self

    def prices(self) -> list[str]:
        return [str(slot.price) if slot.price is not None else "" for slot in self.visible.shown]


def test_following_keeps_the_spread_on_the_middle_line(market: FakeMarket) -> None:
    ladder = Watched(market)
    assert ladder.visible.row_at(MIDDLE).band
    assert ladder.prices()[MIDDLE - 1] == "100.03"
    assert ladder.prices()[MIDDLE + 1] == "100.00"
    assert (ladder.visible.direction, ladder.visible.away) == (0, 0)


@pytest.mark.parametrize(("step", "price", "line"), [(-1, "100.03", MIDDLE - 1), (1, "100.00", MIDDLE + 1)])
def test_the_first_move_puts_the_cursor_at_the_touch_and_holds_the_picture_still(
    market: FakeMarket, step: int, price: str, line: int
) -> None:
    ladder = Watched(market)
    before = ladder.prices()
    ladder.then(moved(ladder.state, ladder.visible, step))
    assert ladder.state.cursor == Decimal(price)
    assert ladder.visible.pinned == line
    assert ladder.prices() == before


def test_the_cursor_goes_from_row_to_row_over_the_spread(market: FakeMarket) -> None:
    ladder = Watched(market)
    ladder.then(moved(ladder.state, ladder.visible, -1))
    seen = []
    for _ in range(4):
        ladder.then(moved(ladder.state, ladder.visible, 1))
        seen.append(str(ladder.state.cursor))
    assert seen == ["100.00", "99.98", "99.97", "99.96"]


def test_the_cursor_at_the_edge_takes_the_picture_along_a_row_at_a_time(market: FakeMarket) -> None:
    ladder = Watched(market)
    seen = []
    for _ in range(40):
        ladder.then(moved(ladder.state, ladder.visible, 1))
        seen.append(ladder.state.cursor)
    prices = sorted((Decimal(price).scaleb(-2) for price in market.books["ABC-USD"].bids), reverse=True)
    assert seen == prices[:40]
    assert ladder.visible.pinned == ROWS - 1
    assert ladder.visible.direction == 1
    assert ladder.visible.away == 40 - ROWS + 1


def test_a_held_price_keeps_its_line_while_the_market_moves(market: FakeMarket) -> None:
    ladder = Watched(market)
    for _ in range(3):
        ladder.then(moved(ladder.state, ladder.visible, -1))
    price, line = ladder.state.cursor, ladder.visible.pinned
    assert price is not None
    book = market.books["ABC-USD"]
    for best in sorted(book.asks)[:8]:
        del book.asks[best]
        book.bids[best] = 7
        ladder.look()
        assert ladder.state.cursor == price
        assert ladder.visible.pinned == line
        slot = ladder.visible.row_at(line or 0)
        assert slot.price == price
        rests = book.bids if int(price * 100) in book.bids else book.asks
        assert int(price * 100) in rests
    assert ladder.visible.row_at(line or 0).bid is not None, "the market went over it"


def test_a_held_price_without_a_level_has_an_empty_row(market: FakeMarket) -> None:
    ladder = Watched(market)
    for _ in range(3):
        ladder.then(moved(ladder.state, ladder.visible, 1))
    line, price = ladder.visible.pinned, ladder.state.cursor
    assert price is not None
    assert line is not None
    del market.books["ABC-USD"].bids[int(price * 100)]
    slot = ladder.look().row_at(line)
    assert slot.price == price
    assert slot.level is None


def test_a_held_price_inside_the_spread_stands_beside_the_band(market: FakeMarket) -> None:
    held = Anchor(Decimal("100.03"), -1, Side.ASK, cursor=True)
    book = market.books["ABC-USD"]
    for best in sorted(book.asks)[:3]:
        del book.asks[best]
    ladder = Watched(market).then(LadderState(held))
    assert ladder.visible.row_at(MIDDLE - 1).price == Decimal("100.03")
    assert ladder.visible.row_at(MIDDLE).band
    assert ladder.visible.row_at(MIDDLE - 2).ask is not None
    assert ladder.visible.row_at(MIDDLE + 1).bid is not None


def test_held_neither_ends_nor_begins_by_itself(market: FakeMarket) -> None:
    ladder = Watched(market)
    for _ in range(20):
        market.churn()
        ladder.look()
    assert ladder.state.held is None
    ladder.then(scrolled(ladder.state, ladder.visible, 5))
    held = ladder.state.held
    for _ in range(20):
        market.churn()
        ladder.look()
    market.judge(Verdict.STALE, "gap")
    ladder.look()
    assert ladder.state.held == held


@pytest.mark.parametrize("lines", [1, 3, ROWS - 2, -1, -3, 2 - ROWS])
def test_scrolling_moves_what_is_shown_by_as_many_lines(market: FakeMarket, lines: int) -> None:
    ladder = Watched(market)
    before = ladder.prices()
    ladder.then(scrolled(ladder.state, ladder.visible, lines))
    after = ladder.prices()
    assert ladder.state.cursor is None
    if lines > 0:
        assert after[: ROWS - lines] == before[lines:]
    else:
        assert after[-lines:] == before[:lines]


def test_scrolling_leaves_the_cursor_on_its_price_until_the_edge_takes_it_along(market: FakeMarket) -> None:
    ladder = Watched(market)
    ladder.then(moved(ladder.state, ladder.visible, 1))
    ladder.then(scrolled(ladder.state, ladder.visible, 5))
    assert ladder.state.cursor == Decimal("100.00")
    assert ladder.visible.pinned == MIDDLE + 1 - 5
    ladder.then(scrolled(ladder.state, ladder.visible, 15))
    assert ladder.visible.pinned == 0
    assert ladder.state.cursor is not None
    assert ladder.state.cursor < 100


@pytest.mark.parametrize("choices", [BOOK, GRID, SIDES])
def test_there_is_no_scrolling_past_the_end(market: FakeMarket, choices: Choices) -> None:
    book = market.books["ABC-USD"]
    for price in sorted(book.bids)[:-5]:
        del book.bids[price]
    ladder = Watched(market, choices)
    for _ in range(30):
        ladder.then(scrolled(ladder.state, ladder.visible, 7))
    shown = [slot for slot in ladder.visible.shown if slot.price is not None or slot.level is not None]
    assert shown, "something is still on show"


def test_the_way_back_and_the_cursor_alone(market: FakeMarket) -> None:
    ladder = Watched(market)
    ladder.then(moved(ladder.state, ladder.visible, -1))
    held = ladder.state.held
    assert held is not None
    dropped = without_cursor(ladder.state)
    assert dropped.cursor is None
    assert dropped.held is not None
    assert dropped.held.price == held.price
    assert without_cursor(dropped) is dropped
    assert following(dropped) == LadderState()
    ladder.then(following(dropped))
    assert ladder.visible.row_at(MIDDLE).band


def test_a_click_puts_the_cursor_where_it_hits_and_nowhere_without_a_price(market: FakeMarket) -> None:
    ladder = Watched(market)
    assert placed(ladder.state, ladder.visible, MIDDLE) is ladder.state, "the band has no price"
    state = placed(ladder.state, ladder.visible, 2)
    assert state.cursor == ladder.visible.row_at(2).price
    assert state.held is not None
    assert state.held.side is Side.ASK


def test_the_offset_from_the_middle_outlives_a_resize(market: FakeMarket) -> None:
    ladder = Watched(market)
    ladder.then(placed(ladder.state, ladder.visible, MIDDLE + 4))
    ladder.rows = 41
    assert ladder.look().pinned == middle_of(41) + 4
    ladder.rows = 5
    assert ladder.look().pinned == 4, "at the edge where there is no room"


# -- the grid ----------------------------------------------------------------------------------------------------------


def test_a_grid_has_a_row_for_every_price(market: FakeMarket) -> None:
    ladder = Watched(market, GRID)
    prices = [slot.price for slot in ladder.visible.shown]
    assert None not in prices
    assert [a - b for a, b in itertools.pairwise(prices) if a and b] == [Decimal("0.01")] * (ROWS - 1)
    empty = [slot for slot in ladder.visible.shown if slot.level is None]
    assert any(slot.price == Decimal("99.99") for slot in empty)
    inside = [slot.price for slot in ladder.visible.shown if slot.band]
    assert inside == [Decimal("100.02"), Decimal("100.01")]


def shifted(book: Book, ticks: int) -> None:
    """Move the whole book."""
    for side in ("bids", "asks"):
        setattr(book, side, {price + ticks: size for price, size in getattr(book, side).items()})


@pytest.mark.parametrize("way", [1, -1])
def test_a_grid_stands_still_until_the_best_price_nears_its_edge_and_then_shifts_once(
    market: FakeMarket, way: int
) -> None:
    ladder = Watched(market, GRID)
    centres = []
    for _ in range(10):
        shifted(market.books["ABC-USD"], way)
        ladder.look()
        centres.append(ladder.state.centre)
        touch = [line for line, slot in enumerate(ladder.visible.shown) if slot.band]
        assert max(3, ROWS // 6) < min(touch), "never at the edge"
        assert max(touch) < ROWS - 1 - max(3, ROWS // 6)
    changes = [at for at in range(1, 10) if centres[at] != centres[at - 1]]
    assert len(changes) == 1, "once in ten ticks"
    before, after = centres[changes[0] - 1], centres[changes[0]]
    assert before is not None
    assert after is not None
    assert abs(after - before) > Decimal("0.03"), "to the market and not by a tick"
    margin = max(3, ROWS // 6)
    best = next(line for line, slot in enumerate(ladder.visible.shown) if slot.bid is not None)
    assert margin <= best <= ROWS - margin


def test_a_grid_is_settled_anew_for_rows_of_another_width(market: FakeMarket) -> None:
    state = settled(LadderState(), depth_of(market, "ABC-USD"), ROWS)
    assert state.centre == Decimal("100.01")
    coarse = settled(state, depth_of(market, "ABC-USD", "0.05"), ROWS)
    assert coarse.centre is not None
    assert coarse.centre % Decimal("0.05") == 0


def test_a_held_grid_says_how_far_the_market_is(market: FakeMarket) -> None:
    ladder = Watched(market, GRID)
    ladder.then(placed(ladder.state, ladder.visible, 0))
    shifted(market.books["ABC-USD"], -50)
    ladder.look()
    bottom = ladder.visible.shown[-1].price
    assert bottom is not None
    assert ladder.visible.direction == -1
    assert ladder.visible.away == int((bottom - Decimal("99.53")) * 100)


def test_a_grid_with_a_wide_spread_keeps_its_middle_in_sight(market: FakeMarket) -> None:
    book = market.books["ABC-USD"]
    book.asks = {price + 60: size for price, size in book.asks.items()}
    ladder = Watched(market, GRID)
    centre = ladder.state.centre
    for _ in range(3):
        shifted(book, 1)
        ladder.look()
    assert ladder.state.centre == centre, "it does not run after every tick"


def test_levels_that_share_a_line_of_the_grid_are_summed(market: FakeMarket) -> None:
    book = market.books["ABC-USD"]
    depth = depth_of(market, "ABC-USD", "0.05")
    assert depth.tick < depth.group
    visible = visible_rows(depth, GRID, settled(LadderState(), depth, ROWS), ROWS, 1)
    whole = sum(slot.bid.size for slot in visible.shown if slot.bid is not None)
    lowest = min(slot.price for slot in visible.shown if slot.bid is not None and slot.price is not None)
    raw = sum(size for price, size in book.bids.items() if price >= int(lowest * 100))
    assert whole == Decimal(raw) / 100


# -- equal ranks -------------------------------------------------------------------------------------------------------


def test_ranks_share_rows_and_the_cursor_keeps_to_its_side(market: FakeMarket) -> None:
    ladder = Watched(market, SIDES)
    first = ladder.visible.row_at(0)
    assert first.bid is not None
    assert first.ask is not None
    assert (first.bid.price, first.ask.price) == (Decimal("100.00"), Decimal("100.03"))
    ladder.then(placed(ladder.state, ladder.visible, 3, Side.ASK))
    assert ladder.state.cursor == first.ask.price + Decimal("0.04")
    ladder.then(moved(ladder.state, ladder.visible, 1))
    assert ladder.visible.pinned == 4
    held = ladder.state.held
    assert held is not None
    assert held.side is Side.ASK


def test_ranks_further_down_are_reached_and_the_market_is_up(market: FakeMarket) -> None:
    ladder = Watched(market, SIDES)
    for _ in range(25):
        ladder.then(moved(ladder.state, ladder.visible, 1))
    assert ladder.visible.first == 25 - ROWS
    assert ladder.visible.direction == 1
    assert ladder.visible.away == ladder.visible.first
    assert ladder.visible.pinned == ROWS - 1


def test_a_rank_s_grid_counts_ticks_from_the_touch(market: FakeMarket) -> None:
    ladder = Watched(market, chosen(form=Form.SIDES, spacing=Spacing.GRID))
    bids = [slot.bid for slot in ladder.visible.shown]
    assert all(row is not None for row in bids)
    prices = [row.price for row in bids if row is not None]
    assert prices == [Decimal(10_000 - n).scaleb(-2) for n in range(ROWS)]
    assert [row.price for row in bids if row is not None and not row.size][:2] == [Decimal("99.99"), Decimal("99.95")]


# -- dust --------------------------------------------------------------------------------------------------------------


def test_dust_is_hidden_counted_and_still_in_the_sums(market: FakeMarket) -> None:
    depth = depth_of(market, "ABC-USD", levels=ROWS)
    visible = visible_rows(depth, chosen(dust=Decimal("1.05")), LadderState(), ROWS, 1)
    shown = [slot.bid for slot in visible.shown if slot.bid is not None]
    assert min(row.size for row in shown) == Decimal("1.05")
    assert visible.hidden == 10, "five a side are smaller"
    assert shown[0].cumulative == sum(Decimal(100 + n) / 100 for n in range(6))


def test_rows_on_show_are_those_of_the_whole_book_whatever_is_held(market: FakeMarket) -> None:
    whole = depth_of(market, "ABC-USD", levels=100)
    ladder = Watched(market)
    known = {row.price: row for row in (*whole.bids, *whole.asks)}
    for _ in range(12):
        ladder.then(scrolled(ladder.state, ladder.visible, -9))
        for slot in ladder.visible.shown:
            if slot.level is not None:
                assert known[slot.level.price] == slot.level
