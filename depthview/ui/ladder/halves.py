"""The rows of the two forms that have a half for each side."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.core.types import Side
from depthview.preferences.display import Unit
from depthview.ui.formats import bar, bar_left
from depthview.ui.ladder.levels import (
    LARGE,
    LAST,
    LAST_RIGHT,
    SKIP,
    Frame,
    Inks,
    amount_text,
    raised,
    size_cells,
)

if TYPE_CHECKING:
    from decimal import Decimal

    from depthview.ui.ladder.columns import Columns
    from depthview.ui.ladder.viewport import Slot
    from depthview.ui.lines import Cell, Line
    from depthview.views.depth import LevelRow

_SHADED: Final = str.maketrans(dict.fromkeys("█▉▊▋▌▐🮉🮊🮋", "▒") | dict.fromkeys("▍▎▏▕🮇🮈", "░"))


def dom_line(slot: Slot, price: str, line: int, frame: Frame) -> Line:
    """One row of the DOM form: the price in the centre, sizes on the side they are of, their sums on the other."""
    columns = frame.columns
    on_cursor = line == frame.cursor
    side = Side.ASK if slot.ask is not None else Side.BID
    inks = frame.ask_inks if side is Side.ASK else frame.bid_inks
    if slot.level is None:
        inks = inks._replace(price="muted" if frame.trusted else "doubt")
    both = slot.bid is not None and slot.ask is not None
    gap = " " * columns.gap
    cells: list[Cell] = []
    for half in (-1, 1):
        level = slot.bid if half < 0 else slot.ask
        other = slot.ask if half < 0 else slot.bid
        own = level is not None
        shown = level if own else None if both else other
        half_inks = frame.bid_inks if half < 0 else frame.ask_inks
        flash = frame.flashes.get(("bid" if half < 0 else "ask", price), "") if own else ""
        parts = _half_cells(shown, own, frame, half, half_inks if own else inks, flash)
        if half > 0:
            width = columns.price.width
            text = price.rjust(width)
            at = len(text) - len(price) + frame.lead if slot.level is not None else len(text)
            marked = price == frame.last_price
            skip = SKIP if slot.skips and frame.trusted else " "
            cells += [(gap[1:] + skip, "rule"), (text[:at], inks.lead)]
            cells.append((text[at:] + (LAST if marked else " ") + gap[1:], inks.price))
        cells += parts
    return _edged(cells, slot, frame, on_cursor=on_cursor)


def sides_line(slot: Slot, prices: tuple[str, str], line: int, frame: Frame) -> Line:
    """One row of the form side by side: bid and ask of equal rank.

    Args:
        slot: What to show.
        prices: Of the bid and of the ask, as text; empty where the side has ended.
        line: Which line of the rows it is.
        frame: What it shares with the others.
    """
    columns = frame.columns
    cells: list[Cell] = []
    for half, level, price, side in ((-1, slot.bid, prices[0], Side.BID), (1, slot.ask, prices[1], Side.ASK)):
        inks = frame.ask_inks if side is Side.ASK else frame.bid_inks
        if half > 0:
            cells.append((" ", "text"))
        marked = bool(price) and price == frame.last_price and frame.last_side == side.value
        text = price.rjust(columns.price.width)
        at = len(text) - len(price) + frame.lead if price else 0
        if level is not None and not level.size:
            inks = inks._replace(price=inks.lead)
        number: list[Cell] = [(text[:at], inks.lead), (text[at:], inks.price)]
        gap = " " * columns.gap
        flash = frame.flashes.get((side.value, price), "")
        parts = _half_cells(level, True, frame, half, inks, flash)
        if half > 0:
            cells += [*number, ((LAST if marked else " ") + gap[1:], inks.price), *parts]
        else:
            cells += [*parts, (gap[1:] + (LAST_RIGHT if marked else " "), inks.price), *number]
    return _edged(cells, slot, frame, on_cursor=line == frame.cursor)


def _edged(cells: list[Cell], slot: Slot, frame: Frame, *, on_cursor: bool) -> Line:
    columns = frame.columns
    edge = frame.edge(slot.side, cursor=on_cursor, skips=False)
    used = columns.edge + sum(len(text) for text, _ in cells)
    right = columns.width - columns.edge - used
    row = [*edge, *cells, (" " * max(0, right), "text"), frame.right_edge]
    return raised(row) if on_cursor else tuple(row)


def _half_cells(level: LevelRow | None, own: bool, frame: Frame, half: int, inks: Inks, flash: str) -> list[Cell]:
    """The columns of one half from left to right: sizes on the side's own, sums on the other one."""
    columns = frame.columns
    amount, total, value = _amounts(level, own, columns)
    mine = [column for column in columns.columns if column.half == half and column.key != "price"]
    cells: list[Cell] = []
    for index, (key, _, width, _) in enumerate(mine):
        if index:
            cells.append((" " * columns.gap, "text"))
        if key == "bar":
            ink, scale = (inks.bar, frame.scale) if own else (inks.total_bar, frame.total_scale)
            blocks = _bar(amount if own else total, scale, width, half, frame)
            # Without colours a bar of sums must differ by its glyphs.
            cells.append((blocks.translate(_SHADED) if columns.marks and not own else blocks, ink))
        elif amount is None and total is None:
            cells.append((" " * width, "text"))
        elif key == "size" and own:
            if flash or frame.is_large(amount):
                cells.append((_marked(amount, width, flash, frame), "strong"))
            else:
                cells += size_cells(amount, columns.size_decimals, width, inks.size, inks.zeros)
        elif key == "notional":
            cells.append((amount_text(value, columns.worth_decimals, width).rjust(width), inks.total))
        else:
            cells.append((amount_text(total, columns.size_decimals, width).rjust(width), inks.total))
    return cells


def _amounts(
    level: LevelRow | None, own: bool, columns: Columns
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Size and sum in the unit shown, and the notional that goes with the one that is shown; none for an empty row."""
    if level is None or (own and not level.size):
        return None, None, None
    value = level.notional if own else level.cumulative_notional
    if columns.unit is Unit.BASE:
        return level.size, level.cumulative, value
    return level.notional, level.cumulative_notional, value


def _marked(amount: Decimal | None, width: int, flash: str, frame: Frame) -> str:
    """An amount with its marks before it: in these forms there is no room between it and the price."""
    text = amount_text(amount, frame.columns.size_decimals, width)
    marks = flash + (LARGE if frame.is_large(amount) else "")
    return (f"{marks} {text}" if len(marks) + 1 + len(text) <= width else text).rjust(width)


def _bar(amount: Decimal | None, scale: Decimal | None, width: int, half: int, frame: Frame) -> str:
    if amount is None:
        return " " * width
    if half > 0:
        return bar(amount, scale, width, log=frame.log).blocks.ljust(width)
    return bar_left(amount, scale, width, log=frame.log).blocks
