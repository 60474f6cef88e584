"""The columns of a ladder: how wide, where, and with how many decimals.

Columns never move. Their widths come from the product's decimals and from a reserve of integer digits that only
grows; what a tick brings can widen a column once, and nothing narrows it again.

Where room is short, columns go in the order notional, sum, bar, size; the price stays.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.preferences.display import Choices, Form, Unit
from depthview.ui.formats import fixed

if TYPE_CHECKING:
    from decimal import Decimal

    from depthview.views.depth import DepthView, LevelRow

_DISTANCE: Final = 10
_BAR_LEAST: Final = 6
_BAR_WITH_NOTIONAL: Final = 24
"""A bar this long is worth more than the notional."""
_BAR_OF_A_HALF: Final = 10
"""The same, where two bars share the width."""
_ROOMY: Final = 34
"""From here on columns are at least as wide as their headers with currencies."""
_DECIMALS_GIVEN: Final = 4
"""Decimals of a size that are given up for Σ or the bar."""
_WIDE: Final = 60
"""From here on a ladder has its sums; below it loses them first and its bars next."""
_COINS: Final = frozenset({"BTC", "ETH"})
_COIN_DECIMALS: Final = 8
_MONEY_DECIMALS: Final = 2


def quote_decimals(quote: str) -> int:
    """Decimals in which amounts of a quote currency are shown: those of a coin, else of money."""
    return _COIN_DECIMALS if quote in _COINS else _MONEY_DECIMALS


@dataclass(frozen=True, slots=True)
class Reserve:
    """Characters kept for the part before the point, separators included, by column."""

    price: int = 1
    size: int = 3
    total: int = 4
    notional: int = 5
    worth: int = 6
    """Of summed notionals."""

    def grown(self, depth: DepthView) -> Reserve:
        """This reserve, or a larger one where ``depth`` needs it."""
        rows = depth.bids + depth.asks
        if not rows:
            return self
        prices = [depth.asks[-1].price] if depth.asks else [depth.bids[0].price]
        if depth.last_trade is not None:
            prices.append(depth.last_trade.price)
        ends = [side[-1] for side in (depth.bids, depth.asks) if side]
        larger = Reserve(
            price=max(self.price, len(fixed(max(prices), 0, separators=True))),
            size=max(self.size, _digits(max(row.size for row in rows))),
            total=max(self.total, _digits(max(row.cumulative for row in ends))),
            notional=max(self.notional, *(_digits(row.notional) for row in rows if row.notional is not None), 0),
            worth=max(self.worth, *(_digits(_worth(row)) for row in ends)),
        )
        return self if larger == self else larger


def _worth(row: LevelRow) -> Decimal:
    return row.cumulative if row.cumulative_notional is None else row.cumulative_notional


def _digits(value: Decimal) -> int:
    return max(1, value.adjusted() + 1) if value else 1


class Column(NamedTuple):
    """One column: ``x`` is counted from the ladder's left edge."""

    key: str
    """``price``, ``distance``, ``size``, ``total``, ``notional`` or ``bar``."""
    x: int
    width: int
    half: int = 0
    """-1 in the left half of a ladder that has halves, 1 in the right one."""


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """A plan for one ladder."""

    width: int
    edge: int
    """Columns at either side that are kept free for the hatching of a doubtful ladder."""
    columns: tuple[Column, ...]
    price_decimals: int
    size_decimals: int
    """Decimals of every amount in the size column and of its sums: the product's own, or those of the quote
    currency; fewer only where the ladder is too narrow for them."""
    marks: bool = False
    """Whether a letter in the left edge says the side of every level, as where there are no colours."""
    form: Form = Form.BOOK
    unit: Unit = Unit.BASE
    worth_decimals: int = 2
    """Decimals of amounts of quote currency."""
    gap: int = 2
    """Columns between two."""

    def find(self, key: str, half: int = 0) -> Column | None:
        """The column ``key`` of a half, or None where there was no room for it."""
        return next((column for column in self.columns if column.key == key and column.half == half), None)

    @property
    def price(self) -> Column:
        """The price's, the left one of two."""
        return next(column for column in self.columns if column.key == "price")


def wants_notional(columns: ColumnPlan) -> bool:
    """Whether these columns show amounts of quote currency."""
    return columns.unit is Unit.QUOTE or any(column.key == "notional" for column in columns.columns)


def plan(
    depth: DepthView, reserve: Reserve, width: int, *, choices: Choices | None = None, marks: bool = False
) -> ColumnPlan:
    """The columns of ``depth`` in ``width`` columns of the terminal.

    Price and size come first. Where they do not fit as they are, the bar goes before decimals do, except that up to
    four decimals are given up for sums and bars; sums exist from :data:`_WIDE` on only.
    """
    chosen = choices or Choices()
    edge, gap = _edges(width)
    inner = max(1, width - 2 * edge)
    price = _number(reserve.price, depth.price_decimals)
    wants = _Wants(depth, reserve, chosen.unit)
    if chosen.form is Form.BOOK:
        roomy = inner >= _ROOMY
        price = min(max(price, len(f"PRICE {depth.quote}") if roomy else 0), max(1, inner - 6))
        share = _shared(wants, inner - price - gap, gap, sums=width >= _WIDE, roomy=roomy, bar=_BAR_WITH_NOTIONAL)
        if share.bar >= gap + _DISTANCE + _BAR_WITH_NOTIONAL:
            share = share._replace(bar=share.bar - gap - _DISTANCE, distance=_DISTANCE)
        order = ("price", "distance", "size", "total", "notional", "bar")
        columns = _placed(order, share.widths(price), edge, gap, 0)
    elif chosen.form is Form.DOM:
        half = max(1, (inner - price - 2 * gap) // 2)
        share = _shared(wants, half, gap, sums=False, roomy=half >= _ROOMY, bar=_BAR_OF_A_HALF, reach=True)
        widths = share.widths(price)
        right = _placed(("size", "bar", "notional"), widths, edge + half + gap + price + gap, gap, 1)
        middle = Column("price", edge + half + gap, price)
        columns = (*_mirrored(right, 2 * middle.x + price), middle, *right)
    else:
        half = max(1, (inner - 1) // 2)
        price = min(price, max(1, half - 6))
        room = half - price - gap
        share = _shared(wants, room, gap, sums=half >= _WIDE - 16, roomy=room >= _ROOMY, bar=_BAR_OF_A_HALF)
        right = _placed(("price", "size", "bar", "total", "notional"), share.widths(price), edge + half + 1, gap, 1)
        columns = (*_mirrored(right, 2 * (edge + half) + 1), *right)
    return ColumnPlan(
        width,
        edge,
        columns,
        depth.price_decimals,
        share.decimals,
        marks,
        chosen.form,
        chosen.unit,
        quote_decimals(depth.quote),
        gap,
    )


def showable(depth: DepthView, choices: Choices) -> Choices:
    """``choices``, with sizes as they are in place of their values where it is not known what they are worth."""
    return choices if depth.multiplier is not None else replace(choices, unit=Unit.BASE)


def fitting(depth: DepthView, reserve: Reserve, width: int, choices: Choices) -> Choices:
    """``choices``, with the book form in place of one that has no room for prices and sizes in each half."""
    if choices.form is Form.BOOK:
        return choices
    edge, gap = _edges(width)
    price = _number(reserve.price, depth.price_decimals)
    wants = _Wants(depth, reserve, choices.unit)
    dom = choices.form is Form.DOM
    least = wants.size(min(wants.decimals, _DECIMALS_GIVEN), roomy=False, reach=dom)
    inner = width - 2 * edge
    room = (inner - price - 2 * gap) // 2 if dom else (inner - 1) // 2 - price - gap
    return choices if room >= least else replace(choices, form=Form.BOOK)


def _edges(width: int) -> tuple[int, int]:
    """Columns of an edge and of the gap between two columns."""
    return (2, 2) if width >= _WIDE else (1, 1)


class _Share(NamedTuple):
    """Widths of what stands beside the price; 0 for what there is no room for."""

    size: int
    bar: int
    total: int
    notional: int
    decimals: int
    distance: int = 0

    def widths(self, price: int) -> dict[str, int]:
        return {
            "price": price,
            "distance": self.distance,
            "size": self.size,
            "bar": self.bar,
            "total": self.total,
            "notional": self.notional,
        }


class _Wants(NamedTuple):
    depth: DepthView
    reserve: Reserve
    unit: Unit

    @property
    def decimals(self) -> int:
        return self.depth.size_decimals if self.unit is Unit.BASE else quote_decimals(self.depth.quote)

    def size(self, decimals: int, *, roomy: bool, reach: bool = False) -> int:
        """Columns of a size; of a sum too where ``reach`` says that it stands in the same column."""
        reserve, base = self.reserve, self.unit is Unit.BASE
        digits = reserve.size if base else reserve.notional
        if reach:
            digits = max(digits, reserve.total if base else reserve.worth)
        header = len(f"BID / Σ {self.currency}" if reach else f"SIZE {self.currency}") if roomy else 0
        return max(_number(digits, decimals), header)

    def total(self, decimals: int, *, roomy: bool) -> int:
        digits = self.reserve.total if self.unit is Unit.BASE else self.reserve.worth
        return max(_number(digits, decimals), len(f"Σ {self.currency}") if roomy else 0)

    @property
    def currency(self) -> str:
        return self.depth.base if self.unit is Unit.BASE else self.depth.quote

    def notional(self, *, reach: bool) -> int:
        """Columns of a notional; of a sum of them too where ``reach`` says so."""
        digits = max(self.reserve.notional, self.reserve.worth) if reach else self.reserve.notional
        return max(_number(digits, quote_decimals(self.depth.quote)), len(self.depth.quote) + 6)


def _shared(wants: _Wants, room: int, gap: int, *, sums: bool, roomy: bool, bar: int, reach: bool = False) -> _Share:
    """``room`` shared out, gaps included, among size, bar, sum and notional."""

    def size(decimals: int) -> int:
        return wants.size(decimals, roomy=roomy, reach=reach)

    with_sum, with_bar, decimals = False, False, 0
    for with_sum, with_bar in ((True, True), (False, True), (False, False)):
        if with_sum and not sums:
            continue
        least = max(0, wants.decimals - _DECIMALS_GIVEN) if with_bar else 0

        def needed(decimals: int, *, sum_too: bool = with_sum, bar_too: bool = with_bar) -> int:
            total = gap + wants.total(decimals, roomy=roomy) if sum_too else 0
            return size(decimals) + total + (gap + _BAR_LEAST if bar_too else 0)

        decimals = next((d for d in range(wants.decimals, least - 1, -1) if needed(d) <= room), -1)
        if decimals >= 0:
            break
    decimals = max(0, decimals)
    number = min(size(decimals), max(1, room))
    total = wants.total(decimals, roomy=roomy) if with_sum else 0
    rest = room - number - (gap + total if with_sum else 0) - gap
    notional = 0
    valued = wants.unit is Unit.BASE and wants.depth.multiplier is not None
    if valued and with_bar and (with_sum or reach) and rest - gap - wants.notional(reach=reach) >= bar:
        notional = wants.notional(reach=reach)
        rest -= gap + notional
    return _Share(number, max(0, rest) if with_bar else 0, total, notional, decimals)


def _placed(order: tuple[str, ...], widths: dict[str, int], x: int, gap: int, half: int) -> tuple[Column, ...]:
    columns: list[Column] = []
    for key in order:
        if widths[key]:
            columns.append(Column(key, x, widths[key], half))
            x += widths[key] + gap
    return tuple(columns)


def _mirrored(columns: tuple[Column, ...], axis: int) -> tuple[Column, ...]:
    """``columns`` of the right half as those of the left one; ``axis`` is twice the place of the mirror."""
    return tuple(Column(key, axis - x - width, width, -half) for key, x, width, half in reversed(columns))


def _number(digits: int, decimals: int) -> int:
    return digits + (1 + decimals if decimals else 0)
