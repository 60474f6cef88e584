"""A small ladder among many: product, verdict, last price, gaps, the nearest levels and the spread between. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.core.verdict import Proof
from depthview.ui.cells import BLANK, Cell, Line, Part, between, cut, fill, fit, width_of
from depthview.ui.formats import bar, bar_scale, nice_ceiling, price_text, shared_prefix, size_text
from depthview.ui.ladder.levels import size_cells
from depthview.ui.mosaic import HEAD, levels_wanted
from depthview.ui.words import (
    DIRECTION_GLYPHS,
    UNPROVED,
    basis_points,
    count,
    duration,
    state_mark,
    verdict_block,
    verdict_inks,
    verdict_style,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.views.depth import DepthView, LevelRow

_BAR_LEAST: Final = 4
_DECIMALS_GIVEN: Final = 4
"""Decimals of a size that are given up for the bar."""
_AGE_FROM: Final = 1.0
"""Seconds from which the age of a trusted book is said: below it is a flicker."""
_HATCH: Final = "╱"


class _Inks(NamedTuple):
    price: str
    lead: str
    """Leading digits that all prices share."""
    size: str
    zeros: str
    bar: str


_ASKS: Final = _Inks("ask", "muted", "text", "muted", "ask-bar")
_BIDS: Final = _Inks("bid", "muted", "text", "muted", "bid-bar")
_DOUBT: Final = _Inks("doubt", "doubt", "doubt", "doubt", "doubt-bar")


@dataclass(frozen=True, slots=True)
class Held:
    """What a small ladder remembers of its product, so that its columns and bars stand still."""

    price_width: int = 0
    size_digits: int = 1
    """Digits before the point."""
    scale: Decimal | None = None
    group: Decimal = Decimal(0)

    def grown(self, depth: DepthView) -> Held:
        """This, or what ``depth`` needs."""
        rows = depth.bids + depth.asks
        if not rows:
            return self
        price = max(row.price for row in rows)
        size = max(row.size for row in rows)
        return Held(
            max(self.price_width, len(price_text(price, depth.price_decimals))),
            max(self.size_digits, size.adjusted() + 1 if size else 1),
            _scale([row.size for row in rows], self.scale if self.group == depth.group else None),
            depth.group,
        )


def _scale(sizes: Sequence[Decimal], held: Decimal | None) -> Decimal | None:
    """The size at which a bar is full: with so few rows no more than one of them may be beyond it."""
    scale = bar_scale(sizes, held)
    second = sorted(sizes)[-2:][0]
    return nice_ceiling(second) if scale is not None and second > scale else scale


class Cursor(NamedTuple):
    """Where a small ladder stands among the others."""

    number: int
    """Of its tab, from 1."""
    here: bool
    """Whether the cursor is on it."""


def mini_lines(
    depth: DepthView, held: Held, size: tuple[int, int], cursor: Cursor, *, marks: bool = False
) -> list[Line]:
    """All lines of a small ladder, top first.

    Args:
        depth: What to draw; as doubtful unless its verdict is a trusted one.
        held: From :meth:`Held.grown` with this depth.
        size: Width and height.
        cursor: Its number, and whether the cursor is on it.
        marks: Whether a letter says the side of every level.
    """
    width, height = size
    levels = levels_wanted(width, height)
    head = _title(depth, cursor, width)
    if not levels and height < HEAD:
        return [_one_line(depth, cursor, width)]
    lines = [head, _figures(depth, cursor, width)]
    if levels:
        return lines + _body(depth, held, width, levels, cursor, marks=marks)
    return [*lines, _touch(depth, cursor, width)][:height]


def _title(depth: DepthView, cursor: Cursor, width: int) -> Line:
    style = verdict_style(depth.verdict)
    strong = "frozen" if cursor.here else "band-strong"
    name = f"{'▸' if cursor.here else ' '}{cursor.number} {cut(depth.product, max(1, width - 16))} "
    left: Line = ((verdict_block(depth.verdict), "band-strong" if style == "good" else style), (name, strong))
    room = width - width_of(left) - 1
    age = "" if depth.verdict.trusted else f"for {duration(depth.verdict_age)}"
    if depth.verdict.trusted and depth.book_age is not None and depth.book_age >= _AGE_FROM:
        age = f"{duration(depth.book_age)} old"
    right: Line = ((age.rjust(10) + " ", "band-muted"),) if age and room >= 11 else BLANK
    return fill(between(left, right, width, "band"), width, "band")


def _figures(depth: DepthView, cursor: Cursor, width: int) -> Line:
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
    return between((_edge(depth, cursor), *fit(parts, room, gap=" ")), counter, width, "text")


def _touch(depth: DepthView, cursor: Cursor, width: int) -> Line:
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
    return (_edge(depth, cursor), *fit(parts, max(1, width - 1)))


def _edge(depth: DepthView, cursor: Cursor) -> Cell:
    if cursor.here:
        return ("▌", "strong")
    return (" ", "text") if depth.verdict.trusted else (_HATCH, verdict_inks(depth.verdict)[0])


class _Plan(NamedTuple):
    price: int
    size: int
    decimals: int
    bar: int


def _plan(depth: DepthView, held: Held, width: int) -> _Plan:
    """Price, size and bar in ``width``: decimals of the size give way to the bar, and the bar to the size."""
    price = min(held.price_width, width - 10)
    inner = width - 2 - price - 1
    decimals = depth.size_decimals
    least = max(0, decimals - _DECIMALS_GIVEN)

    def taken(places: int) -> int:
        return held.size_digits + (1 + places if places else 0)

    while decimals > least and taken(decimals) + 1 + _BAR_LEAST > inner:
        decimals -= 1
    if taken(decimals) + 1 + _BAR_LEAST <= inner:
        return _Plan(price, taken(decimals), decimals, inner - 1 - taken(decimals))
    decimals = depth.size_decimals
    while decimals > 0 and taken(decimals) > inner:
        decimals -= 1
    return _Plan(price, min(taken(decimals), inner), decimals, 0)


def _body(depth: DepthView, held: Held, width: int, levels: int, cursor: Cursor, *, marks: bool) -> list[Line]:
    asks, bids = depth.asks[:levels], depth.bids[:levels]
    columns = _plan(depth, held, width)
    trusted = depth.verdict.trusted
    texts = [price_text(row.price, depth.price_decimals, columns.price) for row in asks + bids]
    lead = shared_prefix(texts) if trusted else 0
    left = _edge(depth, cursor)
    right: Cell = (" ", "text") if trusted else (_HATCH, verdict_inks(depth.verdict)[0])

    def side(rows: Sequence[LevelRow], prices: Sequence[str], inks: _Inks, missing: str) -> list[Line]:
        # The cursor is on the left edge, so the letter is on the right one.
        end: Cell = (missing[0].upper(), "muted") if marks and trusted else right
        lines = [
            _level(row, text, columns, held, (inks if trusted else _DOUBT, lead), (left, end))
            for row, text in zip(rows, prices, strict=True)
        ]
        blank: Line = ((" " * (width - 2), "text"),)
        words = f"no {missing}" if depth.book_age is not None else "waiting for a snapshot" if missing == "asks" else ""
        if not lines and words:
            lines.append((left, *fill(((f" {words}", "muted"),), width - 2, "text"), right))
        return lines + [(left, *blank, right)] * (levels - len(lines))

    above = side(asks, texts[: len(asks)], _ASKS, "asks")
    below = side(bids, texts[len(asks) :], _BIDS, "bids")
    return [*above[::-1], _spread(depth, columns, width, left), *below]


def _level(
    row: LevelRow, text: str, columns: _Plan, held: Held, look: tuple[_Inks, int], edges: tuple[Cell, Cell]
) -> Line:
    inks, lead = look
    start = columns.price - len(text) + lead
    text = text.rjust(columns.price)
    gap = " " if columns.bar else ""
    cells: list[Cell] = [edges[0], (text[:start], inks.lead), (text[start:] + " ", inks.price)]
    if len(size_text(row.size, columns.decimals)) > columns.size:
        cells.append((size_text(row.size, columns.decimals, columns.size).rjust(columns.size) + gap, inks.size))
    else:
        cells += size_cells(row.size, columns.decimals, columns.size, inks.size, inks.zeros, gap)
    if columns.bar:
        cells.append((bar(row.size, held.scale, columns.bar).blocks.ljust(columns.bar), inks.bar))
    cells.append(edges[1])
    return tuple(cells)


def _spread(depth: DepthView, columns: _Plan, width: int, left: Cell) -> Line:
    if not depth.verdict.trusted:
        ink = verdict_inks(depth.verdict)[0]
        age = f" {depth.verdict.value} {duration(depth.verdict_age)} "
        start = max(0, (width - 1 - len(age)) // 2)
        words: Cell = (age, verdict_style(depth.verdict))
        return fill((left, (_HATCH * start, ink), words, (_HATCH * (width - 1 - start - len(age)), ink)), width, "text")
    top = depth.top
    spread = "-" if top is None or top.spread is None else price_text(top.spread, depth.price_decimals, columns.price)
    parts = [
        Part(0, ((spread.rjust(columns.price), "band-strong"), (" spread", "band-muted"))),
        Part(1, ((basis_points(top.spread_bps if top is not None else None), "band"),)),
    ]
    if depth.group > depth.tick:
        rows = price_text(depth.group, depth.price_decimals)
        parts.append(Part(2, (("rows of ", "band-muted"), (rows, "band"))))
    edge: Cell = left if left[0] != " " else (" ", "band")
    return fill((edge, *fit(parts, width - 2, style="band")), width, "band")


def _one_line(depth: DepthView, cursor: Cursor, width: int) -> Line:
    """Everything in one row; what is not trusted is withheld."""
    top, last, gaps = depth.top if depth.verdict.trusted else None, depth.last_trade, depth.sequence.gaps
    style = verdict_style(depth.verdict)
    name = f"{'▸' if cursor.here else ' '}{cursor.number:>2} {cut(depth.product, 12):<9}"
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
