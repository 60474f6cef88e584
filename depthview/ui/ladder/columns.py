"""The columns of a ladder, each one class with its heading, its width and its cells, and the rows made of them.

A new column is a class here and a line in :data:`COLUMNS`. Rows are drawn by the dozen at every draw, so all of this is
written for speed.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import ROUND_DOWN, Context, Decimal
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from depthview.preferences.display import Form, Unit
from depthview.ui.formats import HATCH, amount_text, bar, fixed, mirrored_bar, size_cells
from depthview.ui.lines import Cell

if TYPE_CHECKING:
    from depthview.ui.ladder.viewport import VisibleRow
    from depthview.ui.ladder.widths import Needs
    from depthview.ui.lines import Line
    from depthview.views.depth import LevelRow

CURSOR: Final = "▸"
LARGE: Final = "■"
LAST: Final = "◂"
LAST_RIGHT: Final = "▸"
"""The mark of the last trade, where it stands to the left of its price."""
BOTH: Final = "×"
"""After a price at which both sides rest, of which the form shows the ask: a crossed book on a fixed grid."""
SKIP: Final = "▁"
"""The thin line under a row after which prices are skipped."""
_SHADED: Final = str.maketrans(dict.fromkeys("█▉▊▋▌▐🮉🮊🮋", "▒") | dict.fromkeys("▍▎▏▕🮇🮈", "░"))
"""Bars of sums where there are no colours: they must differ by their glyphs."""
_CENTI_BPS: Final = Context(prec=40, rounding=ROUND_DOWN)
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


# -- columns -----------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class LadderColumn:
    """A column in its place; subclasses say what it shows."""

    key: ClassVar[str]
    optional: ClassVar[int] = 0
    """Above 0: the rank in which it is given room, as long as the bar keeps :meth:`bar_least`."""
    forms: ClassVar[tuple[Form, ...]] = tuple(Form)
    """Forms that have it."""

    x: int
    """Counted from the ladder's left edge."""
    width: int
    half: int = 0
    """-1 in the left half of a ladder that has halves, 1 in the right one."""

    @classmethod
    def wanted(cls, needs: Needs) -> int:
        """Width of an optional column; 0 where it has nothing to show."""
        raise NotImplementedError

    @classmethod
    def bar_least(cls, needs: Needs) -> int:
        """Columns that the bar must keep beside an optional column."""
        return _BAR_BESIDE if needs.form is Form.BOOK else _BAR_BESIDE_HALF

    def names(self, plan: ColumnPlan, base: str, quote: str) -> tuple[str, ...]:
        """Its heading, the longest first."""
        raise NotImplementedError

    def cells(self, level: LevelRow, own: bool, inks: Inks, flash: str, gap: str, row: RowContext) -> list[Cell]:
        """What it shows of a level, and the gap after it.

        A cell of its own for the gap would cost as much to draw as the number.

        Args:
            level: At the row's price.
            own: Whether the level is of this side; else the DOM shows the other side's sums here.
            inks: Of the side.
            flash: ``+`` or ``-`` where the size has just changed.
            gap: Blanks after it; empty for the last column.
            row: What all rows share.
        """
        raise NotImplementedError


_BAR_BESIDE: Final = 24
"""A bar this long is worth more than an optional column."""
_BAR_BESIDE_HALF: Final = 10
"""The same, where two bars share the width."""


class PriceColumn(LadderColumn):
    """Drawn by the row functions: its digits, marks and blanks depend on the form."""

    key = "price"

    def names(self, plan: ColumnPlan, base: str, quote: str) -> tuple[str, ...]:
        return (f"{_side(self)}{quote}",) if plan.form is Form.SIDES else (f"PRICE {quote}", "PRICE")


class DistanceColumn(LadderColumn):
    key = "distance"
    optional = 2
    forms = (Form.BOOK,)

    @classmethod
    def wanted(cls, needs: Needs) -> int:
        return len("BPS TO MID")

    def names(self, plan: ColumnPlan, base: str, quote: str) -> tuple[str, ...]:
        return "BPS TO MID", "BPS"

    def cells(self, level: LevelRow, own: bool, inks: Inks, flash: str, gap: str, row: RowContext) -> list[Cell]:
        return [(distance(level.price, row.mid).rjust(self.width) + gap, inks.total)]


class SizeColumn(LadderColumn):
    """The size; in the DOM, opposite a level, the other side's sum."""

    key = "size"

    def names(self, plan: ColumnPlan, base: str, quote: str) -> tuple[str, ...]:
        unit, side = base if plan.unit is Unit.BASE else quote, _side(self)
        if plan.form is Form.DOM:
            return f"{side}/ Σ {unit}", f"{side}/ Σ"
        return f"{side}SIZE {unit}", f"SIZE {unit}", "SIZE"

    def cells(self, level: LevelRow, own: bool, inks: Inks, flash: str, gap: str, row: RowContext) -> list[Cell]:
        plan, width = row.plan, self.width
        if not own:
            total = level.cumulative if plan.unit is Unit.BASE else level.cumulative_notional
            return [(amount_text(total, plan.size_decimals, width).rjust(width) + gap, inks.total)]
        amount = level.size if plan.unit is Unit.BASE else level.notional
        large = row.trusted and row.large is not None and amount is not None and amount >= row.large
        if not flash and not large:
            return size_cells(amount, plan.size_decimals, width, inks.size, inks.zeros, gap)
        text, marks = amount_text(amount, plan.size_decimals, width), flash + (LARGE if large else "")
        if not self.half:
            return [(text.rjust(width) + marks.ljust(len(gap))[: len(gap)], "strong")]
        # In these forms there is no room between it and the price.
        marked = f"{marks} {text}" if len(marks) + 1 + len(text) <= width else text
        return [(marked.rjust(width) + gap, "strong")]


class TotalColumn(LadderColumn):
    key = "total"

    def names(self, plan: ColumnPlan, base: str, quote: str) -> tuple[str, ...]:
        return f"Σ {base if plan.unit is Unit.BASE else quote}", "Σ"

    def cells(self, level: LevelRow, own: bool, inks: Inks, flash: str, gap: str, row: RowContext) -> list[Cell]:
        total = level.cumulative if row.plan.unit is Unit.BASE else level.cumulative_notional
        return [(amount_text(total, row.plan.size_decimals, self.width).rjust(self.width) + gap, inks.total)]


class NotionalColumn(LadderColumn):
    key = "notional"
    optional = 1

    @classmethod
    def wanted(cls, needs: Needs) -> int:
        # Where a ladder has no column of sums, it is too narrow for values too.
        return needs.notional if needs.has_value and (needs.has_total or needs.form is Form.DOM) else 0

    def names(self, plan: ColumnPlan, base: str, quote: str) -> tuple[str, ...]:
        return (f"{quote} / Σ", quote) if plan.form is Form.DOM else (f"VALUE {quote}", quote)

    def cells(self, level: LevelRow, own: bool, inks: Inks, flash: str, gap: str, row: RowContext) -> list[Cell]:
        value = level.notional if own else level.cumulative_notional
        return [(amount_text(value, row.plan.worth_decimals, self.width).rjust(self.width) + gap, inks.total)]


class BarColumn(LadderColumn):
    """The size as a bar; in the DOM, opposite a level, the other side's sum."""

    key = "bar"

    def cells(self, level: LevelRow, own: bool, inks: Inks, flash: str, gap: str, row: RowContext) -> list[Cell]:
        base = row.plan.unit is Unit.BASE
        if own:
            amount, scale, ink = (level.size if base else level.notional), row.scale, inks.bar
        else:
            amount = level.cumulative if base else level.cumulative_notional
            scale, ink = row.total_scale, inks.total_bar
        if amount is None:
            blocks = " " * self.width
        elif self.half < 0:
            blocks = mirrored_bar(amount, scale, self.width, log=row.log).blocks
        else:
            blocks = bar(amount, scale, self.width, log=row.log).blocks.ljust(self.width)
        if row.plan.marks and not own:
            blocks = blocks.translate(_SHADED)
        return [(blocks, ink), (gap, "text")] if gap else [(blocks, ink)]


COLUMNS: Final = (PriceColumn, DistanceColumn, SizeColumn, TotalColumn, NotionalColumn, BarColumn)
"""From left to right in the book form; in a half the bar follows the size."""


def _side(column: LadderColumn) -> str:
    return {-1: "BID ", 1: "ASK "}.get(column.half, "")


def distance(price: Decimal, mid: Decimal | None) -> str:
    if not mid:
        return "-"
    return fixed(_CENTI_BPS.multiply(_CENTI_BPS.divide(abs(_CENTI_BPS.subtract(price, mid)), mid), _BPS), 2)


@dataclass(frozen=True, slots=True)
class ColumnPlan:
    """The columns of one ladder in their places."""

    width: int
    edge: int
    """Columns at either side that are kept free for the hatching of a doubtful ladder."""
    columns: tuple[LadderColumn, ...]
    price_decimals: int
    size_decimals: int
    """Decimals of every amount in the size column and of its sums: the product's own, or those of the quote
    currency; fewer only where the ladder is too narrow for them."""
    marks: bool = False
    """Whether a letter in the left edge says the side of every level, as where there are no colours."""
    form: Form = Form.BOOK
    unit: Unit = Unit.BASE
    worth_decimals: int = 2
    """Decimals of amounts of quote currency."""
    gap: int = 2
    """Columns between two."""

    def find(self, key: str, half: int = 0) -> LadderColumn | None:
        """The column ``key`` of a half, or None where there was no room for it."""
        return next((column for column in self.columns if column.key == key and column.half == half), None)

    @property
    def price(self) -> LadderColumn:
        return next(column for column in self.columns if column.key == "price")

    @property
    def needs_notional(self) -> bool:
        """Whether these columns show amounts of quote currency."""
        return self.unit is Unit.QUOTE or any(column.key == "notional" for column in self.columns)


# -- rows --------------------------------------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowContext:
    """What all rows of a ladder share."""

    plan: ColumnPlan
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
    ask_inks: Inks = field(init=False)
    bid_inks: Inks = field(init=False)
    right_edge: Cell = field(init=False)
    """Hatched in doubt, else free."""

    def __post_init__(self) -> None:
        width = self.plan.edge
        object.__setattr__(self, "ask_inks", ASK_INKS if self.trusted else DOUBT_INKS)
        object.__setattr__(self, "bid_inks", BID_INKS if self.trusted else DOUBT_INKS)
        edge = (" " * width, "text") if self.trusted else (HATCH * width, self.hatch)
        object.__setattr__(self, "right_edge", edge)

    def left_edge(self, row: VisibleRow, *, cursor: bool, skips: bool) -> list[Cell]:
        """Hatching in doubt, else cursor or side letter and the mark of skipped prices."""
        width = self.plan.edge
        if not self.trusted:
            return [(HATCH * width, self.hatch)]
        letter = ""
        if self.plan.marks:
            letter = "A" if row.ask is not None else "B" if row.bid is not None else ""
        mark = (CURSOR + letter)[:width] if cursor else letter
        if not mark:
            return [((SKIP if skips else " ").rjust(width), "rule")]
        if len(mark) == width or not skips:
            return [(mark.ljust(width), "strong" if cursor else "muted")]
        return [(mark.ljust(width - 1), "strong" if cursor else "muted"), (SKIP, "rule")]


def book_row(row: VisibleRow, price: str, line: int, context: RowContext) -> Line:
    """One row of the book form: asks and bids in the same columns.

    Args:
        row: What to show.
        price: Its price as text.
        line: Which line of the rows it is.
        context: What it shares with the others.
    """
    plan, ask = context.plan, row.ask
    level = row.bid if ask is None else ask
    columns = plan.columns
    first, last = columns[0], columns[-1]
    on_cursor = line == context.cursor
    edge = context.left_edge(row, cursor=on_cursor, skips=row.skips)
    text = price.rjust(first.width)
    gap = " " * plan.gap
    if level is None:
        after = (LAST if price == context.last_price else " ").ljust(plan.gap)
        cells = _empty_row(edge, text + after, context)
        return _raised(cells) if on_cursor else tuple(cells)
    side, inks = ("bid", context.bid_inks) if ask is None else ("ask", context.ask_inks)
    at = first.width - len(price) + context.lead
    marked = price == context.last_price and context.last_side == side
    after = BOTH if ask is not None and row.bid is not None else LAST if marked else ""
    cells = [*edge, (text[:at], inks.lead), (text[at:] + (after + gap[1:] if after else gap), inks.price)]
    flash = context.flashes.get((side, price), "")
    for column in columns[1:]:
        cells += column.cells(level, True, inks, flash, "" if column.key == "bar" else gap, context)
    if last.key != "bar":
        # Without a bar to fill it, the last number takes the room up to the edge.
        text, ink = cells[-1]
        room = plan.width - plan.edge - last.x - last.width - plan.gap
        cells[-1] = (text + " " * room if room >= 0 else text[:room], ink)
    cells.append(context.right_edge)
    return _raised(cells) if on_cursor else tuple(cells)


def dom_row(row: VisibleRow, price: str, line: int, context: RowContext) -> Line:
    """One row of the DOM: the price in the centre, sizes on their own side, sums on the other."""
    plan, bid, ask = context.plan, row.bid, row.ask
    inks = context.ask_inks if ask is not None else context.bid_inks
    empty = ask is None and bid is None
    if empty:
        inks = inks._replace(price="muted" if context.trusted else "doubt")
    cells: list[Cell] = []
    for half, level, other, name, own_inks in (
        (-1, bid, ask, "bid", context.bid_inks),
        (1, ask, bid, "ask", context.ask_inks),
    ):
        own = level is not None
        flash = context.flashes.get((name, price), "") if own else ""
        parts = _half(level if own else other, own, half, own_inks if own else inks, flash, context)
        if half > 0:
            width, gap = plan.price.width, " " * (plan.gap - 1)
            text = price.rjust(width)
            at = width if empty else width - len(price) + context.lead
            skip = SKIP if row.skips and context.trusted else " "
            mark = LAST if price == context.last_price else " "
            cells += [(gap + skip, "rule"), (text[:at], inks.lead), (text[at:] + mark + gap, inks.price)]
        cells += parts
    return _edged(cells, row, line, context)


def sides_row(row: VisibleRow, prices: tuple[str, str], line: int, context: RowContext) -> Line:
    """One row of the form side by side: bid and ask of equal rank.

    Args:
        row: What to show.
        prices: Of the bid and of the ask, as text; empty where the side has ended.
        line: Which line of the rows it is.
        context: What it shares with the others.
    """
    plan = context.plan
    cells: list[Cell] = []
    gap = " " * (plan.gap - 1)
    for half, level, price, side, inks in (
        (-1, row.bid, prices[0], "bid", context.bid_inks),
        (1, row.ask, prices[1], "ask", context.ask_inks),
    ):
        marked = bool(price) and price == context.last_price and context.last_side == side
        text = price.rjust(plan.price.width)
        at = len(text) - len(price) + context.lead if price else 0
        own_inks = inks._replace(price=inks.lead) if level is not None and not level.size else inks
        number: list[Cell] = [(text[:at], own_inks.lead), (text[at:], own_inks.price)]
        parts = _half(level, True, half, own_inks, context.flashes.get((side, price), ""), context)
        if half > 0:
            cells += [(" ", "text"), *number, ((LAST if marked else " ") + gap, own_inks.price), *parts]
        else:
            cells += [*parts, (gap + (LAST_RIGHT if marked else " "), own_inks.price), *number]
    return _edged(cells, row, line, context)


def _half(level: LevelRow | None, own: bool, half: int, inks: Inks, flash: str, context: RowContext) -> list[Cell]:
    """The columns of one half from left to right; blanks where nothing rests."""
    plan = context.plan
    columns = [column for column in plan.columns if column.half == half and column.key != "price"]
    cells: list[Cell] = []
    for column in columns:
        gap = "" if column is columns[-1] else " " * plan.gap
        if level is not None and (level.size or not own):
            cells += column.cells(level, own, inks, flash, gap, context)
        elif column.key == "bar":
            cells += [(" " * column.width, inks.bar if own else inks.total_bar), (gap, "text")]
        else:
            cells.append((" " * column.width + gap, "text"))
    return cells


def _edged(cells: list[Cell], row: VisibleRow, line: int, context: RowContext) -> Line:
    plan, on_cursor = context.plan, line == context.cursor
    room = plan.width - 2 * plan.edge - sum(len(text) for text, _ in cells)
    edge = context.left_edge(row, cursor=on_cursor, skips=False)
    whole = [*edge, *cells, (" " * max(0, room), "text"), context.right_edge]
    return _raised(whole) if on_cursor else tuple(whole)


def _raised(cells: list[Cell]) -> Line:
    return tuple((text, _RAISED.get(style, style)) for text, style in cells)


def _empty_row(edge: list[Cell], price: str, context: RowContext) -> list[Cell]:
    plan = context.plan
    style = "muted" if context.trusted else "doubt"
    column = plan.find("bar")
    end = plan.width - plan.edge if column is None else column.x
    cells = [*edge, (price + " " * (end - plan.edge - len(price)), style)]
    if column is not None:
        cells.append((" " * column.width, "bid-bar" if context.trusted else "doubt-bar"))
    return [*cells, context.right_edge]
