"""A product that shall be on show, and how far the venue has come with it on the present connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

DATA_WITHIN: Final = 5.0
"""Seconds within which a subscription must bring its snapshot."""
_ASK_AGAIN_AFTER: Final = (5.0, 15.0, 60.0)
"""Seconds until what has never come is asked for again, by how often it was."""


@dataclass(slots=True)
class Want:
    """A product that shall be on show, on the present connection."""

    since: float | None = None
    """Monotonic seconds of the first level2 subscribe on this connection; None while it has not gone out."""
    asked_at: float | None = None
    """Monotonic seconds of the last level2 subscribe; None while it has not gone out, or after an unsubscribe."""
    tries: int = 0
    """How often it has been asked for again because nothing ever came."""
    confirmed: bool = False
    """Whether an acknowledgement has named it."""
    answered: bool = False
    """Whether a snapshot has come since it was last asked for."""
    proved: bool = False
    """Whether it has ever had a snapshot on this connection, so that silence is a fault and not an unknown name."""
    hurried: bool = False
    """Whether a person wishes it asked for at once."""
    refusal: str = ""
    """The venue's words, where it refused the subscription; until it confirms it, or a snapshot comes."""

    def is_overdue(self, now: float, busy_until: float) -> bool:
        """Whether it has worked on this connection, and its new snapshot does not come."""
        return self.proved and not self.answered and self._waited(now, busy_until) > DATA_WITHIN

    def is_lost(self, now: float, busy_until: float) -> bool:
        """Whether it has never come, and is to be asked for once more.

        An acknowledgement comes after the snapshot (observed), so without one it may still be on its way.
        """
        patience = _ASK_AGAIN_AFTER[min(self.tries + (not self.confirmed), len(_ASK_AGAIN_AFTER) - 1)]
        return self._never_came and self._waited(now, busy_until) > (0.0 if self.hurried else patience)

    def hurry(self, now: float) -> bool:
        """Have it asked for at once if it has not come in time, however often it was asked for; whether that is so."""
        self.hurried = self._never_came and self._waited(now, 0.0) > DATA_WITHIN
        return self.hurried

    @property
    def _never_came(self) -> bool:
        return not (self.answered or self.proved or self.refusal)

    def _waited(self, now: float, busy_until: float) -> float:
        return 0.0 if self.asked_at is None else now - max(self.asked_at, busy_until)
