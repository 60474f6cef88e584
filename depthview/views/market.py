"""A whole picture of the market, what it is asked for by, and whom wishes go to."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from typing import TYPE_CHECKING, Protocol

from depthview.core.verdict import Proof, Verdict
from depthview.view.depth import DepthView, Impact, Trade
from depthview.view.feed import FeedView, TokenView
from depthview.view.replay import ReplayControls, ReplayView

if TYPE_CHECKING:
    from depthview.wire_view import Wire


@dataclass(frozen=True, slots=True)
class TabView:
    """One product's tab."""

    product: str
    verdict: Verdict
    gaps: int
    price_decimals: int
    last_price: Decimal | None
    last_direction: int
    spread: Decimal | None
    """None unless trusted."""
    reason: str | None = None
    """Of the verdict, in words."""
    trading_state: str = ""
    """See :attr:`depthview.view.depth.DepthView.trading_state`."""
    proof: Proof = Proof.FULL
    """As :attr:`DepthView.proof`."""


@dataclass(frozen=True, slots=True)
class EventView:
    """One entry of the event log."""

    event_id: int
    at: float
    """Unix seconds at which it began."""
    level: str
    """``good``, ``note``, ``warn`` or ``bad``."""
    product: str
    """Empty for the whole connection."""
    text: str
    """What happened and what was done about it."""
    is_open: bool = False
    """Whether it is an incident that lasts. One that has healed keeps its level."""
    recording: str = ""
    """Where the flight recorder has kept it, or why it could not, in words; empty for neither."""

    @property
    def is_incident(self) -> bool:
        """Whether something was wrong."""
        return self.level in ("warn", "bad")


@dataclass(frozen=True, slots=True)
class MarketView:
    """Everything one tick of the screen shows."""

    at: float
    """Unix seconds of the feed's clock: the recording's in a replay."""
    tabs: tuple[TabView, ...]
    selected: int
    depths: tuple[DepthView, ...]
    """The selected product first, then its neighbours when several ladders are shown."""
    feed: FeedView
    token: TokenView
    events: tuple[EventView, ...]
    """Newest last, bounded."""
    trades: tuple[Trade, ...]
    """Of the selected product, newest first, bounded."""
    replay: ReplayView | None
    catalogue: tuple[str, ...] = ()
    """Every product of the venue by name, for the product finder; empty until it has arrived."""
    catalogue_marks: Mapping[str, str] = field(default_factory=dict)
    """What is said of some of them: that they are futures, or not traded as usual."""


@dataclass(frozen=True, slots=True)
class FaultOffer:
    """A fault that the demo's exchange can be asked for."""

    name: str
    help: str
    """In a line."""


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a ladder that a person holds on to, away from the touch or around it."""

    at: Decimal
    """A price in quote currency."""
    above: int
    """Rows wanted at or above that price, of either side."""
    below: int
    """Rows wanted below it, of either side."""


@dataclass(frozen=True, slots=True)
class ViewRequest:
    """What the screen wants to see at this tick."""

    selected: str
    """The product in front."""
    ladders: tuple[str, ...]
    """Products whose depth is wanted, the selected one first."""
    levels: int
    """Rows a side."""
    groups: Mapping[str, Decimal]
    """Row width by product, in quote currency; a product that is missing here is not grouped."""
    trades: int = 50
    events: int = 200
    windows: Mapping[str, Window] = field(default_factory=dict)
    """By product: rows around a price instead of ``levels`` rows from the touch outwards."""
    notional: bool = False
    """Whether rows carry their notionals."""
    impact: Impact | None = None
    imbalance_levels: int = 10
    imbalance_bps: int = 0
    """Above 0: the imbalance over this distance, and not over ``imbalance_levels``."""


class Market(Protocol):
    """What a screen may ask of the session. Calls are cheap, never wait, and never raise for a dead feed."""

    @property
    def version(self) -> int:
        """Rises with every frame taken in and every change of a verdict: equal versions mean equal books."""

    def products(self) -> tuple[str, ...]:
        """Products on show, in tab order."""

    def view(self, request: ViewRequest) -> MarketView:
        """Everything that the screen shows, as of now."""

    def add_product(self, product: str) -> str | None:
        """Subscribe a product; None when done, else one line that says why not (unknown, already there, 30 on)."""

    def remove_product(self, product: str) -> str | None:
        """Unsubscribe a product; None when done, else one line that says why not."""

    def resync(self) -> str | None:
        """Ask for new snapshots of all products; None when asked for, else why not now (it is rate-limited)."""

    @property
    def controls(self) -> ReplayControls | None:
        """What a replay can be told to do; None where there is none."""

    def faults(self) -> tuple[FaultOffer, ...]:
        """Faults to be had for the asking, on the demo's exchange; empty elsewhere."""

    def provoke(self, fault: str) -> str | None:
        """Ask for one by name; None when it is on its way, else why not."""

    @property
    def wire(self) -> Wire | None:
        """The last frames and messages as they came and went; None where nobody keeps them."""

    def keep_flight(self) -> str | None:
        """Write what came in the last minutes to a file; None when that is being done, else why not."""
