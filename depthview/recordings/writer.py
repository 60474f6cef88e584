r"""Writes received frames to a file: JSON Lines, gzip if the name ends in ``.gz``.

::

    {"depthview":"recording","version":1,"made_by":"depthview 0.1.0","started_at":1786309548.1,"url":"wss://..."}
    {"at":1786309548.174689,"event":"opened"}
    {"at":1786309548.629008,"frame":"{\"channel\":..."}
    {"at":1786309549.100000,"bytes":"/w=="}

``bytes`` (base64) is a frame that is binary or not UTF-8. What was sent is never recorded: it carries tokens. The event
loop never waits for the disk: a thread writes. No frame is left out: where the disk cannot keep up, the recording ends.
"""

from __future__ import annotations

import base64
import errno
import os
import threading
import zlib
from contextlib import suppress
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from depthview import __version__
from depthview.core.text import plain_text, shown_path
from depthview.errors import RecordingError
from depthview.system.files import create_private_file, why_not_created
from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from pathlib import Path
    from types import TracebackType
    from typing import Self

    from depthview.clock import Clock

_WRITE_BYTES: Final = 1 << 20
_PIECE_CHARS: Final = 128 << 10
"""Text is encoded in pieces: one call for 5 MB would block the interpreter, and the event loop, for 7 ms (measured)."""
GZIP_WBITS: Final = 31
"""zlib's ``wbits`` for a gzip member with its header and checksum."""
_FAULTS: Final = {errno.ENOSPC: "disk full", errno.EDQUOT: "disk quota used up", errno.EFBIG: "file size limit reached"}


class Frame(NamedTuple):
    at: float
    """Unix seconds."""
    raw: bytes
    binary: bool


def fault_of(error: OSError) -> str:
    """Why the disk failed, in words."""
    return _FAULTS.get(error.errno or 0) or os_reason(error, "the disk failed")


def event_line(at: float, name: str, detail: str = "") -> bytes:
    words = {"event": name, "detail": detail} if detail else {"event": name}
    return b'{"at":%.6f,%s\n' % (at, msgspec.json.encode(words)[1:])


class RecordFile:
    """A file descriptor with a buffer and perhaps a compressor; knows how much of the file can be read.

    Args:
        descriptor: Open for writing; closed by :meth:`close`.
        compressed: Whether to gzip.
    """

    def __init__(self, descriptor: int, *, compressed: bool) -> None:
        self._descriptor = descriptor
        self._compressor = zlib.compressobj(wbits=GZIP_WBITS) if compressed else None
        self._at_flush = None if self._compressor is None else self._compressor.copy()
        """The compressor as it was at the last flush, to end the file there."""
        self._buffer = bytearray()
        self._readable = 0
        self.written = 0
        """Bytes in the file."""

    @property
    def is_readable(self) -> bool:
        return self._readable > 0

    def write(self, piece: bytes) -> None:
        """Write a piece of a record; it may stay in the buffer until :meth:`flush`.

        Raises:
            OSError: Writing failed.
        """
        self._buffer += piece if self._compressor is None else self._compressor.compress(piece)
        if len(self._buffer) >= _WRITE_BYTES:
            self._drain()

    def write_entry(self, entry: Frame | bytes) -> None:
        """Write the record of a frame, or one that is made already; raises like :meth:`write`."""
        for piece in (entry,) if isinstance(entry, bytes) else frame_line(entry):
            self.write(piece)

    def flush(self, *, final: bool) -> None:
        """Write the buffer so that it can be read; nothing may follow a final flush.

        Raises:
            OSError: Writing failed.
        """
        if self._compressor is not None:
            # A sync flush ends on a byte: a file that is cut later reads up to here.
            self._buffer += self._compressor.flush(zlib.Z_FINISH if final else zlib.Z_SYNC_FLUSH)
        self._drain()
        self._readable = self.written
        if self._compressor is not None and not final:
            self._at_flush = self._compressor.copy()

    def cut_to_last_flush(self, header: bytes = b"") -> None:
        """Remove the half record that a full disk left behind, and end the file properly.

        Args:
            header: The file's content if nothing was flushed yet.
        """
        end = b"" if self._readable else header
        if self._at_flush is not None:
            end = self._at_flush.compress(end) + self._at_flush.flush(zlib.Z_FINISH)
        self._buffer = bytearray(end)
        # If this fails, the reader finds a damaged last record and says so.
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
    """The record of a frame, in pieces that are quick to make."""
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


FORMAT: Final = "recording"
VERSION: Final = 1
FLUSH_SECONDS: Final = 1.0
QUEUE_BYTES: Final = 256 << 20
"""Waiting bytes at which the recording is given up: some 50 of the largest snapshots (observed: 5 MB)."""
_EARLY_BYTES: Final = 4 << 20
"""Waiting bytes that are written at once."""


class Recorder:
    """One recording, open from construction to :meth:`close`. A disk failure ends it; :attr:`status` says so.

    Args:
        path: The file to make, mode 0600; a name that ends in ``.gz`` is compressed.
        clock: Its wall time is for the header, and for what has no time.
        force: Replace an existing regular file.
        note: More for the header, such as ``url`` and ``products``. No secrets: of an address, leave out the query.
        queue_bytes: Bytes that may wait for the disk before the recording is given up.

    Raises:
        RecordingError: The file cannot be made.
    """

    def __init__(
        self,
        path: Path,
        *,
        clock: Clock,
        force: bool = False,
        note: Mapping[str, object] | None = None,
        queue_bytes: int = QUEUE_BYTES,
    ) -> None:
        self._clock = clock
        self._name = plain_text(path.name)
        self._queue_bytes = queue_bytes
        try:
            descriptor = create_private_file(path, force=force)
        except (OSError, ValueError) as error:
            reason = why_not_created(error, force=force)
            raise RecordingError(f"cannot record to {shown_path(path)}: {reason}") from error
        self._file = RecordFile(descriptor, compressed=path.suffix == ".gz")
        self._wake = threading.Condition()
        # These four are shared by the caller's thread and the writer's, under _wake.
        self._waiting: list[Frame | bytes] = []
        self._waiting_bytes = 0
        self._closing = False
        self._fault = ""
        self._header = header_line(clock.unix(), note or {})
        self._put(self._header, 0)
        self._writer = threading.Thread(target=self._run, name="depthview-recorder", daemon=True)
        self._writer.start()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.close()

    @property
    def stopped(self) -> bool:
        return bool(self._fault)

    @property
    def status(self) -> str:
        """Its state in words, for the screen."""
        size = f"{self._file.written / 1_000_000:.1f} MB"
        if self._fault:
            return f"RECORDING STOPPED: {self._fault} at {size}"
        return f"{'recorded' if self._closing else 'recording'} {self._name}, {size}"

    def frame(self, raw: bytes, *, at: float | None = None, binary: bool = False) -> None:
        """Record a received frame. Never waits, never raises; does nothing once stopped or closed.

        Args:
            raw: Its payload, untouched.
            at: When it arrived, in unix seconds, kept to the microsecond; now by default.
            binary: Whether it was binary.
        """
        self._put(Frame(self._clock.unix() if at is None else at, raw, binary), len(raw))

    def event(self, name: str, *, at: float | None = None, detail: str = "") -> None:
        """Record an event: ``opened``, ``closed`` or ``resync``. Never waits, never raises.

        Args:
            name: Of the event.
            at: Unix seconds; now by default.
            detail: In words, such as why it closed.
        """
        moment = self._clock.unix() if at is None else at
        self._put(event_line(moment, name, detail), 0)

    def close(self, timeout_seconds: float = 5.0) -> None:
        """Write what is waiting and close the file. Waits for the disk: do not call it on the event loop.

        Args:
            timeout_seconds: How long to wait for a disk that does not answer.
        """
        with self._wake:
            self._closing = True
            self._wake.notify()
        self._writer.join(timeout_seconds)
        if self._writer.is_alive():
            with self._wake:
                self._fault = self._fault or "the disk does not answer"

    def _put(self, entry: Frame | bytes, size: int) -> None:
        with self._wake:
            if self._closing:
                return
            if self._waiting_bytes + size > self._queue_bytes:
                self._fault = "the disk cannot keep up"
                self._closing = True
                self._wake.notify()
                return
            self._waiting.append(entry)
            self._waiting_bytes += size
            # Not for every frame: the writer wakes up every second.
            if self._waiting_bytes >= _EARLY_BYTES:
                self._wake.notify()

    def _due(self) -> bool:
        return self._closing or self._waiting_bytes >= _EARLY_BYTES

    def _run(self) -> None:
        fault = "a bug in depthview"  # unless it ends normally or by an OSError
        try:
            self._write_until_closed()
            fault = ""
        except OSError as error:
            fault = fault_of(error)
            self._file.cut_to_last_flush(self._header)
        finally:
            with self._wake:
                self._fault = self._fault or fault
                self._closing = True
                self._waiting.clear()
            self._file.close()

    def _write_until_closed(self) -> None:
        closing = False
        while not closing:
            with self._wake:
                self._wake.wait_for(self._due, FLUSH_SECONDS)
                batch, self._waiting = self._waiting, []
                taken, closing = self._waiting_bytes, self._closing
            for entry in batch:
                self._file.write_entry(entry)
            if batch or closing:
                self._file.flush(final=closing)
            with self._wake:
                self._waiting_bytes -= taken


def header_line(started_at: float, note: Mapping[str, object]) -> bytes:
    """The first record of a recording.

    Args:
        started_at: Unix seconds.
        note: More fields; no secrets.
    """
    header = {
        "depthview": FORMAT,
        "version": VERSION,
        "made_by": f"depthview {__version__}",
        "started_at": round(started_at, 6),
    }
    return msgspec.json.encode({**header, **note, **header}) + b"\n"
