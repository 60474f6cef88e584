"""Pause, speed and seek; implements :class:`depthview.views.market.ReplayControls`.

Nothing here waits: a request becomes a task of the player. The next one counts from where that task leads, not from
where it is by then, so that holding a key down goes as far as the key was held.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from depthview.replay.seek import Seeker, SeekTarget
from depthview.views.market import ReplayMark, ReplayView

if TYPE_CHECKING:
    from collections.abc import Callable

    from depthview.clock import Clock
    from depthview.replay.index import IncidentMark, ReplayIndex
    from depthview.replay.player import Player, SeekTask
    from depthview.session.checkpoint import Rewind

SPEEDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0)
"""Above the last one: as fast as it goes."""
_JUST_NOW: Final = 1.0
"""Seconds."""


class PlayerControls:
    """See :class:`depthview.views.market.ReplayControls`.

    Args:
        player: What is controlled.
        memory: Its session's.
        index: Of its recording.
        pace: Measures the slices between which other tasks may run.
    """

    def __init__(self, player: Player, memory: Rewind, index: ReplayIndex, pace: Clock) -> None:
        player.attended = True
        self._player = player
        self._index = index
        self._seeker = Seeker(player.driver, memory, index, pace)
        self._target: SeekTarget | None = None
        self._doing = ""
        self._note = ""
        self._marks: tuple[tuple[IncidentMark, ...], tuple[ReplayMark, ...]] = ((), ())
        index.want()

    async def run(self) -> None:
        """Play, and index the recording in the background, until cancelled or stopped.

        Raises:
            RecordingError: It was stopped at the end of a damaged recording.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                indexing = tasks.create_task(self._index.run(), name="depthview-index")
                try:
                    await self._player.run()
                finally:
                    indexing.cancel()
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            self._index.close()

    def position(self) -> ReplayView:
        view, index = self._player.position(), self._index
        duration = view.duration
        first_at = self._first_at()
        if index.done and first_at is not None:
            duration = max(index.at - first_at, view.position)
        under_way = self._player.under_way
        return replace(
            view,
            duration=duration,
            first_at=first_at,
            frames=index.place.frames if index.done else None,
            indexed=index.share,
            indexing=index.is_working,
            seeking=self._doing if under_way else "",
            progress=self._seeker.progress if under_way else None,
            marks=self._marked(first_at),
            note=self._note,
        )

    def pause_or_play(self) -> None:
        player = self._player
        self._note = ""
        if player.driver.place.ended and not player.under_way:
            self._go(SeekTarget(entries=1), "to the start")
            player.paused = False
        else:
            player.paused = not player.paused

    def step(self, entries: int) -> None:
        self._player.paused = True
        here = pending.entries if (pending := self._pending()) is not None else None
        if here is None:
            here = self._player.driver.place.entries
        self._go(SeekTarget(entries=max(1, here + entries)), "a step", back=entries < 0)

    def step_change(self, product: str, direction: int) -> None:
        self._player.paused = True
        seeker = self._seeker
        find, which = (seeker.next_change, "later") if direction > 0 else (seeker.previous_change, "earlier")

        async def change(wanted: Callable[[], bool]) -> None:
            if not await find(product, wanted):
                self._note = f"no {which} change of {product}"

        self._send(change, f"to {'the next' if direction > 0 else 'the previous'} change of {product}")

    def change_speed(self, direction: int) -> None:
        speed = self._player.speed
        self._note = ""
        if direction > 0:
            self._player.speed = None if speed is None else next((each for each in SPEEDS if each > speed), None)
        else:
            slower = SPEEDS if speed is None else [each for each in SPEEDS if each < speed]
            self._player.speed = slower[-1] if slower else SPEEDS[0]

    def seek_by(self, seconds: float) -> None:
        here = pending.unix if (pending := self._pending()) is not None else None
        self._seek((self._player.driver.at if here is None else here) + seconds)

    def seek_to(self, seconds: float) -> None:
        first_at = self._first_at()
        if first_at is not None:
            self._seek(first_at + seconds)

    def seek_number(self, number: int) -> None:
        self._player.paused = True
        after = self._player.driver.place.entries

        async def find(wanted: Callable[[], bool]) -> None:
            found = None
            while found is None and wanted():
                known = self._index.done
                found = await self._index.find_number(number, after)
                if found is None and known:
                    self._note = self._no_number(number)
                    return
                if found is None:
                    await self._more()
            if found is not None:
                await self._seeker.go(SeekTarget(entries=found), wanted)

        self._send(find, f"to #{number:,}")

    def seek_incident(self, direction: int) -> None:
        here, playing = self._pending() or self._seeker.here(), not self._player.paused
        self._player.paused = True

        async def find(wanted: Callable[[], bool]) -> None:
            while wanted():
                found = self._incident_from(here, direction, playing=playing)
                if found is not None:
                    self._note = found.event.text
                    self._target = SeekTarget(found.entries, found.tick)
                    await self._seeker.go(self._target, wanted)
                    return
                if self._index.done or direction < 0:
                    self._note = f"no incident {'after' if direction > 0 else 'before'} this"
                    return
                await self._more()

        self._send(find, f"to the {'next' if direction > 0 else 'previous'} incident")

    def stop_work(self) -> bool:
        if self._player.under_way:
            self._target = None
            self._player.seek(None)
            self._note = "stopped"
            return True
        if self._index.is_working:
            self._index.rest()
            self._note = "stopped indexing the recording"
            return True
        return False

    def restart(self) -> None:
        """Play again up to here in a new session, such as one with other products."""
        here = self._seeker.here()
        self._index.begin_again()
        self._seeker.begin_again()
        self._index.want()
        self._note = ""
        self._go(here, "from the start, with other products")

    def _seek(self, unix: float) -> None:
        first_at = self._first_at()
        if first_at is not None:
            self._go(SeekTarget(unix=max(first_at, unix)), "to another time")

    def _first_at(self) -> float | None:
        """Unix seconds of the first entry; None until it has been read."""
        here = self._player.driver.first_at
        return self._index.first_at if here is None else here

    def _go(self, target: SeekTarget, doing: str, *, back: bool = False) -> None:
        async def go(wanted: Callable[[], bool]) -> None:
            await self._seeker.go(target, wanted, back=back)

        self._send(go, doing)
        self._target = target

    def _send(self, task: SeekTask, doing: str) -> None:
        self._doing, self._note, self._target = doing, "", None
        self._player.seek(task)

    def _pending(self) -> SeekTarget | None:
        return self._target if self._player.under_way else None

    async def _more(self) -> None:
        """Wait until the index knows more."""
        self._index.want()
        self._index.grown.clear()
        await self._index.grown.wait()

    def _incident_from(self, here: SeekTarget, direction: int, *, playing: bool) -> IncidentMark | None:
        incidents = self._index.incidents
        if here.entries is None:
            at = here.unix or 0.0
            earlier = [incident for incident in incidents if incident.at < at]
            later = [incident for incident in incidents if incident.at > at]
        else:
            place = _order(here.entries, here.tick)
            earlier = [incident for incident in incidents if _order(incident.entries, incident.tick) < place]
            later = [incident for incident in incidents if _order(incident.entries, incident.tick) > place]
        if direction > 0:
            return later[0] if later else None
        if playing:
            # While it plays, the incident that has just passed is not the one that is meant.
            at = self._player.driver.at - _JUST_NOW
            earlier = [incident for incident in earlier if incident.at < at]
        return earlier[-1] if earlier else None

    def _no_number(self, number: int) -> str:
        numbers = self._index.numbers
        if numbers is None:
            return "no frame of this recording has a sequence number"
        return f"no frame has #{number:,}; the numbers lie between {numbers[0]:,} and {numbers[1]:,}"

    def _marked(self, first_at: float | None) -> tuple[ReplayMark, ...]:
        incidents = self._index.incidents
        if first_at is None:
            return ()
        if incidents is not self._marks[0]:
            marks = tuple(ReplayMark(max(0.0, each.at - first_at), each.event.level) for each in incidents)
            self._marks = (incidents, marks)
        return self._marks[1]


def _order(entries: int, tick: int | None) -> tuple[int, int]:
    return entries, -1 if tick is None else tick
