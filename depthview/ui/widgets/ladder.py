"""The ladder of one product."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, ClassVar

from textual.message import Message
from textual.reactive import var

from depthview.ui.ladder.columns import Reserve, plan
from depthview.ui.ladder.picture import ladder_lines, levels_wanted
from depthview.ui.rows import bar_scale
from depthview.ui.widgets.panel import LinePanel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.ui.cells import Line
    from depthview.view import DepthView


@dataclass(frozen=True, slots=True)
class _Held:
    """What a ladder remembers of a product, so that its columns and bars stand still."""

    reserve: Reserve
    scale: Decimal | None
    group: Decimal


class Ladder(LinePanel):
    """Asks over bids of one product, with the verdict on it welded to the top left."""

    DEFAULT_CSS: ClassVar[str] = "Ladder { height: 1fr; }"

    depth: var[DepthView | None] = var(None)
    """The book to draw; None draws nothing. A doubtful one is drawn as such."""
    counters: var[bool] = var(False)
    """Whether the product's own sequence counters stand at the foot, as they do beside other ladders."""
    marks: var[bool] = var(False, init=False)
    """Whether a letter says the side of every level; set before there is anything to draw."""
    tag: var[str] = var("")
    """A word that even the one-line form has to carry, such as ``REPLAY``."""

    marked: var[bool] = var(False)
    """Whether this is the product in front, among ladders side by side."""

    class Chosen(Message):
        """The ladder was clicked."""

        def __init__(self, product: str) -> None:
            super().__init__()
            self.product = product
            """Name of the product."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._held: dict[str, _Held] = {}

    @property
    def levels(self) -> int:
        """Levels a side that the widget has room for."""
        return levels_wanted(self.size.width, self.size.height, counters=self.counters)

    def watch_depth(self) -> None:
        """A new view: repaint what differs."""
        self.redraw()

    def watch_counters(self) -> None:
        """The foot came or went."""
        self.redraw()

    def watch_tag(self) -> None:
        """Another word to carry."""
        self.redraw()

    def watch_marked(self) -> None:
        """To the front, or behind."""
        self.redraw()

    def on_click(self) -> None:
        """Tell which product was hit."""
        if self.depth is not None:
            self.post_message(self.Chosen(self.depth.product))

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The ladder at this size."""
        depth = self.depth
        if depth is None:
            return []
        held = self._remember(depth)
        columns = plan(depth, held.reserve, width, marks=self.marks)
        return ladder_lines(
            depth, columns, held.scale, (width, height), counters=self.counters, marked=self.marked, tag=self.tag
        )

    def _remember(self, depth: DepthView) -> _Held:
        before = self._held.get(depth.product)
        reserve = (before.reserve if before else Reserve()).grown(depth)
        # A scale for rows of one width says nothing of rows of another.
        kept = before.scale if before is not None and before.group == depth.group else None
        scale = bar_scale((row.size for row in depth.bids + depth.asks), kept)
        held = self._held[depth.product] = _Held(reserve, scale, depth.group)
        return held
