"""A WebSocket server that sends whatever bytes a test wants, also such as no library would send."""

from __future__ import annotations

import asyncio
import base64
import hashlib
import json
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Mapping

CONTINUATION: Final = 0x0
TEXT: Final = 0x1
PING: Final = 0x9
_FIN: Final = 0x80
_MAGIC: Final = b"258EAFA5-E914-47DA-95CA-C5AB0DC85B11"


def frame(payload: bytes, opcode: int = TEXT, *, fin: bool = True) -> bytes:
    """One unmasked frame (RFC 6455, 5.2)."""
    head = bytes([opcode | (_FIN if fin else 0)])
    if len(payload) < 126:
        return head + bytes([len(payload)]) + payload
    if len(payload) < 1 << 16:
        return head + b"\x7e" + len(payload).to_bytes(2) + payload
    return head + b"\x7f" + len(payload).to_bytes(8) + payload


def fragments(payload: bytes, count: int) -> bytes:
    """A text message in so many frames, of which the last ones may be empty."""
    size = max(1, -(-len(payload) // count))
    pieces = [payload[at * size : (at + 1) * size] for at in range(count)]
    return b"".join(frame(piece, CONTINUATION if at else TEXT, fin=at == count - 1) for at, piece in enumerate(pieces))


def book_frames(product: str = "BTC-USD", first: int = 0) -> list[bytes]:
    """Messages that make one book: acknowledgement, snapshot and an update, numbered from ``first``.

    They are not stamped, so that a book is not late where a slow machine takes seconds to read what comes before them.
    """
    time = "2026-08-09T20:25:48.174689Z"
    rows = [
        {"side": side, "event_time": time, "price_level": price, "new_quantity": "1"}
        for side, price in (("bid", "99.00"), ("offer", "101.00"))
    ]
    bodies: list[Mapping[str, object]] = [
        {"channel": "l2_data", "events": [{"type": "snapshot", "product_id": product, "updates": rows}]},
        {"channel": "subscriptions", "events": [{"subscriptions": {"level2": [product]}}]},
        {"channel": "l2_data", "events": [{"type": "update", "product_id": product, "updates": rows}]},
    ]
    return [json.dumps({"sequence_num": first + at, **body}).encode() for at, body in enumerate(bodies)]


@dataclass
class RawVenue:
    """What such a server has seen."""

    url: str = ""
    accepted: int = 0
    """WebSocket connections so far."""


Script = "Callable[[int, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]"


@asynccontextmanager
async def raw_venue(
    script: Callable[[int, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]],
) -> AsyncIterator[RawVenue]:
    """A server on loopback.

    Args:
        script: Called after each handshake with the connection's number from 1; the connection is cut off afterwards.
    """
    venue = RawVenue()
    running: set[asyncio.Task[None]] = set()

    async def serve(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        task = asyncio.current_task()
        assert task is not None
        running.add(task)
        try:
            head = await reader.readuntil(b"\r\n\r\n")
            lines = (line.partition(b":") for line in head.split(b"\r\n"))
            key = next(value.strip() for name, _, value in lines if name.lower() == b"sec-websocket-key")
            accept = base64.b64encode(hashlib.sha1(key + _MAGIC, usedforsecurity=False).digest())
            writer.write(
                b"HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                b"Sec-WebSocket-Accept: " + accept + b"\r\n\r\n"
            )
            venue.accepted += 1
            # asyncio complains of a handler that was cancelled.
            with suppress(ConnectionError, asyncio.CancelledError):
                await script(venue.accepted, reader, writer)
        finally:
            running.discard(task)
            writer.transport.abort()

    server = await asyncio.start_server(serve, "127.0.0.1", 0)
    venue.url = f"ws://127.0.0.1:{server.sockets[0].getsockname()[1]}"
    try:
        yield venue
    finally:
        server.close()
        for task in running:
            task.cancel()
        await asyncio.gather(*running, return_exceptions=True)
        await server.wait_closed()
