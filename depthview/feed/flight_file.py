"""One flight recording: written by a thread of its own, from its making to its end."""

from __future__ import annotations

import threading
from collections import deque
from typing import TYPE_CHECKING, Final

import msgspec

from depthview.feed.record_file import Frame, RecordFile, event_line, fault_of, frame_line
from depthview.feed.recorder import header_line
from depthview.session.frame_log import Arrived, Happened

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from pathlib import Path

    from depthview.feed.flight_books import Checkpoint
    from depthview.feed.flight_folder import FlightFolder
    from depthview.session.frame_log import Logged

MOST_BYTES: Final = 64 << 20
"""Of frames in one file, and so of what can ever wait for a disk."""
FLUSH_SECONDS: Final = 1.0


class FlightFile:
    """A recording of our own format that begins with snapshots made from the books.

    No call waits for the disk but :meth:`join`. Whatever becomes of the disk is told by :attr:`fault`, once.

    Args:
        folder: Where it is made.
        at: Unix seconds, for its name.
        note: More for its header; no secrets.
        start: The books that it begins with.
    """

    def __init__(self, folder: FlightFolder, at: float, note: Mapping[str, object], start: Checkpoint) -> None:
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
        """What has kept it from being made, or has ended it early; empty for nothing."""
        with self._wake:
            return self._fault

    @property
    def is_over(self) -> bool:
        """Whether nothing more is being written."""
        return not self._thread.is_alive()

    def add(self, entries: Iterable[Logged]) -> None:
        """Write what passed: frames and what became of the connection. What was sent is never written."""
        lines: list[Frame | bytes] = []
        for entry in entries:
            if isinstance(entry, Arrived):
                lines.append(Frame(entry.at, entry.raw, entry.binary))
                self.bytes += len(entry.raw)
            elif isinstance(entry, Happened):
                lines.append(event_line(entry.at, entry.name, entry.detail))
        self._put(lines)

    def event(self, at: float, name: str, detail: str) -> None:
        """Write what is no frame."""
        self._put([event_line(at, name, detail)])

    def finish(self) -> None:
        """There is no more to come."""
        with self._wake:
            self._closing = True
            self._wake.notify()

    def join(self, timeout_seconds: float) -> None:
        """Wait until it is over."""
        self._thread.join(timeout_seconds)

    def _put(self, lines: list[Frame | bytes]) -> None:
        with self._wake:
            if not self._closing and not self._fault:
                self._waiting.extend(lines)

    def _run(self) -> None:
        fault = "a fault of depthview's own"  # stands if what ends the thread is neither the end nor the disk
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
                entry = batch.popleft()
                for piece in (entry,) if isinstance(entry, bytes) else frame_line(entry):
                    file.write(piece)
            file.flush(final=closing)
