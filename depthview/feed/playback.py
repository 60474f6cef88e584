"""A recording played into a session, one thing at a time.

Rule: what the session is told, and when, follows from the recording alone. Ticks fall on a fixed grid of recorded time
that begins with the first entry, every tenth of a second, each behind the entries of its own instant. Neither speed,
nor pauses, nor seeking, nor who looks when has a part in it. So the state after an entry is always the same one, and a
state that was kept can stand for all that led to it.
"""

from __future__ import annotations

from dataclasses import dataclass
from math import ceil
from typing import TYPE_CHECKING, Final

from depthview.core.plaintext import plain_text
from depthview.feed.cursor import START, Bookmark, RecordedEnd
from depthview.feed.recording import RecordedEvent, RecordedFrame

if TYPE_CHECKING:
    from depthview.clock import ManualClock
    from depthview.errors import RecordingError
    from depthview.feed.cursor import Cursor, Record
    from depthview.feed.recording import Entry
    from depthview.feed.source import FrameSink

TICK_SECONDS: Final = 0.1
_TICKS_IN_A_SILENCE: Final = 1_000
"""A silence of any length takes no more ticks than this, however long the recording says it was."""
_HAIR: Final = 1e-6
"""Seconds: an entry this close behind a tick's instant is at that instant."""
_WHY: Final = 120
"""Characters that are kept of the reason for a recorded closing."""


@dataclass(frozen=True, slots=True)
class Stand:
    """How far a playback has come, just behind an entry: what must be known to go on, the session's own state apart."""

    place: Bookmark = START
    first_at: float | None = None
    """Unix seconds of the first entry; None before it."""
    ticks: int = -1
    """Place on the grid of the last tick; -1 before the first."""
    is_open: bool = False
    unix: float = 0.0
    monotonic: float = 0.0


class Playback:
    """One session's way through a recording.

    Args:
        cursor: What comes next.
        sink: The session.
        clock: Its clock, which this moves.
    """

    def __init__(self, cursor: Cursor, sink: FrameSink, clock: ManualClock) -> None:
        self._cursor = cursor
        self._sink = sink
        self._clock = clock
        self.first_at: float | None = None
        """Unix seconds of the first entry; None before it."""
        self.ticks = -1
        """Place on the grid of the last tick; -1 before the first."""
        self.after_entry = False
        """Whether the last thing that happened was an entry and not a tick."""
        self.damage: RecordingError | None = None
        """What has ended the recording before its end, once it has been come to."""
        self._stride = 0
        """Ticks of the grid taken in one step in the present silence; 0 while there was none in it."""
        self._open = False

    @property
    def place(self) -> Bookmark:
        """Between the entries that were handed over and those that were not."""
        return self._cursor.place

    @property
    def at(self) -> float:
        """Unix seconds of the last thing that happened."""
        return self._clock.unix()

    def stand(self) -> Stand:
        """Where it stands, to be brought back by :meth:`go`; to be asked for behind an entry, or before the first."""
        return Stand(
            self.place,
            self.first_at,
            self.ticks,
            self._open,
            self._clock.unix(),
            self._clock.monotonic(),
        )

    def go(self, stand: Stand) -> None:
        """Stand where some playback of this recording has stood; the session's state is the caller's to bring back."""
        self._cursor.go(stand.place)
        self.first_at, self.ticks, self._open = stand.first_at, stand.ticks, stand.is_open
        self.after_entry, self._stride = stand.first_at is not None, 0
        self._clock.set_back(stand.unix, stand.monotonic)

    def next_record(self) -> Record | None:
        """The entry or end that comes next, whatever ticks come before it; None behind the end."""
        return self._cursor.peek()

    def due(self) -> float | None:
        """Unix seconds of what happens next, be it a tick or an entry; None behind the end."""
        record = self._cursor.peek()
        if record is None:
            return None
        tick = self._tick_before(record)
        return max(record.at, self._clock.unix()) if tick is None else self._time_of(tick)

    def step(self) -> None:
        """Let happen what happens next; nothing behind the end."""
        record = self._cursor.peek()
        if record is None:
            return
        if self.first_at is None and not isinstance(record, RecordedEnd):
            self.first_at = record.at
            self._clock.move_to(record.at)
        tick = self._tick_before(record)
        self.after_entry = tick is None
        if tick is not None:
            self.ticks = tick
            self._clock.move_to(self._time_of(tick))
            self._sink.tick(self._clock.monotonic(), self._clock.unix())
            return
        self._cursor.advance()
        self._stride = 0
        if isinstance(record, RecordedEnd):
            self.damage = record.damage
            self._sink.ended(self._clock.monotonic(), self._clock.unix(), str(record.damage or ""))
            return
        if record.at > self._clock.unix():
            self._clock.move_to(record.at)
        self._hand_over(record)

    def _hand_over(self, entry: Entry) -> None:
        now, unix = self._clock.monotonic(), self._clock.unix()
        match entry:
            case RecordedEvent(name="opened"):
                self._open = True
                self._sink.opened(now, unix)
            case RecordedEvent(name="closed", detail=detail):
                self._open = False
                self._sink.closed(now, unix, plain_text(detail, _WHY) or "the recorded connection closed")
            case RecordedEvent(name=name):
                self._sink.replayed(name)
            case RecordedFrame(frame=frame, binary=binary):
                if not self._open:
                    # Foreign recordings do not say when the connection opened; that there are frames says it.
                    self._open = True
                    self._sink.opened(now, unix)
                self._sink.receive(frame, now, unix, binary=binary)
        self._sink.drain(now)

    def _tick_before(self, record: Record) -> int | None:
        """The place on the grid of the tick that comes before ``record``; None where there is none."""
        if self.first_at is None or isinstance(record, RecordedEnd):
            return None
        waiting = ceil((record.at - _HAIR - self.first_at) / TICK_SECONDS) - 1 - self.ticks
        if waiting <= 0:
            return None
        if not self._stride:
            self._stride = max(1, ceil(waiting / _TICKS_IN_A_SILENCE))
        tick = self.ticks + self._stride
        return tick if self._stride <= waiting else None

    def _time_of(self, tick: int) -> float:
        return (self.first_at or 0.0) + tick * TICK_SECONDS
