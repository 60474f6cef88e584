"""A client of the real venue in miniature, knowing nothing of the exchange's code, and a book kept the naive way."""

from __future__ import annotations

import asyncio
import json
import secrets
from contextlib import asynccontextmanager
from decimal import Decimal
from typing import TYPE_CHECKING, Any

import jwt
from websockets.asyncio.client import ClientConnection, connect

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Callable

    from depthview.exchange.keys import ThrowAwayKey

Message = dict[str, Any]

HANDSHAKE = (
    b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
    b"Sec-WebSocket-Key: AAAAAAAAAAAAAAAAAAAAAA==\r\nSec-WebSocket-Version: 13\r\n\r\n"
)
"""A WebSocket handshake by hand, for what a client's library would hide."""


def sign(key: ThrowAwayKey, now: float, *, header: Message | None = None, claims: Message | None = None) -> str:
    """A token as the venue's guide makes it, with some of it replaced; a value of None leaves the field out.

    (PyJWT adds a ``typ`` of its own unless that is the empty string.)
    """
    full_header = {"kid": key.name, "nonce": secrets.token_hex(8), **(header or {})}
    full_claims = {"sub": key.name, "iss": "cdp", "nbf": int(now), "exp": int(now) + 120, **(claims or {})}
    return jwt.encode(
        {name: value for name, value in full_claims.items() if value is not None},
        key.private_pem,
        algorithm="ES256",
        headers={name: value for name, value in full_header.items() if value is not None},
    )


class Client:
    """One connection to an exchange."""

    def __init__(self, socket: ClientConnection) -> None:
        self.socket = socket
        self.frames: list[Message] = []

    async def send(self, message: object) -> None:
        await self.socket.send(json.dumps(message))

    async def subscribe(self, channel: str, *products: str, **fields: object) -> None:
        await self.send({"type": "subscribe", "product_ids": list(products), "channel": channel, **fields})

    async def unsubscribe(self, channel: str, *products: str) -> None:
        await self.send({"type": "unsubscribe", "product_ids": list(products), "channel": channel})

    async def receive(self) -> Message:
        """The next frame; it is kept in ``frames`` too."""
        async with asyncio.timeout(30):
            frame: Message = json.loads(await self.socket.recv())
        self.frames.append(frame)
        return frame

    async def until(self, wanted: Callable[[Message], bool]) -> Message:
        """Receive up to and including the first frame that is wanted."""
        while not wanted(frame := await self.receive()):
            pass
        return frame

    async def acknowledged(self) -> dict[str, list[str]]:
        """The next acknowledgement's subscriptions."""
        frame = await self.until(lambda frame: frame.get("channel") == "subscriptions")
        subscriptions: dict[str, list[str]] = frame["events"][0]["subscriptions"]
        return subscriptions

    async def error(self) -> str:
        """The next error frame's text."""
        frame = await self.until(lambda frame: frame.get("type") == "error")
        assert frame == {"type": "error", "message": frame["message"]}
        return str(frame["message"])

    def kinds(self) -> list[tuple[str, str, str]]:
        """Channel, event type and product of every frame so far that has a channel."""
        return [kind(frame) for frame in self.frames if "channel" in frame]


def kind(frame: Message) -> tuple[str, str, str]:
    """Channel, event type and product of a frame, empty where it has none."""
    event = frame["events"][0]
    rows = event.get("trades") or event.get("tickers") or [{}]
    return frame["channel"], event.get("type", ""), event.get("product_id") or rows[0].get("product_id", "")


@asynccontextmanager
async def connected(url: str) -> AsyncIterator[Client]:
    """A client, closed at the end."""
    async with connect(url, proxy=None, compression=None, max_size=None, max_queue=None) as socket:
        yield Client(socket)


async def eventually(holds: Callable[[], bool]) -> None:
    """Return once it holds; fail after 30 s."""
    async with asyncio.timeout(30):
        while not holds():  # noqa: ASYNC110  # what is waited for belongs to somebody else
            await asyncio.sleep(0.01)


class NaiveBook:
    """A dict of Decimal for each side, sorted whenever it is looked at."""

    def __init__(self) -> None:
        self.sides: dict[str, dict[Decimal, tuple[str, str]]] = {"bid": {}, "offer": {}}

    def apply(self, event: Message) -> None:
        if event["type"] == "snapshot":
            self.sides = {"bid": {}, "offer": {}}
        for row in event["updates"]:
            price, size = row["price_level"], row["new_quantity"]
            if Decimal(size) == 0:
                self.sides[row["side"]].pop(Decimal(price), None)
            else:
                self.sides[row["side"]][Decimal(price)] = (price, size)

    def best(self, side: str) -> tuple[str, str]:
        levels = self.sides[side]
        return levels[max(levels) if side == "bid" else min(levels)]

    def whole(self) -> dict[str, list[list[str]]]:
        """In the shape of a truth file."""
        bids, offers = self.sides["bid"], self.sides["offer"]
        return {
            "bids": [list(bids[price]) for price in sorted(bids, reverse=True)],
            "asks": [list(offers[price]) for price in sorted(offers)],
        }
