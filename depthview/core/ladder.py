"""Rows of a ladder: levels as they are or gathered into wider rows, from the touch or around any price.

A row is a run of ranks of one side. Its ends are found by bisection, and its sums are taken over what lies between
them: level by level where rows are narrow, else from cached sums (see :mod:`depthview.core.book_side`). The sum of what
lies before the first row comes from those too. All of it is whole numbers; Decimals are made of the rows' figures.
"""

from __future__ import annotations

from itertools import accumulate, islice
from operator import mul
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.core.fixed_point import EXACT, ONE, all_decimals, decimal_of, decimals_of, multiplied_units, units_of
from depthview.core.grouping import bucket
from depthview.core.types import Side

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence
    from decimal import Decimal

    from depthview.core.book_side import BookSide

_READ_THROUGH: Final = 64
"""Levels a row up to which reading them all is cheaper than asking for the sums of each row."""


class LevelRow(NamedTuple):
    """One row; sums are exact."""

    price: Decimal
    """Quote currency; of a wider row the edge that is further from the mid."""
    size: Decimal
    """Base currency."""
    cumulative: Decimal
    """Sum of the sizes from the best level to this row, both included."""
    notional: Decimal | None = None
    """Sum of price x size x multiplier over its levels, quote currency; None unless requested, and known."""
    cumulative_notional: Decimal | None = None
    """Sum of the notionals from the best level to this row; None unless requested."""


class RankSpan(NamedTuple):
    """The levels of a row, by rank."""

    price: Decimal
    start: int
    stop: int
    """One past the last."""


class SideLadder:
    """One side of a book in rows. It must not outlive the next change of the book.

    A row's edge is taken from keys, which are whole numbers, in units fine enough for both the book's prices and the
    width. Since a better price has the larger key on either side, the edge that is further from the mid is the lower
    one on both.

    Args:
        side: Of a book.
        width: Of a row, in quote currency; None for one row a level.
        notional: Whether rows carry their notionals.
        multiplier: Of the product.
    """

    def __init__(self, side: BookSide, width: Decimal | None, *, notional: bool, multiplier: Decimal = ONE) -> None:
        self._side = side
        self._width = width
        self._notional = notional
        self._multiplier = multiplier
        places = side.places if width is None else max(side.places, decimals_of(width))
        self._places = places
        self._finer: int = 10 ** (places - side.places)
        self._whole = 1 if width is None else units_of(width, places)

    def from_touch(self, count: int) -> list[LevelRow]:
        """The first ``count`` rows, best first; all for 0."""
        if self._width is None and not self._notional:
            return [LevelRow(*row) for row in self._side.top(count or len(self._side))]
        return self.summed(list(islice(self.outwards(0), count or None)))

    def outwards(self, rank: int) -> Iterator[RankSpan]:
        """Rows from the one that begins at ``rank`` away from the touch."""
        side, order = self._side, self._side.order()
        levels = len(order)
        while rank < levels:
            if self._width is None:
                price, stop = side.price_of(order[-1 - rank]), rank + 1
            else:
                edge = self._edge(order[-1 - rank])
                price, stop = self._price(edge), self._rank(edge)
            yield RankSpan(price, rank, stop)
            rank = stop

    def inwards(self, rank: int) -> Iterator[RankSpan]:
        """Rows from the one that ends before ``rank`` towards the touch."""
        side, order = self._side, self._side.order()
        while rank > 0:
            if self._width is None:
                price, start = side.price_of(order[-rank]), rank - 1
            else:
                edge = self._edge(order[-rank])
                price, start = self._price(edge), self._rank(edge + self._whole)
            yield RankSpan(price, start, rank)
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
        return self._side.block_sums.rows(rank, self._width)

    def summed(self, spans: Sequence[RankSpan]) -> list[LevelRow]:
        """Adjoining spans, the best first, with their sums and those of everything before them."""
        if not spans:
            return []
        side, sums, start = self._side, self._side.block_sums, spans[0].start
        sizes, notionals = self._amounts(spans)
        columns = [
            [price for price, _, _ in spans],
            all_decimals(sizes, side.size_places),
            all_decimals(_summed(sizes, sums.size_units(0, start)), side.size_places),
        ]
        if self._notional:
            amounts = [*notionals, *_summed(notionals, sums.notional_units(0, start))]
            units, places = multiplied_units(amounts, side.places + side.size_places, self._multiplier)
            exact = all_decimals(units, places)
            columns += exact[: len(spans)], exact[len(spans) :]
        return list(map(LevelRow, *columns))

    def _amounts(self, spans: Sequence[RankSpan]) -> tuple[list[int], list[int]]:
        """Sizes and notionals of each span, in units; notionals only where rows carry them."""
        side, sums = self._side, self._side.block_sums
        first, last = spans[0].start, spans[-1].stop
        if last - first > _READ_THROUGH * len(spans):
            sizes = [sums.size_units(start, stop) for _, start, stop in spans]
            return sizes, [sums.notional_units(start, stop) for _, start, stop in spans] if self._notional else []
        prices, sizes = (numbers[::-1] for numbers in side.levels_between(first, last))
        notionals = list(map(mul, prices, sizes)) if self._notional else []
        if len(spans) < len(sizes):
            sizes, notionals = (_by_span(amounts, spans) for amounts in (sizes, notionals))
        return sizes, notionals

    def _edge(self, key: int) -> int:
        return key * self._finer // self._whole * self._whole

    def _price(self, edge: int) -> Decimal:
        return self._side.price_of(edge) if self._finer == 1 else decimal_of(abs(edge), self._places)

    def _rank(self, edge: int) -> int:
        return self._side.rank_of(-(-edge // self._finer))


def _summed(amounts: list[int], before: int) -> list[int]:
    """The sum of ``before`` and of all up to each of ``amounts``."""
    return list(accumulate(amounts, initial=before))[1:]


def _by_span(amounts: list[int], spans: Sequence[RankSpan]) -> list[int]:
    """Sums over spans of what the levels of all of them have, one after the other."""
    if not amounts:
        return []
    first, so_far = spans[0].start, list(accumulate(amounts, initial=0))
    return [so_far[stop - first] - so_far[start - first] for _, start, stop in spans]


class WindowPart(NamedTuple):
    """Rows of one side that a window shows, best first."""

    rows: list[LevelRow]
    before: int
    """Rows between the touch and the first of them; 0 where there are none."""


def window(bids: SideLadder, asks: SideLadder, at: Decimal, above: int, below: int) -> tuple[WindowPart, WindowPart]:
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


def _part(ladder: SideLadder, spans: list[RankSpan]) -> WindowPart:
    return WindowPart(ladder.summed(spans), ladder.count(spans[0].start) if spans else 0)


def _nearest(
    bids: Iterator[RankSpan], asks: Iterator[RankSpan], count: int, *, rising: bool
) -> tuple[list[RankSpan], list[RankSpan]]:
    """The first ``count`` rows of two runs of rising or falling prices, merged: the sides of a crossed book overlap.

    At one price the ask stands above the bid.
    """
    taken: tuple[list[RankSpan], list[RankSpan]] = ([], [])
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
