"""A feed can be stopped at any moment, ends within two seconds, and leaves no task and no socket behind."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from depthview.views.market import ConnectionState
from tests.support.feed import ends, feed, lone_worker
from tests.support.listeners import listener
from tests.support.relay import book_of
from tests.support.waiting import until

if TYPE_CHECKING:
    from depthview.feed.worker import FeedWorker


pytestmark = pytest.mark.usefixtures("strict_loop")


async def _stopped(worker: FeedWorker, task: asyncio.Task[None], before: set[asyncio.Task[object]]) -> None:
    assert not task.done()
    await ends(task)
    assert task.cancelled()
    # The library's own tasks end with their transport, a turn of the loop later.
    await until(lambda: asyncio.all_tasks() <= before, "all tasks gone", 1.0)
    del worker


def _tasks() -> set[asyncio.Task[object]]:
    return set(asyncio.all_tasks())


async def test_while_a_server_never_answers_the_handshake() -> None:
    async with listener() as server:
        before = _tasks()
        worker, _ = lone_worker(f"ws://127.0.0.1:{server.port}")
        task = asyncio.create_task(worker.run())
        await until(lambda: server.got, "the handshake's first half")
        before |= _tasks() - {task}
        await _stopped(worker, task, before)


async def test_while_waiting_for_the_next_try() -> None:
    async with listener(b"HTTP/1.1 429 No\r\nRetry-After: 60\r\nContent-Length: 0\r\n\r\n") as server:
        worker, session = lone_worker(f"ws://127.0.0.1:{server.port}")
        task = asyncio.create_task(worker.run())
        await until(lambda: session.connection.state is ConnectionState.WAITING, "the wait")
        await _stopped(worker, task, _tasks() - {task})


async def test_in_mid_snapshot() -> None:
    async with feed(products=("BTC-USD",)) as running:
        await running.synced()
        half = running.relay.halve(book_of("BTC-USD", "snapshot"))
        running.session.resync()
        await until(lambda: half.struck, "half a snapshot")
        await _only_the_worker_goes(running.task)


async def test_while_resyncing() -> None:
    async with feed() as running:
        await running.synced()
        held = running.relay.hold(book_of("BTC-USD", "snapshot"))
        lost = running.relay.drop(book_of("BTC-USD"))
        await until(lambda: lost.struck and held.struck, "the resync")
        await running.has_verdict("BTC-USD", "STALE")
        await _only_the_worker_goes(running.task)


async def test_while_all_is_well() -> None:
    async with feed() as running:
        await running.synced()
        await _only_the_worker_goes(running.task)
        # What was there last stays to be dumped.
        assert set(running.verdicts().values()) == {"SYNCED"}


async def _only_the_worker_goes(task: asyncio.Task[None]) -> None:
    await ends(task)
    assert task.cancelled()
    assert "depthview-reader" not in {left.get_name() for left in asyncio.all_tasks()}
