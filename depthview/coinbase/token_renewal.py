"""When tokens are sent, when not, and how the last one was answered. Sans-I/O."""

from __future__ import annotations

from typing import Final

from depthview.coinbase.requests import Answer, SentToken

RENEW_BEFORE: Final = 20.0
"""Seconds before ``exp`` at which the next token is sent."""
RETRY_AFTER: Final = (5.0, 15.0, 60.0)
"""Seconds until a refused message, or a refused token, is tried again, by the number of refusals before."""


class TokenSchedule:
    """The last token, when the next one is sent, and the pauses after refused ones.

    Args:
        renew: Whether a fresh token is sent before the last one expires.
    """

    def __init__(self, *, renew: bool) -> None:
        self._renew: Final = renew
        self.last: SentToken | None = None
        self.sent = 0
        """Since the start."""
        self.went_without = False
        """Whether the last message that should have carried a token had none, because none could be made."""
        self.suspended_until: float | None = None
        """Monotonic seconds. While set, messages go without a token, because tokens were refused."""
        self._renew_at: float | None = None
        self._refusals = 0

    def closed(self) -> None:
        """The connection is gone; a pause after refusals continues."""
        self._renew_at = None

    def carried(self, left: float, life: float, now: float) -> SentToken:
        """A token was sent that expires in ``left`` seconds."""
        self.last = SentToken(now, now + left, life)
        self.sent += 1
        self.went_without = False
        self._renew_at = self.last.expires_at - min(RENEW_BEFORE, life / 2) if self._renew else None
        return self.last

    def lacked(self, now: float) -> None:
        """A message that should have carried a token was sent without one; the next token is tried later."""
        self.went_without = True
        self._renew_at = now + RETRY_AFTER[-1] if self._renew else None

    def accepted(self, token: SentToken) -> None:
        token.answer = Answer.ACCEPTED
        self._refusals = 0
        self.suspended_until = None

    def refused(self, attempt: int, now: float) -> float | None:
        """A token was refused.

        Args:
            attempt: How often its message had been refused before.
            now: Monotonic seconds.

        Returns:
            Seconds of the pause from now on; None if a fresh token must be tried at once.
        """
        if attempt == 0 and not self._refusals:
            return None
        if self.suspended_until is None:
            self.suspended_until = now + RETRY_AFTER[min(self._refusals, len(RETRY_AFTER) - 1)]
            self._refusals += 1
        return self.suspended_until - now

    def pause_is_over(self, now: float) -> bool:
        """Whether a pause has just ended, so that the next token must be tried."""
        if self.suspended_until is None or self.suspended_until > now:
            return False
        self.suspended_until = None
        return True

    def renewal_is_due(self, now: float) -> bool:
        """Whether the next token must be sent now, before the last one expires; cleared by asking."""
        if self._renew_at is None or self._renew_at > now:
            return False
        self._renew_at = None
        return self.suspended_until is None

    def next_in(self, now: float) -> float | None:
        """Seconds until the next token is sent unasked; None if none will be."""
        at = self.suspended_until if self.suspended_until is not None else self._renew_at
        return None if at is None else max(0.0, at - now)
