"""How long to wait before the next try."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from random import Random

FIRST_WAIT: Final = 0.5
LONGEST_WAIT: Final = 30.0
GOOD_AFTER: Final = 10.0
"""Seconds of data after which a connection counts as good and the waits start anew; a handshake proves nothing."""


class Backoff:
    """Waits that double from half a second to thirty, each drawn from its upper half so that clients spread out."""

    def __init__(self, random: Random) -> None:
        self._random: Random = random
        self._failures = 0

    def failed(self, least: float = 0.0) -> float:
        """Seconds to wait after one more failure, at least ``least``."""
        span = min(LONGEST_WAIT, FIRST_WAIT * 2 ** min(self._failures, 10))
        self._failures += 1
        wait: float = span * (0.5 + self._random.random() / 2)
        return max(least, wait)

    def good(self) -> None:
        """The connection has proved itself."""
        self._failures = 0
