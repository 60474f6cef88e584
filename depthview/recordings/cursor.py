"""A position in a recording: what comes next, and how to come back.

The end is an entry too, the last one, so that reading to it, stepping to it and going back from it are no special
cases. A damaged record ends the recording, each time that it is read.
"""

from __future__ import annotations

import os
from contextlib import ExitStack
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from depthview.errors import RecordingError
from depthview.recordings.reader import (
    Entry,
    OpenRecording,
    RecordedFrame,
    RecordingForm,
    damaged_recording,
    opened,
    read_record,
)
from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    import io

    from depthview.recordings.gzip_content import UnpackedGzip
    from depthview.recordings.reader import Recording


@dataclass(frozen=True, slots=True)
class RecordedEnd:
    at: float
    """Unix seconds of the last entry."""
    damage: RecordingError | None = None
    """What ended it early."""


Record: TypeAlias = Entry | RecordedEnd


@dataclass(frozen=True, slots=True)
class Position:
    offset: int = 0
    """Bytes of content before it, unpacked."""
    lines: int = 0
    """Lines before it."""
    latest: float = 0.0
    """Unix seconds of the previous entry; 0 at the start."""
    entries: int = 0
    """Entries before it, including the end."""
    frames: int = 0
    """Frames among them."""
    ended: bool = False
    """Whether the end is before it."""


START: Final = Position()


class Cursor:
    """Reads a recording from any position. Owns an open file: call :meth:`close`.

    Args:
        recording: What to read.
        unpacked: The content of a gzip file, shared with other cursors of it; None for a cursor that never goes back.
    """

    def __init__(self, recording: Recording, unpacked: UnpackedGzip | None = None) -> None:
        self._recording = recording
        self._unpacked = unpacked
        self._closing = ExitStack()
        self._opened: OpenRecording | None = None
        self._earliest = 0.0
        self._must_seek = True
        self._next: tuple[Record | None, Position] | None = None
        self.place = START
        """Before what comes next."""

    def close(self) -> None:
        self._closing.close()
        self._opened = None
        self._must_seek = True

    def share(self) -> float:
        """How much of the file has been read, by bytes: 0 to 1."""
        if self._opened is None:
            return 0.0
        return min(1.0, self.bytes_read() / max(1, os.fstat(self._opened.file.fileno()).st_size))

    def bytes_read(self) -> int:
        """Bytes of the file, as they are on the disk, up to :attr:`place`."""
        return 0 if self._opened is None else self._opened.bytes_read(self.place.offset)

    def go(self, place: Position) -> None:
        """Go to a position of this cursor or another one of the same recording.

        The file is not read before the next :meth:`peek`, so that nothing is raised here.
        """
        self.place = place
        self._next = None
        self._must_seek = True

    def peek(self) -> Record | None:
        """What comes next; None after the end."""
        return self._look()[0]

    def advance(self) -> None:
        self.place, self._next = self._look()[1], None

    def _look(self) -> tuple[Record | None, Position]:
        """What comes next, and the position after it."""
        if self._next is None:
            before = self.place
            try:
                self._next = (None, before) if before.ended else self._read(before)
            except RecordingError as damage:
                self._next = self._end(before, damage)
        return self._next

    def _read(self, before: Position) -> tuple[Record, Position]:
        stream = self._stream_at(before)
        offset, number = before.offset, before.lines
        header = self._recording.form is RecordingForm.OWN and offset == 0
        path = self._recording.path
        if header:
            _, number, passed = read_record(stream, path, number)
            offset += passed
        line, number, passed = read_record(stream, path, number)
        if not line:
            return self._end(before, None)
        entry = self._recording.entry(line, number, before.latest or self._earliest)
        frames = before.frames + isinstance(entry, RecordedFrame)
        return entry, Position(offset + passed, number, entry.at, before.entries + 1, frames)

    def _end(self, before: Position, damage: RecordingError | None) -> tuple[RecordedEnd, Position]:
        self._must_seek = True
        return RecordedEnd(before.latest, damage), replace(before, entries=before.entries + 1, ended=True)

    def _stream_at(self, place: Position) -> io.BufferedReader[Any]:
        if self._opened is None:
            self._earliest = self._recording.earliest()
            self._opened = self._closing.enter_context(opened(self._recording.path, self._unpacked))
            self._must_seek = place.offset > 0
        stream = self._opened.stream
        if self._must_seek:
            try:
                stream.seek(place.offset)
            except OSError as error:
                raise damaged_recording(self._recording.path, f"seeking in it failed ({os_reason(error)})") from None
            self._must_seek = False
        return stream
