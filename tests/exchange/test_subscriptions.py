"""What a client gets for what it asks, in which order, and what it is told when it asks wrongly."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest
from websockets.exceptions import ConnectionClosed

from depthview.clock import ManualClock, SystemClock
from depthview.exchange.options import ExchangeOptions
from depthview.exchange.products import PRODUCTS
from depthview.exchange.server import Exchange
from tests.exchange.client import connected, kind
from tests.exchange.stage import FastClock

pytestmark = pytest.mark.usefixtures("strict_loop")

SMALL = ExchangeOptions(products=("ETH-USD", "ETH-EUR", "XLM-EUR"), levels=40, rate=200)


async def test_data_comes_first_and_the_acknowledgement_shows_all_that_is_on() -> None:
    async with Exchange(SMALL, SystemClock()) as exchange, connected(exchange.url) as client:
        await client.subscribe("level2", "ETH-USD", "ETH-EUR")
        assert await client.acknowledged() == {"level2": ["ETH-USD", "ETH-EUR"]}
        assert client.kinds()[:2] == [("l2_data", "snapshot", "ETH-USD"), ("l2_data", "snapshot", "ETH-EUR")]
        await client.subscribe("heartbeats")
        await client.subscribe("market_trades", "ETH-EUR")
        await client.subscribe("ticker", "ETH-USD")
        await client.subscribe("ticker_batch", "XLM-EUR")
        await client.acknowledged()
        await client.acknowledged()
        await client.acknowledged()
        assert await client.acknowledged() == {
            "level2": ["ETH-USD", "ETH-EUR"],
            "heartbeats": ["heartbeats"],
            "market_trades": ["ETH-EUR"],
            "ticker": ["ETH-USD"],
            "ticker_batch": ["XLM-EUR"],
        }
        kinds = client.kinds()
        acknowledgements = [place for place, (channel, *_) in enumerate(kinds) if channel == "subscriptions"]
        for channel, product, acknowledgement in [
            ("market_trades", "ETH-EUR", acknowledgements[2]),
            ("ticker", "ETH-USD", acknowledgements[3]),
            ("ticker_batch", "XLM-EUR", acknowledgements[4]),
        ]:
            assert kinds.index((channel, "snapshot", product)) < acknowledgement


async def test_a_level2_snapshot_is_the_whole_book_in_order() -> None:
    async with Exchange(SMALL, ManualClock(unix=1_786_309_548.25)) as exchange, connected(exchange.url) as client:
        await client.subscribe("level2", "ETH-USD")
        frame = await client.receive()
        assert list(frame) == ["channel", "client_id", "timestamp", "sequence_num", "events"]
        assert frame["timestamp"] == "2026-08-09T21:05:48.25Z"
        (event,) = frame["events"]
        assert {name: event[name] for name in ("type", "product_id")} == {"type": "snapshot", "product_id": "ETH-USD"}
        assert {row["event_time"] for row in event["updates"]} == {"2026-08-09T21:05:48.25Z"}
        sides = [row["side"] for row in event["updates"]]
        assert sides == sorted(sides)
        assert set(sides) == {"bid", "offer"}
        rows = {
            side: [[row["price_level"], row["new_quantity"]] for row in event["updates"] if row["side"] == side]
            for side in ("bid", "offer")
        }
        truth = exchange.truth()["ETH-USD"]
        assert (rows["bid"], rows["offer"]) == (truth["bids"], truth["asks"])


async def test_a_second_subscription_brings_no_second_snapshot_and_a_new_one_does() -> None:
    async with Exchange(SMALL, SystemClock()) as exchange, connected(exchange.url) as client:
        await client.subscribe("level2", "ETH-USD")
        await client.acknowledged()
        await client.subscribe("level2", "ETH-USD", "XLM-EUR")
        assert await client.acknowledged() == {"level2": ["ETH-USD", "XLM-EUR"]}
        snapshots = [product for _, event, product in client.kinds() if event == "snapshot"]
        assert snapshots == ["ETH-USD", "XLM-EUR"]
        await client.unsubscribe("level2", "ETH-USD")
        assert await client.acknowledged() == {"level2": ["XLM-EUR"]}
        client.frames.clear()
        await client.subscribe("level2", "ETH-USD")
        assert await client.acknowledged() == {"level2": ["XLM-EUR", "ETH-USD"]}
        assert ("l2_data", "snapshot", "ETH-USD") in client.kinds()


async def test_an_unsubscribed_product_is_silent() -> None:
    async with Exchange(SMALL, SystemClock()) as exchange, connected(exchange.url) as client:
        await client.subscribe("level2", "ETH-USD", "ETH-EUR")
        await client.acknowledged()
        await client.until(lambda frame: kind(frame) == ("l2_data", "update", "ETH-USD"))
        await client.unsubscribe("level2", "ETH-USD")
        assert await client.acknowledged() == {"level2": ["ETH-EUR"]}
        client.frames.clear()
        for _ in range(5):
            await client.until(lambda frame: kind(frame) == ("l2_data", "update", "ETH-EUR"))
        assert {product for _, _, product in client.kinds()} == {"ETH-EUR"}


async def test_unsubscribing_without_products_drops_the_channel() -> None:
    async with Exchange(SMALL, SystemClock()) as exchange, connected(exchange.url) as client:
        await client.subscribe("level2", "ETH-USD", "ETH-EUR")
        await client.subscribe("ticker", "ETH-USD")
        await client.subscribe("heartbeats")
        for _ in range(3):
            await client.acknowledged()
        await client.send({"type": "unsubscribe", "channel": "level2"})
        assert await client.acknowledged() == {"ticker": ["ETH-USD"], "heartbeats": ["heartbeats"]}
        await client.unsubscribe("heartbeats", "ETH-USD")
        assert await client.acknowledged() == {"ticker": ["ETH-USD"]}


async def test_an_alias_answers_under_the_other_name() -> None:
    async with Exchange(SMALL, SystemClock()) as exchange, connected(exchange.url) as client:
        await client.subscribe("level2", "ETH-USDC")
        assert await client.acknowledged() == {"level2": ["ETH-USD"]}
        assert client.kinds()[0] == ("l2_data", "snapshot", "ETH-USD")
        await client.subscribe("level2", "ETH-USD")
        assert await client.acknowledged() == {"level2": ["ETH-USD"]}
        assert [event for _, event, _ in client.kinds()].count("snapshot") == 1
        await client.unsubscribe("level2", "ETH-USDC")
        assert await client.acknowledged() == {}


async def test_an_unknown_product_is_met_with_silence() -> None:
    async with Exchange(SMALL, SystemClock()) as exchange, connected(exchange.url) as client:
        await client.subscribe("level2", "NOPE-USD", "XLM-EUR", "")
        assert await client.acknowledged() == {"level2": ["XLM-EUR"]}
        assert {product for _, event, product in client.kinds() if event} == {"XLM-EUR"}
        assert exchange.refusals == ()


async def test_unknown_request_fields_are_tolerated() -> None:
    async with Exchange(SMALL, SystemClock()) as exchange, connected(exchange.url) as client:
        await client.subscribe("ticker", "XLM-EUR", api_key="k", signature={"x": [1]}, timestamp=None, user_id="")
        assert await client.acknowledged() == {"ticker": ["XLM-EUR"]}


async def test_status_tells_of_all_products_or_of_those_named() -> None:
    async with Exchange(SMALL, SystemClock()) as exchange, connected(exchange.url) as client:
        await client.subscribe("status", "ETH-EUR")
        (event,) = (await client.receive())["events"]
        assert event["products"] == [
            {
                "product_type": "SPOT",
                "id": "ETH-EUR",
                "base_currency": "ETH",
                "quote_currency": "EUR",
                "base_increment": "0.00000001",
                "quote_increment": "0.01",
                "display_name": "ETH/EUR",
                "status": "online",
                "status_message": "",
                "min_market_funds": "1",
            }
        ]
        assert await client.acknowledged() == {"status": ["ETH-EUR"]}
        await client.send({"type": "unsubscribe", "channel": "status"})
        await client.acknowledged()
        await client.send({"type": "subscribe", "channel": "status"})
        (event,) = (await client.receive())["events"]
        assert [product["id"] for product in event["products"]] == list(exchange.products)
        assert await client.acknowledged() == {"status": list(exchange.products)}


async def test_heartbeats_and_status_follow_the_clock() -> None:
    clock = ManualClock(unix=1_786_309_548.5)
    async with Exchange(SMALL, clock) as exchange, connected(exchange.url) as client:
        await client.subscribe("heartbeats")
        await client.subscribe("status", "XLM-EUR")
        await client.acknowledged()
        await client.acknowledged()
        for counter in range(1, 6):
            clock.advance(1)
            beat = await client.until(lambda frame: frame["channel"] == "heartbeats")
            assert beat["events"] == [
                {
                    "current_time": f"2026-08-09 21:05:{48 + counter}.5 +0000 UTC m=+{counter}.000000000",
                    "heartbeat_counter": counter,
                }
            ]
        again = await client.receive()
        assert [product["id"] for product in again["events"][0]["products"]] == ["XLM-EUR"]


async def test_trades_come_as_a_snapshot_newest_first_and_then_without_a_hole() -> None:
    async with Exchange(SMALL, SystemClock()) as exchange, connected(exchange.url) as client:
        await client.subscribe("market_trades", "ETH-USD")
        snapshot = (await client.receive())["events"][0]
        assert snapshot["type"] == "snapshot"
        numbers = [int(trade["trade_id"]) for trade in snapshot["trades"]]
        assert 0 < len(numbers) <= 100
        assert numbers == list(range(numbers[0], numbers[0] - len(numbers), -1))
        expected = numbers[0] + 1
        for _ in range(3):
            frame = await client.until(lambda frame: kind(frame)[:2] == ("market_trades", "update"))
            for trade in frame["events"][0]["trades"]:
                assert set(trade) == {"trade_id", "product_id", "price", "size", "time", "side"}
                assert int(trade["trade_id"]) == expected
                expected += 1


async def test_a_ticker_has_all_documented_fields_and_a_batch_lacks_the_touch() -> None:
    clock = ManualClock(unix=1_786_309_548.0)
    async with Exchange(SMALL, clock) as exchange, connected(exchange.url) as client:
        touch = {"best_bid", "best_bid_quantity", "best_ask", "best_ask_quantity"}
        figures = {
            *("type", "product_id", "price", "volume_24_h", "low_24_h", "high_24_h"),
            *("low_52_w", "high_52_w", "price_percent_chg_24_h"),
        }
        await client.subscribe("ticker", "ETH-USD")
        (ticker,) = (await client.receive())["events"][0]["tickers"]
        assert set(ticker) == figures | touch
        await client.acknowledged()
        await client.unsubscribe("ticker")
        await client.acknowledged()
        await client.subscribe("ticker_batch", "ETH-USD")
        await client.acknowledged()
        advancing = asyncio.create_task(_run_on(clock))
        for _ in range(2):
            (batch,) = (await client.receive())["events"][0]["tickers"]
            assert set(batch) == figures
        advancing.cancel()
        assert client.kinds().count(("ticker_batch", "update", "ETH-USD")) == 2


async def _run_on(clock: ManualClock) -> None:
    """Move a clock by a little less than the exchange catches up with at a time, for ever."""
    while True:
        clock.advance(0.8)
        await asyncio.sleep(0.06)


async def test_a_misspelt_channel_reads_like_a_bad_token() -> None:
    async with Exchange(SMALL, SystemClock()) as exchange, connected(exchange.url) as client:
        await client.subscribe("heartbeat")
        assert await client.error() == "authentication failure"
        assert [refusal.reason for refusal in exchange.refusals] == ["unknown channel"]
        await client.subscribe("heartbeats")
        assert await client.acknowledged() == {"heartbeats": ["heartbeats"]}


@pytest.mark.parametrize(
    "message",
    [
        {"type": "subscribe", "channels": ["full"], "product_ids": ["BTC-USD"]},
        {"type": "listen", "channel": "level2"},
        {"type": "subscribe", "channel": "level2", "product_ids": "ETH-USD"},
        {"type": "subscribe", "channel": None},
        [],
        "subscribe",
    ],
)
async def test_what_is_not_a_request_is_said_to_be_none(message: Any) -> None:  # noqa: ANN401  # any JSON
    async with Exchange(SMALL, SystemClock()) as exchange, connected(exchange.url) as client:
        await client.send(message)
        assert await client.error() == "subscribe or unsubscribe required"


@pytest.mark.parametrize("raw", ["", "{", "[" * 50_000, b'{"type":"subscribe","channel":"heartbeats"}', "\x00"])
async def test_nor_is_what_is_not_json_or_not_text(raw: str | bytes) -> None:
    async with Exchange(SMALL, SystemClock()) as exchange, connected(exchange.url) as client:
        await client.socket.send(raw)
        assert await client.error() == "subscribe or unsubscribe required"


async def test_the_complaint_is_repeated_until_a_request_comes() -> None:
    options = ExchangeOptions(products=("XLM-EUR",), complain_every_seconds=0.02)
    async with Exchange(options, FastClock(4)) as exchange, connected(exchange.url) as client:
        await client.send({"type": "hello"})
        for _ in range(4):
            assert await client.error() == "subscribe or unsubscribe required"
        await client.subscribe("heartbeats")
        await client.acknowledged()
        complaints = len(exchange.refusals)
        await client.until(lambda frame: frame.get("channel") == "heartbeats")
        assert len(exchange.refusals) == complaints


async def test_who_says_nothing_is_shown_out() -> None:
    options = ExchangeOptions(products=("XLM-EUR",), subscribe_within_seconds=0.05)
    async with Exchange(options, SystemClock()) as exchange, connected(exchange.url) as client:
        with pytest.raises(ConnectionClosed) as closed:
            await client.receive()
        assert closed.value.rcvd is not None
        assert (closed.value.rcvd.code, closed.value.rcvd.reason) == (1008, "no subscription in time")


async def test_who_said_something_may_stay() -> None:
    options = ExchangeOptions(products=("XLM-EUR",), subscribe_within_seconds=0.2)
    async with Exchange(options, FastClock(4)) as exchange, connected(exchange.url) as client:
        await client.subscribe("heartbeats")
        await client.until(lambda frame: frame.get("channel") == "heartbeats")
        await client.until(lambda frame: frame.get("channel") == "heartbeats")


async def test_thirty_level2_products_are_fine_and_one_more_is_not() -> None:
    names = [spec.product_id for spec in PRODUCTS]
    async with Exchange(ExchangeOptions(levels=20), SystemClock()) as exchange, connected(exchange.url) as client:
        await client.subscribe("level2", *names[:30], "NOPE-USD", "BTC-USDC")
        assert (await client.acknowledged())["level2"] == names[:30]
        await client.subscribe("level2", names[30])
        assert await client.error() == "too many L2 streams requested in a single session"
        await client.subscribe("ticker", *names)
        subscriptions = await client.acknowledged()
        assert subscriptions["ticker"] == names
        assert subscriptions["level2"] == names[:30]
        await client.unsubscribe("level2", names[0])
        await client.acknowledged()
        await client.subscribe("level2", names[30])
        assert (await client.acknowledged())["level2"] == names[1:31]


async def test_more_than_eight_unauthenticated_messages_a_second_are_too_many() -> None:
    clock = ManualClock(unix=1_786_309_548.0)
    async with Exchange(SMALL, clock) as exchange, connected(exchange.url) as client:
        for _ in range(9):
            await client.subscribe("heartbeats")
        for _ in range(8):
            await client.acknowledged()
        assert await client.error() == "rate limit exceeded"
        clock.advance(1)
        await client.subscribe("ticker", "XLM-EUR")
        assert await client.acknowledged() == {"heartbeats": ["heartbeats"], "ticker": ["XLM-EUR"]}


async def test_leaving_closes_every_connection_with_1001() -> None:
    async with Exchange(SMALL, SystemClock()) as exchange:
        async with connected(exchange.url) as client:
            await client.subscribe("heartbeats")
            await client.acknowledged()
            leaving = asyncio.create_task(exchange.__aexit__(None, None, None))
            with pytest.raises(ConnectionClosed) as closed:
                await client.until(lambda _frame: False)
            await leaving
        assert closed.value.rcvd is not None
        assert closed.value.rcvd.code == 1001
