"""The live connection, over ``websockets``."""

from __future__ import annotations

import logging
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from websockets.exceptions import ConnectionClosed

from depthview import __version__
from depthview.core.clock_offset import from_date
from depthview.errors import ConnectionFailed
from depthview.feed.connection import MAX_MESSAGE_BYTES, LimitedConnection, NoRedirect
from depthview.feed.failures import connection_failed, connection_lost, is_unreadable

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from depthview.auth.endpoints import Endpoint
    from depthview.clock import Clock
    from depthview.core.clock_offset import Offset

OPEN_TIMEOUT: Final = 10.0
PING_INTERVAL: Final = 5.0
PING_TIMEOUT: Final = 60.0
"""Long, because a pong waits behind the message in transit; silence is noticed by its missing messages, in 10 s."""
_CLOSE_TIMEOUT: Final = 1.0
_QUEUE_FRAMES: Final = 256


def http_date(header: str | None) -> float | None:
    """Unix seconds, cut to whole ones by the format; None where there is no header, or none that can be read."""
    try:
        return parsedate_to_datetime(header or "").timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


class WebSocketLink:
    """One open WebSocket; its first failure is raised again by every later call."""

    def __init__(self, connection: LimitedConnection, clock_offset: Offset | None = None) -> None:
        self._connection = connection
        self._clock_offset = clock_offset
        self._failure: ConnectionFailed | None = None

    @property
    def clock_offset(self) -> Offset | None:
        return self._clock_offset

    @property
    def bytes_heard(self) -> int:
        return self._connection.message_bytes

    @property
    def waiting(self) -> bool:
        return self._connection.has_more()

    async def receive(self) -> str | bytes:
        if self._failure is not None:
            raise self._failure
        try:
            message = await self._connection.recv()
        except Exception as e:  # whatever the library raises, the connection cannot be used any more
            self._failure = connection_lost(e)
            if isinstance(e, ConnectionClosed) and is_unreadable(e):
                # The library kept the frame that it closed for; it came all the same, and is to be counted.
                return b""
            raise self._failure from None
        self._connection.received(message)
        return message

    async def send(self, text: bytes) -> None:
        if self._failure is not None:
            raise self._failure
        try:
            await self._connection.send(text, text=True)
        except Exception as e:  # as in receive()
            self._failure = connection_lost(e)
            raise self._failure from None


class WebSocketConnector:
    """Opens WebSockets to one endpoint.

    TLS is verified by the library's default context. A proxy of the environment is used for the venue and never for
    loopback. No compression: it costs 2.4 times the reading and delays the big snapshot by 45 ms (measured).

    Args:
        endpoint: Where to.
        clock: Compared with the venue's at each handshake.
        open_timeout: Seconds for the handshake; by default ``OPEN_TIMEOUT``.
        max_bytes: Of one message, a longer one ends the connection; by default ``MAX_MESSAGE_BYTES``.
    """

    def __init__(
        self,
        endpoint: Endpoint,
        clock: Clock,
        *,
        open_timeout: float | None = None,
        max_bytes: int | None = None,
    ) -> None:
        self._endpoint = endpoint
        self._clock = clock
        self._open_timeout = OPEN_TIMEOUT if open_timeout is None else open_timeout
        self._max_bytes = MAX_MESSAGE_BYTES if max_bytes is None else max_bytes
        # At DEBUG this logger writes out frames, tokens included.
        logging.getLogger("websockets.client").setLevel(logging.WARNING)

    @asynccontextmanager
    async def open(self) -> AsyncIterator[WebSocketLink]:
        host = self._endpoint.shown
        asked_at = self._clock.unix()
        try:
            connection = await NoRedirect(
                self._endpoint.url,
                proxy=None if self._endpoint.loopback else True,
                compression=None,
                max_size=self._max_bytes,
                max_queue=_QUEUE_FRAMES,
                open_timeout=self._open_timeout,
                ping_interval=PING_INTERVAL,
                ping_timeout=PING_TIMEOUT,
                close_timeout=_CLOSE_TIMEOUT,
                user_agent_header=f"depthview/{__version__}",
                create_connection=LimitedConnection,
            )
            assert isinstance(connection, LimitedConnection)  # noqa: S101  # it was told to be
        except Exception as e:
            # ImportError is a SOCKS proxy without its library; ValueError a host or proxy that cannot be encoded.
            raise connection_failed(e, host) from None
        response = connection.response
        date = response.headers.get("Date") if response is not None else None
        offset = from_date(http_date(date), asked_at, self._clock.unix())
        try:
            yield WebSocketLink(connection, offset)
        except ConnectionFailed:
            # It is gone, or was given up: a peer that says nothing would not answer a farewell either.
            connection.transport.abort()
            raise
        finally:
            await connection.close()
