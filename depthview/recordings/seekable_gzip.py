"""A gzip file that can be read on from the middle.

The standard library's reader goes back by unzipping everything from the start: 100 MB of an hour's recording take most
of a second. So the decompressor's state is copied every few megabytes on the way (about 40 kB each), and going to a
place costs no more than the way from the last copy before it.
"""

from __future__ import annotations

import io
import zlib
from bisect import bisect_right
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

if TYPE_CHECKING:
    from _typeshed import WriteableBuffer

_WITH_HEADER: Final = 31
"""zlib's word for a gzip member with its header and checksum."""
_CHUNK: Final = 64 << 10
_APART: Final = 4 << 20
_KEPT: Final = 256
"""Copies at most, some 10 MB of them; past that they move apart."""
_MOST_BARREN: Final = 1 << 20
"""Bytes of the file in a row that may give no content, such as padding, empty members or empty blocks."""
_PADDING: Final = b"\0"
"""May fill a file up behind its last member."""


@dataclass(frozen=True, slots=True)
class _Mark:
    """Where an unzipping stood."""

    at: int
    """Bytes of content before it."""
    file_at: int
    """Bytes of the file that it has read."""
    inflater: zlib._Decompress | None
    """A copy, to be copied again before use; None between two members."""
    held: bytes
    """Read from the file, and not unzipped yet."""


class GzipMarks:
    """Places of one file to start from, shared by everyone who reads it.

    Args:
        apart: Bytes of content between two of them.
        kept: How many there are at most.
    """

    def __init__(self, apart: int = _APART, kept: int = _KEPT) -> None:
        self._apart = apart
        self._kept: Final = kept
        self._marks = [_Mark(0, 0, None, b"")]

    def before(self, at: int) -> _Mark:
        """The last place that is not beyond ``at`` bytes of content."""
        return self._marks[bisect_right(self._marks, at, key=lambda mark: mark.at) - 1]

    def is_due(self, at: int) -> bool:
        """Whether a place at ``at`` bytes of content would be worth keeping."""
        return at >= self._marks[-1].at + self._apart

    def add(self, mark: _Mark) -> None:
        """Keep one; they come in order."""
        self._marks.append(mark)
        if len(self._marks) > self._kept:
            self._marks = self._marks[::2]
            self._apart *= 2


class GzipContent(io.RawIOBase):
    """The content of a gzip file, from any place.

    Args:
        file: The file as it is, at its start; closed by whoever opened it.
        marks: Where to start from; those on the way are added.
    """

    def __init__(self, file: io.BufferedReader[Any], marks: GzipMarks) -> None:
        super().__init__()
        self._file = file
        self._marks = marks
        self._start_from(marks.before(0))

    @property
    def consumed(self) -> int:
        """Bytes of the file that have been unzipped."""
        return self._file.tell() - len(self._held)

    def readable(self) -> bool:
        """It can be read."""
        return True

    def seekable(self) -> bool:
        """It can be read from any place."""
        return True

    def tell(self) -> int:
        """Bytes of content before what is read next."""
        return self._at

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        """Go to a place, counted from the start.

        Raises:
            EOFError: The file ends within a member.
            zlib.error: It is damaged, or what follows is not gzip.
            io.UnsupportedOperation: ``whence`` is not the start.
        """
        if whence != io.SEEK_SET:
            raise io.UnsupportedOperation("a place is counted from the start")
        mark = self._marks.before(offset)
        if not mark.at <= self._at <= offset:
            self._start_from(mark)
        while self._at < offset and self._read(min(_CHUNK, offset - self._at)):
            pass
        return self._at

    def readinto(self, buffer: WriteableBuffer, /) -> int:
        """See :class:`io.RawIOBase`; raises like :meth:`seek`."""
        view = memoryview(buffer).cast("B")
        found = self._read(min(len(view), _CHUNK))
        view[: len(found)] = found
        return len(found)

    def _start_from(self, mark: _Mark) -> None:
        self._file.seek(mark.file_at)
        self._at, self._held = mark.at, mark.held
        self._fault: zlib.error | None = None
        self._inflater = None if mark.inflater is None else mark.inflater.copy()

    def _read(self, at_most: int) -> bytes:
        """Some of what follows; empty at the end."""
        start = self.consumed
        while True:
            if self.consumed - start > _MOST_BARREN:
                raise zlib.error("there is no content for too long")
            inflater = self._inflater = self._inflater or self._next_member()
            if inflater is None:
                return b""
            if self._fault is not None:
                raise self._fault
            taken = self._held or self._file.read(_CHUNK)
            before = inflater.copy()
            try:
                found = inflater.decompress(taken, at_most)
            except zlib.error as fault:
                self._fault, self._held = fault, b""
                found = _before_fault(before, taken)[:at_most]
            else:
                self._held = inflater.unconsumed_tail
            if inflater.eof:
                self._held, self._inflater = inflater.unused_data.lstrip(_PADDING), None
            elif not taken and not found and self._fault is None:
                raise EOFError("the file ends within a member")
            self._at += len(found)
            if self._fault is None and self._marks.is_due(self._at):
                copied = None if self._inflater is None else self._inflater.copy()
                self._marks.add(_Mark(self._at, self._file.tell(), copied, self._held))
            if found:
                return found

    def _next_member(self) -> zlib._Decompress | None:
        """What unzips the next member; None where there is none."""
        start = self.consumed
        while not self._held:
            if self.consumed - start > _MOST_BARREN:
                raise zlib.error("there is no content for too long")
            self._held = self._file.read(_CHUNK)
            if not self._held:
                return None
            if self._at:
                self._held = self._held.lstrip(_PADDING)
        return zlib.decompressobj(_WITH_HEADER)


def _before_fault(inflater: zlib._Decompress, taken: bytes) -> bytes:
    """What data gives before the byte at which it is found to be damaged, such as the last one of a check sum."""
    found = bytearray()
    try:
        for at in range(len(taken)):
            found += inflater.decompress(taken[at : at + 1])
    except zlib.error:
        pass
    return bytes(found)
