"""Plays a recording once in the background, so that seeking is quick and incidents are known beforehand.

A second session plays the recording at full speed, in slices that leave the event loop to keys and drawing, and takes
checkpoints. It goes through the same states as the session on the screen, so a seek restores one of them there.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import msgspec

from depthview.clock import ManualClock
from depthview.recordings.cursor import Cursor, Position
from depthview.recordings.driver import Driver
from depthview.recordings.reader import RecordedFrame
from depthview.replay.checkpoints import Checkpoint, Checkpoints, compress
from depthview.session.checkpoint import Rewind
from depthview.views.market import EventView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from depthview.clock import Clock
    from depthview.recordings.cursor import Record
    from depthview.recordings.gzip_content import UnpackedGzip
    from depthview.recordings.reader import Recording
    from depthview.session.session import MarketSession

_FIRST_APART: Final = 500
"""Entries between two checkpoints to begin with: some 50 ms of replaying."""
_BUDGET_BYTES: Final = 96 << 20
"""Of checkpoints. A book of 45,000 levels takes 1 MB."""
_SLICE: Final = 0.004
_PAUSE: Final = 0.002
"""A key takes several turns of the event loop to its widget; a pause has room for all of them."""
_BLOCK: Final = 500
"""Entries whose sequence numbers are kept as one range."""
_MAX_INCIDENTS: Final = 10_000


@dataclass(frozen=True, slots=True)
class IncidentMark:
    entries: int
    """Entries handed over by then."""
    tick: int | None
    """The tick that reported it, by its place on the driver's grid; None where the last of those entries did."""
    at: float
    """Unix seconds."""
    event: EventView
    """As it was first logged."""


@dataclass(slots=True)
class _NumberBlock:
    """The range of the sequence numbers of some entries."""

    place: Position
    lowest: int = 1
    highest: int = 0
    entries: int = 0

    @property
    def is_empty(self) -> bool:
        return self.highest < self.lowest

    def add(self, number: int | None) -> None:
        self.entries += 1
        if number is not None:
            self.lowest = number if self.is_empty else min(self.lowest, number)
            self.highest = max(self.highest, number)


class _Numbered(msgspec.Struct):
    sequence_num: int | None = None


_decode_number: Final = msgspec.json.Decoder(_Numbered).decode


class ReplayIndex:
    """What is known of a recording: checkpoints, incidents, sequence numbers.

    Args:
        recording: What to play.
        unpacked: Its content, if it is gzip.
        make: Makes the session to play it to.
        pace: Measures the slices.
    """

    def __init__(
        self, recording: Recording, unpacked: UnpackedGzip, make: Callable[[], MarketSession], pace: Clock
    ) -> None:
        self._recording = recording
        self._unpacked = unpacked
        self._make = make
        self._pace = pace
        self.checkpoints: Final = Checkpoints(_BUDGET_BYTES, _FIRST_APART)
        self._wanted = asyncio.Event()
        self.grown: Final = asyncio.Event()
        """Set whenever more is known."""
        self._begin()

    def _begin(self) -> None:
        self.incidents: tuple[IncidentMark, ...] = ()
        self._blocks: list[_NumberBlock] = []
        self.done = False
        """Whether all of the recording has been played."""
        self.share = 0.0
        """Of the recording that has been played, by bytes of its file: 0 to 1."""
        session, clock = self._make(), ManualClock()
        self._memory = Rewind(session)
        self._cursor = Cursor(self._recording, self._unpacked)
        self._driver = Driver(self._cursor, session, clock)
        self._event_id = self._memory.last_event()
        self.opening = Checkpoint(
            self._driver.state(), self._memory.checkpoint(), compressed=False, changes=self.changes
        )
        """The state before the first entry."""
        self.checkpoints.clear()
        self.checkpoints.add(self.opening)

    @property
    def place(self) -> Position:
        return self._driver.place

    @property
    def at(self) -> float:
        return self._driver.at

    @property
    def first_at(self) -> float | None:
        return self._driver.first_at

    @property
    def changes(self) -> Mapping[str, int]:
        """How often each book has changed as far as it has come."""
        return self._memory.changes()

    @property
    def is_working(self) -> bool:
        return self._wanted.is_set() and not self.done

    def want(self) -> None:
        self._wanted.set()

    def rest(self) -> None:
        """Pause until :meth:`want`."""
        self._wanted.clear()

    def begin_again(self) -> None:
        self._cursor.close()
        self._begin()

    def close(self) -> None:
        self._cursor.close()

    async def run(self) -> None:
        """Play whenever it is wanted, until cancelled."""
        while True:
            if self.done:
                self.rest()
            await self._wanted.wait()
            driver, until = self._driver, self._pace.monotonic() + _SLICE
            while not self.done and self._pace.monotonic() < until:
                self._step(driver)
            if not self.done and driver.after_entry and self.checkpoints.is_due(driver.place.entries):
                state, changes = driver.state(), self.changes
                held = await asyncio.to_thread(compress, self._memory.checkpoint())
                if driver is self._driver:
                    self.checkpoints.add(Checkpoint(state, held, compressed=True, changes=changes))
            if driver is self._driver:
                self.share = 1.0 if self.done else self._cursor.share()
            self.grown.set()
            await asyncio.sleep(_PAUSE)

    async def find_number(self, number: int, after: int) -> int | None:
        """The entries up to and with a frame of that number, the next after ``after`` entries or else the first.

        Reads again the blocks that may hold it: one, where the numbers are those of the connection.
        """
        reached = [block for block in self._blocks if block.place.entries + block.entries > after]
        passed = self._blocks[: len(self._blocks) - len(reached)]
        cursor = Cursor(self._recording, self._unpacked)
        try:
            for blocks, beyond in ((reached, after), ([*passed, *reached[:1]], 0)):
                for block in blocks:
                    if block.lowest <= number <= block.highest:
                        found = await self._find(cursor, block, number, beyond)
                        if found is not None:
                            return found
        finally:
            cursor.close()
        return None

    async def _find(self, cursor: Cursor, block: _NumberBlock, number: int, beyond: int) -> int | None:
        """The entries up to and with a frame of that number in a block, more than ``beyond`` of them."""
        cursor.go(block.place)
        until = 0.0
        for _ in range(block.entries):
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
        """The lowest and the highest sequence number so far; None without any."""
        blocks = [block for block in self._blocks if not block.is_empty]
        if not blocks:
            return None
        return min(block.lowest for block in blocks), max(block.highest for block in blocks)

    def _step(self, driver: Driver) -> None:
        record, place = driver.next_record(), driver.place
        driver.step()
        if driver.after_entry:
            if not self._blocks or self._blocks[-1].entries == _BLOCK:
                self._blocks.append(_NumberBlock(place))
            self._blocks[-1].add(_number_of(record))
        self._note_incidents(driver)
        self.done = driver.place.ended

    def _note_incidents(self, driver: Driver) -> None:
        newest = self._memory.last_event()
        if newest == self._event_id:
            return
        found = self._memory.incidents_since(self._event_id)
        self._event_id = newest
        tick = None if driver.after_entry else driver.ticks
        marks = tuple(IncidentMark(driver.place.entries, tick, driver.at, event) for event in found)
        self.incidents = (self.incidents + marks)[:_MAX_INCIDENTS]


def _number_of(record: Record | None) -> int | None:
    if not isinstance(record, RecordedFrame) or record.binary:
        return None
    try:
        return _decode_number(record.frame).sequence_num
    except (ValueError, RecursionError):
        return None
