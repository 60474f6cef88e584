"""The panels of the wire view."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.message import Message
from textual.reactive import var

from depthview.ui.widgets.panel import LinePanel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Click, MouseScrollDown, MouseScrollUp

    from depthview.ui.cells import Line

_WHEEL = 3


class Lines(LinePanel):
    """Lines that somebody else has made, from one of them on."""

    content: var[tuple[Line, ...]] = var(())
    """Top first."""
    top: var[int] = var(0)
    """The first one that is shown."""

    class Scrolled(Message):
        """The wheel was turned over it: so many rows down, or up where below 0."""

        def __init__(self, rows: int) -> None:
            super().__init__()
            self.rows = rows

    class Pointed(Message):
        """A row was clicked."""

        def __init__(self, place: int) -> None:
            super().__init__()
            self.place = place

    def watch_content(self) -> None:
        """Other lines."""
        self.redraw()

    def watch_top(self) -> None:
        """Other ones of them."""
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """Those that fit."""
        return self.content[self.top : self.top + height]

    def on_mouse_scroll_down(self, event: MouseScrollDown) -> None:
        """On."""
        event.stop()
        self.post_message(self.Scrolled(_WHEEL))

    def on_mouse_scroll_up(self, event: MouseScrollUp) -> None:
        """Back."""
        event.stop()
        self.post_message(self.Scrolled(-_WHEEL))

    def on_click(self, event: Click) -> None:
        """Choose a row."""
        self.post_message(self.Pointed(event.y))


class BandLine(Lines):
    """One line on a raised ground."""

    GROUND = "band"
