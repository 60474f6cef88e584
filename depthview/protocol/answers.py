"""What becomes of a message to the venue, and of the token that it carried."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from depthview.coinbase.requests import Request


class Answer(StrEnum):
    """What became of a message."""

    ACCEPTED = "accepted"
    REFUSED = "refused"
    UNANSWERED = "unanswered"


@dataclass(frozen=True, slots=True)
class Outcome:
    """A message and its answer."""

    answer: Answer
    request: Request
    with_token: bool
    words: str = ""
    """The venue's words, where it refused."""
    follow_up: str = ""
    """What is done about a refusal, in words."""


@dataclass(slots=True)
class Token:
    """A token that has been sent."""

    sent_at: float
    """Monotonic seconds."""
    expires_at: float
    """Monotonic seconds at which ``exp`` passes."""
    life: float
    answer: Answer | None = None
    words: str = ""


@dataclass(slots=True)
class Outstanding:
    """A message that waits for its answer."""

    request: Request
    sent_at: float
    """Monotonic seconds."""
    token: Token | None
