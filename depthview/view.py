"""What the screen is given: frozen values, one :class:`MarketView` a tick, and nothing to call back into.

All prices are in the product's quote currency and all sizes in its base currency, as exact ``Decimal``. Ages are
seconds at the moment the view was made. Whatever derives from a book is None while the book is not trusted; the
rows themselves are still given, so that a doubtful ladder can be drawn as one.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, NamedTuple, Protocol, TypeAlias

from depthview.core.ladder import Row
from depthview.core.trust import Verdict

if TYPE_CHECKING:
    from depthview.wire_view import Wire


LevelRow: TypeAlias = Row
"""One row of a ladder, counted from the touch outwards."""


@dataclass(frozen=True, slots=True)
class TopOfBook:
    """The raw (never grouped) touch and what follows from it; exists for a trusted book only."""

    best_bid: LevelRow | None
    best_ask: LevelRow | None
    spread: Decimal | None
    """Quote currency; None when a side is empty, or the book is crossed."""
    spread_bps: Decimal | None
    """Spread in basis points of the mid."""
    mid: Decimal | None
    microprice: Decimal | None
    """(bid x ask size + ask x bid size) / (bid size + ask size)."""
    imbalance: Decimal | None
    """(bids - asks) / (bids + asks), raw levels: -1 to 1."""
    imbalance_levels: int
    """Over so many levels a side; 0 where it is over a distance."""
    imbalance_bps: int = 0
    """Over all levels within so many basis points of the mid; 0 where it is over a number of levels."""


@dataclass(frozen=True, slots=True)
class SequenceStats:
    """What the sequence monitor has counted since the start; ``last`` is of the present connection."""

    scope: str
    """``connection``, ``product``, or ``undecided`` while the numbers fit both readings."""
    last: int | None = None
    gaps: int = 0
    """Jumps."""
    missed: int = 0
    """Messages that the jumps passed over."""
    duplicates: int = 0
    out_of_order: int = 0
    resets: int = 0


@dataclass(frozen=True, slots=True)
class Trade:
    """One trade as printed by the venue."""

    trade_id: str
    price: Decimal
    size: Decimal
    aggressor: str
    """``buy`` or ``sell``: the taker's side. (The wire gives the maker's: observed, 49 of 53 SELL at the ask.)"""
    at: float
    """Unix seconds."""
    missing_before: str = ""
    """Why trades may be missing between this one and the one before it, in words; empty where none can be."""


@dataclass(frozen=True, slots=True)
class DepthWithin:
    """What rests near the mid of a trusted book."""

    bps: int
    """Distance from the mid in basis points (1/10,000 of it)."""
    bids: Decimal
    """Base currency, exact."""
    asks: Decimal


@dataclass(frozen=True, slots=True)
class Impact:
    """A size that a person asks the price of."""

    size: Decimal
    in_quote: bool = False
    """Whether ``size`` is an amount of quote currency to spend or to get, and not of base currency."""


@dataclass(frozen=True, slots=True)
class ImpactView:
    """What taking a size from one side of a trusted book would cost. No fees, no hidden orders."""

    side: str
    """``buy`` takes asks, ``sell`` takes bids."""
    filled: Decimal
    """Base currency that the book holds of what was asked: exact, but for an amount of quote currency that ends
    within a level, where it has 28 digits."""
    average: Decimal | None
    """Price paid or got per unit, quote currency, 28 digits; None where nothing could be filled."""
    slippage_bps: Decimal | None
    """Distance of the average from the mid, 28 digits; above 0 is worse than the mid. None without a mid."""
    levels: int
    """Raw levels touched."""
    worst: Decimal | None
    """Price of the last level touched."""
    complete: bool
    """Whether the book holds enough."""


@dataclass(frozen=True, slots=True)
class DayView:
    """The last 24 hours as the ticker channel tells them; whatever it left out is None."""

    high: Decimal | None
    low: Decimal | None
    volume: Decimal | None
    """Base currency."""
    change_percent: Decimal | None
    """Of the price."""


@dataclass(frozen=True, slots=True)
class SnapshotView:
    """The last snapshot of a product."""

    levels: int
    bytes: int
    """Of the frame that brought it."""
    seconds: float | None
    """From its arrival until its book was ready; None where not measured, as in a replay."""


class Reach(NamedTuple):
    """How far from the touch a picture goes, where the book goes on; quote currency."""

    lowest: Decimal | None
    """Price of the last bid that is known; None where all bids are."""
    highest: Decimal | None


@dataclass(frozen=True, slots=True)
class DepthView:
    """One product's book for one ladder."""

    product: str
    """The name that was asked for."""
    feed_product: str
    """The name under which its data comes (an alias's other name; else the same)."""
    base: str
    quote: str
    price_decimals: int
    """Decimals that every price of this product fits in: reserve the column from these."""
    size_decimals: int
    verdict: Verdict
    reason: str | None
    verdict_age: float
    """Seconds since the verdict came to hold."""
    bids: tuple[LevelRow, ...]
    """Best first, at most as many as were asked for; grouped when ``group`` is above ``tick``."""
    asks: tuple[LevelRow, ...]
    tick: Decimal
    group: Decimal
    """Width of a row in quote currency; equal to ``tick`` when not grouped."""
    top: TopOfBook | None
    """None unless the book is trusted."""
    last_trade: Trade | None
    last_direction: int
    """1 when the last trade's price was above the one before it, -1 below, 0 unknown."""
    bid_levels: int
    """Raw levels in the whole book."""
    ask_levels: int
    book_age: float | None
    """Seconds since the last applied update of this product; None before the first snapshot."""
    sequence: SequenceStats
    trading_state: str
    """What is out of the ordinary about trading it, in words (``auction``, ``post only``, ``cancel only``, ``limit
    only``, ``trading disabled``, ``delisted`` or whatever the venue says); empty while unknown or ``online``."""
    ticker_age: float | None = None
    """Seconds since a ticker message last agreed with the top of this book; None while none has."""
    asks_before: int = 0
    """Rows of this width between the touch and the first of ``asks``; 0 where there are none, or no :class:`Window` was
    asked for."""
    bids_before: int = 0
    within: tuple[DepthWithin, ...] = ()
    """Nearest first; empty unless the book is trusted and has a mid."""
    impacts: tuple[ImpactView, ...] = ()
    """Buying and selling the size asked for; empty unless one was, and the book is trusted."""
    day: DayView | None = None
    snapshot: SnapshotView | None = None
    reach: Reach | None = None
    """Of a frozen picture; None where all of the book can be asked for."""


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


class Mode(StrEnum):
    """Where the frames come from."""

    LIVE = "LIVE"
    DEMO = "DEMO"
    REPLAY = "REPLAY"


class ConnectionState(StrEnum):
    """The transport, not the truth of a book."""

    CONNECTING = "connecting"
    OPEN = "open"
    WAITING = "waiting"
    """Between two tries."""
    FAILED = "failed"
    """Given up, because trying again cannot help."""
    ENDED = "ended"
    """A replay that has reached its end."""
    CRASHED = "crashed"
    """A bug of ours; the log has it."""


@dataclass(frozen=True, slots=True)
class FeedView:
    """The connection and what flows through it."""

    mode: Mode
    state: ConnectionState
    state_age: float
    detail: str
    """Last close or failure in words, empty for none."""
    host: str
    key_source: str
    """Where the key came from, or that there is none: always on screen."""
    key_hint: str
    """How to add a key when there is none, else what is odd about it; empty where nothing is."""
    next_try_in: float | None
    """Seconds to the next connection attempt while WAITING."""
    frames: int
    frames_per_second: float
    bytes_per_second: float
    rate_history: tuple[float, ...]
    """Frames a second, one figure a second, oldest first, at most 60."""
    latency_ms: float | None
    """Receive time minus the envelope's timestamp by this machine's clock, not corrected for its offset; None when
    no frame came in the last 5 s."""
    heartbeat_age: float | None
    heartbeats_missed: int
    bad_frames: int
    bad_rows: int
    unknown_frames: int
    unknown_removals: int
    """Removals of a price that was not in the book: routine, observed 52 of 1,188."""
    resyncs: int
    reconnects: int
    subscriptions_asked: tuple[str, ...]
    """``channel PRODUCT`` or ``channel``, sorted."""
    subscriptions_missing: tuple[str, ...]
    """Asked for and not confirmed by the last acknowledgement."""
    crossed: int = 0
    """Times that a book was crossed for so long that it was doubted."""
    clock_ahead: float | None = None
    """Seconds that this machine's clock is ahead of the venue's, below 0 where behind; None while not measured."""
    clock_uncertainty: float = 0.0
    """By how much that may be wrong, in seconds."""
    clock_corrected: bool = False
    """Whether tokens are signed with the venue's time, as the user asked for."""
    proxy: str = ""
    behind: float = 0.0
    """Seconds that what was taken in last lies behind what has come: more comes than the machine can take in."""
    recording: str = ""
    """What the recorder is doing, e.g. ``recording FILE``; empty when off."""


@dataclass(frozen=True, slots=True)
class Advice:
    """A likely cause of a refusal, and its cure."""

    what: str
    cure: str


class TokenState(StrEnum):
    """What became of the message that the last token went with."""

    NONE = "none"
    """None was sent yet, or there is no key and none will be."""
    SIGNING = "signing"
    """It has been signed and sent, and the answer is awaited."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    """Stays until a token is accepted, past ``exp`` too."""
    UNANSWERED = "unanswered"
    EXPIRED = "expired"
    """Its ``exp`` has passed, and it was not refused; no alarm, since a running stream goes on."""


@dataclass(frozen=True, slots=True)
class TokenView:
    """The last token sent. It says nothing of a running stream."""

    state: TokenState
    sent: int
    """Tokens sent since the start: one a message."""
    expires_in: float | None
    """Seconds to ``exp``, negative once past; None where none was sent."""
    life: float
    """Seconds from issue to ``exp``."""
    next_in: float | None
    """Seconds until the next token goes out by itself; None when none is due."""
    algorithm: str = ""
    key_tail: str = ""
    """The last characters of the key's id."""
    detail: str = ""
    """The venue's words when refused."""
    accepted_ago: float | None = None
    """Seconds since a token was last accepted; None while none was."""
    renewable: bool = True
    """False for a ready-made token: once it has expired, messages go without one."""
    suspended: bool = False
    """Whether messages go without a token for now, because tokens were refused; ``next_in`` is when one is tried."""
    advice: tuple[Advice, ...] = ()
    """Likely causes of the last refusal, the likeliest first; empty once a token was accepted."""
    backdated: int = 0
    """Seconds that ``nbf`` lies before the moment of signing."""
    signing_failed: bool = False
    """Whether the last message that was due a token went without one, because the key did not sign."""


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


@dataclass(frozen=True, slots=True)
class ReplayView:
    """Where a replay stands."""

    file: str
    position: float
    """Seconds from the first frame."""
    duration: float | None
    """Seconds from first to last frame; None while unknown."""
    speed: float | None
    """1 is real time, None is as fast as it goes."""
    ended: bool
    paused: bool = False
    frame: int = 0
    """Frames handed over so far."""
    frames: int | None = None
    """In the whole recording; None while unknown."""
    first_at: float | None = None
    """Unix seconds of the first entry; None before it."""
    indexed: float = 0.0
    """Share of the recording that has been gone through ahead, so that going to any place there is quick; 0 to 1."""
    indexing: bool = False
    """Whether that is being done just now."""
    seeking: str = ""
    """Where it is going, in words; empty while it stays or plays."""
    progress: float | None = None
    """Of the way there, 0 to 1; None while not known."""
    marks: tuple[ReplayMark, ...] = ()
    """Incidents as far as the recording has been gone through, the earliest first."""
    note: str = ""
    """What the last wish has come to, where that is not to be seen anyway."""


@dataclass(frozen=True, slots=True)
class ReplayMark:
    """An incident of a recording."""

    position: float
    """Seconds from the first entry."""
    level: str
    """``warn`` or ``bad``."""


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


class ReplayControls(Protocol):
    """What may be asked of a replay. Calls return at once; what comes of them is seen in :class:`ReplayView`."""

    def pause_or_play(self) -> None:
        """Stand still, or go on; from the end, play again from the start."""

    def step(self, entries: int) -> None:
        """Stand still so many frames or recorded events further on, or further back where below 0."""

    def step_change(self, product: str, direction: int) -> None:
        """Stand still at the next change of a book, or at the previous one where ``direction`` is below 0."""

    def change_speed(self, direction: int) -> None:
        """Play one step faster, or slower where ``direction`` is below 0."""

    def seek_by(self, seconds: float) -> None:
        """Go on or back by so much of the recording's time."""

    def seek_to(self, seconds: float) -> None:
        """Go to a place, in seconds from the first entry."""

    def seek_number(self, number: int) -> None:
        """Stand still at the next frame with this sequence number, or at the first one where none follows."""

    def seek_incident(self, direction: int) -> None:
        """Stand still at the next incident, or at the previous one where ``direction`` is below 0."""

    def stop_work(self) -> bool:
        """Give up the way to another place, or else the going through the recording ahead; whether there was any."""


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
