"""A seek is given up as soon as nobody wants it."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from depthview.clock import ManualClock, SystemClock
from depthview.recordings.reader import open_recording
from depthview.replay.player import Player
from depthview.session.session import MarketSession
from tests.support.recordings import small_recording

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


@pytest.mark.parametrize("how", ["another seek", "cancelled", "stopped"])
async def test_a_seek_is_given_up_where_it_stands(tmp_path: Path, how: str) -> None:
    path = tmp_path / "r.jsonl"
    small_recording(path, 10)
    session = MarketSession(("BTC-USD",), passive=True)
    player = Player(open_recording(path), session, ManualClock(), SystemClock(), speed=None, file=path.name)
    player.paused = player.attended = True
    began, ended, other = asyncio.Event(), asyncio.Event(), asyncio.Event()

    async def seek(wanted: Callable[[], bool]) -> None:
        began.set()
        while wanted() and player.driver.due() is not None:
            player.driver.step()
            await asyncio.sleep(0.001)
        ended.set()

    async def another(wanted: Callable[[], bool]) -> None:
        assert wanted()
        other.set()

    player.seek(seek)
    task = asyncio.create_task(player.run())
    async with asyncio.timeout(10):
        await began.wait()
        assert not ended.is_set()
        if how == "another seek":
            player.seek(another)
            await other.wait()
        elif how == "cancelled":
            player.seek(None)
        else:
            player.stop()
            await task
        await ended.wait()
    assert player.driver.place.entries < 20, "it was given up on the way"
    task.cancel()
    await asyncio.gather(task, return_exceptions=True)
