"""Which ticks of the draw rate draw, and what of the screen. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from depthview.views.market import MarketView, ReplayView

_HEALTH_EVERY: Final = 4
"""Ticks between two drawings of the health panels: figures that change ten times a second cannot be read."""
_AGES_EVERY: Final = 0.5
"""Seconds between two draws while nothing comes but time: ages run on, at half of what five draws a second cost."""


class Beat:
    """Remembers what was drawn last.

    Args:
        fps: Ticks a second; 0 where they come by hand, and are taken for ten.
    """

    def __init__(self, fps: float = 10.0) -> None:
        self._version: int | None = None
        self._rest: Final = max(1, round((fps or 10.0) * _AGES_EVERY))
        self._skipped = 0
        self._draws = 0
        self._before: MarketView | None = None

    def due(self, version: int) -> bool:
        """Whether this tick draws: while no frame comes and no verdict changes, few are enough for ages to run."""
        self._skipped = 0 if version != self._version or self._skipped + 1 >= self._rest else self._skipped + 1
        return not self._skipped

    def drawn(self, version: int, live: MarketView, *, tick: bool) -> bool:
        """Note what is being drawn; returns whether the health panels are due.

        Args:
            version: Of the market.
            live: The present, frozen picture or not.
            tick: Whether this is one of the many draws of a running clock, of which the health panels need few.
        """
        # A draw after a rest counts for the ticks that it stands for, or the panels would rest for seconds.
        self._draws += 1 if version != self._version else self._rest
        before, self._before, self._version = self._before, live, version
        due = self._draws >= _HEALTH_EVERY
        if due:
            self._draws = 0
        return due or not tick or before is None or _urgent(before, live)


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
