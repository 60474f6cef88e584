"""Frames that are none, text and numbers that are not what they should be, and the unheard-of, on the wire."""

from __future__ import annotations

import asyncio
import json
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from depthview.exchange.faults.content import BAD_COUNTERS, GARBAGE, NUMBERS, TEXTS
from tests.exchange.client import kind
from tests.exchange.stage import OTHER, PRODUCT, Stage, stage

pytestmark = pytest.mark.usefixtures("strict_loop")


async def _raw(at: Stage, frames: int) -> list[str | bytes]:
    async with asyncio.timeout(10):
        return [await at.client.socket.recv() for _ in range(frames)]


def _number(raw: str | bytes) -> int | None:
    try:
        frame = json.loads(raw)
    except (ValueError, RecursionError):
        return None
    number = frame.get("sequence_num") if isinstance(frame, dict) else None
    return number if isinstance(number, int) else None


async def test_garbage_comes_between_frames_and_uses_no_number() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("garbage")
        raw = await _raw(at, len(GARBAGE) + 6)
        strange = [text for text in raw if _number(text) is None]
        expected = [item.decode() if isinstance(item, bytes) else bytes(range(256)) for item in GARBAGE.values()]
        assert strange == expected
        numbers = [number for text in raw if (number := _number(text)) is not None]
        assert numbers == list(range(numbers[0], numbers[0] + len(numbers)))
        assert len(at.injected("garbage")) == len(GARBAGE)


async def test_what_garbage_is() -> None:
    async with stage() as at:
        await at.level2()
        for name, flaw in [("json", json.JSONDecodeError), ("deep", RecursionError), ("bigint", ValueError)]:
            at.exchange.provoke(f"garbage:kind={name}")
            while _number(raw := (await _raw(at, 1))[0]) is not None:
                pass
            with pytest.raises(flaw):
                json.loads(raw)


async def test_garbage_instead_of_a_frame_uses_up_its_number() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("garbage:kind=list,instead=1")
        raw = await _raw(at, 8)
        assert raw.count('[{"channel":"l2_data"}]') == 1
        numbers = [number for text in raw if (number := _number(text)) is not None]
        (entry,) = at.injected("garbage")
        assert sorted([*numbers, entry.sequence or 0]) == list(
            range(min(numbers[0], entry.sequence or 0), numbers[-1] + 1)
        )
        assert (entry.action, entry.sequence in numbers) == ("replaced", False)


async def test_text_that_is_not_utf8_makes_a_client_close_with_1007() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("bad_utf8")
        with pytest.raises(ConnectionClosed) as closed:
            await at.client.until(lambda _frame: False)
        assert closed.value.sent is not None
        assert closed.value.sent.code == 1007


async def test_hostile_text_stands_in_errors_trades_statuses_and_the_list() -> None:
    async with stage() as at:
        await at.level2()
        await at.client.subscribe("market_trades", PRODUCT)
        await at.client.acknowledged()
        await at.client.subscribe("status", PRODUCT)
        await at.client.acknowledged()
        at.exchange.provoke("hostile_text:seconds=0.5")
        listed = await _listed(at)
        assert set(TEXTS.values()) <= set(listed)
        await at.over("hostile_text")
        await at.client.until(
            lambda frame: (
                frame.get("channel") == "status"
                and frame["events"][0]["products"][0]["status"] == "online"
                and len(_errors(at)) == len(TEXTS)
            )
        )
        assert _errors(at) == list(TEXTS.values())
        trades = [
            frame["events"][0]["trades"][0]["trade_id"]
            for frame in at.client.frames
            if frame.get("channel") == "market_trades"
        ]
        assert [name for name in trades if name in TEXTS.values()] == list(TEXTS.values())
        rows = [frame["events"][0]["products"][0] for frame in at.client.frames if frame.get("channel") == "status"]
        assert [row["status_message"] for row in rows if row["status_message"]] == list(TEXTS.values())
        assert rows[-1]["status"] == "online"
        assert set(await _listed(at)).isdisjoint(TEXTS.values())
        assert at.numbers() == list(range(len(at.numbers())))


def _errors(at: Stage) -> list[str]:
    return [frame["message"] for frame in at.client.frames if frame.get("type") == "error"]


async def _listed(at: Stage) -> list[str]:
    reader, writer = await asyncio.open_connection("127.0.0.1", at.exchange.port)
    writer.write(b"GET /api/v3/brokerage/market/products HTTP/1.1\r\nHost: x\r\n\r\n")
    _, _, body = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")
    writer.close()
    return [product["product_id"] for product in json.loads(body)["products"]]


async def test_texts_are_what_their_kinds_say() -> None:
    assert TEXTS["osc52"].startswith("\x1b]52;")
    assert any("\x80" <= char <= "\x9f" for char in TEXTS["c1"])
    assert "\u202e" in TEXTS["bidi"]
    assert len(TEXTS["long"]) == 5_000
    with pytest.raises(UnicodeEncodeError):
        TEXTS["surrogate"].encode()


def _rows(frames: list[dict[str, Any]], sequence: int | None) -> list[dict[str, Any]]:
    (frame,) = (frame for frame in frames if frame["sequence_num"] == sequence)
    assert kind(frame) == ("l2_data", "update", PRODUCT)
    rows: list[dict[str, Any]] = frame["events"][0]["updates"]
    return rows


@pytest.mark.parametrize(("where", "field"), [("size", "new_quantity"), ("price", "price_level")])
async def test_hostile_numbers_stand_in_an_update_that_is_numbered_like_any(where: str, field: str) -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke(f"hostile_numbers:where={where}")
        await at.more(6)
        (entry,) = at.injected("hostile_numbers")
        rows = _rows(at.client.frames, entry.sequence)
        assert [row[field] for row in rows[:-1]] == list(NUMBERS.values())
        assert rows[-1]["side"] == "buy"
        assert at.numbers() == list(range(len(at.numbers())))


async def test_a_single_kind_waits_for_a_book() -> None:
    async with stage("hostile_numbers:kind=nan,after=0") as at:
        await at.level2()
        await at.more(4)
        (entry,) = at.injected("hostile_numbers")
        assert [row["new_quantity"] for row in _rows(at.client.frames, entry.sequence)] == ["NaN"]


async def test_unknown_channels_and_events_have_numbers_too() -> None:
    async with stage() as at:
        await at.level2(PRODUCT, OTHER)
        at.exchange.provoke('unknown_channel:name=new"one')
        at.exchange.provoke("unknown_event:kind=advice")
        at.exchange.provoke("unknown_event:kind=pulse,on=heartbeats")
        await at.more(8)
        strange = [kind(frame)[:2] for frame in at.client.frames if kind(frame)[1] in {"advice", "pulse"}]
        assert strange == [("l2_data", "advice"), ("heartbeats", "pulse")]
        assert [frame for frame in at.client.frames if frame["channel"] == 'new"one']
        assert at.numbers() == list(range(len(at.numbers())))


@pytest.mark.parametrize("counter", list(BAD_COUNTERS))
async def test_a_heartbeats_counter_is_no_counter(counter: str) -> None:
    async with stage(speed=4) as at:
        await at.level2()
        at.exchange.provoke(f"bad_heartbeat:kind={counter}")
        await at.over("bad_heartbeat")
        (entry,) = at.injected("bad_heartbeat")
        heartbeat = await at.client.until(lambda frame: frame["sequence_num"] == entry.sequence)
        assert heartbeat["events"][0]["heartbeat_counter"] == BAD_COUNTERS[counter]
        heartbeat = await at.client.until(lambda frame: frame["channel"] == "heartbeats")
        assert type(heartbeat["events"][0]["heartbeat_counter"]) is int
