"""Requests to the venue, field by field as documented, and the state of a product's subscription on a connection."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from typing import Final

import msgspec


class Action(StrEnum):
    """All that depthview ever requests of a venue."""

    SUBSCRIBE = "subscribe"
    UNSUBSCRIBE = "unsubscribe"


HEARTBEATS: Final = "heartbeats"
LEVEL2: Final = "level2"
PRODUCT_CHANNELS: Final = (LEVEL2, "market_trades", "ticker", "status")
"""Subscribed for every product; level2 first, because the ladder waits for it."""


@dataclass(frozen=True, slots=True)
class Request:
    """One message to the venue: one channel, any number of products (documented)."""

    action: Action
    channel: str
    products: tuple[str, ...] = ()
    """Empty for heartbeats, which belong to no product."""
    signed: bool = True
    """Whether it must carry a token, if there is a key."""
    attempt: int = 0
    """How often it has been refused before."""


def encode(request: Request, token: str | None) -> bytes:
    """The request as a text frame's bytes; a token goes into the body (documented), nowhere else."""
    body: dict[str, object] = {"type": request.action.value}
    if request.products:
        body["product_ids"] = list(request.products)
    body["channel"] = request.channel
    if token is not None:
        body["jwt"] = token
    return msgspec.json.encode(body)


class Answer(StrEnum):
    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Outcome:
    answer: Answer
    request: Request
    with_token: bool
    words: str = ""
    """The venue's words, if it refused."""
    follow_up: str = ""
    """What is done about a refusal, in words."""


@dataclass(slots=True)
class SentToken:
    sent_at: float
    """Monotonic seconds."""
    expires_at: float
    """Monotonic seconds at which ``exp`` passes."""
    life: float
    answer: Answer | None = None
    words: str = ""


@dataclass(slots=True)
class PendingRequest:
    request: Request
    sent_at: float
    """Monotonic seconds."""
    token: SentToken | None


DATA_WITHIN: Final = 5.0
"""Seconds within which a subscription must bring its snapshot."""
_ASK_AGAIN_AFTER: Final = (5.0, 15.0, 60.0)
"""Seconds until what has never come is requested again, by how often it was."""


@dataclass(slots=True)
class SubscriptionState:
    """The subscription of one product on the current connection.

    After our own unsubscribe only a snapshot of the next subscribe counts. The order of messages shows in part which:

    - one that comes before our subscribe was sent is not of it;
    - one that comes after an acknowledgement is of it, since those come no earlier than the data sent before them
      (observed); if that one was older than the unsubscribe, another one without the product is still to come;
    - any other may have been on its way when the venue executed the unsubscribe. It is unproven until an
      acknowledgement names the product again, or changes still come a second later, and unproven again after an
      acknowledgement that does not name it.
    """

    since: float | None = None
    """Monotonic seconds of the first level2 subscribe on this connection; None before it."""
    asked_at: float | None = None
    """Monotonic seconds of the last level2 subscribe; None before it, or after an unsubscribe."""
    tries: int = 0
    """How often it has been requested again because nothing ever came."""
    confirmed: bool = False
    """Whether an acknowledgement has named it."""
    answered: bool = False
    """Whether a snapshot has come since it was last requested."""
    proved: bool = False
    """Whether it has had a snapshot on this connection, so that silence is a fault and not an unknown name."""
    hurried: bool = False
    """Whether the user wants it requested at once."""
    refusal: str = ""
    """The venue's words, if it refused the subscription; until it confirms it, or a snapshot comes."""
    put_off: bool = False
    """Whether its refused subscribe waits to be sent again."""
    dropped: bool = False
    """Whether the venue no longer names it as subscribed, and no snapshot has come since."""
    may_be_dropped: bool = False
    """Whether an acknowledgement may have been lost that did not name it: until another one or a snapshot comes, or the
    venue has been asked often enough."""
    unsubscribed: bool = False
    """Whether our unsubscribe was sent, and no snapshot that counts has come since."""
    resubscribed: bool = False
    """Whether our subscribe was sent after that."""
    acknowledged: bool = False
    """Whether an acknowledgement has come since that unsubscribe."""
    unsettled: bool = False
    """Whether our unsubscribe was sent, and nothing has surely confirmed the next subscribe."""
    unproven_since: float | None = None
    """Monotonic seconds at which an unproven snapshot came, or an acknowledgement cast doubt on it."""
    unproven_late: float = 0.0
    """Seconds by which that message came late."""

    # --- what was sent ----------------------------------------------------------------------------------------------

    def unsubscribes(self) -> None:
        self.asked_at = self.unproven_since = None
        self.answered = self.resubscribed = self.acknowledged = False
        self.unsubscribed = self.unsettled = True

    def subscribes(self) -> None:
        self.resubscribed = True
        self.put_off = False

    # --- what came --------------------------------------------------------------------------------------------------

    def counts(self) -> bool:
        """Whether a snapshot that comes now can be of the current subscription."""
        return self.resubscribed or not self.unsubscribed

    def snapshot(self, now: float, late: float) -> None:
        """A snapshot that counts has come, ``late`` seconds late."""
        if self.unsubscribed and not self.acknowledged:
            self.unproven_since, self.unproven_late = now, late
        self.unsubscribed = self.dropped = self.may_be_dropped = False
        self.answered = self.proved = True
        self.refusal = ""

    def named(self, *, held: bool) -> None:
        """An acknowledgement names it; ``held`` if that is no older than our last subscribe."""
        self.confirmed = self.acknowledged = True
        self.unproven_since = None
        if held:
            self.refusal = ""
            self.unsettled = False

    def missed(self, now: float, late: float) -> None:
        """An acknowledgement that came ``late`` seconds late does not name it."""
        self.acknowledged = True
        if self.unsettled and not self.unsubscribed and self.unproven_since is None:
            self.unproven_since, self.unproven_late = now, late

    def drops(self, *, passive: bool) -> None:
        """The venue no longer names it, though it had confirmed it."""
        self.dropped = True
        self.unsubscribed = self.resubscribed = not passive

    def refused(self) -> None:
        """The venue has refused a level2 message of its market."""
        if self.unsettled:
            # A snapshot that came meanwhile was on its way before the unsubscribe.
            self.unsubscribed, self.answered, self.unproven_since = True, False, None

    # --- what follows -----------------------------------------------------------------------------------------------

    def is_overdue(self, now: float, busy_until: float) -> bool:
        """Whether it has worked on this connection, and its new snapshot is overdue."""
        return self.proved and not self.answered and self._waited(now, busy_until) > DATA_WITHIN

    def is_lost(self, now: float, busy_until: float) -> bool:
        """Whether it has never come, and must be requested again.

        An acknowledgement comes after the snapshot (observed), so without one it may still be on its way.
        """
        patience = _ASK_AGAIN_AFTER[min(self.tries + (not self.confirmed), len(_ASK_AGAIN_AFTER) - 1)]
        return self._never_came and self._waited(now, busy_until) > (0.0 if self.hurried else patience)

    def hurry(self, now: float) -> bool:
        """Request it at once if it has not come in time, however often it was requested; whether that is so."""
        self.hurried = self._never_came and self._waited(now, 0.0) > DATA_WITHIN
        return self.hurried

    @property
    def _never_came(self) -> bool:
        return not (self.answered or self.proved or self.put_off)

    def _waited(self, now: float, busy_until: float) -> float:
        return 0.0 if self.asked_at is None else now - max(self.asked_at, busy_until)
