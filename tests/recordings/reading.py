"""Reading a recording to its end, whatever the end is."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.errors import RecordingError
from depthview.recordings.reader import Entry, RecordedFrame, open_recording

if TYPE_CHECKING:
    from pathlib import Path


def read_all(path: Path) -> tuple[list[Entry], str]:
    """All entries, and the error that ended them, empty for none."""
    entries: list[Entry] = []
    try:
        for entry in open_recording(path):
            entries.append(entry)  # noqa: PERF402  # list() would lose what came before an error
    except RecordingError as error:
        return entries, str(error)
    return entries, ""


def frames(path: Path) -> list[bytes]:
    """The frames of :func:`read_all`."""
    return [entry.frame for entry in read_all(path)[0] if isinstance(entry, RecordedFrame)]
