"""The exchange's word against a naive book made from its frames, under both numberings."""

from __future__ import annotations

from collections import Counter, defaultdict
from contextlib import AsyncExitStack
from decimal import Decimal

import pytest

from depthview.clock import SystemClock
from depthview.exchange.options import ExchangeOptions, NumberingPolicy
from depthview.exchange.server import Exchange
from tests.exchange.client import Client, Message, NaiveBook, connected, eventually, kind
from tests.exchange.stage import FastClock

pytestmark = pytest.mark.usefixtures("strict_loop")

NAMES = ("BTC-USD", "ETH-EUR", "SHIB-USD", "XLM-EUR")


async def _watch(client: Client, exchange: Exchange, quiet: bool) -> None:
    """Subscribe to everything of all products and receive until the market is quiet and all of it has arrived."""
    await client.subscribe("heartbeats")
    for channel in ("level2", "market_trades", "ticker"):
        await client.subscribe(channel, *NAMES)
    await client.subscribe("status")
    if quiet:
        await client.until(lambda _frame: exchange.is_quiet)
        # What was queued before a heartbeat that was made after the end arrives before it.
        await client.until(lambda frame: kind(frame)[0] == "heartbeats")
        await client.until(lambda frame: kind(frame)[0] == "heartbeats")


@pytest.mark.parametrize("numbering", list(NumberingPolicy))
async def test_books_made_from_frames_equal_the_truth(numbering: NumberingPolicy) -> None:
    options = ExchangeOptions(products=NAMES, levels=150, rate=400, quiet_after_seconds=16, numbering=numbering, seed=9)
    async with Exchange(options, FastClock(4)) as exchange, connected(exchange.url) as client:
        await _watch(client, exchange, quiet=True)
        truth = exchange.truth()
        books: defaultdict[str, NaiveBook] = defaultdict(NaiveBook)
        updates: Counter[str] = Counter()
        tickers = 0
        for frame in client.frames:
            channel, event_type, product = kind(frame)
            if channel == "l2_data":
                books[product].apply(frame["events"][0])
                updates[product] += event_type == "update"
                assert Decimal(books[product].best("bid")[0]) < Decimal(books[product].best("offer")[0])
            elif channel == "ticker":
                tickers += 1
                (ticker,) = frame["events"][0]["tickers"]
                assert (ticker["best_bid"], ticker["best_bid_quantity"]) == books[product].best("bid")
                assert (ticker["best_ask"], ticker["best_ask_quantity"]) == books[product].best("offer")
        assert {name: book.whole() for name, book in books.items()} == truth
        assert min(updates.values()) > 5
        assert tickers > 2 * len(NAMES)
        _assert_numbered(client.frames, numbering)


def _assert_numbered(frames: list[Message], numbering: NumberingPolicy) -> None:
    if numbering is NumberingPolicy.CONNECTION:
        assert [frame["sequence_num"] for frame in frames] == list(range(len(frames)))
        return
    numbers: defaultdict[str, list[int]] = defaultdict(list)
    for frame in frames:
        _, _, product = kind(frame)
        rows = frame["events"][0].get("trades", []) + frame["events"][0].get("tickers", [])
        assert {row["product_id"] for row in rows} <= {product}
        if frame["channel"] in {"heartbeats", "subscriptions", "status"}:
            assert "sequence_num" not in frame
        elif product:
            numbers[product].append(frame["sequence_num"])
    assert set(numbers) == set(NAMES)
    for product, counted in numbers.items():
        # An empty trades snapshot names no product, but it has its number all the same.
        unnamed = sum(
            1
            for frame in frames
            if frame["channel"] == "market_trades" and frame["events"][0]["trades"] == [] and product == "XLM-EUR"
        )
        assert sorted(set(counted)) == counted
        assert counted[0] == 0
        assert counted[-1] + 1 == len(counted) + unnamed


async def test_the_market_does_not_depend_on_who_is_watching() -> None:
    options = ExchangeOptions(products=NAMES, levels=60, rate=200, quiet_after_seconds=0.4, seed=3)
    assert await _truth_of(options, watchers=0) == await _truth_of(options, watchers=2)


async def _truth_of(options: ExchangeOptions, watchers: int) -> object:
    async with AsyncExitStack() as stack:
        exchange = await stack.enter_async_context(Exchange(options, SystemClock()))
        for _ in range(watchers):
            client = await stack.enter_async_context(connected(exchange.url))
            await client.subscribe("level2", *NAMES)
        await eventually(lambda: exchange.is_quiet)
        return exchange.truth()


async def test_every_connection_counts_from_zero() -> None:
    async with Exchange(ExchangeOptions(products=("XLM-EUR",)), SystemClock()) as exchange:
        for _ in range(2):
            async with connected(exchange.url) as client:
                await client.subscribe("level2", "XLM-EUR")
                await client.acknowledged()
                assert [frame["sequence_num"] for frame in client.frames] == list(range(len(client.frames)))


async def test_error_frames_take_no_number() -> None:
    options = ExchangeOptions(products=("XLM-EUR",))
    async with Exchange(options, SystemClock()) as exchange, connected(exchange.url) as client:
        await client.subscribe("heartbeat")
        await client.subscribe("heartbeats")
        await client.error()
        assert (await client.receive())["sequence_num"] == 0


async def test_heartbeats_go_on_when_the_market_is_quiet() -> None:
    options = ExchangeOptions(products=NAMES, levels=30, rate=200, quiet_after_seconds=0)
    async with Exchange(options, FastClock(4)) as exchange, connected(exchange.url) as client:
        await _watch(client, exchange, quiet=True)
        assert exchange.is_quiet
        assert {event for _, event, _ in client.kinds()} <= {"snapshot", ""}


async def test_two_clients_of_one_product_see_one_book() -> None:
    options = ExchangeOptions(products=("ETH-USD",), levels=50, rate=300, quiet_after_seconds=12)
    async with (
        Exchange(options, FastClock(4)) as exchange,
        connected(exchange.url) as early,
        connected(exchange.url) as late,
    ):
        books = {early: NaiveBook(), late: NaiveBook()}
        await early.subscribe("level2", "ETH-USD")
        await early.until(lambda frame: kind(frame)[:2] == ("l2_data", "update"))
        await late.subscribe("level2", "ETH-USD")
        for client, book in books.items():
            await client.subscribe("heartbeats")
            await client.until(lambda _frame: exchange.is_quiet)
            await client.until(lambda frame: kind(frame)[0] == "heartbeats")
            await client.until(lambda frame: kind(frame)[0] == "heartbeats")
            for frame in client.frames:
                if frame["channel"] == "l2_data":
                    book.apply(frame["events"][0])
            assert book.whole() == exchange.truth()["ETH-USD"]
