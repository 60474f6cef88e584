"""When the frames came: how fast, how late, and with what silences between them."""

from __future__ import annotations

import math
from dataclasses import dataclass
from typing import Final

from depthview.core.verdict import SILENCE
from depthview.evidence.inspection.few import Few

_FINE_BELOW: Final = 1_000.0
"""Milliseconds that are told to a tenth; above, to one per cent."""
_FINE_STEPS: Final = 10
_STEP: Final = math.log(1.01)


class Latencies:
    """Arrival less the venue's stamp, by the clock of the machine that recorded, whose offset is in it.

    Kept as counts by size, so that memory does not grow with the recording: to 0.1 ms below a second, to 1 % above.
    """

    def __init__(self) -> None:
        self._counts: dict[int, int] = {}
        self.count = 0

    def add(self, milliseconds: float) -> None:
        """One frame's; below 0 where the recording machine's clock was behind the venue's."""
        size = abs(milliseconds)
        if size < _FINE_BELOW:
            bucket = round(milliseconds * _FINE_STEPS)
        else:
            coarse = round(_FINE_BELOW * _FINE_STEPS) + round(math.log(size / _FINE_BELOW) / _STEP)
            bucket = coarse if milliseconds > 0 else -coarse
        self._counts[bucket] = self._counts.get(bucket, 0) + 1
        self.count += 1

    def percentiles(self, *shares: float) -> tuple[float, ...] | None:
        """For each share from 0 to 1 the milliseconds that so many did not exceed (nearest rank); None without any.

        Args:
            shares: In rising order.
        """
        if not self.count:
            return None
        found: list[float] = []
        buckets = iter(sorted(self._counts.items()))
        bucket, passed = next(buckets)
        for share in shares:
            rank = max(1, math.ceil(share * self.count))
            while passed < rank:
                bucket, more = next(buckets)
                passed += more
            found.append(_milliseconds(bucket))
        return tuple(found)


@dataclass(frozen=True, slots=True)
class Silence:
    """A span on an open connection in which nothing came."""

    seconds: float
    frame: int
    """The last frame before it, by its place among the recording's frames, from 1; 0 for none."""
    at: float
    """Unix seconds of its beginning."""


class Timing:
    """Rates and silences of all connections."""

    def __init__(self) -> None:
        self.first_at: float | None = None
        """Unix seconds of the first entry."""
        self.last_at = 0.0
        self.busiest = 0
        """Most frames within one second of the clock."""
        self.largest: Silence | None = None
        self.long_silences: Final[Few[Silence]] = Few()
        """Those longer than what costs a book its trust."""
        self._heard_at: float | None = None
        self._second = -1
        self._in_second = 0

    @property
    def seconds(self) -> float:
        """From the first entry to the last."""
        return 0.0 if self.first_at is None else self.last_at - self.first_at

    def entry(self, at: float) -> None:
        """Anything has come, at ``at`` (unix seconds)."""
        if self.first_at is None:
            self.first_at = at
        self.last_at = at

    def opened(self, at: float) -> None:
        """A connection is open."""
        self._heard_at = at

    def closed(self, frame: int, at: float) -> None:
        """It is gone; ``frame`` was the last one."""
        self._heard(frame, at)
        self._heard_at = None

    def message(self, frame: int, at: float) -> None:
        """The frame in this place has come."""
        self._heard(frame - 1, at)
        second = int(at)
        if second != self._second:
            self._second, self._in_second = second, 0
        self._in_second += 1
        self.busiest = max(self.busiest, self._in_second)

    def _heard(self, frame: int, at: float) -> None:
        since, self._heard_at = self._heard_at, at
        if since is None or (self.largest is not None and at - since <= min(self.largest.seconds, SILENCE)):
            return
        silence = Silence(at - since, frame, since)
        if self.largest is None or silence.seconds > self.largest.seconds:
            self.largest = silence
        if silence.seconds > SILENCE:
            self.long_silences.add(silence)


def _milliseconds(bucket: int) -> float:
    fine = round(_FINE_BELOW * _FINE_STEPS)
    if abs(bucket) < fine:
        return bucket / _FINE_STEPS
    return math.copysign(_FINE_BELOW * math.exp((abs(bucket) - fine) * _STEP), bucket)
