"""The flight recorder: what arrived before and after an incident, as a recording that replays to exact books.

Without incidents it costs a copy of the books every fifteen seconds and a comparison of two numbers per frame; the
frames are those of the frame log. An *incident* is an event of level warning or worse: a gap, a reset, a crossed book,
a refusal, silence, a lost connection, a crash. From then on a thread writes what arrives, until five seconds after the
last incident; overlapping incidents share a file. ``--record`` does not change it, and a replay has none.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.recordings.flight_checkpoints import BooksCheckpoints
from depthview.recordings.flight_file import FlightFile
from depthview.session.frame_log import ConnectionEvent, FrameReceived
from depthview.system.paths import path_from_home
from depthview.views.market import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from depthview.clock import Clock
    from depthview.recordings.flight_file import FlightFolder
    from depthview.session.frame_log import FrameLog, LogEntry
    from depthview.session.session import MarketSession
    from depthview.views.market import EventView

MOST_BYTES: Final = 64 << 20
"""Of frames in one file, and so the most that can wait for a disk."""
_CLOSE_WITHIN: Final = 5.0
_REPORTED_AFTER: Final = 0.5
"""Seconds after which a file has been made, where no tick follows."""


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
    """A :class:`depthview.session.frame_log.Observer` that writes recordings.

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
        self._checkpoint_at = 0.0
        self._bytes_since = 0
        self._bytes_between: Final = log.most_bytes // 4
        self._writing: list[FlightFile] = []
        self._events_of: dict[FlightFile, list[int]] = {}
        """Incidents of each file being written, by their ids in the event log."""
        self._reported: set[FlightFile] = set()
        self._last_fault = ""

    def passed(self, entry: LogEntry) -> None:
        if isinstance(entry, FrameReceived):
            self._bytes_since += len(entry.raw)
        elif isinstance(entry, ConnectionEvent) and entry.name == "opened":
            self._books.opening(entry.serial - 1, entry.at)
        if self._file is not None:
            self._file.add((entry,))
        self._look_for_incidents(entry.at)
        if self._session.connection.state in (ConnectionState.CRASHED, ConnectionState.FAILED):
            # Nothing follows, not even a tick.
            self._finish()
            self._report_later()

    def ticked(self, now: float, unix: float) -> None:
        self._look_for_incidents(unix)
        if self._file is not None and (unix >= self._until or self._file.bytes > self._plan.most_bytes):
            self._finish()
        if (
            unix - self._checkpoint_at >= self._plan.every
            or unix < self._checkpoint_at
            or self._bytes_since >= self._bytes_between
        ):
            self._checkpoint_at, self._bytes_since = unix, 0
            if self._session.connection.state is ConnectionState.OPEN:
                self._books.add(self._log.last, unix)
            if self._log.entries:
                self._books.forget_before(self._log.entries[0].serial)
        if self._writing:
            self._report(unix)

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
        self._look_for_incidents(unix)
        if self._seen == seen:
            # A crash of the feed is in the event log by now, one of the screen is not.
            self._incident(unix, what)
        self._finish()
        self._report_later()

    def close(self) -> None:
        """Finish what is being written. Waits for the disk: do not call it on the event loop."""
        self._finish()
        for file in self._writing:
            file.join(_CLOSE_WITHIN)

    def _look_for_incidents(self, unix: float) -> None:
        events = self._session.events
        if events.last_id == self._seen:
            return
        fresh, self._seen = events.since(self._seen), events.last_id
        for event in fresh:
            if event.is_incident:
                self._incident(unix, self._description(event), event.event_id)

    def _description(self, event: EventView) -> str:
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

    def _report(self, unix: float) -> None:
        """Say in the event log where a recording is, or once why there is none."""
        for file in list(self._writing):
            over, fault, path = file.is_over, file.fault, file.path
            events, incidents = self._session.events, self._events_of[file]
            if path is not None:
                for event_id in incidents:
                    events.recorded(event_id, f"recorded in {path_from_home(path)}")
                if not incidents and file not in self._reported:
                    events.add(unix, "note", f"flight recording: {path_from_home(path)}")
                self._reported.add(file)
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
            self._reported.discard(file)
            del self._events_of[file]
            self._writing.remove(file)

    def _report_later(self) -> None:
        """Do so although no tick follows."""
        with suppress(RuntimeError):  # without an event loop nobody reads the log
            asyncio.get_running_loop().call_later(_REPORTED_AFTER, lambda: self._report(self._clock.unix()))
