"""Which ticks of the draw rate draw, and what of the screen. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from depthview.view import MarketView, ReplayView

_HEALTH_EVERY: Final = 4
"""Ticks between two drawings of the health panels: figures that change ten times a second cannot be read."""


class Beat:
    """Remembers what was drawn last."""

    def __init__(self) -> None:
        self._version: int | None = None
        self._skipped = False
        self._draws = 0
        self._before: MarketView | None = None

    def due(self, version: int) -> bool:
        """Whether this tick draws: while no frame comes, every other one is enough for ages to run."""
        self._skipped = version == self._version and not self._skipped
        return not self._skipped

    def drawn(self, version: int, live: MarketView, *, tick: bool) -> bool:
        """Note what is being drawn; returns whether the health panels are due.

        Args:
            version: Of the market.
            live: The present, frozen picture or not.
            tick: Whether this is one of the many draws of a running clock, of which the health panels need few.
        """
        before, self._before, self._version = self._before, live, version
        self._draws += 1
        return not tick or self._draws % _HEALTH_EVERY == 0 or before is None or _urgent(before, live)


def _urgent(before: MarketView, now: MarketView) -> bool:
    """Whether something changed that must not wait for the next drawing of the health panels."""
    return (
        before.selected != now.selected
        or _stands_elsewhere(before.replay, now.replay)
        or before.feed.state is not now.feed.state
        or before.token.state is not now.token.state
        or before.token.sent != now.token.sent
        or [(tab.verdict, tab.gaps) for tab in before.tabs] != [(tab.verdict, tab.gaps) for tab in now.tabs]
    )


def _stands_elsewhere(before: ReplayView | None, now: ReplayView | None) -> bool:
    """Whether a replay that stands still does so at another place: what stands there is to be read at once."""
    if before is None or now is None or not now.paused:
        return False
    return (before.position, before.frame) != (now.position, now.frame)
