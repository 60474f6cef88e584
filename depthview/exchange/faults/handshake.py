"""Faults of handshakes, tokens, limits, and the venue's clock."""

from __future__ import annotations

from http import HTTPStatus
from typing import TYPE_CHECKING

from depthview.exchange.faults.fault import ConnectionFault, InjectedFault, VenueFault, fault
from depthview.exchange.faults.parameters import Duration, flag, seconds_of, text_of, whole
from depthview.exchange.faults.wire_actions import reset
from depthview.exchange.messages import ErrorText, error

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Response

    from depthview.exchange.faults.fault import FaultOrder
    from depthview.exchange.requests import ClientRequest


class _HandshakeFault(VenueFault):
    """Answers some handshakes otherwise."""

    times = whole(1, 1, 1_000)
    drop = flag(default=True)

    def begin(self) -> None:
        if self.drop:  # so that there are handshakes to come
            for connection in tuple(self.context.connections.values()):
                reset(connection.socket)

    async def answer_handshake(self, socket: ServerConnection) -> Response | None:
        if self.is_over or self._used == self.times:  # the last answer may still be under way
            return None
        self._used += 1
        self.touched("refused")
        response = await self.answer(socket)
        if self._used == self.times:
            self.finish()
        return response

    async def answer(self, socket: ServerConnection) -> Response:
        """What comes in place of 101."""
        raise NotImplementedError


@fault("handshake", "answer TIMES handshakes by STATUS; with DROP, open connections are cut off first", after=0)
class HandshakeStatus(_HandshakeFault):
    status = whole(503, 200, 599)
    retry_after = whole(0, 0, 3_600)

    async def answer(self, socket: ServerConnection) -> Response:
        return _response(self.status, {"Retry-After": str(self.retry_after)} if self.retry_after else {})


@fault("redirect", "redirect TIMES handshakes to LOCATION", after=0)
class Redirect(_HandshakeFault):
    location = text_of("wss://example.invalid/")
    status = whole(302, 300, 399)

    async def answer(self, socket: ServerConnection) -> Response:
        return _response(self.status, {"Location": self.location})


@fault("hang", "accept TIMES handshakes, leave them unanswered for SECONDS, then cut them off", after=0)
class Hang(_HandshakeFault):
    seconds = seconds_of(15, most=60)

    async def answer(self, socket: ServerConnection) -> Response:
        import asyncio

        try:
            async with asyncio.timeout(self.seconds):
                await self.context.closing.wait()
        except TimeoutError:
            pass  # the time is up
        reset(socket)
        return _response(HTTPStatus.SERVICE_UNAVAILABLE, {})


class _TooManyHandshakes(_HandshakeFault):
    """What ``rate_limit`` is with ``http=1``."""

    retry_after = whole(2, 0, 3_600)

    async def answer(self, socket: ServerConnection) -> Response:
        return _response(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(self.retry_after)})


@fault(
    "rate_limit",
    "answer requests by an error frame for SECONDS; with HTTP, answer TIMES handshakes by 429 with Retry-After",
)
class RateLimit(ConnectionFault):
    seconds = Duration(2)
    http = flag()
    retry_after = whole(2, 0, 3_600)
    times = whole(1, 1, 1_000)
    drop = flag(default=True)

    @classmethod
    def class_for(cls, order: FaultOrder) -> type[InjectedFault]:
        return _TooManyHandshakes if order.values["http"] else cls

    def begin(self) -> None:
        self._refuse()

    def swallows(self, request: ClientRequest) -> bool:
        self._refuse()
        return True

    def _refuse(self) -> None:
        self.venue.refuse(ErrorText.RATE, "refused on command")
        self.post(error(ErrorText.RATE.value))


@fault("refuse_auth", "refuse tokens for SECONDS (0: forever), or TIMES of them; public requests are accepted", after=0)
class RefuseAuth(VenueFault):
    """Good tokens too."""

    seconds = Duration(30, zero_is_forever=True)
    times = whole(0, 0, 1_000)

    def begin(self) -> None:
        self.venue.verifier.refuses_all = self._refuses

    def undo(self) -> None:
        self.venue.verifier.refuses_all = None

    def _refuses(self) -> bool:
        self.touched("refused")
        self.use_up(self.times)
        return True


@fault("expire", "for SECONDS (0: forever) tokens expire LIFE seconds after nbf", after=0)
class Expire(VenueFault):
    life = whole(10, 0, 120)
    seconds = Duration(0, zero_is_forever=True)

    def begin(self) -> None:
        self.venue.verifier.longest_life_seconds = self.life

    def undo(self) -> None:
        self.venue.verifier.longest_life_seconds = None


@fault("clock", "the venue's clock is off by OFFSET seconds for SECONDS (0: forever)", after=0)
class WrongClock(VenueFault):
    """In timestamps, in the ``Date`` header and where tokens are judged."""

    offset = whole(-300, -86_400, 86_400)
    seconds = Duration(0, zero_is_forever=True)

    def begin(self) -> None:
        self.venue.clock.offset_seconds += self.offset

    def undo(self) -> None:
        self.venue.clock.offset_seconds -= self.offset


@fault("permissions", "change what the REST address says a key may do", after=0)
class Permissions(VenueFault):
    view = flag(default=True)
    trade = flag()
    transfer = flag()

    def begin(self) -> None:
        from depthview.exchange.venue import KeyPermissions

        self.venue.permissions = KeyPermissions(bool(self.view), bool(self.trade), bool(self.transfer))
        self.finish()


def _response(status: int, headers: dict[str, str]) -> Response:
    from websockets.datastructures import Headers
    from websockets.http11 import Response

    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    body = f"{phrase}\n".encode()
    fields = Headers({"Date": "", "Connection": "close", "Content-Length": str(len(body)), **headers})
    return Response(status, phrase, fields, body)
