"""What failures of a connection mean: in words, and whether trying again can help."""

from __future__ import annotations

import errno
import math
import socket
import ssl
from typing import Final

from websockets.exceptions import (
    ConnectionClosed,
    InvalidHandshake,
    InvalidProxy,
    InvalidStatus,
    ProxyError,
    TooManyFragments,
)
from websockets.frames import CloseCode

from depthview.core.text import plain_text
from depthview.errors import ConnectionFailed
from depthview.system.os_errors import os_reason, too_many_files

_CLOSE_WORDS: Final = {
    1000: "normal closure",
    1001: "going away",
    1002: "protocol error",
    1003: "unsupported data",
    1006: "cut off without a close",
    1007: "text that is not UTF-8",
    1008: "policy violation",
    1009: "message too big",
    1011: "internal error",
    1012: "service restart",
    1013: "try again later",
}
_SLOW_CODES: Final = frozenset({1008, 1013})
_LEAST_WAIT: Final = 5.0
_TRY_AGAIN_STATUS: Final = frozenset({408, 425, 429})
_LONGEST_WAIT: Final = 300.0
NO_SOCKS: Final = "the environment names a SOCKS proxy, which needs the package python-socks"
NO_SOCKS_CURE: Final = "pip install 'python-socks[asyncio]', or set an HTTP proxy, or none"


def connection_failed(error: BaseException, host: str) -> ConnectionFailed:
    """The failure to connect that ``error`` means.

    Args:
        error: As raised while connecting. An unexpected exception is a bug of the library, and no reason to give up.
        host: As shown.
    """
    if isinstance(error, OSError) and (limit := too_many_files(error)) is not None:
        return ConnectionFailed(f"cannot connect to {host}: {os_reason(limit)}")
    match error:
        case InvalidStatus():
            return _refused_by_status(error, host)
        case ConnectionClosed():
            return connection_lost(error)
        case ssl.SSLCertVerificationError():
            reason = plain_text(error.verify_message or error.reason or "verification failed", 120)
            return ConnectionFailed(
                f"TLS certificate of {host} is not trusted ({reason}): nothing was sent", final=True
            )
        case ssl.SSLError():
            return ConnectionFailed(f"TLS with {host} failed ({plain_text(error.reason or 'unknown reason', 80)})")
        case socket.gaierror():
            return ConnectionFailed(f"cannot resolve {host}: check the name and the network")
        case ConnectionRefusedError():
            return ConnectionFailed(f"{host} refused the connection")
        case TimeoutError():
            return ConnectionFailed(f"{host} did not answer in time")
        case ProxyError():
            return ConnectionFailed(f"the proxy refused to connect to {host}")
        case InvalidProxy():
            return ConnectionFailed("the proxy in the environment is not an address: correct it", final=True)
        case ImportError():
            return ConnectionFailed(f"{NO_SOCKS}: {NO_SOCKS_CURE}", final=True)
        case ValueError():
            return ConnectionFailed(f"{host} is not a valid host name: check the address", final=True)
        case InvalidHandshake():
            return ConnectionFailed(f"{host} did not answer as a WebSocket server")
        case OSError() if error.errno is None and f"[Errno {errno.ECONNREFUSED}]" in str(error):
            # asyncio joins the failures of a name's several addresses into one text.
            return ConnectionFailed(f"{host} refused the connection")
        case ConnectionError():
            return ConnectionFailed(f"{host} cut the connection off during the handshake")
        case OSError():
            return ConnectionFailed(
                f"connection to {host} failed ({plain_text(error.strerror or 'network error', 80)})"
            )
        case _:
            return ConnectionFailed(f"connection to {host} failed ({type(error).__name__})")


def connection_lost(error: Exception) -> ConnectionFailed:
    """The failure that ends an open connection.

    Args:
        error: As raised while receiving or sending. Whatever it is, the connection cannot be used any more.
    """
    match error:
        case ConnectionFailed():
            return error
        case ConnectionClosed():
            return error.__cause__ if isinstance(error.__cause__, ConnectionFailed) else _closed(error)
        case OSError():
            return ConnectionFailed(f"connection lost: {plain_text(os_reason(error, 'network error'), 80)}")
        case _:
            return ConnectionFailed(f"connection lost: the WebSocket library failed ({type(error).__name__})")


def _refused_by_status(error: InvalidStatus, host: str) -> ConnectionFailed:
    status = error.response.status_code
    if 300 <= status < 400:
        return ConnectionFailed(
            f"{host} answered with a redirect ({status}), which is refused: correct --url",
            final=True,
            code=status,
        )
    if status in _TRY_AGAIN_STATUS or status >= 500:
        words = "limits the rate" if status == 429 else "is not available"
        # get() raises where a header comes twice.
        asked = error.response.headers.get_all("Retry-After")
        wait = _retry_after(asked[0] if asked else None, _LEAST_WAIT if status == 429 else 0.0)
        return ConnectionFailed(f"{host} {words} (HTTP {status})", code=status, retry_after_seconds=wait)
    return ConnectionFailed(f"{host} refused the WebSocket (HTTP {status}): check the address", final=True, code=status)


def is_unreadable(error: ConnectionClosed) -> bool:
    """Whether this side closed because of a frame that is too big or not UTF-8."""
    ours = error.sent
    by_us = error.rcvd is None or error.rcvd_then_sent is False
    return ours is not None and by_us and ours.code in (CloseCode.INVALID_DATA, CloseCode.MESSAGE_TOO_BIG)


def _closed(error: ConnectionClosed) -> ConnectionFailed:
    received, ours = error.rcvd, error.sent
    if isinstance(error.__cause__, TooManyFragments):
        return ConnectionFailed("connection closed: message in too many fragments (1009)", code=1009)
    if ours is not None and is_unreadable(error):
        if ours.code == CloseCode.MESSAGE_TOO_BIG:
            return ConnectionFailed("connection closed: message exceeds the size limit (1009)", final=True, code=1009)
        return ConnectionFailed("connection closed: text message is not UTF-8 (1007)", code=1007)
    if ours is not None and received is None and "ping" in (ours.reason or ""):
        return ConnectionFailed("no answer to pings: the connection is dead", code=1006)
    code = received.code if received is not None else 1006
    words = _CLOSE_WORDS.get(code, "closed")
    reason = plain_text(received.reason, 80) if received is not None and received.reason else ""
    text = f"closed by the venue: {words} ({code})" if received is not None else f"connection {words}"
    return ConnectionFailed(
        f"{text}{': ' if reason else ''}{reason}",
        code=code,
        retry_after_seconds=_LEAST_WAIT if code in _SLOW_CODES else 0.0,
    )


def _retry_after(header: str | None, least: float) -> float:
    try:
        asked = float(header) if header is not None else 0.0
    except ValueError:
        # The header's other form, a date, is not worth a clock: the backoff applies.
        asked = 0.0
    return min(max(asked, least), _LONGEST_WAIT) if math.isfinite(asked) else least
