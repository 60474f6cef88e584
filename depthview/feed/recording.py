"""Reads recordings: our own, and two foreign ones, plain or gzipped, a line at a time.

* own: what :mod:`depthview.feed.recorder` writes;
* timed: ``seconds<TAB>frame`` a line, unix seconds;
* bare: a frame a line, timed by its own ``timestamp``.

A file is as hostile as the wire: lines are bounded, times are checked, and the first record that is damaged ends it
with its number. Whatever stood before it has been given out by then.
"""

from __future__ import annotations

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from datetime import UTC, datetime
from enum import StrEnum
from pathlib import Path
from types import MappingProxyType
from typing import TYPE_CHECKING, Any, Final, TypeAlias

import msgspec

from depthview.errors import RecordingError
from depthview.feed.record_lines import damaged_recording, last_line, lines, opened
from depthview.feed.recorder import FORMAT, VERSION

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_SECONDS: Final = re.compile(rb"[0-9]{1,12}(?:\.[0-9]{1,9})?")
_LATEST_AT: Final = 253_402_300_800.0
"""The year 10000: a later time would hold a replay up for ever."""
_EARLIEST_STAMP: Final = 1_000_000_000.0
"""The year 2001: a frame stamped earlier (documented samples say 1970) is a frame without a time."""
_UNTIMED: Final = -1.0
_UNTIMED_FRAMES: Final = 1000
_UNTIMED_BYTES: Final = 64 << 20


@dataclass(frozen=True, slots=True)
class RecordedFrame:
    """A frame that came in."""

    at: float
    """Unix seconds."""
    frame: bytes = field(repr=False)
    binary: bool = False
    """It was recorded as bytes: a binary frame, or one that was not UTF-8."""
    made: bool = False
    """It never came: a snapshot without a number, made from depthview's own book for a recording to begin with."""


@dataclass(frozen=True, slots=True)
class RecordedEvent:
    """What happened to the connection."""

    at: float
    """Unix seconds."""
    name: str
    """``opened``, ``closed`` or ``resync``; anything, in a hostile file."""
    detail: str = ""


Entry: TypeAlias = RecordedFrame | RecordedEvent


class Form(StrEnum):
    """How a recording is laid out."""

    OWN = "depthview"
    TIMED = "seconds and frame"
    BARE = "frames"


@dataclass(frozen=True, slots=True)
class Recording:
    """A recording that was recognised. Iterating reads it from the start, each time anew."""

    path: Path
    form: Form
    compressed: bool
    header: Mapping[str, object] = field(repr=False)
    """Of our own format; empty for the others."""

    def __iter__(self) -> Iterator[Entry]:
        """Entries in order, with times that never step back.

        Raises:
            RecordingError: The file cannot be read, or a record is damaged.
        """
        latest = self.earliest()
        with opened(self.path) as file:
            records = lines(file.stream, self.path)
            if self.form is Form.OWN:
                next(records, None)  # the header
            for number, line in records:
                entry = self.entry(line, number, latest)
                latest = entry.at
                yield entry

    def earliest(self) -> float:
        """A time in unix seconds that no entry is before.

        Raises:
            RecordingError: The file cannot be read, or gives its frames no time.
        """
        return _first_stamp(self.path) if self.form is Form.BARE else 0.0

    def entry(self, line: bytes, number: int, latest: float) -> Entry:
        """The entry in a line, at the time of the one before it where it would step back.

        Args:
            line: With its end.
            number: Of the line, for the error.
            latest: Unix seconds of the entry before it.

        Raises:
            RecordingError: It is damaged.
        """
        entry = _parsed(_PARSERS[self.form], line, number, self.path)
        return entry if entry.at >= latest else replace(entry, at=latest)

    def duration(self) -> float | None:
        """Seconds from the first entry to the last; None where only reading all of it would tell, or it is damaged."""
        if self.compressed:
            return None
        try:
            first = next(iter(self), None)
            last = _PARSERS[self.form](last_line(self.path))
        except (RecordingError, ValueError, RecursionError):
            return None
        return None if first is None or last.at == _UNTIMED else max(0.0, last.at - first.at)


def open_recording(path: Path) -> Recording:
    """The recording in ``path``, recognised by its first line, and gzip by its first bytes.

    Raises:
        RecordingError: It cannot be read, or is no recording that depthview knows.
    """
    with opened(path) as file:
        compressed = file.unzipped is not None
        _, first = next(lines(file.stream, path), (0, b""))
    if not first:
        raise damaged_recording(path, "it is empty")
    if _SECONDS.fullmatch(first.partition(b"\t")[0]) and b"\t" in first:
        return Recording(path, Form.TIMED, compressed, MappingProxyType({}))
    try:
        opening = msgspec.json.decode(first, type=_Opening)
        if opening.depthview is None:
            if opening.channel is None and opening.type is None:
                raise damaged_recording(path, "record 1 is neither a header of depthview's nor a frame")
            return Recording(path, Form.BARE, compressed, MappingProxyType({}))
        header = msgspec.json.decode(first, type=dict[str, object])
    except (ValueError, RecursionError):
        raise damaged_recording(path, "record 1 is neither a header of depthview's nor a frame") from None
    if opening.depthview != FORMAT:
        raise damaged_recording(path, "it is a file of depthview's, but no recording")
    if opening.version != VERSION:
        raise damaged_recording(path, "it is of a version that this depthview does not read: update depthview")
    return Recording(path, Form.OWN, compressed, MappingProxyType(header))


class _Opening(msgspec.Struct):
    """What the first line is recognised by."""

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
    """What is wrong with a record, in words that begin with a verb."""


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


_PARSERS: Final[Mapping[Form, Callable[[bytes], Entry]]] = MappingProxyType(
    {Form.OWN: _parse_own, Form.TIMED: _parse_timed, Form.BARE: _parse_bare}
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
            # The last line may do without its end, but half a frame would pass for a bad one of the venue's.
            msgspec.json.decode(entry.frame)
    except (ValueError, RecursionError) as error:
        what = str(error) if isinstance(error, _Damage) else "is not what a record looks like"
        raise damaged_recording(path, f"record {number} {what if whole else 'is cut off'}") from None
    return entry


def _first_stamp(path: Path) -> float:
    """The first time that a bare frame gives: what came before it takes that time too."""
    with opened(path) as file:
        passed = 0
        for number, line in lines(file.stream, path):
            passed += len(line)
            at = _parsed(_parse_bare, line, number, path).at
            if at != _UNTIMED:
                return at
            if number >= _UNTIMED_FRAMES or passed > _UNTIMED_BYTES:
                break
    raise damaged_recording(path, f"none of its first {number:,} frames has a timestamp to go by")
