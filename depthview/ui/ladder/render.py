"""One ladder as lines: the spread, the rows and their headings, and which lines fit. Pure.

What derives from the book is withheld while it is doubtful; the trades and the day have happened all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from depthview.core.types import Side
from depthview.preferences.display import BarScale, Choices, Form, Unit
from depthview.ui.formats import (
    DECADES,
    HATCH,
    balance,
    basis_points,
    duration,
    percent,
    price_text,
    round_text,
    shared_prefix,
    size_cells,
    size_text,
    verdict_block,
    verdict_inks,
    verdict_style,
)
from depthview.ui.ladder.columns import (
    BarColumn,
    ColumnPlan,
    LadderColumn,
    RowContext,
    book_row,
    dom_row,
    sides_row,
)
from depthview.ui.ladder.figures import (
    counters_line,
    figure_lines,
    impact_lines,
    one_line,
    status_line,
    verdict_line,
)
from depthview.ui.ladder.viewport import LadderState, VisibleRows, has_fixed_band, row_price
from depthview.ui.lines import Cell, Line, Part, crop, cut, fill, fit, over, width_of, wrap
from depthview.views.depth import DepthView, Impact

if TYPE_CHECKING:
    from depthview.views.depth import LevelRow, TopOfBook

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


def band_lines(depth: DepthView, columns: ColumnPlan, height: int, *, fixed: bool) -> list[Line]:
    """The band in ``height`` lines.

    Args:
        depth: The book; in doubt, the band says so and nothing else.
        columns: The plan.
        height: 1, or with the raw touch 3 between the sides and 2 over them.
        fixed: Whether the band stands over the rows, and not between the sides.
    """
    if not depth.verdict.trusted:
        return doubt_lines(depth, columns, height)
    top = depth.top
    spread = fill(_spread(top, depth, columns), columns.width, "band")
    if height == 1:
        return [spread]
    bid, ask = (top.best_bid, top.best_ask) if top is not None else (None, None)
    if fixed:
        return [spread, _raw_pair(bid, ask, depth, columns)]
    return [_raw(ask, "ask", columns), spread, _raw(bid, "bid", columns)]


def doubt_lines(depth: DepthView, columns: ColumnPlan, height: int) -> list[Line]:
    """Hatching; its first line shows the verdict, reversed and always in the same columns."""
    hatch, word = verdict_inks(depth.verdict)[0], doubt_word(depth)
    start = max(0, (columns.width - width_of((word,))) // 2)
    middle: Line = ((HATCH * start, hatch), word, (HATCH * columns.width, hatch))
    return [crop(middle, columns.width), *[hatched(depth, columns)] * (height - 1)]


def doubt_word(depth: DepthView) -> Cell:
    """The verdict, reversed, with its age."""
    return f"{verdict_block(depth.verdict)}{duration(depth.verdict_age):>6} ", verdict_style(depth.verdict)


def doubt_over(line: Line, depth: DepthView, columns: ColumnPlan, side: Side | None) -> Line:
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


def hatched(depth: DepthView, columns: ColumnPlan) -> Line:
    return ((HATCH * columns.width, verdict_inks(depth.verdict)[0]),)


def _raw(level: LevelRow | None, side: str, columns: ColumnPlan) -> Line:
    """The best raw level in the columns of its row."""
    half = 0 if columns.form is Form.BOOK else -1 if side == "bid" else 1
    size = columns.find("size", half)
    return fill(_at_columns(level, side, [columns.price, size], columns), columns.width, "band")


def _at_columns(level: LevelRow | None, side: str, places: list[LadderColumn | None], columns: ColumnPlan) -> Line:
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


def _raw_pair(bid: LevelRow | None, ask: LevelRow | None, depth: DepthView, columns: ColumnPlan) -> Line:
    """Both best raw levels in one line, for forms without lines between the sides."""
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


def _spread(top: TopOfBook | None, depth: DepthView, columns: ColumnPlan) -> Line:
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


Prices: TypeAlias = tuple[str, str]
"""Of a line: its price, or where two sides share it that of the bid and that of the ask; empty for none."""
_RAW_FROM: Final = 7
"""Rows from which the raw touch has lines of its own."""


@dataclass(frozen=True, slots=True)
class Scales:
    """Bar scales and the threshold of large levels, in the unit shown."""

    size: Decimal | None = None
    """The amount at which a bar is full."""
    total: Decimal | None = None
    """The sum at which its bar is full."""
    large: Decimal | None = None
    """The amount from which a level is marked."""


@dataclass(frozen=True, slots=True)
class BodyRows:
    """How the lines of the body are divided."""

    band: int
    """Lines of the spread: 1, or with the raw touch of a grouped ladder 3 between the sides and 2 over them."""
    levels: int
    """Lines of levels, those of a band among them included."""
    fixed: bool
    """Whether the band stands over the levels."""


def share(height: int, choices: Choices, *, grouped: bool) -> BodyRows:
    """Divide ``height`` lines so that the spread is on the same line, grouped or not."""
    fixed = has_fixed_band(choices)
    raw = grouped and height >= _RAW_FROM
    band = min(height, (2 if fixed else 3) if raw else 1)
    return BodyRows(band, height - band if fixed else height, fixed)


def row_lines(drawing: Drawing, rows: BodyRows) -> list[Line]:
    depth, columns, choices, scales = drawing.depth, drawing.columns, drawing.choices, drawing.scales
    visible, texts = drawing.visible, drawing.texts
    trusted = depth.verdict.trusted
    shown, sides = visible.shown, choices.form is Form.SIDES
    given = [text for pair in texts for text in pair if text]
    side, last = _last_row(depth)
    frame = RowContext(
        plan=columns,
        scale=scales.size,
        trusted=trusted,
        hatch=verdict_inks(depth.verdict)[0] if not trusted else "hatch",
        lead=shared_prefix(given) if trusted else 0,
        mid=depth.top.mid if depth.top is not None and trusted else None,
        log=choices.bars is BarScale.LOG,
        total_scale=scales.total,
        large=scales.large,
        last_price="" if last is None else price_text(last, columns.price_decimals, columns.price.width),
        last_side=side,
        flashes=drawing.flashes if trusted else {},
        cursor=visible.pinned if drawing.state.cursor is not None else None,
    )
    band: list[Line] = []
    if not rows.fixed:
        band = band_lines(depth, columns, rows.band, fixed=False) if trusted else [hatched(depth, columns)] * rows.band
    lines: list[Line] = []
    draw = book_row if choices.form is Form.BOOK else dom_row
    for number, (slot, text) in enumerate(zip(shown, texts, strict=True)):
        if slot.price is None and slot.band:
            lines.append(band.pop(0))
        elif slot.note or not (text[0] or text[1]):
            lines.append(_note(slot.note, columns, frame))
        elif sides:
            lines.append(sides_row(slot, text, number, frame))
        else:
            lines.append(draw(slot, text[0], number, frame))
    if not trusted and not rows.fixed and lines:
        # Wherever the market is: the word stands where the spread does while the market is followed. A level that is
        # held there stays in sight beside it.
        at, slot = visible.middle, shown[visible.middle]
        level = slot.price is not None
        lines[at] = doubt_over(lines[at], depth, columns, slot.side) if level else doubt_lines(depth, columns, 1)[0]
    return lines


def price_texts(visible: VisibleRows, columns: ColumnPlan) -> list[Prices]:
    width, decimals = columns.price.width, columns.price_decimals
    if columns.form is not Form.SIDES:
        return [("" if slot.price is None else price_text(slot.price, decimals, width), "") for slot in visible.shown]
    return [
        (
            "" if slot.bid is None else price_text(slot.bid.price, decimals, width),
            "" if slot.ask is None else price_text(slot.ask.price, decimals, width),
        )
        for slot in visible.shown
    ]


def _last_row(depth: DepthView) -> tuple[str, Decimal | None]:
    """The row of the last trade: what a buyer took was an ask, what a seller took a bid."""
    trade = depth.last_trade
    if trade is None:
        return "", None
    side = Side.ASK if trade.aggressor == "buy" else Side.BID
    return side.value, row_price(trade.price, side, depth)


def _note(text: str, columns: ColumnPlan, frame: RowContext) -> Line:
    inner = columns.width - 2 * columns.edge
    indent = columns.price.x + columns.price.width - columns.edge
    middle = fill(((f"{' ' * indent}  {text}" if text else "", "muted"),), inner, "text")
    if frame.trusted:
        return ((" " * columns.edge, "text"), *middle, (" " * columns.edge, "text"))
    edge = (HATCH * columns.edge, frame.hatch)
    return (edge, *middle, edge)


_Full: TypeAlias = "tuple[Decimal | None, Decimal | None]"
"""Of bars of sizes and of bars of sums, what fills them."""


def header_line(base: str, quote: str, columns: ColumnPlan, scales: Scales, *, log: bool) -> Line:
    """Column names with their currencies, each over its numbers; over the bars their scale.

    Args:
        base: Name of the currency that sizes are in.
        quote: Name of the one that prices are in.
        columns: The plan.
        scales: What full bars stand for.
        log: Whether bars are logarithmic.
    """
    # What is large changes with every draw, and is not in it.
    return _header(base, quote, columns, scales.size, scales.total, log=log)


@lru_cache(maxsize=16)
def _header(
    base: str, quote: str, columns: ColumnPlan, size: Decimal | None, total: Decimal | None, *, log: bool
) -> Line:
    line: Line = ()
    at = 0
    for column in columns.columns:
        text = _name(base, quote, columns, column, (size, total), log=log)
        line += ((" " * (column.x - at), "text"), (cut(text, column.width), "muted"))
        at = column.x + column.width
    return fill(line, columns.width, "text")


def _name(base: str, quote: str, plan: ColumnPlan, column: LadderColumn, scales: _Full, *, log: bool) -> str:
    if isinstance(column, BarColumn):
        unit, dom = base if plan.unit is Unit.BASE else quote, plan.form is Form.DOM
        return _scale(unit, scales, column.width, log=log, sums=dom, mirrored=column.half < 0)
    names = column.names(plan, base, quote)
    return next((name for name in names if len(name) <= column.width), names[-1]).rjust(column.width)


def _scale(unit: str, scales: _Full, width: int, *, log: bool, sums: bool, mirrored: bool) -> str:
    """What the ends and the middle of a bar stand for."""
    scale, total = scales
    if scale is None:
        return ""
    low = round_text(scale.scaleb(-DECADES)) if log else "0"
    middle = round_text(scale.scaleb(-DECADES // 2) if log else scale / 2)
    full = round_text(scale)
    ends = [(f"{full} {unit}", middle), (f"{full} {unit}", ""), (full, "")]
    if sums and total is not None:
        both = f"{full}, Σ {round_text(total)}"
        ends = [(f"{both} {unit}", ""), (both, ""), *ends]
    for high, centre in ends:
        end = f"log {high}" if log else high
        left, right = (end, low) if mirrored else (low, end)
        space = width - len(left) - len(right)
        before = width // 2 - len(centre) // 2 - len(left)
        if centre and before >= 1 and space - before - len(centre) >= 1:
            return left + " " * before + centre + " " * (space - before - len(centre)) + right
        if not centre and space >= 1:
            return left + " " * space + right
    return full.rjust(width) if len(full) <= width else ""


_LEAST_WIDTH: Final = 24
_LEAST_HEIGHT: Final = 5
_TOO_SMALL: Final = f"terminal too small (need {_LEAST_WIDTH}x{_LEAST_HEIGHT + 1})"
"""A row more than a ladder needs, for the banner of a demo or a replay."""


@dataclass(frozen=True, slots=True)
class LadderParts:
    """Which lines a ladder of a given size has."""

    single: bool
    """One line is all there is room for."""
    figures: int
    headers: bool
    status: bool
    """A line of its own for the cursor's readout; else it takes the place of the last figures while it is needed."""
    impact: int
    counters: bool
    body: int
    """Rows of levels and band."""


def parts(width: int, height: int, *, counters: bool = False, impact: bool = False) -> LadderParts:
    """What fits into ``width`` x ``height``.

    Args:
        width: Columns.
        height: Rows.
        counters: Whether the product's own counters are wanted at the foot.
        impact: Whether a size is to be priced.
    """
    if height < _LEAST_HEIGHT or width < _LEAST_WIDTH:
        return LadderParts(single=True, figures=0, headers=False, status=False, impact=0, counters=False, body=0)
    # Five levels a side come first, then what names them, then what is known besides.
    headers, foot = height >= 13, counters and height >= 15
    figures = 0 if height < 14 or width < 40 else 1 if height < 24 else 2 if height < 32 else 3
    status = height >= 26 and width >= 40
    priced = 2 if impact and height >= 13 else 0
    return LadderParts(
        single=False,
        figures=figures,
        headers=headers,
        status=status,
        impact=priced,
        counters=foot,
        body=height - 1 - figures - headers - status - priced - foot,
    )


@dataclass(frozen=True, slots=True)
class Drawing:
    """All inputs of a drawing except its size."""

    depth: DepthView
    columns: ColumnPlan
    choices: Choices
    state: LadderState
    visible: VisibleRows
    scales: Scales
    texts: Sequence[Prices]
    """The prices of the lines on show."""
    flashes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """``+`` or ``-`` by side and price text of sizes that have just changed."""
    impact: Impact | None = None
    """A size to price."""
    counters: bool = False
    """Whether the product's own counters stand at the foot."""
    marked: bool = False
    """Whether this is the product in front, among several."""


def single_lines(depth: DepthView, width: int, height: int, tag: str) -> list[Line]:
    """The lines of a ladder that is too small to show rows."""
    hint: list[Line] = [((row, "muted"),) for row in wrap(_TOO_SMALL, width)]
    return (one_line(depth, width, tag) + hint)[:height]


def body_rows(shown: LadderParts, choices: Choices, depth: DepthView) -> BodyRows:
    return share(shown.body, choices, grouped=depth.group > depth.tick)


def ladder_lines(drawing: Drawing, width: int, shown: LadderParts) -> list[Line]:
    """All lines of a ladder that has room for rows, top first.

    Args:
        drawing: What to draw.
        width: Columns.
        shown: Its parts, from :func:`parts`.
    """
    depth, columns, choices, visible = drawing.depth, drawing.columns, drawing.choices, drawing.visible
    state = drawing.state
    rows = body_rows(shown, choices, depth)
    lines = [verdict_line(depth, visible, width, held=state.held is not None, marked=drawing.marked)]
    figures = figure_lines(depth, columns, shown.figures)
    if figures and not shown.status and (state.cursor is not None or choices.dust is not None):
        figures[-1] = status_line(depth, choices, state, visible, columns)
    lines += figures
    if rows.fixed:
        lines += band_lines(depth, columns, rows.band, fixed=True)
    if shown.headers:
        lines.append(header_line(depth.base, depth.quote, columns, drawing.scales, log=choices.bars is BarScale.LOG))
    lines += row_lines(drawing, rows)
    if shown.impact and drawing.impact is not None:
        lines += impact_lines(depth, drawing.impact, columns)
    if shown.status:
        lines.append(status_line(depth, choices, state, visible, columns))
    if shown.counters:
        lines.append(counters_line(depth, width))
    return lines
