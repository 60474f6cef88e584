"""What stands over and under the rows of a ladder: verdict, figures, readout of the cursor, price of a size, counters.

What derives from the book is withheld while it is doubtful; the trades and the day have happened all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.core.text import plural
from depthview.core.verdict import Proof
from depthview.preferences.display import BarScale, Choices, Form, Spacing, Unit
from depthview.ui.formats import (
    DIRECTION_GLYPHS,
    UNPROVED,
    VERDICT_GLYPHS,
    compact,
    count,
    duration,
    fixed,
    price_text,
    quote_decimals,
    round_text,
    size_text,
    ticker_cell,
    verdict_block,
    verdict_inks,
    verdict_style,
)
from depthview.ui.ladder.columns import ColumnPlan, distance
from depthview.ui.lines import BLANK, Cell, Line, Part, crop, cut, fill, fit, width_of

if TYPE_CHECKING:
    from decimal import Decimal

    from depthview.ui.ladder.viewport import LadderState, VisibleRow, VisibleRows
    from depthview.views.depth import DayView, DepthView, DepthWithin, Impact, ImpactView, LevelRow, TopOfBook, Trade

_AGE: Final = 6
"""Columns that every age takes, so that nothing after it moves."""


def verdict_line(
    depth: DepthView, visible: VisibleRows | None, width: int, *, held: bool, marked: bool = False
) -> Line:
    """The verdict at the left, then the product, where the ladder stands, and what else there is to say.

    Args:
        depth: The book.
        visible: What is on show; None where there are no rows.
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
        parts.append(Part(1, ((f" HELD{_arrow(visible)} ", "frozen"),)))
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


def _arrow(visible: VisibleRows | None) -> str:
    """Direction and distance in rows of the market."""
    if visible is None or not visible.direction:
        return ""
    glyph = "▲" if visible.direction > 0 else "▼"
    return f" {glyph} {count(visible.away)}" if visible.away else f" {glyph}"


def counters_line(depth: DepthView, width: int) -> Line:
    """The product's own counters, for ladders side by side."""
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
    """Everything in one row; what is not trusted is withheld."""
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
_DIMMED: Final = {
    **dict.fromkeys(("band", "band-strong", "band-bid", "band-ask"), "band-muted"),
    **dict.fromkeys(("text", "strong"), "muted"),
}
"""Styles of the readout while the book is in doubt."""
_ROOMY: Final = 90
_WORDS_FROM: Final = 60


def status_line(
    depth: DepthView, choices: Choices, state: LadderState, visible: VisibleRows, columns: ColumnPlan
) -> Line:
    """The readout of the cursor, or without one the form of the ladder and what it hides."""
    slot = None if state.cursor is None or visible.pinned is None else visible.row_at(visible.pinned)
    inner = max(1, columns.width - 2 * columns.edge)
    parts = _readout(depth, slot, state, columns) if slot is not None else _manner(depth, choices, state, visible)
    style = "band" if slot is not None else "text"
    gap = "   " if inner >= _ROOMY else "  "
    line = fill(((" " * columns.edge, style), *fit(parts, inner, gap=gap, style=style)), columns.width, style)
    return line if depth.verdict.trusted else tuple((text, _DIMMED.get(ink, ink)) for text, ink in line)


def _manner(depth: DepthView, choices: Choices, state: LadderState, visible: VisibleRows) -> list[Part]:
    parts = [Part(0, ((_place(state, visible), "strong" if state.held is None else "text"),))]
    if choices.dust is not None:
        said = f"{plural(visible.hidden, 'level')} under {round_text(choices.dust)} {depth.base} hidden"
        parts.append(Part(1, ((said, "text"),)))
    bars = "log bars" if choices.bars is BarScale.LOG else "linear bars"
    unit = depth.base if choices.unit is Unit.BASE else depth.quote
    words = (_FORMS[choices.form], _SPACINGS[choices.spacing], bars, f"in {unit}")
    return [*parts, *(Part(2 + rank, ((word, "muted"),)) for rank, word in enumerate(words))]


def _place(state: LadderState, visible: VisibleRows) -> str:
    if state.held is None:
        return "FOLLOW"
    if not visible.direction:
        return "HELD, market visible"
    way = "up" if visible.direction > 0 else "down"
    rows = "" if visible.away is None else f" {plural(visible.away, 'row')}"
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
    text = distance(price, mid)
    return f"{'<0.01' if text.startswith('<') else ('+' if price > mid else '-') + text} bps"


def impact_lines(depth: DepthView, asked: Impact, columns: ColumnPlan) -> list[Line]:
    """What buying and selling the chosen size would cost, a line each."""
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
    return f"{asked.size.normalize():,f} {depth.quote if asked.in_quote else depth.base}"


_ROOMY_FIGURES: Final = 72
_NARROW: Final = 60
"""Columns below which the sizes at the touch give way, and the depth has a line of its own."""
_FINER: Final = 2
"""Decimals of a microprice beyond those of prices."""


def figure_lines(depth: DepthView, columns: ColumnPlan, count: int) -> list[Line]:
    """The figures in 0 to 3 lines; the least important are left out first."""
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
    trade = _trade(depth.last_trade, depth)
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


def _trade(trade: Trade | None, depth: DepthView) -> Part:
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
