"""The grid of products: small ladders, a cursor among them, and pages where there are too many."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.message import Message
from textual.reactive import var

from depthview.preferences.keymap import DEFAULT_KEYMAP, Keymap
from depthview.ui.cells import Part, fit
from depthview.ui.mini import Cursor, Held, mini_lines
from depthview.ui.mosaic import MOST, Shape, levels_wanted, shape
from depthview.ui.widgets.ground import Cells, Column
from depthview.ui.widgets.panel import LinePanel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from depthview.ui.cells import Line
    from depthview.views.depth import DepthView

_LEAST_LEVELS: Final = 1
_HINTS: Final = (("grid.page-up grid.page-down", "turn the page"), ("grid.zoom", "zoom"))


class MiniLadder(LinePanel):
    """One product of the grid."""

    DEFAULT_CSS: ClassVar[str] = "MiniLadder { width: 1fr; height: 1fr; }"

    depth: var[DepthView | None] = var(None)
    """The book to draw; None draws nothing."""
    cursor: var[Cursor] = var(Cursor(1, here=False))
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
        self._held: dict[str, Held] = {}

    def watch_depth(self) -> None:
        """A new view: repaint what differs."""
        self.redraw()

    def watch_cursor(self) -> None:
        """The cursor came or went."""
        self.redraw()

    def watch_marks(self) -> None:
        """Letters came or went."""
        self.redraw()

    def on_click(self) -> None:
        """Tell which product was hit."""
        if self.depth is not None:
            self.post_message(self.Clicked(self.depth.product))

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The small ladder at this size."""
        depth = self.depth
        if depth is None:
            return []
        held = self._held[depth.product] = self._held.get(depth.product, Held()).grown(depth)
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

    def watch_shown(self) -> None:
        """Another page."""
        self.redraw()

    def watch_total(self) -> None:
        """More products, or fewer."""
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The one row."""
        parts = [
            Part(0, ((f"products {self.shown.start + 1} to {self.shown.stop} of {self.total}", "muted"),)),
            Part(1, ((f"{self.total - len(self.shown)} more", "strong"),)),
            *(
                Part(rank, ((names, "text"), (f" {label}", "muted")))
                for rank, (names, label) in enumerate(self._keymap.hints(_HINTS), 2)
            ),
        ]
        return [((" ", "text"), *fit(parts, max(1, width - 1), gap="   "))]


class ProductGrid(Column, can_focus=True):
    """Up to twelve small ladders a page. The cursor is on the product in front, and moving it asks for another one.

    Args:
        keymap: Which key does what.
    """

    DEFAULT_CSS: ClassVar[str] = """
    ProductGrid { height: 1fr; background: $dv-ground; }
    ProductGrid #cells { layout: grid; grid-gutter: 0 1; height: 1fr; background: $dv-ground; }
    """

    class Chosen(Message):
        """The cursor is to move."""

        def __init__(self, product: str) -> None:
            super().__init__()
            self.product = product
            """Name of the product."""

    class Opened(Message):
        """A small ladder was clicked."""

        def __init__(self, product: str) -> None:
            super().__init__()
            self.product = product
            """Name of the product."""

    def __init__(self, keymap: Keymap = DEFAULT_KEYMAP) -> None:
        super().__init__()
        self._cells = tuple(MiniLadder() for _ in range(MOST))
        self._page, self._foot = Cells(id="cells"), PageFoot(keymap)
        self._shape = Shape(1, 1)
        self._products: tuple[str, ...] = ()
        self._at = 0

    def compose(self) -> ComposeResult:
        """The small ladders over the foot."""
        with self._page:
            yield from self._cells
        yield self._foot

    def on_resize(self) -> None:
        """Another size, perhaps another shape."""
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
            cell.cursor = Cursor(index + 1, here=index == self._at)
            cell.depth = depths.get(names[number]) if number < len(names) else None
        if self._paged():
            self._foot.shown, self._foot.total = range(start, start + len(names)), len(self._products)

    def mark(self, *, sides: bool) -> None:
        """Say the side of every level by a letter, or not."""
        for cell in self._cells:
            cell.marks = sides

    def on_mini_ladder_clicked(self, event: MiniLadder.Clicked) -> None:
        """A click opens."""
        event.stop()
        self.post_message(self.Opened(event.product))

    def on_mouse_scroll_down(self) -> None:
        """The next page."""
        self.act("turn", 1)

    def on_mouse_scroll_up(self) -> None:
        """The page before."""
        self.act("turn", -1)

    def _ask_for(self, index: int) -> None:
        if 0 <= index < len(self._products) and index != self._at:
            self.post_message(self.Chosen(self._products[index]))

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
