"""How far what has been taken in lies behind what has come: asked for more than it can do, a machine falls behind.

Whoever reads says when nothing more is waiting, in its own queue or in the system's. From that moment on until the next
such one, every frame's stamp is compared with the last one before it: by how much longer frames take to get here is by
how much we are behind, and it cannot be more than the time since nothing was waiting. Two differences of one clock
against the other: an offset between them, or a step of either while nothing waits, does no harm.
"""

from __future__ import annotations

from typing import Final

BEHIND: Final = 2.0
"""Seconds behind at which a book is doubted."""
CAUGHT_UP: Final = 1.0
"""Seconds behind below which it is trusted again; less than the other, or the verdict would flicker."""


class Backlog:
    """Follows one connection at a time. All times are monotonic seconds."""

    def __init__(self) -> None:
        self._caught_up_at: float | None = None
        self._usual: float | None = None
        self._lag = 0.0
        self._stamped = False
        self.doubtful = False
        """Whether what is shown is too old to be trusted; see :meth:`look`."""
        self.most = 0.0
        """The most that it has been behind at a :meth:`look`, in seconds."""

    def opened(self, now: float) -> None:
        """A new connection: nothing waits yet."""
        self._caught_up_at, self._usual, self._stamped, self.doubtful = now, None, False, False

    def closed(self) -> None:
        """The connection is gone, and with it whatever was waiting."""
        self._caught_up_at, self.doubtful = None, False

    def taken(self, stamp: float, now: float) -> None:
        """A frame has been taken in that the venue stamped at ``stamp``, unix seconds by its clock."""
        self._lag = now - stamp
        if not self._stamped:
            self._stamped, self._usual = True, self._lag

    def caught_up(self, now: float) -> None:
        """Nothing more is waiting."""
        if self._caught_up_at is not None:
            self._caught_up_at, self._usual = now, self._lag

    def behind(self, now: float) -> float:
        """Seconds that what was taken in last lies behind what has come."""
        if self._caught_up_at is None or self._usual is None:
            return 0.0
        return max(0.0, min(now - self._caught_up_at, self._lag - self._usual))

    def doubted(self, now: float) -> float:
        """As :meth:`behind`, where that is reason for doubt; else 0."""
        return self.behind(now) if self.doubtful else 0.0

    def look(self, now: float) -> float:
        """Judge, and return how many seconds it is behind."""
        behind = self.behind(now)
        self.doubtful = behind > (CAUGHT_UP if self.doubtful else BEHIND)
        self.most = max(self.most, behind)
        return behind
