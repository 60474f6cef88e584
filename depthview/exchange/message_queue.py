"""What waits to be sent to one client: in order, up to a limit, and on command delayed or held."""

from __future__ import annotations

import asyncio
from collections import deque
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

    from depthview.exchange.pipeline import WireAction


class MessageQueue:
    """A queue of messages with a limit in bytes, emptied by :meth:`run` and :meth:`run_delayed`.

    Args:
        limit_bytes: How much may wait at a time.
        send: Sends one message; its exceptions end :meth:`run` or :meth:`run_delayed`.
    """

    def __init__(self, limit_bytes: int, send: Callable[[bytes | WireAction], Awaitable[None]]) -> None:
        self._limit = limit_bytes
        self._send = send
        self.queued_bytes = 0
        self.overflowed = asyncio.Event()
        """Set once the limit was exceeded; from then on nothing is queued or sent."""
        self.delay_seconds = 0.0
        """The delay of messages from now on."""
        self._waiting: deque[bytes | WireAction] = deque()
        self._filled = asyncio.Event()
        self._drained = asyncio.Event()
        self._drained.set()
        self._delayed: deque[tuple[float, bytes | WireAction]] = deque()
        self._delayed_filled = asyncio.Event()
        self._holds = 0
        self._released = asyncio.Event()
        self._released.set()

    def put(self, message: bytes | WireAction) -> None:
        """Queue a message; where it does not fit, drop everything and set :attr:`overflowed`."""
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
        """Wait until everything has been sent, or delayed."""
        await self._drained.wait()

    def hold(self) -> None:
        """Send no further message until :meth:`resume` has been called as often."""
        self._holds += 1
        self._released.clear()

    def resume(self) -> None:
        """Undo one :meth:`hold`."""
        self._holds -= 1
        if not self._holds:
            self._released.set()

    async def run(self) -> None:
        """Send messages, or leave them to :meth:`run_delayed`, until cancelled."""
        while True:
            await self._filled.wait()
            while self._waiting:
                message = self._waiting.popleft()
                if self.delay_seconds or self._delayed:
                    self._delayed.append((asyncio.get_running_loop().time() + self.delay_seconds, message))
                    self._delayed_filled.set()
                else:
                    await self._released.wait()
                    await self._send(message)
                # Counted until it is handed over, so that a stalled send counts against the limit.
                self.queued_bytes = max(0, self.queued_bytes - len(message))
            self._filled.clear()
            self._drained.set()

    async def run_delayed(self) -> None:
        """Send delayed messages when they are due, until cancelled."""
        while True:
            await self._delayed_filled.wait()
            while self._delayed:
                due, message = self._delayed[0]
                await asyncio.sleep(max(0.0, due - asyncio.get_running_loop().time()))
                await self._released.wait()
                await self._send(message)
                self._delayed.popleft()
            self._delayed_filled.clear()
