"""A recording through the engine, on the recording's time, as fast as it goes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

from depthview.core.plaintext import plain_text
from depthview.evidence.passage import TICK_SECONDS
from depthview.feed.recording import RecordedEvent, RecordedFrame

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from depthview.feed.recording import Entry
    from depthview.session.session import MarketSession

MOST_INSTANTS_IN_A_SILENCE: Final = 100_000
"""A recording may claim a silence of centuries: a day of seconds is sampled, the rest is passed over."""


@dataclass(frozen=True, slots=True)
class Instant:
    """A moment to sample: everything that came until then is in the books, and nothing later."""

    at: Decimal
    """Unix seconds."""
    frames: int
    """Frames that had come."""


@dataclass(frozen=True, slots=True)
class Taken:
    """A frame that the session has just taken in."""

    frame: RecordedFrame
    number: int
    """Its place among the recording's frames, from 1; those that were made are not counted."""


Step: TypeAlias = Instant | Taken


class Playback:
    """Plays a recording into a session once.

    Args:
        session: A passive one.
        every: Seconds between two instants; None for none. They lie on whole multiples, and the last one at the end.
    """

    def __init__(self, session: MarketSession, every: Decimal | None) -> None:
        self._session = session
        self._every = every
        self._next = Decimal(0)
        self._now: float | None = None
        self._ticked_at = 0.0
        self._open = False
        self._frames = 0

    def play(self, entries: Iterable[Entry]) -> Iterator[Step]:
        """The steps in order, each while the session stands at it."""
        for entry in entries:
            if self._now is None:
                self._now = entry.at
                if self._every is not None:
                    self._next = self._multiple_from(entry.at)
            yield from self._instants_before(entry.at)
            self._move_to(entry.at)
            self._hand_over(entry)
            if isinstance(entry, RecordedFrame):
                self._frames += not entry.made
                yield Taken(entry, self._frames)
        if self._now is not None and self._every is not None:
            self._tick(self._now)
            yield Instant(_exact(self._now), self._frames)

    def _instants_before(self, at: float) -> Iterator[Instant]:
        if self._every is None:
            return
        for _ in range(MOST_INSTANTS_IN_A_SILENCE):
            moment = float(self._next)
            if moment >= at:
                return
            self._move_to(moment)
            if self._ticked_at != moment:
                self._tick(moment)
            yield Instant(self._next, self._frames)
            self._next += self._every
        self._next = self._multiple_from(at)

    def _multiple_from(self, at: float) -> Decimal:
        """The first whole multiple that is not before ``at``."""
        assert self._every is not None  # noqa: S101  # the callers have looked
        steps, rest = divmod(_exact(at), self._every)
        return (steps + bool(rest)) * self._every

    def _move_to(self, at: float) -> None:
        self._now = at
        if at - self._ticked_at >= TICK_SECONDS:
            self._tick(at)

    def _tick(self, at: float) -> None:
        self._ticked_at = at
        self._session.tick(at, at)

    def _hand_over(self, entry: Entry) -> None:
        session, at = self._session, entry.at
        match entry:
            case RecordedEvent(name="opened"):
                self._open = True
                session.opened(at, at)
            case RecordedEvent(name="closed", detail=detail):
                self._open = False
                session.closed(at, at, plain_text(detail, 120) or "the recorded connection closed")
            case RecordedEvent(name=name):
                session.replayed(name)
            case RecordedFrame(frame=raw, binary=binary):
                if not self._open:
                    # Foreign recordings do not say when the connection opened; that there are frames says it.
                    self._open = True
                    session.opened(at, at)
                session.receive(raw, at, at, binary=binary)
        session.drain(at)


def _exact(at: float) -> Decimal:
    """Unix seconds to the microsecond, which is what a recording keeps."""
    return Decimal(f"{at:.6f}")
