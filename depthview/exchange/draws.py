"""Seeded draws in integers, shaped like a market: most things small and near, a few large and far."""

from __future__ import annotations

from random import Random
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

SIZE_SHAPE: Final = (4, 10, 24, 53, 100, 180, 260, 460, 660, 1_000, 1_450, 2_400, 3_700, 6_000, 10_700, 19_300, 38_000)
"""Sizes of levels in thousandths of the median, at equal steps of probability (observed in one BTC-USD snapshot)."""


class Draws:
    """One product's own stream of chance.

    Args:
        seed: What the stream depends on, and nothing else.
    """

    __slots__ = ("_random", "below")

    def __init__(self, seed: str) -> None:
        self._random = Random(seed)  # noqa: S311  # a market to look at, and it has to repeat itself
        self.below: Callable[[int], int] = self._random.randrange
        """``below(n)``: a whole number from 0 to ``n - 1``."""

    def chance(self, one_in: int) -> bool:
        """True once in so many calls."""
        return self.below(one_in) == 0

    def near(self, limit: int) -> int:
        """From 0 to ``limit - 1``, each octave as likely as the next: most are small, some are far out."""
        octave: int = 1 << self.below(limit.bit_length() + 1)
        return self.below(min(limit, octave))

    def size(self, typical: int) -> int:
        """A level's or an order's size in units, 1 or more; one in six is a round number, as people like them."""
        units = typical * SIZE_SHAPE[self.below(len(SIZE_SHAPE))] * (700 + self.below(600)) // 1_000_000
        if units > 10 and self.chance(6):
            magnitude: int = 10 ** (len(str(units)) - 1)
            return units // magnitude * magnitude
        return max(1, units)


class Pace:
    """Turns an average number of events a minute into a whole number for each step.

    Args:
        per_minute: The average.
        steps_per_minute: How often :meth:`due` is going to be called in a minute.
    """

    __slots__ = ("_credit", "_per_step", "_whole")

    def __init__(self, per_minute: int, steps_per_minute: int) -> None:
        self._per_step = per_minute
        self._whole = steps_per_minute
        self._credit = 0

    def due(self, draws: Draws, times: int = 1) -> int:
        """How many events this step has: random, with the average kept to the last event.

        Args:
            draws: Where chance comes from.
            times: How many times as lively as usual this step is.
        """
        self._credit += draws.below(2 * self._per_step * times + 1)
        events, self._credit = divmod(self._credit, self._whole)
        return events
