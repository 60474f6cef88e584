"""The grid of products: small ladders, a cursor among them, and pages where there are too many."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final

from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.message import Message
from textual.reactive import var

from depthview.ui.cells import Part, fit
from depthview.ui.mini import Cursor, Held, mini_lines
from depthview.ui.mosaic import MOST, Shape, levels_wanted, shape
from depthview.ui.widgets.panel import LinePanel

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from depthview.ui.cells import Line
    from depthview.view import DepthView

_LEAST_LEVELS: Final = 1


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
    """Which of the products are on this page."""

    shown: var[range] = var(range(0))
    """Their places among all products, from 0."""
    total: var[int] = var(0)
    """All products."""

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
            Part(2, (("PgUp PgDn", "text"), (" turn the page", "muted"))),
            Part(3, (("enter", "text"), (" zoom", "muted"))),
        ]
        return [((" ", "text"), *fit(parts, max(1, width - 1), gap="   "))]


class ProductGrid(Vertical, can_focus=True):
    """Up to twelve small ladders a page. The cursor is on the product in front, and moving it asks for another one."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left", "step(-1, 0)", "Left", show=False),
        Binding("right", "step(1, 0)", "Right", show=False),
        Binding("up,k", "step(0, -1)", "Up", show=False),
        Binding("down,j", "step(0, 1)", "Down", show=False),
        Binding("pageup", "turn(-1)", "Page before", show=False),
        Binding("pagedown", "turn(1)", "Next page", show=False),
        Binding("home", "first", "First", show=False),
        Binding("end", "last", "Last", show=False),
    ]
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

    def __init__(self) -> None:
        super().__init__()
        self._cells = tuple(MiniLadder() for _ in range(MOST))
        self._page, self._foot = Container(id="cells"), PageFoot()
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
        self.action_turn(1)

    def on_mouse_scroll_up(self) -> None:
        """The page before."""
        self.action_turn(-1)

    def _ask_for(self, index: int) -> None:
        if 0 <= index < len(self._products) and index != self._at:
            self.post_message(self.Chosen(self._products[index]))

    def action_step(self, across: int, down: int) -> None:
        """Move the cursor; at an edge it stays, or turns the page."""
        self._ask_for(self._at + across + down * self._shape.columns)

    def action_turn(self, pages: int) -> None:
        """Another page, if there is one."""
        if self._paged():
            self._ask_for(max(0, min(len(self._products) - 1, self._at + pages * self._shape.places)))

    def action_first(self) -> None:
        """The first product."""
        self._ask_for(0)

    def action_last(self) -> None:
        """The last product."""
        self._ask_for(len(self._products) - 1)
