"""The grid of products on the running app: keys, mouse, pages, sizes."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from depthview.core.verdict import Verdict
from depthview.ui.grid import MiniLadder, PageFoot, ProductGrid
from depthview.ui.ladder.widget import Ladder
from tests.ui.conftest import running
from tests.ui.fake_market import FakeMarket, make_book
from tests.ui.many import to_grid, twelve, twelve_books

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from depthview.views.market import ViewRequest
    from tests.ui.conftest import Running


def asked(run: Running) -> ViewRequest:
    assert run.market.last_request is not None
    return run.market.last_request


def shown(run: Running) -> list[str]:
    """Products of the small ladders that are seen, in order."""
    cells = [cell for cell in run.app.screen.query(MiniLadder) if cell.region.area and cell.depth is not None]
    return [cell.depth.product for cell in cells if cell.depth is not None]


def focused(run: Running) -> type:
    return type(run.app.focused)


def wide(market: FakeMarket | None = None) -> AbstractAsyncContextManager[Running]:
    return running(market or twelve(), (120, 40))


async def test_w_leads_to_the_grid_and_back() -> None:
    async with wide() as run:
        await to_grid(run)
        assert shown(run) == list(run.market.products())
        assert run.text().count("SYNCED") == 10
        assert focused(run) is ProductGrid
        await run.press("w")
        assert not shown(run)
        assert focused(run) is Ladder
        assert asked(run).ladders == ("BTC-USD",)


async def test_only_what_is_shown_is_asked_for() -> None:
    async with wide() as run:
        await run.press("w")
        many = asked(run).levels
        await to_grid(run)
        assert asked(run).levels == 4 < many
        assert set(asked(run).ladders) == set(run.market.products())
        assert asked(run).windows == {}
    async with running(twelve(), (80, 24)) as run:
        await to_grid(run)
        assert asked(run).levels == 3
        assert len(asked(run).ladders) == 6


async def test_each_product_has_its_own_verdict_and_gap_counter() -> None:
    async with wide() as run:
        await to_grid(run)
        text = {cell.depth.product: cell.text() for cell in run.app.screen.query(MiniLadder) if cell.depth}
        assert "STALE" in text["DOGE-USD"]
        assert "gaps 1" in text["DOGE-USD"]
        assert "SYNCING" in text["ADA-USD"]
        assert all(
            "SYNCED" in words and "gaps 0" in words for name, words in text.items() if name[:3] not in ("DOG", "ADA")
        )
        run.market.judge(Verdict.STALE, "gap of 1 before 7", product="BTC-USD")
        await run.draw()
        assert "STALE" in next(iter(run.app.screen.query(MiniLadder))).text()


async def test_arrows_move_the_cursor_and_enter_zooms() -> None:
    async with wide() as run:
        await to_grid(run)
        moves = {"right": "ETH-USD", "down": "XRP-USD", "left": "SOL-USD", "up": "BTC-USD", "end": "USDT-USDC"}
        for key, product in moves.items():
            await run.press(key)
            assert asked(run).selected == product
        await run.press("right", "down")
        assert asked(run).selected == "USDT-USDC", "it stays at the edge"
        await run.press("home", "j", "k", "3")
        assert asked(run).selected == "ETH-EUR"
        await run.press("enter")
        await run.draw()
        assert not shown(run)
        assert "ETH-EUR" in run.app.screen.query_one("#ladder-0", Ladder).text()
        assert asked(run).ladders == ("ETH-EUR",)


@pytest.mark.parametrize("key", ["escape", "w"])
async def test_a_zoomed_ladder_leads_back_to_where_one_was(key: str) -> None:
    async with wide() as run:
        await to_grid(run)
        await run.press("down", "enter", key)
        await run.draw()
        assert len(shown(run)) == 12
        assert asked(run).selected == "SOL-USD"
        await run.press(key)
        await run.draw()
        assert not shown(run)
        await run.press("escape")
        assert not shown(run), "there is no further back"


async def test_a_click_opens_a_product() -> None:
    async with wide() as run:
        await to_grid(run)
        cell = [cell for cell in run.app.screen.query(MiniLadder) if cell.depth][6]
        await run.pilot.click(cell, offset=(4, 4))
        await run.pilot.pause()
        await run.draw()
        assert not shown(run)
        assert "DOGE-USD" in run.app.screen.query_one("#ladder-0", Ladder).text()


async def test_pages_follow_the_cursor_the_wheel_and_page_keys() -> None:
    async with running(twelve(), (80, 24)) as run:
        await to_grid(run)
        names = list(run.market.products())
        assert shown(run) == names[:6]
        assert "products 1 to 6 of 12" in run.text()
        assert "6 more" in run.text()
        await run.press("pagedown")
        assert shown(run) == names[6:]
        assert "products 7 to 12 of 12" in run.text()
        assert asked(run).selected == names[6]
        await run.press("left")
        assert shown(run) == names[:6], "one step back turns the page"
        grid = run.app.screen.query_one(ProductGrid)
        await run.pilot._post_mouse_events([_scroll_down()], grid, offset=(5, 5))
        await run.pilot.pause()
        assert shown(run) == names[6:]
        await run.press("pageup", "pageup")
        assert shown(run) == names[:6]


def _scroll_down() -> type:
    from textual.events import MouseScrollDown

    return MouseScrollDown


async def test_more_products_than_a_page_has_places_are_on_further_pages() -> None:
    more = [make_book(f"T{n}-USD", 1_000 + n, 2, 4, 9_000, seed=n, levels=12) for n in range(8)]
    async with running(FakeMarket([*twelve_books(), *more]), (200, 60)) as run:
        await to_grid(run)
        assert len(shown(run)) == 12
        await run.press("pagedown")
        assert shown(run) == [f"T{n}-USD" for n in range(8)]
        foot = run.app.screen.query_one(PageFoot)
        assert foot.text().strip().startswith("products 13 to 20 of 20")


async def test_products_come_and_go() -> None:
    async with wide() as run:
        await to_grid(run)
        await run.press("x")
        await run.draw()
        assert len(shown(run)) == 11
        assert shown(run)[0] == "ETH-USD"
        await run.press("u")
        await run.draw()
        assert shown(run)[-1] == "BTC-USD"
        for _ in range(11):
            await run.press("x")
        await run.draw()
        assert not shown(run), "one product needs no grid"
        assert "SYNCED" in run.text()


async def test_the_grid_freezes_with_everything_else() -> None:
    market = twelve()
    async with wide(market) as run:
        await to_grid(run)
        await run.press("space")
        cell = next(iter(run.app.screen.query(MiniLadder)))
        before = cell.text()
        market.churn()
        await run.draw()
        assert cell.text() == before
        await run.press("space")
        assert cell.text() != before


async def test_a_draw_on_the_way_out_does_no_harm() -> None:
    """The clock may beat once more while the widgets are being taken down, the grid first."""
    async with wide() as run:
        await to_grid(run)
        await run.app.screen.query_one(ProductGrid).remove()
        run.app.market_screen.draw()
        await run.pilot.pause()
        assert run.app.is_running


async def test_every_size_is_filled_and_comes_back() -> None:
    async with wide() as run:
        await to_grid(run)
        heads = [row for row in run.rows() if "USD" in row]
        for size in ((80, 24), (40, 12), (30, 8), (10, 2), (1, 1), (300, 80), (60, 20), (200, 60), (120, 40)):
            await run.pilot.resize_terminal(*size)
            await run.draw()
            rows = run.rows()
            assert len(rows) == size[1]
            assert {len(row) for row in rows} == {size[0]}
            if size[0] >= 10:
                assert "1 B" in run.text()
        assert [row for row in run.rows() if "USD" in row] == heads
        assert "spread  0.001 bps" in run.text()


async def test_a_hostile_name_stays_a_name() -> None:
    market = twelve()
    book = market.books["LTC-USD"]
    book.trading_state = "[red]\x1b[31m"
    book.sequence = replace(book.sequence, gaps=12_345)
    async with wide(market) as run:
        await to_grid(run)
        assert "[red]\ufffd[31m" in run.text()
        assert "gaps 12,345" in run.text()
