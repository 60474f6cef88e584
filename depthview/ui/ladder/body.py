"""The rows of a ladder: asks over bids, and the band between them that stays on one screen line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.ui.cells import Cell, Line, Part, crop, fill, fit, width_of
from depthview.ui.ladder.levels import ASK_INKS, BID_INKS, DOUBT_INKS, Frame, Inks, level_lines, size_cells
from depthview.ui.rows import balance, price_text, shared_prefix
from depthview.ui.words import basis_points, duration, percent, verdict_block, verdict_inks, verdict_style

if TYPE_CHECKING:
    from collections.abc import Sequence
    from decimal import Decimal

    from depthview.ui.ladder.columns import Columns
    from depthview.view import DepthView, LevelRow, TopOfBook

HATCH: Final = "╱"


@dataclass(frozen=True, slots=True)
class Rows:
    """How many screen rows the parts of the body take."""

    asks: int
    band: int
    """1, or 3 when the raw best bid and ask stand beside the spread of a grouped ladder."""
    bids: int


def share(height: int, *, grouped: bool) -> Rows:
    """``height`` rows shared out so that the spread stands on the same one, grouped or not."""
    upper = max(0, (height - 1) // 2)
    lower = max(0, height - 1 - upper)
    if grouped and upper >= 3:
        return Rows(upper - 1, 3, lower - 1)
    return Rows(upper, 1, lower)


def body_lines(depth: DepthView, columns: Columns, scale: Decimal | None, rows: Rows) -> list[Line]:
    """All rows of the body, top first.

    Args:
        depth: What to draw; drawn as doubtful unless its verdict is a trusted one.
        columns: The plan.
        scale: The size at which a bar is full.
        rows: From :func:`share`.
    """
    trusted = depth.verdict.trusted
    asks, bids = depth.asks[: rows.asks], depth.bids[: rows.bids]
    price_width = columns.columns[0].width
    prices = [price_text(row.price, columns.price_decimals, price_width) for row in asks + bids]
    lead = shared_prefix(prices) if trusted else 0
    mid = depth.top.mid if depth.top is not None and trusted else None
    edge: Cell = (" " * columns.edge, "text") if trusted else (HATCH * columns.edge, verdict_inks(depth.verdict)[0])

    def side(levels: Sequence[LevelRow], texts: Sequence[str], room: int, inks: Inks, missing: str) -> list[Line]:
        mark = (missing[0].upper().ljust(columns.edge), "muted") if trusted and columns.marks else edge
        lines = level_lines(levels, texts, Frame(columns, scale, inks, lead, mid, mark, edge))
        known = depth.ask_levels if missing == "asks" else depth.bid_levels
        if not lines:
            lines.append(_note(_empty_note(depth, missing), columns, edge))
        elif depth.group <= depth.tick and len(lines) == known:
            lines.append(_note(f"end of the {missing}", columns, edge))
        lines += [_note("", columns, edge)] * (room - len(lines))
        return lines[:room]

    above = side(asks, prices[: len(asks)], rows.asks, ASK_INKS if trusted else DOUBT_INKS, "asks")
    below = side(bids, prices[len(asks) :], rows.bids, BID_INKS if trusted else DOUBT_INKS, "bids")
    return above[::-1] + _band(depth, columns, rows.band) + below


def _empty_note(depth: DepthView, missing: str) -> str:
    if depth.book_age is None and missing == "asks":
        return "waiting for the first snapshot" if not depth.verdict.trusted else "no asks"
    return "" if depth.book_age is None and not depth.verdict.trusted else f"no {missing}"


def _note(text: str, columns: Columns, edge: Cell) -> Line:
    inner = columns.width - 2 * columns.edge
    indent = columns.columns[0].width if columns.columns else 0
    middle = fill(((f"{' ' * indent}  {text}" if text else "", "muted"),), inner, "text")
    return (edge, *middle, edge)


def _band(depth: DepthView, columns: Columns, height: int) -> list[Line]:
    if not depth.verdict.trusted:
        return _doubt_band(depth, columns, height)
    top = depth.top
    spread = fill(_spread(top, depth, columns), columns.width, "band")
    if height == 1:
        return [spread]
    return [
        _raw(top.best_ask if top else None, "ask", columns),
        spread,
        _raw(top.best_bid if top else None, "bid", columns),
    ]


def _doubt_band(depth: DepthView, columns: Columns, height: int) -> list[Line]:
    hatch = verdict_inks(depth.verdict)[0]
    whole = ((HATCH * columns.width, hatch),)
    word = f"{verdict_block(depth.verdict)}{duration(depth.verdict_age):>6} "
    start = max(0, (columns.width - width_of(((word, ""),))) // 2)
    middle: Line = (
        (HATCH * start, hatch),
        (word, verdict_style(depth.verdict)),
        (HATCH * columns.width, hatch),
    )
    lines: list[Line] = [whole] * height
    lines[height // 2] = crop(middle, columns.width)
    return lines


def _raw(level: LevelRow | None, side: str, columns: Columns) -> Line:
    price_column, size_column = columns.columns[0], columns.find("size")
    label = f"raw best {side}"
    if level is None:
        return fill((((" " * columns.edge) + f"no {side}s", "band-muted"),), columns.width, "band")
    price = price_text(level.price, columns.price_decimals, price_column.width).rjust(price_column.width)
    cells: list[Cell] = [(" " * columns.edge + price, f"band-{side}")]
    if size_column is not None:
        cells.append((" " * (size_column.x - price_column.x - price_column.width), "band"))
        cells += size_cells(level.size, columns.size_decimals, size_column.width, "band", "band-muted")
    cells.append((f"  {label}", "band-muted"))
    return fill(tuple(cells), columns.width, "band")


def _spread(top: TopOfBook | None, depth: DepthView, columns: Columns) -> Line:
    price_width = columns.columns[0].width
    inner = columns.width - 2 * columns.edge
    spread = top.spread if top is not None else None
    text = "-" if spread is None else price_text(spread, columns.price_decimals, price_width)
    raw = "raw spread" if depth.group > depth.tick else "spread"
    parts = [
        Part(0, ((text.rjust(price_width), "band-strong"), (f"  {raw}", "band-muted"))),
        Part(1, ((basis_points(top.spread_bps if top else None), "band"),)),
        *_imbalance(top, inner),
    ]
    return ((" " * columns.edge, "band"), *fit(parts, inner, gap="   " if inner >= 72 else "  ", style="band"))


def _imbalance(top: TopOfBook | None, inner: int) -> list[Part]:
    if top is None or top.imbalance is None:
        return [Part(2, (("imbalance ", "band-muted"), ("-", "band")))]
    half = 4 if inner < 76 else 5 if inner < 90 else 10
    drawn = balance(top.imbalance, half)
    share_text = percent(top.imbalance).rjust(6)
    long: Line = ((f"imbalance of {top.imbalance_levels} levels", "band-muted"), (share_text, "band-strong"))
    short: Line = (("imbalance", "band-muted"), (share_text, "band-strong"))
    meter: Line = ((drawn.left, "ask-bar"), ("┃", "band"), (drawn.right, "bid-bar"))
    named: Line = (("asks ", "band-muted"), *meter, (" bids", "band-muted"))
    return [
        Part(2, long if inner >= 60 else short),
        Part(3, named if inner >= 90 else meter),
    ]
