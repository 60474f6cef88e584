"""The spread between the sides, and what is said there instead of it while a book is in doubt."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.core.types import Side
from depthview.preferences.display import Form, Unit
from depthview.ui.formats import (
    balance,
    basis_points,
    duration,
    percent,
    price_text,
    size_text,
    verdict_block,
    verdict_inks,
    verdict_style,
)
from depthview.ui.ladder.levels import HATCH, size_cells
from depthview.ui.lines import Cell, Line, Part, crop, fill, fit, over, width_of

if TYPE_CHECKING:
    from depthview.ui.ladder.columns import Column, Columns
    from depthview.views.depth import DepthView, LevelRow, TopOfBook

_NAMED_FROM: Final = 60
"""Columns from which the imbalance says over what it is."""
_RAW_PAIRS: Final = (
    (("raw best bid ", "raw best ask "), 18, "   "),
    (("raw bid ", "raw ask "), 18, "  "),
    (("raw ", ""), 18, " / "),
    (("raw ", ""), 4, "/"),
)
"""Labels, decimals of sizes and the gap of the raw touch in one line, the widest first."""
_SIDES_FROM: Final = 90
"""Columns from which its bar says which end is which."""


def band_lines(depth: DepthView, columns: Columns, height: int, *, fixed: bool) -> list[Line]:
    """The band in ``height`` lines.

    Args:
        depth: The book; in doubt, the band says so and nothing else.
        columns: The plan.
        height: 1, or with the raw touch 3 between the sides and 2 over them.
        fixed: Whether the band stands over the rows, and not between the sides.
    """
    if not depth.verdict.trusted:
        return doubt_lines(depth, columns, height, at=0 if fixed else height // 2)
    top = depth.top
    spread = fill(_spread(top, depth, columns), columns.width, "band")
    if height == 1:
        return [spread]
    bid, ask = (top.best_bid, top.best_ask) if top is not None else (None, None)
    if fixed:
        return [spread, _raw_pair(bid, ask, depth, columns)]
    return [_raw(ask, "ask", columns), spread, _raw(bid, "bid", columns)]


def doubt_lines(depth: DepthView, columns: Columns, height: int, *, at: int = 0) -> list[Line]:
    """Hatching, and in line ``at`` of it the verdict, reversed, always in the same columns."""
    hatch, word = verdict_inks(depth.verdict)[0], doubt_word(depth)
    start = max(0, (columns.width - width_of((word,))) // 2)
    middle: Line = ((HATCH * start, hatch), word, (HATCH * columns.width, hatch))
    lines: list[Line] = [hatched(depth, columns)] * height
    lines[at] = crop(middle, columns.width)
    return lines


def doubt_word(depth: DepthView) -> Cell:
    """The verdict, reversed, with its age."""
    return f"{verdict_block(depth.verdict)}{duration(depth.verdict_age):>6} ", verdict_style(depth.verdict)


def doubt_over(line: Line, depth: DepthView, columns: Columns, side: Side | None) -> Line:
    """A row with the verdict over its far end, so that price and size stay to be read.

    Args:
        line: Of a level of ``side``; in the DOM that end of it is covered that tells its sum.
        depth: In doubt.
        columns: The plan.
        side: Of the level; None for an empty row.
    """
    word, price, size = doubt_word(depth), columns.price, columns.find("size")
    length = width_of((word,))
    left = columns.form is Form.DOM and side is Side.ASK
    at = columns.edge if left else columns.width - columns.edge - length
    start, end = at, at + length
    for column in columns.columns:
        if column.key != "bar" and column.x < end and column.x + column.width > start:
            # A number that is half covered would read as another one.
            start, end = min(start, column.x), max(end, column.x + column.width)
    last = price if columns.form is Form.DOM or size is None else size
    if end > price.x if left else start < last.x + last.width:
        return line
    return over(over(line, (" " * (end - start), "text"), start), word, at)


def hatched(depth: DepthView, columns: Columns) -> Line:
    """A line of hatching."""
    return ((HATCH * columns.width, verdict_inks(depth.verdict)[0]),)


def _raw(level: LevelRow | None, side: str, columns: Columns) -> Line:
    """The best raw level in the columns of its row."""
    half = 0 if columns.form is Form.BOOK else -1 if side == "bid" else 1
    size = columns.find("size", half)
    return fill(_at_columns(level, side, [columns.price, size], columns), columns.width, "band")


def _at_columns(level: LevelRow | None, side: str, places: list[Column | None], columns: Columns) -> Line:
    price_column, size_column = places
    label = f"raw best {side}"
    if level is None or price_column is None:
        return (((" " * columns.edge) + f"no {side}s", "band-muted"),)
    cells: list[tuple[int, int, Line]] = []
    price = price_text(level.price, columns.price_decimals, price_column.width)
    cells.append((price_column.x, price_column.width, ((price.rjust(price_column.width), f"band-{side}"),)))
    label_at = price_column.x + price_column.width + 2
    if size_column is not None:
        amount = level.size if columns.unit is Unit.BASE else level.notional
        number = size_cells(amount, columns.size_decimals, size_column.width, "band", "band-muted")
        cells.append((size_column.x, size_column.width, tuple(number)))
        label_at = max(label_at, size_column.x + size_column.width + 2)
    if columns.form is Form.DOM and side == "bid":
        label_at = price_column.x + price_column.width + columns.gap
    cells.append((label_at, len(label), ((label, "band-muted"),)))
    line: list[Cell] = []
    at = 0
    for x, width, part in sorted(cells, key=lambda cell: cell[0]):
        line.append((" " * max(0, x - at), "band"))
        line.extend(part)
        at = x + width
    return tuple(line)


def _raw_pair(bid: LevelRow | None, ask: LevelRow | None, depth: DepthView, columns: Columns) -> Line:
    """Both best raw levels in one line, over rows that leave no room between the sides."""
    inner = max(1, columns.width - 2 * columns.edge)
    line: Line = ()
    for labels, decimals, gap in _RAW_PAIRS:
        line = ()
        for side, label, level in (("bid", labels[0], bid), ("ask", labels[1], ask)):
            size = "" if level is None else f" {size_text(level.size, min(depth.size_decimals, decimals))}"
            price = f"no {side}s" if level is None else price_text(level.price, columns.price_decimals)
            line += ((gap if line else "", "band"), (label, "band-muted"), (price, f"band-{side}"), (size, "band"))
        if width_of(line) <= inner:
            break
    return fill(((" " * columns.edge, "band"), *crop(line, inner)), columns.width, "band")


def _spread(top: TopOfBook | None, depth: DepthView, columns: Columns) -> Line:
    """The spread under the prices, its share of the mid, the imbalance."""
    inner = columns.width - 2 * columns.edge
    spread = top.spread if top is not None else None
    price_width = columns.price.width
    text = "-" if spread is None else price_text(spread, columns.price_decimals, price_width)
    raw = "raw spread" if depth.group > depth.tick else "spread"
    gap = "   " if inner >= 72 else "  "
    figure: Line = ((text.rjust(price_width if columns.form is Form.BOOK else 0), "band-strong"),)
    parts = [
        Part(0, (*figure, (f" {depth.quote} {raw}" if columns.form is not Form.BOOK else f"  {raw}", "band-muted"))),
        Part(1, ((basis_points(top.spread_bps if top else None), "band"),)),
    ]
    room = inner - sum(width_of(part.cells) + len(gap) for part in parts)
    leaning = _imbalance(top, inner, named=True)
    if sum(width_of(part.cells) + len(gap) for part in leaning) - len(gap) > room:
        # The bar says more than the words before the figure.
        leaning = _imbalance(top, inner, named=False)
    return ((" " * columns.edge, "band"), *fit([*parts, *leaning], inner, gap=gap, style="band"))


def _imbalance(top: TopOfBook | None, inner: int, *, named: bool) -> list[Part]:
    if top is None or top.imbalance is None:
        return [Part(2, (("imbalance ", "band-muted"), ("-", "band")))]
    half = 4 if inner < 76 else 5 if inner < 90 else 10
    drawn = balance(top.imbalance, half)
    share_text = percent(top.imbalance).rjust(6)
    over = f"{top.imbalance_bps} bps" if top.imbalance_bps else f"{top.imbalance_levels} levels"
    wide = named and inner >= _NAMED_FROM
    said: Line = ((f"imbalance of {over}" if wide else f"imb {over}", "band-muted"), (share_text, "band-strong"))
    meter: Line = ((drawn.left, "ask-bar"), ("┃", "band"), (drawn.right, "bid-bar"))
    ends: Line = (("asks ", "band-muted"), *meter, (" bids", "band-muted"))
    return [Part(2, said), Part(3, ends if inner >= _SIDES_FROM else meter)]
