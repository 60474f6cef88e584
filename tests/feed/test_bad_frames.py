"""Frames that nobody can read: counted, explained, and healed by as little as will do."""

from __future__ import annotations

import json

import pytest

from depthview.core.sequence import Scope
from depthview.errors import ConnectionFailed
from depthview.feed import websocket
from depthview.views.market import ConnectionState
from tests.support.feed import feed
from tests.support.relay import book_of
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("strict_loop")

_JUNK: dict[str, str | bytes] = {
    "no JSON": "what is this",
    "empty": "",
    "a number": "17",
    "a list": '["l2_data"]',
    "cut off": '{"channel":"l2_data","events":[{"type":"upd',
    "deep": "[" * 100_000,
    "a long number": '{"channel":"l2_data","sequence_num":' + "9" * 5000 + "}",
    "binary": b"\x00\x01\x02",
    "escapes": '{"type":"\x1b]52;c;QUJD\x07"',
}


@pytest.mark.parametrize("junk", _JUNK.values(), ids=_JUNK.keys())
async def test_a_frame_beside_the_numbers_is_counted_and_hurts_no_book(junk: str | bytes) -> None:
    async with feed(products=("BTC-USD",), signed=False) as running:
        await running.synced()
        await running.relay.inject(junk)
        await until(lambda: running.sample("BTC-USD")["connection"]["bad_frames"] == 1, "its count")
        await running.agrees()
        assert running.verdicts() == {"BTC-USD": "SYNCED"}
        assert running.relay.accepted == 1
        assert running.told("frame that")
        assert all(event.text.isprintable() for event in running.events())


async def test_a_frame_lost_to_junk_leaves_a_gap() -> None:
    async with feed(products=("BTC-USD",), scope=Scope.CONNECTION) as running:
        await running.synced()
        spoilt = running.relay.replace(book_of("BTC-USD"), "\N{SNOWMAN}")
        await until(lambda: spoilt.struck, "the spoilt frame")
        await until(lambda: running.sample("BTC-USD")["connection"]["resyncs"] == 1, "the resync")
        await running.synced()
        assert running.sample("BTC-USD")["sequence"]["gaps"] == 1
        assert running.sample("BTC-USD")["connection"]["bad_frames"] == 1
        await running.agrees()


async def test_a_damaged_frame_uses_up_its_number_and_costs_the_book_its_proof() -> None:
    async with feed(products=("BTC-USD",), scope=Scope.CONNECTION) as running:
        await running.synced()
        number = 0
        spoilt = running.relay.change(book_of("BTC-USD"), lambda frame: frame.update(events="gone"))
        await until(lambda: spoilt.struck, "the spoilt frame")
        assert spoilt.frame is not None
        number = spoilt.frame["sequence_num"]
        await until(lambda: running.told(f"message {number} cannot be read"), "the doubt")
        await running.synced()
        shown = running.sample("BTC-USD")
        assert (shown["sequence"]["gaps"], shown["connection"]["bad_frames"]) == (0, 1)
        assert shown["connection"]["resyncs"] == 1
        await running.agrees()


@pytest.mark.parametrize("size", ["NaN", "-1", "1e400", "", "\u0663", "9" * 4000])
async def test_a_row_with_a_hostile_number_is_counted_and_the_book_asked_for_anew(size: str) -> None:
    async with feed(products=("BTC-USD",)) as running:
        await running.synced()

        def poison(frame: dict[str, list[dict[str, list[dict[str, str]]]]]) -> None:
            frame["events"][0]["updates"][0]["new_quantity"] = size

        spoilt = running.relay.change(book_of("BTC-USD"), poison)
        await until(lambda: spoilt.struck, "the poisoned frame")
        await until(lambda: running.sample("BTC-USD")["connection"]["bad_rows"] == 1, "its count")
        await until(lambda: running.told("1 row that cannot be applied: healed"), "the healing")
        await running.agrees()


async def test_text_that_is_not_utf_8_is_a_bad_frame_and_a_new_connection() -> None:
    async with feed(products=("BTC-USD",)) as running:
        await running.synced()
        await running.relay.inject(b'{"channel":"\xff"}', text=True)
        await until(lambda: running.relay.accepted == 2, "a new connection")
        await running.synced()
        assert running.told("connection closed: text message is not UTF-8 (1007)")
        assert running.sample("BTC-USD")["connection"]["bad_frames"] == 1
        await running.agrees()


async def test_a_message_beyond_every_limit_ends_the_feed_with_a_word(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(websocket, "MAX_MESSAGE_BYTES", 1 << 20)
    async with feed(products=("BTC-USD",)) as running:
        await running.synced()
        await running.relay.inject(json.dumps({"channel": "x" * (1 << 20)}))
        await until(running.task.done, "the end")
        with pytest.raises(ConnectionFailed, match="exceeds the size limit") as caught:
            running.task.result()
        assert caught.value.final
        shown = running.sample("BTC-USD")
        assert (shown["verdict"], shown["bids"]) == ("DOWN", None)
        assert "exceeds the size limit" in shown["reason"]
        assert shown["connection"]["bad_frames"] == 1
        assert running.session.connection.state is ConnectionState.FAILED
        assert running.told("not trying again")
        assert running.relay.accepted == 1


async def test_a_snapshot_larger_than_the_library_s_own_limit_comes_through() -> None:
    async with feed(products=("BTC-USD",), options={"levels": 8000}) as running:
        await running.synced()
        assert len(running.sample("BTC-USD")["bids"]) > 7000
        snapshot = next(frame for frame in running.relay.passed if book_of("BTC-USD", "snapshot")(frame))
        assert len(json.dumps(snapshot)) > 1 << 20
        await running.agrees()
