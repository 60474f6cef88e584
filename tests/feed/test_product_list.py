"""The product list over HTTP: from the exchange's port, from nowhere else, and whatever comes is survived."""

from __future__ import annotations

import asyncio
import json
from decimal import Decimal

import pytest

from depthview.auth.endpoints import Endpoint, rest_base
from depthview.clock import SystemClock
from depthview.errors import ConnectionFailed
from depthview.exchange.options import ExchangeOptions
from depthview.exchange.server import Exchange
from depthview.feed.product_list import parse_products, products_of_venue
from tests.support.listeners import listener
from tests.support.scripted_venue import Script, scripted_venue
from tests.support.waiting import until

pytestmark = pytest.mark.usefixtures("strict_loop")


def _answer(body: bytes, head: bytes = b"HTTP/1.1 200 OK") -> bytes:
    return head + b"\r\nContent-Length: %d\r\n\r\n" % len(body) + body


async def test_the_exchange_s_list_has_every_product_and_its_increments() -> None:
    async with Exchange(ExchangeOptions(products=("BTC-USD", "DOGE-USD")), SystemClock()) as exchange:
        found = await products_of_venue(rest_base(Endpoint.parse(exchange.url)), loopback=True)
    by_name = {product.product_id: product for product in found}
    assert list(by_name) == ["BTC-USD", "DOGE-USD", "BTC-USDC", "DOGE-USDC"]
    doge = by_name["DOGE-USD"]
    assert (doge.base, doge.quote, doge.status) == ("DOGE", "USD", "")
    assert (doge.price_increment, doge.size_increment) == (Decimal("0.00001"), Decimal("0.1"))
    assert by_name["BTC-USDC"].alias == "BTC-USD"


async def test_no_proxy_of_the_environment_sees_loopback_and_only_loopback(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("no_proxy", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
    async with listener(_answer(b'{"products": []}')) as proxy:
        for name in ("http_proxy", "HTTP_PROXY", "https_proxy", "HTTPS_PROXY", "all_proxy", "ALL_PROXY"):
            monkeypatch.setenv(name, f"http://127.0.0.1:{proxy.port}")
        async with Exchange(ExchangeOptions(products=("BTC-USD",)), SystemClock()) as exchange:
            assert await products_of_venue(rest_base(Endpoint.parse(exchange.url)), loopback=True)
        assert proxy.connections == 0
        assert await products_of_venue("http://venue.example", loopback=False) == []
        assert proxy.got.startswith(b"GET http://venue.example/api/v3/brokerage/market/products HTTP/1.1\r\n")
        assert b"uthorization" not in proxy.got


@pytest.mark.parametrize("status", [301, 302, 303, 307, 308])
async def test_a_redirect_is_not_followed(status: int) -> None:
    async with listener(_answer(b'{"products": []}')) as elsewhere:
        head = f"HTTP/1.1 {status} Elsewhere\r\nLocation: http://127.0.0.1:{elsewhere.port}/".encode()
        async with listener(_answer(b"", head)) as server:
            with pytest.raises(ConnectionFailed, match=rf"unavailable: HTTP {status}"):
                await products_of_venue(f"http://127.0.0.1:{server.port}", loopback=True)
        assert elsewhere.connections == 0


@pytest.mark.parametrize(
    ("answer", "words"),
    [
        (b"", "no connection"),
        (b"this is no HTTP\r\n\r\n", "no connection"),
        (b"HTTP/1.1 200 OK\r\n" + b"x: y\r\n" * 200 + b"\r\n", "no connection"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "no connection"),
        (_answer(b"", b"HTTP/1.1 503 No"), "HTTP 503"),
        (_answer(b"<html>"), "cannot be read"),
        (_answer(b"[" * 100_000), "cannot be read"),
        (_answer(b'{"products": {}}'), "cannot be read"),
        (_answer(b'{"products": [{"product_id": 5}]}'), "cannot be read"),
        (b'HTTP/1.1 200 OK\r\nContent-Length: 900\r\n\r\n{"products": [', "cannot be read"),
    ],
    ids=["nothing", "no http", "headers", "chunks", "503", "html", "deep", "shape", "type", "cut off"],
)
async def test_whatever_else_comes_is_one_fault_with_a_word(answer: bytes, words: str) -> None:
    async with listener(answer) as server:
        with pytest.raises(ConnectionFailed, match=words):
            await products_of_venue(f"http://127.0.0.1:{server.port}", loopback=True)


async def test_nobody_waits_for_a_server_that_takes_its_time() -> None:
    async with listener() as server:
        asking = asyncio.create_task(products_of_venue(f"http://127.0.0.1:{server.port}", loopback=True))
        await until(lambda: server.got, "the request")
        asking.cancel()
        await asyncio.wait({asking}, timeout=1.0)
        assert asking.cancelled()


async def test_hostile_rows_are_made_plain_or_left_out() -> None:
    body = (
        b'{"products": [{"product_id": "BTC-USD", "base_currency_id": "\\u001b[31mB", "price_increment": "NaN",'
        b' "base_increment": "1e-400", "status": "\\u202eonline"}, {"product_id": "[/]"}, {"product_id": "\\u001b"}]}'
    )
    async with listener(_answer(body)) as server:
        (found,) = await products_of_venue(f"http://127.0.0.1:{server.port}", loopback=True)
    assert (found.price_increment, found.size_increment) == (None, None)
    assert found.base.isprintable()
    assert found.status.isprintable()


@pytest.mark.parametrize(
    ("row", "state"),
    [
        ('"status": "online"', ""),
        ('"status": "online", "auction_mode": true', "auction"),
        ('"status": "online", "post_only": true', "post only"),
        ('"status": "online", "limit_only": true, "post_only": true', "post only, limit only"),
        ('"status": "online", "cancel_only": true, "trading_disabled": true', "cancel only"),
        ('"status": "online", "trading_disabled": true', "trading disabled"),
        ('"status": "online", "is_disabled": true, "view_only": true', "disabled, view only"),
        ('"status": "delisted", "trading_disabled": true', "delisted"),
        ('"status": "auction", "auction_mode": true', "auction"),
        ('"status": "online", "post_only": "true", "cancel_only": 1, "view_only": null', ""),
    ],
)
def test_what_cannot_be_done_with_a_product_is_told_in_words(row: str, state: str) -> None:
    (found,) = parse_products(f'{{"products": [{{"product_id": "BTC-USD", {row}}}]}}'.encode())
    assert found.trading_state == state


FUTURE = {
    "product_id": "BIT-29AUG25-CDE", "base_currency_id": "", "quote_currency_id": "USD", "base_increment": "1",
    "quote_increment": "0.01", "price_increment": "5", "status": "", "product_type": "FUTURE", "alias": "",
    "future_product_details": {"contract_size": "0.01", "contract_root_unit": "BTC", "venue": "cde"},
}  # fmt: skip
SPOT = {"product_id": "BTC-USD", "base_currency_id": "BTC", "quote_currency_id": "USD", "status": "online"}


async def test_futures_come_with_a_list_of_their_own() -> None:
    async with scripted_venue(Script({}, products=[SPOT], futures=[FUTURE, SPOT])) as venue:
        found = await products_of_venue(rest_base(Endpoint.parse(venue.url)), loopback=True)
    assert venue.paths == [
        "/api/v3/brokerage/market/products",
        "/api/v3/brokerage/market/products?product_type=FUTURE",
    ]
    assert [product.product_id for product in found] == ["BTC-USD", "BIT-29AUG25-CDE"]
    future = found[1]
    assert (future.is_future, future.size_unit, future.quote) == (True, "contracts", "USD")
    assert (future.price_increment, future.multiplier) == (Decimal(5), Decimal("0.01"))
    assert (future.contract, future.trading_state) == ("1 contract = 0.01 BTC", "")


async def test_without_the_futures_the_list_is_the_spot_one() -> None:
    body = json.dumps({"products": [SPOT]}).encode()
    answered = 0

    async def respond(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        nonlocal answered
        answered += 1
        await reader.readuntil(b"\r\n\r\n")
        writer.write(_answer(body) if answered == 1 else _answer(b"", b"HTTP/1.1 400 No"))
        writer.close()

    async with await asyncio.start_server(respond, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        found = await products_of_venue(f"http://127.0.0.1:{port}", loopback=True)
    assert ([product.product_id for product in found], answered) == (["BTC-USD"], 2)


@pytest.mark.parametrize(
    ("details", "multiplier"),
    [
        (None, None),
        ("x", None),
        ({}, None),
        ({"contract_size": 0.01}, None),
        ({"contract_size": "0"}, None),
        ({"contract_size": "-1"}, None),
        ({"contract_size": "1e3"}, None),
        ({"contract_size": "0.01", "contract_root_unit": 5}, Decimal("0.01")),
        ({"contract_size": "5000", "contract_root_unit": "\x1b[2JDOGE" + "x" * 99}, Decimal(5000)),
    ],
)
def test_whatever_a_future_is_said_to_be_it_is_one(details: object, multiplier: Decimal | None) -> None:
    listed = {"products": [{**FUTURE, "future_product_details": details}]}
    (found,) = parse_products(json.dumps(listed).encode())
    assert (found.size_unit, found.multiplier) == ("contracts", multiplier)
    assert found.contract.isprintable()
