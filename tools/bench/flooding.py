"""A venue that sends as much as it is told to, in a process of its own: what asks a viewer for more than it can do.

``python -m tools.bench.flooding '{"rate": 5000}'`` prints its address, serves until SIGTERM, and stamps every frame
with the moment at which it was due, as a venue does whose queue grows.
"""

from __future__ import annotations

import asyncio
import json
import signal
import subprocess
import sys
from contextlib import contextmanager
from dataclasses import asdict, dataclass
from itertools import cycle
from typing import TYPE_CHECKING, Final

from websockets.asyncio.server import ServerConnection, serve
from websockets.exceptions import ConnectionClosed

from depthview.clock import SystemClock
from tests.support.frames import acknowledgement, heartbeat, stamp, wire
from tools.bench.terminals import ROOT, environment
from tools.bench.workload import Shape, build

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

_CLOCK: Final = SystemClock()
_STEP: Final = 0.002
"""Seconds between two looks at what is due."""
_CUT: Final = b'"events":'


@dataclass(frozen=True)
class Flood:
    """What is to be sent."""

    rate: float = 0.0
    """Book frames a second of every product."""
    seconds: float = 3600.0
    """For which they are sent."""
    after: float = 1.0
    """Seconds from the first subscription to the first update."""
    levels: int = 60_000
    """Of each book, both sides together."""
    distinct: int = 3000
    """Different updates, sent over and over."""
    again: float = 0.0
    """Seconds from the first update to another snapshot of the first product; 0 for none."""
    heavy: bool = False
    """Whether only the largest twentieth of the updates is sent."""
    compression: bool = False
    seed: int = 1


class _Product:
    def __init__(self, name: str, flood: Flood) -> None:
        shape = Shape(f"flood of {name}", name, flood.levels, 6_500_000, 2, 8, 3, 50.0)
        work = build(shape, flood.seed, flood.distinct)
        self.snapshot: Final = work.snapshot.partition(_CUT)[2]
        updates = [raw.partition(_CUT)[2] for raw in work.updates]
        if flood.heavy:
            updates = sorted(updates, key=len)[-len(updates) // 20 :]
        self._updates: Final = cycle(updates)

    def update(self) -> bytes:
        return next(self._updates)


class _Client:
    def __init__(self, socket: ServerConnection, flood: Flood) -> None:
        self._socket = socket
        self._flood = flood
        self._number = 0
        self._channels: dict[str, set[str]] = {}
        self._products: dict[str, _Product] = {}
        self._subscribed = asyncio.Event()
        self._due: float | None = None
        """Unix seconds at which the newest update was due; None while none is sent."""

    async def run(self) -> None:
        async with asyncio.TaskGroup() as tasks:
            beating, flooding = tasks.create_task(self._beat()), tasks.create_task(self._send_updates())
            async for text in self._socket:
                await self._obey(json.loads(text))
            beating.cancel()
            flooding.cancel()

    async def _obey(self, request: dict[str, object]) -> None:
        names = [str(name) for name in request.get("product_ids", ())]  # type: ignore[attr-defined]  # a list
        channel = str(request["channel"])
        self._channels.setdefault(channel, set()).update(names or [channel])
        listed = {name: sorted(found) for name, found in self._channels.items()}
        await self._give(wire(acknowledgement(None, _CLOCK.unix(), **listed)))
        for name in names if channel == "level2" else ():
            if name not in self._products:
                self._products[name] = await asyncio.to_thread(_Product, name, self._flood)
            await self._send_book(self._products[name].snapshot, _CLOCK.unix())
        if self._products:
            self._subscribed.set()

    async def _give(self, raw: bytes) -> None:
        # Numbers count everything with an envelope.
        number, self._number = self._number, self._number + 1
        await self._socket.send(raw.replace(b'"events":', b'"sequence_num":%d,"events":' % number, 1), text=True)

    async def _send_book(self, events: bytes, due: float) -> None:
        head = f'{{"channel":"l2_data","client_id":"","timestamp":"{stamp(due)}","events":'
        await self._give(head.encode() + events)

    async def _beat(self) -> None:
        counter = 0
        while True:
            await asyncio.sleep(1.0)
            counter += 1
            # They wait in the same queue: within a connection timestamps do not fall.
            await self._give(wire(heartbeat(None, counter, unix=self._due or _CLOCK.unix())))

    async def _send_updates(self) -> None:
        flood = self._flood
        await self._subscribed.wait()
        await asyncio.sleep(flood.after)
        began, sent, wall = _CLOCK.monotonic(), 0, _CLOCK.unix()
        again = flood.again or float("inf")
        while flood.rate and (passed := _CLOCK.monotonic() - began) < flood.seconds:
            if passed >= again:
                again = float("inf")
                await self._send_book(next(iter(self._products.values())).snapshot, wall + sent / flood.rate)
            while sent < passed * flood.rate and _CLOCK.monotonic() - began < flood.seconds:
                self._due = wall + sent / flood.rate
                for product in self._products.values():
                    await self._send_book(product.update(), self._due)
                sent += 1
            await asyncio.sleep(_STEP)
        self._due = None


async def _serve(flood: Flood) -> None:
    async def talk(socket: ServerConnection) -> None:
        try:
            await _Client(socket, flood).run()
        except* ConnectionClosed:
            pass  # it has seen enough

    stopped = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, stopped.set)
    compression = "deflate" if flood.compression else None
    async with serve(talk, "127.0.0.1", 0, compression=compression, ping_interval=None, max_size=1 << 20) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        sys.stdout.write(f"ws://127.0.0.1:{port}\n")
        sys.stdout.flush()
        await stopped.wait()


@contextmanager
def flooding(flood: Flood, home: Path) -> Iterator[str]:
    """Such a venue; gives its address."""
    command = [sys.executable, "-m", "tools.bench.flooding", json.dumps(asdict(flood))]
    process = subprocess.Popen(command, env=environment(home), cwd=ROOT, stdout=subprocess.PIPE, text=True)
    assert process.stdout is not None
    try:
        yield process.stdout.readline().strip()
    finally:
        process.terminate()
        process.wait(timeout=30)
        process.stdout.close()


if __name__ == "__main__":
    asyncio.run(_serve(Flood(**json.loads(sys.argv[1]))))
