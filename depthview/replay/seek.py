"""Moves a replay to a place in its recording: from the last checkpoint before it, then entry by entry."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.replay.checkpoints import Checkpoint, Checkpoints

if TYPE_CHECKING:
    from collections.abc import Callable

    from depthview.clock import Clock
    from depthview.recordings.driver import Driver
    from depthview.replay.index import ReplayIndex
    from depthview.session.checkpoint import Rewind

_SLICE: Final = 0.005
_NEAR_ENTRIES: Final = 1_000
_NEAR_SECONDS: Final = 10.0
"""A target ahead that is no further than this is played to at once, whatever the index knows."""
_NEAR_APART: Final = 64
_NEAR_BYTES: Final = 32 << 20
"""Checkpoints before a step back: the next one is short. They are not compressed."""
_TOLERANCE: Final = 1e-6
"""Seconds: times that are meant to be equal may differ in their last bits."""


@dataclass(frozen=True, slots=True)
class SeekTarget:
    """A place to go to: after a number of entries, or at a time."""

    entries: int | None = None
    tick: int | None = None
    """With ``entries``: the last tick of the driver's grid after them; None for none."""
    unix: float | None = None
    """Without ``entries``: everything up to this time, in unix seconds."""

    @property
    def goal(self) -> float:
        """Entries, or unix seconds."""
        return float(self.entries) if self.entries is not None else self.unix or 0.0

    def reached_by(self, where: Driver | ReplayIndex) -> float:
        """How far somebody has come, in the unit of :attr:`goal`."""
        return float(where.place.entries) if self.entries is not None else where.at


class Seeker:
    """Moves a driver and its session.

    Every method takes ``wanted``, which says whether its result is still wanted, and stops between two entries once it
    is not: the replay then stands there.

    Args:
        driver: What is moved.
        memory: Its session's.
        index: What is known of the recording.
        pace: Measures the slices between which other tasks may run.
    """

    def __init__(self, driver: Driver, memory: Rewind, index: ReplayIndex, pace: Clock) -> None:
        self._driver = driver
        self._memory = memory
        self._index = index
        self._pace = pace
        self._near = Checkpoints(_NEAR_BYTES, _NEAR_APART)
        self.progress: float | None = None
        """Of the present seek, 0 to 1; None without one."""

    def here(self) -> SeekTarget:
        driver = self._driver
        return SeekTarget(entries=driver.place.entries, tick=None if driver.after_entry else driver.ticks)

    def begin_again(self) -> None:
        """Go to before the first entry at once, in a new session."""
        self._near.clear()
        self._restore(self._index.opening)

    async def go(self, target: SeekTarget, wanted: Callable[[], bool], *, back: bool = False) -> None:
        """Go to a target; to the end where the recording ends before it.

        Args:
            target: Where.
            wanted: As above.
            back: Keep checkpoints on the way, as more steps back may follow.
        """
        try:
            if not self._is_close(target):
                await self._wait_for_index(target, wanted)
            if not wanted():
                return
            start = self._checkpoint_before(target)
            if start is not None and not (self._is_ahead(target) and start.entries <= self._driver.place.entries):
                self._restore(start)
            await self._play_to(target, wanted, keep=back)
        finally:
            self.progress = None

    async def next_change(self, product: str, wanted: Callable[[], bool]) -> bool:
        """Go to the next change of a book; False, with the replay back where it was, if there is none."""
        memory, driver, here = self._memory, self._driver, self.here()
        before = memory.changes_of(product)
        if self._index.done and self._index.changes.get(product, 0) == before:
            return False
        try:
            first, until = driver.at, self._pace.monotonic() + _SLICE
            while memory.changes_of(product) == before and driver.due() is not None:
                driver.step()
                if self._pace.monotonic() > until:
                    self.progress = _share(first, driver.at, max(self._index.at, driver.at))
                    await asyncio.sleep(0)
                    until = self._pace.monotonic() + _SLICE
                    if not wanted():
                        return True
        finally:
            self.progress = None
        if memory.changes_of(product) != before:
            return True
        await self.go(here, wanted)
        return False

    async def previous_change(self, product: str, wanted: Callable[[], bool]) -> bool:
        """Go to the change before the one on the screen; False, with the replay back where it was, if there is none."""
        here = self.here()
        last = (here.entries or 0) - 1
        while True:
            start = self._change_after(last, product)
            if start is None or not wanted():
                await self.go(here, wanted)
                return not wanted()
            self._restore(start)
            found = await self._last_change(product, last, wanted)
            if found is not None:
                await self.go(SeekTarget(entries=found), wanted, back=True)
                return True
            last = start.entries

    def _change_after(self, entries: int, product: str) -> Checkpoint | None:
        """The last checkpoint that has a change of a book between it and ``entries`` entries, as far as is known."""
        checkpoints = self._index.checkpoints
        found = self._checkpoint_before(SeekTarget(entries=entries - 1))
        later = checkpoints.before_entry(entries)
        if later is None or found is None or later.entries != entries:
            return found
        while found is not None and found.changes.get(product, 0) == later.changes.get(product, 0):
            found = checkpoints.before_entry(found.entries - 1)
        return found

    async def _last_change(self, product: str, entries: int, wanted: Callable[[], bool]) -> int | None:
        """Play on to ``entries`` entries; how many there were at the last change of a book on the way."""
        found: int | None = None
        count = self._memory.changes_of(product)

        def look() -> None:
            nonlocal found, count
            now = self._memory.changes_of(product)
            if now != count:
                found, count = self._driver.place.entries, now

        await self._play_to(SeekTarget(entries=entries), wanted, keep=True, look=look)
        return found

    def _is_close(self, target: SeekTarget) -> bool:
        """Whether a short way leads there from here."""
        near = _NEAR_SECONDS if target.entries is None else _NEAR_ENTRIES
        return self._is_ahead(target) and target.goal - target.reached_by(self._driver) <= near

    def _is_ahead(self, target: SeekTarget) -> bool:
        """Whether playing on from here leads there."""
        driver = self._driver
        if target.entries is None:
            return not driver.place.ended and driver.at <= target.goal + _TOLERANCE
        if target.entries != driver.place.entries:
            return target.entries > driver.place.entries
        return driver.after_entry or (target.tick is not None and driver.ticks <= target.tick)

    async def _wait_for_index(self, target: SeekTarget, wanted: Callable[[], bool]) -> None:
        """Wait until the index has come to a target, or to the end."""
        index = self._index
        was_working = index.is_working
        first = target.reached_by(index)
        while wanted() and not index.done and (here := target.reached_by(index)) < target.goal:
            self.progress = _share(first, here, target.goal)
            index.want()
            index.grown.clear()
            await index.grown.wait()
        if not was_working:
            index.rest()

    def _checkpoint_before(self, target: SeekTarget) -> Checkpoint | None:
        kept = (self._near, self._index.checkpoints)
        if target.entries is not None:
            found = [store.before_entry(target.entries) for store in kept]
        else:
            found = [store.before_time(target.goal) for store in kept]
        checkpoints = (checkpoint for checkpoint in found if checkpoint is not None)
        return max(checkpoints, key=lambda checkpoint: checkpoint.entries, default=None)

    def _restore(self, checkpoint: Checkpoint) -> None:
        self._memory.restore(checkpoint.session)
        self._driver.go(checkpoint.driver)
        if self._near.before_entry(checkpoint.entries) is not checkpoint:
            self._near.clear()  # they are near another place

    async def _play_to(
        self,
        target: SeekTarget,
        wanted: Callable[[], bool],
        *,
        keep: bool,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        """Play on to a target ahead; ``look`` is called after every step."""
        driver, index = self._driver, self._index
        first = target.reached_by(driver)
        was_working = index.is_working
        index.rest()
        try:
            until = self._pace.monotonic() + _SLICE
            while not self._is_there(target):
                driver.step()
                look()
                if keep and driver.after_entry and not driver.place.ended and self._near.is_due(driver.place.entries):
                    state, changes = self._memory.checkpoint(), self._memory.changes()
                    self._near.add(Checkpoint(driver.state(), state, compressed=False, changes=changes))
                if self._pace.monotonic() > until:
                    self.progress = _share(first, target.reached_by(driver), target.goal)
                    await asyncio.sleep(0)
                    until = self._pace.monotonic() + _SLICE
                    if not wanted():
                        return
        finally:
            if was_working:
                index.want()

    def _is_there(self, target: SeekTarget) -> bool:
        driver = self._driver
        if target.entries is not None and driver.place.entries >= target.entries:
            return target.tick is None or driver.ticks >= target.tick
        due = driver.due()
        return due is None or (target.entries is None and due > target.goal + _TOLERANCE)


def _share(first: float, here: float, goal: float) -> float:
    return 0.0 if goal <= first else min(1.0, max(0.0, (here - first) / (goal - first)))
