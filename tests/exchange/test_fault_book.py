"""Books that are shown wrong for a while, products that are not what they were, on the wire and back to the truth."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from depthview.exchange.faults.book import BAD_UPDATES
from tests.exchange.client import Client, Message, NaiveBook, connected, eventually, kind
from tests.exchange.stage import OTHER, PRODUCT, Stage, stage

if TYPE_CHECKING:
    from collections.abc import Iterator

pytestmark = pytest.mark.usefixtures("strict_loop")


def _books(frames: list[Message], product: str = PRODUCT) -> Iterator[tuple[Message, NaiveBook]]:
    """The book of a trusting client after each of its level2 frames."""
    book = NaiveBook()
    for frame in frames:
        if kind(frame)[0] == "l2_data" and kind(frame)[2] == product:
            book.apply(frame["events"][0])
            yield frame, book


def _margin(book: NaiveBook) -> Decimal:
    """Best ask less best bid."""
    return Decimal(book.best("offer")[0]) - Decimal(book.best("bid")[0])


async def _catch_up(at: Stage, fault: str) -> None:
    """Receive everything up to a frame that was sent after a fault was over."""
    await at.over(fault)
    last = max(entry.sequence or 0 for entry in at.injected(fault))
    await at.client.until(lambda frame: frame.get("sequence_num", 0) > last + 2)


@pytest.mark.parametrize("locked", [False, True])
async def test_a_book_stays_crossed_or_locked_for_a_time(locked: bool) -> None:
    async with stage(speed=4) as at:
        await at.level2()
        at.exchange.provoke(f"crossed:seconds=2,locked={locked:d}")
        await _catch_up(at, "crossed")
        changed = {entry.sequence for entry in at.injected("crossed") if entry.action != "restored"}
        assert len(changed) > 3
        for frame, book in _books(at.client.frames):
            is_bad = _margin(book) == 0 if locked else _margin(book) < 0
            assert is_bad is (frame["sequence_num"] in changed)
        assert at.injected("crossed")[-1].action == "restored"
        assert at.numbers() == list(range(len(at.numbers())))


async def test_a_book_may_be_crossed_for_one_frame() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("crossed:seconds=0")
        await _catch_up(at, "crossed")
        bad = [frame["sequence_num"] for frame, book in _books(at.client.frames) if _margin(book) < 0]
        first, second = at.injected("crossed")
        assert bad == [first.sequence]
        assert (second.action, second.sequence) == ("restored", bad[0] + 1)


async def test_a_new_snapshot_and_a_new_connection_are_crossed_too_while_it_lasts() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("crossed:seconds=30")
        await at.client.unsubscribe("level2", PRODUCT)
        await at.client.acknowledged()
        await at.client.subscribe("level2", PRODUCT)
        await at.client.acknowledged()
        async with connected(at.exchange.url) as second:
            await second.subscribe("level2", PRODUCT)
            await second.acknowledged()
            for client in (at.client, second):
                snapshots = [(f, _margin(b)) for f, b in _books(client.frames) if kind(f)[1] == "snapshot"]
                assert snapshots[-1][1] < 0


async def test_odd_sizes_are_legal_and_go_again() -> None:
    async with stage(speed=4) as at:
        await at.level2()
        at.exchange.provoke("odd_sizes:seconds=1")
        await _catch_up(at, "odd_sizes")
        sizes: set[str] = set()
        for _, book in _books(at.client.frames):
            sizes |= {size for levels in book.sides.values() for _, size in levels.values()}
        assert {"0.000000000000000001", "999999999999999"} <= sizes
        assert not {"0.000000000000000001", "999999999999999"} & {
            size for levels in book.sides.values() for _, size in levels.values()
        }


async def test_a_wrong_ticker_disagrees_with_the_book_five_times_in_three_seconds_and_then_agrees() -> None:
    async with stage(speed=4) as at:
        await at.level2()
        await at.client.subscribe("ticker", PRODUCT)
        await at.client.acknowledged()
        at.exchange.provoke("wrong_ticker:seconds=3")
        await _catch_up(at, "wrong_ticker")
        entries = at.injected("wrong_ticker")
        wrong = {entry.sequence for entry in entries if entry.action == "changed"}
        assert len(wrong) >= 5
        book = NaiveBook()
        for frame in at.client.frames:
            if kind(frame)[0] == "l2_data":
                book.apply(frame["events"][0])
            elif kind(frame)[0] == "ticker":
                (ticker,) = frame["events"][0]["tickers"]
                agrees = (ticker["best_bid"], ticker["best_ask"]) == (book.best("bid")[0], book.best("offer")[0])
                assert agrees is (frame["sequence_num"] not in wrong)
        assert entries[-1].action == "restored"


async def test_an_early_update_comes_before_the_snapshot_and_is_not_true() -> None:
    async with stage("early_update") as at:
        await at.level2()
        early, snapshot = at.client.frames[:2]
        assert [kind(frame)[1] for frame in (early, snapshot)] == ["update", "snapshot"]
        (row,) = early["events"][0]["updates"]
        assert row["price_level"] not in [other["price_level"] for other in snapshot["events"][0]["updates"]]
        assert at.numbers() == list(range(len(at.numbers())))


async def test_a_second_snapshot_is_true() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("second_snapshot")
        await _catch_up(at, "second_snapshot")
        (entry,) = at.injected("second_snapshot")
        before = NaiveBook()
        for frame in at.client.frames:
            if kind(frame)[0] != "l2_data":
                continue
            if frame["sequence_num"] == entry.sequence:
                snapshot = NaiveBook()
                snapshot.apply(frame["events"][0])
                assert kind(frame)[1] == "snapshot"
                assert snapshot.whole() == before.whole()
            before.apply(frame["events"][0])


@pytest.mark.parametrize(
    ("fault", "bids", "offers"),
    [("empty_snapshot:", 0, 0), ("one_sided:missing=bid,", 0, 1), ("one_sided:missing=offer,", 1, 0)],
)
async def test_a_side_or_both_may_be_missing_and_come_back_by_a_snapshot(fault: str, bids: int, offers: int) -> None:
    name = fault.partition(":")[0]
    async with stage(speed=4) as at:
        await at.level2()
        await at.client.subscribe("ticker", PRODUCT)
        await at.client.acknowledged()
        at.exchange.provoke(f"{fault}seconds=2")
        await _catch_up(at, name)
        shown = [entry for entry in at.injected(name) if entry.action in {"changed", "restored"}]
        first, last = (entry.sequence or 0 for entry in shown)
        between = [frame for frame in at.client.frames if first < frame["sequence_num"] < last]
        assert {kind(frame)[0] for frame in between} <= {"heartbeats"}
        for frame, book in _books(at.client.frames):
            if frame["sequence_num"] == first:
                assert (bool(book.sides["bid"]), bool(book.sides["offer"])) == (bool(bids), bool(offers))
            elif frame["sequence_num"] == last:
                assert kind(frame)[1] == "snapshot"
                assert _margin(book) > 0
        assert at.numbers() == list(range(len(at.numbers())))


async def test_a_huge_snapshot_is_huge_and_taken_back() -> None:
    async with stage(speed=4) as at:
        await at.client.subscribe("level2", PRODUCT)
        await at.client.acknowledged()
        at.exchange.provoke("huge_snapshot:levels=100000,seconds=1")
        while True:
            raw = await at.client.socket.recv()
            if len(raw) > 1_000_000:
                break
        assert len(raw) > 8 << 20
        rows = json.loads(raw)["events"][0]["updates"]
        assert len({(row["side"], row["price_level"]) for row in rows}) == len(rows) > 100_000
        await at.over("huge_snapshot")
        restored = await at.client.until(lambda frame: kind(frame)[:2] == ("l2_data", "snapshot"))
        assert len(restored["events"][0]["updates"]) < 100


async def test_a_product_is_delisted_frozen_and_listed_again() -> None:
    async with stage(speed=4) as at:
        await at.level2(PRODUCT, OTHER)
        await at.client.subscribe("status", PRODUCT)
        await at.client.acknowledged()
        at.exchange.provoke(f"delist:product={PRODUCT},status=auction,message=opening soon,seconds=2")
        frozen = at.exchange.truth()[PRODUCT]
        seen = len(at.client.frames)

        def tells(status: str, message: str) -> bool:
            return any(
                (row["status"], row["status_message"]) == (status, message)
                for frame in at.client.frames[seen:]
                if kind(frame)[0] == "status"
                for row in frame["events"][0]["products"]
            )

        while not tells("auction", "opening soon"):
            await at.client.receive()
        (listed,) = [row for row in await _list(at) if row["product_id"] == PRODUCT]
        assert (listed["status"], listed["trading_disabled"], listed["auction_mode"]) == ("auction", True, True)
        assert at.exchange.truth()[PRODUCT] == frozen
        while not tells("online", ""):
            await at.client.receive()
        there = len(at.client.frames)
        updates = [kind(frame)[2] for frame in at.client.frames[seen:there] if kind(frame)[0] == "l2_data"]
        assert PRODUCT not in updates[1:]
        await at.client.until(lambda frame: kind(frame) == ("l2_data", "update", PRODUCT))
        (listed,) = [row for row in await _list(at) if row["product_id"] == PRODUCT]
        assert (listed["status"], listed["trading_disabled"], listed["auction_mode"]) == ("online", False, False)


@pytest.mark.parametrize("status", ["cancel_only", "post_only", "limit_only"])
async def test_a_product_may_be_restricted_instead(status: str) -> None:
    async with stage() as at:
        at.exchange.provoke(f"delist:product={PRODUCT},status={status},seconds=0")
        flags = ("cancel_only", "post_only", "limit_only", "trading_disabled", "auction_mode")
        while True:
            rows = {row["product_id"]: row for row in await _list(at)}
            if rows[PRODUCT]["status"] == status:
                break
        assert [flag for flag in flags if rows[PRODUCT][flag]] == [status]
        assert not any(rows[OTHER][flag] for flag in flags)


async def _list(at: Stage) -> list[Message]:
    reader, writer = await asyncio.open_connection("127.0.0.1", at.exchange.port)
    writer.write(b"GET /api/v3/brokerage/market/products HTTP/1.1\r\nHost: x\r\n\r\n")
    _, _, body = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")
    writer.close()
    products: list[Message] = json.loads(body)["products"]
    return products


async def test_frames_of_an_unsubscribed_product_go_on_for_a_while() -> None:
    async with stage("late_frames:seconds=2", speed=4) as at:
        await at.level2(PRODUCT, OTHER)
        await at.client.unsubscribe("level2", PRODUCT)
        assert (await at.client.acknowledged())["level2"] == [OTHER]
        left = at.numbers()[-1]
        await eventually(lambda: bool(at.injected("late_frames", "end")))
        late = [entry.sequence or 0 for entry in at.injected("late_frames")]
        await at.client.until(lambda frame: frame["sequence_num"] > late[-1] + 20)
        after = [frame for frame in at.client.frames if frame["sequence_num"] > left]
        assert [frame["sequence_num"] for frame in after if kind(frame)[2] == PRODUCT] == late
        assert len(late) > 2
        assert at.numbers() == list(range(len(at.numbers())))


async def test_who_comes_back_meanwhile_keeps_the_product() -> None:
    async with stage("late_frames:seconds=1", speed=4) as at:
        await at.level2()
        await at.client.unsubscribe("level2", PRODUCT)
        await at.client.subscribe("level2", PRODUCT)
        await at.over("late_frames")
        seen = len(at.client.frames)
        await at.client.until(lambda _frame: len(at.client.frames) > seen + 40)
        *_, (_, book) = _books(at.client.frames)
        assert ("l2_data", "update", PRODUCT) in [kind(frame) for frame in at.client.frames[-10:]]
        assert _margin(book) > 0


async def test_an_unknown_product_may_be_answered_by_a_text() -> None:
    async with stage("product_error:text={product} is not one of ours") as at:
        await at.client.subscribe("level2", "NOPE-USD", PRODUCT)
        assert await at.client.error() == "NOPE-USD is not one of ours"
        assert await at.client.acknowledged() == {"level2": [PRODUCT]}


async def _names(client: Client) -> tuple[str, list[str]]:
    """The product in the next level2 update, and those of the next acknowledgement."""
    frame = await client.until(lambda frame: kind(frame)[:2] == ("l2_data", "update"))
    await client.subscribe("heartbeats")
    return kind(frame)[2], (await client.acknowledged())["level2"]


@pytest.mark.parametrize(
    ("keys", "asked", "data", "ack"),
    [
        ("which=asked", "ETH-USDC", "ETH-USDC", "ETH-USDC"),
        ("which=asked", "ETH-USD", "ETH-USD", "ETH-USD"),
        ("which=all", "ETH-USD", "ETH-USDC", "ETH-USDC"),
        ("which=asked,where=data", "ETH-USDC", "ETH-USDC", "ETH-USD"),
        ("which=asked,where=ack", "ETH-USDC", "ETH-USD", "ETH-USDC"),
    ],
)
async def test_an_alias_may_come_back_as_it_was_asked_for(keys: str, asked: str, data: str, ack: str) -> None:
    async with stage(f"alias:{keys}") as at:
        await at.client.subscribe("level2", asked)
        await at.client.acknowledged()
        assert await _names(at.client) == (data, [ack])


async def test_a_snapshot_comes_as_two_events_of_one_frame() -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke("split_snapshot")
        frame = await at.client.until(lambda frame: len(frame["events"]) > 1)
        first, second = frame["events"]
        assert {row["side"] for row in first["updates"]} == {"bid"}
        assert {row["side"] for row in second["updates"]} == {"offer"}
        assert {first["type"], second["type"]} == {"snapshot"}
        assert all(len(frame["events"]) == 1 for frame in await at.more(6))


@pytest.mark.parametrize("kind_of", list(BAD_UPDATES))
async def test_a_level2_event_has_no_list_of_rows(kind_of: str) -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke(f"bad_updates:kind={kind_of}")
        await at.over("bad_updates")
        (entry,) = at.injected("bad_updates")
        frame = await at.client.until(lambda frame: frame.get("sequence_num") == entry.sequence)
        (event,) = frame["events"]
        expected = BAD_UPDATES[kind_of]
        assert ("updates" in event) is (expected is not ...)
        assert event.get("updates", ...) == expected
        assert (event["type"], event["product_id"]) == ("update", PRODUCT)


@pytest.mark.parametrize(
    ("form", "name"), [("lower", PRODUCT.lower()), ("before", f" {PRODUCT}"), ("behind", f"{PRODUCT} ")]
)
async def test_an_update_names_its_product_otherwise(form: str, name: str) -> None:
    async with stage() as at:
        await at.level2()
        at.exchange.provoke(f"misnamed:form={form},count=2")
        for _ in range(2):
            frame = await at.client.until(lambda frame: kind(frame) == ("l2_data", "update", name))
            assert frame["events"][0]["updates"]
        assert name not in {kind(frame)[2] for frame in await at.more(6)}
        assert at.numbers() == list(range(len(at.numbers())))


@pytest.mark.parametrize("kind_of", ["missing", "null", "empty", "none"])
async def test_a_ticker_has_no_prices(kind_of: str) -> None:
    async with stage() as at:
        at.exchange.provoke(f"bare_ticker:kind={kind_of}")
        await at.client.subscribe("ticker", PRODUCT)
        await at.over("bare_ticker")
        (entry,) = at.injected("bare_ticker")
        frame = await at.client.until(lambda frame: frame.get("sequence_num") == entry.sequence)
        rows = frame["events"][0]["tickers"]
        assert len(rows) == (kind_of != "none")
        assert all(not row.get(name) for row in rows for name in ("price", "best_bid", "best_ask"))
