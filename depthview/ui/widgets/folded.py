"""The one row that stands for source, tabs and health where there are few."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING, Final

from textual.reactive import var

from depthview.core.verdict import Proof
from depthview.ui.cells import Line, Part, cut, fill, fit, width_of
from depthview.ui.widgets.panel import LinePanel
from depthview.ui.words import (
    UNPROVED_MARK,
    VERDICT_GLYPHS,
    connection_style,
    count,
    duration,
    mode_words,
    verdict_style,
)
from depthview.views.market import ConnectionState, Mode

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.views.market import MarketView

_KEY: Final = 40
"""Columns that a key source takes at most."""
_LEAST: Final = 8
"""Columns of it that are kept where there is little room."""


def folded_line(view: MarketView, frozen_for: float | None, width: int) -> Line:
    """Mode, a number and a verdict for each product, gaps, where the key came from, and what else there is room for.

    Args:
        view: What there is to show.
        frozen_for: Seconds since the picture was frozen; None while it is not.
        width: Columns.
    """
    feed = view.feed
    style = "frozen" if frozen_for is not None else "band-strong" if feed.mode is Mode.LIVE else "banner"
    mode = mode_words(feed, view.replay) if frozen_for is None else f"FROZEN {duration(frozen_for)}"
    gaps = view.tabs[view.selected].gaps if 0 <= view.selected < len(view.tabs) else 0
    parts = [
        Part(0, ((mode, style),)),
        Part(2, _products(view, width // 2)),
        Part(4, (("gaps ", "band-muted"), (count(gaps), "warn-text" if gaps else "band"))),
    ]
    if feed.state is not ConnectionState.OPEN:
        parts.insert(1, Part(1, ((f" {feed.state.value} ", connection_style(feed.state)),)))
    room = width - 1 - sum(width_of(part.cells) + 1 for part in parts) - len("key ")
    parts.append(Part(3, (("key ", "band-muted"), (cut(feed.key_source, max(_LEAST, min(_KEY, room))), "band"))))
    parts.append(Part(5, (("heartbeat ", "band-muted"), (duration(feed.heartbeat_age), "band"))))
    return fill(((" ", "band"), *fit(parts, max(1, width - 1), gap=" ", style="band")), width, "band")


def _products(view: MarketView, room: int) -> Line:
    """The number and the verdict of every product, or of the one in front and how many others are in doubt."""

    def tab(number: int) -> Line:
        front, verdict = number == view.selected, view.tabs[number].verdict
        style = verdict_style(verdict)
        mark: Line = ((UNPROVED_MARK, "warn-text"),) if view.tabs[number].proof is Proof.PARTIAL else ()
        return (
            (f"{'▌' if front else ' '}{number + 1}", "band-strong" if front else "band-muted"),
            (VERDICT_GLYPHS[verdict], "band-strong" if style == "good" else style),
            *mark,
        )

    every = tuple(chain.from_iterable(tab(number) for number in range(len(view.tabs))))
    if width_of(every) <= room or not 0 <= view.selected < len(view.tabs):
        return every
    doubtful = sum(not found.verdict.trusted for found in view.tabs)
    doubt: Line = ((f" {doubtful} in doubt", "bad-text"),) if doubtful else ()
    return (*tab(view.selected), (f" of {len(view.tabs)}", "band-muted"), *doubt)


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
