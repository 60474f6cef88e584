"""Plays a recording to a session once, from its start to its end."""

from __future__ import annotations

from functools import cached_property
from typing import TYPE_CHECKING, Final

from depthview.clock import ManualClock
from depthview.core.text import shown_path
from depthview.errors import RecordingError
from depthview.recordings.completeness import completeness_of
from depthview.recordings.cursor import Cursor, RecordedEnd
from depthview.recordings.driver import Driver
from depthview.recordings.reader import RecordedFrame, open_recording
from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from depthview.analysis.output import ProgressLine
    from depthview.recordings.completeness import Completeness
    from depthview.recordings.cursor import Record
    from depthview.session.frame_log import FrameSink

_PROGRESS_EVERY: Final = 64
"""Entries between two looks at the clock."""


class Playback:
    """A recording and how far it has been played. Memory does not depend on its length.

    Args:
        path: The recording.

    Raises:
        RecordingError: It cannot be read, or is no recording that depthview knows.
    """

    def __init__(self, path: Path) -> None:
        self._prefix = f"cannot replay {shown_path(path)}: "
        self._path = path
        try:
            self.recording: Final = open_recording(path)
            self.size: Final = path.stat().st_size
        except RecordingError as error:
            raise self._unreadable(str(error)) from None
        except OSError as error:
            raise self._unreadable(os_reason(error)) from None
        self.clock: Final = ManualClock()
        """The session's."""
        self.entries = 0
        """Handed over so far."""
        self.frames = 0
        """Frames of the venue's among them."""
        self.damage = ""
        """What ended it before its end, in words; empty where nothing did."""

    @cached_property
    def completeness(self) -> Completeness:
        """What the recording's sequence numbers prove; reads its beginning."""
        return completeness_of(self.recording)

    def drive(self, sink: FrameSink, progress: ProgressLine) -> Iterator[tuple[Driver, Record | None]]:
        """Play it; gives the driver after each step, and the entry or end that was handed over, None for a tick.

        Args:
            sink: The session, on :attr:`clock`.
            progress: Cleared at the end.

        Raises:
            RecordingError: Not one entry can be read.
        """
        cursor = Cursor(self.recording)
        driver = Driver(cursor, sink, self.clock)
        record: Record | None = None
        try:
            while not isinstance(record, RecordedEnd):
                record = driver.step()
                if isinstance(record, RecordedEnd):
                    self._end(record)
                elif record is not None:
                    self.entries += 1
                    self.frames += isinstance(record, RecordedFrame) and not record.made
                    if not self.entries % _PROGRESS_EVERY and progress.due:
                        progress.show(cursor.bytes_read())
                yield driver, record
        finally:
            cursor.close()
            progress.clear()

    def _end(self, end: RecordedEnd) -> None:
        if end.damage is None:
            return
        if not self.entries:
            raise self._unreadable(str(end.damage)) from None
        self.damage = str(end.damage).removeprefix(self._prefix)

    def _unreadable(self, why: str) -> RecordingError:
        return RecordingError(f"cannot read {shown_path(self._path)}: {why.removeprefix(self._prefix)}")
