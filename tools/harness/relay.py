"""A TCP relay with a delay and a bandwidth each way, which changes nothing of what passes.

It stands between the viewer and the venue's server, works on bytes, and so delays parts of messages as a real path
does. It counts whole messages on their way to the viewer only to know when the last one arrived.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from typing import TYPE_CHECKING, Final, Self

from tools.harness.network import Lane

if TYPE_CHECKING:
    from collections.abc import Callable
    from types import TracebackType

    from tools.harness.network import Network
    from tools.harness.schedule import Schedule

_HOST: Final = "127.0.0.1"
_PIECE: Final = 128
"""Bytes that are sent at a time where there is a bandwidth."""
_READ: Final = 1 << 16
_HEAD_END: Final = b"\r\n\r\n"


class Messages:
    """Finds whole messages in the bytes of a server's WebSocket, whose frames are not masked."""

    def __init__(self) -> None:
        self._bytes = bytearray()
        self._head = True

    def feed(self, data: bytes) -> int:
        """Take more bytes; returns how many messages have become whole, control frames left out."""
        self._bytes += data
        if self._head:
            end = self._bytes.find(_HEAD_END)
            if end < 0:
                return 0
            del self._bytes[: end + len(_HEAD_END)]
            self._head = False
        whole = 0
        while len(self._bytes) >= 2:
            final, opcode, length = self._bytes[0] & 0x80, self._bytes[0] & 0x0F, self._bytes[1] & 0x7F
            more = {126: 2, 127: 8}.get(length, 0)
            if len(self._bytes) < 2 + more:
                break
            if more:
                length = int.from_bytes(self._bytes[2 : 2 + more])
            if len(self._bytes) < 2 + more + length:
                break
            del self._bytes[: 2 + more + length]
            whole += bool(final) and opcode < 8
        return whole


class Relay:
    """Alive inside ``async with``.

    Args:
        port: The venue's.
        network: How the path is at present.
        schedule: The world's.
        heard: Called when a whole message has arrived at the viewer's end.
        connected_by: Told what carries the messages of a new connection to the viewer.
    """

    def __init__(
        self,
        port: int,
        network: Network,
        schedule: Schedule,
        heard: Callable[[], None],
        connected_by: Callable[[Lane], None],
    ) -> None:
        self._port = port
        self._network = network
        self._schedule = schedule
        self._heard = heard
        self._connected_by = connected_by
        self._server: asyncio.Server | None = None
        self._ways: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._connected, _HOST, 0)
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        self._server.close()
        for way in self._ways:
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)

    @property
    def port(self) -> int:
        """Where the viewer connects to."""
        assert self._server is not None
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    def _connected(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        way = asyncio.create_task(self._relay(reader, writer))
        self._ways.add(way)
        way.add_done_callback(self._ways.discard)

    async def _relay(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            venue_reader, venue_writer = await asyncio.open_connection(_HOST, self._port)
        except OSError:
            writer.transport.abort()
            return
        messages = Messages()

        def to_viewer(data: str | bytes | None) -> None:
            assert not isinstance(data, str)
            if data is None:
                writer.close()
                return
            if not writer.is_closing():
                writer.write(data)
                if messages.feed(data):
                    self._heard()

        def to_venue(data: str | bytes | None) -> None:
            assert not isinstance(data, str)
            if data is None:
                venue_writer.close()
            elif not venue_writer.is_closing():
                venue_writer.write(data)

        down = Lane(self._network.down, self._schedule, to_viewer)
        up = Lane(self._network.up, self._schedule, to_venue)
        self._connected_by(down)
        try:
            await asyncio.gather(_carry(venue_reader, down), _carry(reader, up))
        finally:
            down.cut = up.cut = True
            writer.close()
            venue_writer.close()


async def _carry(reader: asyncio.StreamReader, lane: Lane) -> None:
    with suppress(ConnectionError):
        while data := await reader.read(_READ):
            if lane.is_narrow:
                for at in range(0, len(data), _PIECE):
                    lane.put(data[at : at + _PIECE])
            else:
                lane.put(data)
    lane.put(None)
