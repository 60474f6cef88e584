"""Exact sums over runs of levels, kept in chunks between looks.

A deep book moves near its touch. So a side is divided into chunks of some dozens of levels by fixed prices; the sums of
a chunk are taken when they are first wanted and thrown away when a price in it changes. A sum over thousands of levels
then costs an addition a chunk, two broken chunks at its ends, and the few that have changed; what applying a change
pays for it is one more place in a list. Shorter runs, such as the rows of a ladder, are kept as they were asked for
until a chunk that they touch has changed.

Measured with 18,764 bids and 27,236 asks, a look after every update: a window behind most of the asks, with its sums
from the touch, in 0.16 ms instead of 3. Near the touch, where sums of integers are cheap, it makes no difference.
"""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from decimal import Decimal
from operator import mul
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.core.grouping import bucket
from depthview.core.levels import Side
from depthview.core.numbers import EXACT, decimal_of

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from depthview.core.book_side import BookSide

_LEVELS: Final = 64
"""In a chunk when the side is divided."""
_TOUCH_LEVELS: Final = 4 * _LEVELS
"""Beyond the last dividing price, before another one is set there: the market has moved."""
_DIRECT: Final = 8
"""Levels that are summed at once: cheaper than to look them up."""
_RUNS: Final = 4_096
_NOTED: Final = 4_096
"""Changed prices between two looks; after more, all sums are taken anew."""


class _Filled(NamedTuple):
    """The rows of some width that the levels of a chunk fill."""

    first: Decimal
    last: Decimal
    rows: int


class _Kept:
    """Sums of one kind, in units."""

    __slots__ = ("chunks", "runs")

    def __init__(self) -> None:
        self.chunks: list[int | None] = []
        self.runs: dict[tuple[int, int], tuple[list[int], int]] = {}
        """By first and last key: the sum, and the states of the chunks when it was taken."""

    def forget(self, chunks: int) -> None:
        self.chunks = [None] * chunks
        self.runs.clear()


class Chunks:
    """The sums of one side.

    Args:
        side: Tells of every change through :meth:`note`, or :meth:`reset`.
    """

    __slots__ = (
        "_bounds",
        "_divided",
        "_filled",
        "_noted",
        "_side",
        "_sizes",
        "_state",
        "_states",
        "_width",
        "_worths",
    )

    def __init__(self, side: BookSide) -> None:
        self._side = side
        self._noted: list[int] = []
        self._bounds: list[int] = []
        """Keys at which a chunk begins; the first chunk also has what lies before, the last what lies beyond."""
        self._divided = 0
        """Levels of the side when it was divided; 0 while it is not."""
        self._sizes = _Kept()
        self._worths = _Kept()
        self._state = 0
        self._states: list[int] = []
        """Of each chunk, another number after each change, and never the same one for two."""
        self._filled: list[_Filled | None] = []
        self._width = Decimal(0)

    def note(self, prices: Sequence[int]) -> None:
        """The sizes at these prices (in units) may have changed; those of the other side do no harm among them."""
        if self._divided:
            self._noted.extend(prices)
            if len(self._noted) > _NOTED:
                self.reset()

    def reset(self) -> None:
        """Everything may have changed."""
        self._noted.clear()
        self._divided = 0

    def sizes(self, start: int, stop: int) -> Decimal:
        """Exact sum of the sizes from rank ``start`` to before ``stop``; base currency."""
        return decimal_of(self.size_units(start, stop), self._side.size_places)

    def notionals(self, start: int, stop: int) -> Decimal:
        """Exact sum of price x size from rank ``start`` to before ``stop``; quote currency."""
        return decimal_of(self.worth_units(start, stop), self._side.places + self._side.size_places)

    def size_units(self, start: int, stop: int) -> int:
        """As :meth:`sizes`, in the side's units of sizes."""
        return self._sum(start, stop, self._sizes, self._plain_sizes)

    def worth_units(self, start: int, stop: int) -> int:
        """As :meth:`notionals`, in the side's units of prices times those of sizes."""
        return self._sum(start, stop, self._worths, self._plain_worths)

    def _plain_sizes(self, start: int, stop: int) -> int:
        side = self._side
        # Of everything the order is of no account; empty levels add nothing.
        return sum(side.sizes.values() if stop - start == len(side) else side.levels_between(start, stop)[1])

    def _plain_worths(self, start: int, stop: int) -> int:
        return sum(map(mul, *self._side.levels_between(start, stop)))

    def rows(self, stop: int, width: Decimal) -> int:
        """How many rows of ``width`` the levels before rank ``stop`` fill."""
        if width != self._width:
            self._width, self._filled = width, [None] * len(self._filled)
        order = self._bring_up_to_date()
        at, count, before = len(order) - stop, 0, None
        while at < len(order):
            chunk = self._chunk(order[at])
            begin, end = self._extent(chunk)
            filled = self._filled[chunk] if begin >= at else None
            if filled is None:
                filled = self._fill(max(at, begin), end)
                if begin >= at:
                    self._filled[chunk] = filled
            count += filled.rows - (before == filled.first)
            at, before = end, filled.last
        return count

    def _fill(self, begin: int, end: int) -> _Filled:
        side, width, levels = self._side, self._width, len(self._side)
        units, _ = side.levels_between(levels - end, levels - begin)
        first, last = (bucket(side.price_of(price), width, side.side) for price in (units[0], units[-1]))
        wide = EXACT.scaleb(width, side.places)
        if wide == wide.to_integral_value():
            # Ceiling division of whole numbers is floor division of their negatives.
            sign, whole = (1 if side.side is Side.BID else -1), int(wide)
            return _Filled(first, last, len({sign * price // whole for price in units}))
        return _Filled(first, last, len({bucket(side.price_of(price), width, side.side) for price in units}))

    def _sum(self, start: int, stop: int, kept: _Kept, plain: Callable[[int, int], int]) -> int:
        levels = len(self._side)
        stop = min(stop, levels)
        if stop - start <= _DIRECT or (stop - start == levels and not self._divided):
            return plain(start, stop)
        order = self._bring_up_to_date()
        first, final = order[levels - stop], order[levels - start - 1]
        chunk, last = self._chunk(first), self._chunk(final)
        if last - chunk > 2:
            return self._long_sum(start, stop, range(chunk + 1, last), kept, plain)
        states = self._states[chunk : last + 1]
        known = kept.runs.get((first, final))
        if known is not None and known[0] == states:
            return known[1]
        if len(kept.runs) >= _RUNS:
            kept.runs.clear()
        found = plain(start, stop)
        kept.runs[first, final] = states, found
        return found

    def _long_sum(self, start: int, stop: int, whole: range, kept: _Kept, plain: Callable[[int, int], int]) -> int:
        levels = len(self._side)
        total = plain(levels - self._extent(whole[0])[0], stop)
        for chunk in whole:
            found = kept.chunks[chunk]
            if found is None:
                begin, end = self._extent(chunk)
                found = kept.chunks[chunk] = plain(levels - end, levels - begin)
            total += found
        return total + plain(start, levels - self._extent(whole[-1])[1])

    def _chunk(self, key: int) -> int:
        return max(0, bisect_right(self._bounds, key) - 1)

    def _extent(self, chunk: int) -> tuple[int, int]:
        """Where a chunk begins and ends in the order."""
        order, bounds = self._side.order(), self._bounds
        begin = bisect_left(order, bounds[chunk]) if chunk else 0
        return begin, bisect_left(order, bounds[chunk + 1]) if chunk + 1 < len(bounds) else len(order)

    def _bring_up_to_date(self) -> list[int]:
        """Divide the side where that is to be done, and forget what has changed; the side must have levels."""
        order = self._side.order()
        if not self._divided or len(order) > 2 * self._divided:
            self._divided = len(order)
            self._noted.clear()
            self._bounds = order[::_LEVELS]
            chunks = len(self._bounds)
            self._sizes.forget(chunks)
            self._worths.forget(chunks)
            self._filled = [None] * chunks
            self._states = [self._next_state() for _ in range(chunks)]
            return order
        if self._noted:
            is_bid = self._side.side is Side.BID
            for price in set(self._noted):
                self._spoil(self._chunk(price if is_bid else -price))
            self._noted.clear()
        if len(order) - bisect_left(order, self._bounds[-1]) > _TOUCH_LEVELS:
            # Whatever made the last chunk grow was noted, so that nothing is kept of it that could be wrong now.
            self._bounds.append(order[-_LEVELS])
            for kept in (self._sizes.chunks, self._worths.chunks, self._filled):
                kept.append(None)
            self._states.append(self._next_state())
        return order

    def _spoil(self, chunk: int) -> None:
        self._sizes.chunks[chunk] = self._worths.chunks[chunk] = self._filled[chunk] = None
        self._states[chunk] = self._next_state()

    def _next_state(self) -> int:
        self._state += 1
        return self._state
