"""Plays a recording to a session in the recording's own time, at any speed."""

from __future__ import annotations

import asyncio
from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Final, TypeAlias

from depthview.core.text import plain_text
from depthview.recordings.cursor import Cursor
from depthview.recordings.driver import Driver
from depthview.recordings.gzip_content import UnpackedGzip
from depthview.views.market import ReplayView

if TYPE_CHECKING:
    from depthview.clock import Clock, ManualClock
    from depthview.recordings.reader import Recording
    from depthview.session.frame_log import FrameSink

_SLICE: Final = 0.005

SeekTask: TypeAlias = Callable[[Callable[[], bool]], Awaitable[None]]
"""Moves the player to another place. Its argument says whether that is still wanted."""


class Player:
    """Plays a recording, with pause, speed and seek.

    Args:
        recording: What to play.
        sink: Takes the frames, exactly as it would live.
        clock: The session's clock, which this moves.
        pace: The clock that real time is measured by.
        speed: 1 is real time; None is as fast as it goes.
        file: The recording's name for the screen.
        moved: Called whenever the recording's time has moved on.
    """

    def __init__(
        self,
        recording: Recording,
        sink: FrameSink,
        clock: ManualClock,
        pace: Clock,
        *,
        speed: float | None,
        file: str,
        moved: Callable[[], None] = lambda: None,
    ) -> None:
        self.unpacked: Final = UnpackedGzip()
        """The recording's content, if it is gzip."""
        self._cursor = Cursor(recording, self.unpacked)
        self.driver: Final = Driver(self._cursor, sink, clock)
        self.attended = False
        """Whether somebody controls it, so that the end does not end the run."""
        self._pace = pace
        self._speed = speed
        self._file = plain_text(file)
        self._moved = moved
        self._paused = False
        self._seek: SeekTask | None = None
        self._anchor: tuple[float, float] | None = None
        self._stopped = False
        self._wake = asyncio.Event()
        self._duration = recording.duration()

    def position(self) -> ReplayView:
        driver = self.driver
        first_at = driver.first_at
        return ReplayView(
            self._file,
            driver.at - first_at if first_at is not None else 0.0,
            self._duration,
            self._speed,
            driver.place.ended,
            paused=self._paused,
            frame=driver.place.frames,
            first_at=first_at,
        )

    @property
    def speed(self) -> float | None:
        return self._speed

    @speed.setter
    def speed(self, speed: float | None) -> None:
        self._speed = speed
        self._change()

    @property
    def paused(self) -> bool:
        return self._paused

    @paused.setter
    def paused(self, paused: bool) -> None:
        self._paused = paused
        self._change()

    def seek(self, task: SeekTask | None) -> None:
        """Begin a seek instead of the present one; None only cancels that."""
        self._seek = task
        self._change()

    @property
    def under_way(self) -> bool:
        return self._seek is not None

    def stop(self) -> None:
        """Let :meth:`run` return before anything more is handed over: what the session shows stays as it is."""
        self._stopped = True
        self._wake.set()

    async def run(self) -> None:
        """Play to the end; while it is attended, until stopped.

        Raises:
            RecordingError: The recording is damaged; the session shows what came before, and has been told.
        """
        try:
            while not self._stopped:
                self._wake.clear()
                ended = self.driver.place.ended
                if self._seek is not None:
                    await self._run_seek(self._seek)
                elif ended and not self.attended:
                    break
                elif ended or self._paused:
                    await self._wake.wait()
                else:
                    await self._play()
        finally:
            self._cursor.close()
            self.unpacked.close()
        if self.driver.damage is not None:
            raise self.driver.damage

    def _change(self) -> None:
        self._anchor = None
        self._wake.set()

    async def _run_seek(self, task: SeekTask) -> None:
        await task(lambda: self._seek is task and not self._stopped)
        if self._seek is task:
            self._seek = None
        self._anchor = None
        self._moved()

    async def _play(self) -> None:
        """Go on at the speed asked for, for a moment or until something changes."""
        until = self._pace.monotonic() + _SLICE
        while not self._wake.is_set():
            due = self.driver.due()
            if due is None:
                return
            left = self._seconds_to(due)
            if left > 0:
                try:
                    await asyncio.wait_for(self._wake.wait(), left)
                except TimeoutError:
                    continue
                return
            self.driver.step()
            self._moved()
            if self._pace.monotonic() > until:
                await asyncio.sleep(0)
                return

    def _seconds_to(self, due: float) -> float:
        """Real seconds until the recording's time has come to ``due``."""
        if self._speed is None:
            return 0.0
        now = self._pace.monotonic()
        if self._anchor is None:
            at = due if self.driver.first_at is None else self.driver.at
            self._anchor = (now, at)
        paced_from, at = self._anchor
        return paced_from + (due - at) / self._speed - now
