"""A refused token: the likeliest cause is named within two seconds, and a wrong clock is healed on request."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest

from depthview.clock import ManualClock, ShiftedClock
from depthview.commands.running import Wiring, running
from depthview.commands.wiring import wired
from depthview.config.run_options import DemoSource, RunOptions
from depthview.views.market import TokenState, TokenView
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

pytestmark = pytest.mark.usefixtures("strict_loop")


@asynccontextmanager
async def _demo(folder: Path, fault: str, *, correct_clock: bool = False) -> AsyncIterator[Wiring]:
    settings = RunOptions(source=DemoSource((fault,)), products=("ETH-EUR",), rest=False, correct_clock=correct_clock)
    async with wired(settings, {}, folder) as wiring, running(wiring):
        yield wiring


def _token(wiring: Wiring) -> TokenView:
    return wiring.views.token(wiring.clock.monotonic())


def _events(wiring: Wiring) -> str:
    return "\n".join(event.text for event in wiring.session.events.newest(50))


@pytest.mark.parametrize(
    ("venue_clock", "cause"),
    [(-300, "this machine's clock is 300 s ahead of the venue's"), (300, "this machine's clock is 300 s behind")],
)
async def test_a_wrong_clock_is_named_and_the_book_goes_on(tmp_path: Path, venue_clock: int, cause: str) -> None:
    async with _demo(tmp_path, f"clock:offset={venue_clock}") as wiring:
        await until(lambda: _token(wiring).state is TokenState.REFUSED, "a refusal")
        await until(lambda: bool(_token(wiring).advice), "advice", seconds=2)
        likeliest = _token(wiring).advice[0]
        assert likeliest.what.startswith(cause)
        assert "--clock-offset auto" in likeliest.cure
        assert f"likely: {cause}" in _events(wiring)
        await until(lambda: wiring.session.products.market("ETH-EUR").verdict.trusted, "a book without a token")
        assert _token(wiring).suspended
        ahead = wiring.views.feed(wiring.clock.monotonic()).clock_ahead
        assert ahead is not None
        assert abs(ahead + venue_clock) < 2


@pytest.mark.parametrize("venue_clock", [-300, 300])
async def test_signing_with_the_venues_time_heals_it(tmp_path: Path, venue_clock: int) -> None:
    async with _demo(tmp_path, f"clock:offset={venue_clock}", correct_clock=True) as wiring:
        await until(lambda: _token(wiring).state is TokenState.ACCEPTED, "acceptance")
        await until(lambda: wiring.session.products.market("ETH-EUR").verdict.trusted, "a book")
        token = _token(wiring)
        assert token.expires_in is not None
        assert 105 < token.expires_in <= 115
        assert token.advice == ()
        assert wiring.views.feed(wiring.clock.monotonic()).clock_corrected


async def test_a_key_that_the_venue_does_not_know_is_named_when_nothing_else_is_wrong(tmp_path: Path) -> None:
    async with _demo(tmp_path, "refuse_auth:seconds=0") as wiring:
        await until(lambda: any("does not know the key" in a.what for a in _token(wiring).advice), "the cause")
        await until(
            lambda: any("accepted without a token" in a.what for a in _token(wiring).advice), "what else was seen"
        )


async def test_advice_goes_once_a_token_is_accepted(tmp_path: Path) -> None:
    async with _demo(tmp_path, "refuse_auth:seconds=0,times=7") as wiring:
        await until(lambda: bool(_token(wiring).advice), "advice")
        await until(lambda: _token(wiring).state is TokenState.ACCEPTED, "acceptance", seconds=12)
        assert _token(wiring).advice == ()
        assert _token(wiring).accepted_ago is not None


def test_a_shifted_clock_is_set_back_by_what_it_is_ahead() -> None:
    ahead = [300.0]
    clock = ShiftedClock(ManualClock(1_000.0, 5.0), lambda: ahead[0])
    assert (clock.unix(), clock.monotonic()) == (700.0, 5.0)
    ahead[0] = -2.0
    assert clock.unix() == 1_002.0
