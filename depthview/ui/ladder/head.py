"""What stands over and under the rows of a ladder: the verdict at its fixed place, figures, headers, counters."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.ui.cells import BLANK, Cell, Line, Part, crop, cut, fill, fit, width_of
from depthview.ui.rows import price_text, round_text, size_text
from depthview.ui.words import (
    DIRECTION_GLYPHS,
    VERDICT_GLYPHS,
    count,
    duration,
    ticker_words,
    verdict_block,
    verdict_inks,
    verdict_style,
)

if TYPE_CHECKING:
    from decimal import Decimal

    from depthview.ui.ladder.columns import Columns
    from depthview.view import DepthView, LevelRow, TopOfBook

_AGE: Final = 6
"""Columns that every age takes, so that nothing after it moves."""


def verdict_line(depth: DepthView, width: int, *, marked: bool = False) -> Line:
    """The verdict at the left, then the product and what else there is to say of its book."""
    trusted = depth.verdict.trusted
    line: Line = ((verdict_block(depth.verdict), verdict_style(depth.verdict)), (" ", "text"))
    room = max(0, width - 12)
    name = cut(depth.product, 24)
    parts = [Part(0, ((f"▸{name} " if marked else name, "band-strong" if marked else "strong"),))]
    if depth.trading_state:
        parts.append(Part(1, ((f" {cut(depth.trading_state, 20)} ", "warn"),)))
    if not trusted:
        age = Part(2, (("for ", "muted"), (duration(depth.verdict_age).rjust(_AGE), "text")))
        taken = len(parts[0].cells[0][0]) + 2 + (_AGE + 6 if room >= 40 else 0)
        reason = cut(depth.reason or "", max(0, room - taken))
        return line + fit(
            [*parts, *([age] if room >= 40 else []), Part(1, ((reason, verdict_inks(depth.verdict)[1]),))], room
        )
    parts += [
        Part(2, (("book ", "muted"), (duration(depth.book_age).rjust(_AGE), "text"), (" old", "muted"))),
        Part(4, ((f"{count(depth.bid_levels)} bid and {count(depth.ask_levels)} ask levels", "muted"),)),
        Part(5, ((f"{depth.verdict.value.lower()} for ", "muted"), (duration(depth.verdict_age), "muted"))),
    ]
    if depth.feed_product != depth.product:
        parts.insert(1, Part(3, ((f"data of {cut(depth.feed_product, 24)}", "muted"),)))
    return line + fit(parts, room)


def figures_line(depth: DepthView, columns: Columns) -> Line:
    """Last trade, mid, best bid and ask, row width. What derives from the book is withheld while it is doubtful."""
    last, decimals = depth.last_trade, columns.price_decimals
    glyph = DIRECTION_GLYPHS.get(depth.last_direction, " ")
    price = "-" if last is None else price_text(last.price, decimals)
    top = depth.top if depth.verdict.trusted else None
    mid = "-" if top is None or top.mid is None else price_text(top.mid, decimals + 1)
    parts = [
        Part(0, (("last ", "muted"), (price, "strong"), (f" {glyph}", "text"))),
        Part(1, (("mid ", "muted"), (mid, "strong"))),
        Part(3, _best(top, columns)),
        Part(4, (("ticker ", "muted"), (ticker_words(depth, _AGE), "muted"))),
        _group(depth, decimals),
    ]
    if last is not None:
        size = size_text(last.size, columns.size_decimals)
        parts.insert(1, Part(6, ((f"{last.aggressor} {size} {depth.base}", "muted"),)))
    inner = max(1, columns.width - 2 * columns.edge)
    return ((" " * columns.edge, "text"), *fit(parts, inner, gap="   " if inner >= 72 else "  "))


def _best(top: TopOfBook | None, columns: Columns) -> Line:
    bid, ask = (top.best_bid, top.best_ask) if top is not None else (None, None)
    return (("bid ", "muted"), _touch(bid, columns, "bid"), ("  ask ", "muted"), _touch(ask, columns, "ask"))


def _touch(level: LevelRow | None, columns: Columns, side: str) -> Cell:
    return ("-", "text") if level is None else (price_text(level.price, columns.price_decimals), side)


def _group(depth: DepthView, decimals: int) -> Part:
    if depth.group <= depth.tick:
        return Part(5, (("not grouped", "muted"),))
    width = price_text(depth.group, decimals)
    return Part(2, (("rows of ", "muted"), (width, "strong"), (f" {depth.quote}", "muted")))


def header_line(depth: DepthView, columns: Columns, scale: Decimal | None) -> Line:
    """Column names with their currencies, each over its numbers; over the bars their scale."""
    line: Line = ((" " * columns.edge, "text"),)
    at = columns.edge
    for column in columns.columns:
        names = {
            "price": (f"PRICE {depth.quote}", "PRICE"),
            "distance": ("BPS TO MID", "BPS"),
            "size": (f"SIZE {depth.base}", "SIZE"),
            "total": (f"Σ {depth.base}", "Σ"),
        }.get(column.key)
        text = (
            _scale(depth, scale, column.width)
            if names is None
            else next((name for name in names if len(name) <= column.width), names[-1]).rjust(column.width)
        )
        line += ((" " * (column.x - at), "text"), (cut(text, column.width), "muted"))
        at = column.x + column.width
    return fill(line, columns.width, "text")


def _scale(depth: DepthView, scale: Decimal | None, width: int) -> str:
    if scale is None:
        return ""
    full, half = f"{round_text(scale)} {depth.base}", round_text(scale / 2)
    if len(full) + 3 > width:
        return full.rjust(width) if len(full) <= width else ""
    centre = width // 2 - len(half) // 2
    if centre + len(half) + 3 > width - len(full):
        return "0" + full.rjust(width - 1)
    return "0" + half.rjust(centre + len(half) - 1) + full.rjust(width - centre - len(half))


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
    product = cut(depth.product, 16)
    touch = _short_touch(depth)
    middle: Line = ((f"{product} ", "strong"),)
    candidates: list[Line] = [
        (*head, *middle, (f"{touch} " if touch else "", "text"), *verdict, (f" gap {gaps}", "muted")),
        (*head, *middle, (f"{touch} " if touch else "", "text"), *verdict),
        (*head, *middle, *verdict),
        (*head, *verdict),
        verdict,
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
