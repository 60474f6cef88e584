"""The file of a recording while it is written: pieces of lines in, whole records on the disk."""

from __future__ import annotations

import base64
import errno
import os
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    from collections.abc import Iterator

_WRITE_BYTES: Final = 1 << 20
_PIECE_CHARS: Final = 128 << 10
"""Text is encoded in pieces: one call for 5 MB would hold the interpreter, and the event loop, for 7 ms (measured)."""
_GZIP_WINDOW: Final = 31
"""zlib's ``wbits`` for a gzip container."""
_FAULTS: Final = {errno.ENOSPC: "disk full", errno.EDQUOT: "disk quota used up", errno.EFBIG: "file size limit reached"}


class Frame(NamedTuple):
    """A frame to be recorded."""

    at: float
    """Unix seconds."""
    raw: bytes
    binary: bool


def fault_of(error: OSError) -> str:
    """What has become of the disk, in words."""
    return _FAULTS.get(error.errno or 0) or os_reason(error, "the disk failed")


def event_line(at: float, name: str, detail: str = "") -> bytes:
    """The record of something that is no frame."""
    words = {"event": name, "detail": detail} if detail else {"event": name}
    return b'{"at":%.6f,%s\n' % (at, msgspec.json.encode(words)[1:])


class RecordFile:
    """A descriptor with a buffer, and a compressor where wanted; knows how much of the file a reader can read.

    Args:
        descriptor: Open for writing; this owns it.
        compressed: Whether to gzip.
    """

    def __init__(self, descriptor: int, *, compressed: bool) -> None:
        self._descriptor = descriptor
        self._compressor = zlib.compressobj(wbits=_GZIP_WINDOW) if compressed else None
        self._at_flush = None if self._compressor is None else self._compressor.copy()
        """The compressor as it was at the last flush, to end the file there."""
        self._buffer = bytearray()
        self._readable = 0
        self.written = 0
        """Bytes in the file."""

    @property
    def is_readable(self) -> bool:
        """Whether anything has been flushed that a reader can read."""
        return self._readable > 0

    def write(self, piece: bytes) -> None:
        """Take some of a record; it may wait until there is more, or for :meth:`flush`.

        Raises:
            OSError: The disk would not take it.
        """
        self._buffer += piece if self._compressor is None else self._compressor.compress(piece)
        if len(self._buffer) >= _WRITE_BYTES:
            self._drain()

    def flush(self, *, final: bool) -> None:
        """Have on the disk what was written, so that it can be read; after a final one nothing may follow.

        Raises:
            OSError: The disk would not take it.
        """
        if self._compressor is not None:
            # A sync flush ends on a byte: a file that is cut later reads up to here.
            self._buffer += self._compressor.flush(zlib.Z_FINISH if final else zlib.Z_SYNC_FLUSH)
        self._drain()
        self._readable = self.written
        if self._compressor is not None and not final:
            self._at_flush = self._compressor.copy()

    def cut_to_last_flush(self, header: bytes = b"") -> None:
        """Take away the half record that a full disk left behind, and end the file properly.

        Args:
            header: What the file shall hold where nothing was flushed yet.
        """
        end = b"" if self._readable else header
        if self._at_flush is not None:
            end = self._at_flush.compress(end) + self._at_flush.flush(zlib.Z_FINISH)
        self._buffer = bytearray(end)
        # Without success the reader finds a damaged last record, and says so.
        with suppress(OSError):
            self._cut()
            try:
                self._drain()
            except OSError:
                self._cut()

    def _cut(self) -> None:
        os.ftruncate(self._descriptor, self._readable)
        os.lseek(self._descriptor, self._readable, os.SEEK_SET)
        self.written = self._readable

    def close(self) -> None:
        """Give the descriptor back."""
        with suppress(OSError):
            os.close(self._descriptor)

    def _drain(self) -> None:
        with memoryview(self._buffer) as view:
            done = 0
            while done < len(view):
                count = os.write(self._descriptor, view[done:])
                done += count
                self.written += count
        self._buffer.clear()


def frame_line(entry: Frame) -> Iterator[bytes]:
    """Its record, in pieces that are quick to make."""
    text = None if entry.binary else _text(entry.raw)
    if text is None:
        yield b'{"at":%.6f,"bytes":"%s"}\n' % (entry.at, base64.b64encode(entry.raw))
        return
    yield b'{"at":%.6f,"frame":"' % entry.at
    for start in range(0, len(text), _PIECE_CHARS):
        yield msgspec.json.encode(text[start : start + _PIECE_CHARS])[1:-1]
    yield b'"}\n'


def _text(raw: bytes) -> str | None:
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return None
