"""From a clock to steps of market time and back."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.exchange.feed import Moment
from depthview.exchange.instants import NANOSECONDS, nanoseconds
from depthview.exchange.market import WARM_UP_STEPS
from depthview.exchange.trading import STEP_MICROSECONDS

if TYPE_CHECKING:
    from depthview.clock import Clock

_STEP_SECONDS: Final = STEP_MICROSECONDS / 1_000_000
_MOST_STEPS_AT_ONCE: Final = 20
"""A process that was held up for longer (a machine that slept) does not live the lost time again."""
_ORIGIN_TOLERANCE_US: Final = 50_000
"""Wall and monotonic time wander apart by less; more is a stepped wall clock, which event times then follow."""


class Timekeeper:
    """When the next step is due, and what to write on it.

    Args:
        clock: Steps run on its monotonic time, stamps on its wall time.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._started = clock.monotonic()
        self._lost_seconds = 0.0
        self._origin_us = self._measured_origin_us()

    def uptime_seconds(self) -> float:
        """Seconds since the exchange was made."""
        return self._clock.monotonic() - self._started

    def uptime_ns(self) -> int:
        """The same in nanoseconds."""
        return int(self.uptime_seconds() * NANOSECONDS)

    def steps_to_take(self, taken: int) -> int:
        """How many steps are due now.

        Args:
            taken: Steps taken so far.
        """
        due = int(self._market_seconds() / _STEP_SECONDS) - taken
        if due > _MOST_STEPS_AT_ONCE:
            self._lost_seconds += (due - _MOST_STEPS_AT_ONCE) * _STEP_SECONDS
            return _MOST_STEPS_AT_ONCE
        return max(0, due)

    def seconds_to_next_step(self, taken: int) -> float:
        """How long to sleep: never more than a step, and never nothing."""
        return min(_STEP_SECONDS, max(0.001, (taken + 1) * _STEP_SECONDS - self._market_seconds()))

    def moment(self) -> Moment:
        """Now. Market time keeps its place in wall time unless the wall clock is stepped."""
        origin_us = self._measured_origin_us()
        if abs(origin_us - self._origin_us) > _ORIGIN_TOLERANCE_US:
            self._origin_us = origin_us
        return Moment(nanoseconds(self._clock.unix()), self._origin_us)

    def _market_seconds(self) -> float:
        return self.uptime_seconds() - self._lost_seconds

    def _measured_origin_us(self) -> int:
        lived_us = int(self._market_seconds() * 1_000_000) + WARM_UP_STEPS * STEP_MICROSECONDS
        return nanoseconds(self._clock.unix()) // 1_000 - lived_us
