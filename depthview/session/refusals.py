"""What is known of refused tokens, and what it is taken to mean."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import TYPE_CHECKING

from depthview.coinbase.requests import Answer
from depthview.core.clock_offset import Offset
from depthview.views.market import Advice

if TYPE_CHECKING:
    from depthview.coinbase.requests import Outcome


@dataclass(frozen=True, slots=True)
class RefusedToken:
    """The facts at hand when a message with a token has been refused."""

    channel: str
    words: str
    """The venue's."""
    same_without_token: bool | None
    """Whether a message to the same channel was taken without a token since."""
    accepted_before: bool
    """Whether a token was accepted earlier in this session."""
    offset: Offset | None
    """How far this machine's clock is from the venue's."""


Diagnose = Callable[[RefusedToken], tuple[Advice, ...]]
"""Likely causes and their cures, the likeliest first."""


class Refusals:
    """Keeps the facts of the last refusal until a token is accepted.

    Args:
        diagnose: Judges them; None where nothing is signed.
    """

    def __init__(self, diagnose: Diagnose | None) -> None:
        self._diagnose = diagnose
        self._refused: tuple[str, str] | None = None
        self._same_without_token: bool | None = None
        self._accepted = False
        self.accepted_at: float | None = None
        """Monotonic seconds at which a token was last accepted."""
        self.advice: tuple[Advice, ...] = ()
        """Of the last refusal; empty once a token has been accepted."""

    def take(self, outcome: Outcome, offset: Offset | None, now: float) -> bool:
        """Take in what became of a message; True when there is new advice to give."""
        channel = outcome.request.channel
        if outcome.with_token and outcome.answer is Answer.ACCEPTED:
            self._refused, self._same_without_token, self.advice = None, None, ()
            self._accepted, self.accepted_at = True, now
            return False
        if outcome.with_token and outcome.answer is Answer.REFUSED:
            self._refused = (channel, outcome.words)
        elif self._refused is not None and not outcome.with_token and outcome.answer is not Answer.UNANSWERED:
            self._same_without_token = outcome.answer is Answer.ACCEPTED
        else:
            return False
        return self.judge(offset)

    def judge(self, offset: Offset | None) -> bool:
        """Judge the facts anew; True when the advice has changed."""
        if self._refused is None or self._diagnose is None:
            return False
        channel, words = self._refused
        before = self.advice
        self.advice = self._diagnose(RefusedToken(channel, words, self._same_without_token, self._accepted, offset))
        return self.advice[:1] != before[:1]
