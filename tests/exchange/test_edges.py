"""The exchange at its edges: time, slow readers, plain HTTP, and a port that is taken."""

from __future__ import annotations

import asyncio
import contextlib
import json
import logging
import socket
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import pytest
from websockets.asyncio.client import ClientConnection, connect
from websockets.exceptions import ConnectionClosed, InvalidStatus

from depthview.clock import ManualClock, SystemClock
from depthview.errors import ConfigurationError
from depthview.exchange.message_queue import MessageQueue
from depthview.exchange.options import ExchangeOptions
from depthview.exchange.server import Exchange
from depthview.exchange.venue import MarketClock
from tests.exchange.client import Client, connected, eventually

if TYPE_CHECKING:
    from depthview.exchange.pipeline import WireAction

pytestmark = pytest.mark.usefixtures("strict_loop")


def test_steps_follow_the_clock_and_lost_time_is_not_lived_again() -> None:
    clock = ManualClock(unix=1_000.0)
    time = MarketClock(clock)
    assert time.steps_to_take(0) == 0
    clock.advance(0.26)
    assert time.steps_to_take(0) == 5
    assert time.seconds_to_next_step(5) == pytest.approx(0.04)
    clock.advance(3_600)
    assert time.steps_to_take(5) == 20
    assert time.steps_to_take(25) == 0
    clock.advance(0.051)
    assert time.steps_to_take(25) == 1


def test_market_time_keeps_its_place_unless_the_wall_clock_is_stepped() -> None:
    clock = ManualClock(unix=1_000.0)
    time = MarketClock(clock)
    origin = time.moment().market_origin_us
    clock.advance(5)
    assert time.moment().market_origin_us == origin
    clock.move_to(900.0)
    assert time.moment().market_origin_us == pytest.approx(origin - 105_000_000, abs=2)


async def _ignore(_message: bytes | WireAction) -> None:
    """Send nothing."""


async def test_a_queue_keeps_order_and_says_when_it_is_empty() -> None:
    sent: list[bytes | WireAction] = []

    async def send(message: bytes | WireAction) -> None:
        sent.append(message)

    queue = MessageQueue(100, send)
    running = asyncio.create_task(queue.run())
    for text in (b"a", b"b", b"c"):
        queue.put(text)
    assert queue.queued_bytes == 3
    await queue.drained()
    assert (sent, queue.queued_bytes) == ([b"a", b"b", b"c"], 0)
    running.cancel()
    with pytest.raises(asyncio.CancelledError):
        await running


async def test_a_queue_that_overflows_drops_everything_and_takes_no_more() -> None:
    queue = MessageQueue(10, _ignore)
    queue.put(b"12345678")
    assert not queue.overflowed.is_set()
    queue.put(b"901")
    assert queue.overflowed.is_set()
    queue.put(b"1")
    assert queue.queued_bytes == 0


async def test_a_client_that_does_not_read_is_dropped(caplog: pytest.LogCaptureFixture) -> None:
    caplog.set_level(logging.INFO, "depthview.exchange")
    options = ExchangeOptions(products=("BTC-USD", "ETH-USD"), levels=5_000, rate=2_000, queue_bytes=1_300_000)
    async with Exchange(options, SystemClock()) as exchange:
        narrow = socket.socket()
        narrow.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 4_096)
        narrow.setblocking(False)
        await asyncio.get_running_loop().sock_connect(narrow, ("127.0.0.1", exchange.port))
        async with connect(
            exchange.url, sock=narrow, proxy=None, compression=None, max_queue=1, max_size=None, close_timeout=1
        ) as reader:
            client = Client(reader)
            await client.subscribe("level2", *exchange.products)
            await client.acknowledged()  # a snapshot is well within the limit
            for _ in range(3):  # what the kernel takes in for a client that does not read
                await client.unsubscribe("level2", *exchange.products)
                await client.subscribe("level2", *exchange.products)
            await eventually(lambda: exchange.connections == 0)
            await _read_to_the_end(reader)
    assert [record.getMessage() for record in caplog.records if record.name.startswith("depthview")] == [
        "closed a connection: reads too slowly"
    ]


async def _read_to_the_end(reader: ClientConnection) -> None:
    """Read what was under way when the connection was cut."""
    with contextlib.suppress(ConnectionClosed):
        while True:
            await reader.recv()


async def _get(exchange: Exchange, target: str) -> tuple[str, dict[str, str], bytes]:
    """Status line, headers and body of a plain GET."""
    reader, writer = await asyncio.open_connection("127.0.0.1", exchange.port)
    writer.write(f"GET {target} HTTP/1.1\r\nHost: 127.0.0.1\r\n\r\n".encode())
    head, _, body = (await asyncio.wait_for(reader.read(), 10)).partition(b"\r\n\r\n")
    writer.close()
    await writer.wait_closed()
    status, *lines = head.decode().split("\r\n")
    headers = {name.lower(): value for name, value in (line.split(": ", 1) for line in lines)}
    return status, headers, body


async def test_the_product_list_is_served_on_the_same_port() -> None:
    options = ExchangeOptions(products=("SHIB-USD", "ETH-EUR"))
    async with Exchange(options, SystemClock()) as exchange:
        status, headers, body = await _get(exchange, "/api/v3/brokerage/market/products?limit=500&product_type=SPOT")
        assert status == "HTTP/1.1 200 OK"
        assert headers["content-type"] == "application/json"
        assert int(headers["content-length"]) == len(body)
        document: dict[str, Any] = json.loads(body)
        listed = {product["product_id"]: product for product in document["products"]}
        assert list(listed) == ["ETH-EUR", "SHIB-USD", "SHIB-USDC"]
        assert document["num_products"] == 3
        shib, alias = listed["SHIB-USD"], listed["SHIB-USDC"]
        assert shib["price_increment"] == shib["quote_increment"] == "0.00000001"
        assert shib["base_increment"] == "1"
        assert (shib["alias"], shib["alias_to"], shib["quote_currency_id"]) == ("", ["SHIB-USDC"], "USD")
        assert (alias["alias"], alias["alias_to"], alias["quote_currency_id"]) == ("SHIB-USD", [], "USDC")
        assert (shib["base_name"], shib["quote_name"], shib["product_type"]) == ("Shiba Inu", "US Dollar", "SPOT")
        flags = ("trading_disabled", "view_only", "cancel_only", "post_only", "limit_only", "auction_mode")
        assert [shib[flag] for flag in flags] == [False] * len(flags)
        assert shib["price"].startswith("0.0000")


async def test_futures_are_listed_where_they_are_asked_for_with_their_contracts() -> None:
    options = ExchangeOptions(products=("BTC-USD", "BIP-20DEC30-CDE"))
    async with Exchange(options, SystemClock()) as exchange:
        _, _, body = await _get(exchange, "/api/v3/brokerage/market/products")
        assert [product["product_id"] for product in json.loads(body)["products"]] == ["BTC-USD", "BTC-USDC"]
        _, _, body = await _get(exchange, "/api/v3/brokerage/market/products?product_type=FUTURE")
        (future,) = json.loads(body)["products"]
        assert (future["product_id"], future["product_type"]) == ("BIP-20DEC30-CDE", "FUTURE")
        assert (future["base_currency_id"], future["quote_currency_id"], future["status"]) == ("", "USD", "")
        increments = (future["price_increment"], future["quote_increment"], future["base_increment"])
        assert increments == ("5", "0.01", "1")
        details = future["future_product_details"]
        assert (details["contract_size"], details["contract_root_unit"]) == ("0.01", "BTC")
        prices = [price for side in exchange.truth()["BIP-20DEC30-CDE"].values() for price, _ in side]
        assert prices
        assert all(int(price) % 5 == 0 for price in prices)
        _, _, body = await _get(exchange, "/v2/currencies/crypto")
        assert [currency["code"] for currency in json.loads(body)["data"]] == ["BTC"]
        _, _, body = await _get(exchange, "/v2/exchange-rates")
        assert set(json.loads(body)["data"]["rates"]) == {"BTC", "USD"}


async def test_two_markets_with_like_names_are_no_aliases() -> None:
    async with Exchange(ExchangeOptions(products=("USDT-USD", "USDT-USDC")), SystemClock()) as exchange:
        _, _, body = await _get(exchange, "/api/v3/brokerage/market/products")
        listed = {product["product_id"]: product for product in json.loads(body)["products"]}
        assert {name: (row["alias"], row["alias_to"]) for name, row in listed.items()} == {
            "USDT-USD": ("", []),
            "USDT-USDC": ("", []),
        }
        truth = exchange.truth()
        assert truth["USDT-USD"] != truth["USDT-USDC"]


async def test_only_products_of_the_wanted_type_are_listed() -> None:
    async with Exchange(ExchangeOptions(products=("XLM-EUR",)), SystemClock()) as exchange:
        for query, listed in (("", ["XLM-EUR"]), ("?product_type=SPOT", ["XLM-EUR"]), ("?product_type=FUTURE", [])):
            _, _, body = await _get(exchange, f"/api/v3/brokerage/market/products{query}")
            document = json.loads(body)
            assert [product["product_id"] for product in document["products"]] == listed
            assert document["num_products"] == len(listed)


async def test_currencies_and_their_rates_are_served() -> None:
    async with Exchange(ExchangeOptions(products=("ETH-USD", "ETH-EUR", "SHIB-USD")), ManualClock()) as exchange:
        _, _, fiat = await _get(exchange, "/v2/currencies")
        assert [row["id"] for row in json.loads(fiat)["data"]] == ["USD", "EUR"]
        _, _, crypto = await _get(exchange, "/v2/currencies/crypto")
        rows = json.loads(crypto)["data"]
        assert [(row["code"], row["name"]) for row in rows] == [("ETH", "Ethereum"), ("SHIB", "Shiba Inu")]
        assert len({row["asset_id"] for row in rows}) == 2
        _, _, body = await _get(exchange, "/v2/exchange-rates?currency=USD")
        rates = json.loads(body)["data"]["rates"]
        assert list(rates) == ["ETH", "SHIB", "USD"]
        _, _, body = await _get(exchange, "/api/v3/brokerage/market/products")
        prices = {row["product_id"]: Decimal(row["price"]) for row in json.loads(body)["products"]}
        assert 0 <= 1 - Decimal(rates["ETH"]) * prices["ETH-USD"] < Decimal("1e-10")
        assert 0 <= 1 - Decimal(rates["SHIB"]) * prices["SHIB-USD"] < Decimal("1e-10")


async def test_the_time_is_served_too() -> None:
    async with Exchange(ExchangeOptions(products=("XLM-EUR",)), ManualClock(unix=1_786_309_548.5)) as exchange:
        _, _, body = await _get(exchange, "/api/v3/brokerage/time")
        assert json.loads(body) == {
            "iso": "2026-08-09T21:05:48.5Z",
            "epochSeconds": "1786309548",
            "epochMillis": "1786309548500",
        }


async def test_other_addresses_are_not_found() -> None:
    async with Exchange(ExchangeOptions(products=("XLM-EUR",)), SystemClock()) as exchange:
        status, _, _ = await _get(exchange, "/api/v3/brokerage/accounts")
        assert status == "HTTP/1.1 404 Not Found"
        with pytest.raises(InvalidStatus) as refused:
            async with connected(f"{exchange.url}/ws"):
                pass
        assert refused.value.response.status_code == 404


async def test_a_port_that_is_taken_is_named_with_the_cure() -> None:
    products = ("XLM-EUR",)
    async with Exchange(ExchangeOptions(products=products), SystemClock()) as first:
        second = Exchange(ExchangeOptions(products=products, port=first.port), SystemClock())
        with pytest.raises(ConfigurationError, match=f"port {first.port} cannot be opened on 127.0.0.1"):
            async with second:
                pass


async def test_a_market_that_fails_ends_the_exchange_and_is_not_mistaken_for_quiet(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    def fail(_venue: object) -> None:
        raise ZeroDivisionError

    async def watch_it_fail() -> None:
        async with Exchange(ExchangeOptions(products=("XLM-EUR",)), SystemClock()) as exchange:
            async with connected(exchange.url) as client:
                await client.subscribe("heartbeats")
                await client.acknowledged()
                monkeypatch.setattr("depthview.exchange.venue.Venue.tick", fail)
                with pytest.raises(ConnectionClosed) as closed:
                    await client.until(lambda _frame: False)
            assert closed.value.rcvd is not None
            assert closed.value.rcvd.code == 1011

    with pytest.raises(ZeroDivisionError):
        await watch_it_fail()
