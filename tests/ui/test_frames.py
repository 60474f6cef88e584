"""The wire view at work: following, holding, picking, looking at one frame whole."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from textual.events import MouseScrollUp

from depthview.ui.frames import (
    MOST_LINES,
    LinesPanel,
    bytes_text,
    delay_text,
    found_line,
    indented,
    places_of,
    row_line,
    token_text,
)
from depthview.ui.lines import width_of
from depthview.ui.screens.frames import FrameLogScreen, LoggedFrameScreen
from depthview.ui.screens.help import WIRE
from depthview.views.frames import Direction, FrameLogRow
from tests.ui.conftest import Running, running
from tests.ui.fake_frames import FakeWire, busy
from tests.ui.fake_market import NOON, FakeMarket
from tests.ui.test_explained import explains
from tests.ui.test_hostile import HOSTILE, harmless

if TYPE_CHECKING:
    from collections.abc import Iterator
    from contextlib import AbstractAsyncContextManager


def watched(wire: FakeWire, size: tuple[int, int] = (120, 40)) -> AbstractAsyncContextManager[Running]:
    market = FakeMarket()
    market.wire = wire.rows
    return running(market, size)


def page(run: Running) -> object:
    """The screen on top."""
    return run.app.screen


async def opened(run: Running) -> None:
    await run.press("l")
    assert isinstance(page(run), FrameLogScreen)
    await run.shows("confirmed")
    await run.draw()


def numbers(run: Running) -> list[str]:
    """Of the frames on the screen, top first."""
    found = []
    for row in run.rows()[2:]:
        words = row.replace("▸", " ").split()
        if len(words) > 4 and words[2] in {"ms", "s"} and words[3].isdigit():
            found.append(words[3])
    return found


async def test_the_newest_are_followed() -> None:
    wire = busy()
    async with watched(wire) as run:
        await opened(run)
        assert numbers(run)[-1] == "65"
        assert "following" in run.rows()[0]
        wire.book("BTC-USD", 66, 7)
        await run.draw()
        assert numbers(run)[-1] == "66"


async def test_a_held_entry_stays_where_it_is() -> None:
    wire = busy()
    async with watched(wire) as run:
        await opened(run)
        await run.press("up", "k")
        before = run.rows()
        assert any(row.startswith("▸") and " 63 " in row for row in before)
        for number in range(66, 90):
            wire.book("BTC-USD", number, 7)
        await run.draw()
        assert run.rows()[2:30] == before[2:30]
        assert "HELD, 24 newer" in run.rows()[0]
        await run.press("c")
        assert numbers(run)[-1] == "89"
        assert "▸" not in run.text()


@pytest.mark.parametrize("key", ["c", "home", "end"])
async def test_keys_that_follow(key: str) -> None:
    async with watched(busy()) as run:
        await opened(run)
        await run.press("pageup", key)
        assert "following" in run.rows()[0]


async def test_pages_reach_the_beginning_and_the_end() -> None:
    async with watched(busy(), (80, 24)) as run:
        await opened(run)
        await run.press(*["pageup"] * 6)
        assert "opened" in run.rows()[2]
        await run.press(*["pagedown"] * 8)
        assert numbers(run)[-1] == "65"


async def test_a_held_entry_that_is_forgotten_gives_way_to_the_oldest() -> None:
    wire = busy()
    async with watched(wire, (80, 24)) as run:
        await opened(run)
        await run.press(*["pageup"] * 6)
        wire.log.entries.clear()
        for number in range(66, 70):
            wire.book("BTC-USD", number, 7)
        await run.draw()
        assert " 66 l2_data" in run.rows()[2]
        assert run.rows()[2].startswith("▸")
        assert numbers(run) == ["67", "68", "69"]


async def test_channel_and_product_are_picked_by_keys() -> None:
    async with watched(busy()) as run:
        await opened(run)
        await run.press("f", "f", "f")
        assert "heartbeats" in run.rows()[0]
        assert all("heartbeats" in row for row in run.rows()[4:8])
        assert "l2_data" not in run.text()
        await run.press("F", "F", "F", "p")
        assert "BTC-USD" in run.rows()[0]
        assert "ETH-USD  " not in "\n".join(run.rows()[5:-3])
        await run.press("P")
        assert "everything" in run.rows()[0]


async def test_gap_duplicate_and_error_are_marked_where_they_are() -> None:
    async with watched(busy()) as run:
        await opened(run)
        rows = run.rows()
        assert any(" 46 heartbeats" in row and "gap of 3" in row for row in rows)
        assert any(" 49 l2_data" in row and "duplicate" in row for row in rows)
        assert any("(error)" in row and "authentication failure" in row for row in rows)
        assert any("(unreadable)" in row and "cannot be read" in row for row in rows)


async def test_subscriptions_and_the_last_error_stand_below() -> None:
    async with watched(busy()) as run:
        await opened(run)
        rows = run.rows()
        assert "3 of 5 confirmed" in rows[-3]
        assert "not confirmed: market_trades BTC-USD, market_trades ETH-USD" in rows[-3]
        assert '"reason": "token\\u001b[31m has expired"' in rows[-2]


async def test_what_was_sent_stands_there_with_its_token_told() -> None:
    async with watched(busy(), (80, 24)) as run:
        await opened(run)
        await run.press(*["pageup"] * 6)
        assert "→21:14:06.721 subscribe level2  jwt <sent 21:14:06, 120 s>  BTC-USD, ETH-USD" in run.text()
        await run.press("down", "down", "enter")
        await run.shows('"jwt": "<sent 21:14:06, 120 s>"')


async def test_a_frame_is_shown_whole_and_searched() -> None:
    wire = busy()
    async with watched(wire) as run:
        await opened(run)
        await run.press(*["pageup"] * 6, "down", "down", "down", "down", "enter")
        assert isinstance(page(run), LoggedFrameScreen)
        await run.shows('  "channel": "l2_data",')
        assert "65142" not in run.text()
        await run.press("slash")
        await run.type("65142")
        await run.press("enter")
        assert '"65142.66"' in run.text()
        assert "1 of 1" in run.rows()[0]
        await run.press("slash")
        await run.type("OFFER")
        await run.press("enter", "n", "N", "N")
        assert " of 1,500" in run.rows()[0]
        await run.press("slash")
        await run.type("nowhere")
        await run.press("enter")
        assert "no 'nowhere' in it" in run.rows()[0]
        await run.press("end")
        assert run.rows()[-2].strip() == "}"
        await run.press("home", "escape")
        assert isinstance(page(run), FrameLogScreen)


async def test_escape_leaves_the_field_first() -> None:
    async with watched(busy()) as run:
        await opened(run)
        await run.press("enter", "slash", "escape")
        assert isinstance(page(run), LoggedFrameScreen)
        await run.press("escape", "escape")
        assert page(run) is run.app.market_screen


async def test_copying_takes_the_frame_as_it_came(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = busy()
    copied: list[str] = []
    raw = '{"channel":"l2_data",  "sequence_num":66,"events":[]}'
    wire.raw(raw.encode(), number=66)
    async with watched(wire) as run:
        monkeypatch.setattr(run.app, "copy_to_clipboard", copied.append)
        await opened(run)
        await run.press("y", "enter", "y")
        await run.shows("53 characters sent to the clipboard")
    assert copied == [raw, raw]


async def test_a_giant_is_shown_to_a_bound(monkeypatch: pytest.MonkeyPatch) -> None:
    wire = busy()
    copied: list[str] = []
    row = b'{"side":"bid","price_level":"1","new_quantity":"2"},'
    wire.raw(b'{"channel":"l2_data","events":[{"updates":[' + row * 120_000 + b"{}]}]}")
    async with watched(wire) as run:
        monkeypatch.setattr(run.app, "copy_to_clipboard", copied.append)
        await opened(run)
        await run.press("enter")
        await run.shows(f"{MOST_LINES:,} lines, truncated")
        await run.press("end")
        assert "… truncated: 6,240,049 bytes received" in run.text()
        await run.press("y")
        await run.shows("first 65,536 characters sent")
    assert len(copied[0]) == 65_536


@pytest.mark.parametrize("text", HOSTILE, ids=range(len(HOSTILE)))
async def test_hostile_text_is_harmless(text: str) -> None:
    wire = FakeWire()
    wire.opened()
    escaped = json.dumps({"type": "error", "message": text})
    wire.raw(escaped.encode())
    wire.raw(json.dumps({"type": "error", "message": text}, ensure_ascii=False).encode("utf-8", "surrogatepass"))
    wire.raw(json.dumps({"channel": text, "events": [{"type": text, "product_id": text}]}).encode(), number=0)
    wire.raw(text.encode("utf-8", "surrogatepass"), binary=True)
    wire.log.happened("closed", 0.0, NOON, text)
    async with watched(wire, (80, 24)) as run:
        await opened(run)
        harmless(run)
        for _ in range(len(wire.log.entries)):
            await run.press("enter")
            harmless(run)
            await run.press("escape", "up")
            harmless(run)


async def test_nobody_keeping_frames_is_said() -> None:
    async with running(FakeMarket()) as run:
        await run.press("l")
        await run.shows("frames are not kept")


async def test_keeping_the_last_minutes_by_key() -> None:
    market = FakeMarket()
    market.wire = busy().rows
    async with running(market) as run:
        await run.press("R")
        await run.shows("saving the last minutes")
        await run.press("l", "R")
        assert market.flights_asked == 2
        market.refusal = "there is no flight recorder"
        await run.press("escape", "R")
        await run.shows("there is no flight recorder")


async def test_what_was_worked_out_is_dropped_with_the_screen() -> None:
    wire = busy()
    async with watched(wire) as run:
        await opened(run)
        assert wire.rows._known
        await run.press("l")
        await run.pilot.pause()
        assert page(run) is run.app.market_screen
        assert not wire.rows._known


async def test_a_click_and_the_wheel() -> None:
    async with watched(busy()) as run:
        await opened(run)
        await run.pilot.click("#rows", offset=(20, 5))
        await run.pilot.pause()
        before = run.rows()[7]
        assert before.startswith("▸")
        run.app.screen.query_one("#rows").post_message(_wheel())
        await run.pilot.pause()
        await run.pilot.pause()
        assert "HELD" in run.rows()[0]
        assert run.rows()[10] == before.replace("▸", " ")


def _wheel() -> MouseScrollUp:
    return MouseScrollUp(None, 5, 5, 0, 0, 0, shift=False, meta=False, ctrl=False)


async def test_every_label_is_explained() -> None:
    for size in ((80, 24), (120, 40)):
        async with watched(busy(), size) as run:
            await opened(run)
            await run.press(*["pageup"] * 6)
            said = {
                text.strip()
                for panel in run.app.screen.query(LinesPanel)
                for line in panel._drawn
                for text, style in line
                if style == "muted" and any(letter.isalpha() for letter in text) and "-USD" not in text
            }
            assert len(said) >= 3
            assert {text for text in said if not any(explains(entry, text) for entry in WIRE)} == set()


def test_small_words() -> None:
    assert [delay_text(s) for s in (None, 0.00004, 0.0099, 0.038, 0.9991, 1.25, 700)] == [
        "-", "0.0 ms", "9.9 ms", "38 ms", "999 ms", "1.2 s", "11m40s",
    ]  # fmt: skip
    assert [bytes_text(n) for n in (0, 999, 1_000, 99_949, 99_950, 999_499, 999_500, 5_079_379)] == [
        "0", "999", "1.0k", "99.9k", "100k", "999k", "1.0M", "5.1M",
    ]  # fmt: skip
    assert token_text(NOON, 119.6, local=False) == "jwt <sent 21:14:06, 120 s>"


def _rows() -> Iterator[FrameLogRow]:
    products = tuple("P" * 40 + str(n) for n in range(5))
    for direction in Direction:
        yield FrameLogRow(
            1, NOON, direction, 1e9, 2**62, "c" * 50, products, 10**12, "w" * 300, "m" * 9, "warn", token_life=None
        )
        yield FrameLogRow(1, NOON, direction, token_life=120.0)


@pytest.mark.parametrize("width", [20, 40, 80, 99, 100, 120, 200])
def test_every_row_is_as_wide_as_the_screen(width: int) -> None:
    for row in _rows():
        assert width_of(row_line(row, width, local=False, cursor=True)) == width


def test_json_is_indented_with_rows_on_one_line() -> None:
    text = '{"a":[{"b":1,"c":"x,{y}"},{"b":{"d":[]}}],"e":"\\"q\\"","f":[1,2,3]}'
    assert indented(text).lines == [
        "{",
        '  "a": [',
        '    {"b": 1, "c": "x,{y}"},',
        "    {",
        '      "b": {',
        '        "d": []',
        "      }",
        "    }",
        "  ],",
        '  "e": "\\"q\\"",',
        '  "f": [1, 2, 3]',
        "}",
    ]
    assert "".join("".join(indented(text).lines).split()) == text


@pytest.mark.parametrize(
    "text",
    ["", "}", "]]]]", "{", '"', '"\\', "[" * 300_000, "{:" * 1000, "x" * 100_000, ",,,,", "\x00\x1b[2J", '{"a":'],
)
def test_what_is_no_json_is_laid_out_too(text: str) -> None:
    found = indented(text)
    assert len(found.lines) <= MOST_LINES
    assert all(line.isprintable() and len(line) <= 500 for line in found.lines)
    assert found.cut is (len(text) == 300_000)


def test_finding_words() -> None:
    lines = ["Alpha", "beta", "ALPHAbet"]
    assert places_of(lines, "alpha") == [0, 2]
    assert places_of(lines, "") == []
    assert found_line("abcABC", "b", here=False) == (
        ("a", "text"), ("b", "band-strong"), ("cA", "text"), ("B", "band-strong"), ("C", "text"),
    )  # fmt: skip
    assert found_line("abc", "", here=True) == (("abc", "text"),)
