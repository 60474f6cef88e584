"""ccxt on the exchange: markets over REST, and the books that it keeps itself.

Runs in an environment of its own, see ``tools/interop/clients.py``; what it is told and what it tells stands there.
"""

from __future__ import annotations

import asyncio
import json
import sys
import time
from functools import partial
from typing import TYPE_CHECKING, Any

import ccxt.pro

if TYPE_CHECKING:
    from collections.abc import Awaitable, Callable

QUIET_SECONDS = 2.0


class Watcher:
    """What came in."""

    def __init__(self, exchange: ccxt.pro.coinbase, order: dict[str, Any]) -> None:
        self.exchange = exchange
        self.symbols = [product.replace("-", "/") for product in order["products"]]
        self.seconds = order["seconds"]
        self.channels: dict[str, int] = {}
        self.moved: list[float] = []

    async def watch(self, channel: str, ask: Callable[[], Awaitable[object]]) -> None:
        """Count what comes on a channel until the market has moved long enough and stands still."""
        while True:
            try:
                await asyncio.wait_for(ask(), QUIET_SECONDS)
            except TimeoutError:
                if self.moved and time.monotonic() - self.moved[-1] > QUIET_SECONDS:
                    return
                continue
            self.channels[channel] = self.channels.get(channel, 0) + 1
            if channel == "l2_data":
                self.moved.append(time.monotonic())

    async def run(self) -> None:
        """Watch everything that ccxt knows of the public channels; the first book with a token."""
        exchange, (first, *others) = self.exchange, self.symbols
        watched = [self.watch("l2_data", lambda: exchange.subscribe("level2", True, first))]
        watched += [self.watch("l2_data", partial(exchange.watch_order_book, symbol)) for symbol in others]
        watched += [
            self.watch("market_trades", lambda: exchange.watch_trades(first)),
            self.watch("ticker", lambda: exchange.watch_ticker(first)),
            self.watch("ticker_batch", lambda: exchange.watch_tickers([first])),
        ]
        await asyncio.gather(*watched)


async def _refusals(exchange: ccxt.pro.coinbase, order: dict[str, Any]) -> list[str]:
    """What a refused key brings: over REST, and on the WebSocket."""
    refusals: list[str] = []
    try:
        await exchange.load_markets()
    except ccxt.AuthenticationError as refusal:
        refusals.append(str(refusal))
    key, exchange.apiKey = exchange.apiKey, None  # the list of markets is public
    await exchange.load_markets()
    exchange.apiKey = key
    # ccxt raises what the venue says in a callback and goes on waiting: it comes to the event loop's handler only.
    told = asyncio.Event()

    def note(_loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        refusals.append(str(context.get("exception")))
        told.set()

    asyncio.get_running_loop().set_exception_handler(note)
    asking = asyncio.create_task(exchange.subscribe("level2", True, order["products"][0].replace("-", "/")))
    await asyncio.wait([asking, waiting := asyncio.create_task(told.wait())], return_when=asyncio.FIRST_COMPLETED)
    asking.cancel()
    waiting.cancel()
    return refusals


async def main() -> None:
    """Watch until the market stands still, or see the key refused."""
    print("ready", flush=True)
    order = json.loads(sys.stdin.readline())
    with open(order["key_file"]) as file:
        key = json.load(file)
    exchange = ccxt.pro.coinbase({"apiKey": key["name"], "secret": key["privateKey"]})
    exchange.urls["api"] |= {"rest": order["rest"], "ws": order["url"]}
    watcher, refusals = Watcher(exchange, order), list[str]()
    try:
        async with asyncio.timeout(order["patience"]):
            if order["refused"]:
                refusals = await _refusals(exchange, order)
            else:
                await exchange.load_markets()
                await watcher.run()
        books = {
            book["symbol"].replace("/", "-"): {"bids": book["bids"], "asks": book["asks"]}
            for book in exchange.orderbooks.values()
        }
        seconds = watcher.moved[-1] - watcher.moved[0] if watcher.moved else 0.0
        print(json.dumps({"books": books, "channels": watcher.channels, "refusals": refusals, "seconds": seconds}))
    finally:
        await exchange.close()


asyncio.run(main())
