"""The command palette: faults for the asking, every key's action, every product."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

from depthview.preferences.colors import OWN_THEMES
from depthview.preferences.keys import PLACES, SECTIONS, Place
from depthview.ui.commands import commands_of
from depthview.ui.screens.market import MarketScreen
from depthview.ui.screens.pages import DetailScreen
from depthview.views.market import FaultOffer
from tests.ui.conftest import running

if TYPE_CHECKING:
    from tests.ui.conftest import Running
    from tests.ui.fake_market import FakeMarket

OFFERS = (
    FaultOffer("gap", "leave out messages: the numbers jump"),
    FaultOffer("stall", "send nothing more, and keep the connection open"),
)


def notices(run: Running) -> list[str]:
    return [notification.message for notification in run.app._notifications]


async def search(run: Running, typed: str, found: str) -> None:
    """Open the palette, type, and wait for what it finds."""
    await run.press("ctrl+p")
    await run.pilot.press(*typed)
    await run.shows(found)


async def test_every_key_and_product_is_in_the_palette_with_a_description(market: FakeMarket) -> None:
    async with running(market) as run:
        found = list(commands_of(run.app.market_screen))
        names = [command.name for command in found]
        keys = [
            key.command
            for section in SECTIONS
            for key in section.keys
            if not section.replay and Place.LADDER in PLACES[key.id]
        ]
        assert keys == names[: len(keys)]
        products, themes = len(market.products()), len(OWN_THEMES)
        assert [f"Show {product}" for product in market.products()] == names[len(keys) : len(keys) + products]
        assert [f"Theme: {theme}" for theme in OWN_THEMES] == names[-themes:]
        assert len(names) == len(keys) + products + themes
        assert len(set(names)) == len(names)
        assert all(len(command.help) > 20 for command in found)


async def test_a_fault_is_asked_for_by_name_and_told(market: FakeMarket) -> None:
    market.offers = OFFERS
    async with running(market, (100, 40)) as run:
        await search(run, "gap", "Fault: gap")
        assert "leave out messages: the numbers jump" in run.text()
        await run.press("enter")
        assert market.provoked == ["gap"]
        assert notices(run) == ["fault requested: gap"]
        assert isinstance(run.app.screen, MarketScreen)
        market.refusal = "[bold]not[/bold] while [/] another one runs"
        await search(run, "stall", "Fault: stall")
        await run.press("enter")
        await run.shows("[bold]not[/bold] while [/] another one")
        assert market.provoked == ["gap", "stall"]


async def test_faults_come_first_and_only_where_there_are_any(market: FakeMarket) -> None:
    async with running(market, (100, 50)) as run:
        await run.press("ctrl+p")
        await run.shows("Find any product")
        assert "Fault" not in run.text()
        await run.press("escape")
        market.offers = OFFERS
        await run.press("ctrl+p")
        await run.shows("Freeze or resume")
        text = run.text()
        assert 0 < text.index("Fault: gap") < text.index("Fault: stall") < text.index("Freeze or resume")


async def test_a_key_s_action_can_be_chosen_by_its_name(market: FakeMarket) -> None:
    async with running(market) as run:
        await search(run, "coars", "Coarser rows")
        await run.press("enter")
        assert "rows of 0.02 USD" in run.text()
        await search(run, "ethe", "Show ETH-EUR")
        await run.press("enter")
        assert market.last_request is not None
        assert market.last_request.selected == "ETH-EUR"
        await search(run, "heal", "Health")
        await run.press("enter")
        assert isinstance(run.app.screen, DetailScreen)


async def test_a_theme_of_ours_can_be_chosen_by_its_name(market: FakeMarket) -> None:
    async with running(market, (100, 40)) as run:
        await search(run, "redup", "Theme: red-up")
        assert "as in East Asia" in run.text()
        await run.press("enter")
        assert run.app.theme == "red-up"
        assert run.app.arrangement.theme == "red-up"


async def test_over_a_page_the_market_s_commands_rest(market: FakeMarket) -> None:
    market.offers = OFFERS
    async with running(market, (100, 40)) as run:
        await run.press("i", "ctrl+p")
        await run.shows("Quit. Ctrl+Q and")
        assert "Fault" not in run.text()
        await run.type("quit")
        await run.shows("Quit. Ctrl+Q and")
        await run.pilot.press("enter")
        for _ in range(100):
            if run.app.return_code is not None:
                break
            await asyncio.sleep(0.02)
    assert run.app.return_code == 0
    assert market.provoked == []


async def test_hostile_names_are_no_markup_in_the_palette(market: FakeMarket) -> None:
    market.offers = (FaultOffer("[/] [red]x \x1b]0;y\x07", "[BTC-USD] help [/] \x1b[31m"),)
    async with running(market, (100, 40)) as run:
        await search(run, "ltred", "Fault: [/] [red]x")
        text = run.text()
        assert "[BTC-USD] help [/]" in text
        assert all(row.isprintable() for row in run.rows())
        await run.press("enter")
        assert market.provoked == ["[/] [red]x \x1b]0;y\x07"]
        assert all(row.isprintable() for row in run.rows())
