"""The lines of a recording's file: bounded, unzipped on the way, and every fault of the file in one line of words."""

from __future__ import annotations

import gzip
import io
import os
import stat
import zlib
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Any, Final, TypeAlias

from depthview.errors import RecordingError
from depthview.private_file import open_without_waiting, shown_path

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path

MAX_LINE_BYTES: Final = 64 << 20
"""Of one record; the largest snapshot seen has 5 MB."""
_BUFFER_BYTES: Final = 256 << 10
_GZIP_MAGIC: Final = b"\x1f\x8b"

LineStream: TypeAlias = "io.BufferedReader[io.FileIO] | gzip.GzipFile"


class Place:
    """How far into its file a reader has come, in bytes on the disk: what there is to show of long reading."""

    def __init__(self) -> None:
        self._tell: Callable[[], int] | None = None
        self._last = 0

    def follow(self, stream: LineStream) -> None:
        """Tell the place of ``stream`` from now on."""
        source = stream.fileobj if isinstance(stream, gzip.GzipFile) else stream
        self._tell = source.tell  # type: ignore[union-attr]  # a reader's, which has one

    def bytes_read(self) -> int:
        """Bytes taken from the disk so far; what was last known, once the file is closed."""
        if self._tell is not None:
            with suppress(ValueError):
                self._last = self._tell()
        return self._last


@contextmanager
def opened(path: Path) -> Iterator[LineStream]:
    """The file, unzipped if its first bytes say gzip, whatever its name says.

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
        raise damaged_recording(path, _reason(error)) from None
    with file:
        if not stat.S_ISREG(os.fstat(file.fileno()).st_mode):
            raise damaged_recording(path, "it is not a regular file")
        try:
            zipped = file.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC)
        except OSError as error:
            raise damaged_recording(path, _reason(error)) from None
        if not zipped:
            yield file
            return
        with gzip.GzipFile(fileobj=file) as unzipped:
            yield unzipped


def lines(stream: LineStream, path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines that are not blank, with their number from 1 and their line end.

    Raises:
        RecordingError: A line is cut off, damaged, or longer than ``MAX_LINE_BYTES``; the lines before it came.
    """
    number = 0
    while True:
        number += 1
        line = read_line(stream, path, number)
        if not line:
            return
        if not line.isspace():
            yield number, line


def read_line(stream: LineStream | io.BufferedReader[Any], path: Path, number: int) -> bytes:
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
    except (zlib.error, gzip.BadGzipFile):
        raise damaged_recording(path, f"record {number} is damaged: the gzip data is not valid") from None
    except OSError as error:
        raise damaged_recording(path, f"record {number} cannot be read ({_reason(error)})") from None
    if len(line) > MAX_LINE_BYTES:
        raise damaged_recording(path, f"record {number} is longer than {MAX_LINE_BYTES >> 20} MiB")
    return line


def last_line(path: Path) -> bytes:
    """The last line that is not blank, without its end; empty where there is none within a record's bound."""
    with opened(path) as stream:
        size = stream.seek(0, os.SEEK_END)
        span = 1 << 16
        while True:
            start = max(0, size - span)
            stream.seek(start)
            tail = stream.read(span).rstrip(b"\r\n")
            cut = tail.rfind(b"\n")
            if cut >= 0 or start == 0:
                return tail[cut + 1 :]
            if span > MAX_LINE_BYTES:
                return b""
            span *= 4


def _reason(error: OSError | ValueError) -> str:
    return (getattr(error, "strerror", None) or "no file is called so").lower()


def damaged_recording(path: Path, what: str) -> RecordingError:
    """The error to raise, with the file and what is wrong with it."""
    return RecordingError(f"cannot replay {shown_path(path)}: {what}")
