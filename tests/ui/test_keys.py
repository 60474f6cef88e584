"""Every key, the mouse, and every size, on the running app."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from depthview.core.verdict import Verdict
from depthview.preferences.keymap import DEFAULT_KEYMAP, footer
from depthview.preferences.keys import Place
from depthview.ui.bindings import bindings
from depthview.ui.health import HealthLines
from depthview.ui.ladder.widget import Ladder
from depthview.ui.screens.actions import FinderScreen
from depthview.ui.screens.market import MarketScreen
from depthview.ui.screens.pages import DetailScreen
from depthview.ui.status_bars import TabBar
from depthview.views.market import Mode
from tests.support.waiting import until
from tests.ui.conftest import running
from tests.ui.fake_market import FakeMarket, btc

if TYPE_CHECKING:
    from depthview.views.market import ViewRequest
    from tests.ui.conftest import Running


def selected(run: Running) -> str:
    assert run.market.last_request is not None
    return run.market.last_request.selected


def asked(run: Running) -> ViewRequest:
    assert run.market.last_request is not None
    return run.market.last_request


def group(run: Running) -> Decimal | None:
    assert run.market.last_request is not None
    return run.market.last_request.groups.get("BTC-USD")


def opened(run: Running) -> type:
    return type(run.app.screen)


def notices(run: Running) -> list[str]:
    return [notification.message for notification in run.app._notifications]


def test_bindings_have_ids_of_their_own() -> None:
    ids = [binding.id for binding in bindings(DEFAULT_KEYMAP, *Place)]
    assert None not in ids
    assert len(set(ids)) == len(ids)


async def test_digits_and_tab_choose_products(market: FakeMarket) -> None:
    async with running(market) as run:
        assert selected(run) == "BTC-USD"
        await run.press("3")
        assert selected(run) == "ETH-EUR"
        await run.press("tab")
        assert selected(run) == "SHIB-USD"
        await run.press("tab")
        assert selected(run) == "BTC-USD"
        await run.press("shift+tab")
        assert selected(run) == "SHIB-USD"
        await run.press("9")
        assert selected(run) == "SHIB-USD", "there is no ninth product"
        assert "0.00001235" in run.text()


async def test_another_product_never_shows_the_former_ones_rows(market: FakeMarket) -> None:
    async with running(market) as run:
        await run.press("2")
        assert "65,08" not in run.text()


async def test_a_click_on_a_tab_chooses_its_product(market: FakeMarket) -> None:
    async with running(market) as run:
        row = run.app.screen.query_one(TabBar).text()
        await run.pilot.click(TabBar, offset=(row.index("ETH-EUR") + 2, 0))
        await run.pilot.pause()
        assert selected(run) == "ETH-EUR"


async def test_a_click_on_a_neighbour_brings_it_to_the_front(market: FakeMarket) -> None:
    async with running(market, (120, 40)) as run:
        await run.press("w")
        await run.pilot.click("#ladder-1", offset=(5, 5))
        await run.pilot.pause()
        assert selected(run) == "ETH-USD"
        assert "▸ETH-USD" in run.text()


async def test_a_click_on_the_footer_does_what_the_key_does(market: FakeMarket) -> None:
    async with running(market) as run:
        row = run.rows()[-1]
        await run.pilot.click("KeyBar", offset=(row.index("space"), 0))
        await run.pilot.pause()
        assert "FROZEN" in run.rows()[0]


async def test_brackets_change_the_rows_and_the_product_remembers(market: FakeMarket) -> None:
    async with running(market) as run:
        await run.press("left_square_bracket")
        assert group(run) is None
        assert any("fine" in text for text in notices(run))
        await run.press("right_square_bracket", "right_square_bracket")
        assert group(run) == Decimal("0.05")
        assert "rows of 0.05 USD" in run.text()
        assert "raw best ask" in run.text()
        await run.press("2", "1")
        assert group(run) == Decimal("0.05")
        await run.press("left_square_bracket")
        assert group(run) == Decimal("0.02")


async def test_initial_groups_are_obeyed(market: FakeMarket) -> None:
    async with running(market, groups={"BTC-USD": Decimal("0.50")}) as run:
        assert "rows of 0.50 USD" in run.text()


async def test_space_freezes_the_picture_and_not_the_feed(market: FakeMarket) -> None:
    async with running(market) as run:
        await run.press("space")
        before = run.app.screen.query_one("#ladder-0", Ladder).text()
        market.churn()
        market.clock.advance(14)
        market.feed = replace(market.feed, frames_per_second=77.7)
        await run.draw()
        assert "FROZEN 14.1 s" in run.rows()[0]
        assert run.app.screen.query_one("#ladder-0", Ladder).text() == before
        assert "77.7 msg/s" in run.text()
        market.judge(Verdict.STALE, "gap of 1 before 7")
        await run.draw()
        assert "STALE" in run.app.screen.query_one("#ladder-0", Ladder).text()
        await run.press("space")
        assert "FROZEN" not in run.text()


async def test_w_puts_two_then_four_ladders_side_by_side_then_the_grid(market: FakeMarket) -> None:
    async with running(market, (200, 60)) as run:
        shown = []
        for _ in range(4):
            await run.press("w")
            shown.append((run.app.market_screen.mode.grid, len(asked(run).ladders)))
        assert shown == [(False, 2), (False, 4), (True, 4), (False, 1)]
        await run.press("w", "w")
        for number, product in enumerate(market.products()):
            ladder = run.app.screen.query_one(f"#ladder-{number}", Ladder)
            assert product in ladder.text()
            assert "gaps 0" in ladder.text()


async def test_each_ladder_has_its_own_verdict(market: FakeMarket) -> None:
    async with running(market, (160, 40), ladders=2) as run:
        market.judge(Verdict.STALE, "gap of 1 before 7", product="ETH-USD")
        await run.draw()
        assert "SYNCED" in run.app.screen.query_one("#ladder-0", Ladder).text()
        assert "STALE" in run.app.screen.query_one("#ladder-1", Ladder).text()


async def test_w_says_when_there_is_no_room() -> None:
    async with running(FakeMarket([btc()])) as run:
        await run.press("w")
        assert notices(run) == ["only one product"]
    async with running(FakeMarket(), (60, 24)) as run:
        await run.press("w")
        assert run.app.market_screen.mode.grid, "no room for a second ladder, but for the grid"


async def test_r_asks_for_snapshots_and_shows_the_answer(market: FakeMarket) -> None:
    async with running(market) as run:
        await run.press("r")
        market.refusal = "asked 2 s ago: again in 3 s"
        await run.press("r")
        assert market.resyncs_asked == 2
        assert notices(run) == ["new snapshots of all products requested", "asked 2 s ago: again in 3 s"]


async def test_x_removes_and_u_brings_back(market: FakeMarket) -> None:
    async with running(market) as run:
        await run.press("2", "x")
        assert market.products() == ("BTC-USD", "ETH-EUR", "SHIB-USD")
        assert selected(run) == "ETH-EUR"
        assert notices(run) == ["ETH-USD removed; u restores it"]
        await run.press("u")
        assert market.products() == ("BTC-USD", "ETH-EUR", "SHIB-USD", "ETH-USD")
        assert selected(run) == "ETH-USD"
        await run.press("u")
        assert notices(run)[-1] == "nothing to restore"


async def test_the_last_product_stays_and_a_refusal_is_told() -> None:
    async with running(FakeMarket([btc()])) as run:
        await run.press("x")
        assert run.market.products() == ("BTC-USD",)
        assert notices(run) == ["the last product cannot be removed"]
    async with running(FakeMarket()) as run:
        run.market.refusal = "not now"
        await run.press("x")
        assert len(run.market.products()) == 4
        assert notices(run) == ["not now"]


async def test_slash_finds_and_adds(market: FakeMarket) -> None:
    market.catalogue = ("BTC-USD", "ETH-BTC", "ETH-USD", "LINK-USD", "QNT-USD")
    async with running(market) as run:
        await run.press("slash")
        await run.type("qn")
        assert opened(run) is FinderScreen
        assert "QNT-USD" in run.text()
        await run.press("enter")
        assert market.products()[-1] == "QNT-USD"
        assert selected(run) == "QNT-USD"
        await run.press("slash")
        await run.type("btcusd")
        await run.press("enter")
        assert selected(run) == "BTC-USD"
        assert len(market.products()) == 5, "it was there already"


async def test_the_finder_moves_by_arrows_and_leaves_by_escape(market: FakeMarket) -> None:
    market.catalogue = ("BTC-USD", "ETH-BTC", "ETH-USD", "LINK-USD")
    async with running(market) as run:
        await run.press("slash", "escape")
        assert len(market.products()) == 4
        await run.press("slash", "down", "down", "down", "up", "down", "enter")
        assert market.products()[-1] == "LINK-USD"


async def test_any_name_can_be_asked_for_while_the_list_is_missing(market: FakeMarket) -> None:
    async with running(market) as run:
        await run.press("slash")
        assert "not loaded yet" in run.text()
        market.refusal = "DOGE-USD is not a valid product"
        await run.type("doge-usd")
        await run.press("enter")
        await until(lambda: notices(run) == ["DOGE-USD is not a valid product"], "the refusal")
        market.refusal = None
        await run.press("slash")
        await run.type("sol-usd")
        await run.press("enter")
        assert market.products()[-1] == "SOL-USD"


@pytest.mark.parametrize(
    ("key", "words"),
    [
        ("question_mark", "Find any product of the venue"),
        ("i", "of each book"),
        ("e", "gap of 3 before"),
    ],
)
async def test_pages_open_and_close_by_their_key_and_by_escape(market: FakeMarket, key: str, words: str) -> None:
    async with running(market) as run:
        await run.press(key)
        assert opened(run) is DetailScreen
        await run.pilot.pause()
        assert words in run.text()
        await run.press(key)
        assert opened(run) is MarketScreen
        await run.press(key, "down", "j", "k", "escape")
        assert opened(run) is MarketScreen


async def test_an_open_page_goes_on_showing_the_present(market: FakeMarket) -> None:
    async with running(market) as run:
        await run.press("i")
        market.judge(Verdict.STALE, "gap of 9 before 10")
        await run.draw()
        assert "gap of 9 before 10" in run.text()


async def test_a_draw_while_a_page_is_about_to_open_is_no_fault(market: FakeMarket) -> None:
    async with running(market) as run:
        for page in ("health", "help"):
            run.app.market_screen.action_page(page)
            run.app.market_screen.draw()
            await run.press("escape")
        assert opened(run) is MarketScreen


async def test_the_market_keys_do_nothing_behind_a_page(market: FakeMarket) -> None:
    async with running(market) as run:
        await run.press("question_mark", "3", "tab", "x", "r")
        assert selected(run) == "BTC-USD"
        assert len(market.products()) == 4
        assert market.resyncs_asked == 0


@pytest.mark.parametrize(
    ("keys", "code"),
    [
        (("q",), 0),
        (("ctrl+q",), 0),
        (("ctrl+c",), 130),
        (("question_mark", "q"), 0),
        (("i", "ctrl+q"), 0),
        (("e", "ctrl+c"), 130),
        (("slash", "ctrl+q"), 0),
        (("slash", "q", "ctrl+c"), 130),
        (("ctrl+p", "ctrl+q"), 0),
    ],
)
async def test_the_way_out_is_open_everywhere(market: FakeMarket, keys: tuple[str, ...], code: int) -> None:
    async with running(market) as run:
        await run.pilot.press(*keys)
        await until(lambda: run.app.return_code is not None, "the way out")
    assert run.app.return_code == code
    assert not run.app.is_running


async def test_q_is_a_letter_in_the_finder(market: FakeMarket) -> None:
    market.catalogue = ("QNT-USD",)
    async with running(market) as run:
        await run.press("slash", "q")
        assert run.app.is_running
        assert opened(run) is FinderScreen


async def test_the_footer_shows_the_keys_that_fit_the_most_important_first(market: FakeMarket) -> None:
    for width in (40, 80, 120, 240):
        async with running(market, (width, 24)) as run:
            row = run.rows()[-1]
            assert row.startswith(" q quit  ? help  space freeze")
            assert len(row) == width
            if width == 80:
                assert row.rstrip().endswith("v form  w ladders  t tape"), "what one comes for"
    assert all(f"{name} {label}" in row for name, label, _ in footer(DEFAULT_KEYMAP, replay=False)), (
        "all fit at 240 columns"
    )


async def test_every_size_works_and_comes_back(market: FakeMarket) -> None:
    async with running(market, (120, 40)) as run:
        before = run.text()
        for size in [
            (80, 24),
            (40, 12),
            (39, 11),
            (24, 5),
            (23, 4),
            (10, 2),
            (1, 1),
            (2, 60),
            (300, 3),
            (200, 60),
            (120, 40),
        ]:
            await run.pilot.resize_terminal(*size)
            await run.draw()
            rows = run.rows()
            assert len(rows) == size[1]
            assert {len(row) for row in rows} == {size[0]}
        assert run.text() == before


async def test_a_resize_storm_with_everything_open(market: FakeMarket) -> None:
    async with running(market, (80, 24), ladders=4) as run:
        for key in ("question_mark", "escape", "slash", "escape", "e"):
            for size in ((1, 1), (200, 60)):
                await run.pilot.resize_terminal(*size)
                await run.draw()
            await run.pilot.press(key)
        await run.pilot.resize_terminal(80, 24)
        await run.press("escape")
        assert "SYNCED" in run.text()


@pytest.mark.parametrize(
    ("size", "words"), [((39, 11), "● SYNCED   BTC-USD"), ((44, 3), "BTC-USD 65,083.66/67 ● SYNCED gap 0")]
)
async def test_small_terminals_keep_what_matters(market: FakeMarket, size: tuple[int, int], words: str) -> None:
    async with running(market, size) as run:
        assert words in run.text()


@pytest.mark.parametrize("size", [(80, 24), (39, 11), (60, 2)])
async def test_a_replay_says_so_at_every_size(market: FakeMarket, size: tuple[int, int]) -> None:
    market.feed = replace(market.feed, mode=Mode.REPLAY)
    async with running(market, size) as run:
        assert "REPLAY" in run.text()


async def test_all_products_gone_is_not_the_end(market: FakeMarket) -> None:
    async with running(market, (120, 40)) as run:
        market.books.clear()
        await run.draw()
        assert "no product: press / to find one" in run.text()
        await run.press("tab", "1", "w", "space", "right_square_bracket", "x", "i", "escape", "space")
        await run.press("slash")
        await run.type("sol-usd")
        await run.press("enter")
        assert selected(run) == "SOL-USD"


async def test_local_time_is_named_as_such(market: FakeMarket) -> None:
    async with running(market, (120, 40), local_time=True) as run:
        assert "UTC" not in run.text()
        assert run.text().count("local") >= 3


async def test_of_idle_ticks_a_fifth_draws_and_of_busy_ones_all(market: FakeMarket) -> None:
    async with running(market) as run:
        before = market.views
        for _ in range(10):
            run.app.market_screen.tick()
        assert market.views - before == 2
        before = market.views
        for _ in range(10):
            market.version += 1
            run.app.market_screen.tick()
        assert market.views - before == 10


async def test_health_figures_rest_between_ticks_but_not_when_trust_is_lost(market: FakeMarket) -> None:
    async with running(market) as run:
        screen = run.app.market_screen

        def tick(rate: float) -> str:
            market.version += 1
            market.feed = replace(market.feed, frames_per_second=rate)
            screen.tick()
            return screen.query_one(HealthLines).text()

        seen = [f"{rate:.1f} msg/s" in tick(rate) for rate in (51.0, 52.0, 53.0, 54.0, 55.0, 56.0, 57.0, 58.0)]
        assert sum(seen) == 2
        market.judge(Verdict.STALE, "gap")
        assert "99.9 msg/s" in tick(99.9)
