"""What a ladder asks of the next view. Ladders say it, the deck gathers it into one request."""

from __future__ import annotations

from dataclasses import dataclass

from depthview.views.depth import Impact
from depthview.views.market import Window


@dataclass(frozen=True, slots=True)
class Wants:
    """One ladder's part of a :class:`depthview.views.market.ViewRequest`."""

    levels: int
    """Levels a side that there is room for; at least 1."""
    window: Window | None = None
    """The part of the book that is held on to; None follows the market."""
    notional: bool = False
    """Whether rows are to carry their notionals."""
    impact: Impact | None = None
    """A size to price; that of the ladder in front counts."""
    imbalance_levels: int = 10
    imbalance_bps: int = 0
    """Above 0: the imbalance over this distance; that of the ladder in front counts."""
