"""Candles and the envelope that every channel shares, as a client gets them."""

from __future__ import annotations

import asyncio
from datetime import datetime
from decimal import Decimal
from itertools import pairwise

import pytest

from depthview.clock import ManualClock
from depthview.exchange.options import EnvelopePolicy, ExchangeOptions, NumberingPolicy
from depthview.exchange.server import Exchange
from depthview.exchange.statistics import CANDLE_SECONDS
from tests.exchange.client import Client, Message, connected

pytestmark = pytest.mark.usefixtures("strict_loop")

PRODUCT, OTHER = "ETH-USD", "XLM-EUR"
SMALL = ExchangeOptions(products=(PRODUCT, OTHER), levels=40, rate=400)
_FIELDS = ["start", "high", "low", "open", "close", "volume", "product_id"]


def _event(frame: Message) -> tuple[str, list[dict[str, str]]]:
    (event,) = frame["events"]
    return event["type"], event["candles"]


def _assert_candles(candles: list[dict[str, str]], product: str) -> None:
    for candle in candles:
        assert list(candle) == _FIELDS
        assert candle["product_id"] == product
        assert int(candle["start"]) % CANDLE_SECONDS == 0
        low, high, opened, closed, volume = (
            Decimal(candle[name]) for name in ("low", "high", "open", "close", "volume")
        )
        assert 0 < low <= min(opened, closed) <= max(opened, closed) <= high
        assert volume > 0
        assert all("E" not in text for text in candle.values() if text != product)
    assert all(int(before["start"]) < int(after["start"]) for before, after in pairwise(candles))


async def _catch_up(client: Client, clock: ManualClock, seconds: float) -> None:
    """Let market time pass, and receive what it brought."""
    for _ in range(int(seconds / 0.5)):
        clock.advance(0.5)
        await asyncio.sleep(0.06)
    now = clock.unix()
    clock.advance(1.05)
    await client.until(lambda frame: frame["channel"] == "heartbeats" and _unix(frame["timestamp"]) > now)


def _folded(trades: list[dict[str, str]]) -> dict[str, Decimal]:
    prices = [Decimal(trade["price"]) for trade in trades]
    volume = sum((Decimal(trade["size"]) for trade in trades), Decimal())
    return {"high": max(prices), "low": min(prices), "open": prices[0], "close": prices[-1], "volume": volume}


@pytest.mark.parametrize("product", [PRODUCT, OTHER])
async def test_a_hundred_candles_come_first_each_in_its_place(product: str) -> None:
    async with Exchange(SMALL, ManualClock(1_786_309_548.25)) as exchange, connected(exchange.url) as client:
        await client.subscribe("candles", product)
        kind, candles = _event(await client.receive())
        assert (kind, len(candles)) == ("snapshot", 100)
        _assert_candles(candles, product)
        assert int(candles[-1]["start"]) in {1_786_309_500, 1_786_309_200}
        assert await client.acknowledged() == {"candles": [product]}
        await client.subscribe("ticker", product)
        (ticker,) = (await client.receive())["events"][0]["tickers"]
        assert Decimal(ticker["low_24_h"]) <= min(Decimal(candle["low"]) for candle in candles)
        assert max(Decimal(candle["high"]) for candle in candles) <= Decimal(ticker["high_24_h"])
        assert candles[-1]["close"] == ticker["price"]


async def test_candles_are_what_was_traded_and_a_new_one_begins_with_its_time() -> None:
    clock = ManualClock(1_786_309_793.0)  # seven seconds before the next
    async with Exchange(SMALL, clock) as exchange, connected(exchange.url) as client:
        await client.subscribe("heartbeats")
        await client.subscribe("market_trades", PRODUCT)
        await client.acknowledged()
        await client.acknowledged()
        await client.subscribe("candles", PRODUCT)
        await client.acknowledged()
        await _catch_up(client, clock, 20)
        known = [trade for frame in client.frames if frame["channel"] == "market_trades" for trade in _trades(frame)]
        updates = [_event(frame)[1] for frame in client.frames if frame["channel"] == "candles"][1:]
        assert len(updates) > 5
        candles = {candle["start"]: candle for update in updates for candle in update}
        assert list(candles) == ["1786309500", "1786309800"]
        for start, candle in candles.items():
            own = [trade for trade in known if _start(trade) == int(start)]
            assert {name: Decimal(candle[name]) for name in _folded(own)} == _folded(own)
        _assert_candles(list(candles.values()), PRODUCT)
        numbers = [frame["sequence_num"] for frame in client.frames]
        assert numbers == list(range(len(numbers)))


def _trades(frame: Message) -> list[dict[str, str]]:
    (event,) = frame["events"]
    trades: list[dict[str, str]] = event["trades"]
    return trades[::-1] if event["type"] == "snapshot" else trades


def _unix(text: str) -> float:
    return datetime.fromisoformat(text).timestamp()


def _start(trade: dict[str, str]) -> int:
    at = int(_unix(trade["time"]))
    return at - at % CANDLE_SECONDS


async def test_candles_and_batches_count_where_each_product_is_counted() -> None:
    options = ExchangeOptions(products=(PRODUCT, OTHER), levels=40, numbering=NumberingPolicy.PRODUCT)
    async with Exchange(options, ManualClock(1_786_309_548.25)) as exchange, connected(exchange.url) as client:
        for number, channel in enumerate(("candles", "ticker_batch", "candles")):
            await client.subscribe(channel, OTHER if number == 2 else PRODUCT)
            frame = await client.until(lambda frame, channel=channel: frame["channel"] == channel)  # type: ignore[misc]
            assert frame["sequence_num"] == number % 2
            await client.acknowledged()


@pytest.mark.parametrize("envelope", list(EnvelopePolicy))
async def test_every_envelope_has_a_client_or_none_has(envelope: EnvelopePolicy) -> None:
    clock = ManualClock(1_786_309_548.25)
    options = ExchangeOptions(products=(PRODUCT,), levels=40, envelope=envelope, numbering=NumberingPolicy.PRODUCT)
    async with Exchange(options, clock) as exchange, connected(exchange.url) as client:
        await client.subscribe("heartbeats")
        for channel in ("level2", "market_trades", "ticker", "ticker_batch", "status"):
            await client.subscribe(channel, PRODUCT)
        for _ in range(6):
            await client.acknowledged()
        exchange.provoke("unknown_channel")
        await _catch_up(client, clock, 1)
        channels = {frame["channel"] for frame in client.frames}
        assert {"l2_data", "heartbeats", "subscriptions", "status", "depth_hints"} < channels
        if envelope is EnvelopePolicy.DOCUMENTED:
            assert {frame["client_id"] for frame in client.frames} == {""}
        else:
            assert all("client_id" not in frame for frame in client.frames)
