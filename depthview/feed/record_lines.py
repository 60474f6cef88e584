"""The lines of a recording's file: bounded, unzipped on the way, and every fault of the file in one line of words."""

from __future__ import annotations

import io
import os
import stat
import zlib
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from depthview.core.text import shown_path
from depthview.errors import RecordingError
from depthview.feed.gzip_places import GzipContent, GzipMarks
from depthview.system.files import open_without_waiting
from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

MAX_LINE_BYTES: Final = 64 << 20
"""Of one record; the largest snapshot seen has 5 MB."""
MAX_BLANK_BYTES: Final = 64 << 10
"""Of blank lines in a row: more is no recording, and reading on could take for ever."""
_BUFFER_BYTES: Final = 256 << 10
_GZIP_MAGIC: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class Opened:
    """A recording's file, open."""

    stream: io.BufferedReader[Any]
    """Its content, unzipped."""
    file: io.BufferedReader[Any]
    """Its bytes on the disk."""
    unzipped: GzipContent | None
    """Between the two; None where the file is not zipped."""

    def bytes_read(self) -> int:
        """Bytes of the file that have been used."""
        return self.file.tell() if self.unzipped is None else self.unzipped.consumed


@contextmanager
def opened(path: Path, marks: GzipMarks | None = None) -> Iterator[Opened]:
    """The file, unzipped if its first bytes say gzip, whatever its name says.

    Args:
        path: Of the file.
        marks: Places of it to start from if it is zipped; None where it is read once.

    Raises:
        RecordingError: It cannot be opened, or is no regular file.
    """
    try:
        file = io.BufferedReader(io.FileIO(path, "rb", opener=open_without_waiting), _BUFFER_BYTES)
    except FileNotFoundError:
        raise damaged_recording(path, "it does not exist") from None
    except IsADirectoryError:
        raise damaged_recording(path, "it is a directory") from None
    except (OSError, ValueError) as error:
        raise damaged_recording(path, os_reason(error)) from None
    with file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise damaged_recording(path, "it is not a regular file")
        try:
            zipped = file.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC)
        except OSError as error:
            raise damaged_recording(path, os_reason(error)) from None
        if not zipped:
            yield Opened(file, file, None)
            return
        content = GzipContent(file, GzipMarks() if marks is None else marks)
        yield Opened(io.BufferedReader(content, _BUFFER_BYTES), file, content)


def lines(stream: io.BufferedReader[Any], path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines that are not blank, with their number from 1 and their line end.

    Raises:
        RecordingError: As :func:`read_record` says; the lines before it came.
    """
    number = 0
    while True:
        line, number, _ = read_record(stream, path, number)
        if not line:
            return
        yield number, line


def read_record(stream: io.BufferedReader[Any], path: Path, number: int) -> tuple[bytes, int, int]:
    """The next line that is not blank.

    The work is bounded, whatever the file holds, since replays read on the event loop.

    Args:
        stream: At the beginning of a line.
        path: Of the file.
        number: Of the line before it.

    Returns:
        The line with its end, empty at the end of the file; its number; and the bytes up to its end.

    Raises:
        RecordingError: It is cut off, damaged or longer than ``MAX_LINE_BYTES``, or too many blank lines come first.
    """
    passed = 0
    while True:
        number += 1
        line = read_line(stream, path, number)
        if not line.isspace():
            return line, number, passed + len(line)
        passed += len(line)
        if passed > MAX_BLANK_BYTES:
            raise damaged_recording(path, f"more than {MAX_BLANK_BYTES >> 10} KiB of blank lines up to line {number:,}")


def read_line(stream: io.BufferedReader[Any], path: Path, number: int) -> bytes:
    """The next line with its end; empty where there is none.

    Args:
        stream: At the line's beginning.
        path: Of the file.
        number: Of the line.

    Raises:
        RecordingError: It is cut off, damaged, or longer than ``MAX_LINE_BYTES``.
    """
    try:
        line = stream.readline(MAX_LINE_BYTES + 1)
    except EOFError:
        raise damaged_recording(path, f"record {number} is cut off: the gzip data ends early") from None
    except zlib.error:
        raise damaged_recording(path, f"record {number} is damaged: the gzip data is not valid") from None
    except OSError as error:
        raise damaged_recording(path, f"record {number} cannot be read ({os_reason(error)})") from None
    if len(line) > MAX_LINE_BYTES:
        raise damaged_recording(path, f"record {number} is longer than {MAX_LINE_BYTES >> 20} MiB")
    return line


def last_line(path: Path) -> bytes:
    """The last line that is not blank, without its end; empty where there is none within a record's bound."""
    with opened(path) as file:
        stream = file.file
        size = stream.seek(0, os.SEEK_END)
        span = 1 << 16
        while True:
            start = max(0, size - span)
            stream.seek(start)
            tail = stream.read(span).rstrip(b"\r\n")
            cut = tail.rfind(b"\n")
            if cut >= 0 or start == 0:
                return tail[cut + 1 :]
            if span >= MAX_LINE_BYTES:
                return b""
            span *= 4


def damaged_recording(path: Path, what: str) -> RecordingError:
    """The error to raise, with the file and what is wrong with it."""
    return RecordingError(f"cannot replay {shown_path(path)}: {what}")
