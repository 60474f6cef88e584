"""The grid of products: small ladders on pages, a cursor among them, and how many fit with how many levels."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple

from textual.message import Message
from textual.reactive import var

from depthview.preferences.keymap import DEFAULT_KEYMAP, Keymap
from depthview.ui.ladder.scale import SMALL_MEMORY, LadderMemory
from depthview.ui.ladder.small import SMALL_LEAST, GridPosition, levels_wanted, small_lines
from depthview.ui.line_widget import LinePanel, PlainContainer, PlainVertical
from depthview.ui.lines import Line, Part, fit

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from depthview.views.depth import DepthView

_CELL_WISHED: Final = 44
_LEVELS_LEAST: Final = 3
_LEVELS_WISHED: Final = 8
MOST: Final = 12
"""Small ladders on one page."""


class GridShape(NamedTuple):
    """Columns and rows of small ladders on a page."""

    columns: int
    rows: int

    @property
    def places(self) -> int:
        return min(MOST, self.columns * self.rows)


def shape(products: int, width: int, height: int) -> GridShape:
    """The best page for ``products`` in ``width`` x ``height``; with fewer places than products there are more pages.

    At first as many products as possible with three levels a side, then as many levels (up to eight) and as wide as
    can be. Where less than half of the products would fit so, each gets as few rows as it needs to be on one page.
    """
    wanted = max(1, min(products, MOST))
    widest = max(1, min(wanted, width // SMALL_LEAST))
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
    """Rows for small ladders: one less if a footer has to say that there are more pages."""
    return height - (1 if products > places else 0)


_HINTS: Final = (("grid.page-up grid.page-down", "turn the page"), ("grid.zoom", "zoom"))


class MiniLadder(LinePanel):
    DEFAULT_CSS: ClassVar[str] = "MiniLadder { width: 1fr; height: 1fr; }"

    depth: var[DepthView | None] = var(None)
    """The book to draw; None draws nothing."""
    cursor: var[GridPosition] = var(GridPosition(1, here=False))
    """Its number, and whether the cursor is on it."""
    marks: var[bool] = var(False)
    """Whether a letter says the side of every level."""

    class Clicked(Message):
        def __init__(self, product: str) -> None:
            super().__init__()
            self.product = product
            """Name of the product."""

    def __init__(self) -> None:
        super().__init__()
        self._memory: dict[str, LadderMemory] = {}

    def on_click(self) -> None:
        if self.depth is not None:
            self.post_message(self.Clicked(self.depth.product))

    def lines(self, width: int, height: int) -> Sequence[Line]:
        depth = self.depth
        if depth is None:
            return []
        before = self._memory.get(depth.product, SMALL_MEMORY)
        memory = self._memory[depth.product] = before.grown_small(depth)
        return small_lines(depth, memory, (width, height), self.cursor, marks=self.marks)


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
        """The cursor should move to another product."""

        def __init__(self, product: str) -> None:
            super().__init__()
            self.product = product
            """Name of the product."""

    class ProductOpened(Message):
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
        self._reshape()

    def page(self, products: tuple[str, ...], front: str) -> tuple[str, ...]:
        """The products of the page that contains ``front``; their number decides the shape."""
        if len(products) != len(self._products):
            self._products = products
            self._reshape()
        self._products = products
        self._at = products.index(front) if front in products else 0
        start = self._page_start()
        return products[start : start + self._shape.places]

    @property
    def levels(self) -> int:
        """Levels per side that fit a small ladder; at least 1."""
        rows = self._height() // self._shape.rows
        return max(1, levels_wanted(self.size.width // self._shape.columns, rows))

    def _height(self) -> int:
        return self.size.height - self._paged()

    def _page_start(self) -> int:
        """Index of the first product on the page of the cursor."""
        return self._at // self._shape.places * self._shape.places

    def _paged(self) -> bool:
        return len(self._products) > self._shape.places

    def _reshape(self) -> None:
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
        start = self._page_start()
        for number, cell in enumerate(self._cells):
            index = start + number
            cell.cursor = GridPosition(index + 1, here=index == self._at)
            cell.depth = depths.get(names[number]) if number < len(names) else None
        if self._paged():
            self._foot.shown, self._foot.total = range(start, start + len(names)), len(self._products)

    def mark(self, *, sides: bool) -> None:
        """Show or hide the letter for the side of each level."""
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
