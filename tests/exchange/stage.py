"""A small exchange and one client of it, and a client that follows the rules, for tests of faults."""

from __future__ import annotations

import asyncio
import contextlib
import json
from contextlib import asynccontextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from websockets.asyncio.client import connect
from websockets.exceptions import ConnectionClosed, InvalidHandshake

from depthview.clock import SystemClock
from depthview.exchange.options import ExchangeOptions
from depthview.exchange.server import Exchange
from tests.exchange.client import Client, Message, NaiveBook, connected, eventually

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from depthview.exchange.faults.injections import Injection

_RESYNC_EVERY = 0.15
"""Seconds: the venue refuses who asks oftener."""

PRODUCT, OTHER = "ETH-USD", "XLM-EUR"
SMALL: dict[str, Any] = {"products": (PRODUCT, OTHER), "levels": 20, "rate": 200}


class FastClock:
    """The system's clock, monotonic time running faster, and standing still on demand.

    Args:
        speed: Market seconds in a second.
    """

    def __init__(self, speed: float = 1.0) -> None:
        self._real = SystemClock()
        self._speed = speed
        self._start = self._real.monotonic()
        self._held_at: float | None = None

    def unix(self) -> float:
        return self._real.unix()

    def monotonic(self) -> float:
        if self._held_at is not None:
            return self._held_at
        return self._start + (self._real.monotonic() - self._start) * self._speed

    def hold(self) -> None:
        self._held_at = self.monotonic()


@dataclass(frozen=True)
class Stage:
    exchange: Exchange
    client: Client

    async def level2(self, *products: str) -> None:
        """Have books, and heartbeats."""
        await self.client.subscribe("level2", *(products or (PRODUCT,)))
        await self.client.acknowledged()
        await self.client.subscribe("heartbeats")
        await self.client.acknowledged()

    def numbers(self) -> list[int]:
        """Of all frames so far."""
        return [frame["sequence_num"] for frame in self.client.frames if "sequence_num" in frame]

    async def more(self, frames: int) -> list[Message]:
        """So many frames more."""
        return [await self.client.receive() for _ in range(frames)]

    def injected(self, fault: str, what: str = "frame") -> list[Injection]:
        return [entry for entry in self.exchange.injected if (entry.fault, entry.what) == (fault, what)]

    async def over(self, fault: str) -> None:
        """Until the exchange says that it is; frames that arrive meanwhile wait to be received."""
        await eventually(lambda: bool(self.injected(fault, "end")))


@asynccontextmanager
async def stage(*faults: str, speed: float = 1.0, **options: Any) -> AsyncIterator[Stage]:  # noqa: ANN401  # options
    """An exchange with these scripted faults, and a client that has asked for nothing yet."""
    settings = ExchangeOptions(**{**SMALL, **options}, faults=faults)
    async with Exchange(settings, FastClock(speed)) as exchange, connected(exchange.url) as client:
        yield Stage(exchange, client)


class Follower:
    """A client by the rules: it doubts everything after a break in the numbers, and asks for a new snapshot.

    Args:
        exchange: Whose.
        products: To keep books of.
    """

    def __init__(self, exchange: Exchange, *products: str) -> None:
        self._exchange = exchange
        self._products = products
        self.books: dict[str, NaiveBook] = {}
        """Trusted ones only."""
        self.seen = 0
        """Frames with a number."""
        self._expected: int | None = None
        self._texts: dict[int, str] = {}
        """Of the frames of this connection, by number."""

    async def run(self) -> None:
        """Connect, again and again."""
        while True:
            with contextlib.suppress(ConnectionClosed, InvalidHandshake, OSError, TimeoutError):
                async with connect(
                    self._exchange.url,
                    proxy=None,
                    compression=None,
                    max_size=None,
                    open_timeout=0.5,
                    ping_interval=0.3,
                    ping_timeout=0.3,
                    close_timeout=0.2,
                ) as socket:
                    await self._follow(Client(socket))
            self.books.clear()
            await asyncio.sleep(0.02)

    async def _follow(self, client: Client) -> None:
        self._expected = None
        self._texts.clear()
        await client.subscribe("heartbeats")
        for channel in ("status", "ticker", "level2", "market_trades"):
            await client.subscribe(channel, *self._products)
        asked_at = asyncio.get_running_loop().time()
        while True:
            text: str | bytes = ""
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout(0.1):
                    text = await client.socket.recv()
            try:
                frame = json.loads(text) if isinstance(text, str) else None
            except (ValueError, RecursionError):
                frame = None
            if isinstance(frame, dict) and not self._take(frame):
                self.books.clear()
            now = asyncio.get_running_loop().time()
            if len(self.books) < len(self._products) and now - asked_at > _RESYNC_EVERY:
                asked_at = now
                await client.unsubscribe("level2", *self._products)
                await client.subscribe("level2", *self._products)

    def _take(self, frame: Message) -> bool:
        """Whether nothing casts doubt on the books."""
        number = frame.get("sequence_num")
        if type(number) is not int or not 0 <= number < 2**63:
            return frame.get("channel") != "l2_data"
        self.seen += 1
        text = json.dumps(frame)
        if self._texts.setdefault(number, text) != text:
            self._texts[number] = text
            return False
        expected, self._expected = self._expected, number + 1
        if expected is not None and number != expected:
            if 0 < number < expected:
                self._expected = expected
                return True
            return False
        if frame["channel"] == "subscriptions":
            listed = frame["events"][0]["subscriptions"].get("level2", [])
            return all(product in listed for product in self.books)
        events = [event for event in frame["events"] if frame["channel"] == "l2_data"]
        return self._apply([event for event in events if event.get("type") in {"snapshot", "update"}])

    def _apply(self, events: list[Message]) -> bool:
        """Apply what one frame says of books; False when not all of it could be."""
        begun = set[str]()
        for event in events:
            product = event["product_id"].replace("-USDC", "-USD")
            if product not in self._products or not _is_sound(event):
                return False
            if event["type"] == "snapshot" and product not in begun:
                begun.add(product)
                self.books[product] = NaiveBook()
            if product in self.books:
                self.books[product].apply({**event, "type": "update"})
        return True

    def holds(self) -> dict[str, Any]:
        return {product: book.whole() for product, book in self.books.items()}


def _is_sound(event: Message) -> bool:
    rows = event.get("updates")
    if not isinstance(rows, list) or not all(isinstance(row, dict) for row in rows):
        return False
    numbers = [row[name] for row in rows for name in ("price_level", "new_quantity")]
    return all(row["side"] in {"bid", "offer"} for row in rows) and all(
        isinstance(number, str) and number.isascii() and number.replace(".", "", 1).isdigit() and len(number) < 40
        for number in numbers
    )
