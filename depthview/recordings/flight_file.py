"""A flight recording on the disk, written by a thread, and the folder that keeps the newest of them."""

from __future__ import annotations

import os
import re
import threading
from collections import deque
from contextlib import suppress
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

import msgspec

from depthview.recordings.writer import FLUSH_SECONDS, Frame, RecordFile, event_line, fault_of, header_line
from depthview.session.frame_log import ConnectionEvent, FrameReceived
from depthview.system.files import create_private_file

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from depthview.recordings.flight_checkpoints import BooksCheckpoint
    from depthview.session.frame_log import LogEntry

MOST_FILES: Final = 20
MOST_BYTES_OF_FOLDER: Final = 200 << 20
_NAME: Final = re.compile(r"flight-\d{8}T\d{6}Z(?:-\d{1,2})?\.jsonl\.gz").fullmatch
_TRIES: Final = 100


class FlightFile:
    """A recording of depthview's own format that begins with snapshots made from the books.

    Only :meth:`join` waits for the disk. A failure of the disk is in :attr:`fault`.

    Args:
        folder: For the file.
        at: Unix seconds, for its name.
        note: More for its header; no secrets.
        start: The books that it begins with.
    """

    def __init__(self, folder: FlightFolder, at: float, note: Mapping[str, object], start: BooksCheckpoint) -> None:
        self._folder = folder
        self._at = at
        self._note = note
        self._start = start
        self._wake = threading.Condition()
        # These are shared by the caller's thread and the writer's, under _wake.
        self._waiting: deque[Frame | bytes] = deque()
        self._closing = False
        self._path: Path | None = None
        self._fault = ""
        self.bytes = 0
        """Of frames handed over."""
        self._thread = threading.Thread(target=self._run, name="depthview-flight", daemon=True)
        self._thread.start()

    @property
    def path(self) -> Path | None:
        """Of the file, once it has been made."""
        with self._wake:
            return self._path

    @property
    def fault(self) -> str:
        """Why it could not be made, or ended early; empty for no failure."""
        with self._wake:
            return self._fault

    @property
    def is_over(self) -> bool:
        return not self._thread.is_alive()

    def add(self, entries: Iterable[LogEntry]) -> None:
        """Write frames and events of the connection. What was sent is never written."""
        lines: list[Frame | bytes] = []
        for entry in entries:
            if isinstance(entry, FrameReceived):
                lines.append(Frame(entry.at, entry.raw, entry.binary))
                self.bytes += len(entry.raw)
            elif isinstance(entry, ConnectionEvent):
                lines.append(event_line(entry.at, entry.name, entry.detail))
        self._put(lines)

    def event(self, at: float, name: str, detail: str) -> None:
        self._put([event_line(at, name, detail)])

    def finish(self) -> None:
        """End the file; does not wait."""
        with self._wake:
            self._closing = True
            self._wake.notify()

    def join(self, timeout_seconds: float) -> None:
        self._thread.join(timeout_seconds)

    def _put(self, lines: list[Frame | bytes]) -> None:
        with self._wake:
            if not self._closing and not self._fault:
                self._waiting.extend(lines)

    def _run(self) -> None:
        fault = "a bug in depthview"  # unless it ends normally or by an OSError
        file: RecordFile | None = None
        try:
            path, descriptor = self._folder.create(self._at)
            file = RecordFile(descriptor, compressed=True)
            with self._wake:
                self._path = path
            self._begin(file)
            self._write(file)
            fault = ""
        except OSError as error:
            fault = fault_of(error)
            if file is not None:
                file.cut_to_last_flush()
                if not file.is_readable:
                    with self._wake:
                        self._path = None
                    path.unlink(missing_ok=True)
        finally:
            with self._wake:
                self._fault = fault
                self._waiting.clear()
            if file is not None:
                file.close()
                self._folder.tidy()

    def _begin(self, file: RecordFile) -> None:
        start = self._start
        file.write(header_line(start.at, self._note))
        if start.is_opening:
            return
        file.write(event_line(start.at, "opened", start.clock))
        for book in start.books:
            file.write(b'{"at":%.6f,"made":true,"frame":"' % start.at)
            for piece in book.pieces():
                file.write(msgspec.json.encode(piece.decode())[1:-1])
            file.write(b'"}\n')

    def _write(self, file: RecordFile) -> None:
        closing = False
        while not closing:
            with self._wake:
                self._wake.wait_for(lambda: self._closing, FLUSH_SECONDS)
                batch, self._waiting = self._waiting, deque()
                closing = self._closing
            while batch:
                file.write_entry(batch.popleft())
            file.flush(final=closing)


class FlightFolder:
    """A folder of recordings; the oldest are removed when there are too many.

    Only files with such a name that are not links are counted or removed. Calls wait for the disk.

    Args:
        path: Made with mode 0700 when first needed.
        most_files: Recordings in it, including the one being made.
        most_bytes: Of all of them; the newest is kept in any case.
    """

    def __init__(self, path: Path, most_files: int = MOST_FILES, most_bytes: int = MOST_BYTES_OF_FOLDER) -> None:
        self.path: Final = path
        self._most_files: Final = most_files
        self._most_bytes: Final = most_bytes

    def create(self, at: float) -> tuple[Path, int]:
        """A new file, mode 0600, and its descriptor; the oldest recordings make room.

        Args:
            at: Unix seconds, for its name.

        Raises:
            OSError: The folder or the file cannot be made.
        """
        self.path.mkdir(mode=0o700, parents=True, exist_ok=True)
        self.tidy(leaving=self._most_files - 1)
        name = f"flight-{datetime.fromtimestamp(at, UTC):%Y%m%dT%H%M%SZ}"
        for number in range(1, _TRIES):
            path = self.path / (f"{name}.jsonl.gz" if number == 1 else f"{name}-{number}.jsonl.gz")
            with suppress(FileExistsError):
                return path, create_private_file(path)
        raise FileExistsError(f"{name} exists {_TRIES - 1} times")

    def tidy(self, leaving: int | None = None) -> None:
        """Remove the oldest recordings above the limits; what cannot be removed stays.

        Args:
            leaving: How many may stay; the folder's limit by default.
        """
        found = self._recordings()
        size = sum(bytes_ for *_, bytes_ in found)
        left = len(found)
        for _, _, path, bytes_ in found[:-1] if leaving is None else found:
            if left <= (self._most_files if leaving is None else leaving) and size <= self._most_bytes:
                return
            with suppress(OSError):
                os.unlink(path)
                left, size = left - 1, size - bytes_

    def _recordings(self) -> list[tuple[float, str, str, int]]:
        """Time, name, path and bytes of each, oldest first."""
        found = []
        with suppress(OSError), os.scandir(self.path) as entries:
            for entry in entries:
                if _NAME(entry.name) and entry.is_file(follow_symlinks=False):
                    status = entry.stat(follow_symlinks=False)
                    found.append((status.st_mtime, entry.name, entry.path, status.st_size))
        return sorted(found)
