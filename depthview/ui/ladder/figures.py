"""The figures over the rows: trade, touch, prices that follow from it, depth, the day. Pure.

What derives from the book is withheld while it is doubtful; the trades and the day have happened all the same.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.preferences.display import Unit
from depthview.ui.formats import DIRECTION_GLYPHS, compact, fixed, price_text, size_text, ticker_cell
from depthview.ui.lines import Cell, Line, Part, fit

if TYPE_CHECKING:
    from decimal import Decimal

    from depthview.ui.ladder.columns import Columns
    from depthview.views.depth import DayView, DepthView, DepthWithin, LevelRow, TopOfBook, Trade

_AGE: Final = 6
_ROOMY: Final = 72
_NARROW: Final = 60
"""Columns below which the sizes at the touch give way, and the depth has a line of its own."""
_FINER: Final = 2
"""Decimals of a microprice beyond those of prices."""


def figure_lines(depth: DepthView, columns: Columns, count: int) -> list[Line]:
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
    gap = "   " if inner >= _ROOMY else "  "
    return [((" " * columns.edge, "text"), *fit(row, inner, gap=gap)) for row in rows]


def _labelled(label: str, text: str, style: str = "text") -> Line:
    return ((f"{label} ", "muted"), (text, style))


def _price(value: Decimal | None, decimals: int) -> str:
    return "-" if value is None else price_text(value, decimals)


def _last(trade: Trade | None, depth: DepthView, decimals: int) -> Part:
    glyph = DIRECTION_GLYPHS.get(depth.last_direction, " ")
    price = "-" if trade is None else price_text(trade.price, decimals)
    return Part(0, (("last ", "muted"), (price, "strong"), (f" {glyph}", "text")))


def _trade(trade: Trade | None, depth: DepthView, columns: Columns) -> Part:
    if trade is None:
        return Part(9, ())
    return Part(8, ((f"{trade.aggressor:<4} {size_text(trade.size, depth.size_decimals)} {depth.base}", "muted"),))


def _mid(top: TopOfBook | None, decimals: int) -> Part:
    return Part(1, _labelled("mid", _price(top.mid if top else None, decimals + 1), "strong"))


def _touch(top: TopOfBook | None, depth: DepthView, columns: Columns, *, sizes: bool) -> Part:
    bid, ask = (top.best_bid, top.best_ask) if top is not None else (None, None)
    # The column of sizes may be in the other currency.
    decimals = columns.size_decimals if columns.unit is Unit.BASE else depth.size_decimals
    cells: list[Cell] = []
    for side, level in (("bid", bid), ("ask", ask)):
        cells += [("  " if cells else "", "text"), (f"{side} ", "muted"), _side(level, columns, side)]
        if sizes and level is not None:
            cells.append((f" {size_text(level.size, decimals)}", "text"))
    return Part(3, tuple(cells))


def _side(level: LevelRow | None, columns: Columns, side: str) -> Cell:
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
