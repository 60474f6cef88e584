"""The footer: the keys that fit, most important first. A click presses one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import var

from depthview.preferences.keymap import footer
from depthview.preferences.keys import Place
from depthview.ui.cells import width_of
from depthview.ui.widgets.panel import LinePanel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Click

    from depthview.preferences.keymap import Keymap
    from depthview.ui.cells import Cell, Line


class KeyBar(LinePanel):
    """Keys and what they do.

    Args:
        keymap: Which key does what.
        id: Textual's.
    """

    GROUND = "band"
    replay: var[bool] = var(False)
    """Whether the keys of a replay are in force."""
    where: var[Place] = var(Place.LADDER)
    """The ladder or the grid, whichever is on the screen."""

    def __init__(self, keymap: Keymap, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._keymap = keymap
        self._spans: list[tuple[int, int, str]] = []

    def watch_replay(self) -> None:
        """Other keys."""
        self.redraw()

    def watch_where(self) -> None:
        """Other keys."""
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The one row."""
        cells: list[Cell] = [(" ", "band")]
        self._spans = []
        at = 1
        for name, label, action in footer(self._keymap, replay=self.replay, where=self.where):
            entry: Line = ((name, "band-strong"), (f" {label}", "band-muted"))
            size = width_of(entry)
            if at + size > width:
                break
            cells += [*entry, ("  ", "band")]
            self._spans.append((at, at + size, action))
            at += size + 2
        return [tuple(cells)]

    async def on_click(self, event: Click) -> None:
        """Do what the key under the pointer does."""
        for start, end, action in self._spans:
            if start <= event.x < end and action:
                await self.app.run_action(action, default_namespace=self.screen)
