"""The last frames and messages in both directions, within a bound, for the frame log's screen and the flight recorder.

* While nobody looks, a frame costs one entry in a queue, and nothing is decoded. Measured on a recording of 1,030
  frames: 1.6 us a frame and, to look for tokens, 0.7 ms a MB; the session takes 60 us a frame and 12 ms a MB.
* It is bounded in entries and bytes. The newest entry is kept, whatever its size.
* It never holds a token: of a request it keeps what its message is made from, without the token; a token in a frame of
  the venue's is replaced before the frame is kept.
* In a replay it ends where the replay is: later entries are dropped after a seek back, and all of them after one ahead.

:class:`FrameTap` stands between a feed and its session and fills the log.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

from depthview.core.clock_offset import to_detail

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from depthview.clock import Clock
    from depthview.coinbase.messages import Message
    from depthview.coinbase.requests import Request
    from depthview.core.clock_offset import Offset
    from depthview.core.sequence import Observation, SequenceFinding
    from depthview.session.session import MarketSession

MOST_ENTRIES: Final = 20_000
MOST_BYTES: Final = 16 << 20
"""Some eight minutes of two busy products (observed: 33 kB a second without snapshots). Not compressed: zlib would save
seven eighths and take 14 ms a MB, all the time and for nothing while nobody looks."""
_JUDGED: Final = 10_000
_TOKEN_BEGINS: Final = b"eyJ"
_TOKEN: Final = re.compile(rb"eyJ[\w-]{8,}(?:\.[\w-]*){0,2}")
_TOKEN_REPLACED: Final = b"[token]"


class FrameReceived(NamedTuple):
    serial: int
    at: float
    """Unix seconds."""
    now: float
    """Monotonic seconds."""
    raw: bytes
    binary: bool
    connection: int
    """Its connection, from 1."""
    place: int
    """Among the numbered frames of its connection, from 0; -1 without a number."""
    entry_number: int = 0
    """In a replay, the entries of the recording up to this one."""


class RequestSent(NamedTuple):
    serial: int
    at: float
    now: float
    request: Request
    token_life: float | None
    """Seconds that its token had left; None without a token."""
    entry_number: int = 0


class ConnectionEvent(NamedTuple):
    """An event of the connection, as in recordings."""

    serial: int
    at: float
    now: float
    name: str
    detail: str
    entry_number: int = 0


LogEntry: TypeAlias = FrameReceived | RequestSent | ConnectionEvent


class FrameLog:
    """A queue of entries.

    Args:
        most_entries: Entries that are kept.
        most_bytes: Bytes of frames that are kept.
    """

    def __init__(self, most_entries: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES) -> None:
        self.most_entries: Final = most_entries
        self.most_bytes: Final = most_bytes
        self.entries: Final[deque[LogEntry]] = deque()
        """Oldest first. Read only."""
        self.bytes = 0
        """Of the frames among them."""
        self.last = 0
        """Serial number of the newest entry so far."""
        self.connection = 0
        """Connections opened."""
        self.error: FrameReceived | None = None
        """The last frame that may be an error: without a number, and with the word."""
        self.remarked = 0
        """Rises when a finding concerns an earlier frame."""
        self._judged: dict[tuple[int, int], Observation] = {}

    def arrived(
        self, raw: bytes, now: float, at: float, place: int, *, binary: bool = False, entry_number: int = 0
    ) -> FrameReceived:
        """Keep a frame.

        Args:
            raw: Its payload.
            now: Monotonic seconds.
            at: Unix seconds.
            place: Among the numbered frames of its connection; -1 without a number.
            binary: It was not text.
            entry_number: In a replay, the entries of the recording up to this one.
        """
        if _TOKEN_BEGINS in raw:
            raw = _TOKEN.sub(_TOKEN_REPLACED, raw)
        entry = FrameReceived(self._next(), at, now, raw, binary, self.connection, place, entry_number)
        self.entries.append(entry)
        self.bytes += len(raw)
        if self.bytes > self.most_bytes or len(self.entries) > self.most_entries:
            self._make_room()
        if place < 0 and b'"error"' in raw:
            self.error = entry
        return entry

    def sent(self, request: Request, now: float, at: float, token_life: float | None) -> RequestSent:
        """Keep a request, without its token."""
        entry = RequestSent(self._next(), at, now, request, token_life)
        self._append(entry)
        return entry

    def happened(self, name: str, now: float, at: float, detail: str = "", *, entry_number: int = 0) -> ConnectionEvent:
        """Keep an event of the connection; ``opened`` begins another connection."""
        if name == "opened":
            self.connection += 1
        entry = ConnectionEvent(self._next(), at, now, name, detail, entry_number)
        self._append(entry)
        return entry

    def judged(self, findings: Iterable[SequenceFinding], place: int) -> None:
        """Keep findings on the sequence numbers of this connection, on the frame at ``place`` or on earlier ones."""
        for finding in findings:
            if not finding.seen.in_sequence:
                self.remarked += finding.frame != place
                self._judged[self.connection, finding.frame] = finding.seen
                if len(self._judged) > _JUDGED:
                    del self._judged[next(iter(self._judged))]

    def judgement(self, frame: FrameReceived) -> Observation | None:
        """The finding on a frame's sequence number; None for none."""
        return self._judged.get((frame.connection, frame.place))

    def move_to(self, entry_number: int) -> None:
        """Drop what is later than a place in a recording, and everything where entries before it are missing.

        Args:
            entry_number: Entries of the recording up to that place.
        """
        entries = self.entries
        while entries and entries[-1].entry_number > entry_number:
            entry = entries.pop()
            if isinstance(entry, FrameReceived):
                self.bytes -= len(entry.raw)
                self._judged.pop((entry.connection, entry.place), None)
        if entries and entries[-1].entry_number < entry_number:
            entries.clear()
            self.bytes = 0
        if self.error is not None and self.error.entry_number > entry_number:
            self.error = None

    def _next(self) -> int:
        self.last += 1
        return self.last

    def _append(self, entry: RequestSent | ConnectionEvent) -> None:
        self.entries.append(entry)
        if len(self.entries) > self.most_entries:
            self._make_room()

    def _make_room(self) -> None:
        entries = self.entries
        while len(entries) > 1 and (self.bytes > self.most_bytes or len(entries) > self.most_entries):
            gone = entries.popleft()
            if isinstance(gone, FrameReceived):
                self.bytes -= len(gone.raw)


class FrameSink(Protocol):
    """Takes frames and events, such as the session. No call waits. Times are monotonic and unix seconds."""

    def connecting(self, now: float) -> None:
        """A connection is being made."""

    def opened(self, now: float, unix: float) -> None:
        """The connection is open."""

    def closed(self, now: float, unix: float, why: str, next_try_at: float | None = None) -> None:
        """It is lost, or could not be made; without ``next_try_at`` it will not be tried again."""

    def clock_measured(self, offset: Offset | None) -> None:
        """The offset of the venue's clock by the handshake of the connection that opens next; None where unknown."""

    def ended(self, now: float, unix: float, detail: str = "") -> None:
        """The recording has ended."""

    def crashed(self, now: float, unix: float, what: str) -> None:
        """The feed has failed by a bug."""

    def receive(
        self, raw: bytes, now: float, unix: float, *, binary: bool = False, message: Message | None = None
    ) -> None:
        """A frame has arrived; ``message`` is what it was decoded to, if it was."""

    def caught_up(self, now: float) -> None:
        """Everything that has arrived has been handed over."""

    def part_came(self, size: int, now: float) -> None:
        """Bytes of a message have arrived; it may not be complete."""

    def replayed(self, event: str) -> None:
        """A recorded event that is not of the connection."""

    def tick(self, now: float, unix: float) -> None:
        """Time has passed."""

    def drain(self, now: float) -> list[Request]:
        """What to send now."""

    def sent(self, request: Request, now: float, token: tuple[float, float] | None) -> None:
        """It has been sent, with a token of so many seconds left and so many in all."""

    def good_for(self) -> float:
        """Seconds for which the connection has brought only frames that could be read."""

    def take_reconnect(self) -> str:
        """Why to reconnect; empty for no need. Asking resets it."""


class Observer(Protocol):
    """Is told of everything that passes, after the session."""

    def passed(self, entry: LogEntry) -> None:
        """An entry of the log."""

    def ticked(self, now: float, unix: float) -> None:
        """Time has passed."""


class FrameTap:
    """Hands everything to the session and then to the log. See :class:`FrameSink`.

    Args:
        session: The session.
        log: Keeps what passes.
        observer: Told of it too; None for no observer.
        handed_over: In a replay, how many entries of the recording have been handed over, the present one with them.
        clock: In a replay, the recording's.
    """

    def __init__(
        self,
        session: MarketSession,
        log: FrameLog,
        observer: Observer | None = None,
        handed_over: Callable[[], int] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._session = session
        self._log = log
        self._observer = observer
        self._handed_over = handed_over
        self._now = self._unix = 0.0
        self._clock = clock
        self._elsewhere = False
        self._offset: Offset | None = None
        self._receiving = False
        self._meanwhile: list[str] = []
        """Events of the session while it receives a frame; the frame is logged first."""

    def restored(self) -> None:
        """The session has been restored: the log follows at the next entry, or at :meth:`follow`."""
        self._elsewhere = True

    def follow(self) -> None:
        """Bring the log to the place of the replay."""
        if self._elsewhere and self._handed_over is not None:
            self._elsewhere = False
            self._log.move_to(self._handed_over())

    def connecting(self, now: float) -> None:
        self._session.connecting(now)

    def clock_measured(self, offset: Offset | None) -> None:
        self._offset = offset
        self._session.clock_measured(offset)

    def opened(self, now: float, unix: float) -> None:
        self._session.opened(now, unix)
        self._happened("opened", now, unix, "" if self._offset is None else to_detail(self._offset))

    def closed(self, now: float, unix: float, why: str, next_try_at: float | None = None) -> None:
        was_open = self._session.connection.is_open
        self._session.closed(now, unix, why, next_try_at)
        if was_open or self._handed_over is not None:
            self._happened("closed", now, unix, why)
        elif self._observer is not None:
            self._observer.ticked(now, unix)

    def ended(self, now: float, unix: float, detail: str = "") -> None:
        self._session.ended(now, unix, detail)
        self._happened("end of the recording", now, unix, detail)

    def crashed(self, now: float, unix: float, what: str) -> None:
        self._session.crashed(now, unix, what)
        self._happened("crashed", now, unix, what)

    def receive(
        self, raw: bytes, now: float, unix: float, *, binary: bool = False, message: Message | None = None
    ) -> None:
        self._now, self._unix = now, unix
        monitor = self._session.monitor
        before = monitor.frame
        self._receiving = True
        try:
            self._session.receive(raw, now, unix, binary=binary, message=message)
        finally:
            self._receiving = False
            # Also where that has failed by a bug: this is the frame to look at.
            numbered = monitor.frame != before
            log = self._log
            place = monitor.frame if numbered else -1
            entry = log.arrived(raw, now, unix, place, binary=binary, entry_number=self._entry_number())
            if numbered:
                log.judged(self._session.findings, place)
            if self._observer is not None:
                self._observer.passed(entry)
            while self._meanwhile:
                self._happened(self._meanwhile.pop(0), now, unix)

    def caught_up(self, now: float) -> None:
        self._session.caught_up(now)

    def part_came(self, size: int, now: float) -> None:
        self._session.part_came(size, now)

    def replayed(self, event: str) -> None:
        self._session.replayed(event)
        now, unix = (self._now, self._unix) if self._clock is None else (self._clock.monotonic(), self._clock.unix())
        self._happened(event, now, unix)

    def tick(self, now: float, unix: float) -> None:
        self._now, self._unix = now, unix
        before = self._session.findings
        self._session.tick(now, unix)
        if self._session.findings is not before:
            self._log.judged(self._session.findings, self._session.monitor.frame)
        if self._observer is not None:
            self._observer.ticked(now, unix)

    def drain(self, now: float) -> list[Request]:
        return self._session.drain(now)

    def sent(self, request: Request, now: float, token: tuple[float, float] | None) -> None:
        self._session.sent(request, now, token)
        at = self._unix + max(0.0, now - self._now)
        entry = self._log.sent(request, now, at, None if token is None else token[0])
        if self._observer is not None:
            self._observer.passed(entry)

    def happened(self, event: str) -> None:
        """Log what the session has done, such as ``resync``."""
        if self._receiving:
            self._meanwhile.append(event)
        else:
            self._happened(event, self._now, self._unix)

    def good_for(self) -> float:
        return self._session.good_for()

    def take_reconnect(self) -> str:
        return self._session.take_reconnect()

    def _entry_number(self) -> int:
        if self._handed_over is None:
            return 0
        entry_number = self._handed_over()
        if self._elsewhere:
            self._elsewhere = False
            self._log.move_to(entry_number - 1)
        return entry_number

    def _happened(self, name: str, now: float, unix: float, detail: str = "") -> None:
        self._now, self._unix = now, unix
        entry = self._log.happened(name, now, unix, detail, entry_number=self._entry_number())
        if self._observer is not None:
            self._observer.passed(entry)
