"""Faults at the door: handshakes, tokens, limits, and the venue's clock."""

from __future__ import annotations

import asyncio
from http import HTTPStatus
from typing import TYPE_CHECKING

from websockets.datastructures import Headers
from websockets.http11 import Response

from depthview.exchange.faults.effect import LineEffect, Outgoing, VenueEffect, reset
from depthview.exchange.messages import Refused, error
from depthview.exchange.rest import KeyPermissions

if TYPE_CHECKING:
    from websockets.asyncio.server import ServerConnection
    from websockets.http11 import Request as HttpRequest

    from depthview.exchange.messages import Request


class _AtTheDoor(VenueEffect):
    """Something else than the usual answer to some handshakes."""

    def begin(self) -> None:
        """Cut off what is open, so that there are handshakes to come."""
        self._left = self.settings.whole("times")
        if self.settings.flag("drop"):
            for line in tuple(self.scene.lines.values()):
                reset(line.socket)

    async def at_the_door(self, request: HttpRequest, socket: ServerConnection) -> Response | None:
        """Answer, and count."""
        if self.is_over or not self._left:
            return None
        self._left -= 1
        self.touched(Outgoing(b""), "refused")
        response = await self.answer(socket)
        if not self._left:
            self.finish()
        return response

    async def answer(self, socket: ServerConnection) -> Response:
        """What comes in place of 101."""
        return _response(self.settings.whole("status"), self.headers())

    def headers(self) -> dict[str, str]:
        """What is said besides the status."""
        return {}


class Handshake(_AtTheDoor):
    """Handshakes are answered by an HTTP status."""

    def headers(self) -> dict[str, str]:
        """When to come again, if that is told."""
        wait = self.settings.whole("retry_after")
        return {"Retry-After": str(wait)} if wait else {}


class TooManyHandshakes(_AtTheDoor):
    """Handshakes are answered by 429."""

    async def answer(self, socket: ServerConnection) -> Response:
        """Tell when to come again."""
        return _response(HTTPStatus.TOO_MANY_REQUESTS, {"Retry-After": str(self.settings.whole("retry_after"))})


class Redirect(_AtTheDoor):
    """Handshakes are sent elsewhere."""

    def headers(self) -> dict[str, str]:
        """Where to."""
        return {"Location": self.settings.word("location")}


class Hang(_AtTheDoor):
    """Handshakes are taken and never answered."""

    async def answer(self, socket: ServerConnection) -> Response:
        """Say nothing for as long as it takes, then cut the client off."""
        try:
            async with asyncio.timeout(self.settings.seconds("seconds")):
                await self.scene.closing.wait()
        except TimeoutError:
            pass  # the time is up
        reset(socket)
        return _response(HTTPStatus.SERVICE_UNAVAILABLE, {})


class RefuseAuth(VenueEffect):
    """Tokens are refused, good ones too."""

    timed = True
    zero_is_for_good = True

    def begin(self) -> None:
        """Refuse from here on."""
        self._left = self.settings.whole("times")
        self.scene.venue.judge.refuses_all = self._refuses

    def heal(self) -> None:
        """Judge again."""
        self.scene.venue.judge.refuses_all = None

    def _refuses(self) -> bool:
        self.touched(Outgoing(b""), "refused")
        if self._left:
            self._left -= 1
            if not self._left:
                self.finish()
        return True


class Expire(VenueEffect):
    """Tokens expire sooner than they say."""

    timed = True
    zero_is_for_good = True

    def begin(self) -> None:
        """Shorten lives."""
        self.scene.venue.judge.longest_life_seconds = self.settings.whole("life")

    def heal(self) -> None:
        """Believe ``exp`` again."""
        self.scene.venue.judge.longest_life_seconds = None


class WrongClock(VenueEffect):
    """The venue's clock is wrong, in stamps, in the ``Date`` header and where tokens are judged."""

    timed = True
    zero_is_for_good = True

    def begin(self) -> None:
        """Move the clock."""
        self.scene.venue.clock.offset_seconds += self.settings.whole("offset")

    def heal(self) -> None:
        """Move it back."""
        self.scene.venue.clock.offset_seconds -= self.settings.whole("offset")


class RateLimit(LineEffect):
    """Requests are refused as too many."""

    timed = True

    def begin(self) -> None:
        """Say so at once."""
        self._refuse()

    def swallows(self, request: Request) -> bool:
        """Refuse it."""
        self._refuse()
        return True

    def _refuse(self) -> None:
        self.scene.venue.refuse(Refused.RATE, "refused on command")
        self.post(error(Refused.RATE.value), "added")


class Permissions(VenueEffect):
    """A key may do what the order says."""

    def begin(self) -> None:
        """Change it, for good."""
        self.scene.venue.permissions = KeyPermissions(
            self.settings.flag("view"), self.settings.flag("trade"), self.settings.flag("transfer")
        )
        self.finish()


def _response(status: int, headers: dict[str, str]) -> Response:
    """An HTTP answer of any status, known or not."""
    try:
        phrase = HTTPStatus(status).phrase
    except ValueError:
        phrase = "Unknown"
    body = f"{phrase}\n".encode()
    fields = Headers({"Date": "", "Connection": "close", "Content-Length": str(len(body)), **headers})
    return Response(status, phrase, fields, body)
