"""The rows of a ladder in the form that was chosen, the band among them or over them."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, TypeAlias

from depthview.core.grouping import bucket
from depthview.core.types import Side
from depthview.preferences.display import BarScale, Choices, Form
from depthview.ui.formats import price_text, shared_prefix, verdict_inks
from depthview.ui.ladder.band import band_lines, doubt_lines, doubt_over, hatched
from depthview.ui.ladder.halves import dom_line, sides_line
from depthview.ui.ladder.levels import HATCH, Frame, book_line
from depthview.ui.ladder.viewport import own_band
from depthview.ui.lines import Line, fill

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from depthview.ui.ladder.columns import Columns
    from depthview.ui.ladder.viewport import Scene
    from depthview.views.depth import DepthView

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
class Rows:
    """How the lines of a body are shared out."""

    band: int
    """Lines of the spread: 1, or with the raw touch of a grouped ladder 3 between the sides and 2 over them."""
    levels: int
    """Lines of levels, those of a band among them included."""
    fixed: bool
    """Whether the band stands over the levels."""


def share(height: int, choices: Choices, *, grouped: bool) -> Rows:
    """``height`` lines shared out so that the spread stands on the same one, grouped or not."""
    fixed = own_band(choices)
    raw = grouped and height >= _RAW_FROM
    band = min(height, (2 if fixed else 3) if raw else 1)
    return Rows(band, height - band if fixed else height, fixed)


def row_lines(
    depth: DepthView,
    columns: Columns,
    choices: Choices,
    scene: Scene,
    scales: Scales,
    flashes: Mapping[tuple[str, str], str],
    rows: Rows,
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
    frame = Frame(
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


def price_texts(scene: Scene, columns: Columns) -> list[Prices]:
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


def _note(text: str, columns: Columns, frame: Frame) -> Line:
    inner = columns.width - 2 * columns.edge
    indent = columns.price.x + columns.price.width - columns.edge
    middle = fill(((f"{' ' * indent}  {text}" if text else "", "muted"),), inner, "text")
    if frame.trusted:
        return ((" " * columns.edge, "text"), *middle, (" " * columns.edge, "text"))
    edge = (HATCH * columns.edge, frame.hatch)
    return (edge, *middle, edge)
