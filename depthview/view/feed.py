"""How the feed stands: connection, counters, token."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum


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
