"""Plays a recording once, ahead of whoever watches it, so that going to any place of it is quick.

A second session plays the recording as fast as it goes, in slices that leave the loop to keys and drawing, and leaves
checkpoints on its way. What the first session will show at a place, this one has shown there already; so incidents are
marked where it met them.

Checkpoints are kept in memory and compressed: zlib's fastest level saves a third of a recorded book's bytes in 20 ms,
in a thread. Where the bound is reached every other one is dropped, and from then on they are taken half as often, so
that they are evenly spaced all over a recording.
"""

from __future__ import annotations

import asyncio
import zlib
from bisect import bisect_right
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, Protocol

import msgspec

from depthview.clock import ManualClock
from depthview.recordings.cursor import Bookmark, Cursor, RecordedEnd
from depthview.recordings.driver import Driver, Position
from depthview.recordings.reader import RecordedFrame
from depthview.session.frame_log import FrameSink
from depthview.views.market import EventView

if TYPE_CHECKING:
    from collections.abc import Callable

    from depthview.clock import Clock
    from depthview.recordings.cursor import Record
    from depthview.recordings.gzip_content import UnpackedGzip
    from depthview.recordings.reader import Recording

FIRST_APART: Final = 500
"""Entries between two checkpoints to begin with: some 50 ms of replaying."""
BUDGET_BYTES: Final = 96 << 20
"""A book of 45,000 levels takes 1 MB."""
_LEAST: Final = 2
_FASTEST: Final = 1


@dataclass(frozen=True, slots=True)
class Checkpoint:
    """A state and where it belongs."""

    position: Position
    held: bytes = field(repr=False)
    packed: bool
    changes: Mapping[str, int]
    """How often each book had changed."""

    @property
    def state(self) -> bytes:
        """The session's."""
        return zlib.decompress(self.held) if self.packed else self.held


def packed(state: bytes) -> bytes:
    """A state as it is kept for long."""
    return zlib.compress(state, _FASTEST)


class Checkpoints:
    """Checkpoints in the order of the recording, no more than fit.

    Args:
        budget: Bytes for all of them; two are kept in any case.
        apart: Entries between two to begin with.
    """

    def __init__(self, budget: int = BUDGET_BYTES, apart: int = FIRST_APART) -> None:
        self._budget: Final = budget
        self._first_apart: Final = apart
        self.clear()

    def __len__(self) -> int:
        return len(self._kept)

    @property
    def bytes(self) -> int:
        """Held by all of them."""
        return sum(len(checkpoint.held) for checkpoint in self._kept)

    def clear(self) -> None:
        """Forget them all."""
        self._kept: list[Checkpoint] = []
        self._apart = self._first_apart

    def is_due(self, entries: int) -> bool:
        """Whether one after so many entries would be worth keeping."""
        return not self._kept or entries >= self._kept[-1].position.place.entries + self._apart

    def add(self, checkpoint: Checkpoint) -> None:
        """Keep one; they come in order."""
        self._kept.append(checkpoint)
        while self.bytes > self._budget and len(self._kept) > _LEAST:
            self._kept = self._kept[::2]
            self._apart *= 2

    def before_entry(self, entries: int) -> Checkpoint | None:
        """The last one with no more than so many entries."""
        return self._last(bisect_right(self._kept, entries, key=lambda kept: kept.position.place.entries))

    def before_time(self, unix: float) -> Checkpoint | None:
        """The last one of which nothing is later than a moment."""
        return self._last(bisect_right(self._kept, unix, key=lambda kept: kept.position.unix))

    def _last(self, count: int) -> Checkpoint | None:
        return self._kept[count - 1] if count else None


class NearCheckpoints:
    """Those of the last way, close together, so that the next step back is a short one; not compressed.

    Args:
        budget: Bytes for all of them.
    """

    def __init__(self, budget: int) -> None:
        self._budget: Final = budget
        self._kept: dict[int, Checkpoint] = {}

    def clear(self) -> None:
        """Forget them all."""
        self._kept.clear()

    def add(self, checkpoint: Checkpoint) -> None:
        """Keep one; the oldest ones make room."""
        self._kept[checkpoint.position.place.entries] = checkpoint
        while sum(len(kept.held) for kept in self._kept.values()) > self._budget:
            del self._kept[next(iter(self._kept))]

    def before_entry(self, entries: int) -> Checkpoint | None:
        """The last one with no more than so many entries."""
        at = max((count for count in self._kept if count <= entries), default=None)
        return None if at is None else self._kept[at]

    def before_time(self, unix: float) -> Checkpoint | None:
        """The last one of which nothing is later than a moment."""
        found = [kept for kept in self._kept.values() if kept.position.unix <= unix]
        return max(found, key=lambda kept: kept.position.place.entries, default=None)


_SLICE: Final = 0.004
_PAUSE: Final = 0.002
"""A key takes several turns of the loop to its widget; in a pause they all find room."""
_STRETCH: Final = 500
"""Entries whose numbers are noted together."""
_INCIDENTS: Final = 10_000
"""Kept at most; nobody goes through more of them one by one."""


@dataclass(frozen=True, slots=True)
class Incident:
    """Where something went wrong."""

    entries: int
    """Entries handed over by then."""
    tick: int | None
    """Place on the grid of the tick that told of it; None where the last of those entries did."""
    at: float
    """Unix seconds."""
    event: EventView
    """As it was first told."""


@dataclass(slots=True)
class _Stretch:
    """The range of the numbers of some frames."""

    place: Bookmark
    lowest: int
    highest: int
    entries: int = 0


class _Numbered(msgspec.Struct):
    sequence_num: int | None = None


_decode_number: Final = msgspec.json.Decoder(_Numbered).decode


class ReplayIndex:
    """What is known of a recording's places.

    Args:
        recording: What to go through.
        unpacked: Its content, if it is gzip.
        make: Makes the session to play it to.
        pace: Measures the slices.
    """

    def __init__(self, recording: Recording, unpacked: UnpackedGzip, make: Callable[[], Stage], pace: Clock) -> None:
        self._recording = recording
        self._unpacked = unpacked
        self._make = make
        self._pace = pace
        self.checkpoints: Final = Checkpoints()
        self._wanted = asyncio.Event()
        self.grown: Final = asyncio.Event()
        """Set whenever there is more of it."""
        self._begin()

    def _begin(self) -> None:
        self.incidents: tuple[Incident, ...] = ()
        self._stretches: list[_Stretch] = []
        self.done = False
        """Whether all of the recording has been gone through."""
        self.share = 0.0
        """Of the file's bytes that have been read."""
        self._stage = self._make()
        self._cursor = Cursor(self._recording, self._unpacked)
        self._driver = Driver(self._cursor, self._stage.sink, self._stage.clock)
        self._event_id = self._stage.memory.last_event()
        state = self._stage.memory.checkpoint()
        self.opening = Checkpoint(self._driver.position(), state, packed=False, changes=self._stage.memory.changes())
        """The state before the first entry."""
        self.checkpoints.clear()
        self.checkpoints.add(self.opening)

    @property
    def place(self) -> Bookmark:
        """How far it has come."""
        return self._driver.place

    @property
    def at(self) -> float:
        """Unix seconds of the last thing in it."""
        return self._driver.at

    @property
    def first_at(self) -> float | None:
        """Unix seconds of the first entry; None before it has come there."""
        return self._driver.first_at

    @property
    def changes(self) -> dict[str, int]:
        """How often each book has changed as far as it has come."""
        return dict(self._stage.memory.changes())

    @property
    def is_working(self) -> bool:
        """Whether it is being made just now."""
        return self._wanted.is_set() and not self.done

    def want(self) -> None:
        """Go on with it."""
        self._wanted.set()

    def rest(self) -> None:
        """Leave it as it is until it is wanted."""
        self._wanted.clear()

    def begin_again(self) -> None:
        """Forget everything: the sessions that are made from now on are other ones."""
        self._cursor.close()
        self._begin()

    def close(self) -> None:
        """Close the file."""
        self._cursor.close()

    async def run(self) -> None:
        """Make it, whenever it is wanted, until cancelled."""
        while True:
            if self.done:
                self.rest()
            await self._wanted.wait()
            driver, until = self._driver, self._pace.monotonic() + _SLICE
            while not self.done and self._pace.monotonic() < until:
                self._step(driver)
            place = driver.place
            if not self.done and driver.after_entry and self.checkpoints.is_due(place.entries):
                position, changes = driver.position(), self._stage.memory.changes()
                held = await asyncio.to_thread(packed, self._stage.memory.checkpoint())
                if driver is self._driver:
                    self.checkpoints.add(Checkpoint(position, held, packed=True, changes=changes))
            if driver is self._driver:
                self.share = self._cursor.share()
            self.grown.set()
            await asyncio.sleep(_PAUSE)

    async def find_number(self, number: int, after: int) -> int | None:
        """The entries up to and with a frame of that number, the next after ``after`` entries or else the first.

        Reads the stretches anew that may hold it: one, where the numbers are those of the connection.
        """
        reached = [stretch for stretch in self._stretches if stretch.place.entries + stretch.entries > after]
        passed = self._stretches[: len(self._stretches) - len(reached)]
        cursor = Cursor(self._recording, self._unpacked)
        try:
            for stretches, beyond in ((reached, after), ([*passed, *reached[:1]], 0)):
                for stretch in stretches:
                    if not stretch.lowest <= number <= stretch.highest:
                        continue
                    found = await self._find(cursor, stretch, number, beyond)
                    if found is not None:
                        return found
        finally:
            cursor.close()
        return None

    async def _find(self, cursor: Cursor, stretch: _Stretch, number: int, beyond: int) -> int | None:
        """The entries up to and with a frame of that number in a stretch, more than ``beyond`` of them."""
        cursor.go(stretch.place)
        until = 0.0
        for _ in range(stretch.entries):
            if self._pace.monotonic() >= until:
                await asyncio.sleep(0)
                until = self._pace.monotonic() + _SLICE
            record = cursor.peek()
            cursor.advance()
            if _number_of(record) == number and cursor.place.entries > beyond:
                return cursor.place.entries
        return None

    @property
    def numbers(self) -> tuple[int, int] | None:
        """The lowest and the highest number that there is so far; None without any."""
        numbered = [stretch for stretch in self._stretches if stretch.highest >= stretch.lowest]
        if not numbered:
            return None
        return min(stretch.lowest for stretch in numbered), max(stretch.highest for stretch in numbered)

    def _step(self, driver: Driver) -> None:
        record, place = driver.next_record(), driver.place
        driver.step()
        if driver.after_entry:
            self._note_number(record, place)
        self._note_incidents(driver)
        if driver.place.ended:
            self.done = True
            self.share = 1.0

    def _note_number(self, record: Record | None, place: Bookmark) -> None:
        if not self._stretches or self._stretches[-1].entries == _STRETCH:
            self._stretches.append(_Stretch(place, lowest=1, highest=0))
        stretch = self._stretches[-1]
        stretch.entries += 1
        number = _number_of(record)
        if number is None:
            return
        if stretch.highest < stretch.lowest:
            stretch.lowest = stretch.highest = number
        else:
            stretch.lowest, stretch.highest = min(stretch.lowest, number), max(stretch.highest, number)

    def _note_incidents(self, driver: Driver) -> None:
        newest = self._stage.memory.last_event()
        if newest == self._event_id:
            return
        found = self._stage.memory.incidents_since(self._event_id)
        self._event_id = newest
        tick = None if driver.after_entry else driver.ticks
        entries = driver.place.entries
        fresh = tuple(Incident(entries, tick, driver.at, event) for event in found)
        self.incidents = (self.incidents + fresh)[:_INCIDENTS]


def _number_of(record: Record | None) -> int | None:
    match record:
        case RecordedFrame(frame=frame, binary=False):
            try:
                return _decode_number(frame).sequence_num
            except (ValueError, RecursionError):
                return None
        case RecordedFrame() | RecordedEnd() | None | _:
            return None


class Rewindable(Protocol):
    """A session whose state can be kept and brought back."""

    def checkpoint(self) -> bytes:
        """The state as it is now."""

    def restore(self, state: bytes) -> None:
        """Be as this session, or one made like it, was."""

    def changes(self) -> Mapping[str, int]:
        """A number for each book on show, by the name asked for, that rises with its changes."""

    def changes_of(self, product: str) -> int:
        """That number for one of them; 0 where it is not on show."""

    def last_event(self) -> int:
        """The newest log entry's id."""

    def incidents_since(self, event_id: int) -> tuple[EventView, ...]:
        """Log entries that tell of something wrong and came after one."""


@dataclass(frozen=True, slots=True)
class Stage:
    """A session, its clock, and its memory."""

    sink: FrameSink
    memory: Rewindable
    clock: ManualClock
