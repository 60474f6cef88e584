"""The last frames and messages, as they came and went, within a bound, for wire view and flight recorder.

Rules:

1. While nobody looks, a frame costs one entry in a queue: its bytes, its times, its place on its connection. Nothing is
   decoded before somebody looks. Measured on a recording of 1,030 frames: 1.6 us a frame and, for rule 3, 0.7 ms a MB,
   where taking in costs the session 60 us a frame and 12 ms a MB.
2. Bounded in entries and in bytes; the newest one is kept whatever it weighs.
3. No token is ever in it. Of what was sent it keeps the request, from which the message but for its token follows; a
   venue that sends a token back has it blotted out before the frame is kept.
4. In a replay the log stands where the replay stands: what lies behind that place is dropped, and where a part of the
   recording was passed over it begins anew.
"""

from __future__ import annotations

import re
from collections import deque
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, TypeAlias

from depthview.core.sequence import Kind

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.coinbase.messages import Message
    from depthview.coinbase.requests import Request
    from depthview.core.clock_offset import Offset
    from depthview.core.sequence import Finding, Observation


MOST_ENTRIES: Final = 20_000
MOST_BYTES: Final = 16 << 20
"""Some eight minutes of two busy products (observed, 33 kB a second without snapshots). They are kept as they are: zlib
would take seven eighths off and 14 ms a MB for it, all the time and for nothing while no one looks."""
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
    """Which one it came on, from 1."""
    place: int
    """Among the numbered frames of its connection, from 0; -1 where it has no number."""
    stand: int = 0
    """In a replay, the entries of the recording up to this one."""


class Sent(NamedTuple):
    """A message of ours."""

    serial: int
    at: float
    now: float
    request: Request
    token_life: float | None
    """Seconds that the token had which it was sent with; None without one."""
    stand: int = 0


class Happened(NamedTuple):
    """Something that is no frame, as recordings have it."""

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
        """Serial number of the newest entry there ever was."""
        self.connection = 0
        """Connections opened."""
        self.error: Arrived | None = None
        """The last frame without a number that may be an error."""
        self.remarked = 0
        """Rises when the number of an earlier frame has turned out to mean something."""
        self._judged: dict[tuple[int, int], Observation] = {}

    def arrived(
        self, raw: bytes, now: float, at: float, place: int, *, binary: bool = False, stand: int = 0
    ) -> Arrived:
        """Keep a frame.

        Args:
            raw: Its payload.
            now: Monotonic seconds.
            at: Unix seconds.
            place: Among the numbered frames of its connection; -1 where it has no number.
            binary: It was no text.
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
        """Keep what was sent, without its token."""
        entry = Sent(self._next(), at, now, request, token_life)
        self._append(entry)
        return entry

    def happened(self, name: str, now: float, at: float, detail: str = "", *, stand: int = 0) -> Happened:
        """Keep what became of the connection; ``opened`` begins another one."""
        if name == "opened":
            self.connection += 1
        entry = Happened(self._next(), at, now, name, detail, stand)
        self._append(entry)
        return entry

    def judged(self, findings: Iterable[Finding], place: int) -> None:
        """Keep what the numbers of this connection's frames have shown, of the one at ``place`` or of earlier ones."""
        for finding in findings:
            if finding.seen.kind not in _HARMLESS:
                self.remarked += finding.frame != place
                self._judged[self.connection, finding.frame] = finding.seen
                if len(self._judged) > _JUDGED:
                    del self._judged[next(iter(self._judged))]

    def judgement(self, frame: Arrived) -> Observation | None:
        """What is wrong with the number of a frame; None for nothing, or for no number."""
        return self._judged.get((frame.connection, frame.place))

    def stand_at(self, stand: int) -> None:
        """Have nothing later than a place in a recording, and nothing at all where what came before it was not seen.

        Args:
            stand: Entries of the recording up to that place.
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
    """What frames are handed to; the session is one. No call waits. Times are monotonic and unix seconds."""

    def connecting(self, now: float) -> None:
        """A connection is being tried."""

    def opened(self, now: float, unix: float) -> None:
        """It is open."""

    def closed(self, now: float, unix: float, why: str, next_try_at: float | None = None) -> None:
        """It is gone, or could not be made; without ``next_try_at`` it will not be tried again."""

    def clock_measured(self, offset: Offset | None) -> None:
        """What the handshake of the connection that is about to open has told of the venue's clock."""

    def ended(self, now: float, unix: float, detail: str = "") -> None:
        """A recording is over."""

    def crashed(self, now: float, unix: float, what: str) -> None:
        """The feed has failed by a fault of ours."""

    def receive(
        self, raw: bytes, now: float, unix: float, *, binary: bool = False, message: Message | None = None
    ) -> None:
        """A frame came; ``message`` is what was read in it already, if anything."""

    def caught_up(self, now: float) -> None:
        """All that has come was taken in: nothing more is waiting."""

    def part_came(self, size: int, now: float) -> None:
        """Bytes came that must be of a message, be it whole yet or not."""

    def replayed(self, event: str) -> None:
        """A recording has an event here that is no frame."""

    def tick(self, now: float, unix: float) -> None:
        """Time has passed."""

    def drain(self, now: float) -> list[Request]:
        """What to send now."""

    def sent(self, request: Request, now: float, token: tuple[float, float] | None) -> None:
        """It has been sent, with a token of so many seconds left and so many in all."""

    def good_for(self) -> float:
        """Seconds for which the connection has brought nothing but frames that could be read."""

    def take_reconnect(self) -> str:
        """Why the connection must be made anew; empty while it need not."""
