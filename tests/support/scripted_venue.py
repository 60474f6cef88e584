"""A venue on loopback that sends what a script says: books of any products, aliases, a product list.

It shares no code with the embedded exchange, and takes no view on what is right: it answers a subscription by the
script's book of that product, renamed where the script has an alias, and acknowledges it, as the venue was observed to.
"""

from __future__ import annotations

import asyncio
import json
from collections.abc import Mapping, Sequence
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any
from urllib.parse import parse_qs, urlsplit

from websockets.asyncio.server import serve
from websockets.exceptions import ConnectionClosed

from depthview.clock import SystemClock
from tests.support.frames import Rows, book_event, frame

if TYPE_CHECKING:
    from collections.abc import AsyncIterator

    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request, Response

_PRODUCTS = "/api/v3/brokerage/market/products"


@dataclass
class Script:
    """What the venue has to send."""

    books: Mapping[str, tuple[Rows, Rows]]
    """Bids and asks by the name that the data carries."""
    aliases: dict[str, str] = field(default_factory=dict)
    """By a name that may be asked for, the one under which its data comes."""
    products: Sequence[dict[str, Any]] | None = None
    """Rows of the product list; None where there is no list."""
    futures: Sequence[dict[str, Any]] = ()
    """Rows that the list has for ``product_type=FUTURE``."""
    delays: dict[str, float] = field(default_factory=dict)
    """Seconds until a book comes, by the name that the data carries; at once where it is not here."""
    silent: frozenset[str] = frozenset()
    """Names whose data never comes and that no acknowledgement names."""
    later: Sequence[tuple[float, str, dict[str, Any]]] = ()
    """Seconds after the first book was asked for, channel, and event; in the order of the seconds."""


@dataclass
class ScriptedVenue:
    """A running one."""

    url: str
    asked: list[dict[str, Any]] = field(default_factory=list)
    """Messages that came, without tokens."""
    paths: list[str] = field(default_factory=list)
    """What was asked for over HTTP, with its query."""
    told: int = 0
    """Events of :attr:`Script.later` that were sent, on all connections."""

    def level2(self, action: str) -> list[str]:
        """Products that books were asked for, or given up, in the order of asking."""
        wanted = (message for message in self.asked if (message["type"], message["channel"]) == (action, "level2"))
        return [name for message in wanted for name in message["product_ids"]]


class _Connection:
    """One client."""

    def __init__(self, socket: ServerConnection, script: Script) -> None:
        self._socket = socket
        self._script = script
        self._clock = SystemClock()
        self._number = 0
        self._subscribed: dict[str, set[str]] = {}
        self._tasks: list[asyncio.Task[None]] = []

    async def serve(self, venue: ScriptedVenue) -> None:
        self._tasks.append(asyncio.create_task(self._beats()))
        try:
            async for text in self._socket:
                message = json.loads(text)
                message.pop("jwt", None)
                if message["channel"] == "level2" and "level2" not in self._subscribed:
                    self._tasks.append(asyncio.create_task(self._later(venue)))
                venue.asked.append(message)
                await self._answer(message["type"], message["channel"], message.get("product_ids", ()))
        finally:
            for task in self._tasks:
                task.cancel()
            await asyncio.gather(*self._tasks, return_exceptions=True)

    async def _answer(self, action: str, channel: str, names: Sequence[str]) -> None:
        present = self._subscribed.setdefault(channel, set())
        labels = {self._script.aliases.get(name, name) for name in names if name not in self._script.silent}
        if action == "unsubscribe":
            present -= labels
        else:
            fresh = labels - present
            present |= labels or {channel}
            for label in sorted(fresh) if channel == "level2" else ():
                if label in self._script.delays:
                    self._tasks.append(asyncio.create_task(self._book(label, self._script.delays[label])))
                else:
                    await self._book(label)
        await self._send("subscriptions", {"subscriptions": {c: sorted(n) for c, n in self._subscribed.items() if n}})

    async def _book(self, label: str, delay: float = 0.0) -> None:
        await asyncio.sleep(delay)
        if label in self._script.books and label in self._subscribed["level2"]:
            await self._send("l2_data", book_event("snapshot", label, *self._script.books[label]))

    async def _beats(self) -> None:
        counter = 1_000
        while True:
            await asyncio.sleep(0.5)
            if self._subscribed.get("heartbeats"):
                counter += 1
                await self._send("heartbeats", {"current_time": "now", "heartbeat_counter": counter})

    async def _later(self, venue: ScriptedVenue) -> None:
        slept = 0.0
        for at, channel, event in self._script.later:
            await asyncio.sleep(at - slept)
            slept = at
            await self._send(channel, event)
            venue.told += 1

    async def _send(self, channel: str, event: dict[str, Any]) -> None:
        number, self._number = self._number, self._number + 1
        await self._socket.send(json.dumps(frame(channel, number, [event], unix=self._clock.unix())))


@asynccontextmanager
async def scripted_venue(script: Script) -> AsyncIterator[ScriptedVenue]:
    """Run a venue for as long as the context lasts."""

    def respond(connection: ServerConnection, request: Request) -> Response | None:
        if request.headers.get("Upgrade"):
            return None
        parts = urlsplit(request.path)
        venue.paths.append(request.path)
        if parts.path != _PRODUCTS or script.products is None:
            return connection.respond(HTTPStatus.NOT_FOUND, "{}")
        is_future = parse_qs(parts.query).get("product_type") == ["FUTURE"]
        rows = script.futures if is_future else script.products
        return connection.respond(HTTPStatus.OK, json.dumps({"products": list(rows)}))

    async def handle(socket: ServerConnection) -> None:
        try:
            await _Connection(socket, script).serve(venue)
        except ConnectionClosed:
            return  # as clients do at their end

    async with serve(handle, "127.0.0.1", 0, process_request=respond) as server:
        port = next(iter(server.sockets)).getsockname()[1]
        venue = ScriptedVenue(f"ws://127.0.0.1:{port}")
        yield venue
