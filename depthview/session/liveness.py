"""Liveness of a connection: silence, heartbeats, pauses of this program, data age, and the offset of the two clocks."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from depthview.core.clock_offset import combined, from_frames
from depthview.core.data_age import DataAge

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.core.clock_offset import Offset
    from depthview.session.statistics import LatencyMeter

RECONNECT_AFTER: Final = 10.0
"""Seconds without any message, or without a heartbeat after subscribing it again, that end a connection."""
HEARTBEAT_WARN: Final = 3.0
MOST_MISSED: Final = 3_600
"""Missed heartbeats between two that came, at most an hour's: a counter that jumps further has restarted."""
FLOWING: Final = 1.0
"""Seconds since the last message while data counts as flowing: in a silence, missing heartbeats are no finding."""
_PART_AFTER: Final = 0.5
"""Seconds without a complete message after which bytes that come belong to an incomplete one."""
STALLED_AFTER: Final = 60.0
STALLED_BYTES: Final = 64_000
"""A connection that brings no complete message in ``STALLED_AFTER`` seconds, and fewer bytes than this, is lost."""
PAUSED_AFTER: Final = 1.0
"""Seconds between two calls, normally a tenth of a second apart, after which the program has not run."""
SLEPT_AFTER: Final = 3.0
"""Seconds of a pause after which new snapshots are requested."""
STEPPED_AFTER: Final = 1.0
"""Seconds by which the two clocks disagree on a pause if one was stepped, or stood still while suspended."""


@dataclass(frozen=True, slots=True)
class Pause:
    """A time in which this program did not run, as far as its clocks show."""

    seconds: float
    """By the clock that has advanced further."""
    stepped: float
    """Seconds by which the wall clock has advanced further than the monotonic one: it was stepped, or the machine was
    suspended; 0 where they agree."""


@dataclass(frozen=True, slots=True)
class Alarm:
    """What must be done because of the time that has passed."""

    reconnect: str = ""
    """Why the connection must be replaced; empty while it need not."""
    heartbeats_late: bool = False
    """Heartbeats have just stopped while messages come: they must be subscribed again."""


@dataclass(slots=True)
class Liveness:
    """Of one connection at a time. Times are monotonic seconds."""

    age: DataAge
    paused: float = 0.0
    """Seconds of a pause of this program, until what came meanwhile has been read; else 0."""
    undated: bool = False
    """Whether what is read may have waited through a pause, and the clocks do not show for how long."""
    message_at: float | None = None
    """When the last message of any kind came, or the connection opened."""
    heartbeat_at: float | None = None
    heartbeats_missed: int = 0
    """Since the start, by the steps of the counter."""
    begun_at: float | None = None
    """When the first bytes of the last message came, where that was long before its last."""
    opened_at: float = 0.0
    counter: int | None = None
    late_since: float | None = None
    """When heartbeats were found to be late."""
    ran_at: tuple[float, float] | None = None
    """When the program last ran: monotonic and unix seconds."""
    resumed_at: float = 0.0
    """When the last pause ended."""
    part_at: float | None = None
    """When bytes of an incomplete message last came."""
    part_since: float = 0.0
    bytes_since_message: int = 0
    parts: deque[tuple[float, int]] = field(default_factory=deque)
    """Times, and the bytes since the last message at each."""
    last_part_at: float = 0.0
    """When the last message that came in parts was complete; else when the connection opened."""
    heard_again_at: float = 0.0
    """When the first message came after a silence."""

    def opened(self, now: float, unix: float) -> None:
        self.opened_at = self.heard_again_at = self.resumed_at = self.message_at = now
        self.ran_at = (now, unix)
        self.paused, self.undated = 0.0, False
        self.part_at = None
        self.bytes_since_message = 0
        self.parts.clear()
        self.last_part_at = now
        self.heartbeat_at = None
        self.counter = None
        self.late_since = None

    def closed(self) -> None:
        self.age.closed()
        self.paused, self.undated = 0.0, False

    def message(self, now: float) -> None:
        if self.silent_for(now) > HEARTBEAT_WARN:
            # Nothing came for a while, not even heartbeats.
            self.heard_again_at = now
        self.message_at = now
        self.begun_at = None
        if self.part_at is not None:
            self.begun_at, self.part_at = self.part_since, None
            if now - self.part_since > _PART_AFTER:
                self.last_part_at = now
        self.bytes_since_message = 0
        if self.parts:
            self.parts.clear()

    def silent_for(self, now: float) -> float:
        return 0.0 if self.message_at is None else now - self.message_at

    def part(self, size: int, now: float) -> None:
        """Bytes have come, perhaps only a part of a message: a big one over a slow line takes long."""
        if not self.parts:
            self.parts.append((now, 0))
        self.bytes_since_message += size
        if self.message_at is None or now - self.message_at > _PART_AFTER:
            self.part_since = now if self.part_at is None else self.part_since
            self.part_at = now
        if now - self.parts[-1][0] >= 1.0:
            self.parts.append((now, self.bytes_since_message))
            while now - self.parts[1][0] >= STALLED_AFTER:
                self.parts.popleft()

    def is_receiving(self, now: float) -> bool:
        return self.part_at is not None and now - self.part_at <= HEARTBEAT_WARN

    def part_bytes(self, now: float) -> int:
        """Bytes of the incomplete message that is coming in; 0 if there is none."""
        return self.bytes_since_message if self.is_receiving(now) else 0

    def busy_until(self, now: float) -> float:
        """Monotonic seconds at which the last big message was complete, so that what waited after it could come.

        ``now`` while one is coming in; the connection's opening if there was none.
        """
        return now if self.is_receiving(now) else self.last_part_at

    def heartbeat(self, counters: Iterable[int | None], now: float) -> bool:
        """A heartbeat; True if heartbeats were late until now. A repeated counter is harmless (reported)."""
        self.heartbeat_at = now
        for counter in counters:
            if counter is None:
                continue
            passed_over = 0 if self.counter is None else counter - self.counter - 1
            if 0 < passed_over <= MOST_MISSED:
                self.heartbeats_missed += passed_over
            self.counter = counter
        came_back, self.late_since = self.late_since is not None, None
        return came_back

    def runs(self, now: float, unix: float) -> Pause | None:
        """Note that the program is running; returns the pause that has just ended, if any.

        The monotonic clock may stand still while the machine is suspended, and the wall clock may be stepped, so both
        are read.
        """
        before = self.ran_at
        if before is not None and now < before[0]:
            return None  # a big message is passed on some time after it came
        self.ran_at = (now, unix)
        if before is None:
            return None
        monotonic, wall = now - before[0], unix - before[1]
        stepped = wall - monotonic if abs(wall - monotonic) > STEPPED_AFTER else 0.0
        seconds = max(monotonic, wall)
        if seconds <= PAUSED_AFTER and not stepped:
            return None
        # What came meanwhile waits to be read: until then a silence is ours.
        self.resumed_at = now
        if seconds > PAUSED_AFTER:
            self.paused = max(self.paused, seconds)
        if stepped:
            self.age.restart()
        # Without a measure of the clocks it is unknown how long a frame has waited.
        self.undated = self.undated or self.age.lag is None
        return Pause(seconds, stepped)

    def has_not_run(self, now: float, unix: float) -> bool:
        """Whether the program last ran so long ago that :meth:`runs` will find a pause."""
        if self.ran_at is None:
            return False
        monotonic, wall = now - self.ran_at[0], unix - self.ran_at[1]
        return max(monotonic, wall) > PAUSED_AFTER or abs(wall - monotonic) > STEPPED_AFTER

    def caught_up(self, now: float) -> bool:
        """Nothing more waits to be read; True if that ends the doubt of a pause."""
        self.age.caught_up(now)
        was, self.paused, self.undated = self.paused, 0.0, False
        return was > 0

    def heartbeats_overdue(self, now: float) -> bool:
        """Whether no heartbeat has come for too long while messages come."""
        beat = max(self.heartbeat_at or self.opened_at, self.heard_again_at, self.resumed_at)
        return now - beat > HEARTBEAT_WARN and self.silent_for(now) < FLOWING

    def watch(self, now: float) -> Alarm | None:
        """What must be done because of the time that has passed; None if nothing."""
        silent = min(self.silent_for(now), now - self.resumed_at)
        if self.is_receiving(now):
            return self._stalled(now)
        if silent > RECONNECT_AFTER:
            return Alarm(reconnect=f"no message for {silent:.0f} s")
        if self.late_since is not None:
            if now - self.late_since > RECONNECT_AFTER:
                return Alarm(reconnect="no heartbeat, although subscribed again")
            return None
        if self.heartbeats_overdue(now):
            self.late_since = now
            return Alarm(heartbeats_late=True)
        return None

    def _stalled(self, now: float) -> Alarm | None:
        """An alarm if the incomplete message has hardly grown in a minute."""
        at, size = self.parts[0]
        if now - at < STALLED_AFTER or self.bytes_since_message - size >= STALLED_BYTES:
            return None
        return Alarm(reconnect=f"no complete message for {STALLED_AFTER:.0f} s, and hardly any bytes")


class OffsetMeter:
    """Estimates how far this machine's clock is from the venue's, from the handshake's date and the fastest frame.

    Args:
        latency: Of the frames.
    """

    def __init__(self, latency: LatencyMeter) -> None:
        self._latency = latency
        self.handshake: Offset | None = None
        """By the current connection's handshake; None where it carried no date."""
        self._stepped = False

    def measured(self, offset: Offset | None) -> None:
        """Take the offset that the handshake of a new connection shows."""
        self.handshake = offset
        self._stepped = False
        self._latency.opened()

    def stepped(self) -> None:
        """Forget what was measured, after one of this machine's clocks was stepped or stood still."""
        self._latency.restart()
        self._stepped = True

    @property
    def estimate(self) -> Offset | None:
        """The offset by all evidence; None where no handshake carried a date.

        Frames that are older than the date allows are late, as in :class:`DataAge`; younger ones show that the date is
        of another clock.
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
