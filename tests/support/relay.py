"""A relay on loopback between a client and an exchange, which can spoil what passes through it.

Frames go both ways untouched until a test arms a fault: ``relay.drop(book_of("BTC-USD"))`` loses the next frame that
fits. What the client sends is kept in :attr:`Relay.sent`.
"""

from __future__ import annotations

import asyncio
import json
from collections import deque
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, Self

from websockets.asyncio.client import ClientConnection, connect
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.exceptions import ConnectionClosed

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from types import TracebackType

    from websockets.http11 import Request, Response

Message = dict[str, Any]
_HOST = "127.0.0.1"


@dataclass(eq=False)
class Fault:
    """Something to be done, once, to the first frame that fits."""

    fits: Callable[[Message], bool]
    act: Callable[[ServerConnection, str], Awaitable[None]]
    frame: Message | None = None
    """The frame that it struck; None while it waits."""
    _released: asyncio.Event = field(default_factory=asyncio.Event)

    @property
    def struck(self) -> bool:
        """Whether it has."""
        return self.frame is not None

    def release(self) -> None:
        """Let go of what it holds up."""
        self._released.set()

    async def wait(self) -> None:
        """Until released."""
        await self._released.wait()


def book_of(product: str, kind: str = "update") -> Callable[[Message], bool]:
    """Fits level2 frames of a product: updates, or snapshots."""

    def fits(frame: Message) -> bool:
        return frame.get("channel") == "l2_data" and any(
            event["product_id"] == product and event["type"] == kind for event in frame["events"]
        )

    return fits


def of_channel(channel: str) -> Callable[[Message], bool]:
    """Fits frames of a channel, by the name that they carry."""
    return lambda frame: frame.get("channel") == channel


class Relay:
    """A WebSocket server that passes everything on to ``upstream`` and back, alive inside ``async with``.

    Args:
        upstream: Where the exchange listens.
    """

    def __init__(self, upstream: str) -> None:
        self._upstream = upstream
        self._server: Server | None = None
        self._client: ServerConnection | None = None
        self._faults: list[Fault] = []
        self._swallowed: list[Fault] = []
        self._behind: list[str] = []
        self._answers: deque[tuple[int, dict[str, str]]] = deque()
        self.sent: list[Message] = []
        """Every message of the client's, over all its connections."""
        self.passed: list[Message] = []
        """Every frame that the exchange sent, spoilt or not."""
        self.handshakes = 0
        """Tries to connect, refused ones included."""
        self.accepted = 0
        """Connections that were opened."""

    async def __aenter__(self) -> Self:
        self._server = await serve(
            self._serve,
            _HOST,
            0,
            process_request=self._answer,
            compression=None,
            max_size=None,
            ping_interval=None,
            close_timeout=0.5,
        )
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        assert self._server is not None
        for armed in self._faults:
            armed.release()
        self._server.close()
        await self._server.wait_closed()

    @property
    def url(self) -> str:
        """Where clients connect to."""
        assert self._server is not None
        return f"ws://{_HOST}:{self._server.sockets[0].getsockname()[1]}"

    # --- what can go wrong --------------------------------------------------------------------------------------

    def drop(self, fits: Callable[[Message], bool]) -> Fault:
        """Lose a frame."""
        return self.replace(fits)

    def duplicate(self, fits: Callable[[Message], bool]) -> Fault:
        """Send a frame twice."""

        async def act(client: ServerConnection, text: str) -> None:
            await client.send(text)
            await client.send(text)

        return self._arm(Fault(fits, act))

    def swap(self, fits: Callable[[Message], bool]) -> Fault:
        """Send a frame behind the one that follows it."""

        async def act(_: ServerConnection, text: str) -> None:
            self._behind.append(text)

        return self._arm(Fault(fits, act))

    def replace(self, fits: Callable[[Message], bool], *frames: str | bytes) -> Fault:
        """Send other frames, or none, in a frame's place."""

        async def act(client: ServerConnection, _: str) -> None:
            for frame in frames:
                await client.send(frame)

        return self._arm(Fault(fits, act))

    def change(self, fits: Callable[[Message], bool], change: Callable[[Message], None]) -> Fault:
        """Alter a frame's content."""

        async def act(client: ServerConnection, text: str) -> None:
            message = json.loads(text)
            change(message)
            await client.send(json.dumps(message))

        return self._arm(Fault(fits, act))

    def hold(self, fits: Callable[[Message], bool]) -> Fault:
        """Hold a frame up, and all behind it, until the fault is released."""

        async def act(client: ServerConnection, text: str) -> None:
            await armed.wait()
            await client.send(text)

        armed = self._arm(Fault(fits, act))
        return armed

    def halve(self, fits: Callable[[Message], bool]) -> Fault:
        """Send the first half of a frame, and the rest of it never; once released, cut the connection off."""

        async def act(client: ServerConnection, text: str) -> None:
            async def half() -> AsyncIterator[str]:
                yield text[: len(text) // 2]
                await armed.wait()
                client.transport.abort()
                yield ""

            await client.send(half())

        armed = self._arm(Fault(fits, act))
        return armed

    def swallow(self, action: str, channel: str) -> Fault:
        """Keep a message of the client's from the exchange."""

        async def act(_: ServerConnection, __: str) -> None:
            pass

        fault = Fault(lambda message: (message.get("type"), message.get("channel")) == (action, channel), act)
        self._swallowed.append(fault)
        return fault

    def answer(self, status: int, **headers: str) -> None:
        """Answer the next try to connect with an HTTP status; ``Retry_After`` stands for ``Retry-After``."""
        self._answers.append((status, {name.replace("_", "-"): value for name, value in headers.items()}))

    async def inject(self, frame: str | bytes, *, text: bool | None = None) -> None:
        """Send a frame of the test's own; bytes with ``text`` make a text frame of whatever they are."""
        assert self._client is not None
        await self._client.send(frame, text=text)

    async def close(self, code: int, reason: str = "") -> None:
        """Close the client's connection."""
        assert self._client is not None
        await self._client.close(code, reason)

    def abort(self) -> None:
        """Cut the client's connection off without a word."""
        assert self._client is not None
        self._client.transport.abort()

    # --- inside -------------------------------------------------------------------------------------------------

    def _arm(self, fault: Fault) -> Fault:
        self._faults.append(fault)
        return fault

    def _answer(self, connection: ServerConnection, _: Request) -> Response | None:
        self.handshakes += 1
        if not self._answers:
            return None
        status, headers = self._answers.popleft()
        response = connection.respond(HTTPStatus(status), "refused by the relay\n")
        for name, value in headers.items():
            for one in value.split("|"):
                response.headers[name] = one
        return response

    async def _serve(self, client: ServerConnection) -> None:
        self._client = client
        self.accepted += 1
        async with connect(self._upstream, proxy=None, compression=None, max_size=None) as upstream:
            ways = [asyncio.create_task(self._up(client, upstream)), asyncio.create_task(self._down(client, upstream))]
            _, pending = await asyncio.wait(ways, return_when=asyncio.FIRST_COMPLETED)
            for way in pending:
                way.cancel()
            await asyncio.gather(*pending, return_exceptions=True)
            for way in ways:
                if not way.cancelled():
                    way.result()

    async def _up(self, client: ServerConnection, upstream: ClientConnection) -> None:
        with suppress(ConnectionClosed):
            async for text in client:
                message: Message = json.loads(text)
                self.sent.append(message)
                fault = next((armed for armed in self._swallowed if armed.fits(message)), None)
                if fault is not None:
                    self._swallowed.remove(fault)
                    fault.frame = message
                    continue
                await upstream.send(text)

    async def _down(self, client: ServerConnection, upstream: ClientConnection) -> None:
        self._behind.clear()
        with suppress(ConnectionClosed):
            async for text in upstream:
                assert isinstance(text, str)
                message: Message = json.loads(text)
                self.passed.append(message)
                fault = next((armed for armed in self._faults if armed.fits(message)), None)
                if fault is not None:
                    self._faults.remove(fault)
                    fault.frame = message
                    await fault.act(client, text)
                    continue
                await client.send(text)
                while self._behind:
                    await client.send(self._behind.pop())
