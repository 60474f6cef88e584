"""The event log."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import var

from depthview.ui.log import event_column, event_lines
from depthview.ui.widgets.panel import LinePanel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.ui.cells import Line
    from depthview.views.market import EventView


class EventLog(LinePanel):
    """What happened and what was done about it, newest last."""

    events: var[tuple[EventView, ...]] = var(())
    """Newest last."""
    local_time: var[bool] = var(False)
    """Whether times are local rather than UTC."""
    column: var[bool] = var(False)
    """Whether it stands in a narrow column: newest first then, and long ones on several rows."""

    def watch_events(self) -> None:
        """Drawn anew when something happened."""
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The newest that fit."""
        if self.column:
            return event_column(self.events, width, height, local=self.local_time)
        return event_lines(self.events, width, height, local=self.local_time)
