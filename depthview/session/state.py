"""Everything that a session knows and that changes.

Plain data: it is passed to the functions of this package, which do the work, and a pickle of it is a checkpoint. Times
are monotonic seconds unless a name says otherwise.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass, field
from math import inf
from typing import Final

from depthview.clock import Clock
from depthview.coinbase.subscriptions import Subscriptions
from depthview.core.clock_offset import Offset
from depthview.core.sequence import SequenceFinding, SequenceMonitor
from depthview.session.connection import Connection
from depthview.session.events import NEVER, EventLog, Instant
from depthview.session.liveness import Liveness, OffsetMeter
from depthview.session.products import Products
from depthview.session.statistics import LatencyMeter, RateMeter, Statistics, TrustedTime
from depthview.views.market import Advice

STORM_JUMPS: Final = 6


@dataclass(slots=True)
class LostTrust:
    """One cause, and the books that wait for new snapshots because of it."""

    event_id: int
    cause: str
    began: float
    waiting: set[str]
    """Products whose new snapshot has not come, by the name that their data carries."""
    books: int
    """How many books lost trust."""
    is_fault: bool = True
    """False where the user has requested new snapshots."""


@dataclass(slots=True)
class Repeat:
    """How often a fault that a snapshot should have cured has come back with the snapshot."""

    times: int = 0
    treated: bool = False
    """Whether a snapshot is on its way because of such a fault."""
    cured_at: float | None = None
    """When the snapshot came that should have cured the last one."""


@dataclass(slots=True)
class Recovery:
    """Lost trust, and when the snapshots that restore it are requested."""

    lost: list[LostTrust] = field(default_factory=list)
    repeats: dict[str, Repeat] = field(default_factory=dict)
    later: dict[str, float] = field(default_factory=dict)
    """When to request the snapshots that were put off, by the name that the product's data carries."""
    requested_at: float = -inf
    snapshot_at: float = -inf
    soon: int = 0
    """Times in a row that trust was lost again soon after a snapshot."""
    jumps: deque[float] = field(default_factory=lambda: deque(maxlen=STORM_JUMPS))
    storm_jumps: int | None = None
    """Jumps of the numbers while they keep jumping; None while they do not."""
    storm_event: int = 0

    def cause_of(self, event_id: int) -> str:
        """The cause of a log entry whose books still wait for snapshots; empty for any other entry."""
        return next((lost.cause for lost in self.lost if lost.event_id == event_id), "")


@dataclass(frozen=True, slots=True)
class OpenEntry:
    """A condition that lasts, and its log entry."""

    event_id: int
    began: float


@dataclass(slots=True)
class Conditions:
    """What is wrong because of the time that has passed; None while it is not."""

    silence: OpenEntry | None = None
    late: OpenEntry | None = None
    oldest: float = 0.0
    """Seconds of the largest lag while data is late."""
    late_heartbeats: OpenEntry | None = None
    crossed: dict[str, OpenEntry] = field(default_factory=dict)
    """By the name of the market."""
    reconnect: str = ""
    """Why the connection must be replaced; empty while it need not."""


@dataclass(frozen=True, slots=True)
class RefusedToken:
    """What is known when the venue has refused a message with a token."""

    channel: str
    words: str
    """The venue's."""
    same_without_token: bool | None
    """Whether a message to the same channel was accepted without a token since."""
    accepted_before: bool
    """Whether a token was accepted earlier in this session."""
    offset: Offset | None
    """How far this machine's clock is from the venue's."""


@dataclass(slots=True)
class Refusals:
    """The last refusal of a token, until a token is accepted."""

    refused: tuple[str, str] | None = None
    """Channel, and the venue's words."""
    same_without_token: bool | None = None
    accepted_at: float | None = None
    """When a token was last accepted."""
    advice: tuple[Advice, ...] = ()
    """Likely causes and their cures, the likeliest first; empty once a token has been accepted."""


Diagnose = Callable[[RefusedToken], tuple[Advice, ...]]
"""Returns likely causes and their cures, the likeliest first."""


@dataclass(slots=True)
class Hooks:
    """What a live session calls. They are no part of a checkpoint."""

    timer: Clock | None = None
    """The clock of the arrival times, for measuring how long a snapshot takes; None in a replay."""
    diagnose: Diagnose | None = None
    """None where nothing is signed."""
    recorded: Callable[[str], None] | None = None
    """Called with the name of an event that recordings keep: ``resync``, ``clock stepped``."""


@dataclass(eq=False, repr=False)
class SessionState:
    passive: bool
    """A replay: nothing is sent, and only the recording itself restores trust."""
    subscriptions: Subscriptions
    monitor: SequenceMonitor
    products: Products
    liveness: Liveness
    rates: RateMeter
    latency: LatencyMeter
    offset: OffsetMeter
    hooks: Hooks
    first_product: str
    """The selected product: its snapshot is requested first."""
    connection: Connection = field(default_factory=Connection)
    events: EventLog = field(default_factory=EventLog)
    recovery: Recovery = field(default_factory=Recovery)
    conditions: Conditions = field(default_factory=Conditions)
    refusals: Refusals = field(default_factory=Refusals)
    statistics: Statistics = field(default_factory=Statistics)
    trusted_time: TrustedTime = field(default_factory=TrustedTime)
    last: Instant = NEVER
    """Of the newest frame, tick or change of the connection."""
    version: int = 0
    """Rises with every frame."""
    findings: list[SequenceFinding] = field(default_factory=list)
    """Of the last numbered frame: its own, unless its number was the expected one, and those of earlier frames that it
    or the passing of time has decided."""
    readable_since: float | None = None
    """When the first frame came that could be read, on this connection and after the last that could not."""
    undated: set[str] = field(default_factory=set)
    """Markets in doubt of which a snapshot was ignored, because its age was unknown."""
