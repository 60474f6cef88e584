"""The seams of the feed: what it drives, and what it draws from."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, Protocol

from depthview.auth.tokens import Token

if TYPE_CHECKING:
    from contextlib import AbstractAsyncContextManager

    from depthview.core.clock_offset import Offset

Sign = Callable[[], Token | None]
"""Makes the token for the next message; None where there is none to be had any more. May raise SigningFailed."""


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
