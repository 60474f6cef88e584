"""Reads recordings: depthview's own format and two foreign ones, plain or gzip, a line at a time.

* own: what :mod:`depthview.recordings.writer` writes;
* timed: ``seconds<TAB>frame`` per line, unix seconds;
* bare: a frame per line, timed by its own ``timestamp``.

A file may be hostile: lines are bounded, times are checked, and the first damaged record ends the recording with an
error of one line that gives its number. Everything before it is read.
"""

from __future__ import annotations

import base64
import io
import os
import re
import stat
import zlib
from collections.abc import Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from depthview.core.text import shown_path
from depthview.errors import RecordingError
from depthview.recordings.gzip_content import GzipContent, UnpackedGzip, UnpackingFailed
from depthview.recordings.writer import FORMAT, VERSION
from depthview.system.files import open_without_waiting
from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

MAX_LINE_BYTES: Final = 64 << 20
"""Of one record; the largest snapshot seen has 5 MB."""
MAX_BLANK_BYTES: Final = 64 << 10
"""Of blank lines in a row: more is no recording, and reading on could take forever."""
_BUFFER_BYTES: Final = 256 << 10
_GZIP_MAGIC: Final = b"\x1f\x8b"


@dataclass(frozen=True, slots=True)
class OpenRecording:
    stream: io.BufferedReader[Any]
    """Its content, unpacked."""
    file: io.BufferedReader[Any]
    """Its bytes on the disk."""
    unpacking: GzipContent | None
    """Between the two; None for a file that is not gzip."""

    def bytes_read(self, offset: int) -> int:
        """Bytes of the file that hold the first ``offset`` bytes of the content; an estimate where it is gzip."""
        unpacking = self.unpacking
        if unpacking is None:
            return offset
        # What was read ahead does not count: of a small file it is all.
        return unpacking.consumed * offset // max(1, unpacking.produced)


@contextmanager
def opened(path: Path, unpacked: UnpackedGzip | None = None) -> Iterator[OpenRecording]:
    """The file, unpacked if its first bytes say gzip, whatever its name says.

    Args:
        path: Of the file.
        unpacked: Where to keep the content, so that the stream is seekable; None to read a gzip file once.

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
            compressed = file.peek(len(_GZIP_MAGIC)).startswith(_GZIP_MAGIC)
        except OSError as error:
            raise damaged_recording(path, os_reason(error)) from None
        if not compressed:
            yield OpenRecording(file, file, None)
        elif unpacked is not None:
            stream, unpacking = unpacked.open(file)
            yield OpenRecording(stream, file, unpacking)
        else:
            unpacking = GzipContent(file)
            yield OpenRecording(io.BufferedReader(unpacking, _BUFFER_BYTES), file, unpacking)


def lines(stream: io.BufferedReader[Any], path: Path) -> Iterator[tuple[int, bytes]]:
    """Lines that are not blank, with their number from 1 and their line ending.

    Raises:
        RecordingError: As :func:`read_record`, after the lines before.
    """
    number = 0
    while True:
        line, number, _ = read_record(stream, path, number)
        if not line:
            return
        yield number, line


def read_record(stream: io.BufferedReader[Any], path: Path, number: int) -> tuple[bytes, int, int]:
    """The next line that is not blank.

    The work is bounded, whatever the file holds: replays read on the event loop.

    Args:
        stream: At the beginning of a line.
        path: Of the file.
        number: Of the previous line.

    Returns:
        The line with its ending, empty at the end of the file; its number; and the bytes read.

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
    """The next line with its ending; empty at the end of the file.

    Args:
        stream: At the beginning of the line.
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
    except UnpackingFailed as error:
        raise damaged_recording(path, str(error)) from None
    except OSError as error:
        raise damaged_recording(path, f"record {number} cannot be read ({os_reason(error)})") from None
    if len(line) > MAX_LINE_BYTES:
        raise damaged_recording(path, f"record {number} is longer than {MAX_LINE_BYTES >> 20} MiB")
    return line


def last_line(path: Path) -> bytes:
    """The last line that is not blank, without its ending; empty if it is longer than a record may be."""
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


_SECONDS: Final = re.compile(rb"[0-9]{1,12}(?:\.[0-9]{1,9})?")
_LATEST_AT: Final = 253_402_300_800.0
"""The year 10000: a replay would wait forever for a later time."""
_EARLIEST_STAMP: Final = 1_000_000_000.0
"""The year 2001: an earlier timestamp (documented samples have 1970) counts as none."""
_UNTIMED: Final = -1.0
_UNTIMED_FRAMES: Final = 1000
_UNTIMED_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    at: float
    """Unix seconds."""
    frame: bytes = field(repr=False)
    binary: bool = False
    """Whether it was binary, or not UTF-8."""
    made: bool = False
    """Whether depthview made it: a snapshot without a number, from the book that it had when a recording began."""


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    at: float
    """Unix seconds."""
    name: str
    """``opened``, ``closed`` or ``resync``; anything, in a hostile file."""
    detail: str = ""


Entry: TypeAlias = RecordedFrame | RecordedEvent


class RecordingForm(StrEnum):
    OWN = "depthview"
    TIMED = "seconds and frame"
    BARE = "frames"


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording of a known format. Each iteration reads it from the start."""

    path: Path
    form: RecordingForm
    compressed: bool
    header: Mapping[str, object] = field(repr=False)
    """Of depthview's own format; empty for others."""

    def __iter__(self) -> Iterator[Entry]:
        """Entries in order, with times that never decrease.

        Raises:
            RecordingError: The file cannot be read, or a record is damaged.
        """
        latest = self.earliest()
        with opened(self.path) as file:
            records = lines(file.stream, self.path)
            if self.form is RecordingForm.OWN:
                next(records, None)  # the header
            for number, line in records:
                entry = self.entry(line, number, latest)
                latest = entry.at
                yield entry

    def earliest(self) -> float:
        """A time in unix seconds that is not later than any entry.

        Raises:
            RecordingError: The file cannot be read, or gives its frames no time.
        """
        return _first_stamp(self.path) if self.form is RecordingForm.BARE else 0.0

    def entry(self, line: bytes, number: int, latest: float) -> Entry:
        """The entry in a line. A time before the previous entry's is replaced by that.

        Args:
            line: With its ending.
            number: Of the line, for the error.
            latest: Unix seconds of the previous entry.

        Raises:
            RecordingError: It is damaged.
        """
        entry = _parsed(_PARSERS[self.form], line, number, self.path)
        return entry if entry.at >= latest else replace(entry, at=latest)

    def duration(self) -> float | None:
        """Seconds from the first entry to the last; None where finding out means reading it all, or it is damaged."""
        if self.compressed:
            return None
        try:
            first = next(iter(self), None)
            last = _PARSERS[self.form](last_line(self.path))
        except (RecordingError, ValueError, RecursionError):
            return None
        return None if first is None or last.at == _UNTIMED else max(0.0, last.at - first.at)


def open_recording(path: Path) -> Recording:
    """The recording in ``path``. Its first line tells the format, its first bytes whether it is gzip.

    Raises:
        RecordingError: It cannot be read, or is no recording that depthview knows.
    """
    with opened(path) as file:
        compressed = file.unpacking is not None
        _, first = next(lines(file.stream, path), (0, b""))
    if not first:
        raise damaged_recording(path, "it is empty")
    if _SECONDS.fullmatch(first.partition(b"\t")[0]) and b"\t" in first:
        return Recording(path, RecordingForm.TIMED, compressed, MappingProxyType({}))
    try:
        opening = msgspec.json.decode(first, type=_Opening)
        if opening.depthview is None:
            if opening.channel is None and opening.type is None:
                raise damaged_recording(path, "record 1 is neither the header of a depthview recording nor a frame")
            return Recording(path, RecordingForm.BARE, compressed, MappingProxyType({}))
        header = msgspec.json.decode(first, type=dict[str, object])
    except (ValueError, RecursionError):
        raise damaged_recording(path, "record 1 is neither the header of a depthview recording nor a frame") from None
    if opening.depthview != FORMAT:
        raise damaged_recording(path, "it is a file of depthview's, but not a recording")
    if opening.version != VERSION:
        raise damaged_recording(path, "this depthview does not read its version: update depthview")
    return Recording(path, RecordingForm.OWN, compressed, MappingProxyType(header))


class _Opening(msgspec.Struct):
    """What tells the format of the first line."""

    depthview: Any = None
    version: Any = None
    channel: Any = None
    type: Any = None


class _OwnLine(msgspec.Struct):
    at: float
    frame: str | None = None
    bytes: str | None = None
    event: str | None = None
    detail: str = ""
    made: bool = False


class _Stamped(msgspec.Struct):
    timestamp: Any = None


class _Damage(ValueError):
    """What is wrong with a record, beginning with a verb."""


_decode_own: Final = msgspec.json.Decoder(_OwnLine).decode
_decode_stamp: Final = msgspec.json.Decoder(_Stamped).decode


def _parse_own(line: bytes) -> Entry:
    found = _decode_own(line)
    _check_time(found.at)
    match found:
        case _OwnLine(frame=str(text), bytes=None, event=None):
            return RecordedFrame(found.at, text.encode(), made=found.made)
        case _OwnLine(frame=None, bytes=str(text), event=None):
            return RecordedFrame(found.at, base64.b64decode(text, validate=True), binary=True)
        case _OwnLine(frame=None, bytes=None, event=str(name)):
            return RecordedEvent(found.at, name, found.detail)
    raise _Damage("holds neither one frame nor one event")


def _parse_timed(line: bytes) -> Entry:
    seconds, tab, frame = line.partition(b"\t")
    if not tab or not frame or not _SECONDS.fullmatch(seconds):
        raise _Damage("is not seconds, a tab and a frame")
    at = float(seconds)
    _check_time(at)
    return RecordedFrame(at, frame)


def _parse_bare(line: bytes) -> Entry:
    stamp = _decode_stamp(line).timestamp
    return RecordedFrame(_stamp_seconds(stamp) if isinstance(stamp, str) else _UNTIMED, line)


_PARSERS: Final[Mapping[RecordingForm, Callable[[bytes], Entry]]] = MappingProxyType(
    {RecordingForm.OWN: _parse_own, RecordingForm.TIMED: _parse_timed, RecordingForm.BARE: _parse_bare}
)


def _check_time(at: float) -> None:
    if not 0 <= at < _LATEST_AT:  # nan is neither
        raise _Damage("has an impossible time")


def _stamp_seconds(text: str) -> float:
    try:
        moment = datetime.fromisoformat(text)
        at = (moment if moment.tzinfo is not None else moment.replace(tzinfo=UTC)).timestamp()
    except (ValueError, OverflowError):
        return _UNTIMED
    return at if at >= _EARLIEST_STAMP else _UNTIMED


def _parsed(parse: Callable[[bytes], Entry], line: bytes, number: int, path: Path) -> Entry:
    whole = line.endswith(b"\n")
    try:
        entry = parse(line.strip(b"\r\n"))
        if not whole and parse is _parse_timed and isinstance(entry, RecordedFrame):
            # The last line may lack its ending, but half a frame would count as a bad frame of the venue's.
            msgspec.json.decode(entry.frame)
    except (ValueError, RecursionError) as error:
        what = str(error) if isinstance(error, _Damage) else "is not a record"
        raise damaged_recording(path, f"record {number} {what if whole else 'is cut off'}") from None
    return entry


def _first_stamp(path: Path) -> float:
    """The first timestamp of a bare recording; the frames before it take that time too."""
    with opened(path) as file:
        passed = 0
        for number, line in lines(file.stream, path):
            passed += len(line)
            at = _parsed(_parse_bare, line, number, path).at
            if at != _UNTIMED:
                return at
            if number >= _UNTIMED_FRAMES or passed > _UNTIMED_BYTES:
                break
    raise damaged_recording(path, f"none of its first {number:,} frames has a timestamp")
