"""What faults send besides plain text messages. Loads asyncio and websockets only when it sends."""

from __future__ import annotations

import struct
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from websockets.asyncio.server import ServerConnection

_FLUSH_SECONDS: Final = 2.0
"""What a client that does not read is given to take the beginning of what is about to be cut."""
_RESET_AT_CLOSE: Final = struct.pack("ii", 1, 0)
"""SO_LINGER on with a time of 0: closing sends RST and not FIN."""


class BinaryMessage:
    def __init__(self, content: bytes) -> None:
        self._content = content

    def __len__(self) -> int:
        return len(self._content)

    async def send(self, socket: ServerConnection) -> None:
        await socket.send(self._content, text=False)


class Fragments:
    """A text message in many small fragments; pings are answered in between.

    Args:
        content: The message.
        pieces: How many fragments.
        seconds: From the first to the last.
    """

    def __init__(self, content: bytes, pieces: int, seconds: float) -> None:
        self._content = content
        self._pieces = min(pieces, len(content))
        self._pause = seconds / max(1, self._pieces - 1)

    def __len__(self) -> int:
        return len(self._content)

    async def send(self, socket: ServerConnection) -> None:
        await socket.send(self._fragments(), text=True)

    async def _fragments(self) -> AsyncIterator[bytes]:
        import asyncio

        length = len(self._content)
        for piece in range(self._pieces):
            if piece:
                await asyncio.sleep(self._pause)
            yield self._content[length * piece // self._pieces : length * (piece + 1) // self._pieces]


class CloseFrame:
    """A proper close; it waits until the client has answered or its time is up."""

    def __init__(self, code: int, reason: str) -> None:
        self._code = code
        self._reason = reason

    def __len__(self) -> int:
        return 0

    async def send(self, socket: ServerConnection) -> None:
        await socket.close(self._code, self._reason)


class Cut:
    """The end of the TCP connection, after the first half of a message.

    Args:
        content: The message; empty for none.
        within_frame: Whether the frame is cut, which then promised more bytes than come; else the first half is a
            whole fragment of a message that never ends.
    """

    def __init__(self, content: bytes = b"", *, within_frame: bool = False) -> None:
        self._content = content
        self._within_frame = within_frame

    def __len__(self) -> int:
        return len(self._content) // 2

    async def send(self, socket: ServerConnection) -> None:
        import asyncio

        from websockets.protocol import State

        transport = socket.transport
        if socket.state is State.OPEN:  # else the client was faster
            transport.write(self._start())
        try:
            async with asyncio.timeout(_FLUSH_SECONDS):
                while transport.get_write_buffer_size() and not transport.is_closing():  # noqa: ASYNC110  # no event
                    await asyncio.sleep(0.005)
        except TimeoutError:
            pass  # it is cut either way
        reset(socket)
        await socket.wait_closed()

    def _start(self) -> bytes:
        from websockets.frames import Frame, Opcode

        if not self._content:
            return b""
        if self._within_frame:
            whole = Frame(Opcode.TEXT, self._content).serialize(mask=False)
            return whole[: len(whole) // 2]
        return Frame(Opcode.TEXT, self._content[: len(self._content) // 2], fin=False).serialize(mask=False)


def pings(numbers: range) -> bytes:
    from websockets.frames import Frame, Opcode

    return b"".join(Frame(Opcode.PING, f"depthview {number}".encode()).serialize(mask=False) for number in numbers)


def reset(socket: ServerConnection) -> None:
    """End a TCP connection with RST, at once."""
    import socket as sockets

    raw = socket.transport.get_extra_info("socket")
    if raw is not None and not socket.transport.is_closing():
        raw.setsockopt(sockets.SOL_SOCKET, sockets.SO_LINGER, _RESET_AT_CLOSE)
    socket.transport.abort()
