"""Logs the answers to requests, and what a refused token may mean."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.coinbase.requests import Answer
from depthview.session.state import RefusedToken

if TYPE_CHECKING:
    from depthview.coinbase.requests import Outcome
    from depthview.session.events import Instant
    from depthview.session.state import SessionState


def log_answer(state: SessionState, outcome: Outcome, at: Instant) -> None:
    """Log a request's answer, or that there was none, and what a refused token may mean."""
    if state.passive:
        return
    has_advice = _keep_answer(state, outcome, at.now)
    channel = outcome.request.channel
    match outcome.answer:
        case Answer.REFUSED:
            what = "token refused" if outcome.with_token else "message refused"
            state.events.say("refused", "bad", f"{what} ({channel}): {outcome.words}; {outcome.follow_up}", at)
        case Answer.UNANSWERED if outcome.with_token:
            state.events.say("unanswered", "note", f"no answer within 2 s to a message with a token ({channel})", at)
        case _:
            pass
    advice = state.refusals.advice
    if has_advice and advice:
        state.events.say("advice", "warn", f"likely: {advice[0].what}; {advice[0].cure}", at)


def _keep_answer(state: SessionState, outcome: Outcome, now: float) -> bool:
    """Keep what an answer shows about refused tokens; True if the advice has changed."""
    refusals, answer = state.refusals, outcome.answer
    if outcome.with_token and answer is Answer.ACCEPTED:
        refusals.refused, refusals.same_without_token, refusals.advice = None, None, ()
        refusals.accepted_at = now
        return False
    if outcome.with_token and answer is Answer.REFUSED:
        refusals.refused = (outcome.request.channel, outcome.words)
    elif refusals.refused is not None and not outcome.with_token and answer is not Answer.UNANSWERED:
        refusals.same_without_token = answer is Answer.ACCEPTED
    else:
        return False
    if state.hooks.diagnose is None:
        return False
    before = refusals.advice
    accepted_before = refusals.accepted_at is not None
    refusals.advice = state.hooks.diagnose(
        RefusedToken(*refusals.refused, refusals.same_without_token, accepted_before, state.offset.estimate)
    )
    return refusals.advice[:1] != before[:1]
