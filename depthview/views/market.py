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
    LIVE = "LIVE"
    DEMO = "DEMO"
    REPLAY = "REPLAY"


class ConnectionState(StrEnum):
    """The state of the connection; the verdict on a book is another matter."""

    CONNECTING = "connecting"
    OPEN = "open"
    WAITING = "waiting"
    """Between two tries."""
    FAILED = "failed"
    """Given up, because trying again cannot help."""
    ENDED = "ended"
    """A replay that has reached its end."""
    CRASHED = "crashed"
    """Because of a bug, which the log names."""


@dataclass(frozen=True, slots=True)
class FeedView:
    mode: Mode
    state: ConnectionState
    state_age: float
    detail: str
    """Last close or failure in words, empty for none."""
    host: str
    key_source: str
    """Where the key came from, or that there is none: always on screen."""
    key_hint: str
    """How to add a key if there is none, else what is unusual about it; empty if nothing is."""
    next_try_in: float | None
    """Seconds to the next connection attempt while WAITING."""
    frames: int
    frames_per_second: float
    bytes_per_second: float
    rate_history: tuple[float, ...]
    """Frames a second, one figure a second, oldest first, at most 60."""
    latency_ms: float | None
    """Receive time minus the envelope's timestamp by this machine's clock, not corrected for its offset; None if no
    frame came in the last 5 s."""
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
    """Requested and not confirmed by the last acknowledgement."""
    crossed: int = 0
    """Times that a book was crossed for so long that it was doubted."""
    clock_ahead: float | None = None
    """Seconds that this machine's clock is ahead of the venue's, below 0 if behind; None while not measured."""
    clock_uncertainty: float = 0.0
    """By how much that may be wrong, in seconds."""
    clock_corrected: bool = False
    """Whether tokens are signed with the venue's time, as the user requested."""
    proxy: str = ""
    behind: float = 0.0
    """Seconds by which what was read last is behind what has come: more comes than the machine can process."""
    age: float | None = None
    """Seconds since the newest data was current at the venue; None before the first frame with a timestamp."""
    age_proved: bool = False
    """Whether that rests on the venue's clock as the handshake showed it, and not only on the fastest frame."""
    recording: str = ""
    """What the recorder is doing, e.g. ``recording FILE``; empty when off."""


@dataclass(frozen=True, slots=True)
class Advice:
    what: str
    cure: str


class TokenState(StrEnum):
    """The answer to the message that carried the last token."""

    NONE = "none"
    """None was sent yet, or there is no key and none will be."""
    SIGNING = "signing"
    """It was signed and sent, and its answer is pending."""
    ACCEPTED = "accepted"
    REFUSED = "refused"
    """Stays until a token is accepted, even after ``exp``."""
    UNANSWERED = "unanswered"
    EXPIRED = "expired"
    """Its ``exp`` has passed, and it was not refused; harmless, since a running stream continues."""


@dataclass(frozen=True, slots=True)
class TokenView:
    """The last token sent. A running stream does not depend on it."""

    state: TokenState
    sent: int
    """Tokens sent since the start, one per message."""
    expires_in: float | None
    """Seconds to ``exp``, negative once past; None if none was sent."""
    life: float
    """Seconds from issue to ``exp``."""
    next_in: float | None
    """Seconds until the next token is sent unasked; None if none is due."""
    algorithm: str = ""
    key_tail: str = ""
    """The last characters of the key's id."""
    detail: str = ""
    """The venue's words if refused."""
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
    """Whether the last message that should have carried a token had none, because the key did not sign."""


@dataclass(frozen=True, slots=True)
class ReplayView:
    """The position and state of a replay."""

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
    """Frames played so far."""
    frames: int | None = None
    """In the whole recording; None while unknown."""
    first_at: float | None = None
    """Unix seconds of the first entry; None before it."""
    indexed: float = 0.0
    """Share of the recording that is indexed, so that seeking there is quick; 0 to 1."""
    indexing: bool = False
    """Whether it is being indexed now."""
    seeking: str = ""
    """The target of a seek, in words; empty while it plays or is paused."""
    progress: float | None = None
    """Of the seek, 0 to 1; None while not known."""
    marks: tuple[ReplayMark, ...] = ()
    """Incidents as far as the recording is indexed, the earliest first."""
    note: str = ""
    """The result of the last command, if it cannot be seen otherwise."""


@dataclass(frozen=True, slots=True)
class ReplayMark:
    position: float
    """Seconds from the first entry."""
    level: str
    """``warn`` or ``bad``."""


class ReplayControls(Protocol):
    """The controls of a replay. Calls return at once; their results appear in :class:`ReplayView`."""

    def pause_or_play(self) -> None:
        """Pause or play; at the end, play again from the start."""

    def step(self, entries: int) -> None:
        """Pause so many frames or recorded events later, or earlier if below 0."""

    def step_change(self, product: str, direction: int) -> None:
        """Pause at the next change of a book, or at the previous one if ``direction`` is below 0."""

    def change_speed(self, direction: int) -> None:
        """Play one step faster, or slower if ``direction`` is below 0."""

    def seek_by(self, seconds: float) -> None:
        """Seek forwards or backwards, in seconds of the recording."""

    def seek_to(self, seconds: float) -> None:
        """Seek to a position, in seconds from the first entry."""

    def seek_number(self, number: int) -> None:
        """Pause at the next frame with this sequence number, or at the first one if none follows."""

    def seek_incident(self, direction: int) -> None:
        """Pause at the next incident, or at the previous one if ``direction`` is below 0."""

    def stop_work(self) -> bool:
        """Stop seeking, or else indexing; whether there was anything to stop."""


@dataclass(frozen=True, slots=True)
class TabView:
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
        return self.level in ("warn", "bad")


@dataclass(frozen=True, slots=True)
class MarketView:
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
    """Notes on some of them: that they are futures, or not traded as usual."""


@dataclass(frozen=True, slots=True)
class FaultOffer:
    """A fault that the demo's exchange offers."""

    name: str
    help: str
    """One line."""


@dataclass(frozen=True, slots=True)
class Window:
    """The part of a ladder that the user has scrolled to."""

    at: Decimal
    """A price in quote currency."""
    above: int
    """Rows at or above that price, of either side."""
    below: int
    """Rows below it, of either side."""


@dataclass(frozen=True, slots=True)
class ViewRequest:
    """What a view must contain."""

    selected: str
    ladders: tuple[str, ...]
    """Products whose depth is requested, the selected one first."""
    levels: int
    """Rows per side."""
    groups: Mapping[str, Decimal]
    """Row width by product, in quote currency; a product without one is not grouped."""
    trades: int = 50
    events: int = 200
    windows: Mapping[str, Window] = field(default_factory=dict)
    """By product: rows around a price instead of ``levels`` rows from the touch outwards."""
    notional: bool = False
    """Whether rows carry their notionals."""
    impact: Impact | None = None
    imbalance_levels: int = 10
    imbalance_bps: int = 0
    """Above 0: the imbalance over this distance instead of ``imbalance_levels``."""


class Market(Protocol):
    """The session, as a screen uses it. Calls are cheap, never wait, and never raise because of a dead feed."""

    @property
    def version(self) -> int:
        """Rises with every frame taken in and every change of a verdict: equal versions mean equal books."""

    def products(self) -> tuple[str, ...]:
        """The products shown, in tab order."""

    def view(self, request: ViewRequest) -> MarketView:
        """Everything that the screen shows, as of now."""

    def add_product(self, product: str) -> str | None:
        """Subscribe a product; None when done, else one line that says why not (unknown, already shown, 30 shown)."""

    def remove_product(self, product: str) -> str | None:
        """Unsubscribe a product; None when done, else one line that says why not."""

    def resync(self) -> str | None:
        """Request new snapshots of all products; None when requested, else why not now (it is rate-limited)."""

    @property
    def controls(self) -> ReplayControls | None:
        """The controls of a replay; None if there are none."""

    def faults(self) -> tuple[FaultOffer, ...]:
        """Faults that the demo's exchange offers; empty elsewhere."""

    def provoke(self, fault: str) -> str | None:
        """Trigger one by name; None when triggered, else why not."""

    @property
    def wire(self) -> FrameLogViews | None:
        """The last frames and messages; None if they are not kept."""

    def keep_flight(self) -> str | None:
        """Write what came in the last minutes to a file; None when started, else why not."""
