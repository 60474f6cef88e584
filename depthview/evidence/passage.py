"""A recording driven from its first entry to its last, or to the damage that ends it, as fast as it goes."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.clock import ManualClock
from depthview.core.text import shown_path
from depthview.errors import RecordingError
from depthview.recordings.cursor import Cursor, RecordedEnd
from depthview.recordings.driver import Driver
from depthview.recordings.reader import RecordedFrame, open_recording
from depthview.recordings.seekable_gzip import GzipMarks
from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from depthview.evidence.progress import ProgressLine
    from depthview.recordings.cursor import Record
    from depthview.session.frame_log import FrameSink

_LOOK_EVERY: Final = 64
"""Entries between two looks at the clock, for the progress line."""


class Passage:
    """One way through a recording, in memory that does not depend on its length.

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
        except RecordingError as fault:
            raise self._unreadable(str(fault)) from None
        except OSError as fault:
            raise self._unreadable(os_reason(fault)) from None
        self.clock: Final = ManualClock()
        """The session's, while it is driven."""
        self.entries = 0
        """Handed over so far."""
        self.frames = 0
        """Frames of the venue's among them."""
        self.damage = ""
        """What ended it before its end, in words; empty where nothing did."""

    def drive(self, sink: FrameSink, progress: ProgressLine) -> Iterator[tuple[Driver, Record | None]]:
        """Do one step after the other; gives the driver, and the entry or end that was handed over, None for a tick.

        Args:
            sink: The session, or what stands before it, on :attr:`clock`.
            progress: Shown meanwhile, and gone at the end.

        Raises:
            RecordingError: Not one entry can be read.
        """
        cursor = Cursor(self.recording, GzipMarks())
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
                    if not self.entries % _LOOK_EVERY and progress.due:
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
