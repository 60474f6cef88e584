"""The flight recorder: what arrived before and after an incident, as a recording that replays to exact books.

Without incidents it costs a copy of the books every fifteen seconds and a comparison of two numbers per frame; the
frames are those of the frame log. An *incident* is an event of level warning or worse: a gap, a reset, a crossed book,
a refusal, silence, a lost connection, a crash. From then on a thread writes what arrives, until five seconds after the
last incident; overlapping incidents share a file. ``--record`` does not change it, and a replay has none.

A flight recording begins in the middle of a connection, so it begins with the books as they were:

* The frames of the log cannot be undone from the present book: an update has the new size, not the old.
* A second session that follows at the length of the log would decode every frame twice (90 us a frame).
* So a pickle of the books is kept every fifteen seconds: 1.9 ms and 1.3 MB for 46,000 levels (measured). A copy of its
  dicts takes 0.2 ms and 1.9 MB; packed doubles take 1.0 ms and 0.7 MB but are not exact; zlib on top of the pickle
  takes another 17 ms for half of the bytes. The writing thread makes the text of a snapshot from it, if needed.
"""

from __future__ import annotations

import asyncio
import os
import pickle
import re
import threading
from collections import deque
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from depthview.coinbase.messages import book_rows
from depthview.core.clock_offset import to_detail
from depthview.core.fixed_point import text_of
from depthview.recordings.writer import Frame, RecordFile, event_line, fault_of, frame_line, header_line
from depthview.session.frame_log import ConnectionEvent, FrameReceived
from depthview.system.files import create_private_file
from depthview.system.paths import path_from_home
from depthview.views.market import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Mapping
    from pathlib import Path

    from depthview.clock import Clock
    from depthview.core.order_book import OrderBook
    from depthview.session.frame_log import FrameLog, LogEntry
    from depthview.session.products import ProductMarket
    from depthview.session.session import MarketSession
    from depthview.views.market import EventView

MOST_BYTES: Final = 64 << 20
"""Of frames in one file, and so the most that can wait for a disk."""
FLUSH_SECONDS: Final = 1.0


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
                entry = batch.popleft()
                for piece in (entry,) if isinstance(entry, bytes) else frame_line(entry):
                    file.write(piece)
            file.flush(final=closing)


MOST_BYTES_OF_BOOKS: Final = 16 << 20
MOST: Final = 12
_ROWS: Final = 500
"""Made in one piece: the event loop needs the interpreter too."""


class KeptBook(NamedTuple):
    product: str
    """As its data names it."""
    revision: int
    book: bytes
    """Pickled: the bytes never leave the process."""

    def pieces(self) -> Iterator[bytes]:
        """The snapshot of this book, as the venue writes it but without number and time, in pieces."""
        head = {"type": "snapshot", "product_id": self.product}
        yield b'{"channel":"l2_data","events":[' + msgspec.json.encode(head)[:-1] + b',"updates":['
        book: OrderBook = pickle.loads(self.book)  # noqa: S301  # ours
        comma = b""
        for side in (book.bids, book.asks):
            levels = side.walk()
            while batch := list(islice(levels, _ROWS)):
                yield comma + book_rows(side.side, [(text_of(level.price), text_of(level.size)) for level in batch])
                comma = b","
        yield b"]}]}"


class BooksCheckpoint(NamedTuple):
    """All trusted books at one time."""

    serial: int
    """Of the last entry of the frame log before it."""
    at: float
    """Unix seconds."""
    books: tuple[KeptBook, ...]
    is_opening: bool = False
    """Whether the next entry opens the connection: there is no book."""
    clock: str = ""
    """The offset of the venue's clock by the handshake, as recorded; empty for none."""


class BooksCheckpoints:
    """The states that a recording may begin with: bounded in number and bytes, oldest first.

    Args:
        session: Whose books.
        most: How many are kept.
        most_bytes: Bytes of all of them; the newest is kept in any case.
    """

    def __init__(self, session: MarketSession, most: int = MOST, most_bytes: int = MOST_BYTES_OF_BOOKS) -> None:
        self._session = session
        self._most = most
        self._most_bytes = most_bytes
        self.kept: list[BooksCheckpoint] = []
        self._last: dict[ProductMarket, KeptBook | None] = {}

    def add(self, serial: int, at: float) -> None:
        """Keep the books as they are."""
        proved = [market for market in self._session.products.markets() if _is_proved(market, self._session)]
        self._last = {market: self._last.get(market) for market in proved}
        for market, known in self._last.items():
            if known is None or known.revision != market.revision:
                pickled = pickle.dumps(market.book, protocol=5)
                self._last[market] = KeptBook(market.name, market.revision, pickled)
        books = tuple(book for book in self._last.values() if book is not None)
        offset = self._session.offset.handshake
        self._keep(BooksCheckpoint(serial, at, books, clock="" if offset is None else to_detail(offset)))

    def opening(self, serial: int, at: float) -> None:
        """A connection opens after this entry: there are no books."""
        self._keep(BooksCheckpoint(serial, at, (), is_opening=True))

    def forget_before(self, serial: int) -> None:
        """Drop what is before the log's first entry: the frames after it are gone."""
        while self.kept and self.kept[0].serial < serial - 1:
            del self.kept[0]

    def best(self, at: float) -> BooksCheckpoint | None:
        """The last one that is not later than a time, else the first one."""
        earlier = [checkpoint for checkpoint in self.kept if checkpoint.at <= at]
        return earlier[-1] if earlier else next(iter(self.kept), None)

    @property
    def bytes(self) -> int:
        """Held by all of them; a book that did not change between two is held once."""
        return sum({id(book): len(book.book) for kept in self.kept for book in kept.books}.values())

    def _keep(self, checkpoint: BooksCheckpoint) -> None:
        self.kept.append(checkpoint)
        while len(self.kept) > 1 and (len(self.kept) > self._most or self.bytes > self._most_bytes):
            del self.kept[0]


def _is_proved(market: ProductMarket, session: MarketSession) -> bool:
    """Whether a replay may trust the book. Silence and crossing show in the frames; a doubt does not."""
    frame = market.snapshot_frame
    if frame is None or market.doubt or not market.proved:
        return False
    return not session.monitor.unsure(market.feed_product, frame, proved=True)


MOST_FILES: Final = 20
MOST_BYTES_OF_FOLDER: Final = 200 << 20
_NAME: Final = re.compile(r"flight-\d{8}T\d{6}Z(?:-\d{1,2})?\.jsonl\.gz").fullmatch
_TRIES: Final = 100


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


_CLOSE_WITHIN: Final = 5.0
_LAST_WORDS: Final = 0.5
"""Seconds after which a file has been made, where there are no ticks any more."""


@dataclass(frozen=True, slots=True)
class FlightPlan:
    """How much is recorded. Times are seconds."""

    before: float = 30.0
    """Before an incident; less where the frame log has less."""
    after: float = 5.0
    longest: float = 120.0
    """After the first incident of a file; a later one begins another file."""
    every: float = 15.0
    """Between two checkpoints of the books."""
    most_bytes: int = MOST_BYTES
    """Of frames in a file."""


class FlightRecorder:
    """A :class:`depthview.session.frame_log.Witness` that writes recordings.

    Args:
        session: Its event log has the incidents, and is told of files.
        log: The frames.
        folder: For recordings.
        clock: For :meth:`keep` and :meth:`crashed`.
        note: More for the header of each; no secrets.
        plan: How much is recorded.
    """

    def __init__(
        self,
        session: MarketSession,
        log: FrameLog,
        folder: FlightFolder,
        clock: Clock,
        *,
        note: Mapping[str, object] | None = None,
        plan: FlightPlan | None = None,
    ) -> None:
        self._session = session
        self._log = log
        self._folder = folder
        self._clock = clock
        self._note = {**(note or {}), "flight": True}
        self._plan = plan or FlightPlan()
        self._books: Final = BooksCheckpoints(session)
        self._seen = session.events.last_id
        self._file: FlightFile | None = None
        self._until = self._longest_until = 0.0
        self._looked_at = 0.0
        self._bytes_since = 0
        self._room: Final = log.most_bytes // 4
        self._writing: list[FlightFile] = []
        self._events_of: dict[FlightFile, list[int]] = {}
        """Incidents of each file being written, by their ids in the event log."""
        self._told_of: set[FlightFile] = set()
        self._last_fault = ""

    def passed(self, entry: LogEntry) -> None:
        if isinstance(entry, FrameReceived):
            self._bytes_since += len(entry.raw)
        elif isinstance(entry, ConnectionEvent) and entry.name == "opened":
            self._books.opening(entry.serial - 1, entry.at)
        if self._file is not None:
            self._file.add((entry,))
        self._look(entry.at)
        if self._session.connection.state in (ConnectionState.CRASHED, ConnectionState.FAILED):
            # Nothing follows, not even a tick.
            self._finish()
            self._tell_later()

    def ticked(self, now: float, unix: float) -> None:
        self._look(unix)
        if self._file is not None and (unix >= self._until or self._file.bytes > self._plan.most_bytes):
            self._finish()
        if unix - self._looked_at >= self._plan.every or unix < self._looked_at or self._bytes_since >= self._room:
            self._looked_at, self._bytes_since = unix, 0
            if self._session.connection.state is ConnectionState.OPEN:
                self._books.add(self._log.last, unix)
            if self._log.entries:
                self._books.forget_before(self._log.entries[0].serial)
        if self._writing:
            self._tell(unix)

    def keep(self) -> str | None:
        """Record the last minutes and a few seconds more, as the user asked; returns why not, or None."""
        unix = self._clock.unix()
        self._open(unix, 0.0)
        if self._file is None:
            return "nothing has arrived yet"
        self._mark(unix, "kept", "on request")
        return None

    def crashed(self, what: str) -> None:
        """Record a crash by a bug: nothing follows it."""
        unix, seen = self._clock.unix(), self._seen
        self._look(unix)
        if self._seen == seen:
            # A crash of the feed is in the event log by now, one of the screen is not.
            self._incident(unix, what)
        self._finish()
        self._tell_later()

    def close(self) -> None:
        """Finish what is being written. Waits for the disk: do not call it on the event loop."""
        self._finish()
        for file in self._writing:
            file.join(_CLOSE_WITHIN)

    def _look(self, unix: float) -> None:
        events = self._session.events
        if events.last_id == self._seen:
            return
        fresh, self._seen = events.since(self._seen), events.last_id
        for event in fresh:
            if event.is_incident:
                self._incident(unix, self._told(event), event.event_id)

    def _told(self, event: EventView) -> str:
        what = self._session.recovery.cause_of(event.event_id) or event.text
        return f"{event.product}: {what}" if event.product else what

    def _incident(self, unix: float, what: str, event_id: int = 0) -> None:
        self._open(unix, unix - self._plan.before)
        self._mark(unix, "incident", what)
        if self._file is not None and event_id:
            self._events_of[self._file].append(event_id)

    def _open(self, unix: float, earliest: float) -> None:
        """Begin a recording with what arrived since ``earliest``, unless there is one."""
        if self._file is not None:
            return
        entries = self._log.entries
        if not any(isinstance(entry, FrameReceived) for entry in entries):
            # The recording would be empty.
            return
        self._books.forget_before(entries[0].serial)
        start = self._books.best(earliest)
        if start is None:
            # No kept state has all frames after it in the log: begin with the present.
            self._books.add(self._log.last, unix)
            start = self._books.kept[-1]
        self._file = FlightFile(self._folder, unix, self._note, start)
        self._writing.append(self._file)
        self._events_of[self._file] = []
        self._file.add(entry for entry in list(entries) if entry.serial > start.serial)
        self._longest_until = unix + self._plan.longest

    def _mark(self, unix: float, name: str, detail: str) -> None:
        if self._file is not None:
            self._file.event(unix, name, detail)
            self._until = min(unix + self._plan.after, self._longest_until)

    def _finish(self) -> None:
        if self._file is not None:
            self._file.finish()
            self._file = None

    def _tell(self, unix: float) -> None:
        """Say in the event log where a recording is, or once why there is none."""
        for file in list(self._writing):
            over, fault, path = file.is_over, file.fault, file.path
            events, incidents = self._session.events, self._events_of[file]
            if path is not None:
                for event_id in incidents:
                    events.recorded(event_id, f"recorded in {path_from_home(path)}")
                if not incidents and file not in self._told_of:
                    events.add(unix, "note", f"flight recording: {path_from_home(path)}")
                self._told_of.add(file)
            if not over:
                continue
            if fault and (path is not None or fault != self._last_fault):
                where = path_from_home(self._folder.path if path is None else path)
                how = "not recorded" if path is None else "recorded in part"
                for event_id in incidents:
                    events.recorded(event_id, f"{how} in {where}: {fault}")
                if not incidents:
                    events.add(unix, "note", f"no flight recording in {where}: {fault}")
            self._last_fault = fault
            self._told_of.discard(file)
            del self._events_of[file]
            self._writing.remove(file)

    def _tell_later(self) -> None:
        """Do so although no tick follows."""
        with suppress(RuntimeError):  # without an event loop nobody reads the log
            asyncio.get_running_loop().call_later(_LAST_WORDS, lambda: self._tell(self._clock.unix()))
