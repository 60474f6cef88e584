"""Drives a session from a recording, one step at a time, for replay, stream, export and inspect.

What the session receives, and when, depends on the recording alone:

* Ticks are 0.1 s of recorded time apart, from the first entry on. A tick comes after the entries of its own instant.
* After 20 s of silence the step grows to 0.5 % of the silence, so that a recording may claim a silence of any length.
* A frame without an open connection opens one, since foreign recordings do not say when a connection opened.

Speed, pauses, seeks and sampling change none of it. So the state after an entry is always the same, and a checkpoint
can replace everything before it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from depthview.core.clock_offset import from_detail
from depthview.core.text import plain_text
from depthview.recordings.cursor import START, Position, RecordedEnd
from depthview.recordings.reader import RecordedEvent, RecordedFrame

if TYPE_CHECKING:
    from depthview.clock import ManualClock
    from depthview.errors import RecordingError
    from depthview.recordings.cursor import Cursor, Record
    from depthview.recordings.reader import Entry
    from depthview.session.frame_log import FrameSink

TICK_SECONDS: Final = 0.1
_FINE_TICKS: Final = 200
"""Ticks of a silence before their step grows. By then every rule of the session that depends on time alone has taken
effect, so that the verdict does not change."""
_TOLERANCE: Final = 1e-6
"""Seconds: an entry this close after a tick's instant is at that instant."""
_REASON_LENGTH: Final = 120
"""Characters of the reason for a recorded close."""


@dataclass(frozen=True, slots=True)
class DriverState:
    """Where a driver is, just after an entry; the session's state is apart."""

    place: Position = START
    first_at: float | None = None
    """Unix seconds of the first entry; None before it."""
    ticks: int = -1
    """Number of the last tick, from 0; -1 before the first. Ticks that entries took the place of count too."""
    is_open: bool = False
    unix: float = 0.0
    monotonic: float = 0.0


class Driver:
    """Plays a recording to one session.

    Args:
        cursor: What comes next.
        sink: The session, or a tap before it.
        clock: Its clock, which this moves.
    """

    def __init__(self, cursor: Cursor, sink: FrameSink, clock: ManualClock) -> None:
        self._cursor = cursor
        self._sink = sink
        self._clock = clock
        self.first_at: float | None = None
        """Unix seconds of the first entry; None before it."""
        self.ticks = -1
        """See :attr:`DriverState.ticks`."""
        self.after_entry = False
        """Whether the last step was an entry, not a tick."""
        self.damage: RecordingError | None = None
        """What ended the recording early, once that has been reached."""
        self._ticks_at_entry = -1
        self._open = False

    @property
    def place(self) -> Position:
        """After the last entry that was handed over."""
        return self._cursor.place

    @property
    def at(self) -> float:
        """Unix seconds of the last step."""
        return self._clock.unix()

    def state(self) -> DriverState:
        """For :meth:`go`. Call it only after an entry, or before the first."""
        clock = self._clock
        return DriverState(self.place, self.first_at, self.ticks, self._open, clock.unix(), clock.monotonic())

    def go(self, state: DriverState) -> None:
        """Go where a driver of this recording was; the caller restores the session's state."""
        self._cursor.go(state.place)
        self.first_at, self.ticks, self._open = state.first_at, state.ticks, state.is_open
        self._ticks_at_entry = state.ticks
        self.after_entry = state.first_at is not None
        self._clock.set_back(state.unix, state.monotonic)

    def next_record(self) -> Record | None:
        """The next entry or end, whatever ticks come before it; None after the end."""
        return self._cursor.peek()

    def due(self) -> float | None:
        """Unix seconds of the next step, a tick or an entry; None after the end."""
        record = self._cursor.peek()
        if record is None:
            return None
        tick = self._tick_before(record)
        return max(record.at, self._clock.unix()) if tick is None else self._time_of(tick)

    def step(self) -> Record | None:
        """Do the next step.

        Returns:
            The entry or the end that was handed over; None for a tick, and after the end.
        """
        record = self._cursor.peek()
        if record is None:
            return None
        clock, sink = self._clock, self._sink
        tick = self._tick_before(record)
        self.after_entry = tick is None
        if tick is not None:
            self.ticks = tick
            clock.move_to(self._time_of(tick))
            sink.tick(clock.monotonic(), clock.unix())
            return None
        self._cursor.advance()
        if isinstance(record, RecordedEnd):
            self.damage = record.damage
            sink.ended(clock.monotonic(), clock.unix(), str(record.damage or ""))
            return record
        if self.first_at is None:
            self.first_at = record.at
            clock.move_to(record.at)
        elif record.at > clock.unix():
            clock.move_to(record.at)
        self.ticks = self._ticks_at_entry = max(self.ticks, self._grid_before(record.at))
        self._hand_over(record)
        return record

    def _hand_over(self, entry: Entry) -> None:
        now, unix, sink = self._clock.monotonic(), self._clock.unix(), self._sink
        match entry:
            case RecordedFrame():
                if not self._open:
                    self._open = True
                    sink.clock_measured(None)
                    sink.opened(now, unix)
                sink.receive(entry.frame, now, unix, binary=entry.binary)
            case RecordedEvent(name="opened"):
                self._open = True
                sink.clock_measured(from_detail(entry.detail))
                sink.opened(now, unix)
            case RecordedEvent(name="closed"):
                self._open = False
                why = plain_text(entry.detail, _REASON_LENGTH) or "the recorded connection closed"
                sink.closed(now, unix, why)
            case RecordedEvent():
                sink.replayed(entry.name)
        sink.drain(now)

    def _tick_before(self, record: Record) -> int | None:
        """Number of the tick that comes before ``record``; None for none."""
        if self.first_at is None or isinstance(record, RecordedEnd):
            return None
        tick = self.ticks + max(1, (self.ticks - self._ticks_at_entry) // _FINE_TICKS)
        return tick if tick <= self._grid_before(record.at) else None

    def _grid_before(self, at: float) -> int:
        """Number of the last tick before ``at``, unix seconds."""
        return ceil((at - _TOLERANCE - (self.first_at or 0.0)) / TICK_SECONDS) - 1

    def _time_of(self, tick: int) -> float:
        return (self.first_at or 0.0) + tick * TICK_SECONDS
