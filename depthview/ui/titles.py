"""The terminal's title, and when to ring its bell. Pure: views in, text and decisions out."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.ui.formats import price_text
from depthview.views.market import Mode

if TYPE_CHECKING:
    from depthview.views.market import MarketView

_PACE: Final = 1.0
"""Seconds at least between two titles, and between two rings."""


_NAME: Final = "depthview"


def title_text(view: MarketView) -> str:
    """Product, last price and verdict, as in ``BTC-USD 65,083.67 SYNCED - depthview``.

    The last trade is a fact, so its price is shown also in doubt.
    """
    if not 0 <= view.selected < len(view.tabs):
        return _NAME
    tab = view.tabs[view.selected]
    price = "" if tab.last_price is None else price_text(tab.last_price, tab.price_decimals)
    mode = "" if view.feed.mode is Mode.LIVE else view.feed.mode.value
    words = [word for word in (mode, tab.product, price, tab.verdict.value) if word]
    return f"{' '.join(words)} - {_NAME}"


class Titles:
    """Which titles to show and when: each once, at most one per second."""

    def __init__(self) -> None:
        self._shown: str | None = None
        self._at: float | None = None

    def due(self, view: MarketView, now: float) -> str | None:
        """The title to show at ``now`` (monotonic seconds); None for no change."""
        if self._at is not None and now - self._at < _PACE:
            return None
        text = title_text(view)
        if text == self._shown:
            return None
        self._shown, self._at = text, now
        return text

    def forget(self) -> None:
        """The title was changed by another program: the next one is due at once."""
        self._shown = self._at = None


class Bell:
    """When to ring: when trust in a product is lost, and when it returns.

    A product rings only after it was trusted once, so that a start is silent; at most one ring per second.
    """

    def __init__(self) -> None:
        self._trusted: dict[str, bool] = {}
        self._owed = False
        self._at: float | None = None

    def due(self, view: MarketView, now: float) -> bool:
        """Whether to ring at ``now`` (monotonic seconds)."""
        trusted = {tab.product: tab.verdict.trusted for tab in view.tabs}
        before = self._trusted
        self._owed |= any(trusted[name] is not was for name, was in before.items() if name in trusted)
        self._trusted = {name: now_so for name, now_so in trusted.items() if now_so or name in before}
        if not self._owed or (self._at is not None and now - self._at < _PACE):
            return False
        self._owed, self._at = False, now
        return True
