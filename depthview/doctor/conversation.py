"""The doctor's own connection: opened once, talked over message by message, and watched for a while."""

from __future__ import annotations

import asyncio
import logging
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview import __version__
from depthview.coinbase.requests import encode
from depthview.doctor.watch import Watch
from depthview.feed.websocket import (
    PING_INTERVAL,
    PING_TIMEOUT,
    LimitedConnection,
    NoRedirect,
    connection_failed,
    connection_lost,
)

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from depthview.auth.endpoints import Endpoint
    from depthview.clock import Clock
    from depthview.coinbase.requests import Request
    from depthview.errors import ConnectionFailed

_CLOSE_TIMEOUT: Final = 0.5


@dataclass(frozen=True, slots=True)
class Handshake:
    """What the handshake told, by this machine's clock."""

    date: str | None
    """The answer's ``Date`` header."""
    sent_at: float
    """Unix seconds."""
    answered_at: float
    """Unix seconds."""


class Conversation:
    """An open connection, read by a task of its own.

    Args:
        socket: The connection.
        handshake: How it came about.
        clock: Stamps the frames.
    """

    def __init__(self, socket: LimitedConnection, handshake: Handshake, clock: Clock) -> None:
        self.handshake: Final = handshake
        self.watch: Final = Watch()
        self.lost: ConnectionFailed | None = None
        """Why the connection is gone, once it is."""
        self._socket = socket
        self._clock = clock
        self._moved = asyncio.Event()

    async def send(self, request: Request, token: str | None) -> None:
        """Send a message; into a connection that is gone it goes nowhere."""
        try:
            await self._socket.send(encode(request, token), text=True)
        except Exception as error:  # whatever the library raises, the connection is of no use any more
            self._lose(error)

    async def until(self, wanted: Callable[[Watch], bool], within: float) -> bool:
        """Wait for something to have come in; False where it has not, in that time or on this connection.

        Args:
            wanted: Whether it is there.
            within: Seconds.
        """
        try:
            async with asyncio.timeout(within):
                while not wanted(self.watch):
                    if self.lost is not None:
                        return False
                    self._moved.clear()
                    await self._moved.wait()
        except TimeoutError:
            return False
        return True

    async def watched_for(self, seconds: float) -> None:
        """Let so much time pass, or less where the connection is lost."""
        await self.until(lambda _: False, seconds)

    async def read(self) -> None:
        """Take frames in until the connection ends."""
        while True:
            try:
                message = await self._socket.recv()
            except Exception as error:  # as in send()
                self._lose(error)
                return
            self._socket.received(message)
            self.watch.take(message, self._clock.monotonic(), self._clock.unix())
            self._moved.set()

    def _lose(self, error: Exception) -> None:
        self.lost = self.lost or connection_lost(error)
        self._moved.set()


@asynccontextmanager
async def conversation(
    endpoint: Endpoint, clock: Clock, *, within: float, largest_message: int
) -> AsyncIterator[Conversation]:
    """An open connection, made as the viewer makes its own.

    Args:
        endpoint: Where to.
        clock: Stamps handshake and frames.
        within: Seconds for the handshake.
        largest_message: Bytes.

    Raises:
        ConnectionFailed: On entering, when it cannot be made.
    """
    # At DEBUG this logger writes out frames, tokens included.
    logging.getLogger("websockets.client").setLevel(logging.WARNING)
    sent_at = clock.unix()
    try:
        socket = await NoRedirect(
            endpoint.url,
            proxy=None if endpoint.loopback else True,
            compression=None,
            max_size=largest_message,
            open_timeout=within,
            ping_interval=PING_INTERVAL,
            ping_timeout=PING_TIMEOUT,
            close_timeout=_CLOSE_TIMEOUT,
            user_agent_header=f"depthview/{__version__}",
            create_connection=LimitedConnection,
        )
        assert isinstance(socket, LimitedConnection)  # noqa: S101  # it was told to be
    except Exception as error:
        raise connection_failed(error, endpoint.shown) from None
    date = socket.response.headers.get("Date") if socket.response is not None else None
    opened = Conversation(socket, Handshake(date, sent_at, clock.unix()), clock)
    reader = asyncio.create_task(opened.read(), name="depthview-doctor")
    try:
        yield opened
    finally:
        reader.cancel()
        await asyncio.gather(reader, return_exceptions=True)
        await socket.close()
