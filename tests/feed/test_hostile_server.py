"""Servers that send what no honest one would: the connection is lost with a reason, memory stays bounded, it heals."""

from __future__ import annotations

import asyncio
import json
from contextlib import asynccontextmanager
from typing import TYPE_CHECKING

import pytest
from websockets.asyncio.client import ClientConnection

from depthview.auth.endpoints import Endpoint
from depthview.clock import SystemClock
from depthview.errors import ConnectionFailed
from depthview.feed import connection
from depthview.feed.connection import MAX_FRAGMENTS, MAX_UNSENT_BYTES
from depthview.feed.websocket import WebSocketConnector
from depthview.feed.worker import Backoff, FeedWorker
from depthview.session.session import MarketSession
from tests.support.feed import ShortWaits, ends, session_at
from tests.support.raw_venue import PING, book_frames, fragments, frame, raw_venue
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from depthview.feed.websocket import WebSocketLink

pytestmark = pytest.mark.usefixtures("strict_loop")

_EMPTY_PINGS = frame(b"", PING) * 4096
_FULL_PINGS = frame(b"p" * 125, PING) * 512


async def _sends_a_book(writer: asyncio.StreamWriter) -> None:
    writer.write(b"".join(map(frame, book_frames())))
    await writer.drain()


async def _stays_open(reader: asyncio.StreamReader) -> None:
    while await reader.read(1 << 16):
        pass


async def _healed(session: MarketSession) -> None:
    """Wait for a trusted book on the second connection, and see that nothing was called a crash."""
    await until(lambda: session.connection.opened == 2, "a second connection")
    await until(lambda: session.products.market("BTC-USD").verdict.trusted, "a trusted book on it")
    assert "please report it" not in _log(session)


def _log(session: MarketSession) -> str:
    return "\n".join(event.text for event in session.events.newest(100))


# --- fragments --------------------------------------------------------------------------------------------------------


async def test_a_message_in_as_many_fragments_as_are_allowed_is_read() -> None:
    async def script(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        snapshot, *others = book_frames()
        writer.write(fragments(snapshot, MAX_FRAGMENTS) + b"".join(map(frame, others)))
        await _stays_open(reader)

    async with raw_venue(script) as venue, session_at(venue.url) as session:
        await until(lambda: session.products.market("BTC-USD").verdict.trusted, "a trusted book", 30)
        await until(lambda: session.rates.frames == 3, "the other messages")
        assert venue.accepted == 1


async def test_more_fragments_are_a_lost_connection_that_is_made_anew() -> None:
    async def script(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if number == 1:
            writer.write(fragments(book_frames()[0], MAX_FRAGMENTS + 2000))
        else:
            await _sends_a_book(writer)
        await _stays_open(reader)

    async with raw_venue(script) as venue, session_at(venue.url) as session:
        await until(lambda: "too many fragments" in _log(session), "its reason", 30)
        await _healed(session)
        assert session.statistics.bad_frames == 1


async def test_a_failure_is_raised_again_by_every_later_call() -> None:
    async def script(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(fragments(b"x" * 100, MAX_FRAGMENTS + 2000))
        await _stays_open(reader)

    async with raw_venue(script) as venue:
        failures: list[ConnectionFailed] = []
        async with _link(venue.url) as link:
            assert await link.receive() == b""
            for call in (link.receive, link.receive, lambda: link.send(b"{}")):
                with pytest.raises(ConnectionFailed) as caught:
                    await call()
                failures.append(caught.value)
        assert len({id(failure) for failure in failures}) == 1
        assert not failures[0].final


@asynccontextmanager
async def _link(url: str) -> AsyncIterator[WebSocketLink]:
    async with WebSocketConnector(Endpoint.parse(url), SystemClock()).open() as link:
        yield link


@pytest.mark.parametrize("kind", [AssertionError, RuntimeError, IndexError])
async def test_an_exception_of_the_library_is_a_lost_connection(
    monkeypatch: pytest.MonkeyPatch, kind: type[Exception]
) -> None:
    recv = ClientConnection.recv
    failed: list[str | bytes] = []

    async def failing(self: ClientConnection, decode: bool | None = None) -> str | bytes:
        message = await recv(self, decode)
        if not failed:
            failed.append(message)
            raise kind
        return message

    monkeypatch.setattr(ClientConnection, "recv", failing)

    async def script(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _sends_a_book(writer)
        await _stays_open(reader)

    async with raw_venue(script) as venue, session_at(venue.url) as session:
        await _healed(session)
        assert f"connection lost: the WebSocket library failed ({kind.__name__})" in _log(session)


# --- pings ------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("pings", [_EMPTY_PINGS, _FULL_PINGS], ids=["empty", "of 125 bytes"])
@pytest.mark.parametrize("reads", [True, False], ids=["reads", "does not read"])
async def test_a_flood_of_pings_is_a_lost_connection(pings: bytes, reads: bool) -> None:
    async def script(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _sends_a_book(writer)
        reading = asyncio.create_task(_stays_open(reader)) if reads or number > 1 else None
        while number == 1:
            writer.write(pings)
            await writer.drain()
        if reading is not None:
            await reading

    async with raw_venue(script) as venue, session_at(venue.url) as session:
        await _healed(session)
        assert "connection lost: the server sends more than 100 pings a second" in _log(session)


async def test_pongs_that_are_not_read_are_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    # Within the allowance of pings, which is therefore out of the way here.
    monkeypatch.setattr(connection, "PING_BURST", 10**9)
    unsent: list[int] = []
    received = connection.LimitedConnection.data_received

    def watched(self: connection.LimitedConnection, data: bytes) -> None:
        received(self, data)
        unsent.append(self.transport.get_write_buffer_size())

    monkeypatch.setattr(connection.LimitedConnection, "data_received", watched)

    async def script(number: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await _sends_a_book(writer)
        while number == 1:
            writer.write(_FULL_PINGS)
            await writer.drain()
        await _stays_open(reader)

    async with raw_venue(script) as venue, session_at(venue.url) as session:
        await _healed(session)
        assert "connection lost: the server sends pings and does not read the answers" in _log(session)
        assert max(unsent) < MAX_UNSENT_BYTES + (64 << 10)


async def test_pings_of_an_honest_server_do_no_harm_and_are_no_part_of_a_message() -> None:
    pongs = bytearray()

    async def script(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        await reader.read(1)
        await _sends_a_book(writer)
        writer.write(frame(b"abc", PING) * 500)
        while piece := await reader.read(1 << 16):
            pongs.extend(piece)

    async with raw_venue(script) as venue, _link(venue.url) as link:
        before = link.bytes_heard
        await link.send(b"{}")
        for _ in range(3):
            await link.receive()
        await until(lambda: len(pongs) >= 500 * 9, "the pongs")  # a masked frame of three bytes has nine
        assert link.bytes_heard - before == sum(len(frame(body)) for body in book_frames())


async def test_time_passes_although_nothing_can_be_sent() -> None:
    """A peer that reads nothing holds up what is sent, and neither silence nor age may go unnoticed meanwhile."""
    blocked = asyncio.Event()

    class _Blocked:
        clock_offset = None
        bytes_heard = 0
        waiting = False

        async def receive(self) -> str:
            await asyncio.Event().wait()
            raise AssertionError

        async def send(self, text: bytes) -> None:
            if blocked.is_set():
                await asyncio.Event().wait()
            blocked.set()

    class _Connector:
        @asynccontextmanager
        async def open(self) -> AsyncIterator[_Blocked]:
            yield _Blocked()

    ticks: list[float] = []

    class _Session(MarketSession):
        def tick(self, now: float, unix: float) -> None:
            ticks.append(now)
            super().tick(now, unix)

    session, clock = _Session(("BTC-USD", "ETH-USD"), signed=False), SystemClock()
    task = asyncio.create_task(FeedWorker(_Connector(), session, clock, Backoff(ShortWaits())).run())
    await until(blocked.is_set, "a message")
    seen = len(ticks)
    await until(lambda: len(ticks) > seen + 3, "ticks")
    await ends(task)


# --- messages ---------------------------------------------------------------------------------------------------------


async def test_messages_that_wait_to_be_received_are_bounded_in_bytes(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connection, "MAX_WAITING_BYTES", 1 << 20)
    body = json.dumps({"channel": "\N{SNOWMAN}" * (1 << 17)}, ensure_ascii=False).encode()
    sent = 0

    async def script(_: int, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        for _ in range(40):
            writer.write(frame(body))
            await writer.drain()
            sent += len(body)
        await _stays_open(reader)

    async with raw_venue(script) as venue, _link(venue.url) as link:
        waiting = link._connection
        before = 0
        while sent != before:
            before = sent
            await asyncio.sleep(0.2)
        held = sum(len(waiting_frame.data) for waiting_frame in waiting.recv_messages.frames.queue)
        assert held < (1 << 20) + len(body) + (512 << 10)
        for _ in range(40):
            assert len(await link.receive()) > 1 << 17
        assert waiting._waiting_bytes == 0
