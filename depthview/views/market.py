"""A frozen view of the market and its request: products, connection, counters, token, replay."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import TYPE_CHECKING, Protocol

from depthview.core.verdict import Proof, Verdict
from depthview.views.depth import DepthView, Impact, Trade

if TYPE_CHECKING:
    from depthview.views.frames import FrameLogViews


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
    age: float | None = None
    """Seconds since the newest data was the venue's present; None before the first frame that tells its time."""
    age_proved: bool = False
    """Whether that rests on the venue's clock as the handshake told it, and not only on the fastest frame."""
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
    """See :attr:`depthview.views.depth.DepthView.trading_state`."""
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
    def wire(self) -> FrameLogViews | None:
        """The last frames and messages as they came and went; None where nobody keeps them."""

    def keep_flight(self) -> str | None:
        """Write what came in the last minutes to a file; None when that is being done, else why not."""
