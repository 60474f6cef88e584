"""The footer: the keys that fit, most important first. A click presses one."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.ui.keys import KEYS, SLOTS
from depthview.ui.widgets.panel import LinePanel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Click

    from depthview.ui.cells import Cell, Line


class KeyBar(LinePanel):
    """Keys and what they do."""

    GROUND = "band"

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._spans: list[tuple[int, int, str]] = []

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The one row."""
        cells: list[Cell] = [(" ", "band")]
        self._spans = []
        at = 1
        for key in (KEYS[0], KEYS[1], SLOTS, *KEYS[2:]):
            if not key.label:
                continue
            size = len(key.shown) + 1 + len(key.label)
            if at + size > width:
                break
            cells += [(key.shown, "band-strong"), (f" {key.label}", "band-muted"), ("  ", "band")]
            self._spans.append((at, at + size, key.action))
            at += size + 2
        return [tuple(cells)]

    async def on_click(self, event: Click) -> None:
        """Do what the key under the pointer does."""
        for start, end, action in self._spans:
            if start <= event.x < end and action:
                await self.app.run_action(action, default_namespace=self.screen)
