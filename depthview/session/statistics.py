"""Rates and latency, and the summary of a session: how long, how much of it was trusted, and what went wrong."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from statistics import median
from typing import Final

_HISTORY: Final = 60
_RATE_OVER: Final = 5
_LATENCY_OVER: Final = 5.0
_SAMPLE_EVERY: Final = 0.05
_INTERVALS: Final = 32


class RateMeter:
    """Frames and bytes a second, by whole seconds."""

    def __init__(self) -> None:
        self.frames = 0
        """Since the start."""
        self.bytes = 0
        """Since the start."""
        self._seconds: deque[tuple[int, int, int]] = deque(maxlen=_HISTORY + 1)
        self._second = 0
        self._in_second = (0, 0)
        self._started: float | None = None

    def count(self, size: int, now: float) -> None:
        """One frame of ``size`` bytes at ``now`` (monotonic seconds)."""
        self._roll(now)
        self.frames += 1
        self.bytes += size
        frames, volume = self._in_second
        self._in_second = (frames + 1, volume + size)

    def rates(self, now: float) -> tuple[float, float]:
        """Frames and bytes a second over the last five whole seconds, or as many as there are."""
        if self._started is None:
            return 0.0, 0.0
        second = max(int(now), self._second)
        whole = min(_RATE_OVER, second - int(self._started))
        if not whole:
            frames, volume = self._in_second
            elapsed = max(now - self._started, 0.1)
            return frames / elapsed, volume / elapsed
        span = [s for s in self._counted(second) if s[0] >= second - whole]
        return sum(s[1] for s in span) / whole, sum(s[2] for s in span) / whole

    def history(self, now: float) -> tuple[float, ...]:
        """Frames in each of the last whole seconds, oldest first, at most 60."""
        if self._started is None:
            return ()
        present = max(int(now), self._second)
        by_second = {second: frames for second, frames, _ in self._counted(present)}
        first = max(int(self._started), present - _HISTORY)
        return tuple(float(by_second.get(second, 0)) for second in range(first, present))

    def _counted(self, present: int) -> list[tuple[int, int, int]]:
        """Seconds before ``present`` in which something came; changes nothing, so that views have no effect."""
        last = [(self._second, *self._in_second)] if self._second < present else []
        return [*self._seconds, *last]

    def _roll(self, now: float) -> None:
        second = int(now)
        if self._started is None:
            self._started, self._second = now, second
        elif second > self._second:
            self._seconds.append((self._second, *self._in_second))
            self._second, self._in_second = second, (0, 0)


class LatencyMeter:
    """Receive time minus the venue's timestamp, by this machine's clock and therefore including its offset."""

    def __init__(self) -> None:
        self._samples: deque[tuple[float, float]] = deque(maxlen=256)
        self.worst_ms: float | None = None
        """The largest since the start."""
        self.least_ms: float | None = None
        """The smallest on this connection: what bounds the clock's offset."""

    def wants(self, now: float) -> bool:
        """Whether another sample is due; parsing a timestamp for every frame would cost more than it is worth."""
        return not self._samples or now - self._samples[-1][0] >= _SAMPLE_EVERY

    def add(self, milliseconds: float, now: float) -> None:
        self._samples.append((now, milliseconds))
        if self.worst_ms is None or milliseconds > self.worst_ms:
            self.worst_ms = milliseconds
        if self.least_ms is None or milliseconds < self.least_ms:
            self.least_ms = milliseconds

    def opened(self) -> None:
        self.least_ms = None

    def restart(self) -> None:
        """The wall clock was stepped: samples from before it are by another clock."""
        self.least_ms = None
        self._samples.clear()

    def typical_ms(self, now: float) -> float | None:
        """Median of the last five seconds; None without a sample, so that an old figure is never shown."""
        recent = [ms for at, ms in self._samples if now - at <= _LATENCY_OVER]
        return median(recent) if recent else None


class IntervalMeter:
    def __init__(self) -> None:
        self._at: float | None = None
        self._intervals: deque[float] = deque(maxlen=_INTERVALS)

    def mark(self, now: float) -> None:
        if self._at is not None:
            self._intervals.append(now - self._at)
        self._at = now

    @property
    def at(self) -> float | None:
        """Monotonic seconds of the last event; None before the first."""
        return self._at

    def usual(self) -> float | None:
        """Median seconds between two events; None before the second."""
        return median(self._intervals) if self._intervals else None


@dataclass(slots=True)
class Statistics:
    """Counts since the start."""

    bad_frames: int = 0
    """Frames that could not be read."""
    unknown_frames: int = 0
    """Frames of channels that this program does not know."""
    bad_rows: int = 0
    """Rows that could not be applied."""
    crossings: int = 0
    """Times that a book was crossed for so long that it was doubted."""
    verdict_changes: int = 0
    """Times that a verdict, or its cause, has changed."""
    longest_resync: float | None = None
    """Seconds."""


@dataclass(slots=True)
class TrustedShare:
    """How long a product's book was shown, and how long of that it was trusted."""

    shown: float = 0.0
    """Seconds."""
    trusted: float = 0.0
    """Seconds."""


class TrustedTime:
    """Adds up, per product, the time that its book was trusted. The wait for a first snapshot counts as not trusted."""

    def __init__(self) -> None:
        self.started_at: float | None = None
        """Monotonic seconds of the first call of :meth:`look`."""
        self.looked_at = 0.0
        self.shares: dict[str, TrustedShare] = {}
        self._standing: dict[str, bool] = {}

    def look(self, trusted: dict[str, bool], now: float) -> None:
        """Note which products are trusted from now on; the time since the last call counts for what held then.

        Args:
            trusted: By product.
            now: Monotonic seconds.
        """
        if self.started_at is None:
            self.started_at = self.looked_at = now
        passed = max(0.0, now - self.looked_at)
        for product, standing in self._standing.items():
            share = self.shares.setdefault(product, TrustedShare())
            share.shown += passed
            share.trusted += passed if standing else 0.0
        self._standing = trusted
        self.looked_at = now

    def interrupted(self) -> None:
        """The program did not run since the last call: nobody could have read anything."""
        self._standing = dict.fromkeys(self._standing, False)

    @property
    def seconds(self) -> float:
        """From the first call of :meth:`look` to the last."""
        return 0.0 if self.started_at is None else self.looked_at - self.started_at


def seconds_since(at: float | None, now: float) -> float | None:
    """Seconds from ``at`` to ``now``, never below 0; None where there is no such time."""
    return None if at is None else max(0.0, now - at)


def share_of(share: TrustedShare) -> str:
    """In per cent, never rounded up to 100."""
    if not share.shown:
        return "-"
    tenths = int(share.trusted / share.shown * 1000)
    return f"{tenths / 10:.1f} %"
