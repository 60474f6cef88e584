"""The one row that stands for source, tabs and health where there are few."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.reactive import var

from depthview.ui.cells import Cell, Line, Part, cut, fill, fit
from depthview.ui.widgets.panel import LinePanel
from depthview.ui.words import VERDICT_GLYPHS, connection_style, count, duration, verdict_style
from depthview.view import ConnectionState, MarketView, Mode

if TYPE_CHECKING:
    from collections.abc import Sequence

_KEY: Final = 16


def folded_line(view: MarketView, frozen_for: float | None, width: int) -> Line:
    """Mode, a number and a verdict for each product, gaps, where the key came from, and what else there is room for.

    Args:
        view: What there is to show.
        frozen_for: Seconds since the picture was frozen; None while it is not.
        width: Columns.
    """
    feed = view.feed
    style = "frozen" if frozen_for is not None else "band-strong" if feed.mode is Mode.LIVE else "banner"
    mode = feed.mode.value if frozen_for is None else f"FROZEN {duration(frozen_for)}"
    tabs: list[Cell] = []
    for number, tab in enumerate(view.tabs):
        front = "▌" if number == view.selected else " "
        its_style = verdict_style(tab.verdict)
        tabs.append((f"{front}{number + 1}", "band-strong" if front.strip() else "band-muted"))
        tabs.append((VERDICT_GLYPHS[tab.verdict], "band-strong" if its_style == "good" else its_style))
    gaps = view.tabs[view.selected].gaps if 0 <= view.selected < len(view.tabs) else 0
    parts = [
        Part(0, ((mode, style),)),
        Part(2, tuple(tabs)),
        Part(3, (("gaps ", "band-muted"), (count(gaps), "warn-text" if gaps else "band"))),
        Part(4, (("key ", "band-muted"), (cut(feed.key_source, _KEY), "band"))),
        Part(5, (("heartbeat ", "band-muted"), (duration(feed.heartbeat_age), "band"))),
    ]
    if feed.state is not ConnectionState.OPEN:
        parts.insert(1, Part(1, ((f" {feed.state.value} ", connection_style(feed.state)),)))
    return fill(((" ", "band"), *fit(parts, max(1, width - 1), style="band")), width, "band")


class FoldedBar(LinePanel):
    """Source, tabs and health in one row."""

    GROUND = "band"

    view: var[MarketView | None] = var(None)
    """What there is to show; None draws nothing."""
    frozen_for: var[float | None] = var(None)
    """Seconds since the picture was frozen; None while it is not."""

    def watch_view(self) -> None:
        """Drawn anew with every view."""
        self.redraw()

    def watch_frozen_for(self) -> None:
        """Drawn anew when the picture is frozen, and while it is."""
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The one row."""
        return [] if self.view is None else [folded_line(self.view, self.frozen_for, width)]
