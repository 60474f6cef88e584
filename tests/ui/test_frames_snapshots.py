"""Pictures of the wire view."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

import pytest

from depthview.views.market import Mode
from tests.ui.conftest import running
from tests.ui.fake_frames import busy
from tests.ui.fake_market import FakeMarket
from tests.ui.test_snapshots import LOOKS, SIZES, named

if TYPE_CHECKING:
    from tests.ui.test_snapshots import Check


def market(mode: Mode = Mode.LIVE) -> FakeMarket:
    made = FakeMarket()
    made.feed = replace(made.feed, mode=mode)
    made.wire = busy().rows
    return made


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_wire(same_picture: Check, size: tuple[int, int], theme: str) -> None:
    async with running(market(), size, theme=theme) as run:
        await run.press("l")
        await run.shows("confirmed")
        await same_picture(run, named("wire", size, theme))


async def test_wire_held_80x24(same_picture: Check) -> None:
    async with running(market(Mode.DEMO), (80, 24)) as run:
        await run.press("l")
        await run.shows("confirmed")
        await run.press(*["pageup"] * 6, "down", "down")
        await same_picture(run, "wire-held-80x24")


@pytest.mark.parametrize("size", SIZES[:2])
async def test_wire_frame(same_picture: Check, size: tuple[int, int]) -> None:
    async with running(market(), size) as run:
        await run.press("l")
        await run.shows("confirmed")
        await run.press(*["pageup"] * 6, "down", "down", "down", "down", "enter", "slash")
        await run.type("bid")
        await run.press("enter", "n", "n")
        await same_picture(run, named("wire-frame", size, "depthview-dark"))
