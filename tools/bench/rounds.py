"""Timing that a busy machine cannot bend: contenders take turns, and medians of ratios of one round are kept."""

from __future__ import annotations

import gc
from statistics import median
from typing import TYPE_CHECKING

from depthview.clock import SystemClock

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

_CLOCK = SystemClock()


def timed(work: Callable[[], object]) -> float:
    """Seconds that ``work`` takes, begun with no garbage about."""
    gc.collect()
    began = _CLOCK.monotonic()
    work()
    return _CLOCK.monotonic() - began


def interleaved(works: Mapping[str, Callable[[], float]], rounds: int) -> dict[str, list[float]]:
    """What each of ``works`` returns, round by round, each round beginning with another one.

    Args:
        works: Each does its work once and returns its figure.
        rounds: How often.
    """
    names = list(works)
    found: dict[str, list[float]] = {name: [] for name in names}
    for turn in range(rounds):
        at = turn % len(names)
        for name in names[at:] + names[:at]:
            found[name].append(works[name]())
    return found


def ratio(found: Mapping[str, list[float]], name: str, to: str) -> float:
    """The median over the rounds of ``name`` over ``to``."""
    return median(a / b for a, b in zip(found[name], found[to], strict=True))
