"""The last frames and messages, received and sent, for the frame log's screen and the flight recorder.

Rules:

1. A frame costs one entry in a queue: its bytes, its times, its index on its connection. It is decoded only when it is
   shown. Measured on a recording of 1,030 frames: 1.6 us per frame and, for rule 3, 0.7 ms per MB, where the session
   itself takes 60 us per frame and 12 ms per MB.
2. It is bounded in entries and in bytes; the newest entry is kept whatever its size.
3. It never contains a token. Of a message sent it keeps the request, from which the message without its token can be
   built; a token that the venue sends back is removed before the frame is kept.
4. In a replay the log follows the replay: what comes after the replay's position is dropped, and where a part of the
   recording was skipped it begins anew.

:class:`WireTap` sits between a feed and its session, and keeps what passes.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

from depthview.core.clock_offset import to_detail
from depthview.core.sequence import Kind

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
"""About eight minutes of two busy products (observed, 33 kB a second without snapshots). They are not compressed: zlib
would save seven eighths, but takes 14 ms per MB, and for nothing while nobody looks."""
_JUDGED: Final = 10_000
_TOKEN_BEGINS: Final = b"eyJ"
_TOKEN: Final = re.compile(rb"eyJ[\w-]{8,}(?:\.[\w-]*){0,2}")
_BLOTTED: Final = b"[token]"
_HARMLESS: Final = frozenset({Kind.FIRST, Kind.GOOD})


class Arrived(NamedTuple):
    """A frame."""

    serial: int
    at: float
    """Unix seconds."""
    now: float
    """Monotonic seconds."""
    raw: bytes
    binary: bool
    connection: int
    """The connection that it came on, from 1."""
    place: int
    """Index among the numbered frames of its connection, from 0; -1 if it has no number."""
    stand: int = 0
    """In a replay, the entries of the recording up to this one."""


class Sent(NamedTuple):
    """A message that was sent."""

    serial: int
    at: float
    now: float
    request: Request
    token_life: float | None
    """Seconds that its token still had; None without one."""
    stand: int = 0


class Happened(NamedTuple):
    """An event that is no frame, named as in recordings."""

    serial: int
    at: float
    now: float
    name: str
    detail: str
    stand: int = 0


Logged: TypeAlias = Arrived | Sent | Happened


class WireLog:
    """The queue.

    Args:
        most_entries: Entries that are kept.
        most_bytes: Bytes of frames that are kept.
    """

    def __init__(self, most_entries: int = MOST_ENTRIES, most_bytes: int = MOST_BYTES) -> None:
        self.most_entries: Final = most_entries
        self.most_bytes: Final = most_bytes
        self.entries: Final[deque[Logged]] = deque()
        """Oldest first; to be read only."""
        self.bytes = 0
        """Of the frames among them."""
        self.last = 0
        """Serial number of the newest entry since the start."""
        self.connection = 0
        """Connections opened."""
        self.error: Arrived | None = None
        """The last frame without a number that may be an error."""
        self.remarked = 0
        """Rises when a finding about the number of an earlier frame is added."""
        self._judged: dict[tuple[int, int], Observation] = {}

    def arrived(
        self, raw: bytes, now: float, at: float, place: int, *, binary: bool = False, stand: int = 0
    ) -> Arrived:
        """Keep a frame.

        Args:
            raw: Its payload.
            now: Monotonic seconds.
            at: Unix seconds.
            place: Index among the numbered frames of its connection; -1 if it has no number.
            binary: Whether it was not text.
            stand: In a replay, the entries of the recording up to this one.
        """
        if _TOKEN_BEGINS in raw:
            raw = _TOKEN.sub(_BLOTTED, raw)
        entry = Arrived(self._next(), at, now, raw, binary, self.connection, place, stand)
        self.entries.append(entry)
        self.bytes += len(raw)
        if self.bytes > self.most_bytes or len(self.entries) > self.most_entries:
            self._make_room()
        if place < 0 and b'"error"' in raw:
            self.error = entry
        return entry

    def sent(self, request: Request, now: float, at: float, token_life: float | None) -> Sent:
        """Keep a message that was sent, without its token."""
        entry = Sent(self._next(), at, now, request, token_life)
        self._append(entry)
        return entry

    def happened(self, name: str, now: float, at: float, detail: str = "", *, stand: int = 0) -> Happened:
        """Keep an event of the connection; ``opened`` begins another one."""
        if name == "opened":
            self.connection += 1
        entry = Happened(self._next(), at, now, name, detail, stand)
        self._append(entry)
        return entry

    def judged(self, findings: Iterable[SequenceFinding], place: int) -> None:
        """Keep findings about the numbers of this connection's frames, the one at ``place`` or earlier ones."""
        for finding in findings:
            if finding.seen.kind not in _HARMLESS:
                self.remarked += finding.frame != place
                self._judged[self.connection, finding.frame] = finding.seen
                if len(self._judged) > _JUDGED:
                    del self._judged[next(iter(self._judged))]

    def judgement(self, frame: Arrived) -> Observation | None:
        """What is wrong with the number of a frame; None if nothing is, or if it has none."""
        return self._judged.get((frame.connection, frame.place))

    def stand_at(self, stand: int) -> None:
        """Drop what is later than a position in a recording, or everything if what came just before it was skipped.

        Args:
            stand: Entries of the recording up to that position.
        """
        entries = self.entries
        while entries and entries[-1].stand > stand:
            entry = entries.pop()
            if isinstance(entry, Arrived):
                self.bytes -= len(entry.raw)
                self._judged.pop((entry.connection, entry.place), None)
        if entries and entries[-1].stand < stand:
            entries.clear()
            self.bytes = 0
        if self.error is not None and self.error.stand > stand:
            self.error = None

    def _next(self) -> int:
        self.last += 1
        return self.last

    def _append(self, entry: Sent | Happened) -> None:
        self.entries.append(entry)
        if len(self.entries) > self.most_entries:
            self._make_room()

    def _make_room(self) -> None:
        entries = self.entries
        while len(entries) > 1 and (self.bytes > self.most_bytes or len(entries) > self.most_entries):
            gone = entries.popleft()
            if isinstance(gone, Arrived):
                self.bytes -= len(gone.raw)


class FrameSink(Protocol):
    """What a feed drives; the session is one. No call waits. Times are monotonic and unix seconds."""

    def connecting(self, now: float) -> None:
        """A connection is being tried."""

    def opened(self, now: float, unix: float) -> None:
        """It is open."""

    def closed(self, now: float, unix: float, why: str, next_try_at: float | None = None) -> None:
        """It is gone, or could not be opened; without ``next_try_at`` it will not be tried again."""

    def clock_measured(self, offset: Offset | None) -> None:
        """The handshake of the connection that is about to open has shown this clock offset, or none."""

    def ended(self, now: float, unix: float, detail: str = "") -> None:
        """A recording is over."""

    def crashed(self, now: float, unix: float, what: str) -> None:
        """The feed has failed because of a bug."""

    def receive(
        self, raw: bytes, now: float, unix: float, *, binary: bool = False, message: Message | None = None
    ) -> None:
        """A frame came; ``message`` is the frame decoded, if it has been already."""

    def caught_up(self, now: float) -> None:
        """All that has come was taken in: nothing more is waiting."""

    def part_came(self, size: int, now: float) -> None:
        """Bytes of a message came, which may not be complete yet."""

    def replayed(self, event: str) -> None:
        """A recording has an event here that is no frame."""

    def tick(self, now: float, unix: float) -> None:
        """Time has passed."""

    def drain(self, now: float) -> list[Request]:
        """What to send now."""

    def sent(self, request: Request, now: float, token: tuple[float, float] | None) -> None:
        """It was sent, with a token that has so many seconds left of so many in all."""

    def good_for(self) -> float:
        """Seconds for which the connection has brought nothing but frames that could be read."""

    def take_reconnect(self) -> str:
        """Why the connection must be replaced; empty while it need not."""


class Witness(Protocol):
    """Told of everything that passed, after the session has taken it in."""

    def passed(self, entry: Logged) -> None:
        """Something was received, was sent, or happened."""

    def ticked(self, now: float, unix: float) -> None:
        """Time has passed."""


class WireTap:
    """Passes everything to the session, and then to the log. See :class:`FrameSink`.

    Args:
        session: Takes frames in and says what to send.
        log: Keeps them.
        witness: Told of them too; None for nobody.
        place: In a replay, how many entries of the recording have been passed on, including the current one.
        clock: In a replay, the recording's.
    """

    def __init__(
        self,
        session: MarketSession,
        log: WireLog,
        witness: Witness | None = None,
        place: Callable[[], int] | None = None,
        clock: Clock | None = None,
    ) -> None:
        self._session = session
        self._log = log
        self._witness = witness
        self._place = place
        self._now = self._unix = 0.0
        self._clock = clock
        self._elsewhere = False
        self._offset: Offset | None = None
        self._receiving = False
        self._meanwhile: list[str] = []
        """Events of the session while it takes in a frame; they are logged after the frame."""

    def restored(self) -> None:
        """The session was restored to another position of the recording: the log must follow."""
        self._elsewhere = True

    def follow(self) -> None:
        """Drop from the log what comes after the replay's position."""
        if self._elsewhere and self._place is not None:
            self._elsewhere = False
            self._log.stand_at(self._place())

    def connecting(self, now: float) -> None:
        """See :meth:`MarketSession.connecting`."""
        self._session.connecting(now)

    def clock_measured(self, offset: Offset | None) -> None:
        """See :meth:`MarketSession.clock_measured`."""
        self._offset = offset
        self._session.clock_measured(offset)

    def opened(self, now: float, unix: float) -> None:
        """A connection is open."""
        self._session.opened(now, unix)
        self._happened("opened", now, unix, "" if self._offset is None else to_detail(self._offset))

    def closed(self, now: float, unix: float, why: str, next_try_at: float | None = None) -> None:
        """The connection is gone, or could not be opened."""
        was_open = self._session.connection.is_open
        self._session.closed(now, unix, why, next_try_at)
        if was_open or self._place is not None:
            self._happened("closed", now, unix, why)
        elif self._witness is not None:
            self._witness.ticked(now, unix)

    def ended(self, now: float, unix: float, detail: str = "") -> None:
        """A recording is over."""
        self._session.ended(now, unix, detail)
        self._happened("end of the recording", now, unix, detail)

    def crashed(self, now: float, unix: float, what: str) -> None:
        """The feed has failed because of a bug."""
        self._session.crashed(now, unix, what)
        self._happened("crashed", now, unix, what)

    def receive(
        self, raw: bytes, now: float, unix: float, *, binary: bool = False, message: Message | None = None
    ) -> None:
        """A frame came; ``message`` is the frame decoded, if it has been already."""
        self._now, self._unix = now, unix
        monitor = self._session.monitor
        before = monitor.frame
        self._receiving = True
        try:
            self._session.receive(raw, now, unix, binary=binary, message=message)
        finally:
            self._receiving = False
            # If that failed because of a bug, this is the frame to look at.
            numbered = monitor.frame != before
            log = self._log
            place = monitor.frame if numbered else -1
            entry = log.arrived(raw, now, unix, place, binary=binary, stand=self._stand())
            if numbered:
                log.judged(self._session.findings, place)
            if self._witness is not None:
                self._witness.passed(entry)
            while self._meanwhile:
                self._happened(self._meanwhile.pop(0), now, unix)

    def caught_up(self, now: float) -> None:
        """See :meth:`MarketSession.caught_up`."""
        self._session.caught_up(now)

    def part_came(self, size: int, now: float) -> None:
        """See :meth:`MarketSession.part_came`."""
        self._session.part_came(size, now)

    def replayed(self, event: str) -> None:
        """A recording has an event here that is no frame."""
        self._session.replayed(event)
        now, unix = (self._now, self._unix) if self._clock is None else (self._clock.monotonic(), self._clock.unix())
        self._happened(event, now, unix)

    def tick(self, now: float, unix: float) -> None:
        """Time has passed."""
        self._now, self._unix = now, unix
        before = self._session.findings
        self._session.tick(now, unix)
        if self._session.findings is not before:
            self._log.judged(self._session.findings, self._session.monitor.frame)
        if self._witness is not None:
            self._witness.ticked(now, unix)

    def drain(self, now: float) -> list[Request]:
        """What to send now."""
        return self._session.drain(now)

    def sent(self, request: Request, now: float, token: tuple[float, float] | None) -> None:
        """It was sent, with a token that has so many seconds left of so many in all."""
        self._session.sent(request, now, token)
        at = self._unix + max(0.0, now - self._now)
        entry = self._log.sent(request, now, at, None if token is None else token[0])
        if self._witness is not None:
            self._witness.passed(entry)

    def happened(self, event: str) -> None:
        """The session did something that recordings keep, such as ``resync``."""
        if self._receiving:
            self._meanwhile.append(event)
        else:
            self._happened(event, self._now, self._unix)

    def good_for(self) -> float:
        """See :meth:`MarketSession.good_for`."""
        return self._session.good_for()

    def take_reconnect(self) -> str:
        """See :meth:`MarketSession.take_reconnect`."""
        return self._session.take_reconnect()

    def _stand(self) -> int:
        if self._place is None:
            return 0
        stand = self._place()
        if self._elsewhere:
            self._elsewhere = False
            self._log.stand_at(stand - 1)
        return stand

    def _happened(self, name: str, now: float, unix: float, detail: str = "") -> None:
        self._now, self._unix = now, unix
        entry = self._log.happened(name, now, unix, detail, stand=self._stand())
        if self._witness is not None:
            self._witness.passed(entry)
