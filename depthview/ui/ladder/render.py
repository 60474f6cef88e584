"""One ladder as lines: heading, figures, rows, spread and foot, as many as fit. Pure.

What derives from the book is withheld while it is doubtful; the trades and the day have happened all the same.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Context, Decimal
from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from depthview.core.grouping import bucket
from depthview.core.text import plural
from depthview.core.types import Side
from depthview.core.verdict import Proof
from depthview.preferences.display import BarScale, Choices, Form, Spacing, Unit
from depthview.ui.formats import (
    DECADES,
    DIRECTION_GLYPHS,
    UNPROVED,
    VERDICT_GLYPHS,
    balance,
    basis_points,
    compact,
    count,
    duration,
    fixed,
    percent,
    price_text,
    round_text,
    shared_prefix,
    size_text,
    ticker_cell,
    verdict_block,
    verdict_inks,
    verdict_style,
)
from depthview.ui.ladder.columns import ColumnPlan, quote_decimals
from depthview.ui.ladder.row_cells import HATCH, RowContext, book_line, dom_line, sides_line, size_cells
from depthview.ui.ladder.viewport import LadderState, VisibleRows, has_fixed_band
from depthview.ui.lines import BLANK, Cell, Line, Part, crop, cut, fill, fit, over, width_of, wrap
from depthview.views.depth import DepthView, Impact

if TYPE_CHECKING:
    from depthview.ui.ladder.columns import Column
    from depthview.ui.ladder.viewport import VisibleRow
    from depthview.views.depth import DayView, DepthWithin, ImpactView, LevelRow, TopOfBook, Trade

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
        return doubt_lines(depth, columns, height, at=0 if fixed else height // 2)
    top = depth.top
    spread = fill(_spread(top, depth, columns), columns.width, "band")
    if height == 1:
        return [spread]
    bid, ask = (top.best_bid, top.best_ask) if top is not None else (None, None)
    if fixed:
        return [spread, _raw_pair(bid, ask, depth, columns)]
    return [_raw(ask, "ask", columns), spread, _raw(bid, "bid", columns)]


def doubt_lines(depth: DepthView, columns: ColumnPlan, height: int, *, at: int = 0) -> list[Line]:
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
    """A line of hatching."""
    return ((HATCH * columns.width, verdict_inks(depth.verdict)[0]),)


def _raw(level: LevelRow | None, side: str, columns: ColumnPlan) -> Line:
    """The best raw level in the columns of its row."""
    half = 0 if columns.form is Form.BOOK else -1 if side == "bid" else 1
    size = columns.find("size", half)
    return fill(_at_columns(level, side, [columns.price, size], columns), columns.width, "band")


def _at_columns(level: LevelRow | None, side: str, places: list[Column | None], columns: ColumnPlan) -> Line:
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
    """What lengths and marks are measured by, in the unit that is shown."""

    size: Decimal | None = None
    """The amount at which a bar is full."""
    total: Decimal | None = None
    """The sum at which its bar is full."""
    large: Decimal | None = None
    """The amount from which a level is marked."""


@dataclass(frozen=True, slots=True)
class BodyRows:
    """How the lines of a body are shared out."""

    band: int
    """Lines of the spread: 1, or with the raw touch of a grouped ladder 3 between the sides and 2 over them."""
    levels: int
    """Lines of levels, those of a band among them included."""
    fixed: bool
    """Whether the band stands over the levels."""


def share(height: int, choices: Choices, *, grouped: bool) -> BodyRows:
    """``height`` lines shared out so that the spread stands on the same one, grouped or not."""
    fixed = has_fixed_band(choices)
    raw = grouped and height >= _RAW_FROM
    band = min(height, (2 if fixed else 3) if raw else 1)
    return BodyRows(band, height - band if fixed else height, fixed)


def row_lines(
    depth: DepthView,
    columns: ColumnPlan,
    choices: Choices,
    scene: VisibleRows,
    scales: Scales,
    flashes: Mapping[tuple[str, str], str],
    rows: BodyRows,
    texts: Sequence[Prices],
    *,
    cursor: bool,
) -> list[Line]:
    """The lines of the levels, top first.

    Args:
        depth: What to draw; drawn as doubtful unless its verdict is a trusted one.
        columns: The plan.
        choices: Form and bars.
        scene: Which line shows what.
        scales: What bars and marks are measured by.
        flashes: Sizes that have just changed.
        rows: From :func:`share`.
        texts: From :func:`price_texts`.
        cursor: Whether the cursor is on the pinned line of the scene.
    """
    trusted = depth.verdict.trusted
    shown, sides = scene.shown, choices.form is Form.SIDES
    given = [text for pair in texts for text in pair if text]
    side, last = _last_row(depth)
    frame = RowContext(
        columns=columns,
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
        flashes=flashes if trusted else {},
        cursor=scene.pinned if cursor else None,
    )
    band = [] if rows.fixed else band_lines(depth, columns, rows.band, fixed=False)
    if not trusted:
        band = [hatched(depth, columns)] * len(band)
    lines: list[Line] = []
    draw = book_line if choices.form is Form.BOOK else dom_line
    for number, (slot, text) in enumerate(zip(shown, texts, strict=True)):
        if slot.price is None and slot.band:
            lines.append(band.pop(0))
        elif slot.note or not (text[0] or text[1]):
            lines.append(_note(slot.note, columns, frame))
        elif sides:
            lines.append(sides_line(slot, text, number, frame))
        else:
            lines.append(draw(slot, text[0], number, frame))
    if not trusted and not rows.fixed and lines:
        # Wherever the market is: the word stands where the spread does while the market is followed. A level that is
        # held there stays in sight beside it.
        at, slot = scene.middle, shown[scene.middle]
        level = slot.price is not None
        lines[at] = doubt_over(lines[at], depth, columns, slot.side) if level else doubt_lines(depth, columns, 1)[0]
    return lines


def price_texts(scene: VisibleRows, columns: ColumnPlan) -> list[Prices]:
    """The prices of the lines on show."""
    width, decimals = columns.price.width, columns.price_decimals
    if columns.form is not Form.SIDES:
        return [("" if slot.price is None else price_text(slot.price, decimals, width), "") for slot in scene.shown]
    return [
        (
            "" if slot.bid is None else price_text(slot.bid.price, decimals, width),
            "" if slot.ask is None else price_text(slot.ask.price, decimals, width),
        )
        for slot in scene.shown
    ]


def _last_row(depth: DepthView) -> tuple[str, Decimal | None]:
    """The row of the last trade: what a buyer took was an ask, what a seller took a bid."""
    trade = depth.last_trade
    if trade is None:
        return "", None
    side = Side.ASK if trade.aggressor == "buy" else Side.BID
    return side.value, bucket(trade.price, depth.group, side) if depth.group > depth.tick else trade.price


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
_AGE: Final = 6
"""Columns that every age takes, so that nothing after it moves."""


def verdict_line(depth: DepthView, scene: VisibleRows | None, width: int, *, held: bool, marked: bool = False) -> Line:
    """The verdict at the left, then the product, where the ladder stands, and what else there is to say.

    Args:
        depth: The book.
        scene: What is on show; None where there are no rows.
        width: Columns.
        held: Whether the ladder is held at a price.
        marked: Whether this is the product in front, among several.
    """
    trusted = depth.verdict.trusted
    line: Line = ((verdict_block(depth.verdict), verdict_style(depth.verdict)), (" ", "text"))
    room = max(0, width - 12)
    name = cut(depth.product, 24)
    parts = [Part(0, ((f"▸{name} " if marked else name, "band-strong" if marked else "strong"),))]
    if held:
        parts.append(Part(1, ((f" HELD{_arrow(scene)} ", "frozen"),)))
    if depth.proof is Proof.PARTIAL:
        parts.insert(0, Part(1, ((UNPROVED, "warn-text"),)))
    if depth.trading_state:
        parts.append(Part(1, ((f" {cut(depth.trading_state, 20)} ", "warn"),)))
    if not trusted:
        age = Part(2, (("for ", "muted"), (duration(depth.verdict_age).rjust(_AGE), "text")))
        taken = sum(width_of(part.cells) + 2 for part in parts) + (_AGE + 6 if room >= 40 else 0)
        reason = cut(depth.reason or "", max(0, room - taken))
        return line + fit(
            [*parts, *([age] if room >= 40 else []), Part(1, ((reason, verdict_inks(depth.verdict)[1]),))], room
        )
    parts += [
        Part(2, (("book ", "muted"), (duration(depth.book_age).rjust(_AGE), "text"), (" old", "muted"))),
        Part(4, ((f"{count(depth.bid_levels)} bid and {count(depth.ask_levels)} ask levels", "muted"),)),
        Part(5, ((f"{depth.verdict.value.lower()} for ", "muted"), (duration(depth.verdict_age), "muted"))),
    ]
    if depth.contract:
        parts.insert(1, Part(3, ((depth.contract, "muted"),)))
    if depth.feed_product != depth.product:
        parts.insert(1, Part(3, ((f"data of {cut(depth.feed_product, 24)}", "muted"),)))
    return line + fit(parts, room)


def _arrow(scene: VisibleRows | None) -> str:
    """Which way the market is, and how many rows away."""
    if scene is None or not scene.direction:
        return ""
    glyph = "▲" if scene.direction > 0 else "▼"
    return f" {glyph} {count(scene.away)}" if scene.away else f" {glyph}"


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


def _name(base: str, quote: str, columns: ColumnPlan, column: Column, scales: _Full, *, log: bool) -> str:
    unit = base if columns.unit is Unit.BASE else quote
    side = {-1: "BID ", 1: "ASK "}.get(column.half, "")
    dom = columns.form is Form.DOM
    if column.key == "bar":
        return _scale(unit, scales, column.width, log=log, sums=dom, mirrored=column.half < 0)
    names = {
        "price": (f"{side}{quote}",) if columns.form is Form.SIDES else (f"PRICE {quote}", "PRICE"),
        "distance": ("BPS TO MID", "BPS"),
        "size": (f"{side}/ Σ {unit}", f"{side}/ Σ") if dom else (f"{side}SIZE {unit}", f"SIZE {unit}", "SIZE"),
        "total": (f"Σ {unit}", "Σ"),
        "notional": (f"{quote} / Σ", quote) if dom else (f"VALUE {quote}", quote),
    }[column.key]
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


def counters_line(depth: DepthView, width: int) -> Line:
    """The product's own counters, for a ladder that stands beside others."""
    stats = depth.sequence
    parts = [
        Part(index, ((f"{label} ", "muted"), (count(number), "warn-text" if number else "text")))
        for index, (label, number) in enumerate(
            (
                ("gaps", stats.gaps),
                ("missed", stats.missed),
                ("duplicates", stats.duplicates),
                ("out of order", stats.out_of_order),
                ("resets", stats.resets),
            )
        )
    ]
    return ((" ", "text"), *fit(parts, max(1, width - 1)))


def one_line(depth: DepthView, width: int, tag: str) -> list[Line]:
    """Everything in one row: product, touch, verdict, gaps; what is not trusted is withheld."""
    glyph, word = VERDICT_GLYPHS[depth.verdict], depth.verdict.value
    style = verdict_style(depth.verdict)
    gaps = depth.sequence.gaps
    head: Line = ((f" {tag} ", "banner"), (" ", "text")) if tag else BLANK
    verdict: Line = ((f"{glyph} {word}" if depth.verdict.trusted else f" {glyph} {word} ", style),)
    if depth.proof is Proof.PARTIAL:
        verdict += ((f" {UNPROVED}", "warn-text"),)
    product = cut(depth.product, 16)
    touch = _short_touch(depth)
    middle: Line = ((f"{product} ", "strong"),)
    candidates: list[Line] = [
        (*head, *middle, (f"{touch} " if touch else "", "text"), *verdict, (f" gap {gaps}", "muted")),
        (*head, *middle, (f"{touch} " if touch else "", "text"), *verdict),
        (*head, *middle, *verdict),
        (*head, *verdict),
        verdict,
        verdict[:1],
        ((glyph, style),),
    ]
    for line in candidates:
        if width_of(line) <= width:
            return [fill(line, width, "text")]
    return [crop(candidates[-1], width)]


def _short_touch(depth: DepthView) -> str:
    top = depth.top if depth.verdict.trusted else None
    if top is None or top.best_bid is None or top.best_ask is None:
        return ""
    bid = price_text(top.best_bid.price, depth.price_decimals)
    ask = price_text(top.best_ask.price, depth.price_decimals)
    same = next((i for i, (a, b) in enumerate(zip(bid, ask, strict=False)) if a != b), len(ask))
    keep = min(same, max(0, len(ask) - 2)) if len(bid) == len(ask) else 0
    return f"{bid}/{ask[keep:]}"


_FORMS: Final = {Form.BOOK: "book", Form.DOM: "DOM", Form.SIDES: "side by side"}
_SPACINGS: Final = {Spacing.COMPACT: "compact rows", Spacing.GRID: "fixed grid"}
_BPS: Final = Decimal(10_000)
_SHARES: Final = Context(prec=40, rounding=ROUND_DOWN)
_DIMMED: Final = {
    **dict.fromkeys(("band", "band-strong", "band-bid", "band-ask"), "band-muted"),
    **dict.fromkeys(("text", "strong"), "muted"),
}
"""Styles of the readout while the book is in doubt."""
_ROOMY: Final = 90
_WORDS_FROM: Final = 60


def status_line(
    depth: DepthView, choices: Choices, state: LadderState, scene: VisibleRows, columns: ColumnPlan
) -> Line:
    """The readout of the cursor; without one how the ladder is drawn, and what of it is hidden."""
    slot = None if state.cursor is None or scene.pinned is None else scene.slot(scene.pinned)
    inner = max(1, columns.width - 2 * columns.edge)
    parts = _readout(depth, slot, state, columns) if slot is not None else _manner(depth, choices, state, scene)
    style = "band" if slot is not None else "text"
    gap = "   " if inner >= _ROOMY else "  "
    line = fill(((" " * columns.edge, style), *fit(parts, inner, gap=gap, style=style)), columns.width, style)
    return line if depth.verdict.trusted else tuple((text, _DIMMED.get(ink, ink)) for text, ink in line)


def _manner(depth: DepthView, choices: Choices, state: LadderState, scene: VisibleRows) -> list[Part]:
    parts = [Part(0, ((_place(state, scene), "strong" if state.held is None else "text"),))]
    if choices.dust is not None:
        said = f"{plural(scene.hidden, 'level')} under {round_text(choices.dust)} {depth.base} hidden"
        parts.append(Part(1, ((said, "text"),)))
    bars = "log bars" if choices.bars is BarScale.LOG else "linear bars"
    unit = depth.base if choices.unit is Unit.BASE else depth.quote
    words = (_FORMS[choices.form], _SPACINGS[choices.spacing], bars, f"in {unit}")
    return [*parts, *(Part(2 + rank, ((word, "muted"),)) for rank, word in enumerate(words))]


def _place(state: LadderState, scene: VisibleRows) -> str:
    if state.held is None:
        return "FOLLOW"
    if not scene.direction:
        return "HELD, market on show"
    way = "up" if scene.direction > 0 else "down"
    rows = "" if scene.away is None else f" {plural(scene.away, 'row')}"
    return f"HELD, market{rows} {way}"


def _readout(depth: DepthView, slot: VisibleRow, state: LadderState, columns: ColumnPlan) -> list[Part]:
    if columns.form is Form.SIDES:
        sides = [("bid", slot.bid), ("ask", slot.ask)]
        return [
            part
            for side, level in sides
            if level is not None
            for part in _level_parts(depth, side, level, columns, short=columns.width < 2 * _ROOMY)
        ]
    level = slot.level
    if level is None:
        price = slot.price if slot.price is not None else state.cursor
        text = "-" if price is None else price_text(price, columns.price_decimals)
        return [
            Part(0, (("▸ ", "band-strong"), (text, "band-strong"), ("  nothing rests here", "band-muted"))),
            Part(1, ((_distance(price, depth), "band"),)),
        ]
    side = "ask" if slot.ask is not None else "bid"
    return _level_parts(depth, side, level, columns, short=columns.width < _WORDS_FROM)


def _level_parts(depth: DepthView, side: str, level: LevelRow, columns: ColumnPlan, *, short: bool) -> list[Part]:
    price = price_text(level.price, columns.price_decimals)
    decimals = depth.size_decimals
    worth = level.cumulative_notional
    money = "-" if worth is None else size_text(worth, quote_decimals(depth.quote))
    first = (("▸ ", "band-strong"), (f"{side} ", "band-muted"), (price, f"band-{side}"))
    size, reach = size_text(level.size, decimals), "Σ " if short else "Σ to here "
    total = size_text(level.cumulative, decimals)
    return [
        Part(0, first),
        Part(2, ((_distance(level.price, depth), "band"),)),
        Part(3, (("" if short else "size ", "band-muted"), (size, "band"))),
        Part(
            1,
            ((reach, "band-muted"), (total, "band-strong"), (f" {depth.base}", "band-muted")),
        ),
        Part(1, ((money, "band-strong"), (f" {depth.quote}", "band-muted"))),
    ]


def _distance(price: Decimal | None, depth: DepthView) -> str:
    mid = depth.top.mid if depth.top is not None and depth.verdict.trusted else None
    if not mid or price is None:
        return "- bps"
    away = _SHARES.multiply(_SHARES.divide(_SHARES.subtract(price, mid), mid), _BPS)
    text = fixed(abs(away), 2)
    return f"{'<0.01' if text.startswith('<') else ('+' if away > 0 else '-') + text} bps"


def impact_lines(depth: DepthView, asked: Impact, columns: ColumnPlan) -> list[Line]:
    """What buying and selling the size asked for would come to, a line each."""
    found = depth.impacts if depth.verdict.trusted else ()
    lines: list[Line] = []
    inner = max(1, columns.width - 2 * columns.edge)
    for side in ("buy", "sell"):
        view = next((impact for impact in found if impact.side == side), None)
        parts = [Part(0, ((f"{side:<4} ", "band-muted"), (amount_words(asked, depth), "band-strong")))]
        unvalued = depth.multiplier is None and asked.in_quote
        missing = f"- {depth.contract}" if unvalued else "- withheld"
        parts += _cost(view, depth, columns) if view is not None else [Part(1, ((missing, "band-muted"),))]
        line = fit(parts, inner, gap="   " if inner >= _ROOMY else "  ", style="band")
        lines.append(fill(((" " * columns.edge, "band"), *line), columns.width, "band"))
    return lines


def _cost(view: ImpactView, depth: DepthView, columns: ColumnPlan) -> list[Part]:
    decimals = columns.price_decimals
    if view.average is None:
        return [Part(1, ((" nothing to take ", "warn"),))]
    side = "ask" if view.side == "buy" else "bid"
    slip = "-" if view.slippage_bps is None else f"{fixed(view.slippage_bps, 3)} bps"
    parts = [
        Part(1, (("at ", "band-muted"), (price_text(view.average, decimals + 2), f"band-{side}"))),
        Part(2, ((slip, "band-strong"), (" off mid", "band-muted"))),
        Part(3, ((plural(view.levels, "level"), "band"),)),
    ]
    if view.worst is not None:
        parts.append(Part(4, (("to ", "band-muted"), (price_text(view.worst, decimals), "band"))))
    if not view.complete:
        held = size_text(view.filled, min(depth.size_decimals, 4))
        parts.insert(1, Part(0, ((f" book holds only {held} {depth.base} ", "warn"),)))
    return parts


def amount_words(asked: Impact, depth: DepthView) -> str:
    """The size asked for, in its currency."""
    return f"{asked.size.normalize():,f} {depth.quote if asked.in_quote else depth.base}"


_ROOMY_FIGURES: Final = 72
_NARROW: Final = 60
"""Columns below which the sizes at the touch give way, and the depth has a line of its own."""
_FINER: Final = 2
"""Decimals of a microprice beyond those of prices."""


def figure_lines(depth: DepthView, columns: ColumnPlan, count: int) -> list[Line]:
    """The figures in ``count`` lines, 0 to 3; each leaves out what it has no room for, the least needed first."""
    if count <= 0:
        return []
    decimals = columns.price_decimals
    top = depth.top if depth.verdict.trusted else None
    last, mid, group = _last(depth.last_trade, depth, decimals), _mid(top, decimals), _group(depth, decimals)
    inner = max(1, columns.width - 2 * columns.edge)
    narrow = inner < _NARROW
    touch = _touch(top, depth, columns, sizes=count > 1 and not narrow)
    more = [
        Part(2, _labelled("micro", _price(top.microprice if top else None, decimals + _FINER))),
        *(_within(found, depth, rank) for rank, found in enumerate(depth.within if top is not None else (), 3)),
    ]
    if not top:
        more.append(Part(3, (("depth ", "muted"), ("-", "text"))))
    day = _day(depth.day, depth, decimals)
    ticker_rank = 7 if depth.ticker_differs is None else 1
    ticker = Part(ticker_rank, (("ticker ", "muted"), ticker_cell(depth, "muted", age_width=_AGE)))
    trade = _trade(depth.last_trade, depth, columns)
    if count == 1:
        rows = [[last, mid, touch, *([group] if depth.group > depth.tick else []), ticker, *more]]
    elif count == 2:
        rows = [[last, touch, trade, ticker], [mid, *more, group, *day]]
    elif narrow:
        rows = [[last, touch], [mid, more[0]], [*more[1:], group, ticker]]
    else:
        rows = [[last, trade, touch], [mid, *more], [*day, group, ticker]]
    gap = "   " if inner >= _ROOMY_FIGURES else "  "
    return [((" " * columns.edge, "text"), *fit(row, inner, gap=gap)) for row in rows]


def _labelled(label: str, text: str, style: str = "text") -> Line:
    return ((f"{label} ", "muted"), (text, style))


def _price(value: Decimal | None, decimals: int) -> str:
    return "-" if value is None else price_text(value, decimals)


def _last(trade: Trade | None, depth: DepthView, decimals: int) -> Part:
    glyph = DIRECTION_GLYPHS.get(depth.last_direction, " ")
    price = "-" if trade is None else price_text(trade.price, decimals)
    return Part(0, (("last ", "muted"), (price, "strong"), (f" {glyph}", "text")))


def _trade(trade: Trade | None, depth: DepthView, columns: ColumnPlan) -> Part:
    if trade is None:
        return Part(9, ())
    return Part(8, ((f"{trade.aggressor:<4} {size_text(trade.size, depth.size_decimals)} {depth.base}", "muted"),))


def _mid(top: TopOfBook | None, decimals: int) -> Part:
    return Part(1, _labelled("mid", _price(top.mid if top else None, decimals + 1), "strong"))


def _touch(top: TopOfBook | None, depth: DepthView, columns: ColumnPlan, *, sizes: bool) -> Part:
    bid, ask = (top.best_bid, top.best_ask) if top is not None else (None, None)
    # The column of sizes may be in the other currency.
    decimals = columns.size_decimals if columns.unit is Unit.BASE else depth.size_decimals
    cells: list[Cell] = []
    for side, level in (("bid", bid), ("ask", ask)):
        cells += [("  " if cells else "", "text"), (f"{side} ", "muted"), _side(level, columns, side)]
        if sizes and level is not None:
            cells.append((f" {size_text(level.size, decimals)}", "text"))
    return Part(3, tuple(cells))


def _side(level: LevelRow | None, columns: ColumnPlan, side: str) -> Cell:
    return ("-", "text") if level is None else (price_text(level.price, columns.price_decimals), side)


def _within(found: DepthWithin, depth: DepthView, rank: int) -> Part:
    # Whole contracts are counted, not measured.
    compact_from = 1 if depth.size_decimals else 1_000
    bids, asks = (compact(amount) if amount >= compact_from else fixed(amount, min(4, depth.size_decimals))
                  for amount in (found.bids, found.asks))  # fmt: skip
    return Part(
        rank,
        (
            (f"in {found.bps} bps ", "muted"),
            (bids, "bid"),
            (" / ", "muted"),
            (asks, "ask"),
            (f" {depth.base}", "muted"),
        ),
    )


def _day(day: DayView | None, depth: DepthView, decimals: int) -> list[Part]:
    if day is None:
        return []
    low, high = _price(day.low, decimals), _price(day.high, decimals)
    parts = [Part(5, (("24 h ", "muted"), (low, "text"), (" to ", "muted"), (high, "text")))]
    if day.change_percent is not None:
        sign = "" if day.change_percent < 0 else "+"
        parts.append(Part(5, ((f"{sign}{fixed(day.change_percent, 2)} %", "text"),)))
    if day.volume is not None:
        parts.append(Part(6, ((compact(day.volume), "text"), (f" {depth.base}", "muted"))))
    return parts


def _group(depth: DepthView, decimals: int) -> Part:
    if depth.group <= depth.tick:
        return Part(8, (("not grouped", "muted"),))
    width = price_text(depth.group, decimals)
    return Part(2, (("rows of ", "muted"), (width, "strong"), (f" {depth.quote}", "muted")))


_LEAST_WIDTH: Final = 24
_LEAST_HEIGHT: Final = 5
_TOO_SMALL: Final = f"terminal too small (need {_LEAST_WIDTH}x{_LEAST_HEIGHT + 1})"
"""A row more than a ladder needs, for the banner of a demo or a replay."""


@dataclass(frozen=True, slots=True)
class LadderParts:
    """Which lines a ladder of some size has."""

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
    """Everything that the lines of a ladder depend on, but for its size."""

    depth: DepthView
    columns: ColumnPlan
    choices: Choices
    state: LadderState
    scene: VisibleRows
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
    """What a ladder says where there is no room for one."""
    hint: list[Line] = [((row, "muted"),) for row in wrap(_TOO_SMALL, width)]
    return (one_line(depth, width, tag) + hint)[:height]


def body_rows(shown: LadderParts, choices: Choices, depth: DepthView) -> BodyRows:
    """How the body of a ladder is shared out."""
    return share(shown.body, choices, grouped=depth.group > depth.tick)


def ladder_lines(drawing: Drawing, width: int, shown: LadderParts) -> list[Line]:
    """All lines of a ladder that has room for rows, top first.

    Args:
        drawing: What to draw.
        width: Columns.
        shown: Its parts, from :func:`parts`.
    """
    depth, columns, choices, scene = drawing.depth, drawing.columns, drawing.choices, drawing.scene
    state = drawing.state
    rows = body_rows(shown, choices, depth)
    lines = [verdict_line(depth, scene, width, held=state.held is not None, marked=drawing.marked)]
    status = status_line(depth, choices, state, scene, columns)
    figures = figure_lines(depth, columns, shown.figures)
    if figures and not shown.status and (state.cursor is not None or choices.dust is not None):
        figures[-1] = status
    lines += figures
    if rows.fixed:
        lines += band_lines(depth, columns, rows.band, fixed=True)
    if shown.headers:
        lines.append(header_line(depth.base, depth.quote, columns, drawing.scales, log=choices.bars is BarScale.LOG))
    lines += row_lines(
        depth,
        columns,
        choices,
        scene,
        drawing.scales,
        drawing.flashes,
        rows,
        drawing.texts,
        cursor=state.cursor is not None,
    )
    if shown.impact and drawing.impact is not None:
        lines += impact_lines(depth, drawing.impact, columns)
    if shown.status:
        lines.append(status)
    if shown.counters:
        lines.append(counters_line(depth, width))
    return lines or [BLANK]
