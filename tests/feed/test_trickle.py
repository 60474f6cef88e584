"""A connection that brings next to nothing: pings are nothing, and a message has to grow."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING

import pytest

from depthview.session import liveness
from tests.support.feed import session_at
from tests.support.raw_venue import PING, book_frames, frame, raw_venue
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

pytestmark = pytest.mark.usefixtures("strict_loop")

_WITHIN = 30.0
"""Seconds for what takes two or three on a machine that does nothing else."""


def _then(
    trickle: Callable[[asyncio.StreamWriter], Awaitable[None]],
) -> Callable[[int, asyncio.StreamReader, asyncio.StreamWriter], Awaitable[None]]:
    """A venue that trickles on its first connection, and sends a book on every other."""

    async def script(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if number == 1:
            await trickle(writer)
            return
        for at in range(1000):
            frames = book_frames(first=3 * at)
            writer.write(b"".join(map(frame, frames)))
            await writer.drain()
            await asyncio.sleep(0.2)
        await reader.read()

    return script


async def _is_replaced(trickle: Callable[[asyncio.StreamWriter], Awaitable[None]], why: str) -> None:
    async with raw_venue(_then(trickle)) as venue, session_at(venue.url) as session:
        await until(lambda: venue.accepted == 2, "another connection", _WITHIN)
        await until(lambda: session.products.market("BTC-USD").verdict.trusted, "a trusted book", _WITHIN)
        assert any(event.text.startswith(f"{why}: connected again") for event in session.events.newest(50))


@pytest.mark.parametrize("whole", [True, False])
async def test_pings_keep_no_dead_connection_alive(monkeypatch: pytest.MonkeyPatch, whole: bool) -> None:
    monkeypatch.setattr(liveness, "RECONNECT_AFTER", 1.5)

    async def pings(writer: asyncio.StreamWriter) -> None:
        ping = frame(b"p" * 125, PING)
        while True:
            for piece in (ping,) if whole else (ping[:60], ping[60:]):
                writer.write(piece)
                await writer.drain()
                await asyncio.sleep(0.04)

    await _is_replaced(pings, "no message for 2 s")


async def test_a_message_that_hardly_grows_is_a_lost_connection(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "RECONNECT_AFTER", 1.0)
    monkeypatch.setattr(liveness, "STALLED_AFTER", 3.0)

    async def drips(writer: asyncio.StreamWriter) -> None:
        writer.write(frame(b"x" * 5_000_000)[:1000])
        while True:
            writer.write(b"x" * 500)
            await writer.drain()
            await asyncio.sleep(0.1)

    await _is_replaced(drips, "no complete message for 3 s, and hardly any bytes")


async def test_a_message_that_grows_is_waited_for(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(liveness, "RECONNECT_AFTER", 1.0)
    monkeypatch.setattr(liveness, "STALLED_AFTER", 1.0)
    monkeypatch.setattr(liveness, "STALLED_BYTES", 1_000)

    async def script(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        first, *others = book_frames()
        whole = frame(first + b" " * 200_000)
        for at in range(0, len(whole), 5_000):
            writer.write(whole[at : at + 5_000])
            await writer.drain()
            await asyncio.sleep(0.1)
        writer.write(b"".join(map(frame, others)))
        await reader.read()

    async with raw_venue(script) as venue, session_at(venue.url) as session:
        await until(lambda: session.products.market("BTC-USD").has_book, "the book", _WITHIN)
        assert venue.accepted == 1
