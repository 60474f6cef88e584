"""Keys of pages, wire view, fields, lists and grid that a configuration has changed, on the running app."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest
from textual.widgets import Input, OptionList

from depthview.preferences.keymap import Keymap, in_force
from depthview.preferences.keys import FIELDS, PAGES, PLACES, SECTIONS, Place
from depthview.ui.app import DepthviewApp
from depthview.ui.commands import Placed, actions_of
from depthview.ui.frames import LinesPanel
from depthview.ui.ladder.controls import SizePrompt
from depthview.ui.screens.actions import DestinationScreen, FinderScreen
from depthview.ui.screens.frames import FrameLogScreen, LoggedFrameScreen
from depthview.ui.screens.market import MarketScreen
from depthview.ui.screens.pages import DetailScreen, PageScroll
from depthview.ui.screens.start import Palette, Welcome
from depthview.views.market import FaultOffer, Mode
from tests.support.waiting import until
from tests.ui.conftest import Running, running
from tests.ui.fake_frames import busy
from tests.ui.fake_market import FakeMarket
from tests.ui.many import to_grid, twelve
from tests.ui.test_replay_bar import REPLAY, Controls

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from textual.screen import Screen

SCROLLING = {
    "page.up": ("f2", "o"),
    "page.down": ("f3",),
    "page.page-up": ("f4",),
    "page.page-down": ("f5",),
    "page.first": ("f6",),
    "page.last": ("f7",),
    "page.close": ("f8",),
}
FIELD = {"entry.accept": ("f9",), "entry.cancel": ("f10",)}
LIST = {
    "list.down": ("f2",),
    "list.up": ("f3",),
    "list.page-down": ("f4",),
    "list.page-up": ("f5",),
    "list.last": ("f6",),
    "list.first": ("f7",),
}


def screen(run: Running) -> Screen[object]:
    """The one on top."""
    return run.app.screen


def wired(keymap: Keymap, size: tuple[int, int] = (120, 40)) -> AbstractAsyncContextManager[Running]:
    market = FakeMarket()
    market.wire = busy().rows
    return running(market, size, keymap=keymap)


def replayed(market: FakeMarket) -> Controls:
    controls = Controls()
    market.feed = replace(market.feed, mode=Mode.REPLAY)
    market.replay, market.replay_controls = REPLAY, controls
    return controls


# -- pages -------------------------------------------------------------------------------------------------------------


async def test_a_page_scrolls_and_closes_by_the_new_keys(market: FakeMarket) -> None:
    async with running(market, keymap=Keymap(SCROLLING)) as run:
        await run.press("question_mark")
        scroll = screen(run).query_one(PageScroll)
        await until(lambda: scroll.max_scroll_y > 0, "the page")
        seen = []
        for key in ("f3", "f3", "f2", "o", "f5", "f5", "f4", "f7", "f6"):
            await run.press(key)
            seen.append(scroll.scroll_offset.y)
        page = scroll.scrollable_content_region.height
        assert page > 10
        assert seen == [1, 2, 1, 0, page, 2 * page, page, scroll.max_scroll_y, 0]
        assert scroll.max_scroll_y > 2 * page
        await run.press("f8")
        assert isinstance(screen(run), MarketScreen)


async def test_the_old_keys_of_a_page_do_nothing(market: FakeMarket) -> None:
    async with running(market, keymap=Keymap(SCROLLING)) as run:
        await run.press("question_mark")
        scroll = screen(run).query_one(PageScroll)
        await until(lambda: scroll.max_scroll_y > 0, "the page")
        await run.press("f5")
        before = scroll.scroll_offset.y
        assert before > 0
        for key in ("up", "down", "k", "j", "pageup", "pagedown", "space", "home", "end", "escape"):
            await run.press(key)
            assert isinstance(screen(run), DetailScreen), key
            assert scroll.scroll_offset.y == before, key


@pytest.mark.parametrize("key", ["question_mark", "f1", "i", "a", "e"])
async def test_pages_are_closed_by_the_key_that_opened_them_and_by_no_other_one_s(market: FakeMarket, key: str) -> None:
    async with running(market, keymap=Keymap({"page.close": ("f8",)})) as run:
        await run.press(key)
        page = screen(run)
        assert isinstance(page, DetailScreen)
        await run.press("l", "a" if key == "e" else "e")
        assert screen(run) is page
        await run.press(key)
        assert isinstance(screen(run), MarketScreen)


async def test_the_head_of_a_page_names_the_keys_in_force(market: FakeMarket) -> None:
    async with running(market, keymap=Keymap(SCROLLING)) as run:
        await run.press("i")
        assert "F2 F3 scroll   F8 back   q quit" in run.text()
    async with running(FakeMarket(), keymap=Keymap({"app.quit": (), "page.up": (), "page.down": ()})) as run:
        await run.press("i")
        await run.shows("esc back")
        assert "scroll" not in run.text()
        assert "quit" not in run.text()


# -- the wire view and a frame -----------------------------------------------------------------------------------------


async def test_the_wire_view_obeys_the_new_keys() -> None:
    keymap = Keymap(
        {
            **SCROLLING,
            "wire.follow": ("o",),
            "wire.channel": ("x",),
            "wire.channel-back": ("X",),
            "wire.product": ("m",),
            "wire.product-back": ("M",),
            "wire.open": ("v",),
            "page.up": ("u",),
        }
    )
    async with wired(keymap) as run:
        await run.press("l")
        await run.shows("following")
        for key in ("up", "k", "pageup", "enter", "f", "F", "p", "P", "escape"):
            await run.press(key)
            assert isinstance(screen(run), FrameLogScreen), key
            assert "following   everything" in run.rows()[0], key
        await run.press("u")
        assert "HELD" in run.rows()[0]
        await run.press("c", "home", "end")
        assert "HELD" in run.rows()[0]
        await run.press("o")
        assert "following" in run.rows()[0]
        await run.press("f4")
        assert "HELD" in run.rows()[0]
        await run.press("o", "m")
        assert "BTC-USD" in run.rows()[0]
        await run.press("M", "x")
        picked = run.rows()[0]
        assert "everything" not in picked
        await run.press("X")
        assert "everything" in run.rows()[0]
        await run.press("v")
        assert isinstance(screen(run), LoggedFrameScreen)
        await run.press("f8", "f8")
        assert isinstance(screen(run), MarketScreen)


async def test_the_wire_view_is_closed_by_the_new_key_that_opened_it() -> None:
    async with wired(Keymap({"wire.show": ("f12",), "flight.keep": ("f11",)})) as run:
        await run.press("l")
        assert isinstance(screen(run), MarketScreen)
        await run.press("f12")
        assert isinstance(screen(run), FrameLogScreen)
        await run.press("f11")
        assert run.market.flights_asked == 1
        await run.press("l", "R")
        assert isinstance(screen(run), FrameLogScreen)
        assert run.market.flights_asked == 1
        await run.press("f12")
        assert isinstance(screen(run), MarketScreen)


async def test_keys_of_a_replay_come_before_those_of_the_wire_view_on_one_key() -> None:
    market = FakeMarket()
    market.wire = busy().rows
    controls = replayed(market)
    async with running(market, (120, 40), keymap=Keymap({"replay.faster": ("f7",)})) as run:
        await run.press("l", "pageup", "space", "f7", "plus")
        assert controls.told == [("pause",), ("speed", 1)]
        assert "HELD" in run.rows()[0]
    async with wired(Keymap()) as run:
        await run.press("l", "pageup", "pageup")
        held = run.rows()[2]
        await run.press("space", "pageup")
        assert run.rows()[2] == held, "where nothing can be paused it is a screen down"


async def test_a_frame_obeys_the_new_keys(monkeypatch: pytest.MonkeyPatch) -> None:
    keymap = Keymap(
        {
            **SCROLLING,
            **FIELD,
            "frame.search": ("s",),
            "frame.next": ("greater_than_sign",),
            "frame.previous": ("less_than_sign",),
            "wire.copy": ("m",),
        }
    )
    copied: list[str] = []
    async with wired(keymap) as run:
        monkeypatch.setattr(run.app, "copy_to_clipboard", copied.append)
        await run.press("l", *["f4"] * 6, "f3", "f3", "f3", "f3", "y", "m", "enter")
        assert len(copied) == 1
        await run.shows('  "channel": "l2_data",')
        lines, field = screen(run).query_one("#text", LinesPanel), screen(run).query_one(Input)
        for key in ("slash", "n", "N", "y", "down", "j", "pagedown", "space", "end", "escape"):
            await run.press(key)
            assert isinstance(screen(run), LoggedFrameScreen), key
            assert (field.display, lines.top) == (False, 0), key
        assert len(copied) == 1
        await run.press("f3", "f3", "f2")
        assert lines.top == 1
        await run.press("f7")
        assert lines.top > 1_000
        await run.press("f6", "s")
        assert "search, F9 find, F10 cancel" in run.text()
        await run.type("offer")
        await run.press("enter", "escape")
        assert (field.display, field.value) == (True, "offer"), "the old keys of a field do nothing"
        await run.press("f9")
        assert "1 of 1,500" in run.rows()[0]
        await run.press("greater_than_sign", "greater_than_sign", "less_than_sign")
        assert "2 of 1,500" in run.rows()[0]
        await run.press("s", "f10")
        assert not field.display
        await run.press("m", "f8")
        assert len(copied) == 2
        assert isinstance(screen(run), FrameLogScreen)


async def test_the_feet_of_wire_view_and_frame_name_the_keys_in_force() -> None:
    keymap = Keymap({**SCROLLING, "wire.follow": ("o",), "wire.copy": (), "frame.search": ("s",), "frame.next": ("m",)})
    async with wired(keymap) as run:
        await run.press("l")
        await run.shows("following")
        assert run.rows()[-1].strip() == "F2 F3 hold  o follow  enter open  f channel  p product  F8 back"
        await run.press("enter")
        await run.shows("lines")
        assert run.rows()[-1].strip() == "F2 F3 scroll  s search  m N next, previous  F8 back"


# -- fields ------------------------------------------------------------------------------------------------------------


async def test_a_field_for_a_size_obeys_the_new_keys(market: FakeMarket) -> None:
    async with running(market, keymap=Keymap(FIELD)) as run:
        await run.press("p")
        assert "F10 back" in run.text()
        await run.type("5")
        assert "F9 price 5 BTC for buying and selling" in run.text()
        await run.press("enter", "escape")
        assert isinstance(screen(run), SizePrompt)
        await run.press("f9")
        assert isinstance(screen(run), MarketScreen)
        assert market.last_request is not None
        assert market.last_request.impact is not None
        await run.press("p")
        assert "F9 stop pricing" in run.text()
        await run.press("f10")
        assert market.last_request.impact is not None
        await run.press("L")
        assert "F9 mark outliers" in run.text()
        await run.press("f10", "t", "S")
        assert "F9 show all trades" in run.text()


async def test_what_a_field_would_do_is_said_where_no_key_does_it(market: FakeMarket) -> None:
    async with running(market, keymap=Keymap({"entry.accept": ()})) as run:
        await run.press("L")
        assert "mark outliers" in run.text()
        await run.press("enter")
        assert isinstance(screen(run), SizePrompt)


async def test_a_place_in_a_replay_obeys_the_new_keys(market: FakeMarket) -> None:
    controls = replayed(market)
    async with running(market, keymap=Keymap(FIELD)) as run:
        await run.press("g")
        await run.type("#7")
        assert "F9 goes   F10 back" in run.text()
        await run.press("enter", "escape")
        assert isinstance(screen(run), DestinationScreen)
        await run.press("f9")
        assert controls.told == [("number", 7)]
        await run.press("g", "f10")
        assert isinstance(screen(run), MarketScreen)


async def test_keys_of_a_field_come_before_those_that_edit_its_text(market: FakeMarket) -> None:
    keymap = Keymap({"entry.cancel": ("home", "alt+x"), "entry.accept": ("ctrl+w",)})
    async with running(market, keymap=keymap) as run:
        await run.press("p")
        await run.type("5")
        await run.press("ctrl+w")
        assert market.last_request is not None
        assert market.last_request.impact is not None
        for key in ("home", "alt+x"):
            await run.press("p", "4", "left", "2", key)
            assert isinstance(screen(run), MarketScreen), key


async def test_keys_that_edit_a_text_stay_as_they_are(market: FakeMarket) -> None:
    async with running(market, keymap=Keymap(FIELD)) as run:
        await run.press("p", "5", "left", "2", "end", "3", "backspace")
        assert screen(run).query_one(Input).value == "25"


async def test_what_opens_the_palette_is_text_where_one_types(market: FakeMarket) -> None:
    async with running(market, (100, 40), keymap=Keymap({"app.palette": ("o",)})) as run:
        await run.press("slash", "o", "ctrl+p")
        assert isinstance(screen(run), FinderScreen)
        assert screen(run).query_one(Input).value == "o"
        await run.press("escape", "i", "o")
        assert isinstance(screen(run), Palette), "over a page it is a key"
        await run.press("o")
        assert screen(run).query_one(Input).value == "o"


# -- lists -------------------------------------------------------------------------------------------------------------


async def test_the_finder_obeys_the_new_keys(market: FakeMarket) -> None:
    market.catalogue = tuple(f"T{number:02}-USD" for number in range(40))
    async with running(market, keymap=Keymap({**FIELD, **LIST})) as run:
        await run.press("slash")
        assert "40 products   F9 add   F10 cancel" in run.text()
        options = screen(run).query_one(OptionList)
        seen = []
        for key in ("f2", "f2", "f3", "f4", "f5", "f6", "f7", "f2"):
            await run.press(key)
            seen.append(options.highlighted)
        assert seen[:3] == [1, 2, 1]
        assert 10 < (seen[3] or 0) < 20
        assert seen[4] is not None
        assert seen[4] < (seen[3] or 0)
        assert seen[5:] == [39, 0, 1]
        await run.press("up", "pagedown", "ctrl+end", "tab", "down", "enter", "escape")
        assert isinstance(screen(run), FinderScreen)
        assert options.highlighted == 1
        await run.type("zz")
        assert "no match in 40 products; F9 requests it" in run.text()
        await run.press("backspace", "backspace", "f2", "f9")
        assert market.products()[-1] == "T01-USD"
        await run.press("slash", "f10")
        assert len(market.products()) == 5


async def test_the_focus_stays_in_the_field_of_the_finder(market: FakeMarket) -> None:
    market.catalogue = ("BTC-USD", "ETH-BTC", "LINK-USD")
    async with running(market) as run:
        await run.press("slash", "tab", "l", "i")
        assert screen(run).query_one(Input).value == "li"
        await run.press("enter")
        assert market.products()[-1] == "LINK-USD"


async def test_a_click_in_the_finder_takes_a_product(market: FakeMarket) -> None:
    market.catalogue = ("BTC-USD", "ETH-BTC", "LINK-USD")
    async with running(market) as run:
        await run.press("slash")
        await run.pilot.click(OptionList, offset=(3, 2))
        await run.pilot.pause()
        assert market.products()[-1] == "LINK-USD"


async def test_the_palette_obeys_the_new_keys(market: FakeMarket) -> None:
    market.offers = tuple(FaultOffer(f"fault{number:02}", "a fault of many") for number in range(30))
    async with running(market, (100, 40), keymap=Keymap({**FIELD, **LIST})) as run:
        await run.press("ctrl+p")
        await run.shows("Fault: fault00")
        options = screen(run).query_one(OptionList)
        await run.press("down", "up", "pagedown", "pageup", "ctrl+end", "ctrl+home", "enter", "escape", "tab")
        assert isinstance(screen(run), Palette)
        assert options.highlighted == 0
        await run.press("f2", "f2", "f2", "f3")
        assert options.highlighted == 2
        await run.press("f6")
        assert options.highlighted == options.option_count - 1
        await run.press("f5")
        assert 2 < (options.highlighted or 0) < options.option_count - 1
        await run.press("f7", "f4", "f5")
        assert options.highlighted is not None
        await run.press("f7", "f2", "f9")
        assert isinstance(screen(run), MarketScreen)
        assert market.provoked == ["fault01"]
        await run.press("ctrl+p", "f10")
        assert isinstance(screen(run), MarketScreen)


async def test_the_palette_of_themes_obeys_them_too(market: FakeMarket) -> None:
    async with running(market, (100, 40), keymap=Keymap({**FIELD, **LIST})) as run:
        before = run.app.theme
        run.app.search_themes()
        await run.shows("nord")
        await run.press("escape", "enter")
        assert isinstance(screen(run), Palette)
        await run.press("f6", "f9")
        assert run.app.theme != before
        run.app.search_themes()
        await run.shows("nord")
        await run.press("f10")
        assert isinstance(screen(run), MarketScreen)


# -- the grid and what is there first ----------------------------------------------------------------------------------


def selected(run: Running) -> str:
    assert run.market.last_request is not None
    return run.market.last_request.selected


async def test_the_grid_obeys_the_new_keys() -> None:
    keymap = Keymap(
        {
            "grid.right": ("f2",),
            "grid.left": ("f3",),
            "grid.down": ("f4",),
            "grid.up": ("f5",),
            "grid.last": ("f6",),
            "grid.first": ("f7",),
            "grid.page-down": ("f8",),
            "grid.page-up": ("f9",),
        }
    )
    async with running(twelve(), (80, 24), keymap=keymap) as run:
        await to_grid(run)
        names = run.market.products()
        assert "F9 F8 turn the page" in run.text()
        for key in ("right", "left", "down", "up", "j", "k", "end", "home", "pagedown", "pageup"):
            await run.press(key)
            assert selected(run) == names[0], key
        seen = []
        for key in ("f2", "f4", "f3", "f5", "f6", "f7", "f8", "f9"):
            await run.press(key)
            seen.append(names.index(selected(run)))
        across = seen[1] - seen[0]
        assert across in {2, 3}
        assert seen == [1, 1 + across, across, 0, 11, 0, 6, 0]


async def test_keys_of_the_grid_are_the_replay_s_where_the_grid_has_them_no_more() -> None:
    market = twelve()
    controls = replayed(market)
    async with running(market, (120, 40)) as run:
        await to_grid(run)
        await run.press("right")
        assert selected(run) == "ETH-USD"
        assert controls.told == []
        assert "5 s" not in run.rows()[-1]
    market = twelve()
    controls = replayed(market)
    async with running(market, (200, 40), keymap=Keymap({"grid.right": ("f2",), "grid.left": ("f3",)})) as run:
        await to_grid(run)
        await run.press("right", "f2")
        assert selected(run) == "ETH-USD"
        assert controls.told == [("by", 5)]
        assert "5 s" in run.rows()[-1]


async def test_ladder_and_grid_may_have_one_key_for_two_things() -> None:
    keymap = Keymap({"ladder.unit": ("f4",), "grid.last": ("f4",)})
    assert list(keymap.conflicts()) == []
    async with running(twelve(), (120, 40), keymap=keymap) as run:
        await run.press("f4")
        assert selected(run) == "BTC-USD"
        assert run.app.arrangement.choices.unit.value == "quote"
        await to_grid(run)
        await run.press("f4")
        assert selected(run) == run.market.products()[-1]
        assert run.app.arrangement.choices.unit.value == "quote"


async def test_a_key_that_chose_products_does_nothing_once_another_one_does(market: FakeMarket) -> None:
    async with running(market, (200, 40), ladders=2, keymap=Keymap({"product.next": ("f2",)})) as run:
        before = run.app.focused
        await run.press("tab")
        assert selected(run) == "BTC-USD"
        assert run.app.focused is before
        await run.press("f2")
        assert selected(run) == "ETH-USD"


async def test_what_is_there_first_is_left_by_the_new_key() -> None:
    welcome = Welcome("DEMO", "127.0.0.1", "generated for the demo", ("BTC-USD",))
    app = DepthviewApp(welcome, fps=0, keymap=Keymap({"app.quit": ("f10",)}))
    async with app.run_test(size=(80, 24)) as pilot:
        await app.painted.wait()
        await pilot.press("q")
        assert app.is_running
        await pilot.press("f10")
    assert app.return_code == 0


@pytest.mark.parametrize(("key", "code"), [("ctrl+q", 0), ("ctrl+c", 130)])
@pytest.mark.parametrize("way", [(), ("i",), ("l",), ("l", "enter"), ("slash",), ("p",), ("ctrl+p",)], ids="-".join)
async def test_two_keys_leave_from_everywhere(way: tuple[str, ...], key: str, code: int) -> None:
    async with wired(Keymap({"app.quit": ()})) as run:
        await run.press(*way)
        await run.pilot.press(key)
    assert run.app.return_code == code


# -- the table ---------------------------------------------------------------------------------------------------------

_WAYS: dict[Place, tuple[str, ...]] = {Place.PAGE: ("i",), Place.WIRE: ("l",), Place.FRAME: ("l", "enter")}


@pytest.mark.parametrize("place", PAGES)
async def test_every_action_of_a_page_exists_and_is_in_the_palette_over_it(place: Place) -> None:
    async with wired(Keymap()) as run:
        await run.press(*_WAYS[place])
        page = screen(run)
        assert isinstance(page, Placed)
        assert page.place is place
        offered = {command.name: command.help for command in actions_of(page)}
        keys = [key for key in in_force(place, replay=False) if key.opens is not place]
        assert {key.command for key in keys} == set(offered)
        for key in keys:
            target: object = run.app if key.action.startswith("app.") else page
            name = key.action.removeprefix("app.").partition("(")[0]
            assert callable(getattr(target, f"action_{name}", None)), key.id
            assert offered[key.command].startswith(key.help), key.id


async def test_an_action_of_a_page_can_be_chosen_by_its_name() -> None:
    async with wired(Keymap({"wire.channel": ("f4",)})) as run:
        await run.press("l", "ctrl+p")
        await run.type("next chan")
        await run.shows("(F4)")
        await run.press("enter")
        assert isinstance(screen(run), FrameLogScreen)
        assert "everything" not in run.rows()[0]


@pytest.mark.parametrize("way", [("p",), ("slash",), ("g",), ("ctrl+p",)])
async def test_every_action_of_a_field_exists(way: tuple[str, ...], market: FakeMarket) -> None:
    replayed(market)
    async with running(market) as run:
        await run.press(*way)
        field = screen(run).query_one(Input)
        place = Place.LIST if screen(run).query(OptionList) else Place.FIELD
        for key in in_force(place, replay=True):
            name = key.action.removeprefix("screen.").partition("(")[0]
            target: object = screen(run) if key.action.startswith("screen.") else field
            assert callable(getattr(target, f"action_{name}", None)), key.id


def test_where_one_types_no_key_of_the_table_writes_something() -> None:
    for section in SECTIONS:
        for key in section.keys:
            if not PLACES[key.id].isdisjoint(FIELDS):
                assert all(len(name) > 1 and name != "space" for name in key.keys.split(",")), key.id
