"""The exchange as a server on loopback."""

from __future__ import annotations

import asyncio
import json
from email.utils import formatdate
from http import HTTPStatus
from typing import TYPE_CHECKING, Final, Self

from websockets.asyncio.server import Server, ServerConnection, serve
from websockets.frames import CloseCode

from depthview.errors import ConfigurationError
from depthview.exchange.connection import VenueConnection
from depthview.exchange.faults.injector import Injector
from depthview.exchange.messages import ErrorText
from depthview.exchange.rest import is_private, private_document, public_document, token_uris
from depthview.exchange.tokens import RefusalReason, TokenRefused
from depthview.exchange.venue import RefusalRecord, Venue
from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    from collections.abc import Sequence
    from types import TracebackType

    from websockets.http11 import Request, Response

    from depthview.clock import Clock
    from depthview.exchange.faults.injections import Injection
    from depthview.exchange.options import ExchangeOptions

HOST: Final = "127.0.0.1"

_LARGEST_REQUEST: Final = 65_536
"""Bytes. A token and 30 products take 1,500."""
_HANDSHAKE_SECONDS: Final = 90.0
"""Time for a handshake; longer than any fault delays the answer."""
_CLOSE_SECONDS: Final = 2.0
"""Time for a client to answer a close before the transport is cut."""


class Exchange:
    """A venue on loopback, alive inside ``async with``.

    It runs in the caller's event loop. Entering opens the port and starts the market; leaving stops the market,
    closes every connection with 1001 and waits until all is gone. One use only.

    Args:
        options: Its settings.
        clock: What it tells the time by.

    Raises:
        UsageError: A product is not traded here, or a fault is invalid.
    """

    def __init__(self, options: ExchangeOptions, clock: Clock) -> None:
        self._venue = Venue(options, clock)
        self._injector = Injector(self._venue, options.faults, options.seed)
        self._served = 0
        self._server: Server | None = None
        self._ticking: asyncio.Task[None] | None = None

    async def __aenter__(self) -> Self:
        """Listen.

        Raises:
            ConfigurationError: The port or the file of :attr:`ExchangeOptions.injected` cannot be opened.
        """
        if self._venue.options.injected is not None:
            self._injector.log.open(self._venue.options.injected)
        port = self._venue.options.port
        try:
            self._server = await serve(
                self._serve,
                HOST,
                port,
                process_request=self._answer_http,
                process_response=self._date,
                compression=None,  # it would take most of the time, and loopback gains nothing
                max_size=_LARGEST_REQUEST,
                open_timeout=_HANDSHAKE_SECONDS,
                close_timeout=_CLOSE_SECONDS,
            )
        except OSError as fault:
            self._injector.log.close()
            raise ConfigurationError(
                f"port {port} cannot be opened on {HOST} ({os_reason(fault)}): choose another, or 0 for a free one"
            ) from None
        self._injector.start()
        self._ticking = asyncio.create_task(self._tick(self._server))
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._ticking is not None:
            self._ticking.cancel()
            await asyncio.wait([self._ticking])
        self._injector.end()
        if self._server is not None:
            self._server.close()
            await self._server.wait_closed()
        try:
            if self._ticking is not None and not self._ticking.cancelled():
                self._ticking.result()
        finally:
            self._injector.log.close()

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
        """What it trades, without aliases, most active first."""
        return tuple(self._venue.feeds)

    @property
    def connections(self) -> int:
        return 0 if self._server is None else len(self._server.connections)

    @property
    def refusals(self) -> Sequence[RefusalRecord]:
        """The latest refusals, oldest first, each with the reason that the client is not told."""
        return tuple(self._venue.refusals)

    @property
    def injected(self) -> Sequence[Injection]:
        return tuple(self._injector.log.entries)

    def provoke(self, fault: str) -> None:
        """Inject a fault: at once on all connections (on the next one if there is none), unless it says when.

        Args:
            fault: ``NAME[:KEY=VALUE,...]``, such as ``gap:count=3``.

        Raises:
            UsageError: There is no such fault or key; one line, with the nearest name.
        """
        self._injector.provoke(fault)

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
        self._served += 1
        connection = VenueConnection(socket, self._venue, self._served)
        self._injector.opened(connection)
        try:
            await connection.run()
        finally:
            self._injector.closed(connection)

    async def _tick(self, server: Server) -> None:
        try:
            while True:
                await asyncio.sleep(self._venue.seconds_to_next_tick())
                self._venue.tick()
                self._injector.tick()
        except Exception:
            # A market that failed must not look like a quiet one.
            server.close(code=CloseCode.INTERNAL_ERROR)
            raise

    async def _answer_http(self, connection: ServerConnection, request: Request) -> Response | None:
        path, _, query = request.path.partition("?")
        if path == "/":
            return await self._injector.answer_handshake(connection)
        if is_private(path):
            return self._answer_authenticated(connection, request, path)
        document = public_document(self._venue, path, query)
        if document is None:
            return connection.respond(HTTPStatus.NOT_FOUND, "not found\n")
        return _json(connection, document)

    def _answer_authenticated(self, connection: ServerConnection, request: Request, path: str) -> Response:
        """The answer to a request with a token; 401 where the token is not valid."""
        scheme, _, token = request.headers.get("Authorization", "").partition(" ")
        uris = token_uris(path, (request.headers.get("Host", ""), f"{HOST}:{self.port}"))
        reason = RefusalReason.NO_TOKEN
        if scheme == "Bearer" and token:
            try:
                self._venue.verifier.accept(token, uris)
                return _json(connection, private_document(self._venue, path))
            except TokenRefused as refusal:
                reason = refusal.reason
        self._venue.refuse(ErrorText.AUTHENTICATION, reason.value)
        return connection.respond(HTTPStatus.UNAUTHORIZED, "Unauthorized\n")

    def _date(self, connection: ServerConnection, request: Request, response: Response) -> None:
        """Date every answer by the venue's clock, which a fault may have set wrong."""
        if "Date" in response.headers:
            del response.headers["Date"]
        response.headers["Date"] = formatdate(self._venue.clock.unix(), usegmt=True)


def _json(connection: ServerConnection, document: dict[str, object]) -> Response:
    # Escapes instead of UTF-8, since a name on the list may be text that has no encoding.
    response = connection.respond(HTTPStatus.OK, json.dumps(document))
    del response.headers["Content-Type"]
    response.headers["Content-Type"] = "application/json"
    return response
