"""What names a ladder: the verdict at its fixed place, the column headers, counters, or all of it in one line."""

from __future__ import annotations

from functools import lru_cache
from typing import TYPE_CHECKING, Final, TypeAlias

from depthview.core.verdict import Proof
from depthview.preferences.display import Form, Unit
from depthview.ui.formats import (
    DECADES,
    UNPROVED,
    VERDICT_GLYPHS,
    count,
    duration,
    price_text,
    round_text,
    verdict_block,
    verdict_inks,
    verdict_style,
)
from depthview.ui.lines import BLANK, Line, Part, crop, cut, fill, fit, width_of

if TYPE_CHECKING:
    from decimal import Decimal

    from depthview.ui.ladder.body import Scales
    from depthview.ui.ladder.columns import Column, Columns
    from depthview.ui.ladder.viewport import Scene
    from depthview.views.depth import DepthView

_Full: TypeAlias = "tuple[Decimal | None, Decimal | None]"
"""Of bars of sizes and of bars of sums, what fills them."""
_AGE: Final = 6
"""Columns that every age takes, so that nothing after it moves."""


def verdict_line(depth: DepthView, scene: Scene | None, width: int, *, held: bool, marked: bool = False) -> Line:
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


def _arrow(scene: Scene | None) -> str:
    """Which way the market is, and how many rows away."""
    if scene is None or not scene.direction:
        return ""
    glyph = "▲" if scene.direction > 0 else "▼"
    return f" {glyph} {count(scene.away)}" if scene.away else f" {glyph}"


def header_line(base: str, quote: str, columns: Columns, scales: Scales, *, log: bool) -> Line:
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
def _header(base: str, quote: str, columns: Columns, size: Decimal | None, total: Decimal | None, *, log: bool) -> Line:
    line: Line = ()
    at = 0
    for column in columns.columns:
        text = _name(base, quote, columns, column, (size, total), log=log)
        line += ((" " * (column.x - at), "text"), (cut(text, column.width), "muted"))
        at = column.x + column.width
    return fill(line, columns.width, "text")


def _name(base: str, quote: str, columns: Columns, column: Column, scales: _Full, *, log: bool) -> str:
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
