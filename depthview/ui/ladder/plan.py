"""How wide the columns of a ladder are, where they stand, and with how many decimals.

Columns never move. Their widths come from the product's decimals and from a reserve of integer digits that only
grows; what a draw brings can widen a column once, and nothing narrows it again.

Where room is short, columns go in the order distance, notional, sum, bar, size; the price stays.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from depthview.preferences.display import Choices, Form
from depthview.ui.formats import quote_decimals
from depthview.ui.ladder.columns import COLUMNS, ColumnPlan, LadderColumn, PriceColumn
from depthview.ui.ladder.widths import Needs, number_width

if TYPE_CHECKING:
    from depthview.ui.ladder.scale import Reserve
    from depthview.views.depth import DepthView

_BAR_LEAST: Final = 6
_ROOMY: Final = 34
"""From here on columns are at least as wide as their headings with currencies."""
_DECIMALS_GIVEN: Final = 4
"""Decimals of a size that are given up for Σ or the bar."""
_WIDE: Final = 60
"""From here on a ladder has its sums; below it loses them first and its bars next."""
_OPTIONAL: Final = sorted((kind for kind in COLUMNS if kind.optional), key=lambda kind: kind.optional)


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
    price = number_width(reserve.price, depth.price_decimals)
    if chosen.form is Form.BOOK:
        roomy = inner >= _ROOMY
        price = min(max(price, len(f"PRICE {depth.quote}") if roomy else 0), max(1, inner - 6))
        needs = Needs(depth, reserve, chosen.form, chosen.unit, roomy, has_total=width >= _WIDE)
        widths, decimals = _shared(needs, inner - price - gap, gap)
        columns = _placed(COLUMNS, {**widths, "price": price}, edge, gap, 0)
    elif chosen.form is Form.DOM:
        half = max(1, (inner - price - 2 * gap) // 2)
        needs = Needs(depth, reserve, chosen.form, chosen.unit, roomy=half >= _ROOMY)
        widths, decimals = _shared(needs, half, gap)
        right = _placed(_half(chosen.form), widths, edge + half + gap + price + gap, gap, 1)
        middle = PriceColumn(edge + half + gap, price)
        columns = (*_mirrored(right, 2 * middle.x + price), middle, *right)
    else:
        half = max(1, (inner - 1) // 2)
        price = min(price, max(1, half - 6))
        room = half - price - gap
        needs = Needs(depth, reserve, chosen.form, chosen.unit, room >= _ROOMY, has_total=half >= _WIDE - 16)
        widths, decimals = _shared(needs, room, gap)
        right = _placed(_half(chosen.form), {**widths, "price": price}, edge + half + 1, gap, 1)
        columns = (*_mirrored(right, 2 * (edge + half) + 1), *right)
    return ColumnPlan(
        width=width,
        edge=edge,
        columns=columns,
        price_decimals=depth.price_decimals,
        size_decimals=decimals,
        marks=marks,
        form=chosen.form,
        unit=chosen.unit,
        worth_decimals=quote_decimals(depth.quote),
        gap=gap,
    )


def plan_small(depth: DepthView, reserve: Reserve, width: int) -> ColumnPlan:
    """Price, size and bar of a small ladder: decimals of the size give way to the bar, and the bar to the size."""
    price = min(number_width(reserve.price, depth.price_decimals), width - 10)
    inner = width - 2 - price - 1
    least = max(0, depth.size_decimals - _DECIMALS_GIVEN)
    decimals, bar = _most_decimals(reserve.size, depth.size_decimals, least, inner - 1 - _SMALL_BAR), True
    if decimals is None:
        decimals, bar = _most_decimals(reserve.size, depth.size_decimals, 0, inner) or 0, False
    size = min(number_width(reserve.size, decimals), inner)
    widths = {"price": price, "size": size, "bar": inner - 1 - size if bar else 0}
    return ColumnPlan(width, 1, _placed(COLUMNS, widths, 1, 1, 0), depth.price_decimals, decimals, gap=1)


_SMALL_BAR: Final = 4


def _most_decimals(digits: int, most: int, least: int, room: int) -> int | None:
    """The most decimals with which a number fits; None where not even the fewest do."""
    return next((places for places in range(most, least - 1, -1) if number_width(digits, places) <= room), None)


def fitting(depth: DepthView, reserve: Reserve, width: int, choices: Choices) -> Choices:
    """``choices``, with the book form in place of one that has no room for prices and sizes in each half."""
    if choices.form is Form.BOOK:
        return choices
    edge, gap = _edges(width)
    price, inner = number_width(reserve.price, depth.price_decimals), width - 2 * edge
    needs = Needs(depth, reserve, choices.form, choices.unit, roomy=False)
    room = (inner - price - 2 * gap) // 2 if choices.form is Form.DOM else (inner - 1) // 2 - price - gap
    fits = room >= needs.size(min(needs.decimals, _DECIMALS_GIVEN))
    return choices if fits else replace(choices, form=Form.BOOK)


def _edges(width: int) -> tuple[int, int]:
    return (2, 2) if width >= _WIDE else (1, 1)


def _shared(needs: Needs, room: int, gap: int) -> tuple[dict[str, int], int]:
    """Widths by column of what fits into ``room``, gaps included, beside the price; and the decimals of sizes."""
    with_total, with_bar, decimals = False, False, 0
    for with_total, with_bar in ((True, True), (False, True), (False, False)):
        if with_total and not needs.has_total:
            continue
        least = max(0, needs.decimals - _DECIMALS_GIVEN) if with_bar else 0
        bar_room = gap + _BAR_LEAST if with_bar else 0
        fit = (
            places
            for places in range(needs.decimals, least - 1, -1)
            if needs.size(places) + (gap + needs.total(places) if with_total else 0) + bar_room <= room
        )
        decimals = next(fit, -1)
        if decimals >= 0:
            break
    decimals = max(0, decimals)
    widths = {"size": min(needs.size(decimals), max(1, room))}
    if with_total:
        widths["total"] = needs.total(decimals)
    if with_bar:
        rest = room - sum(width + gap for width in widths.values())
        needs = replace(needs, has_total=with_total)
        for kind in _OPTIONAL:
            wanted = kind.wanted(needs) if needs.form in kind.forms else 0
            if wanted and rest - gap - wanted >= kind.bar_least(needs):
                widths[kind.key] = wanted
                rest -= gap + wanted
        widths["bar"] = max(0, rest)
    return widths, decimals


def _half(form: Form) -> tuple[type[LadderColumn], ...]:
    """Columns of a right half from the price outwards: the bar beside its size."""
    kinds = [kind for kind in COLUMNS if form in kind.forms and kind.key != "bar"]
    at = next(index for index, kind in enumerate(kinds) if kind.key == "size") + 1
    return (*kinds[:at], COLUMNS[-1], *kinds[at:])


def _placed(
    kinds: tuple[type[LadderColumn], ...], widths: dict[str, int], x: int, gap: int, half: int
) -> tuple[LadderColumn, ...]:
    columns: list[LadderColumn] = []
    for kind in kinds:
        width = widths.get(kind.key, 0)
        if width:
            columns.append(kind(x, width, half))
            x += width + gap
    return tuple(columns)


def _mirrored(columns: tuple[LadderColumn, ...], axis: int) -> tuple[LadderColumn, ...]:
    """``columns`` of the right half as those of the left one; ``axis`` is twice the place of the mirror."""
    return tuple(type(column)(axis - column.x - column.width, column.width, -column.half) for column in columns[::-1])
