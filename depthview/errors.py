"""All exceptions of depthview. Every message is one line that names the fault and, where there is one, the cure.

::

    DepthviewError                  exit code 1
    ├── UsageError                  exit code 2: an invalid command line
    ├── ConfigurationError          exit code 78: settings, key files, addresses
    │   ├── CredentialError         a key that cannot be used; never contains key material
    │   │   └── SigningFailed       a key that was read but does not sign
    │   └── EndpointRefused         an address that is not connected to, or not with a token
    ├── FeedError                   a fault of the feed
    │   ├── MalformedFrame          a frame that is not as documented
    │   └── ConnectionFailed        no connection, or a lost one; says whether to try again
    └── RecordingError              a recording that cannot be read or written
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

if TYPE_CHECKING:
    from collections.abc import Iterable


def did_you_mean(name: str, known: Iterable[str], *, cutoff: float = 0.6) -> str:
    """``: did you mean ...?`` for the end of a message, or nothing where no known name is near.

    Args:
        name: As it was written.
        known: Names in lower case.
        cutoff: The least ratio of :mod:`difflib` that counts as near.
    """
    from difflib import get_close_matches  # needed for mistakes only

    found = get_close_matches(name.lower(), list(known), n=1, cutoff=cutoff)
    return f": did you mean {found[0]}?" if found else ""


class DepthviewError(Exception):
    """Base of all exceptions that depthview raises on purpose."""

    exit_code: ClassVar[int] = 1


class UsageError(DepthviewError):
    """The command line is invalid."""

    exit_code = 2


class ConfigurationError(DepthviewError):
    """A setting, key file or address cannot be used (``EX_CONFIG``)."""

    exit_code = 78


class CredentialError(ConfigurationError):
    """A key cannot be used. The message never contains any of it."""


class SigningFailed(CredentialError):
    """A valid key that the cryptographic library does not sign with."""


class EndpointRefused(ConfigurationError):
    """An address that depthview will not connect to, or not with a token."""


class FeedError(DepthviewError):
    """Something that came, or did not come, from the venue."""


class MalformedFrame(FeedError):
    """A frame that cannot be decoded as documented.

    Attributes:
        sequence: The frame's number if it could be read, since a damaged frame uses up its number too.
        product: The product if it could be read; else empty.
        misnumbered: Whether its number is not a valid one, so that no later number shows its loss.
        may_hold_book: Whether it may have contained part of a book.
        may_hold_trades: Whether it may have contained trades.
    """

    def __init__(
        self,
        message: str,
        sequence: int | None = None,
        *,
        product: str = "",
        misnumbered: bool = False,
        may_hold_book: bool = True,
        may_hold_trades: bool = True,
    ) -> None:
        super().__init__(message)
        self.sequence = sequence
        self.product = product
        self.misnumbered = misnumbered
        self.may_hold_book = may_hold_book
        self.may_hold_trades = may_hold_trades


class ConnectionFailed(FeedError):
    """A connection that could not be made, or was lost.

    Attributes:
        final: True where trying again cannot help (an untrusted certificate, a redirect).
        code: WebSocket close code or HTTP status, where there was one.
        retry_after_seconds: The least wait that the server requests, or that the kind of failure requires.
    """

    def __init__(
        self, message: str, *, final: bool = False, code: int | None = None, retry_after_seconds: float = 0.0
    ) -> None:
        super().__init__(message)
        self.final = final
        self.code = code
        self.retry_after_seconds = retry_after_seconds


class RecordingError(DepthviewError):
    """A recording that cannot be read or written."""


class NoBook(RecordingError):
    """A recording without a book that can be shown."""
