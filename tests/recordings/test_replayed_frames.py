"""The wire log of a replay: it stands where the replay stands, whichever way it went."""

from __future__ import annotations

from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

from depthview.config.run_options import ReplaySource, RunOptions
from depthview.replay.source import Replay
from depthview.views.frames import Direction, FrameLogRequest
from tests.support.evidence import HEADER, event, record
from tests.support.frames import snapshot, update
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from depthview.views.frames import FrameLogViews
    from depthview.views.market import ReplayControls

import asyncio
import itertools
from contextlib import suppress

FRAMES = 1_500


def recorded(path: Path) -> Path:
    """Far more frames than lie between two checkpoints of a replay."""
    book = [("99", "1")], [("101", "2")]
    lines = [HEADER, event(0, "opened"), record(0, snapshot(0, "BTC-USD", *book), made=True)]
    for number in range(1, FRAMES):
        jump = 5 if number >= 1_000 else 0
        lines.append(record(number * 0.01, update(number + jump, "BTC-USD", [("99", str(number))])))
    path.write_text("\n".join(lines) + "\n")
    return path


class Watched:
    def __init__(self, replaying: Replay) -> None:
        assert replaying.views.wire is not None
        assert replaying.views.controls is not None
        self.wire: FrameLogViews = replaying.views.wire
        self.controls: ReplayControls = replaying.views.controls
        self._replaying = replaying

    def numbers(self, rows: int = 10_000) -> list[int]:
        found: list[int] = []
        for _ in range(20):
            view = self.wire.view(FrameLogRequest(rows))
            found = [row.number for row in view.rows if row.direction is Direction.IN and row.number is not None]
            if not view.searching:
                break
        return found

    async def goes(self, to: int) -> None:
        """To a sequence number."""
        self.controls.seek_number(to)
        await self.arrives()

    async def arrives(self) -> None:
        await until(lambda: not self._replaying._player.under_way, "an arrival")


@asynccontextmanager
async def watched(path: Path) -> AsyncIterator[Watched]:
    replaying = Replay(RunOptions(source=ReplaySource(path), products=(), watched=True), path, None)
    replaying.attend()
    task = asyncio.create_task(replaying.run())
    try:
        run = Watched(replaying)
        await until(lambda: replaying._player.driver.place.ended, "the end")
        yield run
    finally:
        replaying.stop()
        task.cancel()
        with suppress(asyncio.CancelledError):
            await task


async def test_it_shows_what_was_played(tmp_path: Path) -> None:
    async with watched(recorded(tmp_path / "day.jsonl")) as run:
        assert run.numbers()[-1] == FRAMES - 1 + 5
        rows = run.wire.view(FrameLogRequest(10_000)).rows
        (broken,) = [row for row in rows if row.mark]
        assert (broken.number, broken.mark) == (1_005, "gap of 5")


async def test_going_back_it_has_nothing_from_later(tmp_path: Path) -> None:
    async with watched(recorded(tmp_path / "day.jsonl")) as run:
        for to in (900, 700, 701, 30, 1_200):
            await run.goes(to)
            found = run.numbers()
            assert found[-1] == to, to
            # Without a break, but for that of the recording.
            steps = [after - before for before, after in itertools.pairwise(found)]
            assert set(steps) <= {1, 6}, to


async def test_a_step_back_leaves_what_came_before(tmp_path: Path) -> None:
    async with watched(recorded(tmp_path / "day.jsonl")) as run:
        await run.goes(800)
        before = run.numbers()
        run.controls.step(-1)
        await run.arrives()
        after = run.numbers()
        assert after[-1] == 799
        assert len(after) >= min(len(before) - 1, 250)


async def test_without_a_screen_nobody_keeps_frames(tmp_path: Path) -> None:
    path = recorded(tmp_path / "day.jsonl")
    replaying = Replay(RunOptions(source=ReplaySource(path), products=()), path, None)
    await replaying.run()
    assert replaying.views.wire is None
    assert replaying.session.rates.frames == FRAMES
