"""Time and sales of the product in front."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.message import Message
from textual.reactive import var

from depthview.preferences.display import Share, Sieve, Unit
from depthview.ui.tape import Held, tape_lines
from depthview.ui.widgets.panel import LinePanel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Click

    from depthview.ui.cells import Line
    from depthview.views.depth import DepthView, Trade


class Tape(LinePanel):
    """Trades, newest first; a click on the heading asks for the next size filter."""

    DEFAULT_CSS: ClassVar[str] = "Tape { height: 1fr; }"

    trades: var[tuple[Trade, ...]] = var(())
    """Newest first, of ``depth``'s product, all that there are: thresholds are drawn from them."""
    depth: var[DepthView | None] = var(None, init=False)
    """For currencies and decimals; setting it draws nothing, the trades do."""
    sieve: var[Sieve] = var[Sieve](Share.ALL)
    """Which trades are shown."""
    unit: var[Unit] = var(Unit.BASE)
    """What sizes are shown in."""
    local_time: var[bool] = var(False)
    """Whether times are local rather than UTC."""

    class FilterAsked(Message):
        """The heading was clicked."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._held: dict[str, Held] = {}

    def watch_trades(self) -> None:
        """Drawn anew with every trade."""
        self.redraw()

    def watch_sieve(self) -> None:
        """Drawn anew with more trades, or fewer."""
        self.redraw()

    def watch_unit(self) -> None:
        """Drawn anew in the other currency."""
        self.redraw()

    def on_click(self, event: Click) -> None:
        """Tell whether the heading was hit."""
        if event.y == 0:
            self.post_message(self.FilterAsked())

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The newest that fit."""
        depth = self.depth
        if depth is None:
            return tape_lines((), None, (width, height), Held(), local=self.local_time)
        held = self._held.get(depth.product, Held()).grown(self.trades, depth, self.sieve, self.unit)
        self._held[depth.product] = held
        return tape_lines(self.trades, depth, (width, height), held, local=self.local_time)
