"""Liveness of a connection: silence, heartbeats, pauses, the age of the data, and the offset of the two clocks."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.core.clock_offset import combined, from_frames
from depthview.core.data_age import DataAge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.core.clock_offset import Offset
    from depthview.session.statistics import LatencyMeter

RECONNECT_AFTER: Final = 10.0
"""Seconds without any message, or without a heartbeat after it was subscribed again, that end a connection."""
HEARTBEAT_WARN: Final = 3.0
MOST_MISSED: Final = 3_600
"""Heartbeats between two that came, an hour's: a counter that leaps farther has begun anew."""
FLOWING: Final = 1.0
"""Data flows while the last message is no older: in a silence of everything heartbeats are missed by the way only."""
_PART_AFTER: Final = 0.5
"""Seconds without a whole message after which bytes that come are part of one that is not whole yet."""
STALLED_AFTER: Final = 60.0
STALLED_BYTES: Final = 64_000
"""A connection that brings no whole message for so many seconds, and fewer bytes of one, is lost."""
PAUSED_AFTER: Final = 1.0
"""Seconds between two signs of life, a tenth of a second apart by plan, after which the program has not run."""
SLEPT_AFTER: Final = 3.0
"""Seconds of a pause after which new snapshots are asked for."""
STEPPED_AFTER: Final = 1.0
"""Seconds by which the two clocks disagree on a pause when one of them was stepped, or stood still in a suspend."""


@dataclass(frozen=True, slots=True)
class Pause:
    """Time in which this program did not run, as far as its clocks tell."""

    seconds: float
    """By the clock that has moved further."""
    stepped: float
    """Seconds by which the wall clock has moved further than the monotonic one: it was stepped, or the machine was
    suspended; 0 where they agree."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What must be done about the passing of time."""

    reconnect: str = ""
    """Why the connection must be made anew; empty while it need not."""
    heartbeats_late: bool = False
    """Heartbeats have stopped just now while messages come: they must be subscribed again."""


class Vigil:
    """Watches one connection at a time.

    Args:
        recorded: Frames come from a recording.
    """

    def __init__(self, *, recorded: bool = False) -> None:
        self.age: Final = DataAge(recorded=recorded)
        """How late the data comes, and how far we are behind it."""
        self.paused = 0.0
        """Seconds of a pause of ours, until what came meanwhile has been taken in; else 0."""
        self.undated = False
        """Whether what is taken in may have waited through a pause, and no measure of the clocks tells how long."""
        self.message_at: float | None = None
        """Monotonic seconds of the last message of any kind, or of the connection's opening."""
        self.heartbeat_at: float | None = None
        self.heartbeats_missed = 0
        """Since the start, by the steps of the counter."""
        self._opened_at = 0.0
        self._counter: int | None = None
        self._late_since: float | None = None
        self._ran_at: tuple[float, float] | None = None
        self._resumed_at = 0.0
        self.begun_at: float | None = None
        """Monotonic seconds of the first bytes of the last message, where they came long before its last."""
        self._part_at: float | None = None
        self._part_since = 0.0
        self._part_bytes = 0
        self._parts: deque[tuple[float, int]] = deque()
        self._busy_until = 0.0
        self._heard_again_at = 0.0

    def opened(self, now: float, unix: float) -> None:
        """A new connection."""
        self._opened_at = self._heard_again_at = self._resumed_at = self.message_at = now
        self._ran_at = (now, unix)
        self.paused, self.undated = 0.0, False
        self._part_at = None
        self._part_bytes = 0
        self._parts.clear()
        self._busy_until = now
        self.heartbeat_at = None
        self._counter = None
        self._late_since = None

    def closed(self) -> None:
        """The connection is gone."""
        self.age.closed()
        self.paused, self.undated = 0.0, False

    def message(self, now: float) -> None:
        """A message of any kind."""
        if self.silent_for(now) > HEARTBEAT_WARN:
            # Nothing came for a while, heartbeats no less than anything else.
            self._heard_again_at = now
        self.message_at = now
        self.begun_at = None
        if self._part_at is not None:
            self.begun_at, self._part_at = self._part_since, None
            if now - self._part_since > _PART_AFTER:
                self._busy_until = now
        self._part_bytes = 0
        if self._parts:
            self._parts.clear()

    def silent_for(self, now: float) -> float:
        """Seconds since the last message."""
        return 0.0 if self.message_at is None else now - self.message_at

    def part(self, size: int, now: float) -> None:
        """So many bytes have come, perhaps a part of a message only: a big one over a slow line takes its time."""
        if not self._parts:
            self._parts.append((now, 0))
        self._part_bytes += size
        if self.message_at is None or now - self.message_at > _PART_AFTER:
            self._part_since = now if self._part_at is None else self._part_since
            self._part_at = now
        if now - self._parts[-1][0] >= 1.0:
            self._parts.append((now, self._part_bytes))
            while now - self._parts[1][0] >= STALLED_AFTER:
                self._parts.popleft()

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

    def runs(self, now: float, unix: float) -> Pause | None:
        """The program is running; the pause that lies behind it, if any.

        The monotonic clock may stand still while the machine is suspended, and the wall clock may be stepped, so both
        are asked.
        """
        before = self._ran_at
        if before is not None and now < before[0]:
            return None  # a big message is handed over a while after it came
        self._ran_at = (now, unix)
        if before is None:
            return None
        monotonic, wall = now - before[0], unix - before[1]
        stepped = wall - monotonic if abs(wall - monotonic) > STEPPED_AFTER else 0.0
        seconds = max(monotonic, wall)
        if seconds <= PAUSED_AFTER and not stepped:
            return None
        # What came meanwhile waits to be read: a silence is ours until then.
        self._resumed_at = now
        if seconds > PAUSED_AFTER:
            self.paused = max(self.paused, seconds)
        if stepped:
            self.age.restart()
        # Without a measure of the clocks nothing tells how long a frame has waited.
        self.undated = self.undated or self.age.lag is None
        return Pause(seconds, stepped)

    def has_not_run(self, now: float, unix: float) -> bool:
        """Whether the last sign of life is so long ago that :meth:`runs` will find a pause."""
        if self._ran_at is None:
            return False
        monotonic, wall = now - self._ran_at[0], unix - self._ran_at[1]
        return max(monotonic, wall) > PAUSED_AFTER or abs(wall - monotonic) > STEPPED_AFTER

    def caught_up(self, now: float) -> bool:
        """Nothing more waits to be taken in; True where that ends the doubt of a pause."""
        self.age.caught_up(now)
        was, self.paused, self.undated = self.paused, 0.0, False
        return was > 0

    def heartbeats_overdue(self, now: float) -> bool:
        """Whether no heartbeat has come for too long while messages come."""
        beat = max(self.heartbeat_at or self._opened_at, self._heard_again_at, self._resumed_at)
        return now - beat > HEARTBEAT_WARN and self.silent_for(now) < FLOWING

    def watch(self, now: float) -> Alarm | None:
        """What the time that has passed asks for; None while all is well."""
        silent = min(self.silent_for(now), now - self._resumed_at)
        if self.is_receiving(now):
            return self._stalled(now)
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

    def _stalled(self, now: float) -> Alarm | None:
        """An alarm where the message that is coming in has hardly grown in a minute."""
        at, size = self._parts[0]
        if now - at < STALLED_AFTER or self._part_bytes - size >= STALLED_BYTES:
            return None
        return Alarm(reconnect=f"no whole message for {STALLED_AFTER:.0f} s, and hardly a byte of one")


class VenueClock:
    """Holds the handshake's date against the fastest frame since."""

    def __init__(self, latency: LatencyMeter) -> None:
        self._latency = latency
        self.handshake: Offset | None = None
        """By the present connection's handshake; None where it told no time."""
        self._stepped = False

    def measured(self, offset: Offset | None) -> None:
        """What the handshake of the connection that is about to open has told."""
        self.handshake = offset
        self._stepped = False
        self._latency.opened()

    def stepped(self) -> None:
        """One of this machine's clocks was stepped, or stood still: only the frames to come tell what holds now."""
        self._latency.restart()
        self._stepped = True

    @property
    def offset(self) -> Offset | None:
        """By all that is known; None where no handshake told a date.

        Frames that are older than the date allows are late, as :class:`DataAge` has it; such that are younger show the
        date to be of another clock.
        """
        by_date, least = self.handshake, self._latency.least_ms
        if least is None or by_date is None:
            return None if self._stepped else by_date
        by_frames = from_frames([least / 1000.0], 2 * max(0.0, by_date.uncertainty - 0.5))
        if self._stepped:
            return by_frames
        if by_frames is not None and by_frames.ahead - by_frames.uncertainty > by_date.ahead + by_date.uncertainty:
            return by_date
        return combined(by_date, by_frames)


@dataclass(slots=True)
class Instant:
    """When what is being taken in came; one for all the rooms of a session, moved by the session alone."""

    now: float = 0.0
    """Monotonic seconds."""
    unix: float = 0.0
    """Unix seconds."""
