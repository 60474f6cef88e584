"""Small ladders, as in the grid of products: price, size and bar of a few levels, with the rows of the large ones."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.core.verdict import Proof
from depthview.ui.formats import (
    DIRECTION_GLYPHS,
    HATCH,
    UNPROVED,
    basis_points,
    count,
    duration,
    price_text,
    shared_prefix,
    state_mark,
    verdict_block,
    verdict_inks,
    verdict_style,
)
from depthview.ui.ladder.columns import RowContext, book_row
from depthview.ui.ladder.plan import plan_small
from depthview.ui.ladder.viewport import VisibleRow
from depthview.ui.lines import BLANK, Cell, Line, Part, between, cut, fill, fit, width_of

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.ui.ladder.scale import LadderMemory
    from depthview.views.depth import DepthView, LevelRow

SMALL_LEAST: Final = 26
"""Columns of the narrowest small ladder."""
_HEAD: Final = 2
"""Rows over the levels."""
_AGE_FROM: Final = 1.0
"""Seconds from which the age of a trusted book is said: below it is a flicker."""


def levels_wanted(width: int, height: int) -> int:
    """Levels a side that a small ladder of this size shows; 0 where it is a line or two."""
    return max(0, (height - _HEAD - 1) // 2) if width >= SMALL_LEAST else 0


class GridPosition(NamedTuple):
    """The place of a small ladder in the grid."""

    number: int
    """Of its tab, from 1."""
    here: bool
    """Whether the cursor is on it."""


def small_lines(
    depth: DepthView, memory: LadderMemory, size: tuple[int, int], position: GridPosition, *, marks: bool = False
) -> list[Line]:
    """All lines of a small ladder, top first.

    Args:
        depth: What to draw; as doubtful unless its verdict is a trusted one.
        memory: From :meth:`~depthview.ui.ladder.scale.LadderMemory.grown_small` with this depth.
        size: Width and height.
        position: Its number, and whether the cursor is on it.
        marks: Whether a letter says the side of every level.
    """
    width, height = size
    levels = levels_wanted(width, height)
    head = _title(depth, position, width)
    if not levels and height < _HEAD:
        return [_one_line(depth, position, width)]
    lines = [head, _figures(depth, position, width)]
    if levels:
        return lines + _body(depth, memory, width, levels, position, marks=marks)
    return [*lines, _touch(depth, position, width)][:height]


def _title(depth: DepthView, position: GridPosition, width: int) -> Line:
    style = verdict_style(depth.verdict)
    strong = "frozen" if position.here else "band-strong"
    name = f"{'▸' if position.here else ' '}{position.number} {cut(depth.product, max(1, width - 16))} "
    left: Line = ((verdict_block(depth.verdict), "band-strong" if style == "good" else style), (name, strong))
    room = width - width_of(left) - 1
    age = "" if depth.verdict.trusted else f"for {duration(depth.verdict_age)}"
    if depth.verdict.trusted and depth.book_age is not None and depth.book_age >= _AGE_FROM:
        age = f"{duration(depth.book_age)} old"
    right: Line = ((age.rjust(10) + " ", "band-muted"),) if age and room >= 11 else BLANK
    return fill(between(left, right, width, "band"), width, "band")


def _figures(depth: DepthView, position: GridPosition, width: int) -> Line:
    last, gaps = depth.last_trade, depth.sequence.gaps
    price = "-" if last is None else price_text(last.price, depth.price_decimals)
    glyph = DIRECTION_GLYPHS.get(depth.last_direction, " ")
    counter: Line = (("gaps ", "muted"), (count(gaps), "warn-text" if gaps else "text"), (" ", "text"))
    parts = []
    room = width - 2 - width_of(counter)
    if depth.proof is Proof.PARTIAL:
        parts.append(Part(0, ((UNPROVED, "warn-text"),)))
    if depth.trading_state:
        parts.append(Part(0, ((f" {cut(state_mark(depth.trading_state), room)} ", "warn"),)))
    if not depth.verdict.trusted and depth.reason:
        parts.append(Part(1, ((f" {cut(depth.reason, room - 2)} ", verdict_inks(depth.verdict)[1]),)))
    parts += [Part(3, (("last", "muted"),)), Part(2, ((f"{price} {glyph}", "strong"),))]
    return between((_edge(depth, position), *fit(parts, room, gap=" ")), counter, width, "text")


def _touch(depth: DepthView, position: GridPosition, width: int) -> Line:
    """Best bid, best ask and spread, where there is no room for levels; withheld from a book in doubt."""
    top = depth.top if depth.verdict.trusted else None
    bid, ask = (top.best_bid, top.best_ask) if top is not None else (None, None)

    def price(row: LevelRow | None, style: str) -> Cell:
        return ("-", "text") if row is None else (price_text(row.price, depth.price_decimals), style)

    spread = "-" if top is None or top.spread is None else price_text(top.spread, depth.price_decimals)
    parts = [
        Part(0, (("bid ", "muted"), price(bid, "bid"))),
        Part(1, (("ask ", "muted"), price(ask, "ask"))),
        Part(2, (("spread ", "muted"), (spread, "text"))),
    ]
    return (_edge(depth, position), *fit(parts, max(1, width - 1)))


def _edge(depth: DepthView, position: GridPosition) -> Cell:
    if position.here:
        return ("▌", "strong")
    return (" ", "text") if depth.verdict.trusted else (HATCH, verdict_inks(depth.verdict)[0])


def _body(
    depth: DepthView, memory: LadderMemory, width: int, levels: int, position: GridPosition, *, marks: bool
) -> list[Line]:
    asks, bids = depth.asks[:levels], depth.bids[:levels]
    plan = plan_small(depth, memory.reserve, width)
    trusted, price_width = depth.verdict.trusted, plan.price.width
    texts = [price_text(row.price, depth.price_decimals, price_width) for row in asks + bids]
    context = RowContext(plan, memory.scale, trusted, lead=shared_prefix(texts) if trusted else 0)
    left = _edge(depth, position)
    right: Cell = (" ", "text") if trusted else (HATCH, verdict_inks(depth.verdict)[0])

    def side(rows: list[VisibleRow], prices: Sequence[str], name: str) -> list[Line]:
        # The cursor is on the left edge, so the letter is on the right one.
        end: Cell = (name[0].upper(), "muted") if marks and trusted else right
        lines: list[Line] = [
            (left, *book_row(row, text, -1, context)[1:-1], end) for row, text in zip(rows, prices, strict=True)
        ]
        words = f"no {name}" if depth.book_age is not None else "waiting for a snapshot" if name == "asks" else ""
        if not lines and words:
            lines.append((left, *fill(((f" {words}", "muted"),), width - 2, "text"), right))
        return lines + [(left, (" " * (width - 2), "text"), right)] * (levels - len(lines))

    above = side([VisibleRow(row.price, ask=row) for row in asks], texts[: len(asks)], "asks")
    below = side([VisibleRow(row.price, bid=row) for row in bids], texts[len(asks) :], "bids")
    return [*above[::-1], _spread(depth, price_width, width, left), *below]


def _spread(depth: DepthView, price_width: int, width: int, left: Cell) -> Line:
    if not depth.verdict.trusted:
        ink = verdict_inks(depth.verdict)[0]
        age = f" {depth.verdict.value} {duration(depth.verdict_age)} "
        start = max(0, (width - 1 - len(age)) // 2)
        words: Cell = (age, verdict_style(depth.verdict))
        return fill((left, (HATCH * start, ink), words, (HATCH * (width - 1 - start - len(age)), ink)), width, "text")
    top = depth.top
    spread = "-" if top is None or top.spread is None else price_text(top.spread, depth.price_decimals, price_width)
    parts = [
        Part(0, ((spread.rjust(price_width), "band-strong"), (" spread", "band-muted"))),
        Part(1, ((basis_points(top.spread_bps if top is not None else None), "band"),)),
    ]
    if depth.group > depth.tick:
        rows = price_text(depth.group, depth.price_decimals)
        parts.append(Part(2, (("rows of ", "band-muted"), (rows, "band"))))
    edge: Cell = left if left[0] != " " else (" ", "band")
    return fill((edge, *fit(parts, width - 2, style="band")), width, "band")


def _one_line(depth: DepthView, position: GridPosition, width: int) -> Line:
    """Everything in one row; what is not trusted is withheld."""
    top, last, gaps = depth.top if depth.verdict.trusted else None, depth.last_trade, depth.sequence.gaps
    style = verdict_style(depth.verdict)
    name = f"{'▸' if position.here else ' '}{position.number:>2} {cut(depth.product, 12):<9}"
    parts = [
        Part(0, ((name, "strong"),)),
        Part(1, ((verdict_block(depth.verdict), "strong" if style == "good" else style),)),
        Part(2, (("gaps ", "muted"), (count(gaps), "warn-text" if gaps else "text"))),
    ]
    if depth.trading_state:
        parts.insert(2, Part(5, ((f" {state_mark(depth.trading_state)} ", "warn"), (" ", "text"))))
    if last is not None:
        parts.append(Part(3, ((f" {price_text(last.price, depth.price_decimals)}", "strong"),)))
        parts.append(Part(4, ((f" {DIRECTION_GLYPHS.get(depth.last_direction, ' ')}", "text"),)))
    if top is not None and top.best_bid is not None and top.best_ask is not None:
        bid, ask = (price_text(row.price, depth.price_decimals) for row in (top.best_bid, top.best_ask))
        parts.append(Part(5, ((f"  {bid}", "bid"), (f"  {ask}", "ask"))))
    return fill(fit(parts, width, gap=""), width, "text")
