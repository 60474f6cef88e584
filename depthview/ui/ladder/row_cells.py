"""The cells of the rows of levels, in every form: drawn by the dozen at every tick, and so written for speed."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Context, Decimal
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.core.types import Side
from depthview.preferences.display import Unit
from depthview.ui.formats import bar, bar_left, fixed, significant, size_text
from depthview.ui.ladder.columns import ColumnPlan

if TYPE_CHECKING:
    from depthview.ui.ladder.viewport import VisibleRow
    from depthview.ui.lines import Cell, Line
    from depthview.views.depth import LevelRow

HATCH: Final = "╱"
CURSOR: Final = "▸"
LARGE: Final = "■"
LAST: Final = "◂"
LAST_RIGHT: Final = "▸"
"""The mark of the last trade, where it stands to the left of its price."""
BOTH: Final = "×"
"""After a price at which both sides rest, of which the form shows the ask: a crossed book on a fixed grid."""
SKIP: Final = "▁"
"""The thin line under a row after which prices are skipped."""
_SHARES: Final = Context(prec=40, rounding=ROUND_DOWN)
"""For a distance that is shown with two decimals; a division to the last digit of a price takes three times as long."""
_BPS: Final = Decimal(10_000)
_RAISED: Final = {
    "text": "band", "strong": "band-strong", "muted": "band-muted", "bid": "band-bid", "ask": "band-ask",
    "doubt": "band-muted", "rule": "band-muted",
}  # fmt: skip
"""Styles of a row that the cursor is on."""


class Inks(NamedTuple):
    """Style names of one kind of row."""

    price: str
    lead: str
    """Leading digits that the whole ladder shares."""
    size: str
    zeros: str
    total: str
    bar: str
    total_bar: str


ASK_INKS: Final = Inks("ask", "muted", "text", "muted", "muted", "ask-bar", "sum-bar")
BID_INKS: Final = Inks("bid", "muted", "text", "muted", "muted", "bid-bar", "sum-bar")
DOUBT_INKS: Final = Inks("doubt", "doubt", "doubt", "doubt", "doubt", "doubt-bar", "doubt-bar")


@dataclass(frozen=True, slots=True)
class RowContext:
    """What all rows of a ladder have in common."""

    columns: ColumnPlan
    scale: Decimal | None
    """The amount at which a bar is full."""
    trusted: bool = True
    hatch: str = "hatch"
    """Style of the edges of a ladder in doubt."""
    lead: int = 0
    """Leading characters that all prices share."""
    mid: Decimal | None = None
    """None withholds the distances."""
    log: bool = False
    total_scale: Decimal | None = None
    """The sum at which its bar is full."""
    large: Decimal | None = None
    """Amount from which a level is marked; None marks none."""
    last_price: str = ""
    """Price of the row of the last trade, as text."""
    last_side: str = ""
    """``bid`` or ``ask``: the side that was taken."""
    flashes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """``+`` or ``-`` by side and price text of sizes that have just changed."""
    cursor: int | None = None
    """Line of the cursor."""

    @property
    def ask_inks(self) -> Inks:
        """Styles of the asks."""
        return ASK_INKS if self.trusted else DOUBT_INKS

    @property
    def bid_inks(self) -> Inks:
        """Styles of the bids."""
        return BID_INKS if self.trusted else DOUBT_INKS

    def is_large(self, amount: Decimal | None) -> bool:
        """Whether an amount is marked as a large one."""
        return self.trusted and self.large is not None and amount is not None and amount >= self.large

    def edge(self, side: Side | None, *, cursor: bool, skips: bool) -> list[Cell]:
        """The left edge: hatched in doubt, else cursor or side, and the thin line."""
        width = self.columns.edge
        if not self.trusted:
            return [(HATCH * width, self.hatch)]
        letter = "" if side is None or not self.columns.marks else side.name[0]
        mark = (CURSOR + letter)[:width] if cursor else letter
        if not mark:
            return [((SKIP if skips else " ").rjust(width), "rule")]
        if len(mark) == width or not skips:
            return [(mark.ljust(width), "strong" if cursor else "muted")]
        return [(mark.ljust(width - 1), "strong" if cursor else "muted"), (SKIP, "rule")]

    @property
    def right_edge(self) -> Cell:
        """Hatched in doubt, else free."""
        width = self.columns.edge
        return (" " * width, "text") if self.trusted else (HATCH * width, self.hatch)


def book_line(slot: VisibleRow, price: str, line: int, frame: RowContext) -> Line:
    """One row of the book form: asks and bids in the same columns.

    Args:
        slot: What to show.
        price: Its price as text.
        line: Which line of the rows it is.
        frame: What it shares with the others.
    """
    columns, ask = frame.columns, slot.ask
    level = slot.bid if ask is None else ask
    first, *others = columns.columns
    on_cursor = line == frame.cursor
    edge = frame.edge(slot.side, cursor=on_cursor, skips=slot.skips)
    text = price.rjust(first.width)
    if level is None:
        after = (LAST if price == frame.last_price else " ").ljust(columns.gap)
        cells = _empty_row(edge, text + after, frame)
        return raised(cells) if on_cursor else tuple(cells)
    side, inks = ("bid", frame.bid_inks) if ask is None else ("ask", frame.ask_inks)
    at = first.width - len(price) + frame.lead
    gap, decimals, base = " " * columns.gap, columns.size_decimals, columns.unit is Unit.BASE
    marked = price == frame.last_price and frame.last_side == side
    after = BOTH if ask is not None and slot.bid is not None else LAST if marked else ""
    cells = [*edge, (text[:at], inks.lead), (text[at:] + (after + gap[1:] if after else gap), inks.price)]
    flash = frame.flashes.get((side, price), "")
    # The room after a number goes with it: a cell of its own would cost as much to draw as the number.
    for key, _, width, _ in others:
        if key == "size":
            amount = level.size if base else level.notional
            if flash or frame.is_large(amount):
                cells.append(_marked(amount, decimals, width, flash, frame))
            else:
                cells += size_cells(amount, decimals, width, inks.size, inks.zeros, gap)
        elif key == "bar":
            amount = level.size if base else level.notional
            blocks = "" if amount is None else bar(amount, frame.scale, width, log=frame.log).blocks
            cells.append((blocks.ljust(width), inks.bar))
        elif key == "distance":
            cells.append((_distance(level.price, frame.mid).rjust(width) + gap, inks.total))
        elif key == "total":
            total = level.cumulative if base else level.cumulative_notional
            cells.append((amount_text(total, decimals, width).rjust(width) + gap, inks.total))
        else:
            cells.append((amount_text(level.notional, columns.worth_decimals, width).rjust(width) + gap, inks.total))
    last = columns.columns[-1]
    if last.key != "bar":
        # Without a bar to fill it, the last number takes the room up to the edge.
        text, ink = cells[-1]
        room = columns.width - columns.edge - last.x - last.width - columns.gap
        cells[-1] = (text + " " * room if room >= 0 else text[:room], ink)
    cells.append(frame.right_edge)
    return raised(cells) if on_cursor else tuple(cells)


def _marked(amount: Decimal | None, decimals: int, width: int, flash: str, frame: RowContext) -> Cell:
    """An amount that has just changed, or a large one, with its marks in the room after it."""
    gap = frame.columns.gap
    marks = flash + (LARGE if frame.is_large(amount) else "")
    return (amount_text(amount, decimals, width).rjust(width) + marks.ljust(gap)[:gap], "strong")


def raised(cells: list[Cell]) -> Line:
    """The cells of a row under the cursor."""
    return tuple((text, _RAISED.get(style, style)) for text, style in cells)


def _empty_row(edge: list[Cell], price: str, frame: RowContext) -> list[Cell]:
    columns = frame.columns
    style = "muted" if frame.trusted else "doubt"
    bar_column = columns.find("bar")
    used = columns.edge + len(price)
    end = columns.width - columns.edge if bar_column is None else bar_column.x
    cells = [*edge, (price + " " * (end - used), style)]
    if bar_column is not None:
        cells.append((" " * bar_column.width, "bid-bar" if frame.trusted else "doubt-bar"))
    cells.append(frame.right_edge)
    return cells


def amount_text(value: Decimal | None, decimals: int, width: int) -> str:
    """An amount, cut and never rounded up; ``-`` where it is not known."""
    return "-" if value is None else size_text(value, decimals, width)


def size_cells(value: Decimal | None, decimals: int, width: int, ink: str, zeros: str, gap: str = "") -> list[Cell]:
    """A size right-aligned in ``width``, its trailing zeros in a style of their own, and the room after it."""
    text = amount_text(value, decimals, width)
    end = significant(text)
    if end == len(text):
        return [(text.rjust(width) + gap, ink)]
    return [(text[:end].rjust(width - len(text) + end), ink), (text[end:] + gap, zeros)]


def _distance(price: Decimal, mid: Decimal | None) -> str:
    if not mid:
        return "-"
    return fixed(_SHARES.multiply(_SHARES.divide(abs(_SHARES.subtract(price, mid)), mid), _BPS), 2)


_SHADED: Final = str.maketrans(dict.fromkeys("█▉▊▋▌▐🮉🮊🮋", "▒") | dict.fromkeys("▍▎▏▕🮇🮈", "░"))


def dom_line(slot: VisibleRow, price: str, line: int, frame: RowContext) -> Line:
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


def sides_line(slot: VisibleRow, prices: tuple[str, str], line: int, frame: RowContext) -> Line:
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


def _edged(cells: list[Cell], slot: VisibleRow, frame: RowContext, *, on_cursor: bool) -> Line:
    columns = frame.columns
    edge = frame.edge(slot.side, cursor=on_cursor, skips=False)
    used = columns.edge + sum(len(text) for text, _ in cells)
    right = columns.width - columns.edge - used
    row = [*edge, *cells, (" " * max(0, right), "text"), frame.right_edge]
    return raised(row) if on_cursor else tuple(row)


def _half_cells(level: LevelRow | None, own: bool, frame: RowContext, half: int, inks: Inks, flash: str) -> list[Cell]:
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
                cells.append((_marked_before(amount, width, flash, frame), "strong"))
            else:
                cells += size_cells(amount, columns.size_decimals, width, inks.size, inks.zeros)
        elif key == "notional":
            cells.append((amount_text(value, columns.worth_decimals, width).rjust(width), inks.total))
        else:
            cells.append((amount_text(total, columns.size_decimals, width).rjust(width), inks.total))
    return cells


def _amounts(
    level: LevelRow | None, own: bool, columns: ColumnPlan
) -> tuple[Decimal | None, Decimal | None, Decimal | None]:
    """Size and sum in the unit shown, and the notional that goes with the one that is shown; none for an empty row."""
    if level is None or (own and not level.size):
        return None, None, None
    value = level.notional if own else level.cumulative_notional
    if columns.unit is Unit.BASE:
        return level.size, level.cumulative, value
    return level.notional, level.cumulative_notional, value


def _marked_before(amount: Decimal | None, width: int, flash: str, frame: RowContext) -> str:
    """An amount with its marks before it: in these forms there is no room between it and the price."""
    text = amount_text(amount, frame.columns.size_decimals, width)
    marks = flash + (LARGE if frame.is_large(amount) else "")
    return (f"{marks} {text}" if len(marks) + 1 + len(text) <= width else text).rjust(width)


def _bar(amount: Decimal | None, scale: Decimal | None, width: int, half: int, frame: RowContext) -> str:
    if amount is None:
        return " " * width
    if half > 0:
        return bar(amount, scale, width, log=frame.log).blocks.ljust(width)
    return bar_left(amount, scale, width, log=frame.log).blocks
