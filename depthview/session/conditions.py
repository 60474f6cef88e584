"""Conditions that arise as time passes: silence, late data, crossed books, and heartbeats that have stopped."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.core.text import duration
from depthview.core.verdict import CROSSED, SILENCE, late_words
from depthview.session.recovery import doubt, judge
from depthview.session.state import OpenEntry

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.session.events import Instant
    from depthview.session.products import ProductMarket
    from depthview.session.state import SessionState

CROSSED_RESYNC: Final = 1.0
"""Seconds that a book may stay crossed before a new snapshot is requested."""
_CROSSED: Final = "best bid above best ask"


def end_silence(state: SessionState, silence: OpenEntry, now: float) -> None:
    """Close the entry of a silence, as a message has come."""
    took = duration(state.liveness.silent_for(now))
    state.events.close(silence.event_id, f"no message for {took}; they have resumed")
    state.conditions.silence = None


def heartbeat_came(state: SessionState, counters: Iterable[int | None], now: float) -> None:
    """Note a heartbeat, which ends a lack of them."""
    late = state.conditions.late_heartbeats
    if state.liveness.heartbeat(counters, now) and late is not None:
        took = duration(now - late.began)
        text = f"heartbeats stopped while data flowed: subscribed again, back after {took}"
        state.events.close(late.event_id, text)
        state.conditions.late_heartbeats = None


def check_silence(state: SessionState, at: Instant) -> None:
    liveness, conditions = state.liveness, state.conditions
    if conditions.silence is None and not liveness.paused and liveness.silent_for(at.now) > SILENCE:
        text = f"no message for {SILENCE:.0f} s: books are in doubt until one comes"
        conditions.silence = OpenEntry(state.events.add(at.unix, "warn", text, is_open=True), at.now)


def check_age(state: SessionState, at: Instant) -> None:
    age, conditions = state.liveness.age, state.conditions
    if not age.late or age.lag is None:
        if conditions.late is not None:
            _in_time(state, f"in time again after {duration(at.now - conditions.late.began)}")
        return
    conditions.oldest = max(conditions.oldest, age.lag)
    words = late_words(conditions.oldest, queued=age.queued(at.now))
    text = f"{words}; books are in doubt, nothing is skipped"
    if conditions.late is None:
        conditions.late = OpenEntry(state.events.add(at.unix, "warn", text, is_open=True), at.now)
    else:
        state.events.rewrite(conditions.late.event_id, "warn", text)


def _in_time(state: SessionState, how: str) -> None:
    conditions = state.conditions
    if conditions.late is not None:
        text = f"data was up to {conditions.oldest:.1f} s old: {how}, nothing was skipped"
        state.events.close(conditions.late.event_id, text)
        conditions.late, conditions.oldest = None, 0.0


def check_books(state: SessionState, at: Instant) -> None:
    """Doubt books that stay crossed or that the ticker contradicts."""
    for market in state.products.markets():
        check_crossing(state, market, at)
        if market.has_book and not market.doubt and market.ticker_check.disagrees(at.now):
            market.contradictions += 1
            doubt(state, [market], "the ticker shows another top of the book", at, recurring=True)
    for label in state.conditions.crossed.keys() - {market.name for market in state.products.markets()}:
        _close_crossing(state, label, "until it was removed")


def check_crossings(state: SessionState, at: Instant) -> None:
    """Check the crossed books, because the connection, or the recording, is about to end."""
    for market in state.products.markets():
        if market.crossed_since is not None:
            check_crossing(state, market, at)


def check_crossing(state: SessionState, market: ProductMarket, at: Instant) -> None:
    """Count, log and doubt a crossing by its age; called at each tick and before and after what may end it."""
    crossed, label, since = state.conditions.crossed, market.name, market.crossed_since
    known = crossed.get(label)
    if since is None or market.doubt:
        if known is not None:
            _close_crossing(state, label, f"over after {duration(at.now - known.began)}")
        return
    if known is None and at.now - since > CROSSED:
        state.statistics.crossings += 1
        market.crossings += 1
        judge(state, market, at.now)
        event_id = state.events.add(at.unix, "warn", _CROSSED, label, is_open=True)
        known = crossed[label] = OpenEntry(event_id, since)
    if known is not None and at.now - since > CROSSED_RESYNC:
        del crossed[label]
        doubt(state, [market], _CROSSED, at, recurring=True, event_id=known.event_id)


def _close_crossing(state: SessionState, label: str, how: str) -> None:
    state.events.close(state.conditions.crossed.pop(label).event_id, f"{_CROSSED}: {how}")


def check_connection(state: SessionState, at: Instant) -> None:
    """Subscribe heartbeats again that have stopped, and give up a connection that does not recover."""
    now, subscriptions = at.now, state.subscriptions
    alarm = state.liveness.watch(now)
    if alarm is not None and alarm.heartbeats_late:
        text = "heartbeats have stopped while data flows: subscribed again"
        state.conditions.late_heartbeats = OpenEntry(state.events.add(at.unix, "warn", text, is_open=True), now)
        subscriptions.renew_heartbeats()
    overdue = subscriptions.overdue(now, state.liveness.busy_until(now))
    if alarm is not None and alarm.reconnect:
        state.conditions.reconnect = alarm.reconnect
    elif overdue and state.recovery.storm_jumps is not None:
        # What has been lost is the snapshot itself: a new connection would lose no less.
        subscriptions.resync(overdue, anew=True)
    elif overdue:
        state.conditions.reconnect = f"no new snapshot of {', '.join(overdue)} within 5 s"


def connection_closed(state: SessionState) -> int | None:
    """Close the entries of all conditions; returns that of what has led to the end of the connection, if any."""
    conditions = state.conditions
    _in_time(state, "until the connection ended")
    for label in tuple(conditions.crossed):
        _close_crossing(state, label, "until the connection ended")
    leading = conditions.silence or conditions.late_heartbeats
    conditions.silence = conditions.late_heartbeats = None
    return None if leading is None else leading.event_id
