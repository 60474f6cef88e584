"""What a person can ask of a replay; implements :class:`depthview.views.market.ReplayControls`.

Nothing here waits: a wish becomes an errand of the replayer, and a wish that follows at once counts from where the
errand goes, not from where it is by then. So holding a key down goes as far as the key was held.
"""

from __future__ import annotations

import asyncio
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from depthview.replay.seek import Seeker, Target
from depthview.views.market import ReplayMark, ReplayView

if TYPE_CHECKING:
    from collections.abc import Callable

    from depthview.clock import Clock
    from depthview.replay.index import Incident, ReplayIndex, Rewindable
    from depthview.replay.player import Errand, Replayer

SPEEDS: Final = (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0, 25.0, 50.0, 100.0)
"""Above the last one there is no pace at all."""
_JUST_NOW: Final = 1.0
"""Seconds."""


class Transport:
    """A replay and its controls.

    Args:
        replayer: What is controlled.
        memory: Its session's.
        index: Of its recording.
        pace: Measures how long work may take at a stretch.
    """

    def __init__(self, replayer: Replayer, memory: Rewindable, index: ReplayIndex, pace: Clock) -> None:
        replayer.attended = True
        self._replayer = replayer
        self._index = index
        self._seeker = Seeker(replayer.driver, memory, index, pace)
        self._aim: Target | None = None
        self._doing = ""
        self._note = ""
        self._marks: tuple[tuple[Incident, ...], tuple[ReplayMark, ...]] = ((), ())
        index.want()

    async def run(self) -> None:
        """Replay and go through the recording ahead of it, until cancelled or stopped.

        Raises:
            RecordingError: It was stopped at the end of a damaged recording.
        """
        try:
            async with asyncio.TaskGroup() as tasks:
                indexing = tasks.create_task(self._index.run(), name="depthview-index")
                try:
                    await self._replayer.run()
                finally:
                    indexing.cancel()
        except ExceptionGroup as group:
            raise group.exceptions[0] from None
        finally:
            self._index.close()

    def position(self) -> ReplayView:
        """Where the replay stands."""
        view, index = self._replayer.position(), self._index
        duration = view.duration
        first_at = self._first_at()
        if index.done and first_at is not None:
            duration = max(index.at - first_at, view.position)
        under_way = self._replayer.under_way
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

    # --- wishes -----------------------------------------------------------------------------------------------------

    def pause_or_play(self) -> None:
        """See :meth:`depthview.views.market.ReplayControls.pause_or_play`."""
        replayer = self._replayer
        self._note = ""
        if replayer.driver.place.ended and not replayer.under_way:
            self._go(Target(entries=1), "to the start")
            replayer.paused = False
        else:
            replayer.paused = not replayer.paused

    def step(self, entries: int) -> None:
        """See :meth:`depthview.views.market.ReplayControls.step`."""
        self._replayer.paused = True
        here = aim.entries if (aim := self._pending()) is not None else None
        if here is None:
            here = self._replayer.driver.place.entries
        self._go(Target(entries=max(1, here + entries)), "a step", back=entries < 0)

    def step_change(self, product: str, direction: int) -> None:
        """See :meth:`depthview.views.market.ReplayControls.step_change`."""
        self._replayer.paused = True
        seeker = self._seeker
        find, which = (seeker.next_change, "later") if direction > 0 else (seeker.previous_change, "earlier")

        async def change(wanted: Callable[[], bool]) -> None:
            if not await find(product, wanted):
                self._note = f"no {which} change of {product}"

        self._send(change, f"to {'the next' if direction > 0 else 'the previous'} change of {product}")

    def change_speed(self, direction: int) -> None:
        """See :meth:`depthview.views.market.ReplayControls.change_speed`."""
        speed = self._replayer.speed
        self._note = ""
        if direction > 0:
            self._replayer.speed = None if speed is None else next((each for each in SPEEDS if each > speed), None)
        else:
            slower = SPEEDS if speed is None else [each for each in SPEEDS if each < speed]
            self._replayer.speed = slower[-1] if slower else SPEEDS[0]

    def seek_by(self, seconds: float) -> None:
        """See :meth:`depthview.views.market.ReplayControls.seek_by`."""
        here = aim.unix if (aim := self._pending()) is not None else None
        self._seek((self._replayer.driver.at if here is None else here) + seconds)

    def seek_to(self, seconds: float) -> None:
        """See :meth:`depthview.views.market.ReplayControls.seek_to`."""
        first_at = self._first_at()
        if first_at is not None:
            self._seek(first_at + seconds)

    def seek_number(self, number: int) -> None:
        """See :meth:`depthview.views.market.ReplayControls.seek_number`."""
        self._replayer.paused = True
        after = self._replayer.driver.place.entries

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
                await self._seeker.go(Target(entries=found), wanted)

        self._send(find, f"to #{number:,}")

    def seek_incident(self, direction: int) -> None:
        """See :meth:`depthview.views.market.ReplayControls.seek_incident`."""
        here, playing = self._pending() or self._seeker.here(), not self._replayer.paused
        self._replayer.paused = True

        async def find(wanted: Callable[[], bool]) -> None:
            while wanted():
                found = self._incident_from(here, direction, playing=playing)
                if found is not None:
                    self._note = found.event.text
                    self._aim = Target(found.entries, found.tick)
                    await self._seeker.go(self._aim, wanted)
                    return
                if self._index.done or direction < 0:
                    self._note = f"no incident {'after' if direction > 0 else 'before'} this"
                    return
                await self._more()

        self._send(find, f"to the {'next' if direction > 0 else 'previous'} incident")

    def stop_work(self) -> bool:
        """See :meth:`depthview.views.market.ReplayControls.stop_work`."""
        if self._replayer.under_way:
            self._aim = None
            self._replayer.send(None)
            self._note = "stopped"
            return True
        if self._index.is_working:
            self._index.rest()
            self._note = "stopped going through the recording ahead"
            return True
        return False

    def recast(self) -> None:
        """The session shows other products from now on: play again up to here, as if it had shown them all along.

        The caller sees to it that sessions made from now on show them.
        """
        here = self._seeker.here()
        self._index.begin_again()
        self._seeker.forget()
        self._seeker.begin()
        self._index.want()
        self._note = ""
        self._go(here, "from the start, with other products")

    # --- inside -----------------------------------------------------------------------------------------------------

    def _seek(self, unix: float) -> None:
        first_at = self._first_at()
        if first_at is not None:
            self._go(Target(unix=max(first_at, unix)), "to another time")

    def _first_at(self) -> float | None:
        """Unix seconds of the first entry; None until either session has met it."""
        here = self._replayer.driver.first_at
        return self._index.first_at if here is None else here

    def _go(self, target: Target, doing: str, *, back: bool = False) -> None:
        async def go(wanted: Callable[[], bool]) -> None:
            await self._seeker.go(target, wanted, back=back)

        self._send(go, doing)
        self._aim = target

    def _send(self, errand: Errand, doing: str) -> None:
        self._doing, self._note, self._aim = doing, "", None
        self._replayer.send(errand)

    def _pending(self) -> Target | None:
        """Where it is going, if that is known."""
        return self._aim if self._replayer.under_way else None

    async def _more(self) -> None:
        """Wait until more of the recording is known."""
        self._index.want()
        self._index.grown.clear()
        await self._index.grown.wait()

    def _incident_from(self, here: Target, direction: int, *, playing: bool) -> Incident | None:
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
            # While it plays, the incident that was just passed is not the one that is meant.
            at = self._replayer.driver.at - _JUST_NOW
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
