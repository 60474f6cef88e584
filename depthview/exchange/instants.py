"""Instants as the wire prints them. An instant is a whole number of nanoseconds since 1970."""

from __future__ import annotations

from datetime import UTC, datetime
from functools import lru_cache

NANOSECONDS = 1_000_000_000
"""In a second."""


def nanoseconds(unix_seconds: float) -> int:
    """Unix seconds to nanoseconds; a clock's float resolves about 200 ns, the digits below that are noise."""
    whole = int(unix_seconds)
    return whole * NANOSECONDS + int((unix_seconds - whole) * NANOSECONDS)


@lru_cache(maxsize=8)
def _second(unix_seconds: int, separator: str) -> str:
    return datetime.fromtimestamp(unix_seconds, UTC).strftime(f"%Y-%m-%d{separator}%H:%M:%S")


def _fraction(part: int) -> str:
    return f".{part:09d}".rstrip("0") if part else ""


def rfc3339(instant_ns: int) -> str:
    """``2026-08-09T21:05:48.123456789Z``: up to nine fractional digits, trailing zeros trimmed (observed)."""
    seconds, part = divmod(instant_ns, NANOSECONDS)
    return f"{_second(seconds, 'T')}{_fraction(part)}Z"


def go_time(instant_ns: int, uptime_ns: int) -> str:
    """A heartbeat's ``current_time``: what Go prints for a time with its monotonic reading (observed).

    Args:
        instant_ns: The instant.
        uptime_ns: Age of the server process, printed as ``m=+seconds``.
    """
    seconds, part = divmod(instant_ns, NANOSECONDS)
    up_seconds, up_part = divmod(uptime_ns, NANOSECONDS)
    return f"{_second(seconds, ' ')}{_fraction(part)} +0000 UTC m=+{up_seconds}.{up_part:09d}"
