"""The bar of a replay, over the keys. A click on it goes there."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

from textual.message import Message
from textual.reactive import var

from depthview.ui.transport import Bar, bar_of
from depthview.ui.widgets.panel import LinePanel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from textual.events import Click

    from depthview.ui.cells import Line
    from depthview.views.market import ReplayView


class TransportBar(LinePanel):
    """Place, length, speed, incidents."""

    GROUND: ClassVar[str] = "band"

    replay: var[ReplayView | None] = var(None)
    """Where the replay stands; None draws nothing."""
    at: var[float] = var(0.0)
    """Unix seconds of the recording."""
    local_time: var[bool] = var(False)
    """Whether times are local rather than UTC."""

    class Sought(Message):
        """The bar was clicked."""

        def __init__(self, seconds: float) -> None:
            super().__init__()
            self.seconds = seconds
            """From the first entry."""

    def __init__(self, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._bar = Bar(())

    def watch_replay(self) -> None:
        """Drawn anew as the replay goes on."""
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """One row or two."""
        if self.replay is None:
            return []
        self._bar = bar_of(self.replay, self.at, width, height, local=self.local_time)
        return self._bar.lines

    def on_click(self, event: Click) -> None:
        """Tell where the click leads."""
        if self.replay is not None and event.y == 0:
            seconds = self._bar.seconds_at(event.x, self.replay.duration)
            if seconds is not None:
                self.post_message(self.Sought(seconds))
