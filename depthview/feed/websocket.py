"""The live connection, over ``websockets``, and what its failures mean: in words, and whether trying again can help."""

from __future__ import annotations

import errno
import logging
import math
import select
import socket
import ssl
from contextlib import asynccontextmanager
from email.utils import parsedate_to_datetime
from typing import TYPE_CHECKING, Final

from websockets.asyncio import messages
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidProxy,
    InvalidStatus,
    ProxyError,
    TooManyFragments,
)
from websockets.frames import CTRL_OPCODES, CloseCode, Frame

from depthview import __version__
from depthview.core.clock_offset import from_date
from depthview.core.text import plain_text
from depthview.errors import ConnectionFailed
from depthview.system.os_errors import os_reason, too_many_files

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from typing import Any

    from websockets.protocol import Event

    from depthview.auth.endpoints import Endpoint
    from depthview.clock import Clock
    from depthview.core.clock_offset import Offset

_CLOSE_WORDS: Final = {
    1000: "normal closure",
    1001: "going away",
    1002: "protocol error",
    1003: "unsupported data",
    1006: "cut off without a close",
    1007: "text that is not UTF-8",
    1008: "policy violation",
    1009: "message too big",
    1011: "internal error",
    1012: "service restart",
    1013: "try again later",
}
_SLOW_CODES: Final = frozenset({1008, 1013})
_LEAST_WAIT: Final = 5.0
_TRY_AGAIN_STATUS: Final = frozenset({408, 425, 429})
_LONGEST_WAIT: Final = 300.0
NO_SOCKS: Final = "the environment names a SOCKS proxy, which needs the package python-socks"
NO_SOCKS_CURE: Final = "pip install 'python-socks[asyncio]', or name an HTTP proxy, or none"


def connection_failed(error: BaseException, host: str) -> ConnectionFailed:
    """The failure that ``error`` stands for.

    Args:
        error: As raised while connecting. An exception that nobody expects is a failure of the library, and no reason
            to give up.
        host: As shown.
    """
    if isinstance(error, OSError) and (limit := too_many_files(error)) is not None:
        return ConnectionFailed(f"cannot connect to {host}: {os_reason(limit)}")
    match error:
        case InvalidStatus():
            return _refused_by_status(error, host)
        case ConnectionClosed():
            return connection_lost(error)
        case ssl.SSLCertVerificationError():
            reason = plain_text(error.verify_message or error.reason or "verification failed", 120)
            return ConnectionFailed(
                f"TLS certificate of {host} is not trusted ({reason}): nothing was sent", final=True
            )
        case ssl.SSLError():
            return ConnectionFailed(f"TLS with {host} failed ({plain_text(error.reason or 'unknown reason', 80)})")
        case socket.gaierror():
            return ConnectionFailed(f"cannot resolve {host}: check the name and the network")
        case ConnectionRefusedError():
            return ConnectionFailed(f"{host} refused the connection")
        case TimeoutError():
            return ConnectionFailed(f"{host} did not answer in time")
        case ProxyError():
            return ConnectionFailed(f"the proxy did not let us through to {host}")
        case InvalidProxy():
            return ConnectionFailed("the proxy that the environment names is not an address: mend it", final=True)
        case ImportError():
            return ConnectionFailed(f"{NO_SOCKS}: {NO_SOCKS_CURE}", final=True)
        case ValueError():
            return ConnectionFailed(f"{host} is no name that can be resolved: check the address", final=True)
        case InvalidHandshake():
            return ConnectionFailed(f"{host} did not answer as a WebSocket server")
        case OSError() if error.errno is None and f"[Errno {errno.ECONNREFUSED}]" in str(error):
            # asyncio joins the failures of a name's several addresses into one text.
            return ConnectionFailed(f"{host} refused the connection")
        case ConnectionError():
            return ConnectionFailed(f"{host} cut the connection off while it was made")
        case OSError():
            return ConnectionFailed(
                f"connection to {host} failed ({plain_text(error.strerror or 'network error', 80)})"
            )
        case _:
            return ConnectionFailed(f"connection to {host} failed ({type(error).__name__})")


def connection_lost(error: Exception) -> ConnectionFailed:
    """The failure that ends an open connection.

    Args:
        error: As raised while receiving or sending. Whatever it is, the connection is of no use any more and is to be
            made anew.
    """
    match error:
        case ConnectionFailed():
            return error
        case ConnectionClosed():
            return error.__cause__ if isinstance(error.__cause__, ConnectionFailed) else _closed(error)
        case OSError():
            return ConnectionFailed(f"connection lost: {plain_text(os_reason(error, 'network error'), 80)}")
        case _:
            return ConnectionFailed(f"connection lost: the WebSocket library failed ({type(error).__name__})")


def _refused_by_status(error: InvalidStatus, host: str) -> ConnectionFailed:
    status = error.response.status_code
    if 300 <= status < 400:
        return ConnectionFailed(
            f"{host} answered with a redirect ({status}), which is refused: give the right --url",
            final=True,
            code=status,
        )
    if status in _TRY_AGAIN_STATUS or status >= 500:
        words = "limits the rate" if status == 429 else "is not available"
        # get() raises where a header comes twice.
        asked = error.response.headers.get_all("Retry-After")
        wait = _retry_after(asked[0] if asked else None, _LEAST_WAIT if status == 429 else 0.0)
        return ConnectionFailed(f"{host} {words} (HTTP {status})", code=status, retry_after_seconds=wait)
    return ConnectionFailed(f"{host} refused the WebSocket (HTTP {status}): check the address", final=True, code=status)


def is_unreadable(error: ConnectionClosed) -> bool:
    """Whether we closed, because of a frame that is too big or no UTF-8."""
    ours = error.sent
    by_us = error.rcvd is None or error.rcvd_then_sent is False
    return ours is not None and by_us and ours.code in (CloseCode.INVALID_DATA, CloseCode.MESSAGE_TOO_BIG)


def _closed(error: ConnectionClosed) -> ConnectionFailed:
    received, ours = error.rcvd, error.sent
    if isinstance(error.__cause__, TooManyFragments):
        return ConnectionFailed("a message in too many fragments came, so the connection was closed (1009)", code=1009)
    if ours is not None and is_unreadable(error):
        if ours.code == CloseCode.MESSAGE_TOO_BIG:
            return ConnectionFailed(
                "a message beyond the size limit came, so the connection was closed (1009)", final=True, code=1009
            )
        return ConnectionFailed("a text message came that is not UTF-8 (1007)", code=1007)
    if ours is not None and received is None and "ping" in (ours.reason or ""):
        return ConnectionFailed("no answer to pings: the connection is dead", code=1006)
    code = received.code if received is not None else 1006
    words = _CLOSE_WORDS.get(code, "closed")
    reason = plain_text(received.reason, 80) if received is not None and received.reason else ""
    text = f"closed by the venue: {words} ({code})" if received is not None else f"connection {words}"
    return ConnectionFailed(
        f"{text}{': ' if reason else ''}{reason}",
        code=code,
        retry_after_seconds=_LEAST_WAIT if code in _SLOW_CODES else 0.0,
    )


def _retry_after(header: str | None, least: float) -> float:
    try:
        asked = float(header) if header is not None else 0.0
    except ValueError:
        # The header's other form, a date, is not worth a clock: the backoff applies.
        asked = 0.0
    return min(max(asked, least), _LONGEST_WAIT) if math.isfinite(asked) else least


def http_date(header: str | None) -> float | None:
    """Unix seconds, cut to whole ones by the format; None where there is no header, or none that can be read."""
    try:
        return parsedate_to_datetime(header or "").timestamp()
    except (ValueError, TypeError, OverflowError):
        return None


MAX_MESSAGE_BYTES: Final = 64 << 20
"""The library's default of 1 MiB closes the socket at the first snapshot, which has 5 MB (observed)."""
OPEN_TIMEOUT: Final = 10.0
PING_INTERVAL: Final = 5.0
PING_TIMEOUT: Final = 60.0
"""Long, because a pong waits behind the message that is under way: who is silent is found out by messages, in 10 s."""
_CLOSE_TIMEOUT: Final = 1.0
_QUEUE_FRAMES: Final = 256


MAX_FRAGMENTS: Final = 1 << 16
"""Of one message: one of the largest size may come in pieces of 1 KiB. The library stops at 4,096."""
MAX_WAITING_BYTES: Final = 2 * MAX_MESSAGE_BYTES
"""Of messages that were not received yet; the library counts frames only, whatever their size."""
MAX_UNSENT_BYTES: Final = 1 << 20
"""That the peer has not taken: pongs, since the requests of a second have a few kB."""
PING_BURST: Final = 2_000
PINGS_PER_SECOND: Final = 100.0
"""Pings and pongs that are answered over a long time, and at once. Servers send one or two a minute."""
_PIECE_BYTES: Final = 16 << 10
"""That are parsed at a time: 8,000 pings, which take 50 ms."""
_CONTROL_HEADER_BYTES: Final = 2

# The library has no argument for it, only this constant and a variable of the environment that sets it.
messages.MAX_FRAGMENTS = max(messages.MAX_FRAGMENTS, MAX_FRAGMENTS)


class NoRedirect(connect):
    """Stays where it was told to go: a redirect would lead a token to another host."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        """Every redirect is an error."""
        return exc


class LimitedConnection(ClientConnection):
    """A connection whose peer can neither fill the memory nor keep the event loop busy with pings.

    The library answers pings without flow control, and bounds what waits to be received by a number of frames.
    """

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # the library's own
        super().__init__(*args, **kwargs)
        self.message_bytes = 0
        """Bytes that have come in without pings and pongs; also those of a message that is not whole yet."""
        self._waiting_bytes = 0
        self._paused_here = False
        self._pings = 0
        self._ping_allowance = float(PING_BURST)
        self._pings_counted_at = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Parse what came in pieces; where it is beyond a bound, give the connection up."""
        for start in range(0, len(data), _PIECE_BYTES):
            piece = data[start : start + _PIECE_BYTES]
            self.message_bytes += len(piece)
            super().data_received(piece)
            excess = self._excess()
            if excess:
                self.set_connection_exc(ConnectionFailed(f"connection lost: {excess}"))
                self.transport.abort()
                return
        if self._waiting_bytes > MAX_WAITING_BYTES:
            self._paused_here = True
            self.transport.pause_reading()

    def process_event(self, event: Event) -> None:
        """Account for a frame, and pass it on; the first event is the answer to the handshake."""
        if isinstance(event, Frame):
            if event.opcode in CTRL_OPCODES:
                self._pings += 1
                self.message_bytes -= _CONTROL_HEADER_BYTES + len(event.data)
            else:
                self._waiting_bytes += len(event.data)
        super().process_event(event)

    def received(self, message: str | bytes) -> None:
        """Account for a message that :meth:`recv` has returned."""
        raw = message.encode() if isinstance(message, str) and not message.isascii() else message
        self._waiting_bytes -= len(raw)
        if self._paused_here and self._waiting_bytes <= MAX_WAITING_BYTES:
            self._paused_here = False
            if not self.recv_messages.paused:
                self.transport.resume_reading()

    def has_more(self) -> bool:
        """Whether anything has come that was not received yet, here or in the system's buffer."""
        # The library has no public word for its queue; the test of a flood holds this one in place.
        if len(self.recv_messages.frames) > 0:
            return True
        socket = self.transport.get_extra_info("socket")
        if socket is None or socket.fileno() < 0:
            return False  # it is closed, as the next call will say
        poll = select.poll()  # select() knows no descriptor above 1,023
        poll.register(socket, select.POLLIN)
        return bool(poll.poll(0))

    def _excess(self) -> str:
        """Which bound on pings is passed, in words; empty for none."""
        if not self._pings:
            return ""
        now = self.loop.time()
        earned = (now - self._pings_counted_at) * PINGS_PER_SECOND
        self._ping_allowance = min(PING_BURST, self._ping_allowance + earned) - self._pings
        self._pings, self._pings_counted_at = 0, now
        if self._ping_allowance < 0:
            return f"the server sends more than {PINGS_PER_SECOND:.0f} pings a second"
        if self.transport.get_write_buffer_size() > MAX_UNSENT_BYTES:
            return "the server sends pings and does not read the answers"
        return ""


class WebSocketLink:
    """One open WebSocket; its first failure is raised again by every later call."""

    def __init__(self, connection: LimitedConnection, clock_offset: Offset | None = None) -> None:
        self._connection = connection
        self._clock_offset = clock_offset
        self._failure: ConnectionFailed | None = None

    @property
    def clock_offset(self) -> Offset | None:
        """See :meth:`depthview.feed.worker.Link.clock_offset`."""
        return self._clock_offset

    @property
    def bytes_heard(self) -> int:
        """See :meth:`depthview.feed.worker.Link.bytes_heard`."""
        return self._connection.message_bytes

    @property
    def waiting(self) -> bool:
        """See :meth:`depthview.feed.worker.Link.waiting`."""
        return self._connection.has_more()

    async def receive(self) -> str | bytes:
        """See :meth:`depthview.feed.worker.Link.receive`."""
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
        """See :meth:`depthview.feed.worker.Link.send`."""
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
        """See :meth:`depthview.feed.worker.Connector.open`."""
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
