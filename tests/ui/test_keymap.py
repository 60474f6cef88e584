"""Keys that a configuration has changed, on the running app."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from depthview.preferences.keymap import Keymap, footer, in_force
from depthview.preferences.keys import ANYWHERE, KEYS, MARKET, REMAPPABLE, SECTIONS, Place
from depthview.ui.bindings import bindings, bindings_anywhere
from depthview.ui.commands import commands_of
from depthview.ui.screens.help import help_page
from depthview.ui.screens.market import MarketScreen
from depthview.ui.screens.pages import DetailScreen
from tests.ui.conftest import running

if TYPE_CHECKING:
    from tests.ui.conftest import Running
    from tests.ui.fake_market import FakeMarket


def opened(run: Running) -> type:
    return type(run.app.screen)


async def test_the_new_key_works_and_the_old_one_no_more(market: FakeMarket) -> None:
    keymap = Keymap({"depth.freeze": ("f8",), "product.slot.2": ("f2",), "app.help": ("f12",)})
    async with running(market, keymap=keymap) as run:
        await run.press("space")
        assert "FROZEN" not in run.rows()[0]
        await run.press("f8")
        assert "FROZEN" in run.rows()[0]
        await run.press("f8", "2")
        assert market.last_request is not None
        assert market.last_request.selected == "BTC-USD"
        await run.press("f2")
        assert market.last_request.selected == "ETH-USD"
        await run.press("f12")
        assert opened(run) is DetailScreen
        await run.press("f12")
        assert opened(run) is MarketScreen, "it closes its page too"


async def test_over_a_page_the_keys_are_the_new_ones_too(market: FakeMarket) -> None:
    keymap = Keymap({"app.quit": ("f10",), "health.panel": ("q",), "product.find": ("f3",)})
    async with running(market, keymap=keymap) as run:
        await run.press("q")
        assert "esc back   F10 quit" in run.text()
        await run.press("q")
        assert run.app.is_running
        assert isinstance(run.app.screen, MarketScreen)
        market.books.clear()
        await run.draw()
        assert "press F3 to find one" in run.text()
        await run.press("q")
        await run.pilot.press("f10")
    assert run.app.return_code == 0


async def test_two_keys_can_be_swapped(market: FakeMarket) -> None:
    keymap = Keymap({"depth.finer": ("right_square_bracket",), "depth.coarser": ("left_square_bracket",)})
    async with running(market, keymap=keymap) as run:
        await run.press("left_square_bracket")
        assert "rows of 0.02 USD" in run.text()
        assert "] [ group" in run.rows()[-1]


async def test_footer_help_palette_and_notices_name_the_new_keys(market: FakeMarket) -> None:
    keymap = Keymap({"depth.freeze": ("f8",), "product.restore": ("ctrl+u",), "feed.resync": ()})
    async with running(market, (200, 24), keymap=keymap) as run:
        row = run.rows()[-1]
        assert "F8 freeze" in row
        assert "space" not in row
        assert "resync" not in row, "what has no key is in the palette only"
        told = {command.name: command.help for command in commands_of(run.app.market_screen)}
        assert told["Freeze or resume"].endswith("(F8)")
        assert told["Resync"].endswith(".")
        await run.press("x")
        assert [notice.message for notice in run.app._notifications] == ["BTC-USD removed; Ctrl+U restores it"]
    text = "\n".join("".join(piece for piece, _ in line) for line in help_page(110, keymap))
    assert "\n F8            " in text
    assert "\n Ctrl+U        " in text
    assert "Ask the venue for new snapshots" not in text


async def test_the_palette_and_stop_can_be_moved_and_the_way_out_stays(market: FakeMarket) -> None:
    keymap = Keymap({"app.palette": ("f9",), "app.quit": (), "app.stop": ()})
    async with running(market, (100, 40), keymap=keymap) as run:
        await run.press("ctrl+p")
        assert isinstance(run.app.screen, MarketScreen)
        await run.press("f9")
        await run.shows("Find a product")
        await run.press("escape", "q")
        assert run.app.is_running
        await run.pilot.press("ctrl+q")
    assert run.app.return_code == 0


def test_every_binding_has_the_id_of_its_entry() -> None:
    bound = [*bindings(Keymap(), *MARKET), *bindings_anywhere(Keymap())]
    assert {binding.id for binding in bound} == {key.id for key in (*in_force(*MARKET, replay=True), *ANYWHERE)}
    assert len(bound) == len({binding.id for binding in bound})


def test_every_key_works_somewhere() -> None:
    assert {key.id for key in (*in_force(*Place, replay=True), *ANYWHERE)} == set(REMAPPABLE)


async def test_every_action_of_the_market_exists(market: FakeMarket) -> None:
    async with running(market) as run:
        for key in (*in_force(*MARKET, replay=True), *ANYWHERE):
            target = run.app if key.action.startswith("app.") else run.app.market_screen
            name = key.action.removeprefix("app.").partition("(")[0]
            assert callable(getattr(target, f"action_{name}", None)), key.id


@pytest.mark.parametrize("place", Place)
def test_what_takes_another_s_place_comes_first_on_its_key(place: Place) -> None:
    ids = [binding.id for binding in bindings(Keymap(), place)]
    for key in KEYS:
        for old in key.instead_of:
            assert old in REMAPPABLE
            assert not {key.id, old} <= set(ids) or ids.index(key.id) < ids.index(old)


@pytest.mark.parametrize("where", MARKET)
@pytest.mark.parametrize("replay", [False, True])
def test_the_footer_has_no_key_twice_and_every_label(replay: bool, where: Place) -> None:
    entries = footer(Keymap(), replay=replay, where=where)
    names = [name for entry, _, _ in entries for name in entry.split()]
    assert len(set(names)) == len(names)
    labels = [label for _, label, _ in entries]
    sections = [section for section in SECTIONS if where in section.where and (replay or not section.replay)]
    there = [key for section in sections for key in section.keys]
    replaced = {old for key in there for old in key.instead_of}
    wanted = [key.label for key in there if key.label and key.id not in replaced]
    assert sorted(labels) == sorted([*wanted, "product"])
