"""How trust is lost and regained.

A book that is no longer proved is in doubt until its next snapshot. One cause that concerns several books is one log
entry, open from the loss to the last of their snapshots; one resync requests all of them, that of the selected product
first.

Two kinds of repetition are bounded. A fault that comes back with every snapshot (a row that cannot be applied, a
crossed book, a ticker that contradicts it) leads to the next request after 5, 15 and then every 60 s. Any other fault
leads to one every 2 to 5 s, and where the numbers keep jumping while nothing else is wrong, the log says that the
venue's numbering may have changed; that alone is no reason to reconnect.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.core.sequence import Scope
from depthview.core.text import plural
from depthview.core.verdict import Facts, Proof
from depthview.core.verdict import judge as judge_facts
from depthview.session.requests import log_answer
from depthview.session.state import STORM_JUMPS, LostTrust, Repeat
from depthview.session.statistics import seconds_since
from depthview.views.market import ConnectionState

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.core.verdict import Judgement
    from depthview.session.events import Instant
    from depthview.session.products import ProductMarket
    from depthview.session.state import SessionState

AGAIN_AFTER: Final = (5.0, 15.0, 60.0)
WITH_ITS_SNAPSHOT: Final = 6.0
"""Seconds after a snapshot within which a fault that it should have cured is a repeat; the ticker needs three and a
half to contradict a book."""
STORM_SECONDS: Final = 10.0
SPACING: Final = (2.0, 2.0, 2.0, 3.0, 5.0)
"""Seconds between two requests, by how often in a row trust was lost again soon after the snapshot."""
SOON: Final = 0.3
"""Seconds after its snapshot. With 35 gaps a minute books were trusted 65 % of the time; 57 % with 1 s here."""
PROVEN_WITHIN: Final = 1.75
"""Seconds from a snapshot's sending within which something must show that its book is subscribed again; see
:class:`depthview.coinbase.requests.SubscriptionState`."""
ASKED_AFTER: Final = 0.5
"""Seconds after which the venue is asked for an acknowledgement."""
STILL_CHANGES_AFTER: Final = 1.0
"""Seconds after which a change of the book was sent after our unsubscribe, and so proves the subscription."""


# --- losing trust -----------------------------------------------------------------------------------------------------


def doubt(
    state: SessionState,
    markets: Iterable[ProductMarket],
    cause: str,
    at: Instant,
    *,
    level: str = "warn",
    recurring: bool = False,
    event_id: int | None = None,
    doing: str = "",
) -> bool:
    """Put books in doubt until their next snapshots, and request these.

    Args:
        state: Of the session.
        markets: Those concerned. Without a book they stay as they are; a snapshot of those already in doubt is
            requested again if none comes soon.
        cause: In words.
        at: The present.
        level: Of the log entry; ``note`` where the user has requested new snapshots.
        recurring: A snapshot should have cured it, so that requests must become rarer.
        event_id: The incident's log entry, where there is one already.
        doing: What is already done about it, in words; empty to request new snapshots.

    Returns:
        Whether any of the books was not in doubt before.
    """
    recovery, books = state.recovery, [market for market in markets if market.has_book]
    may_request = not (state.passive or doing)
    if level != "note" and may_request:
        # The snapshot that they wait for may be among what was lost.
        for market in books:
            if market.doubt:
                recovery.later.setdefault(market.name, max(at.now, recovery.requested_at + SPACING[0]))
    fresh = [market for market in books if not market.doubt]
    if not fresh:
        return False
    wait = _seconds_to_request(state, fresh, at.now, recurring=recurring) if not doing else 0.0
    if not doing:
        doing = _next_action(wait, passive=state.passive)
    for market in fresh:
        market.doubt = f"{cause}; {doing}"
    product = fresh[0].name if len(fresh) == 1 else ""
    text = f"{cause}: {doing}{'' if product else ' of each book'}"
    if event_id is None:
        event_id = state.events.add(at.unix, level, text, product, is_open=True)
    state.events.rewrite(event_id, level, text)
    waiting = {market.name for market in fresh}
    recovery.lost.append(LostTrust(event_id, cause, at.now, waiting, len(waiting), is_fault=level != "note"))
    if may_request and wait:
        recovery.later.update(dict.fromkeys(waiting, at.now + wait))
    elif may_request:
        recovery.requested_at = at.now
        request_snapshots(state, fresh, at)
    for market in fresh:
        judge(state, market, at.now)
    return True


def _next_action(wait: float, *, passive: bool) -> str:
    if passive:
        return "waiting for the recording's next snapshot"
    if wait:
        return f"it keeps coming back; requesting a new snapshot in {max(1.0, wait):.0f} s"
    return "requesting a new snapshot"


def _seconds_to_request(state: SessionState, markets: list[ProductMarket], now: float, *, recurring: bool) -> float:
    """Seconds to wait before their snapshots are requested."""
    recovery = state.recovery
    if not recurring:
        recovery.soon = recovery.soon + 1 if now - recovery.snapshot_at < SOON else 0
        # The shortest wait is kept by the subscriptions.
        wait = recovery.requested_at + SPACING[min(recovery.soon, len(SPACING) - 1)] - now
        return wait if recovery.soon and wait > 0.0 else 0.0
    times = 0
    for market in markets:
        repeat = recovery.repeats.setdefault(market.name, Repeat())
        came_with_it = repeat.cured_at is not None and now - repeat.cured_at < WITH_ITS_SNAPSHOT
        repeat.treated = True
        repeat.times = repeat.times + 1 if came_with_it else 0
        times = max(times, repeat.times)
    return AGAIN_AFTER[min(times, len(AGAIN_AFTER)) - 1] if times else 0.0


def numbers_jumped(state: SessionState, at: Instant) -> None:
    """Count a jump of the numbers, and log when they keep jumping."""
    recovery = state.recovery
    recovery.jumps.append(at.now)
    if recovery.storm_jumps is not None:
        recovery.storm_jumps += 1
    elif len(recovery.jumps) == STORM_JUMPS and at.now - recovery.jumps[0] <= STORM_SECONDS:
        recovery.storm_jumps = STORM_JUMPS
        text = (
            f"{STORM_JUMPS} jumps within {STORM_SECONDS:.0f} s while messages come steadily: the venue's numbering "
            f"may have changed; a new snapshot is requested every {SPACING[0]:.0f} to {SPACING[-1]:.0f} s"
        )
        recovery.storm_event = state.events.add(at.unix, "bad", text, is_open=True)


def _end_storm(state: SessionState, how: str) -> None:
    recovery = state.recovery
    if recovery.storm_jumps is not None:
        state.events.close(recovery.storm_event, f"the numbers jumped {recovery.storm_jumps} times: {how}")
        recovery.storm_jumps = None


# --- regaining it -----------------------------------------------------------------------------------------------------


def request_snapshots(
    state: SessionState, markets: Iterable[ProductMarket], at: Instant, *, anew: bool = False
) -> None:
    """Request new snapshots, the selected product's first; with ``anew`` also those that are waited for."""
    # One name is enough where several share the data.
    names = [name for market in markets for name in state.products.names_of(market)[:1]]
    state.subscriptions.resync(sorted(names, key=lambda name: name != state.first_product), anew=anew)
    advance(state, at)


def advance(state: SessionState, at: Instant) -> None:
    """Advance requests and answers to ``at``, and doubt books that nothing has proved to be subscribed."""
    subscriptions, resyncs = state.subscriptions, state.subscriptions.resyncs
    for outcome in subscriptions.tick(at.now, state.liveness.busy_until(at.now)):
        log_answer(state, outcome, at)
    if subscriptions.resyncs != resyncs and state.hooks.recorded is not None:
        state.hooks.recorded("resync")
    for name, since, late in subscriptions.unproven():
        market = state.products.market(name)
        changed_at = market.changes.at
        if market.doubt or (changed_at is not None and changed_at >= since + STILL_CHANGES_AFTER):
            subscriptions.proven(name)
        elif at.now - since + late > PROVEN_WITHIN:
            subscriptions.proven(name)
            doubt(state, [market], "the venue has not confirmed it as subscribed", at)
        elif at.now - since > ASKED_AFTER:
            subscriptions.ask_what_is_subscribed()


def request_due(state: SessionState, at: Instant) -> None:
    """Request the snapshots that were put off until now."""
    recovery, now = state.recovery, at.now
    if recovery.jumps and now - recovery.jumps[-1] > STORM_SECONDS:
        _end_storm(state, "the numbers are steady again")
    due = [label for label, when in recovery.later.items() if when <= now]
    if due:
        recovery.requested_at = now
    for label in due:
        del recovery.later[label]
    markets = [market for label in due for market in state.products.known_as(label)]
    if markets:
        request_snapshots(state, markets, at, anew=True)


def snapshot_came(state: SessionState, label: str, now: float) -> None:
    recovery = state.recovery
    repeat = recovery.repeats.get(label)
    if repeat is not None and repeat.treated:
        repeat.treated, repeat.cured_at = False, now
    recovery.snapshot_at = now
    _stop_waiting(state, label, now)


def product_removed(state: SessionState, label: str, now: float) -> None:
    state.recovery.repeats.pop(label, None)
    _stop_waiting(state, label, now, f"{label} was removed")


def _stop_waiting(state: SessionState, label: str, now: float, outcome: str = "") -> None:
    """Wait no longer for the snapshot of a product."""
    recovery = state.recovery
    recovery.later.pop(label, None)
    for lost in recovery.lost:
        if label not in lost.waiting:
            continue
        lost.waiting.discard(label)
        if lost.waiting:
            continue
        took = now - lost.began
        if not outcome:
            state.statistics.longest_resync = max(took, state.statistics.longest_resync or 0.0)
        word = "healed" if lost.is_fault else "resynced"
        done = outcome or f"{word} in {took * 1000:,.0f} ms, {plural(lost.books, 'book')}"
        state.events.close(lost.event_id, f"{lost.cause}: {done}")
    recovery.lost = [lost for lost in recovery.lost if lost.waiting]


def connection_closed(state: SessionState) -> None:
    """Wait for nothing more, as the connection is gone."""
    recovery = state.recovery
    for lost in recovery.lost:
        state.events.close(lost.event_id, f"{lost.cause}: the connection ended first")
    recovery.lost.clear()
    recovery.later.clear()
    recovery.repeats.clear()
    recovery.jumps.clear()
    _end_storm(state, "the connection ended")


# --- judging ----------------------------------------------------------------------------------------------------------


def judge_all(state: SessionState, now: float) -> None:
    for market in state.products.markets():
        judge(state, market, now)


def judge(state: SessionState, market: ProductMarket, now: float) -> None:
    state.statistics.verdict_changes += market.set_judgement(judgement(state, market, now), now)


def judgement(state: SessionState, market: ProductMarket, now: float) -> Judgement:
    """The verdict that the facts allow at ``now``, monotonic seconds; changes nothing."""
    products, liveness, connection = state.products, state.liveness, state.connection
    names = products.names_of(market)
    want = state.subscriptions.states.get(names[0]) if names else None
    asked_at = None if want is None or want.since is None else max(want.since, liveness.busy_until(now))
    snapshot = market.snapshot_frame
    never = not market.ever_had_book and connection.state is ConnectionState.ENDED
    return judge_facts(Facts(
        connected=connection.is_open,
        connection="" if connection.is_open else connection.words(now),
        asked_age=seconds_since(asked_at, now),
        confirmed=want is not None and want.confirmed,
        refusal=want.refusal if want is not None else "",
        subscribed=want is None or not want.dropped,
        acknowledgement_missed=want is not None and want.may_be_dropped and not market.verdict.trusted,
        unsubscribed=want is not None and want.unsubscribed,
        unlisted=bool(names) and products.is_unlisted(names[0]),
        identity="the recording has no snapshot of it" if never else "",
        has_book=market.has_book,
        undecided=snapshot is not None
        and state.monitor.unsure(market.feed_product, snapshot, proved=market.proved),
        doubt=market.doubt,
        message_age=seconds_since(liveness.message_at, now),
        part_bytes=liveness.part_bytes(now),
        crossed_age=seconds_since(market.crossed_since, now),
        heartbeat_age=seconds_since(liveness.heartbeat_at, now),
        change_age=seconds_since(market.changes.at, now) if market.has_book else None,
        usual_interval=market.changes.usual(),
        lag=liveness.age.lag,
        queued=liveness.age.queued(now),
        was_late=liveness.age.late,
        paused=liveness.paused,
        proof=Proof.PARTIAL if state.monitor.scope is Scope.NONE else Proof.FULL,
    ))  # fmt: skip
