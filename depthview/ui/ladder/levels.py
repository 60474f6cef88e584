"""The rows of levels: what a ladder draws by the dozen at every tick, and so the one place that is in a hurry."""

from __future__ import annotations

from decimal import ROUND_DOWN, Context, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.ui.rows import bar, fixed, significant, size_text

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.ui.cells import Cell, Line
    from depthview.ui.ladder.columns import Columns
    from depthview.view import LevelRow

_SHARES: Final = Context(prec=40, rounding=ROUND_DOWN)
"""For a distance that is shown with two decimals; a division to the last digit of a price takes three times as long."""
_BPS: Final = Decimal(10_000)


class Inks(NamedTuple):
    """Style names of one kind of row."""

    price: str
    lead: str
    """Leading digits that the whole ladder shares."""
    size: str
    zeros: str
    total: str
    bar: str


ASK_INKS: Final = Inks("ask", "muted", "text", "muted", "muted", "ask-bar")
BID_INKS: Final = Inks("bid", "muted", "text", "muted", "muted", "bid-bar")
DOUBT_INKS: Final = Inks("doubt", "doubt", "doubt", "doubt", "doubt", "doubt-bar")


class Frame(NamedTuple):
    """What all rows of a side have in common."""

    columns: Columns
    scale: Decimal | None
    """The size at which a bar is full."""
    inks: Inks
    lead: int
    """Leading characters that all prices share."""
    mid: Decimal | None
    """None withholds the distances."""
    left: Cell
    right: Cell


def level_lines(levels: Sequence[LevelRow], prices: Sequence[str], frame: Frame) -> list[Line]:
    """A line for each of ``levels``, whose prices are given as text."""
    columns, scale, inks, lead, mid, left, right = frame
    decimals = columns.size_decimals
    ends = [column.x for column in columns.columns[1:]] + [columns.width - columns.edge]
    # The room after a number goes with it: a cell of its own would cost as much to draw as the number.
    steps = [
        (column.key, column.width, " " * (end - column.x - column.width))
        for column, end in zip(columns.columns, ends, strict=True)
    ]
    lines: list[Line] = []
    for level, price in zip(levels, prices, strict=True):
        cells: list[Cell] = [left]
        for key, width, gap in steps:
            if key == "price":
                at = width - len(price) + lead
                text = price.rjust(width)
                cells.append((text[:at], inks.lead))
                cells.append((text[at:] + gap, inks.price))
            elif key == "size":
                cells += size_cells(level.size, decimals, width, inks.size, inks.zeros, gap)
            elif key == "total":
                cells.append((size_text(level.cumulative, decimals, width).rjust(width) + gap, inks.total))
            elif key == "distance":
                cells.append((_distance(level.price, mid).rjust(width) + gap, inks.total))
            else:
                cells.append((bar(level.size, scale, width).blocks.ljust(width), inks.bar))
        cells.append(right)
        lines.append(tuple(cells))
    return lines


def size_cells(value: Decimal, decimals: int, width: int, ink: str, zeros: str, gap: str = "") -> list[Cell]:
    """A size right-aligned in ``width``, its trailing zeros in a style of their own, and the room after it."""
    text = size_text(value, decimals, width)
    end = significant(text)
    if end == len(text):
        return [(text.rjust(width) + gap, ink)]
    return [(text[:end].rjust(width - len(text) + end), ink), (text[end:] + gap, zeros)]


def _distance(price: Decimal, mid: Decimal | None) -> str:
    if not mid:
        return "-"
    return fixed(_SHARES.multiply(_SHARES.divide(abs(_SHARES.subtract(price, mid)), mid), _BPS), 2)
