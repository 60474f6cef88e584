"""The time in an HTTP ``Date`` header."""

from __future__ import annotations

from email.utils import parsedate_to_datetime


def http_date(header: str | None) -> float | None:
    """Unix seconds, cut to whole ones by the format; None where there is no header, or none that can be read."""
    try:
        return parsedate_to_datetime(header or "").timestamp()
    except (ValueError, TypeError, OverflowError):
        return None
