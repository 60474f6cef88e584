"""What is on the screen before the market is, how far behind we are, and what the last snapshot was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from depthview.ui.app import DepthviewApp
from depthview.ui.health import compact_lines, feed_lines, health_page
from depthview.ui.screens.start import Welcome, welcome_lines
from depthview.views.depth import SnapshotView
from depthview.views.market import ViewRequest
from tests.ui.fake_market import FEED, FakeMarket

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.ui.lines import Line

_WELCOME = Welcome("DEMO", "127.0.0.1", "generated for the demo", ("BTC-USD", "ETH-USD"))


def _text(lines: Sequence[Line]) -> str:
    return "\n".join("".join(text for text, _ in line) for line in lines)


@pytest.mark.parametrize("width", [20, 40, 80, 200])
def test_mode_host_and_key_are_there_at_every_width(width: int) -> None:
    lines = welcome_lines(_WELCOME, width, "q")
    top = _text(lines[:1])
    assert len(top) == width
    assert top.strip().startswith("DEMO")
    if width >= 80:
        assert "127.0.0.1  key generated for the demo" in top
        assert "starting BTC-USD, ETH-USD" in _text(lines)
    assert "q quit" in _text(lines)


def test_a_hostile_name_is_cleaned_and_no_key_names_none() -> None:
    text = _text(welcome_lines(_WELCOME._replace(host="a\x1b[2Jb", products=()), 80, ""))
    assert "\x1b" not in text
    assert "starting a recording" in text
    assert "quit" not in text


async def test_the_market_takes_the_place_of_the_welcome(market: FakeMarket) -> None:
    app = DepthviewApp(_WELCOME, fps=0, clock=market.clock)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.painted.wait()
        with pytest.raises(RuntimeError, match="no market"):
            _ = app.market_screen
        assert app.arrangement.ladders == 1
        app.show(market)
        while not market.views:
            await pilot.pause()
        assert app.screen is app.market_screen
        await pilot.press("q")
    assert app.return_code == 0


async def test_the_welcome_can_be_left() -> None:
    app = DepthviewApp(_WELCOME, fps=0)
    async with app.run_test(size=(80, 24)) as pilot:
        await app.painted.wait()
        await pilot.press("q")
    assert app.return_code == 0


def test_how_far_behind_we_are_is_said_from_a_quarter_of_a_second_on(market: FakeMarket) -> None:
    for behind, style in ((0.2, "muted"), (0.9, "warn-text"), (1.24, "bad-text")):
        feed = replace(FEED, behind=behind)
        found = [(text, look) for line in feed_lines(feed, None, 44) for text, look in line if look == style]
        words = f"we are behind by {behind:.1f} s"
        assert ((words, style) in found) is (behind > 0.25)
        market.feed = feed
        view = market.view(ViewRequest("BTC-USD", ("BTC-USD",), 1, {}))
        assert (words in _text(compact_lines(view, 80, 2))) is (behind > 0.25)


def test_the_page_tells_what_the_last_snapshot_was(market: FakeMarket) -> None:
    view = market.view(ViewRequest("BTC-USD", ("BTC-USD",), 1, {}))
    for taken, words in (
        (None, "snapshot    none yet"),
        (SnapshotView(46_012, 5_103_000, 0.0431), "snapshot    46,012 levels, 5.1 MB, ready 43 ms after it came"),
        (SnapshotView(46_012, 5_103_000, None), "snapshot    46,012 levels, 5.1 MB"),
    ):
        shown = replace(view, depths=(replace(view.depths[0], snapshot=taken),))
        assert any(line.strip() == words for line in _text(health_page(shown, 100)).splitlines())
