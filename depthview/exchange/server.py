"""The exchange as a server on loopback."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self

import msgspec
from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.frames import CloseCode

from depthview.errors import ConfigurationError
from depthview.exchange.connection import Connection
from depthview.exchange.rest import PRODUCTS_PATH, TIME_PATH, products_document, time_document
from depthview.exchange.venue import Refusal, Venue

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from websockets.http11 import Request, Response

    from depthview.clock import Clock
    from depthview.exchange.options import ExchangeOptions

HOST: Final = "127.0.0.1"

_LARGEST_REQUEST: Final = 65_536
"""Bytes. A token and 30 products take 1,500."""
_CLOSE_SECONDS: Final = 2.0
"""What a client that does not answer a close is given before the transport is cut."""


class Exchange:
    """A venue on loopback, alive inside ``async with``.

    It runs in the caller's event loop. Entering opens the port and starts the market; leaving stops the market,
    closes every connection with 1001 and waits until all is gone. One use only.

    Args:
        options: What it is to be like.
        clock: Its time.

    Raises:
        UsageError: A product is not traded here.
    """

    def __init__(self, options: ExchangeOptions, clock: Clock) -> None:
        self._venue = Venue(options, clock)
        self._server: Server | None = None
        self._ticking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            ConfigurationError: The port cannot be had.
        """
        port = self._venue.options.port
        try:
            self._server = await serve(
                self._serve,
                HOST,
                port,
                process_request=self._answer_http,
                compression=None,  # it would cost more than all the rest, and loopback gains nothing by it
                max_size=_LARGEST_REQUEST,
                close_timeout=_CLOSE_SECONDS,
            )
        except OSError as fault:
            raise ConfigurationError(
                f"port {port} cannot be opened on {HOST} ({fault.strerror}): choose another, or 0 for a free one"
            ) from None
        self._ticking = asyncio.create_task(self._tick(self._server))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.wait([self._ticking])
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        if self._ticking is not None and not self._ticking.cancelled():
            self._ticking.result()

    @property
    def port(self) -> int:
        """The TCP port it listens on.

        Raises:
            RuntimeError: It is not listening.
        """
        if self._server is None:
            raise RuntimeError("the exchange listens inside `async with` only")
        port: int = self._server.sockets[0].getsockname()[1]
        return port

    @property
    def url(self) -> str:
        """Where clients connect to; the REST addresses are on the same host and port."""
        return f"ws://{HOST}:{self.port}"

    @property
    def products(self) -> tuple[str, ...]:
        """What it trades, without aliases, the liveliest first."""
        return tuple(self._venue.feeds)

    @property
    def connections(self) -> int:
        """How many clients are connected."""
        return 0 if self._server is None else len(self._server.connections)

    @property
    def refusals(self) -> Sequence[Refusal]:
        """The latest things clients were refused, oldest first, with the grounds that the wire does not tell."""
        return tuple(self._venue.refusals)

    @property
    def is_quiet(self) -> bool:
        """Whether the market has stopped for good; everything that moved has been sent or queued by then."""
        return self._venue.market.is_quiet

    def truth(self) -> dict[str, dict[str, list[list[str]]]]:
        """Every book whole, as it is now: ``{"BTC-USD": {"bids": [["65083.66","0.5"], ...], "asks": [...]}}``.

        Best first, exact strings.
        """
        return self._venue.market.truth()

    async def _serve(self, socket: ServerConnection) -> None:
        await Connection(socket, self._venue).run()

    async def _tick(self, server: Server) -> None:
        try:
            while True:
                await asyncio.sleep(self._venue.seconds_to_next_tick())
                self._venue.tick()
        except Exception:
            # A market that died must not look like a quiet one.
            server.close(code=CloseCode.INTERNAL_ERROR)
            raise

    def _answer_http(self, connection: ServerConnection, request: Request) -> Response | None:
        """The answer to a plain HTTP request; None lets a WebSocket handshake go on."""
        path = request.path.partition("?")[0]
        if path == "/":
            return None
        if path == PRODUCTS_PATH:
            return _json(connection, products_document(self._venue.feeds.values()))
        if path == TIME_PATH:
            return _json(connection, time_document(self._venue.moment().instant_ns))
        return connection.respond(HTTPStatus.NOT_FOUND, "not found\n")


def _json(connection: ServerConnection, document: dict[str, object]) -> Response:
    response = connection.respond(HTTPStatus.OK, msgspec.json.encode(document).decode())
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json"
    return response
