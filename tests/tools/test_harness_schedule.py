"""Virtual time: timers in order, nothing waited for, and a viewer that can be stopped while the world goes on."""

from __future__ import annotations

import asyncio

import pytest

from tools.harness.schedule import ViewerClock, VirtualLoop, VirtualTime


def _run(time: VirtualTime, main: asyncio.Future[None] | object) -> None:
    with asyncio.Runner(loop_factory=lambda: VirtualLoop(time)) as runner:
        runner.run(main)  # type: ignore[arg-type]  # a coroutine


def test_an_hour_passes_at_once_and_in_order() -> None:
    time, seen = VirtualTime(), []

    async def sleeper(seconds: float) -> None:
        await asyncio.sleep(seconds)
        seen.append((seconds, time.now() - began))

    async def main() -> None:
        async with asyncio.TaskGroup() as tasks:
            for seconds in (3600.0, 1.0, 60.0):
                tasks.create_task(sleeper(seconds))
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(5.0):
                await asyncio.Event().wait()

    began = time.now()
    _run(time, main())
    assert [asked for asked, _ in seen] == [1.0, 60.0, 3600.0]
    assert [slept for _, slept in seen] == pytest.approx([1.0, 60.0, 3600.0], abs=0.001)
    assert time.now() - began == pytest.approx(3605.0, abs=0.01)


@pytest.mark.parametrize("suspend", [False, True], ids=["stopped", "suspended"])
def test_the_world_goes_on_while_the_viewer_is_stopped(suspend: bool) -> None:
    time = VirtualTime()
    clock, ticks, began = ViewerClock(time), [], time.now()
    for second in range(1, 10):
        time.at(began + second, lambda: ticks.append(time.now() - began))
    time.at(began + 2.5, lambda: time.stop_viewer(5.0, suspend=suspend))

    async def main() -> None:
        unix = clock.unix()
        await asyncio.sleep(3.0)
        woken = time.now() - began
        assert woken == pytest.approx(8.0 if suspend else 7.5, abs=0.01), "its own clock stood still, or ran on"
        assert clock.unix() - unix == pytest.approx(woken, abs=0.01)
        assert len(ticks) == (8 if suspend else 7)

    _run(time, main())
    assert ticks == pytest.approx(range(1, 1 + len(ticks)), abs=0.01)
