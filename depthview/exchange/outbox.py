"""What waits to be sent on one connection, bounded.

The market does not wait for anybody, so what a client does not read piles up here. Up to a limit that is what a
short stall needs; beyond it the connection is dropped (close code 1008), because leaving out single frames would
make every book on it wrong. What the venue does to a slow reader is not documented.
"""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from depthview.exchange.faults.parcels import Parcel


class DelayLine:
    """Sends what it is given at once, or as late as it is told to, in order.

    Args:
        send: Sends one message; whatever it raises ends :meth:`put` or :meth:`run`.
    """

    def __init__(self, send: Callable[[bytes | Parcel], Awaitable[None]]) -> None:
        self.seconds = 0.0
        """The delay of what is given from now on."""
        self._send = send
        self._waiting: deque[tuple[float, bytes | Parcel]] = deque()
        self._filled = asyncio.Event()

    async def put(self, message: bytes | Parcel) -> None:
        """Send a message, or leave it to :meth:`run`."""
        if not self.seconds and not self._waiting:
            await self._send(message)
            return
        self._waiting.append((asyncio.get_running_loop().time() + self.seconds, message))
        self._filled.set()

    async def run(self) -> None:
        """Send what is late, when its time has come, until cancelled."""
        while True:
            await self._filled.wait()
            while self._waiting:
                due, message = self._waiting[0]
                await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
                await self._send(message)
                self._waiting.popleft()
            self._filled.clear()


class Outbox:
    """A queue of messages with a limit in bytes.

    Args:
        limit_bytes: What may wait at a time.
    """

    def __init__(self, limit_bytes: int) -> None:
        self._limit = limit_bytes
        self._waiting: deque[bytes | Parcel] = deque()
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self.queued_bytes = 0
        self.overflowed = asyncio.Event()
        """Set once the limit was passed; nothing is taken in or sent any more."""

    def put(self, message: bytes | Parcel) -> None:
        """Queue a message, or drop all and set :attr:`overflowed` when there is no room for it."""
        if self.overflowed.is_set():
            return
        if self.queued_bytes + len(message) > self._limit:
            self._waiting.clear()
            self.queued_bytes = 0
            self.overflowed.set()
            return
        self._waiting.append(message)
        self.queued_bytes += len(message)
        self._drained.clear()
        self._filled.set()

    async def drained(self) -> None:
        """Wait until everything has gone out."""
        await self._drained.wait()

    async def pump(self, send: Callable[[bytes | Parcel], Awaitable[None]]) -> None:
        """Send what comes in, in order, until cancelled; whatever ``send`` raises ends it."""
        while True:
            await self._filled.wait()
            while self._waiting:
                message = self._waiting.popleft()
                await send(message)
                # Counted until it is handed over, so that a stalled send counts against the limit.
                self.queued_bytes = max(0, self.queued_bytes - len(message))
            self._filled.clear()
            self._drained.set()
