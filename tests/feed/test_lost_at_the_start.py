"""A loss among a connection's very first frames, on a real socket: doubt at once, one gap, and a new snapshot."""

from __future__ import annotations

import asyncio
import json
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from depthview.clock import SystemClock
from tests.support.feed import PRODUCTS, ends, lone_worker
from tests.support.frames import acknowledgement, heartbeat, snapshot, update
from tests.support.waiting import until

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection

    from tests.support.frames import Frame

pytestmark = pytest.mark.usefixtures("strict_loop")


class _Venue:
    """Sends level2 and heartbeats only: snapshots 0, a change 1 that is lost, heartbeats from 2 on."""

    def __init__(self) -> None:
        self.asked: list[str] = []
        self._number = 0

    async def serve(self, socket: ServerConnection) -> None:
        try:
            async for text in socket:
                message = json.loads(text)
                if message["channel"] == "level2":
                    self.asked.append(message["type"])
                    await self._answer(socket, message["type"])
        except ConnectionClosed:
            return  # as the client does at the end

    async def _answer(self, socket: ServerConnection, action: str) -> None:
        clock = SystemClock()
        if action == "unsubscribe":
            await self._send(socket, acknowledgement(0, level2=[]))
            return
        begins = self._number == 0
        bid, names = ("99", PRODUCTS[:1]) if begins else ("98", PRODUCTS)
        for name in names:
            await self._send(socket, snapshot(0, name, [(bid, "1")], [("101", "1")], unix=clock.unix()))
        if not begins:
            await self._send(socket, acknowledgement(0, level2=list(PRODUCTS)))
            await self._send(socket, update(0, PRODUCTS[0], [(bid, "2")], unix=clock.unix()))
        else:
            self._number += 1
        for beat in range(3):
            await self._send(socket, heartbeat(0, beat, unix=clock.unix()))

    async def _send(self, socket: ServerConnection, whole: Frame) -> None:
        number, self._number = self._number, self._number + 1
        await socket.send(json.dumps({**whole, "sequence_num": number}))


async def test_a_change_that_is_lost_before_the_first_heartbeat_is_one_gap_and_heals() -> None:
    venue = _Venue()
    async with serve(venue.serve, "127.0.0.1", 0) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        worker, session = lone_worker(f"ws://127.0.0.1:{port}", signed=False)
        task = asyncio.create_task(worker.run())
        try:
            await until(lambda: "unsubscribe" in venue.asked, "the resync")
            await until(lambda: all(session.products.market(name).verdict.trusted for name in PRODUCTS), "the trust")
            assert session.products.market(PRODUCTS[0]).book.touch()[0] == 98
            texts = [event.text for event in session.events.newest(50)]
            assert any("missing before 2" in text and "healed" in text for text in texts), texts
            await until(lambda: session.monitor.scope.value == "connection", "the scope", 15.0)
            total = session.monitor.total()
            assert (total.gaps, total.missed, session.subscriptions.resyncs) == (1, 1, 1)
        finally:
            await ends(task)
