"""One way through a recording: every entry in order, to the end or to the damage that ends it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.errors import RecordingError
from depthview.feed.record_lines import Place
from depthview.feed.recording import open_recording
from depthview.private_file import shown_path

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

    from depthview.evidence.progress import ProgressLine
    from depthview.feed.recording import Entry

TICK_SECONDS: Final = 0.1
"""How often a live session looks at what the passing of time alone does."""
_LOOK_EVERY: Final = 64
"""Entries between two looks at the clock, for the progress line."""


class Passage:
    """Reads a recording once, from front to back, in memory that does not depend on its length.

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
            raise self._unreadable((fault.strerror or "it failed").lower()) from None
        self.entries = 0
        """Read so far."""
        self.damage = ""
        """What ended it before its end, in words; empty where nothing did."""

    def read(self, progress: ProgressLine) -> Iterator[Entry]:
        """Entries in order, with times that never step back; :attr:`damage` is known once they have ended.

        Args:
            progress: Shown meanwhile.

        Raises:
            RecordingError: Not one entry can be read.
        """
        place = Place()
        try:
            for entry in self.recording.entries(place):
                self.entries += 1
                if not self.entries % _LOOK_EVERY and progress.due:
                    progress.show(place.bytes_read())
                yield entry
        except RecordingError as fault:
            if not self.entries:
                raise self._unreadable(str(fault)) from None
            self.damage = str(fault).removeprefix(self._prefix)

    def _unreadable(self, why: str) -> RecordingError:
        return RecordingError(f"cannot read {shown_path(self._path)}: {why.removeprefix(self._prefix)}")
