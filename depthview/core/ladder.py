"""Rows of a ladder: levels as they are or gathered into wider rows, from the touch or around any price.

A row is a run of ranks of one side. Its ends are found by bisection, and its sums are taken over what lies between
them (see :mod:`depthview.core.chunks`), as is the sum of what lies before the first row shown.
"""

from __future__ import annotations

from decimal import Decimal, localcontext
from itertools import accumulate, islice
from operator import mul
from typing import TYPE_CHECKING, NamedTuple

from depthview.core.grouping import bucket
from depthview.core.levels import Side
from depthview.core.numbers import EXACT, all_decimals

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from depthview.core.book_side import BookSide


class Row(NamedTuple):
    """One row; sums are exact."""

    price: Decimal
    """Quote currency; of a wider row the edge that is further from the mid."""
    size: Decimal
    """Base currency."""
    cumulative: Decimal
    """Sum of the sizes from the best level to this row, both included."""
    notional: Decimal | None = None
    """Sum of price x size of the raw levels in it, quote currency; None unless asked for."""
    cumulative_notional: Decimal | None = None
    """Sum of the notionals from the best level to this row; None unless asked for."""


class Span(NamedTuple):
    """The levels of a row, by rank."""

    price: Decimal
    start: int
    stop: int
    """One past the last."""


class SideLadder:
    """One side of a book in rows. It must not outlive the next change of the book.

    Args:
        side: Of a book.
        width: Of a row, in quote currency; None for one row a level.
        notional: Whether rows carry their notionals.
    """

    def __init__(self, side: BookSide, width: Decimal | None, *, notional: bool) -> None:
        self._side = side
        self._width = width
        self._outwards = Decimal(-1 if side.side is Side.BID else 1)
        self._notional = notional

    def from_touch(self, count: int) -> list[Row]:
        """The first ``count`` rows, best first; all for 0."""
        if self._width is None:
            levels = len(self._side)
            return self._single(0, min(count or levels, levels))
        return self.summed(list(islice(self.outwards(0), count or None)))

    def outwards(self, rank: int) -> Iterator[Span]:
        """Rows from the one that begins at ``rank`` away from the touch."""
        side, width, levels = self._side, self._width, len(self._side)
        while rank < levels:
            price, stop = side.price_at(rank), rank + 1
            if width is not None:
                price = bucket(price, width, side.side)
                stop = side.rank(price, inclusive=True)
            yield Span(price, rank, stop)
            rank = stop

    def inwards(self, rank: int) -> Iterator[Span]:
        """Rows from the one that ends before ``rank`` towards the touch."""
        side, width = self._side, self._width
        while rank > 0:
            price, start = side.price_at(rank - 1), rank - 1
            if width is not None:
                price = bucket(price, width, side.side)
                inner = EXACT.subtract(price, EXACT.multiply(self._outwards, width))
                start = side.rank(inner, inclusive=True)
            yield Span(price, start, rank)
            rank = start

    def split(self, at: Decimal) -> int:
        """The rank that divides rows whose price is ``at`` or above from those below it."""
        is_bid, width = self._side.side is Side.BID, self._width
        if width is not None:
            at = bucket(at, width, Side.ASK)
            if not is_bid:
                return self._side.rank(EXACT.subtract(at, width), inclusive=True)
        return self._side.rank(at, inclusive=is_bid)

    def count(self, rank: int) -> int:
        """How many rows lie between the touch and a rank at which a row begins."""
        if self._width is None or not rank:
            return rank
        return self._side.chunks.rows(rank, self._width)

    def summed(self, spans: Sequence[Span]) -> list[Row]:
        """Adjoining spans, the best first, with their sums and those of everything before them."""
        if not spans:
            return []
        if self._width is None:
            return self._single(spans[0].start, spans[-1].stop)
        size_so_far, worth_so_far = self._sums(0, spans[0].start)
        rows: list[Row] = []
        for price, start, stop in spans:
            size, worth = self._sums(start, stop)
            size_so_far = EXACT.add(size_so_far, size)
            if self._notional:
                worth_so_far = EXACT.add(worth_so_far, worth)
                rows.append(Row(price, size, size_so_far, worth, worth_so_far))
            else:
                rows.append(Row(price, size, size_so_far))
        return rows

    def _single(self, start: int, stop: int) -> list[Row]:
        """Rows of one level each: a fifth of what it costs to sum them up one by one."""
        if not start and not self._notional:
            return [Row(*row) for row in self._side.top(stop)]
        side = self._side
        prices, sizes = (list(reversed(numbers)) for numbers in side.levels_between(start, stop))
        size_before, worth_before = self._sums(0, start)
        columns = [list(map(side.price_of, prices)), *_summed(all_decimals(sizes, side.size_places), size_before)]
        if self._notional:
            worths = all_decimals(map(mul, prices, sizes), side.places + side.size_places)
            columns += _summed(worths, worth_before)
        return list(map(Row, *columns))

    def _sums(self, start: int, stop: int) -> tuple[Decimal, Decimal]:
        chunks = self._side.chunks
        worth = chunks.notionals(start, stop) if self._notional else Decimal(0)
        return chunks.sizes(start, stop), worth


def _summed(amounts: list[Decimal], before: Decimal) -> tuple[list[Decimal], list[Decimal]]:
    """``amounts``, and the sum of ``before`` and of those up to each."""
    with localcontext(EXACT):
        return amounts, list(accumulate(amounts, initial=before))[1:]


class Part(NamedTuple):
    """Rows of one side that a window shows, best first."""

    rows: list[Row]
    before: int
    """Rows between the touch and the first of them; 0 where there are none."""


def window(bids: SideLadder, asks: SideLadder, at: Decimal, above: int, below: int) -> tuple[Part, Part]:
    """The ``above`` nearest rows at or above a price and the ``below`` nearest ones below it, of either side.

    Args:
        bids: Of one book and one width with ``asks``.
        asks: As ``bids``.
        at: Price in quote currency, anywhere.
        above: Rows wanted at or above it.
        below: Rows wanted below it.
    """
    bid_rank, ask_rank = bids.split(at), asks.split(at)
    up = _nearest(bids.inwards(bid_rank), asks.outwards(ask_rank), above, rising=True)
    down = _nearest(bids.outwards(bid_rank), asks.inwards(ask_rank), below, rising=False)
    bid_spans = [*reversed(up[0]), *down[0]]
    ask_spans = [*reversed(down[1]), *up[1]]
    return _part(bids, bid_spans), _part(asks, ask_spans)


def _part(ladder: SideLadder, spans: list[Span]) -> Part:
    return Part(ladder.summed(spans), ladder.count(spans[0].start) if spans else 0)


def _nearest(bids: Iterator[Span], asks: Iterator[Span], count: int, *, rising: bool) -> tuple[list[Span], list[Span]]:
    """The first ``count`` rows of two runs of rising or falling prices, merged: the sides of a crossed book overlap.

    At one price the ask stands above the bid.
    """
    taken: tuple[list[Span], list[Span]] = ([], [])
    bid, ask = next(bids, None), next(asks, None)
    for _ in range(count):
        if bid is None and ask is None:
            break
        if ask is None or (bid is not None and (bid.price <= ask.price if rising else bid.price > ask.price)):
            if bid is not None:
                taken[0].append(bid)
            bid = next(bids, None)
        else:
            taken[1].append(ask)
            ask = next(asks, None)
    return taken
