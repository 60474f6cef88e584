"""Drives a session from a recording, on the recording's time."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Final

from depthview.core.plaintext import plain_text
from depthview.errors import RecordingError
from depthview.feed.recording import RecordedEvent, RecordedFrame
from depthview.view import ReplayView

if TYPE_CHECKING:
    from collections.abc import Callable

    from depthview.clock import Clock, ManualClock
    from depthview.feed.recording import Entry, Recording
    from depthview.feed.source import FrameSink

TICK_SECONDS: Final = 0.1
_TICKS_IN_A_SILENCE: Final = 1_000
"""A silence of any length takes no more ticks than this, however long the recording says it was."""
_YIELD_AFTER: Final = 0.005


class Replayer:
    """One run through a recording.

    Args:
        recording: What to replay.
        sink: Takes the frames, exactly as it would live.
        clock: The session's clock, which this moves.
        pace: The clock that real time is measured by.
        speed: 1 is real time; None is as fast as it goes.
        file: The recording's name for the screen.
        moved: Called whenever the recording's time has moved.
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
        self._recording = recording
        self._sink = sink
        self._clock = clock
        self._pace = pace
        self._speed = speed
        self._file = plain_text(file)
        self._moved = moved
        self._first_at: float | None = None
        self._paced_from = 0.0
        self._yielded_at = 0.0
        self._ticked_at = 0.0
        self._open = False
        self._ended = False
        self._stopped = asyncio.Event()
        self._duration = recording.duration()

    def position(self) -> ReplayView:
        """Where it stands."""
        at = self._clock.unix() - self._first_at if self._first_at is not None else 0.0
        return ReplayView(self._file, at, self._duration, self._speed, self._ended)

    def stop(self) -> None:
        """Let :meth:`run` return before anything more is handed over: what the session shows stays as it is."""
        self._stopped.set()

    async def run(self) -> None:
        """Replay to the end, or until stopped.

        Raises:
            RecordingError: The recording is damaged; the session shows what came before, and has been told.
        """
        self._yielded_at = self._pace.monotonic()
        try:
            for entry in self._recording:
                await self._move_to(entry.at)
                if self._stopped.is_set():
                    return
                self._hand_over(entry)
                self._moved()
                if self._stopped.is_set():
                    return
        except RecordingError as damage:
            self._end(str(damage))
            raise
        self._end("")

    def _end(self, detail: str) -> None:
        self._ended = True
        self._sink.ended(self._clock.monotonic(), self._clock.unix(), detail)

    def _hand_over(self, entry: Entry) -> None:
        now, unix = self._clock.monotonic(), self._clock.unix()
        match entry:
            case RecordedEvent(name="opened"):
                self._open = True
                self._sink.opened(now, unix)
            case RecordedEvent(name="closed", detail=detail):
                self._open = False
                self._sink.closed(now, unix, plain_text(detail, 120) or "the recorded connection closed")
            case RecordedEvent(name=name):
                self._sink.replayed(name)
            case RecordedFrame(frame=frame, binary=binary):
                if not self._open:
                    # Foreign recordings do not say when the connection opened; that there are frames says it.
                    self._open = True
                    self._sink.opened(now, unix)
                self._sink.receive(frame, now, unix, binary=binary)
        self._sink.drain(now)

    async def _move_to(self, at: float) -> None:
        if self._first_at is None:
            self._first_at = at
            self._clock.move_to(at)
            self._paced_from = self._pace.monotonic()
        before = self._clock.unix()
        silence = at - before
        step = max(TICK_SECONDS, silence / _TICKS_IN_A_SILENCE)
        while before + step < at and not self._stopped.is_set():
            before += step
            await self._wait_for(before)
            self._clock.move_to(before)
            self._tick(before)
            self._moved()
        if self._stopped.is_set():
            return
        await self._wait_for(at)
        if at > self._clock.unix():
            self._clock.move_to(at)
        if at - self._ticked_at >= TICK_SECONDS:
            # Frames may come so thick that there is never a silence to tick in.
            self._tick(at)

    def _tick(self, unix: float) -> None:
        self._ticked_at = unix
        self._sink.tick(self._clock.monotonic(), unix)

    async def _wait_for(self, at: float) -> None:
        """Wait until real time has come as far as the recording's, or let the loop turn where there is no pace."""
        if self._speed is not None and self._first_at is not None:
            due = self._paced_from + (at - self._first_at) / self._speed
            left = due - self._pace.monotonic()
            if left > 0:
                await asyncio.sleep(left)
                self._yielded_at = self._pace.monotonic()
                return
        if self._pace.monotonic() - self._yielded_at > _YIELD_AFTER:
            await asyncio.sleep(0)
            self._yielded_at = self._pace.monotonic()
