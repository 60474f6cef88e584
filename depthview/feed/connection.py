"""Our subclass of the connection of ``websockets``, and all that depthview uses of its undocumented parts.

Checked with websockets 17.4; ``tests/feed/test_private_parts.py`` fails when one of them changes:

* ``websockets.asyncio.messages.MAX_FRAGMENTS``: there is no argument for it, only a variable of the environment;
* ``Connection.data_received``, ``process_event``, ``set_connection_exc``: the only place where bytes are seen before a
  message is whole, and pings at all; they are answered without flow control;
* ``Connection.recv_messages.frames`` and ``.paused``: there is no public way to ask whether a message is waiting, and
  the library bounds what waits by a number of frames, whatever their size;
* ``connect.process_redirect``: there is no argument that forbids redirects.
"""

from __future__ import annotations

import select
from typing import TYPE_CHECKING, Any, Final

from websockets.asyncio import messages
from websockets.asyncio.client import ClientConnection, connect
from websockets.frames import CTRL_OPCODES, Frame

from depthview.errors import ConnectionFailed

if TYPE_CHECKING:
    from websockets.protocol import Event

MAX_MESSAGE_BYTES: Final = 64 << 20
"""The library's default of 1 MiB closes the socket at the first snapshot, which has 5 MB (observed)."""
MAX_FRAGMENTS: Final = 1 << 16
"""Of one message: the largest may come in pieces of 1 KiB. The library stops at 4,096."""
MAX_WAITING_BYTES: Final = 2 * MAX_MESSAGE_BYTES
"""Of messages that wait to be received."""
MAX_UNSENT_BYTES: Final = 1 << 20
"""Of pongs, in effect: the requests of a second have a few kB."""
PING_BURST: Final = 2_000
PINGS_PER_SECOND: Final = 100.0
"""Pings that are answered, at once and over a long time. Servers send one or two a minute."""
_PIECE_BYTES: Final = 16 << 10
"""Parsed at a time: 8,000 pings, which take 50 ms."""
_CONTROL_HEADER_BYTES: Final = 2

messages.MAX_FRAGMENTS = max(messages.MAX_FRAGMENTS, MAX_FRAGMENTS)


class NoRedirect(connect):
    """Connects without following redirects: one would lead a token to another host."""

    def process_redirect(self, exc: Exception) -> Exception | str:
        return exc


class LimitedConnection(ClientConnection):
    """A connection whose peer can neither fill the memory nor keep the event loop busy with pings."""

    def __init__(self, *args: Any, **kwargs: Any) -> None:  # noqa: ANN401  # the library's own
        super().__init__(*args, **kwargs)
        self.message_bytes = 0
        """Bytes received, without pings and pongs; with those of a message that is not complete."""
        self._waiting_bytes = 0
        self._paused_here = False
        self._pings = 0
        self._ping_allowance = float(PING_BURST)
        self._pings_counted_at = self.loop.time()

    def data_received(self, data: bytes) -> None:
        """Parse in pieces; abort the connection where a bound is exceeded."""
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
        """Count a frame and pass it on; the first event is the response to the handshake."""
        if isinstance(event, Frame):
            if event.opcode in CTRL_OPCODES:
                self._pings += 1
                self.message_bytes -= _CONTROL_HEADER_BYTES + len(event.data)
            else:
                self._waiting_bytes += len(event.data)
        super().process_event(event)

    def received(self, message: str | bytes) -> None:
        """Count a message that :meth:`recv` has returned."""
        raw = message.encode() if isinstance(message, str) and not message.isascii() else message
        self._waiting_bytes -= len(raw)
        if self._paused_here and self._waiting_bytes <= MAX_WAITING_BYTES:
            self._paused_here = False
            if not self.recv_messages.paused:
                self.transport.resume_reading()

    def has_more(self) -> bool:
        """Whether anything has arrived that was not received yet, here or in the system's buffer."""
        if len(self.recv_messages.frames) > 0:
            return True
        socket = self.transport.get_extra_info("socket")
        if socket is None or socket.fileno() < 0:
            return False  # closed
        poll = select.poll()  # select() knows no descriptor above 1,023
        poll.register(socket, select.POLLIN)
        return bool(poll.poll(0))

    def _excess(self) -> str:
        """Which bound on pings is exceeded, in words; empty for none."""
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
