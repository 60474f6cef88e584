"""How slow this machine is just now, so that a test of a time limit judges the program and not the machine."""

from __future__ import annotations

from collections.abc import Callable
from typing import Final

from depthview.clock import SystemClock

Scaled = Callable[[float], float]
"""Gives a time limit of the reference machine as one for this machine at this moment."""
_REFERENCE: Final = 0.015
"""Seconds that one round of the work takes on the machine for which the limits in the tests were chosen, idle."""
_ROUNDS: Final = 5


def _work() -> int:
    numbers = {str(number): number for number in range(40_000)}
    return sum(value for text, value in numbers.items() if text.endswith("7"))


def slowness() -> float:
    """What a limit is multiplied with: 1 on a machine as fast as the reference, more where work takes longer.

    The slowest of several rounds counts: a machine that is busy now and then is late now and then.
    """
    clock = SystemClock()
    took = []
    for _ in range(_ROUNDS):
        began = clock.monotonic()
        _work()
        took.append(clock.monotonic() - began)
    return max(1.0, max(took) / _REFERENCE)
