"""The grid of products: small ladders on pages, a cursor among them, and how many fit with how many levels."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from textual.message import Message
from textual.reactive import var

from depthview.core.verdict import Proof
from depthview.preferences.keymap import DEFAULT_KEYMAP, Keymap
from depthview.ui.formats import (
    DIRECTION_GLYPHS,
    UNPROVED,
    bar,
    bar_scale,
    basis_points,
    count,
    duration,
    nice_ceiling,
    price_text,
    shared_prefix,
    size_text,
    state_mark,
    verdict_block,
    verdict_inks,
    verdict_style,
)
from depthview.ui.ladder.row_cells import size_cells
from depthview.ui.line_widget import LinePanel, PlainContainer, PlainVertical
from depthview.ui.lines import BLANK, Cell, Line, Part, between, cut, fill, fit, width_of

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from depthview.views.depth import DepthView, LevelRow

CELL_LEAST: Final = 26
"""Columns of the narrowest small ladder."""
_CELL_WISHED: Final = 44
_LEVELS_LEAST: Final = 3
_LEVELS_WISHED: Final = 8
HEAD: Final = 2
"""Rows over the levels of a small ladder."""
MOST: Final = 12
"""Small ladders on one page."""


class GridShape(NamedTuple):
    """How small ladders are laid out on a page."""

    columns: int
    rows: int

    @property
    def places(self) -> int:
        """Small ladders on a page."""
        return min(MOST, self.columns * self.rows)


def shape(products: int, width: int, height: int) -> GridShape:
    """The best page for ``products`` in ``width`` x ``height``; with fewer places than products there are more pages.

    At first as many products as possible with three levels a side, then as many levels (up to eight) and as wide as
    can be. Where less than half of the products would fit so, each gets as few rows as it needs to be on one page.
    """
    wanted = max(1, min(products, MOST))
    widest = max(1, min(wanted, width // CELL_LEAST))
    best, most, worth = GridShape(1, 1), 0, 0.0
    for columns in range(1, widest + 1):
        for rows in range(1, -(-wanted // columns) + 1):
            levels = levels_wanted(width // columns, _usable(height, products, columns * rows) // rows)
            if levels < _LEVELS_LEAST:
                break
            fitting = min(wanted, columns * rows)
            its_worth = min(1.0, levels / _LEVELS_WISHED) + min(1.0, width / columns / _CELL_WISHED)
            if (fitting, its_worth) > (most, worth):
                best, most, worth = GridShape(columns, rows), fitting, its_worth
    if most * 2 >= wanted:
        return best
    rows = -(-wanted // widest)
    return GridShape(widest, max(1, min(rows, _usable(height, products, widest * min(rows, height)))))


def _usable(height: int, products: int, places: int) -> int:
    """Rows for small ladders: one less where a foot has to say that there are more pages."""
    return height - (1 if products > places else 0)


def levels_wanted(width: int, height: int) -> int:
    """Levels a side that a small ladder of this size shows; 0 where it is a line or two."""
    return max(0, (height - HEAD - 1) // 2) if width >= CELL_LEAST else 0


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
class GridMemory:
    """What a small ladder remembers of its product, so that its columns and bars stand still."""

    price_width: int = 0
    size_digits: int = 1
    """Digits before the point."""
    scale: Decimal | None = None
    group: Decimal = Decimal(0)

    def grown(self, depth: DepthView) -> GridMemory:
        """This, or what ``depth`` needs."""
        rows = depth.bids + depth.asks
        if not rows:
            return self
        price = max(row.price for row in rows)
        size = max(row.size for row in rows)
        return GridMemory(
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


class GridPosition(NamedTuple):
    """Where a small ladder stands among the others."""

    number: int
    """Of its tab, from 1."""
    here: bool
    """Whether the cursor is on it."""


def mini_lines(
    depth: DepthView, held: GridMemory, size: tuple[int, int], cursor: GridPosition, *, marks: bool = False
) -> list[Line]:
    """All lines of a small ladder, top first.

    Args:
        depth: What to draw; as doubtful unless its verdict is a trusted one.
        held: From :meth:`GridMemory.grown` with this depth.
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


def _title(depth: DepthView, cursor: GridPosition, width: int) -> Line:
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


def _figures(depth: DepthView, cursor: GridPosition, width: int) -> Line:
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


def _touch(depth: DepthView, cursor: GridPosition, width: int) -> Line:
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


def _edge(depth: DepthView, cursor: GridPosition) -> Cell:
    if cursor.here:
        return ("▌", "strong")
    return (" ", "text") if depth.verdict.trusted else (_HATCH, verdict_inks(depth.verdict)[0])


class _Plan(NamedTuple):
    price: int
    size: int
    decimals: int
    bar: int


def _plan(depth: DepthView, held: GridMemory, width: int) -> _Plan:
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


def _body(
    depth: DepthView, held: GridMemory, width: int, levels: int, cursor: GridPosition, *, marks: bool
) -> list[Line]:
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
    row: LevelRow, text: str, columns: _Plan, held: GridMemory, look: tuple[_Inks, int], edges: tuple[Cell, Cell]
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


def _one_line(depth: DepthView, cursor: GridPosition, width: int) -> Line:
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


_LEAST_LEVELS: Final = 1
_HINTS: Final = (("grid.page-up grid.page-down", "turn the page"), ("grid.zoom", "zoom"))


class MiniLadder(LinePanel):
    """One product of the grid."""

    DEFAULT_CSS: ClassVar[str] = "MiniLadder { width: 1fr; height: 1fr; }"

    depth: var[DepthView | None] = var(None)
    """The book to draw; None draws nothing."""
    cursor: var[GridPosition] = var(GridPosition(1, here=False))
    """Its number, and whether the cursor is on it."""
    marks: var[bool] = var(False)
    """Whether a letter says the side of every level."""

    class Clicked(Message):
        """The small ladder was clicked."""

        def __init__(self, product: str) -> None:
            super().__init__()
            self.product = product
            """Name of the product."""

    def __init__(self) -> None:
        super().__init__()
        self._held: dict[str, GridMemory] = {}

    def on_click(self) -> None:
        if self.depth is not None:
            self.post_message(self.Clicked(self.depth.product))

    def lines(self, width: int, height: int) -> Sequence[Line]:
        depth = self.depth
        if depth is None:
            return []
        held = self._held[depth.product] = self._held.get(depth.product, GridMemory()).grown(depth)
        return mini_lines(depth, held, (width, height), self.cursor, marks=self.marks)


class PageFoot(LinePanel):
    """Which of the products are on this page.

    Args:
        keymap: Which key does what.
    """

    shown: var[range] = var(range(0))
    """Their places among all products, from 0."""
    total: var[int] = var(0)
    """All products."""

    def __init__(self, keymap: Keymap) -> None:
        super().__init__()
        self._keymap = keymap

    def lines(self, width: int, height: int) -> Sequence[Line]:
        parts = [
            Part(0, ((f"products {self.shown.start + 1} to {self.shown.stop} of {self.total}", "muted"),)),
            Part(1, ((f"{self.total - len(self.shown)} more", "strong"),)),
            *(
                Part(rank, ((names, "text"), (f" {label}", "muted")))
                for rank, (names, label) in enumerate(self._keymap.hints(_HINTS), 2)
            ),
        ]
        return [((" ", "text"), *fit(parts, max(1, width - 1), gap="   "))]


class ProductGrid(PlainVertical, can_focus=True):
    """Up to twelve small ladders a page. The cursor is on the product in front, and moving it asks for another one.

    Args:
        keymap: Which key does what.
    """

    DEFAULT_CSS: ClassVar[str] = """
    ProductGrid { height: 1fr; background: $dv-ground; }
    ProductGrid #cells { layout: grid; grid-gutter: 0 1; height: 1fr; background: $dv-ground; }
    """

    class CursorMoved(Message):
        """The cursor is to move."""

        def __init__(self, product: str) -> None:
            super().__init__()
            self.product = product
            """Name of the product."""

    class ProductOpened(Message):
        """A small ladder was clicked."""

        def __init__(self, product: str) -> None:
            super().__init__()
            self.product = product
            """Name of the product."""

    def __init__(self, keymap: Keymap = DEFAULT_KEYMAP) -> None:
        super().__init__()
        self._cells = tuple(MiniLadder() for _ in range(MOST))
        self._page, self._foot = PlainContainer(id="cells"), PageFoot(keymap)
        self._shape = GridShape(1, 1)
        self._products: tuple[str, ...] = ()
        self._at = 0

    def compose(self) -> ComposeResult:
        with self._page:
            yield from self._cells
        yield self._foot

    def on_resize(self) -> None:
        self._shape_anew()

    def page(self, products: tuple[str, ...], front: str) -> tuple[str, ...]:
        """The products of the page that ``front`` is on; the shape follows their number."""
        if len(products) != len(self._products):
            self._products = products
            self._shape_anew()
        self._products = products
        self._at = products.index(front) if front in products else 0
        start = self._at // self._shape.places * self._shape.places
        return products[start : start + self._shape.places]

    @property
    def levels(self) -> int:
        """Levels a side that the small ladders have room for; at least 1."""
        rows = self._height() // self._shape.rows
        return max(_LEAST_LEVELS, levels_wanted(self.size.width // self._shape.columns, rows))

    def _height(self) -> int:
        return self.size.height - self._paged()

    def _paged(self) -> bool:
        return len(self._products) > self._shape.places

    def _shape_anew(self) -> None:
        self._shape = shape(len(self._products), *self.size)
        styles = self._page.styles
        styles.grid_size_columns, styles.grid_size_rows = self._shape
        # All of one height: a row more would make some say more than others. What is left over parts them.
        rows = self._shape.rows
        styles.grid_rows = str(max(1, self._height() // rows))
        styles.grid_gutter_horizontal = 1 if 1 < rows <= self._height() % rows + 1 else 0
        for number, cell in enumerate(self._cells):
            cell.display = number < self._shape.places
        self._foot.display = self._paged()

    def draw(self, depths: Mapping[str, DepthView], names: Sequence[str]) -> None:
        """Hand every small ladder its product.

        Args:
            depths: By product.
            names: Of this page, in order.
        """
        start = self._at // self._shape.places * self._shape.places
        for number, cell in enumerate(self._cells):
            index = start + number
            cell.cursor = GridPosition(index + 1, here=index == self._at)
            cell.depth = depths.get(names[number]) if number < len(names) else None
        if self._paged():
            self._foot.shown, self._foot.total = range(start, start + len(names)), len(self._products)

    def mark(self, *, sides: bool) -> None:
        """Say the side of every level by a letter, or not."""
        for cell in self._cells:
            cell.marks = sides

    def on_mini_ladder_clicked(self, event: MiniLadder.Clicked) -> None:
        event.stop()
        self.post_message(self.ProductOpened(event.product))

    def on_mouse_scroll_down(self) -> None:
        self.act("turn", 1)

    def on_mouse_scroll_up(self) -> None:
        self.act("turn", -1)

    def _ask_for(self, index: int) -> None:
        if 0 <= index < len(self._products) and index != self._at:
            self.post_message(self.CursorMoved(self._products[index]))

    def act(self, name: str, across: int = 0, down: int = 0) -> None:
        """Move the cursor; at an edge it stays, or turns the page.

        Args:
            name: ``step``, ``turn``, ``first`` or ``last``.
            across: Products to the right, or pages on.
            down: Products down.

        Raises:
            ValueError: There is no such act.
        """
        match name:
            case "step":
                self._ask_for(self._at + across + down * self._shape.columns)
            case "turn" if not self._paged():
                pass
            case "turn":
                self._ask_for(max(0, min(len(self._products) - 1, self._at + across * self._shape.places)))
            case "first":
                self._ask_for(0)
            case "last":
                self._ask_for(len(self._products) - 1)
            case _:
                raise ValueError(f"no such act of the grid: {name}")
