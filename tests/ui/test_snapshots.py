"""Pictures of the screen, kept in ``__svg__``: the clock stands still and nothing is drawn by itself."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

import pytest

from depthview.core.verdict import Verdict
from depthview.preferences.colors import DARK_NAME
from depthview.views.market import ConnectionState, FaultOffer, Mode, ReplayView
from tests.ui.conftest import Running, running
from tests.ui.fake_market import NO_TOKEN, FakeMarket
from tests.ui.many import busy_tape, to_grid, twelve

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    Check = Callable[[Running, str], Awaitable[None]]


SIZES: Final = [(80, 24), (120, 40), (200, 60)]
LIGHT: Final = "depthview-light"
LOOKS: Final = [*((size, DARK_NAME) for size in SIZES), ((120, 40), LIGHT)]
"""A layout does not depend on the theme, so that each screen is drawn once in the light one."""


def named(what: str, size: tuple[int, int], theme: str) -> str:
    light = "light-" if theme == LIGHT else ""
    return f"{what}-{light}{size[0]}x{size[1]}"


def stale() -> FakeMarket:
    market = FakeMarket()
    book = market.books["BTC-USD"]
    book.sequence = replace(book.sequence, gaps=1, missed=3)
    market.judge(Verdict.STALE, "gap of 3 before 184,005: new snapshots asked for")
    return market


def stale_eth() -> FakeMarket:
    market = FakeMarket()
    market.judge(Verdict.STALE, "gap of 1 before 7", product="ETH-EUR")
    return market


async def test_synced_80x24(same_picture: Check) -> None:
    async with running(FakeMarket(), (80, 24)) as run:
        await same_picture(run, "synced-80x24")


async def test_synced_120x40(same_picture: Check) -> None:
    async with running(FakeMarket(), (120, 40)) as run:
        await same_picture(run, "synced-120x40")


async def test_synced_200x60(same_picture: Check) -> None:
    async with running(FakeMarket(), (200, 60)) as run:
        await same_picture(run, "synced-200x60")


async def test_light_120x40(same_picture: Check) -> None:
    async with running(FakeMarket(), (120, 40), theme="depthview-light") as run:
        await same_picture(run, "light-120x40")


async def test_stale_120x40(same_picture: Check) -> None:
    async with running(stale(), (120, 40)) as run:
        await same_picture(run, "stale-120x40")


async def test_stale_grouped_80x24(same_picture: Check) -> None:
    async with running(stale(), (80, 24), groups={"BTC-USD": Decimal("0.50")}) as run:
        await same_picture(run, "stale-grouped-80x24")


async def test_grouped_120x40(same_picture: Check) -> None:
    async with running(FakeMarket(), (120, 40), groups={"BTC-USD": Decimal("0.50")}) as run:
        await same_picture(run, "grouped-120x40")


async def test_syncing_120x40(same_picture: Check) -> None:
    market = FakeMarket()
    for book in market.books.values():
        book.bids.clear()
        book.asks.clear()
        book.trades.clear()
    market.judge(Verdict.SYNCING, "subscribed, no snapshot yet", age=0.8)
    market.events = market.events[:1]
    market.feed = replace(market.feed, state_age=1.1, rate_history=(), latency_ms=None)
    async with running(market, (120, 40)) as run:
        await same_picture(run, "syncing-120x40")


async def test_no_key_120x40(same_picture: Check) -> None:
    market = FakeMarket()
    market.token = NO_TOKEN
    hint = "add one: cdp_api_key.json in the config folder, or --key-file FILE"
    market.feed = replace(market.feed, key_source="none: public feed", key_hint=hint)
    async with running(market, (120, 40)) as run:
        await same_picture(run, "no-key-120x40")


async def test_replay_ended_80x24(same_picture: Check) -> None:
    market = FakeMarket()
    market.token = NO_TOKEN
    market.feed = replace(
        market.feed, mode=Mode.REPLAY, state=ConnectionState.ENDED, host="day.jsonl.gz", key_source="none needed"
    )
    market.replay = ReplayView("day.jsonl.gz", 24.2, 24.2, 1.0, ended=True)
    async with running(market, (80, 24)) as run:
        await same_picture(run, "replay-ended-80x24")


async def test_four_ladders_200x60(same_picture: Check) -> None:
    market = FakeMarket()
    market.judge(Verdict.STALE, "gap of 1 before 7", product="ETH-EUR")
    async with running(market, (200, 60), ladders=4) as run:
        await same_picture(run, "four-ladders-200x60")


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_tape(same_picture: Check, size: tuple[int, int], theme: str) -> None:
    async with running(busy_tape(), size, theme=theme) as run:
        if size[0] < 120:
            await run.press("t")
        await same_picture(run, named("tape", size, theme))


async def test_filtered_tape_200x60(same_picture: Check) -> None:
    async with running(busy_tape(), (200, 60)) as run:
        await run.press("T")
        await same_picture(run, "filtered-tape-200x60")


async def test_tape_alone_with_the_verdict_40x12(same_picture: Check) -> None:
    async with running(busy_tape(), (40, 12)) as run:
        await run.press("t")
        await same_picture(run, "tape-40x12")


@pytest.mark.parametrize(("size", "theme"), LOOKS)
async def test_grid(same_picture: Check, size: tuple[int, int], theme: str) -> None:
    async with running(twelve(), size, theme=theme) as run:
        await to_grid(run)
        await same_picture(run, named("grid", size, theme))


@pytest.mark.parametrize("size", [(40, 12), (60, 20)])
async def test_small_grid(same_picture: Check, size: tuple[int, int]) -> None:
    async with running(twelve(), size) as run:
        await to_grid(run)
        await same_picture(run, named("grid", size, DARK_NAME))


async def test_grid_of_four_120x40(same_picture: Check) -> None:
    async with running(stale_eth(), (120, 40)) as run:
        await to_grid(run)
        await run.press("down")
        await same_picture(run, "grid-of-four-120x40")


async def test_ascii_grid_80x24(same_picture: Check) -> None:
    async with running(twelve(), (80, 24), ascii=True) as run:
        await to_grid(run)
        await same_picture(run, "ascii-grid-80x24")


async def test_frozen_demo_80x24(same_picture: Check) -> None:
    market = FakeMarket()
    market.feed = replace(market.feed, mode=Mode.DEMO, host="127.0.0.1:40123", key_source="throw-away key")
    async with running(market, (80, 24)) as run:
        await run.press("space")
        market.clock.advance(14)
        await run.draw()
        await same_picture(run, "frozen-demo-80x24")


async def test_help_120x40(same_picture: Check) -> None:
    async with running(FakeMarket(), (120, 40)) as run:
        await run.press("question_mark")
        await same_picture(run, "help-120x40")


async def test_narrow_36x11(same_picture: Check) -> None:
    async with running(FakeMarket(), (36, 11)) as run:
        await same_picture(run, "narrow-36x11")


async def test_small_40x12(same_picture: Check) -> None:
    async with running(stale_eth(), (40, 12)) as run:
        await same_picture(run, "small-40x12")


async def test_too_small_20x5(same_picture: Check) -> None:
    async with running(FakeMarket(), (20, 5)) as run:
        await same_picture(run, "too-small-20x5")


async def test_ascii_80x24(same_picture: Check) -> None:
    async with running(stale_eth(), (80, 24), ascii=True) as run:
        await same_picture(run, "ascii-80x24")


async def test_ascii_stale_120x40(same_picture: Check) -> None:
    async with running(stale(), (120, 40), ascii=True) as run:
        await same_picture(run, "ascii-stale-120x40")


async def test_palette_100x40(same_picture: Check) -> None:
    market = FakeMarket()
    market.feed = replace(market.feed, mode=Mode.DEMO, host="127.0.0.1:40123", key_source="throw-away key")
    market.offers = (
        FaultOffer("gap", "leave out messages: the numbers jump"),
        FaultOffer("stall", "send nothing more, and keep the connection open"),
    )
    async with running(market, (100, 40)) as run:
        await run.press("ctrl+p")
        await run.shows("Token")
        await same_picture(run, "palette-100x40")
