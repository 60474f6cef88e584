"""The account of a session: how long, how much of it could be trusted, and what went wrong."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

_MINUTE: Final = 60
_HOUR: Final = 3600


@dataclass(slots=True)
class Share:
    """How long a product's book was on show, and how long of that it was trusted."""

    shown: float = 0.0
    """Seconds."""
    trusted: float = 0.0
    """Seconds."""


class TrustAccount:
    """Adds up, per product, the time that its book was trusted. The wait for a first snapshot counts as not trusted."""

    def __init__(self) -> None:
        self.started_at: float | None = None
        """Monotonic seconds of the first look."""
        self.looked_at = 0.0
        self.shares: dict[str, Share] = {}
        self.longest_resync: float | None = None
        """Seconds."""
        self.longest_outage: float | None = None
        """Seconds without a connection, of those that ended."""
        self._standing: dict[str, bool] = {}

    def look(self, trusted: dict[str, bool], now: float) -> None:
        """Whether each product on show is trusted from now on; the time since the last look goes to what stood then.

        Args:
            trusted: By product.
            now: Monotonic seconds.
        """
        if self.started_at is None:
            self.started_at = self.looked_at = now
        passed = max(0.0, now - self.looked_at)
        for product, standing in self._standing.items():
            share = self.shares.setdefault(product, Share())
            share.shown += passed
            share.trusted += passed if standing else 0.0
        self._standing = trusted
        self.looked_at = now

    def interrupted(self) -> None:
        """The program did not run since the last look: nobody could have read anything."""
        self._standing = dict.fromkeys(self._standing, False)

    def resynced(self, seconds: float) -> None:
        """A resync took so long."""
        self.longest_resync = seconds if self.longest_resync is None else max(seconds, self.longest_resync)

    def connected_again(self, seconds: float) -> None:
        """There was no connection for so long."""
        self.longest_outage = seconds if self.longest_outage is None else max(seconds, self.longest_outage)

    @property
    def seconds(self) -> float:
        """From the first look to the last."""
        return 0.0 if self.started_at is None else self.looked_at - self.started_at


def duration(seconds: float) -> str:
    """``4 h 05 m``, ``12 m 03 s``, ``7.2 s`` or ``412 ms``."""
    if seconds < 1:
        return f"{seconds * 1000:.0f} ms"
    if seconds < _MINUTE:
        return f"{seconds:.1f} s"
    if seconds < _HOUR:
        return f"{int(seconds) // _MINUTE} m {int(seconds) % _MINUTE:02d} s"
    return f"{int(seconds) // _HOUR} h {int(seconds) % _HOUR // _MINUTE:02d} m"


def share_of(share: Share) -> str:
    """In per cent, and never rounded up to a hundred."""
    if not share.shown:
        return "-"
    tenths = int(share.trusted / share.shown * 1000)
    return f"{tenths / 10:.1f} %"
