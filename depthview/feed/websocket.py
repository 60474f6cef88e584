"""The live connection, over ``websockets``."""

from __future__ import annotations

import logging
import select
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING, Final

from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, WebSocketException

from depthview import __version__
from depthview.core.clock_offset import from_date
from depthview.errors import ConnectionFailed
from depthview.feed.dates import http_date
from depthview.feed.failures import connection_failed, is_unreadable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from depthview.auth.endpoints import Endpoint
    from depthview.clock import Clock
    from depthview.core.clock_offset import Offset

MAX_MESSAGE_BYTES: Final = 64 << 20
"""The library's default of 1 MiB closes the socket at the first snapshot, which has 5 MB (observed)."""
OPEN_TIMEOUT: Final = 10.0
PING_INTERVAL: Final = 5.0
PING_TIMEOUT: Final = 60.0
"""Long, because a pong waits behind the message that is under way: who is silent is found out by messages, in 10 s."""
_CLOSE_TIMEOUT: Final = 1.0
_QUEUE_FRAMES: Final = 256


class _NoRedirect(connect):
    """Stays where it was told to go: a redirect would lead a token to another host."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Every redirect is an error."""
        return exc


class _Counting(ClientConnection):
    """Counts what comes in before it makes a whole message."""

    bytes_heard = 0

    def data_received(self, data: bytes) -> None:
        """Some bytes came."""
        self.bytes_heard += len(data)
        super().data_received(data)

    def has_more(self) -> bool:
        """Whether anything has come that was not received yet, here or in the system's buffer."""
        # The library has no public word for its queue; the test of a flood holds this one in place.
        if len(self.recv_messages.frames) > 0:
            return True
        try:
            return bool(select.select([self.transport.get_extra_info("socket")], [], [], 0)[0])
        except (OSError, TypeError, ValueError):
            return False  # it is closed, as the next call will say


class WebSocketLink:
    """One open WebSocket."""

    def __init__(self, connection: _Counting, host: str, clock_offset: Offset | None = None) -> None:
        self._connection = connection
        self._host = host
        self._clock_offset = clock_offset
        self._unreadable_told = False

    @property
    def clock_offset(self) -> Offset | None:
        """See :meth:`depthview.feed.source.Link.clock_offset`."""
        return self._clock_offset

    @property
    def bytes_heard(self) -> int:
        """See :meth:`depthview.feed.source.Link.bytes_heard`."""
        return self._connection.bytes_heard

    @property
    def waiting(self) -> bool:
        """See :meth:`depthview.feed.source.Link.waiting`."""
        return self._connection.has_more()

    async def receive(self) -> str | bytes:
        """See :meth:`depthview.feed.source.Link.receive`."""
        try:
            return await self._connection.recv()
        except ConnectionClosed as e:
            if is_unreadable(e) and not self._unreadable_told:
                # The library kept the frame that it closed for; it came all the same, and is to be counted.
                self._unreadable_told = True
                return b""
            raise connection_failed(e, self._host) from None

    async def send(self, text: bytes) -> None:
        """See :meth:`depthview.feed.source.Link.send`."""
        try:
            await self._connection.send(text, text=True)
        except ConnectionClosed as e:
            raise connection_failed(e, self._host) from None


class WebSocketConnector:
    """Opens WebSockets to one endpoint.

    TLS is verified by the library's default context. A proxy of the environment is used for the venue and never for
    loopback. No compression: it costs 2.4 times the reading and delays the big snapshot by 45 ms (measured).

    Args:
        endpoint: Where to.
        clock: Held against the venue's at each handshake.
    """

    def __init__(self, endpoint: Endpoint, clock: Clock) -> None:
        self._endpoint = endpoint
        self._clock = clock
        # At DEBUG this logger writes out frames, tokens included.
        logging.getLogger("websockets.client").setLevel(logging.WARNING)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[WebSocketLink]:
        """See :meth:`depthview.feed.source.Connector.open`."""
        host = self._endpoint.shown
        asked_at = self._clock.unix()
        try:
            connection = await _NoRedirect(
                self._endpoint.url,
                proxy=None if self._endpoint.loopback else True,
                compression=None,
                max_size=MAX_MESSAGE_BYTES,
                max_queue=_QUEUE_FRAMES,
                open_timeout=OPEN_TIMEOUT,
                ping_interval=PING_INTERVAL,
                ping_timeout=PING_TIMEOUT,
                close_timeout=_CLOSE_TIMEOUT,
                user_agent_header=f"depthview/{__version__}",
                create_connection=_Counting,
            )
            assert isinstance(connection, _Counting)  # noqa: S101  # it was told to be
        except (OSError, TimeoutError, WebSocketException, ImportError, ValueError) as e:
            # ImportError is a SOCKS proxy without its library; ValueError a host or proxy that cannot be encoded.
            raise connection_failed(e, host) from None
        response = connection.response
        date = response.headers.get("Date") if response is not None else None
        offset = from_date(http_date(date), asked_at, self._clock.unix())
        try:
            yield WebSocketLink(connection, host, offset)
        except ConnectionFailed:
            # It is gone, or was given up: a peer that says nothing would not answer a farewell either.
            connection.transport.abort()
            raise
        finally:
            await connection.close()
