"""Silence, heartbeats and sleep: what the passing of time alone says about a connection."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.session.backlog import Backlog

if TYPE_CHECKING:
    from collections.abc import Iterable

RECONNECT_AFTER: Final = 10.0
"""Seconds without any message, or without a heartbeat after it was subscribed again, that end a connection."""
HEARTBEAT_WARN: Final = 3.0
MOST_MISSED: Final = 3_600
"""Heartbeats between two that came, an hour's: a counter that leaps farther has begun anew."""
FLOWING: Final = 1.0
"""Data flows while the last message is no older: in a silence of everything heartbeats are missed by the way only."""
_PART_AFTER: Final = 0.5
"""Seconds without a whole message after which bytes that come are part of one that is not whole yet."""
SLEPT_AFTER: Final = 3.0
"""Seconds between two looks that are a tenth of a second apart by plan, by either clock: the machine slept, the program
was stopped, or the clock was stepped."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What must be done about the passing of time."""

    reconnect: str = ""
    """Why the connection must be made anew; empty while it need not."""
    heartbeats_late: bool = False
    """Heartbeats have stopped just now while messages come: they must be subscribed again."""


class Vigil:
    """Watches one connection at a time."""

    def __init__(self) -> None:
        self.backlog: Final = Backlog()
        """How far we are behind what has come."""
        self.message_at: float | None = None
        """Monotonic seconds of the last message of any kind, or of the connection's opening."""
        self.heartbeat_at: float | None = None
        self.heartbeats_missed = 0
        """Since the start, by the steps of the counter."""
        self._opened_at = 0.0
        self._counter: int | None = None
        self._late_since: float | None = None
        self._looked: tuple[float, float] | None = None
        self._part_at: float | None = None
        self._part_since = 0.0
        self._part_bytes = 0
        self._busy_until = 0.0
        self._heard_again_at = 0.0

    def opened(self, now: float) -> None:
        """A new connection."""
        self.backlog.opened(now)
        self._opened_at = self._heard_again_at = self.message_at = now
        self._part_at = None
        self._busy_until = now
        self.heartbeat_at = None
        self._counter = None
        self._late_since = None

    def closed(self) -> None:
        """The connection is gone."""
        self.backlog.closed()

    def message(self, now: float) -> None:
        """A message of any kind."""
        if self.silent_for(now) > HEARTBEAT_WARN:
            # Nothing came for a while, heartbeats no less than anything else.
            self._heard_again_at = now
        self.message_at = now
        if self._part_at is not None and now - self._part_since > _PART_AFTER:
            self._busy_until = now
        self._part_at = None
        self._part_bytes = 0

    def silent_for(self, now: float) -> float:
        """Seconds since the last message."""
        return 0.0 if self.message_at is None else now - self.message_at

    def part(self, size: int, now: float) -> None:
        """So many bytes have come, perhaps a part of a message only: a big one over a slow line takes its time."""
        self._part_bytes += size
        if self.message_at is None or now - self.message_at > _PART_AFTER:
            self._part_since = now if self._part_at is None else self._part_since
            self._part_at = now

    def is_receiving(self, now: float) -> bool:
        """Whether a message is coming in that is not whole yet."""
        return self._part_at is not None and now - self._part_at <= HEARTBEAT_WARN

    def part_bytes(self, now: float) -> int:
        """Bytes of the message that is coming in; 0 while none is."""
        return self._part_bytes if self.is_receiving(now) else 0

    def busy_until(self, now: float) -> float:
        """Monotonic seconds at which the last big message had come, so that what waited behind it could begin to come.

        Now, while one is coming in; the connection's opening, where there was none.
        """
        return now if self.is_receiving(now) else self._busy_until

    def heartbeat(self, counters: Iterable[int | None], now: float) -> bool:
        """A heartbeat; True when heartbeats were late until now. A repeated counter is nothing (reported)."""
        self.heartbeat_at = now
        for counter in counters:
            if counter is None:
                continue
            passed_over = 0 if self._counter is None else counter - self._counter - 1
            if 0 < passed_over <= MOST_MISSED:
                self.heartbeats_missed += passed_over
            self._counter = counter
        came_back, self._late_since = self._late_since is not None, None
        return came_back

    def slept(self, now: float, unix: float) -> float:
        """Seconds that the program was not running since the last look; 0 when it was.

        A monotonic clock may stand still while the machine sleeps, and wall time may not while the program is stopped;
        so both are looked at.
        """
        before, self._looked = self._looked, (now, unix)
        if before is None:
            return 0.0
        passed = max(now - before[0], unix - before[1])
        if passed <= SLEPT_AFTER:
            return 0.0
        # What came meanwhile waits to be read: the silence was ours.
        self.message_at = now
        self.heartbeat_at = None if self.heartbeat_at is None else now
        return passed

    def heartbeats_overdue(self, now: float) -> bool:
        """Whether no heartbeat has come for too long while messages come."""
        beat = max(self.heartbeat_at or self._opened_at, self._heard_again_at)
        return now - beat > HEARTBEAT_WARN and self.silent_for(now) < FLOWING

    def watch(self, now: float) -> Alarm | None:
        """What the time that has passed asks for; None while all is well."""
        silent = self.silent_for(now)
        if self.is_receiving(now):
            return None
        if silent > RECONNECT_AFTER:
            return Alarm(reconnect=f"no message for {silent:.0f} s")
        if self._late_since is not None:
            if now - self._late_since > RECONNECT_AFTER:
                return Alarm(reconnect="no heartbeat, although subscribed again")
            return None
        if self.heartbeats_overdue(now):
            self._late_since = now
            return Alarm(heartbeats_late=True)
        return None
