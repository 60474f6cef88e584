"""Takes a frame in: counts and decodes it, checks its number, and applies its content.

The number is checked before the content, whatever the frame is. A duplicate or late frame goes no further. After a gap,
a reset or a number that comes with two texts, every book concerned that had its snapshot before it is no longer proved.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.coinbase import messages as wire
from depthview.coinbase.requests import LEVEL2
from depthview.core.fixed_point import is_number
from depthview.core.sequence import Kind, Scope, SequenceFinding
from depthview.core.text import is_product_id, plain_text, plural
from depthview.errors import MalformedFrame
from depthview.session import conditions
from depthview.session.recovery import doubt, judge, judge_all, numbers_jumped, snapshot_came
from depthview.session.requests import log_answer

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from depthview.core.types import Product
    from depthview.session.events import Instant
    from depthview.session.products import ProductMarket
    from depthview.session.state import SessionState

STAMPS_FELL: Final = 1.0
"""Seconds by which a timestamp is lower than the one before it when the venue's clock was stepped."""
_UNKNOWN_EVENT: Final = "event of an unknown type"


def take_frame(
    state: SessionState, raw: bytes, at: Instant, *, binary: bool = False, message: wire.Message | None = None
) -> None:
    """Take in one frame; see :meth:`depthview.session.session.MarketSession.receive`."""
    state.rates.count(len(raw), at.now)
    if state.conditions.silence is not None:
        conditions.end_silence(state, state.conditions.silence, at.now)
    state.liveness.message(at.now)
    if binary:
        _take_unreadable(state, "frame that is not text", MalformedFrame("not text"), at)
        return
    try:
        message = message or wire.decode(raw)
    except MalformedFrame as fault:
        _take_unreadable(state, f"frame that cannot be read: {fault}", fault, at)
        return
    if state.readable_since is None:
        state.readable_since = at.now
    number = message.sequence_num
    if number is not None and not _check_number(state, number, wire.product_of(message), raw, at):
        return
    if message.timestamp and not state.liveness.undated and state.liveness.age.wants(at.now):
        _take_timestamp(state, message.timestamp, at)
    match message:
        case wire.Book():
            numbered = number is not None or state.monitor.scope is Scope.NONE
            _take_book(state, message, len(raw), at, numbered=numbered)
        case wire.Trades():
            _take_trades(state, message)
        case wire.Ticker():
            _take_ticker(state, message, at.now)
        case wire.Heartbeat():
            conditions.heartbeat_came(state, (event.counter for event in message.events), at.now)
        case wire.Subscribed():
            for event in message.events:
                _take_acknowledgement(state, event.subscriptions, at)
        case wire.ErrorMessage():
            _take_refusal(state, message.message, at)
        case wire.Status():
            rows = (row for event in message.events for row in event.products)
            take_products(state, (product for row in rows if (product := wire.product_from(row))), at)
        case wire.Other():
            state.statistics.unknown_frames += not message.known
            _doubt_left_out(state, message.left_out, at)


def _take_timestamp(state: SessionState, timestamp: str, at: Instant) -> None:
    published = wire.unix_time(timestamp)
    if published is None:
        return
    age = state.liveness.age
    changed = age.taken(published, at.now, state.liveness.begun_at)
    if age.fell > STAMPS_FELL:
        # The venue's clock was set back, or what it sends is old: the next handshake and its frames tell which.
        state.conditions.reconnect = f"the venue's timestamps fell back by {age.fell:.0f} s"
    if changed:
        # At once: what the message changes must not be shown under the verdict from before it.
        conditions.check_age(state, at)
        judge_all(state, at.now)
    if state.latency.wants(at.now):
        state.latency.add((at.unix - published) * 1000.0, at.now)


# --- numbers ----------------------------------------------------------------------------------------------------------


def _check_number(state: SessionState, number: int, product: str, raw: bytes | None, at: Instant) -> bool:
    """Check a frame's number; whether its content may be applied.

    Args:
        state: Of the session.
        number: The frame's.
        product: The one that it names; empty where it names none.
        raw: The frame, whose hash tells a duplicate from another frame with the same number; None if it is damaged.
        at: The present.
    """
    monitor, text = state.monitor, None if raw is None else hash(raw)
    if monitor.follows(number, product, text):
        state.findings = []
        return True
    run = product if is_product_id(product) else wire.meant_product(product) or product
    take_findings(state, monitor.observe(number, run, text), at)
    if monitor.lost:
        before = [m for m in state.products.markets() if m.snapshot_frame not in (None, monitor.frame)]
        doubt(state, before, f"messages are missing before {number:,}", at)
    return monitor.applies


def take_findings(state: SessionState, findings: list[SequenceFinding], at: Instant) -> None:
    state.findings = findings
    for finding in findings:
        if not finding.seen.in_sequence and not finding.doubted:
            _take_finding(state, finding, at)


def _take_finding(state: SessionState, finding: SequenceFinding, at: Instant) -> None:
    seen = finding.seen
    concerned = _markets_of(state, finding)
    hurt = [m for m in concerned if m.snapshot_frame is not None and m.snapshot_frame <= finding.reach]
    if seen.breaks:
        numbers_jumped(state, at)
        by_product = state.monitor.scope is Scope.PRODUCT
        if by_product and not finding.product:
            # What is missing may be an acknowledgement that no longer named a product.
            state.subscriptions.acknowledgement_lost()
        cause, missing = _words_of(finding, f" in {plain_text(finding.product)}" if by_product else "")
        for market in concerned:
            market.tape.broke(missing)
        if not doubt(state, hurt, cause, at):
            state.events.say("break", "warn", f"{cause}, no book affected", at)
    elif finding.frame == state.monitor.frame or not finding.applied:
        state.events.say(seen.kind.value, "note", f"{seen.kind.value}: {seen.number:,} disregarded", at)
    else:
        # It was applied before it was known to be late: what it changed is in doubt.
        doubt(state, hurt, f"{seen.kind.value} message {seen.number:,} was applied", at)


def _words_of(finding: SequenceFinding, product: str) -> tuple[str, str]:
    """A break as the cause of doubt, and as the mark on a trade."""
    seen = finding.seen
    if seen.kind is Kind.GAP:
        return f"gap of {seen.missed:,} before {seen.number:,}{product}", f"gap of {plural(seen.missed, 'message')}"
    if seen.kind is Kind.CONFLICT:
        return f"two different messages are numbered {seen.number:,}{product}", "conflicting numbers"
    return f"numbers fell back to {seen.number:,}{product}", "numbers fell back"


def _markets_of(state: SessionState, finding: SequenceFinding) -> list[ProductMarket]:
    if state.monitor.scope is Scope.PRODUCT:
        return state.products.known_as(finding.product)
    if finding.books is None:
        return state.products.markets()
    return [market for label in sorted(finding.books) for market in state.products.known_as(label)]


def _take_unreadable(state: SessionState, what: str, fault: MalformedFrame, at: Instant) -> None:
    """Count a frame that cannot be read, and its number; doubt the book that it may have changed.

    Without a number the next one shows the loss, unless the frame has used up none.
    """
    state.readable_since = None
    state.statistics.bad_frames += 1
    state.events.say("bad frame", "warn", what, at)
    number, scope = fault.sequence, state.monitor.scope
    if number is None:
        if not (fault.product or fault.misnumbered or scope is Scope.NONE):
            return
    elif scope is Scope.PRODUCT and fault.may_hold_book and not fault.product:
        # Its run is unknown; the next frame of that run shows the loss.
        pass
    elif not _check_number(state, number, fault.product, None, at):
        return
    # A name that nobody knows may be damaged too.
    concerned = state.products.known_as(fault.product) or state.products.markets()
    if fault.may_hold_trades:
        for market in concerned:
            market.tape.broke("message that cannot be read")
    if fault.may_hold_book:
        which = "message" if number is None else f"message {number:,}"
        doubt(state, concerned, f"{which} cannot be read", at)
    # It may have been an acknowledgement that no longer named a product.
    state.subscriptions.acknowledgement_lost()


# --- content ----------------------------------------------------------------------------------------------------------


def _take_book(state: SessionState, message: wire.Book, frame_bytes: int, at: Instant, *, numbered: bool) -> None:
    """Apply snapshots and updates.

    Args:
        state: Of the session.
        message: Its number has been checked, if it has one.
        frame_bytes: Size of the frame.
        at: The present.
        numbered: False if it lacks a number that it should have, so that no later number shows what is missing.
    """
    for event in message.events:
        is_snapshot = event.type == "snapshot"
        market = _market_for(state, event, at)
        if market is None:
            continue
        names = state.products.names_of(market) if is_snapshot else []
        if not all(map(state.subscriptions.counts, names)):
            # Our unsubscribe is on its way to the venue, and our subscribe is not.
            continue
        if is_snapshot and market.doubt and state.liveness.undated:
            state.undated.add(market.name)
            continue
        was_crossed = market.crossed_since is not None
        if was_crossed:
            conditions.check_crossing(state, market, at)
        bad = market.take(event, state.monitor.frame, at.now)
        state.statistics.bad_rows += bad
        if is_snapshot:
            timer = state.hooks.timer
            market.took_snapshot(frame_bytes, None if timer is None else timer.monotonic() - at.now)
            for name in names:
                state.subscriptions.snapshot(name, state.liveness.age.lag or 0.0)
            snapshot_came(state, market.name, at.now)
        if bad:
            doubt(state, [market], f"{plural(bad, 'row')} that cannot be applied", at, recurring=is_snapshot)
        elif not numbered and not (state.passive and is_snapshot):
            # The snapshots that depthview itself writes into a recording have no number.
            doubt(state, [market], "message without a sequence number", at, recurring=is_snapshot)
        elif is_snapshot or (was_crossed and market.crossed_since is None):
            judge(state, market, at.now)
        if was_crossed:
            conditions.check_crossing(state, market, at)
    if isinstance(message, wire.PartBook):
        _doubt_left_out(state, message.left_out, at)


def _market_for(state: SessionState, event: wire.BookEvent, at: Instant) -> ProductMarket | None:
    """The market that a book event may be applied to; None if there is none, or its book is now in doubt."""
    products, label = state.products, event.product_id
    market = products.route(label)
    if market is None:
        if not is_product_id(label) and (event.type == "snapshot" or event.updates or event.bad_rows):
            doubt(state, _meant_by(state, label), "rows under an invalid product name", at)
        return None
    if event.type == "snapshot":
        if products.divide(market, label):
            doubt(state, [market], f"{label} is another market", at)
            return products.route(label)
    elif products.is_foreign(market, label):
        # To another name and back is no habit; beyond that no snapshot can be expected to end it.
        doubt(state, [market], "its changes come under its other name", at, recurring=market.renamed > 1)
        return None
    return market


def _doubt_left_out(state: SessionState, labels: Iterable[str], at: Instant) -> None:
    """Doubt the books of events of an unknown type; ``labels`` are what these name as their products."""
    for label in labels:
        markets = state.products.known_as(label)
        if markets:
            doubt(state, markets, _UNKNOWN_EVENT, at)
        elif not is_product_id(label):
            doubt(state, _meant_by(state, label), _UNKNOWN_EVENT, at)


def _meant_by(state: SessionState, label: str) -> list[ProductMarket]:
    """The books that an invalid product id may mean; all if that is unknown."""
    name = wire.meant_product(label)
    return state.products.known_as(name) if name else state.products.markets()


def _take_trades(state: SessionState, message: wire.Trades) -> None:
    for event in message.events:
        by_label: dict[str, list[wire.TradeRow]] = {}
        for row in event.trades:
            by_label.setdefault(row.product_id, []).append(row)
        for label, rows in by_label.items():
            for market in state.products.known_as(label):
                bad = market.tape.add(rows, snapshot=event.type == "snapshot")
                market.bad_rows += bad
                state.statistics.bad_rows += bad


def _take_ticker(state: SessionState, message: wire.Ticker, now: float) -> None:
    for event in message.events:
        for row in event.tickers:
            for market in state.products.known_as(row.product_id):
                market.take_day(row)
                if is_number(row.best_bid) and is_number(row.best_ask):
                    market.compare_ticker(row.best_bid, row.best_ask, now)


# --- answers ----------------------------------------------------------------------------------------------------------


def _take_acknowledgement(state: SessionState, subscribed: Mapping[str, Sequence[str]], at: Instant) -> None:
    outcome = state.subscriptions.acknowledged(subscribed, state.liveness.age.lag or 0.0)
    if outcome is not None:
        log_answer(state, outcome, at)
    dropped = state.subscriptions.take_dropped()
    if not dropped:
        return
    books = [market for channel, name in dropped if channel == LEVEL2 for market in state.products.known_as(name)]
    doubt(state, dict.fromkeys(books), "the venue no longer lists it as subscribed", at)
    others = ", ".join(f"{channel} {name}".strip() for channel, name in dropped if channel != LEVEL2)
    if others:
        again = "" if state.passive else ": subscribing again"
        state.events.say("dropped", "warn", f"the venue no longer lists {others} as subscribed{again}", at)


def _take_refusal(state: SessionState, words: str, at: Instant) -> None:
    outcome = state.subscriptions.refused(words, at.now)
    if outcome is None:
        state.events.say("error", "bad", f"the venue sent an error: {words}", at)
        return
    log_answer(state, outcome, at)
    # A snapshot may have been on its way before our own unsubscribe, as the refused subscribe shows.
    markets = [market for name in outcome.request.products for market in state.products.known_as(name)]
    left = [market for market in dict.fromkeys(markets) if state.subscriptions.is_left(market.name)]
    doubt(state, left, f"the venue refused to subscribe it again: {outcome.words}", at, doing=outcome.follow_up)


# --- the product list -------------------------------------------------------------------------------------------------


def take_products(state: SessionState, products: Iterable[Product], at: Instant, *, complete: bool = False) -> None:
    """Take in the venue's product list, or changes of some products."""
    before = {market.name: market.product.trading_state for market in state.products.markets()}
    for name in state.products.merge(products, complete=complete):
        _doubt_moved(state, name, at)
    for market in state.products.markets():
        trading = market.product.trading_state
        if trading != before.get(market.name, trading):
            # No incident: nothing is wrong with the feed.
            level, words = ("note", trading) if trading else ("good", "online again")
            state.events.add(at.unix, level, f"trading: {words}", market.name)


def _doubt_moved(state: SessionState, name: str, at: Instant) -> None:
    """Doubt the book of a name that belongs, by the product list, to another market than it was taken for."""
    market = state.products.market(name)
    whose = "a market of its own" if market.name == name else f"the market {market.name}"
    cause = f"the product list says that {name} is {whose}"
    if market.has_book:
        doubt(state, [market], cause, at)
    else:
        state.events.add(at.unix, "note", cause, name)
        state.subscriptions.ask_anew(name)
    judge(state, market, at.now)
