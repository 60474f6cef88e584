"""The moments at which an export samples a recording that is played as fast as it goes."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.recordings.cursor import RecordedEnd

if TYPE_CHECKING:
    from collections.abc import Iterator

    from depthview.clock import ManualClock
    from depthview.recordings.cursor import Record
    from depthview.recordings.driver import Driver

MOST_SAMPLES_IN_A_SILENCE: Final = 100_000
"""A recording may claim a silence of centuries: a day of seconds is sampled, the rest is skipped."""


@dataclass(frozen=True, slots=True)
class Sample:
    """A moment to sample: everything that came until then is in the books, and nothing later."""

    at: Decimal
    """Unix seconds."""
    now: float
    """Monotonic seconds of the session's clock."""
    frames: int
    """Frames of the venue's that had come."""


class Sampling:
    """Whole multiples of a time, from the first entry on.

    Args:
        clock: The session's.
        every: Seconds between two samples.
    """

    def __init__(self, clock: ManualClock, every: Decimal) -> None:
        self._clock = clock
        self._every = every
        self._next: Decimal | None = None
        self._left = 0

    def after(self, driver: Driver, record: Record | None, frames: int) -> Iterator[Sample]:
        """The samples between a step and the next one, and behind the end the last one.

        Args:
            driver: Has just done the step.
            record: What it has handed over; None for a tick.
            frames: How many have come.
        """
        if isinstance(record, RecordedEnd):
            yield self._sample(_exact(self._clock.unix()), frames)
            return
        if record is not None:
            self._left = MOST_SAMPLES_IN_A_SILENCE
        due = driver.due()
        assert due is not None  # noqa: S101  # the end is to come
        if self._next is None:
            self._next = self._multiple_from(driver.at)
        while float(self._next) < due:
            if not self._left:
                self._next = self._multiple_from(due)
                return
            self._left -= 1
            yield self._sample(self._next, frames)
            self._next += self._every

    def _sample(self, at: Decimal, frames: int) -> Sample:
        return Sample(at, self._clock.monotonic() + max(0.0, float(at) - self._clock.unix()), frames)

    def _multiple_from(self, at: float) -> Decimal:
        """The first whole multiple that is not before ``at``."""
        steps, rest = divmod(_exact(at), self._every)
        return (steps + bool(rest)) * self._every


def _exact(at: float) -> Decimal:
    """Unix seconds to the microsecond, which is what a recording keeps."""
    return Decimal(f"{at:.6f}")
