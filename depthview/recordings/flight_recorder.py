"""The flight recorder: what came in before and after something went wrong, as a recording that replays to exact books.

While all is well it costs a checkpoint of the books every fifteen seconds (see :mod:`depthview.feed.flight_books`) and
a comparison of two numbers a frame; the frames are those that the wire log has anyway. An *incident* is what the event
log calls a warning or worse, as in a replay: a gap, a reset, a crossed book, a refusal, silence, a lost connection, a
crash. From then on what comes is handed to a thread that writes, until five seconds after the last incident; incidents
that overlap share a file.

Beside ``--record`` it works as ever: the long recording has everything, the short ones have what one looks for. In a
replay there is none.
"""

from __future__ import annotations

import asyncio
from contextlib import suppress
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.feed.flight_books import Checkpoints
from depthview.feed.flight_file import MOST_BYTES, FlightFile
from depthview.feed.flight_folder import short_path
from depthview.session.frame_log import Arrived, Happened
from depthview.views.market import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Mapping

    from depthview.clock import Clock
    from depthview.feed.flight_folder import FlightFolder
    from depthview.session.frame_log import Logged, WireLog
    from depthview.session.session import MarketSession
    from depthview.views.market import EventView

_CLOSE_WITHIN: Final = 5.0
_LAST_WORDS: Final = 0.5
"""Seconds in which a file is made, where there are no ticks to look again."""


@dataclass(frozen=True, slots=True)
class FlightPlan:
    """How much is kept. Times are seconds."""

    before: float = 30.0
    """Of what came before an incident; less where the wire log has less."""
    after: float = 5.0
    longest: float = 120.0
    """After the first incident of a file; what goes wrong later begins another one."""
    every: float = 15.0
    """Between two checkpoints of the books."""
    most_bytes: int = MOST_BYTES
    """Of frames in a file."""


class FlightRecorder:
    """A :class:`depthview.session.frame_log.Witness` that writes recordings.

    Args:
        session: Its event log tells of incidents, and is told of files.
        log: The frames.
        folder: Where recordings are made.
        clock: For :meth:`keep` and :meth:`crashed`.
        note: More for the header of each; no secrets.
        plan: How much is kept.
    """

    def __init__(
        self,
        session: MarketSession,
        log: WireLog,
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
        self._books: Final = Checkpoints(session)
        self._seen = session.events.last_id
        self._file: FlightFile | None = None
        self._until = self._longest_until = 0.0
        self._looked_at = 0.0
        self._bytes_since = 0
        self._room: Final = log.most_bytes // 4
        self._writing: list[FlightFile] = []
        self._events_of: dict[FlightFile, list[int]] = {}
        """Incidents of each file that is being written, by their ids in the event log."""
        self._told_of: set[FlightFile] = set()
        self._last_fault = ""

    # --- what passes ------------------------------------------------------------------------------------------

    def passed(self, entry: Logged) -> None:
        """Something came, went or happened, and the session has taken it in."""
        if isinstance(entry, Arrived):
            self._bytes_since += len(entry.raw)
        elif isinstance(entry, Happened) and entry.name == "opened":
            self._books.opening(entry.serial - 1, entry.at)
        if self._file is not None:
            self._file.add((entry,))
        self._look(entry.at)
        if self._session.connection.state in (ConnectionState.CRASHED, ConnectionState.FAILED):
            # Nothing comes any more, not even time.
            self._finish()
            self._tell_later()

    def ticked(self, now: float, unix: float) -> None:
        """Time has passed."""
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

    # --- what is asked for ------------------------------------------------------------------------------------

    def keep(self) -> str | None:
        """Write what came in the last minutes, and a few seconds more; None when it is being done, else why not."""
        unix = self._clock.unix()
        self._open(unix, 0.0)
        if self._file is None:
            return "nothing has come in yet"
        self._mark(unix, "kept", "asked for by you")
        return None

    def crashed(self, what: str) -> None:
        """Nothing more will be taken in, by a fault of the program's own."""
        unix, seen = self._clock.unix(), self._seen
        self._look(unix)
        if self._seen == seen:
            # The feed's own crash is in the event log by now; the screen's is not.
            self._incident(unix, what)
        self._finish()
        self._tell_later()

    def close(self) -> None:
        """Finish what is being written. Waits for the disk: call it off the event loop."""
        self._finish()
        for file in self._writing:
            file.join(_CLOSE_WITHIN)

    # --- inside -----------------------------------------------------------------------------------------------

    def _look(self, unix: float) -> None:
        events = self._session.events
        if events.last_id == self._seen:
            return
        fresh, self._seen = events.since(self._seen), events.last_id
        for event in fresh:
            if event.is_incident:
                self._incident(unix, self._told(event), event.event_id)

    def _told(self, event: EventView) -> str:
        what = self._session.cause_of(event.event_id) or event.text
        return f"{event.product}: {what}" if event.product else what

    def _incident(self, unix: float, what: str, event_id: int = 0) -> None:
        self._open(unix, unix - self._plan.before)
        self._mark(unix, "incident", what)
        if self._file is not None and event_id:
            self._events_of[self._file].append(event_id)

    def _open(self, unix: float, earliest: float) -> None:
        """Begin a recording with what came since ``earliest``, unless there is one."""
        if self._file is not None:
            return
        entries = self._log.entries
        if not any(isinstance(entry, Arrived) for entry in entries):
            # Nothing has ever come: the recording would be empty.
            return
        self._books.forget_before(entries[0].serial)
        start = self._books.best(earliest)
        if start is None:
            # All that could lead on to the present has left the log: it begins with the present.
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
        """Say in the log where a recording is being made, or once why there is none."""
        for file in list(self._writing):
            over, fault, path = file.is_over, file.fault, file.path
            events, incidents = self._session.events, self._events_of[file]
            if path is not None:
                for event_id in incidents:
                    events.recorded(event_id, f"recorded in {short_path(path)}")
                if not incidents and file not in self._told_of:
                    events.add(unix, "note", f"flight recording: {short_path(path)}")
                self._told_of.add(file)
            if not over:
                continue
            if fault and (path is not None or fault != self._last_fault):
                where = short_path(self._folder.path if path is None else path)
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
        """Do so although no tick will come any more."""
        with suppress(RuntimeError):  # there is no loop: nobody looks at the log either
            asyncio.get_running_loop().call_later(_LAST_WORDS, lambda: self._tell(self._clock.unix()))
