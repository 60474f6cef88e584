"""The seams of the feed: what it drives, and what it draws from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from depthview.auth.tokens import Token

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from depthview.core.clock_offset import Offset
    from depthview.protocol.decode import Message
    from depthview.protocol.requests import Request

Sign = Callable[[], Token | None]
"""Makes the token for the next message; None where there is none to be had any more. May raise SigningFailed."""


class FrameSink(Protocol):
    """What frames are handed to; the session is one. No call waits. Times are monotonic and unix seconds."""

    def connecting(self, now: float) -> None:
        """A connection is being tried."""

    def opened(self, now: float, unix: float) -> None:
        """It is open."""

    def closed(self, now: float, unix: float, why: str, next_try_at: float | None = None) -> None:
        """It is gone, or could not be made; without ``next_try_at`` it will not be tried again."""

    def clock_measured(self, offset: Offset | None) -> None:
        """What the handshake of the connection that is about to open has told of the venue's clock."""

    def ended(self, now: float, unix: float, detail: str = "") -> None:
        """A recording is over."""

    def crashed(self, now: float, unix: float, what: str) -> None:
        """The feed has failed by a fault of ours."""

    def receive(
        self, raw: bytes, now: float, unix: float, *, binary: bool = False, message: Message | None = None
    ) -> None:
        """A frame came; ``message`` is what was read in it already, if anything."""

    def caught_up(self, now: float) -> None:
        """All that has come was taken in: nothing more is waiting."""

    def part_came(self, size: int, now: float) -> None:
        """Bytes came that must be of a message, be it whole yet or not."""

    def replayed(self, event: str) -> None:
        """A recording has an event here that is no frame."""

    def tick(self, now: float, unix: float) -> None:
        """Time has passed."""

    def drain(self, now: float) -> list[Request]:
        """What to send now."""

    def sent(self, request: Request, now: float, token: tuple[float, float] | None) -> None:
        """It has been sent, with a token of so many seconds left and so many in all."""

    def good_for(self) -> float:
        """Seconds for which the connection has brought nothing but frames that could be read."""

    def take_reconnect(self) -> str:
        """Why the connection must be made anew; empty while it need not."""


class Link(Protocol):
    """One open connection."""

    @property
    def clock_offset(self) -> Offset | None:
        """How far this machine's clock is from the venue's, by the handshake; None where it told no time."""

    @property
    def bytes_heard(self) -> int:
        """Bytes that have come in so far, also those of a message that is not whole yet, without pings and pongs."""

    @property
    def waiting(self) -> bool:
        """Whether more has come than was received, be it here or with the system."""

    async def receive(self) -> str | bytes:
        """The next message: text, or bytes of a binary one.

        Raises:
            ConnectionFailed: The connection is gone; raised again by every later call.
        """

    async def send(self, text: bytes) -> None:
        """Send UTF-8 bytes as a text message.

        Raises:
            ConnectionFailed: The connection is gone.
        """


class Connector(Protocol):
    """Opens connections."""

    def open(self) -> AbstractAsyncContextManager[Link]:
        """A context in which the connection is open.

        Raises:
            ConnectionFailed: On entering, when it cannot be made.
        """
