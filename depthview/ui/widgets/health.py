"""The panels of the feed's health. What they say is made in :mod:`depthview.ui.health`."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.reactive import var

from depthview.ui.health import compact_lines, feed_lines, sequence_lines
from depthview.ui.layout import FEED_ROWS, SEQUENCE_ROWS, TOKEN_ROWS
from depthview.ui.token import token_lines
from depthview.ui.widgets.panel import LinePanel

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.ui.cells import Line
    from depthview.views.market import MarketView


class HealthPanel(LinePanel):
    """A panel that is fed with the whole view, of which it shows its part."""

    view: var[MarketView | None] = var(None)
    """What there is to show; None draws nothing."""

    def watch_view(self) -> None:
        """A new view: repaint the rows that differ."""
        self.redraw()


class FeedPanel(HealthPanel):
    """The connection: state, host, key, rates, latency, ages, subscriptions."""

    DEFAULT_CSS = f"FeedPanel {{ height: {FEED_ROWS}; }}"

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """As many rows as there are."""
        view = self.view
        if view is None:
            return []
        return feed_lines(view.feed, view.depths[0] if view.depths else None, width)


class SequencePanel(HealthPanel):
    """The counters of the product in front."""

    DEFAULT_CSS = f"SequencePanel {{ height: {SEQUENCE_ROWS}; }}"

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """As many rows as there are."""
        view = self.view
        if view is None or not view.depths:
            return []
        return sequence_lines(view.depths[0].sequence, view.feed, width)


class TokenPanel(HealthPanel):
    """The countdown of the last token sent."""

    DEFAULT_CSS = f"TokenPanel {{ height: {TOKEN_ROWS}; }}"

    def __init__(self, page_key: str) -> None:
        super().__init__()
        self._page_key = page_key
        """Opens the page of all that there is to say of tokens; empty where no key does."""

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """As many rows as there are."""
        return [] if self.view is None else token_lines(self.view.token, self.view.feed, width, self._page_key)


class HealthLines(HealthPanel):
    """The chief lines of all three, where there is no room for panels."""

    DEFAULT_CSS = "HealthLines { height: 2; }"

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """One or two rows."""
        return [] if self.view is None else compact_lines(self.view, width, height)
