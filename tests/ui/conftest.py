"""The still market, a running app, and SVG snapshots of it.

``DEPTHVIEW_UPDATE_SVG=1 pytest tests/ui`` accepts the present screens: look at them before committing.
"""

from __future__ import annotations

import asyncio
import difflib
import html
import os
import re
from contextlib import asynccontextmanager
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from depthview.preferences.colors import NO_COLORS, OwnColors
from depthview.preferences.display import Arrangement
from depthview.preferences.keymap import DEFAULT_KEYMAP, Keymap
from depthview.ui.app import DepthviewApp
from depthview.ui.themes import Colours
from tests.ui.fake_market import FakeMarket

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
    from decimal import Decimal

    from textual.pilot import Pilot

_TURNS = 60
_SNAPSHOTS = Path(__file__).parent / "__svg__"


@pytest.fixture(autouse=True)
def brisk_pilot(monkeypatch: pytest.MonkeyPatch) -> None:
    """Textual waits twice for rest after each key, 20 ms at least; once, in :meth:`Running.press`, is enough.

    It took half of the time of these tests. Shorter looks must stay longer than the delay of a resize (8.3 ms).
    """
    monkeypatch.setattr("textual.app.wait_for_idle", lambda _: asyncio.sleep(0))
    monkeypatch.setattr("textual._wait.SLEEP_GRANULARITY", 0.0125)


@pytest.fixture
def market() -> FakeMarket:
    return FakeMarket()


class Running:
    """An app under test and what one asks of it."""

    def __init__(self, app: DepthviewApp, pilot: Pilot[None], market: FakeMarket) -> None:
        self.app = app
        self.pilot = pilot
        self.market = market

    async def press(self, *keys: str) -> None:
        for key in keys:
            await self.app._press_keys([key])
            await _arrived()
            await self.pilot.pause()

    async def type(self, text: str) -> None:
        """Fill a field that has the focus."""
        await self.app._press_keys(text)
        await _arrived()
        await self.pilot.pause()

    async def draw(self) -> None:
        self.app.market_screen.draw()
        await self.pilot.pause()

    def rows(self) -> list[str]:
        """The whole terminal as text, one string a row."""
        return [strip.text for strip in self.app.screen._compositor.render_strips()]

    def text(self) -> str:
        return "\n".join(self.rows())

    async def shows(self, words: str) -> None:
        """Wait for what takes longer than a key: a palette's findings, a notice."""
        for _ in range(100):
            if words in self.text():
                return
            await self.pilot.pause(0.02)
        pytest.fail(f"no {words!r} on the screen:\n{self.text()}")


async def _arrived() -> None:
    """Until keys have come to whoever has a binding for them.

    They go up from the focused widget through all that it stands in, a few turns of the loop each. Waiting for idleness
    alone takes a busy machine for an idle application.
    """
    for _ in range(_TURNS):
        await asyncio.sleep(0)


@asynccontextmanager
async def running(
    market: FakeMarket,
    size: tuple[int, int] = (80, 24),
    *,
    groups: Mapping[str, Decimal] | None = None,
    ladders: int = 1,
    theme: str = "depthview-dark",
    local_time: bool = False,
    ascii: bool = False,  # noqa: A002  # what the option is called
    bell: bool = False,
    colours: Colours = Colours.ALL,
    own_colours: OwnColors = NO_COLORS,
    keymap: Keymap = DEFAULT_KEYMAP,
) -> AsyncIterator[Running]:
    """The app on ``market``, drawn by hand, without animations."""
    app = DepthviewApp(
        market,
        fps=0,
        colours=colours,
        arrangement=Arrangement(groups=groups or {}, ladders=ladders, theme=theme),
        local_time=local_time,
        ascii=ascii,
        bell=bell,
        own_colours=own_colours,
        keymap=keymap,
        clock=market.clock,
    )
    app.animation_level = "none"
    async with app.run_test(size=size, notifications=True) as pilot:
        while not market.views and not app._exception:
            await pilot.pause()
        yield Running(app, pilot, market)


def _words(svg: str) -> list[str]:
    return [html.unescape(text).replace("\xa0", " ") for text in re.findall(r"<text[^>]*>([^<]*)</text>", svg)]


@pytest.fixture
def same_picture() -> Callable[[Running, str], Awaitable[None]]:
    """Compares the screen with the picture kept under a name; the diff of a failure is one of its text."""

    async def check(run: Running, name: str) -> None:
        await run.pilot.pause()
        svg = run.app.export_screenshot(title=f"depthview {name}", simplify=True)
        # Rich derives an id from the content and puts it into every class: a change of one letter would change all.
        svg = re.sub(r"terminal-\d+", "terminal", svg) + "\n"
        kept = _SNAPSHOTS / f"{name}.svg"
        if os.environ.get("DEPTHVIEW_UPDATE_SVG"):
            kept.parent.mkdir(exist_ok=True)
            kept.write_text(svg, encoding="utf-8")
            return
        assert kept.exists(), f"no picture {kept.name}: run with DEPTHVIEW_UPDATE_SVG=1 and look at it"
        before = kept.read_text(encoding="utf-8")
        if before != svg:
            difference = "\n".join(difflib.unified_diff(_words(before), _words(svg), "kept", "now", lineterm="", n=1))
            pytest.fail(f"{name} looks different:\n{difference or 'the same words in other colours or places'}")

    return check
