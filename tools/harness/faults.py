"""The faults that may strike, each with the seconds within which it must be healed once it is over.

A fault is a function that does its harm to a :class:`Stage`, drawing what it needs, and says in words what it did;
without words it did nothing, since there was nothing to do it to.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

import msgspec

from depthview.coinbase.subscriptions import LOST_AFTER
from tools.harness.oracle import OLD

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from random import Random

    from tools.harness.stage import Stage, Strike
    from tools.harness.venue import Frame

    Fault = Callable[[Stage, Strike, Random], None]

_encode: Final = msgspec.json.encode
_decode: Final = msgspec.json.decode


@dataclass(frozen=True)
class Kind:
    """One kind of fault."""

    strike: Fault
    heals_within: float
    weight: int = 1
    harmless: bool = False
    """No book is doubted for it."""
    shows_within: float = 1.5
    """Seconds from its end within which its harm shows, if it does any."""
    rests: float = 0.5
    """Seconds of rest after it: more than half a second where a repetition within them is treated as a relapse."""
    over_sockets: bool = True
    """Whether it can strike a process from outside."""
    noticed: bool = False
    """Whether it must cost trust or lead to new snapshots, even where no line would be wrong without."""


KINDS: Final[dict[str, Kind]] = {}
"""All kinds, by name."""


def _kind(
    name: str,
    heals_within: float,
    *,
    weight: int = 1,
    harmless: bool = False,
    shows_within: float = 1.5,
    rests: float = 0.5,
    over_sockets: bool = True,
    noticed: bool = False,
) -> Callable[[Fault], Fault]:
    def register(fault: Fault) -> Fault:
        KINDS[name] = Kind(fault, heals_within, weight, harmless, shows_within, rests, over_sockets, noticed)
        return fault

    return register


def _is_book(frame: Frame) -> bool:
    return frame.channel == "level2"


def _is_ack(frame: Frame) -> bool:
    return frame.channel == "subscriptions"


# --- what is lost, late, or comes twice -------------------------------------------------------------------------


@_kind("loss", 4.0, weight=4)
def loss(stage: Stage, strike: Strike, random: Random) -> None:
    count, books = random.choice((1, 1, 1, 2, 5)), random.random() < 0.5
    if stage.venue.traits.per_product:
        # Only the next frame of the same product shows that one was lost.
        count = min(count, 2)
    stage.lose(strike, random, count, books=books)
    strike.words = f"{count} frames lost{' of one book' if books else ''}"


@_kind("loss of a snapshot", 8.0)
def lost_snapshot(stage: Stage, strike: Strike, random: Random) -> None:
    stage.lose(strike, random)
    stage.tamper(strike, lambda _: (), lambda frame: _is_book(frame) and frame.kind == "snapshot")
    strike.words = "a frame lost, and the snapshot that is asked for"


@_kind("late frame", 4.0, weight=2)
def late(stage: Stage, strike: Strike, random: Random) -> None:
    behind = random.choice((1, 1, 2, 6))
    held: list[str] = []

    def act(frame: Frame) -> Iterable[str]:
        held.append(frame.text())
        if len(held) == 1:
            return ()
        return (held[-1], held[0]) if len(held) == behind + 1 else (held[-1],)

    stage.tamper(strike, act, count=behind + 1)
    strike.words = f"a frame comes {behind} later"


@_kind("duplicate", 0.5, weight=2, harmless=True)
def duplicate(stage: Stage, strike: Strike, random: Random) -> None:
    behind = random.choice((0, 0, 1, 5))
    seen: list[str] = []

    def act(frame: Frame) -> Iterable[str]:
        seen.append(frame.text())
        return (seen[-1], seen[0]) if len(seen) == behind + 1 else (seen[-1],)

    stage.tamper(strike, act, count=behind + 1)
    strike.words = f"a frame comes twice, {behind} later"


@_kind("number twice", 4.0, weight=2, noticed=True)
def number_twice(stage: Stage, strike: Strike, random: Random) -> None:
    connection = stage.connection
    run = random.choice(stage.labels()) if stage.venue.traits.per_product else ""
    if connection is None or connection.numbers.get(run, 0) == 0:
        return
    if connection.tampers:
        return  # a number that stands in for that of a lost frame hides the loss, which nobody can know
    connection.numbers[run] -= 1
    stage.tamper(strike, lambda frame: (frame.text(),), lambda frame: run in ("", frame.product))
    strike.words = f"another frame has the number {connection.numbers[run]} again"


@_kind("reset", 4.0, weight=2)
def reset(stage: Stage, strike: Strike, random: Random) -> None:
    connection = stage.connection
    if connection is None or not connection.numbers:
        return
    run = random.choice(list(connection.numbers))
    low = random.choice((0, 0, 1, 2, random.randint(0, connection.numbers[run])))
    if low >= connection.numbers[run]:
        return
    connection.numbers[run] = low
    stage.tamper(strike, lambda frame: (frame.text(),), lambda frame: run in ("", frame.product), count=3, waits=8.0)
    strike.words = f"numbers{f' of {run}' if run else ''} begin again at {low}"


@_kind("reset with a loss", 4.0)
def reset_with_a_loss(stage: Stage, strike: Strike, random: Random) -> None:
    reset(stage, strike, random)
    if strike.words:
        stage.lose(strike, random, random.choice((1, 2)))
        strike.words += ", with a loss"


@_kind("snapshot of the venue's own", 0.5, harmless=True)
def own_snapshot(stage: Stage, strike: Strike, random: Random) -> None:
    if stage.connection is not None:
        label = random.choice(stage.labels())
        if stage.connection.has("level2", label):
            stage.connection.snapshot(label)
            strike.words = f"a snapshot of {label} that nobody asked for"


# --- subscriptions and answers ----------------------------------------------------------------------------------


@_kind("acknowledgement lost", 4.0)
def lost_ack(stage: Stage, strike: Strike, random: Random) -> None:
    count = random.choice((1, 2))
    stage.lose(strike, random)
    stage.tamper(strike, lambda _: (), _is_ack, count)
    strike.words = f"a frame lost, and {count} acknowledgements after it"


@_kind("acknowledgement stale", 4.0)
def stale_ack(stage: Stage, strike: Strike, random: Random) -> None:
    connection = stage.connection
    if connection is None or not connection.subscribed:
        return
    shown = _decode(connection.acknowledgement())[0]["subscriptions"]
    gone = random.choice(stage.labels())
    if random.random() < 0.5:
        shown = {channel: [name for name in names if name != gone] for channel, names in shown.items()}
        strike.words = f"an acknowledgement of before {gone} was subscribed"
    else:
        shown = {"heartbeats": ["heartbeats"]}
        strike.words = "an acknowledgement of before anything was subscribed"
    connection.emit("subscriptions", "", "", _encode([{"subscriptions": shown}]))


@_kind("subscription dropped", 3.0, weight=2, noticed=True)
def dropped(stage: Stage, strike: Strike, random: Random) -> None:
    connection, label = stage.connection, random.choice(stage.labels())
    if connection is None or not connection.has("level2", label):
        return
    lost_at = connection.acknowledgement_lost_at
    if connection.tampers or (lost_at is not None and stage.now() - lost_at < LOST_AFTER):
        # Its acknowledgement may be lost, or count as the answer to an earlier message: then others must be asked for.
        strike.shows_within = OLD
    connection.leave("level2", [label])
    connection.acknowledge()
    strike.words = f"the venue unsubscribes {label} and says so"


@_kind("other subscription dropped", 0.5, harmless=True)
def other_dropped(stage: Stage, strike: Strike, random: Random) -> None:
    connection, label = stage.connection, random.choice(stage.labels())
    channel = random.choice(("market_trades", "ticker", "heartbeats"))
    if connection is None or not connection.has(channel, "" if channel == "heartbeats" else label):
        return
    connection.leave(channel, [] if channel == "heartbeats" else [label])
    connection.acknowledge()
    strike.words = f"the venue unsubscribes {channel} of {label} and says so"


@_kind("refusal", 6.5)
def refusal(stage: Stage, strike: Strike, random: Random) -> None:
    conduct, words = stage.venue.conduct, random.choice(("internal error", "rate limit exceeded", "not now"))
    conduct.refuses = words
    stage.lose(strike, random)
    seconds = random.uniform(1.0, 4.0)
    stage.lasts(strike, seconds, lambda: setattr(conduct, "refuses", ""))
    strike.words = f"a frame lost; for {seconds:.1f} s subscriptions are answered {words!r}"


@_kind("snapshot before unsubscribing", 6.5)
def snapshot_before_unsubscribing(stage: Stage, strike: Strike, random: Random) -> None:
    conduct = stage.venue.conduct
    conduct.snapshot_before_unsubscribing = True
    refuses = random.random() < 0.6
    conduct.refuses = "not now" if refuses else ""

    def over() -> None:
        conduct.snapshot_before_unsubscribing, conduct.refuses = False, ""

    stage.lose(strike, random)
    stage.lasts(strike, random.uniform(2.0, 5.0), over)
    strike.words = f"a frame lost; a snapshot comes just before the unsubscribe{', then a refusal' if refuses else ''}"


@_kind("late answer", 6.0)
def late_answers(stage: Stage, strike: Strike, random: Random) -> None:
    conduct, late = stage.venue.conduct, random.choice((0.5, 1.5, 3.0, 4.5))
    conduct.answers_after = late
    stage.lose(strike, random)
    stage.lasts(strike, random.uniform(1.0, 4.0), lambda: setattr(conduct, "answers_after", 0.0))
    strike.words = f"a frame lost; answers come {late:g} s late"


@_kind("no answer", 6.0)
def no_answer(stage: Stage, strike: Strike, random: Random) -> None:
    count = random.choice((1, 2))
    stage.venue.conduct.ignores = count
    stage.lose(strike, random)
    stage.lasts(strike, 3.0, lambda: setattr(stage.venue.conduct, "ignores", 0))
    strike.words = f"a frame lost; the next {count} messages to the venue are ignored"


# --- frames that are not as they should be ----------------------------------------------------------------------


@_kind("damaged frame", 4.0, weight=2, rests=6.5)
def damaged(stage: Stage, strike: Strike, random: Random) -> None:
    how = random.choice(("cut", "binary", "garbled", "events", "array"))

    def act(frame: Frame) -> Iterable[str | bytes]:
        text = frame.text()
        if how == "cut":
            yield text[: random.randint(1, len(text) - 1)]
        elif how == "binary":
            yield text.encode()
        elif how == "garbled":
            at = random.randrange(len(text))
            yield f"{text[:at]}\x00{text[at + 1 :]}"
        elif how == "events":
            yield frame.text(events=b'{"type":"update"}')
        else:
            yield f"[{text}]"

    stage.tamper(strike, act, _is_book if random.random() < 0.7 else lambda _: True)
    strike.words = f"a frame damaged ({how})"


NUMBERS: Final = ("", "null", '"5"', "1.5", "true", "[1]", "-1", "9223372036854775808", "1" + "0" * 40)
"""JSON that is no number of a frame."""


@_kind("unnumbered", 4.0, weight=2, rests=6.5, noticed=True)
def unnumbered(stage: Stage, strike: Strike, random: Random) -> None:
    number = random.choice(NUMBERS)
    stage.tamper(strike, lambda frame: (frame.text(number=number),), _is_book)
    strike.words = f"a book's frame with the number {number or 'left out'}"


def _events(frame: Frame) -> Iterator[dict[str, Any]]:
    yield from _decode(frame.events)


@_kind("odd frame", 4.0, weight=3, rests=6.5)
def odd(stage: Stage, strike: Strike, random: Random) -> None:
    how = random.choice(("type", "null", "case", "blank", "side", "price", "no type", "events null"))

    def act(frame: Frame) -> Iterable[str]:
        events = list(_events(frame))
        event = events[0]
        match how:
            case "type":
                event["type"] = "correction"
            case "null":
                event["updates"] = None
            case "case":
                event["product_id"] = event["product_id"].lower()
            case "blank":
                event["product_id"] = f" {event['product_id']}"
            case "side":
                event["updates"][0]["side"] = "ask"
            case "price":
                event["updates"][0]["price_level"] = random.choice(("NaN", "-1", "1e5", "", None, 7))
            case "no type":
                del event["type"]
            case _:
                return (frame.text(events=b"null"),)
        return (frame.text(events=_encode(events)),)

    stage.tamper(strike, act, lambda frame: _is_book(frame) and frame.kind == "update")
    strike.words = f"an odd frame of a book ({how})"


@_kind("snapshot in two events", 0.5, harmless=True)
def two_snapshot_events(stage: Stage, strike: Strike, random: Random) -> None:
    connection, label = stage.connection, random.choice(stage.labels())
    if connection is None or not connection.has("level2", label):
        return
    (event,) = _decode(stage.venue.snapshot_events(label))
    rows = event["updates"]
    at = len(stage.venue.markets[label].rows()[0]) if random.random() < 0.5 else random.randint(1, len(rows) - 1)
    connection.emit(
        "level2", "snapshot", label, _encode([{**event, "updates": rows[:at]}, {**event, "updates": rows[at:]}])
    )
    strike.words = f"a snapshot of {label} in two events of one frame"


@_kind("unknown frame", 0.5, harmless=True)
def unknown(stage: Stage, strike: Strike, random: Random) -> None:
    connection = stage.connection
    if connection is None or not connection.subscribed:
        return
    label = random.choice(stage.labels())
    match random.choice(("channel", "ticker", "extra", "trades")):
        case "channel":
            connection.emit("weather", "", "", b'[{"type":"update","rain":true}]')
            strike.words = "a frame of an unknown channel"
        case "ticker":
            connection.emit(
                "ticker", "update", label, _encode([{"type": "update", "tickers": [{"product_id": label}]}])
            )
            strike.words = "a ticker without prices"
        case "trades":
            connection.emit("market_trades", "update", label, stage.venue.trades_events(label))
            strike.words = "a trade"
        case _:
            connection.send('{"type":"notice","message":"maintenance tomorrow"}')
            strike.words = "a message without a channel"


# --- the connection and the network -----------------------------------------------------------------------------


@_kind("close", 8.0, weight=2, noticed=True)
def close(stage: Stage, strike: Strike, random: Random) -> None:
    if stage.connection is None:
        return
    code = random.choice((1000, 1001, 1006, 1006, 1011, 1012, 1013))
    stage.connection.close(code, "")
    strike.words = f"closed with {code}"
    if random.random() < 0.3:
        seconds = random.uniform(0.5, 4.0)
        stage.venue.conduct.accepts = False
        stage.lasts(strike, seconds, lambda: setattr(stage.venue.conduct, "accepts", True))
        strike.words += f", nobody let in for {seconds:.1f} s"


@_kind("half-open", 13.0, shows_within=4.0, noticed=True)
def half_open(stage: Stage, strike: Strike, random: Random) -> None:
    if stage.connection is None:
        return
    stage.connection.send = lambda _: None
    strike.words = "nothing more comes on this connection"


@_kind("stall", 2.0, weight=2)
def stall(stage: Stage, strike: Strike, random: Random) -> None:
    seconds = random.choice((0.5, 1.5, 2.5, 3.5, 6.0, 9.0))
    stage.network.down.held_until = max(stage.network.down.held_until, stage.now() + seconds)
    stage.lasts(strike, seconds)
    strike.words = f"the path holds everything for {seconds:g} s"
    strike.harmless = seconds <= 1.5


@_kind("silence of the venue", 2.0)
def silence(stage: Stage, strike: Strike, random: Random) -> None:
    conduct, seconds = stage.venue.conduct, random.choice((2.0, 4.0, 8.0, 12.0))

    def over() -> None:
        conduct.publishes = conduct.heartbeats = True

    conduct.publishes = conduct.heartbeats = False
    stage.lasts(strike, seconds, over)
    strike.words = f"the venue publishes nothing for {seconds:g} s"
    strike.harmless = seconds <= 2.0


@_kind("heartbeats stop", 2.0, harmless=True)
def heartbeats_stop(stage: Stage, strike: Strike, random: Random) -> None:
    conduct, seconds = stage.venue.conduct, random.choice((2.0, 5.0))
    if min(market.shape.interval for market in map(stage.venue.markets.__getitem__, stage.labels())) > 1.0:
        return
    conduct.heartbeats = False
    stage.lasts(strike, seconds, lambda: setattr(conduct, "heartbeats", True))
    strike.words = f"no heartbeats for {seconds:g} s"


@_kind("slow path", 2.0, weight=3)
def slow_path(stage: Stage, strike: Strike, random: Random) -> None:
    delays = stage.network.down.delays
    seconds, delay = random.uniform(1.0, 8.0), random.choice((0.4, 1.0, 1.6, 2.1, 2.6, 4.0, 8.0))
    delays.append(delay)
    stage.lasts(strike, seconds, lambda: delays.remove(delay))
    # What was sent at the end of it is still on its way.
    stage.lasts(strike, seconds + delay)
    strike.words = f"the path is {delay:g} s slower for {seconds:.1f} s"
    strike.harmless = delay <= 1.6


@_kind("narrow path", 3.0, weight=2)
def narrow_path(stage: Stage, strike: Strike, random: Random) -> None:
    seconds, bandwidth = random.uniform(1.0, 8.0), random.choice((800, 2_000, 4_000, 9_000))
    bandwidths = stage.network.down.bandwidths
    bandwidths.append(bandwidth)
    stage.lasts(strike, seconds, lambda: bandwidths.remove(bandwidth))
    strike.words = f"the path carries {bandwidth:,} bytes a second for {seconds:.1f} s"


@_kind("slow requests", 6.0)
def slow_requests(stage: Stage, strike: Strike, random: Random) -> None:
    delays = stage.network.up.delays
    seconds, delay = random.uniform(1.0, 4.0), random.choice((0.5, 2.0, 4.0))
    delays.append(delay)
    stage.requests_bunch = True
    stage.lose(strike, random)
    stage.lasts(strike, seconds, lambda: delays.remove(delay))
    stage.lasts(strike, seconds + delay)
    strike.words = f"a frame lost; for {seconds:.1f} s requests take {delay:g} s"


# --- the viewer -------------------------------------------------------------------------------------------------


@_kind("viewer stops", 2.5, weight=2)
def viewer_stops(stage: Stage, strike: Strike, random: Random) -> None:
    seconds = random.choice((0.3, 0.8, 1.2, 2.0, 2.8, 3.5, 9.0))
    stage.viewer.stop(seconds)
    stage.lasts(strike, seconds)
    strike.words = f"the viewer does not run for {seconds:g} s"
    strike.harmless = seconds < 0.5


@_kind("suspend", 2.5, over_sockets=False)
def suspend(stage: Stage, strike: Strike, random: Random) -> None:
    seconds = random.choice((2.0, 5.0, 30.0))
    stage.viewer.stop(seconds, suspend=True)
    stage.lasts(strike, seconds)
    strike.words = f"the viewer's machine sleeps for {seconds:g} s"


@_kind("overload", 3.0, over_sockets=False)
def overload(stage: Stage, strike: Strike, random: Random) -> None:
    usual, seconds = stage.plan.seconds_per_frame, random.uniform(2.0, 6.0)
    stage.seconds_per_frame = random.choice((0.03, 0.08, 0.2))
    # Time that the viewer spends moves the world on in one step, and what arrives within it arrives at its end.
    stage.requests_bunch = True
    strike.words = f"a frame takes the viewer {stage.seconds_per_frame:g} s for {seconds:.1f} s"
    stage.lasts(strike, seconds, lambda: setattr(stage, "seconds_per_frame", usual))


@_kind("clock step", 4.0, over_sockets=False)
def clock_step(stage: Stage, strike: Strike, random: Random) -> None:
    seconds = random.choice((-3600.0, -5.0, -0.8, 0.8, 2.5, 60.0, 3600.0))
    if random.random() < 0.7:
        stage.viewer.step_clock(seconds)
        strike.words = f"the viewer's wall clock steps by {seconds:g} s"
    else:
        stage.clocks_differ_anew()
        stage.venue.clock_ahead += seconds
        strike.words = f"the venue's clock steps by {seconds:g} s"


# --- contradictions and products --------------------------------------------------------------------------------


@_kind("ticker contradicts", 16.0, rests=16.0, noticed=True)
def wrong_ticker(stage: Stage, strike: Strike, random: Random) -> None:
    conduct, seconds = stage.venue.conduct, random.uniform(4.0, 8.0)
    conduct.ticker_is_wrong = True
    stage.lasts(strike, seconds, lambda: setattr(conduct, "ticker_is_wrong", False))
    strike.words = f"the ticker shows other prices for {seconds:.1f} s"


@_kind("product added", 3.0, over_sockets=False)
def product_added(stage: Stage, strike: Strike, random: Random) -> None:
    names = [row["product_id"] for row in _decode(stage.venue.product_list())["products"]]
    free = [name for name in names if name not in stage.shown]
    if not free or len(stage.shown) > 6:
        return
    name = random.choice(free)
    stage.viewer.add(name)
    stage.shown.append(name)
    strike.words = f"{name} is put on show"


@_kind("product removed", 3.0, over_sockets=False)
def product_removed(stage: Stage, strike: Strike, random: Random) -> None:
    if len(stage.shown) < 2:
        return
    name = random.choice(stage.shown)
    stage.viewer.remove(name)
    stage.shown.remove(name)
    strike.words = f"{name} is taken off show"
    if random.random() < 0.3:
        stage.viewer.add(name)
        stage.shown.append(name)
        strike.words += " and put back at once"
