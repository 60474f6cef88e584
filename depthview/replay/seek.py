"""Going to a place of a recording: from the last state that was kept before it, and then entry by entry."""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.replay.index import Checkpoint, NearCheckpoints

if TYPE_CHECKING:
    from collections.abc import Callable

    from depthview.clock import Clock
    from depthview.recordings.driver import Driver
    from depthview.replay.index import ReplayIndex, Rewindable

_SLICE: Final = 0.005
_NEAR_ENTRIES: Final = 1_000
_NEAR_SECONDS: Final = 10.0
"""A way ahead of no more than this is gone at once, be it known yet or not."""
_NEAR_APART: Final = 64
_NEAR_BYTES: Final = 32 << 20
_HAIR: Final = 1e-6
"""Seconds: times that are meant to be equal may differ by their last bits."""


@dataclass(frozen=True, slots=True)
class Target:
    """A place to go to: after so many entries, or at a moment."""

    entries: int | None = None
    tick: int | None = None
    """With ``entries``: the tick of the grid up to which time passes after them; None for none."""
    unix: float | None = None
    """Without ``entries``: everything up to this moment, in unix seconds."""


class Seeker:
    """Moves a driver about in its recording.

    Every method takes ``wanted``, which says whether the way is still wanted, and gives up between two entries once it
    is not: the state is then that of the place where the way was left.

    Args:
        driver: What is moved.
        memory: Its session's.
        index: What is known of the recording.
        pace: Measures the slices between which the loop may turn.
    """

    def __init__(self, driver: Driver, memory: Rewindable, index: ReplayIndex, pace: Clock) -> None:
        self._driver = driver
        self._memory = memory
        self._index = index
        self._pace = pace
        self._near = NearCheckpoints(_NEAR_BYTES)
        self.progress: float | None = None
        """How much of the way has been gone, 0 to 1; None while there is none."""

    def forget(self) -> None:
        """The sessions are other ones from now on."""
        self._near.clear()

    def here(self) -> Target:
        """Where it is."""
        driver = self._driver
        return Target(entries=driver.place.entries, tick=None if driver.after_entry else driver.ticks)

    def begin(self) -> None:
        """Go to before the first entry, at once."""
        self._restore(self._index.opening)

    async def go(self, target: Target, wanted: Callable[[], bool], *, back: bool = False) -> None:
        """Go to a place; to the end where the recording has ended before it.

        Args:
            target: Where.
            wanted: As above.
            back: Whether more steps back may follow, so that states close to the place are worth keeping.
        """
        try:
            if not self._is_close(target):
                await self._known(target, wanted)
            if not wanted():
                return
            start = self._start(target)
            if start is not None:
                self._restore(start)
            await self._roll(target, wanted, keep=back)
        finally:
            self.progress = None

    async def next_change(self, product: str, wanted: Callable[[], bool]) -> bool:
        """Go to the next change of a book; False, back where it was, where there is none."""
        memory, driver, here = self._memory, self._driver, self.here()
        before = memory.changes_of(product)
        if self._index.done and self._index.changes.get(product, 0) == before:
            return False
        try:
            first, until = driver.at, self._pace.monotonic() + _SLICE
            while memory.changes_of(product) == before and driver.due() is not None:
                driver.step()
                if self._pace.monotonic() > until:
                    self.progress = self._share(first, driver.at, max(self._index.at, driver.at))
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
        """Go to the change of a book that came before the one it shows; False, back where it was, without any."""
        here = self.here()
        last = (here.entries or 0) - 1
        while True:
            start = self._last_before(last, product)
            if start is None or not wanted():
                await self.go(here, wanted)
                return not wanted()
            self._restore(start)
            found = await self._last_change(product, last, wanted)
            if found is not None:
                await self.go(Target(entries=found), wanted, back=True)
                return True
            last = start.position.place.entries

    def _last_before(self, entries: int, product: str) -> Checkpoint | None:
        """The last checkpoint with a change of a book between it and ``entries`` entries, as far as that is known."""
        checkpoints = self._index.checkpoints
        found = self._checkpoint(Target(entries=entries - 1))
        later = checkpoints.before_entry(entries)
        if later is None or found is None or later.position.place.entries != entries:
            return found
        while found is not None and found.changes.get(product, 0) == later.changes.get(product, 0):
            found = checkpoints.before_entry(found.position.place.entries - 1)
        return found

    async def _last_change(self, product: str, entries: int, wanted: Callable[[], bool]) -> int | None:
        """Play on to ``entries`` entries; how many there were at the last change of a book on this way."""
        found: int | None = None
        count = self._memory.changes_of(product)

        def look() -> None:
            nonlocal found, count
            now = self._memory.changes_of(product)
            if now != count:
                found, count = self._driver.place.entries, now

        await self._roll(Target(entries=entries), wanted, keep=True, look=look)
        return found

    def _is_close(self, target: Target) -> bool:
        """Whether the way there from here is a short one."""
        driver = self._driver
        if not self._is_ahead(target):
            return False
        if target.entries is not None:
            return target.entries - driver.place.entries <= _NEAR_ENTRIES
        return (target.unix or 0.0) - driver.at <= _NEAR_SECONDS

    def _is_ahead(self, target: Target) -> bool:
        """Whether the place is reached by playing on from here."""
        driver = self._driver
        if target.entries is None:
            return not driver.place.ended and driver.at <= (target.unix or 0.0) + _HAIR
        if target.entries != driver.place.entries:
            return target.entries > driver.place.entries
        return driver.after_entry or (target.tick is not None and driver.ticks <= target.tick)

    async def _known(self, target: Target, wanted: Callable[[], bool]) -> None:
        """Wait until the index has come to a place, or to the end."""
        index = self._index
        goal = float(target.entries) if target.entries is not None else target.unix or 0.0
        was_working = index.is_working
        first = here = float(index.place.entries) if target.entries is not None else index.at
        while wanted() and not index.done and here < goal:
            self.progress = self._share(first, here, goal)
            index.want()
            index.grown.clear()
            await index.grown.wait()
            here = float(index.place.entries) if target.entries is not None else index.at
        if not was_working:
            index.rest()

    def _start(self, target: Target) -> Checkpoint | None:
        """The state to start from; None for the present one."""
        found = self._checkpoint(target)
        here = self._driver.place.entries
        if found is None or (self._is_ahead(target) and found.position.place.entries <= here):
            return None
        return found

    def _checkpoint(self, target: Target) -> Checkpoint | None:
        kept = (self._index.checkpoints, self._near)
        if target.entries is not None:
            found = [store.before_entry(target.entries) for store in kept]
        else:
            found = [store.before_time(target.unix or 0.0) for store in kept]
        return max(
            (checkpoint for checkpoint in found if checkpoint is not None),
            key=lambda checkpoint: checkpoint.position.place.entries,
            default=None,
        )

    def _restore(self, checkpoint: Checkpoint) -> None:
        self._memory.restore(checkpoint.state)
        self._driver.go(checkpoint.position)

    async def _roll(
        self,
        target: Target,
        wanted: Callable[[], bool],
        *,
        keep: bool,
        look: Callable[[], None] = lambda: None,
    ) -> None:
        """Play on to a place ahead."""
        driver, index = self._driver, self._index
        first = float(driver.place.entries) if target.entries is not None else driver.at
        kept_at = driver.place.entries
        was_working = index.is_working
        index.rest()
        try:
            until = self._pace.monotonic() + _SLICE
            while not self._is_there(target):
                driver.step()
                look()
                entries = driver.place.entries
                if keep and driver.after_entry and entries >= kept_at + _NEAR_APART:
                    kept_at = entries
                    self._keep()
                if self._pace.monotonic() > until:
                    here = float(entries) if target.entries is not None else driver.at
                    self.progress = self._share(first, here, target.entries or target.unix or 0.0)
                    await asyncio.sleep(0)
                    until = self._pace.monotonic() + _SLICE
                    if not wanted():
                        return
        finally:
            if was_working:
                index.want()

    def _keep(self) -> None:
        if not self._driver.place.ended:
            state, changes = self._memory.checkpoint(), self._memory.changes()
            self._near.add(Checkpoint(self._driver.position(), state, packed=False, changes=changes))

    def _is_there(self, target: Target) -> bool:
        driver = self._driver
        if target.entries is not None and driver.place.entries >= target.entries:
            return target.tick is None or driver.ticks >= target.tick
        due = driver.due()
        return due is None or (target.entries is None and due > (target.unix or 0.0) + _HAIR)

    @staticmethod
    def _share(first: float, here: float, goal: float) -> float:
        return 0.0 if goal <= first else min(1.0, max(0.0, (here - first) / (goal - first)))
