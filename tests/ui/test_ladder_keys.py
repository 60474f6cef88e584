"""The ladder's keys, the mouse and copies, on the running app."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

import pytest
from textual.events import MouseScrollDown, MouseScrollUp

from depthview.core.verdict import Verdict
from depthview.preferences.display import BarScale, Form, Spacing, Unit
from depthview.ui.ladder.controls import SizePrompt
from depthview.ui.ladder.widget import Ladder
from depthview.views.depth import Impact
from tests.support.waiting import until
from tests.ui.conftest import running
from tests.ui.fake_market import FakeMarket, btc, eth

if TYPE_CHECKING:
    from depthview.preferences.display import Choices
    from depthview.views.market import ViewRequest
    from tests.ui.conftest import Running


@pytest.fixture
def one() -> FakeMarket:
    return FakeMarket([btc(), eth()])


def ladder(run: Running) -> Ladder:
    return run.app.screen.query_one("#ladder-0", Ladder)


def choices(run: Running) -> Choices:
    return run.app.arrangement.choices


def asked(run: Running) -> ViewRequest:
    assert run.market.last_request is not None
    return run.market.last_request


def notices(run: Running) -> list[str]:
    return [notice.message for notice in run.app._notifications]


async def test_the_forms_come_round(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        pictures = {run.text()}
        for form in (Form.DOM, Form.SIDES, Form.BOOK):
            await run.press("v")
            assert choices(run).form is form
            pictures.add(run.text())
        assert len(pictures) >= 3


async def test_the_grid_comes_and_goes(one: FakeMarket) -> None:
    async with running(one, (80, 24)) as run:
        assert "65,083.68" not in run.text()
        await run.press("f")
        assert choices(run).spacing is Spacing.GRID
        assert "65,083.68" in run.text()
        await run.press("f")
        assert "65,083.68" not in run.text()


async def test_the_unit_and_the_bars_change(one: FakeMarket) -> None:
    async with running(one, (80, 24)) as run:
        await run.press("b")
        assert choices(run).unit is Unit.QUOTE
        assert "SIZE USD" in run.text()
        assert "  199.40" in run.text(), "the best ask's 0.00306385 BTC"
        assert asked(run).notional
        await run.press("B")
        assert choices(run).bars is BarScale.LOG
        assert "log " in run.text()


async def test_the_cursor_holds_the_ladder_and_c_or_home_lets_it_go(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        for back in ("c", "home"):
            await run.press("k", "k")
            assert ladder(run).state.cursor == Decimal("65083.70")
            assert " HELD " in run.text()
            assert "Σ to here 0.20130653 BTC" in run.text()
            window = asked(run).windows["BTC-USD"]
            assert window.at == Decimal("65083.70")
            await run.press(back)
            assert ladder(run).state.held is None
            assert not asked(run).windows
            assert " HELD " not in run.text()


async def test_up_and_down_are_the_same_as_k_and_j(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        await run.press("up", "up", "down")
        assert ladder(run).state.cursor == Decimal("65083.67")
        await run.press("j")
        assert ladder(run).state.cursor == Decimal("65083.66")


async def test_pages_go_far_and_say_how_far(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        for _ in range(6):
            await run.press("pageup")
        visible = ladder(run).visible_rows
        assert visible is not None
        assert visible.direction == -1
        shown = [slot.price for slot in visible.shown if slot.price is not None]
        asks = sorted(Decimal(price).scaleb(-2) for price in one.books["BTC-USD"].asks)
        assert visible.away == asks.index(min(shown)) + 1
        assert f"▼ {visible.away}" in run.text()
        assert [slot.price for slot in visible.shown if slot.price is not None] == sorted(shown, reverse=True)
        for _ in range(12):
            await run.press("pagedown")
        visible = ladder(run).visible_rows
        assert visible is not None
        assert visible.direction == 1


async def test_the_far_end_is_reached_and_named(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        for _ in range(20):
            await run.press("pageup")
        assert "end of the asks" in run.text()
        before = run.text()
        await run.press("pageup")
        assert run.text() == before


@pytest.mark.parametrize("form", ["", "v", "f"])
async def test_a_held_picture_stands_still_while_the_market_moves(one: FakeMarket, form: str) -> None:
    async with running(one, (120, 40)) as run:
        await run.press(*form, "k", "k", "k")
        visible = ladder(run).visible_rows
        assert visible is not None
        line, price = visible.pinned, ladder(run).state.cursor
        for _ in range(5):
            one.churn()
            book = one.books["BTC-USD"]
            best = max(book.bids)
            del book.bids[best]
            await run.draw()
            visible = ladder(run).visible_rows
            assert visible is not None
            assert visible.pinned == line
            assert ladder(run).state.cursor == price


async def test_escape_drops_the_cursor_and_keeps_the_place(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        await run.press("k", "k", "escape")
        assert ladder(run).state.cursor is None
        assert " HELD " in run.text()
        assert "Σ to here" not in run.text()
        await run.press("escape")
        assert " HELD " in run.text(), "held until one goes back"


async def test_another_product_is_followed_and_never_shows_the_former_book(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        await run.press("pageup", "pageup", "k")
        await run.press("2")
        assert ladder(run).state.held is None
        assert not asked(run).windows
        text = run.text()
        assert "1,920.4" in text
        assert "65,08" not in "\n".join(line[:74] for line in text.splitlines()[3:])
        await run.press("1")
        assert ladder(run).state.held is None


async def test_the_wheel_scrolls(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        widget = ladder(run)
        before = widget.text().splitlines()
        await run.pilot._post_mouse_events([MouseScrollUp], widget, offset=(10, 10))
        await run.pilot.pause()
        after = widget.text().splitlines()
        assert widget.state.held is not None
        assert widget.state.cursor is None
        assert [row[2:40] for row in after[8:20]] == [row[2:40] for row in before[5:17]]
        await run.pilot._post_mouse_events([MouseScrollDown], widget, offset=(10, 10))
        await run.pilot.pause()
        assert [row[2:40] for row in widget.text().splitlines()[5:30]] == [row[2:40] for row in before[5:30]]


@pytest.mark.parametrize(("form", "line"), [("", 9), ("v", 25), ("f", 9), ("vv", 12)])
async def test_a_click_sets_the_cursor(one: FakeMarket, form: str, line: int) -> None:
    async with running(one, (120, 40)) as run:
        widget = ladder(run)
        await run.press(*form)
        await run.pilot.click(widget, offset=(50, line))
        cursor = widget.state.cursor
        assert cursor is not None
        assert f"{cursor:,}" in widget.text().splitlines()[line]


async def test_a_click_beside_the_rows_sets_no_cursor(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        await run.pilot.click(ladder(run), offset=(10, 1))
        assert ladder(run).state.held is None


@pytest.mark.parametrize("form", ["", "v", "vv", "f"])
async def test_resizing_keeps_what_is_held(one: FakeMarket, form: str) -> None:
    async with running(one, (120, 40)) as run:
        await run.press(*form, "k", "k", "k")
        price = ladder(run).state.cursor
        for size in ((80, 24), (40, 12), (200, 60), (24, 7), (20, 5), (120, 40)):
            await run.pilot.resize_terminal(*size)
            await run.pilot.pause()
            assert all(len(row) == size[0] for row in run.rows())
            assert ladder(run).state.cursor == price
        assert price is not None
        assert f"{price:,}" in run.text()


# -- the price of a size -----------------------------------------------------------------------------------------------


async def test_a_size_is_priced_until_it_is_taken_back(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        await run.press("p")
        assert isinstance(run.app.screen, SizePrompt)
        await run.type("5x")
        await run.shows("neither BTC nor USD")
        await run.press("enter")
        assert isinstance(run.app.screen, SizePrompt), "wrong input is not taken"
        await run.press("backspace")
        await run.shows("price 5 BTC")
        await run.press("enter")
        await run.draw()
        assert asked(run).impact == Impact(Decimal(5))
        assert "buy  5 BTC" in run.text()
        assert "sell 5 BTC" in run.text()
        await run.press("p", "enter")
        await run.draw()
        assert asked(run).impact is None
        assert "buy  5 BTC" not in run.text()


async def test_escape_leaves_a_size_as_it_was(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        await run.press("p")
        await run.type("$250k")
        await run.press("enter", "p", "escape")
        await run.draw()
        assert asked(run).impact == Impact(Decimal(250_000), in_quote=True)
        assert "250,000 USD" in run.text()


async def test_markup_typed_as_a_size_stays_text(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        await run.press("p")
        await run.type("[b]9[/b]")
        await run.shows("type a number")


# -- what is looked at -------------------------------------------------------------------------------------------------


async def test_the_imbalance_is_over_levels_or_a_distance(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        seen = []
        for _ in range(5):
            seen.append((asked(run).imbalance_levels, asked(run).imbalance_bps))
            await run.press("n")
        assert sorted(seen) == [(0, 10), (0, 50), (5, 0), (10, 0), (20, 0)]
        assert (asked(run).imbalance_levels, asked(run).imbalance_bps) == (10, 0)
        await run.press("n", "n")
        assert "imbalance of 10 bps" in run.text()


async def test_dust_is_hidden_and_shown_again_and_the_screen_stays_full(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        await run.press("d", "d", "d")
        for _ in range(4):
            await run.draw()
        dust = choices(run).dust
        assert dust is not None
        visible = ladder(run).visible_rows
        assert visible is not None
        shown = [slot.level for slot in visible.shown if slot.level is not None]
        assert min(level.size for level in shown) >= dust
        assert len(shown) == visible.rows - 1, "rows further out fill the room"
        assert f"{visible.hidden} levels under" in run.text()
        while choices(run).dust is not None:
            await run.press("D")
        assert " hidden" not in ladder(run).text()


# -- flashes -----------------------------------------------------------------------------------------------------------


def flashing(run: Running) -> int:
    return sum("+" in row[24:26] or "-" in row[24:26] for row in ladder(run).text().splitlines()[4:])


async def test_a_change_stands_out_for_three_tenths_of_a_second(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        one.books["BTC-USD"].bids[6_508_363] += 100
        one.clock.advance(0.1)
        await run.draw()
        assert flashing(run) == 1
        one.clock.advance(0.2)
        await run.draw()
        assert flashing(run) == 1
        one.clock.advance(0.2)
        await run.draw()
        assert flashing(run) == 0


async def test_a_change_ends_in_time_at_a_slow_draw_rate_too(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        one.books["BTC-USD"].bids[6_508_363] += 100
        one.clock.advance(1.0)
        await run.draw()
        assert flashing(run) == 1
        one.clock.advance(0.35)
        await until(lambda: flashing(run) == 0, "the end of the flash")


async def test_nothing_flashes_where_that_is_not_wanted_or_after_a_doubt(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        await run.press("F")
        one.churn()
        await run.draw()
        assert flashing(run) == 0
        await run.press("F")
        one.judge(Verdict.STALE, "gap")
        await run.draw()
        one.churn()
        one.judge(Verdict.SYNCED)
        await run.draw()
        assert flashing(run) == 0, "a book that was fetched anew has not changed row by row"


# -- copies ------------------------------------------------------------------------------------------------------------


async def test_y_copies_the_row_under_the_cursor_or_the_best_one(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        await run.press("y")
        assert run.app.clipboard.split("\t")[:4] == ["BTC-USD", "bid", "65083.66", "0.0737"]
        await run.press("k", "k", "y")
        assert run.app.clipboard.split("\t")[:4] == ["BTC-USD", "ask", "65083.7", "0.19824268"]
        assert run.app.clipboard.count("\n") == 1
        await run.shows("sent to the clipboard")


async def test_capital_y_copies_the_ladder_as_it_is_shown(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        await run.press("Y")
        lines = run.app.clipboard.splitlines()
        visible = ladder(run).visible_rows
        assert visible is not None
        assert len(lines) == visible.rows
        assert lines[0].startswith("product\tside\tprice")
        assert Decimal(lines[1].split("\t")[2]) == visible.row_at(0).price


async def test_nothing_doubtful_is_copied_and_the_reason_is_told(one: FakeMarket) -> None:
    async with running(one, (120, 40)) as run:
        one.judge(Verdict.STALE, "gap of 3 before 9")
        await run.draw()
        await run.press("y", "Y")
        assert run.app.clipboard == ""
        assert notices(run) == ["not copied: BTC-USD is STALE: gap of 3 before 9"] * 2


# -- several ladders ---------------------------------------------------------------------------------------------------


async def test_choices_are_for_all_ladders_and_a_cursor_for_the_one_in_front(one: FakeMarket) -> None:
    async with running(one, (120, 40), ladders=2) as run:
        await run.press("v", "k")
        first, second = (run.app.screen.query_one(f"#ladder-{number}", Ladder) for number in (0, 1))
        assert first.choices == second.choices == choices(run)
        assert first.state.cursor is not None
        assert second.state.held is None
        await run.press("tab", "j")
        assert second.state.cursor is not None
        assert {"BTC-USD", "ETH-USD"} == set(asked(run).windows), "each is held where it is"
