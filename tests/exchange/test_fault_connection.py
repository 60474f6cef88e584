"""Silence, ends and floods on the wire."""

from __future__ import annotations

import asyncio
import json
import struct
from datetime import datetime

import pytest
from websockets.exceptions import ConnectionClosed, ConnectionClosedError
from websockets.frames import Frame, Opcode

from tests.exchange.client import HANDSHAKE, Client, Message, connected, eventually, kind
from tests.exchange.stage import OTHER, PRODUCT, Stage, stage

pytestmark = pytest.mark.usefixtures("strict_loop")


async def _is_silent(client: Client, seconds: float = 0.2) -> bool:
    """Whether nothing comes for so long; what came before is received first."""
    try:
        while True:
            async with asyncio.timeout(seconds):
                await client.receive()
    except TimeoutError:
        return True


async def test_in_a_stall_pongs_come_and_afterwards_all_that_was_held() -> None:
    async with stage(rate=100) as at:
        await at.level2()
        at.exchange.provoke("stall:seconds=0.6")
        assert await _is_silent(at.client)
        await (await at.client.socket.ping())
        assert not at.injected("stall", "end")
        await at.over("stall")
        await at.more(6)
        assert at.numbers() == list(range(len(at.numbers())))


async def test_what_is_sent_in_a_stall_may_be_lost() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("stall:seconds=0.3,lose=1")
        await at.over("stall")
        await at.more(6)
        numbers = at.numbers()
        missing = sorted(set(range(numbers[-1])).difference(numbers))
        assert len(missing) > 2
        assert missing == [entry.sequence for entry in at.injected("stall")]


async def test_half_open_answers_nothing_and_ends_in_a_reset() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("half_open:seconds=0.7")
        assert await _is_silent(at.client)
        await at.client.subscribe("ticker", PRODUCT)
        pong = await at.client.socket.ping()
        with pytest.raises(TimeoutError):
            async with asyncio.timeout(0.2):
                await asyncio.shield(pong)
        with pytest.raises(ConnectionClosedError) as closed:
            await at.client.until(lambda _frame: False)
        assert closed.value.rcvd is None
        with pytest.raises(ConnectionClosed):
            await pong
        assert at.injected("half_open", "end")


def _unix(frame: Message) -> float:
    return datetime.fromisoformat(frame["timestamp"]).timestamp()


@pytest.mark.parametrize(("stubborn", "comes_back"), [("0", False), ("1", True)])
async def test_heartbeats_stop_while_data_goes_on(stubborn: str, comes_back: bool) -> None:
    async with stage(speed=5) as at:
        await at.level2()
        at.exchange.provoke(f"heartbeat_stop:seconds=20,resubscribe={stubborn}")
        (begin,) = at.injected("heartbeat_stop", "begin")
        await eventually(lambda: len(at.injected("heartbeat_stop")) >= 2)
        await at.client.until(lambda frame: _unix(frame) > begin.at + 0.5)
        assert {kind(frame)[0] for frame in at.client.frames if _unix(frame) > begin.at} == {"l2_data"}
        assert at.numbers() == list(range(len(at.numbers())))
        await at.client.subscribe("heartbeats")
        await at.client.acknowledged()
        assert bool(at.injected("heartbeat_stop", "end")) is comes_back
        await at.client.until(lambda frame: kind(frame)[0] == "heartbeats")
        assert at.injected("heartbeat_stop", "end")


async def test_acknowledgements_may_fail_to_come() -> None:
    async with stage("no_ack:seconds=1", speed=5) as at:
        await at.client.subscribe("level2", PRODUCT)
        await eventually(lambda: bool(at.injected("no_ack")))
        await at.over("no_ack")
        await at.client.subscribe("heartbeats")
        assert await at.client.acknowledged() == {"level2": [PRODUCT], "heartbeats": ["heartbeats"]}
        assert at.client.kinds().count(("subscriptions", "", "")) == 1
        assert at.numbers() == list(range(len(at.numbers())))


async def test_a_book_may_be_confirmed_and_never_come() -> None:
    async with stage(f"no_snapshot:seconds=1,product={PRODUCT}", speed=5) as at:
        await at.client.subscribe("level2", PRODUCT, OTHER)
        assert await at.client.acknowledged() == {"level2": [PRODUCT, OTHER]}
        assert ("l2_data", "snapshot", OTHER) in at.client.kinds()
        assert ("l2_data", "snapshot", PRODUCT) not in at.client.kinds()
        await at.over("no_snapshot")
        await at.client.unsubscribe("level2", PRODUCT)
        await at.client.subscribe("level2", PRODUCT)
        await at.client.until(lambda frame: kind(frame) == ("l2_data", "snapshot", PRODUCT))
        assert at.numbers() == list(range(len(at.numbers())))


async def _end_of(at: Stage) -> ConnectionClosed:
    with pytest.raises(ConnectionClosed) as closed:
        await at.client.until(lambda _frame: False)
    return closed.value


@pytest.mark.parametrize("code", [1000, 1001, 1008, 1009, 1011, 1012, 1013, 4999])
async def test_a_connection_is_closed_with_the_code_and_reason_asked_for(code: int) -> None:
    async with stage(f"close:frame=4,code={code},reason=so long") as at:
        await at.client.subscribe("level2", PRODUCT)
        closed = await _end_of(at)
        assert closed.rcvd is not None
        assert (closed.rcvd.code, closed.rcvd.reason) == (code, "so long")
        assert at.numbers() == [0, 1, 2]
        async with connected(at.exchange.url) as again:
            await again.subscribe("level2", PRODUCT)
            assert (await again.receive())["sequence_num"] == 0


async def test_1006_is_an_end_without_a_word() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("close:code=1006")
        assert (await _end_of(at)).rcvd is None


async def _raw_until_reset(at: Stage) -> bytes:
    """All bytes that come over a connection by hand, subscribed to a book, until it is reset."""
    reader, writer = await asyncio.open_connection("127.0.0.1", at.exchange.port)
    writer.write(HANDSHAKE)
    assert (await reader.readuntil(b"\r\n\r\n")).startswith(b"HTTP/1.1 101")
    text = json.dumps({"type": "subscribe", "channel": "level2", "product_ids": [PRODUCT]}).encode()
    writer.write(struct.pack("!BB", 0x81, 0x80 | len(text)) + bytes(4) + text)
    read = bytearray()
    try:
        async with asyncio.timeout(5):
            while chunk := await reader.read(65_536):
                read += chunk
    except ConnectionResetError:
        writer.close()
        return bytes(read)
    raise AssertionError("the connection ended without a reset")


async def test_in_mid_snapshot_half_of_it_is_a_whole_fragment_that_nothing_follows() -> None:
    async with stage("close:after=0,connection=2,mid_snapshot=1") as at:
        read = await _raw_until_reset(at)
        first, second, length = struct.unpack_from("!BBH", read)
        assert (first, second) == (0x01, 126)  # text, not final
        assert len(read) == 4 + length
        assert read[4:].startswith(b'{"channel":"l2_data"')
        (entry,) = at.injected("close")
        assert (entry.sequence, entry.product, entry.action) == (0, PRODUCT, "cut")


async def test_a_truncated_frame_promises_more_than_comes() -> None:
    async with stage("truncated:after=0,connection=2") as at:
        read = await _raw_until_reset(at)
        first, second, length = struct.unpack_from("!BBH", read)
        assert (first, second) == (0x81, 126)  # text, final
        assert abs(2 * len(read) - (4 + length)) <= 1
        (entry,) = at.injected("truncated")
        assert (entry.sequence, entry.action) == (0, "cut")


async def test_a_drip_comes_in_pieces_and_pings_are_answered_meanwhile() -> None:
    async with stage("slow_drip:after=0,snapshot=1,pieces=8,seconds=0.4") as at:
        await at.client.subscribe("level2", PRODUCT)
        pieces: list[bytes] = []
        async for piece in at.client.socket.recv_streaming(decode=False):
            pieces.append(piece)
            if len(pieces) == 3:
                await (await at.client.socket.ping())
                assert len(pieces) < 8
        assert len([piece for piece in pieces if piece]) == 8
        assert json.loads(b"".join(pieces))["events"][0]["type"] == "snapshot"
        await at.more(3)
        assert at.numbers()[0] == 1


async def test_a_flood_is_as_many_frames_as_asked_for_and_all_are_true() -> None:
    clock_speed = 4
    async with stage(speed=clock_speed, rate=100) as at:
        await at.level2()
        at.exchange.provoke("flood:rate=400,seconds=1")
        await at.over("flood")
        (end,) = at.injected("flood", "end")
        assert 380 <= end.frames <= 400
        added = {entry.sequence for entry in at.injected("flood")}
        await at.client.until(lambda frame: frame["sequence_num"] >= max(number or 0 for number in added))
        flood = [frame for frame in at.client.frames if frame["sequence_num"] in added]
        assert len(flood) == end.frames
        assert {kind(frame) for frame in flood} == {("l2_data", "update", PRODUCT)}


async def test_a_channel_is_left_out_without_a_gap_on_new_connections_too() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("omit:seconds=0,channel=heartbeats")
        at.exchange.provoke(f"omit:seconds=0,channel=level2,product={PRODUCT},updates=1")
        async with connected(at.exchange.url) as client:
            await client.subscribe("heartbeats")
            await client.subscribe("level2", PRODUCT, OTHER)
            await client.acknowledged()
            await client.until(lambda frame: kind(frame) == ("l2_data", "update", OTHER))
            assert ("l2_data", "snapshot", PRODUCT) in client.kinds()
            assert ("l2_data", "update", PRODUCT) not in client.kinds()
            assert "heartbeats" not in {channel for channel, _, _ in client.kinds()}
            assert [frame["sequence_num"] for frame in client.frames] == list(range(len(client.frames)))


async def test_pings_come_at_their_rate_and_data_with_them_or_not() -> None:
    async with stage(speed=2) as at:
        await at.level2()
        pings = 0
        answer = at.client.socket.protocol.recv_frame

        def count(frame: Frame) -> None:
            nonlocal pings
            pings += frame.opcode is Opcode.PING
            answer(frame)

        at.client.socket.protocol.recv_frame = count  # type: ignore[method-assign]
        at.exchange.provoke("pings:rate=100,seconds=1")
        await eventually(lambda: pings >= 100)
        await at.over("pings")
        await at.more(4)
        assert pings == 100
        at.exchange.provoke("pings:rate=100,seconds=8,silent=1")
        assert await _is_silent(at.client)
        await eventually(lambda: pings > 100)
        await at.over("pings")
        await at.more(4)
        assert at.numbers() == list(range(len(at.numbers())))
