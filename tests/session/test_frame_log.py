"""The log of what came and went: bounded, without tokens, and where a replay stands."""

from __future__ import annotations

import gc
from typing import TYPE_CHECKING

import pytest

from depthview.coinbase.requests import Action, Request, encode
from depthview.core.sequence import Kind, SequenceMonitor
from depthview.session.frame_log import ConnectionEvent, FrameLog, FrameReceived, FrameTap, RequestSent
from depthview.session.session import MarketSession
from tests.support.feed import signer
from tests.support.frames import UNIX, error, snapshot, update, wire

if TYPE_CHECKING:
    from depthview.coinbase.messages import Message

BOOK = [("99", "1")], [("101", "2")]


def tapped(log: FrameLog) -> FrameTap:
    tap = FrameTap(MarketSession(("BTC-USD",)), log)
    tap.opened(0.0, UNIX)
    return tap


def numbers(log: FrameLog) -> list[int]:
    return [entry.serial for entry in log.entries]


def test_the_oldest_go_when_there_are_too_many_entries() -> None:
    log = FrameLog(most_entries=3)
    for number in range(5):
        log.arrived(b"x" * 10, number, UNIX, number)
    assert numbers(log) == [3, 4, 5]
    assert log.bytes == 30


def test_the_oldest_go_when_there_are_too_many_bytes() -> None:
    log = FrameLog(most_bytes=100)
    for number in range(5):
        log.arrived(b"x" * 30, number, UNIX, number)
    assert (numbers(log), log.bytes) == ([3, 4, 5], 90)


def test_one_frame_is_kept_whatever_it_weighs() -> None:
    log = FrameLog(most_bytes=100)
    log.arrived(b"x", 0.0, UNIX, 0)
    log.arrived(b"x" * 1000, 0.0, UNIX, 1)
    assert (numbers(log), log.bytes) == ([2], 1000)
    log.arrived(b"x", 0.0, UNIX, 2)
    assert (numbers(log), log.bytes) == ([3], 1)


def test_messages_count_as_entries() -> None:
    log = FrameLog(most_entries=4)
    for _ in range(9):
        log.sent(Request(Action.SUBSCRIBE, "heartbeats"), 0.0, UNIX, None)
        log.happened("resync", 0.0, UNIX)
    assert len(log.entries) == 4


def test_what_passes_a_tap_is_kept_in_its_order() -> None:
    log = FrameLog()
    tap = tapped(log)
    for request in tap.drain(0.0):
        tap.sent(request, 0.0, (118.0, 120.0))
    tap.receive(wire(snapshot(0, "BTC-USD", *BOOK)), 0.1, UNIX + 0.1)
    tap.receive(wire(update(1, "BTC-USD", *BOOK)), 0.2, UNIX + 0.2)
    tap.closed(0.3, UNIX + 0.3, "gone")
    kinds = [type(entry) for entry in log.entries]
    assert kinds[0] is ConnectionEvent
    assert RequestSent in kinds
    assert kinds[-3:] == [FrameReceived, FrameReceived, ConnectionEvent]
    sent = next(entry for entry in log.entries if isinstance(entry, RequestSent))
    assert sent.token_life == 118.0


def test_a_frame_knows_what_its_number_shows() -> None:
    log = FrameLog()
    tap = tapped(log)
    for number in (0, 1, 5, 5, 6):
        tap.receive(wire(update(number, "BTC-USD", *BOOK)), 0.1, UNIX)
    tap.receive(wire(error("no")), 0.1, UNIX)
    frames = [entry for entry in log.entries if isinstance(entry, FrameReceived)]
    found = [log.judgement(frame) for frame in frames]
    assert [seen and (seen.kind, seen.missed) for seen in found] == [
        None, None, (Kind.GAP, 3), (Kind.DUPLICATE, 0), None, None,
    ]  # fmt: skip
    assert log.error is frames[-1]


def test_what_is_known_later_of_a_frame_is_known_of_that_frame() -> None:
    log, monitor = FrameLog(), SequenceMonitor()
    log.happened("opened", 0.0, UNIX)
    # Numbers of each product, interleaved: by the connection's reading the second one's are duplicates.
    for number in (5, 7, 8, 9, 10):
        for product in ("A-USD", "B-USD"):
            log.arrived(b"", 0.0, UNIX, monitor.frame + 1)
            log.judged(monitor.observe(number, product), monitor.frame)
        if number == 7:
            assert monitor.undecided
            assert not log.remarked
    kinds = [seen.kind if (seen := log.judgement(e)) else None for e in log.entries if isinstance(e, FrameReceived)]
    assert kinds == [None, None, Kind.GAP, Kind.GAP, None, None, None, None, None, None]
    assert log.remarked


def test_another_connection_has_its_own_places() -> None:
    log, monitor = FrameLog(), SequenceMonitor()
    for numbers_of_it in ((0, 1, 4), (0, 1, 2)):
        log.happened("opened", 0.0, UNIX)
        monitor.connect()
        for number in numbers_of_it:
            log.arrived(b"", 0.0, UNIX, monitor.frame + 1)
            log.judged(monitor.observe(number, ""), monitor.frame)
    found = [log.judgement(e) is not None for e in log.entries if isinstance(e, FrameReceived)]
    assert found == [False, False, True, False, False, False]


def test_a_token_that_comes_back_is_blotted_out() -> None:
    from depthview.exchange.keys import make_key

    token = signer(make_key()).sign().text
    log = FrameLog()
    tap = tapped(log)
    tap.receive(wire({"type": "error", "message": f"bad {token} here", "jwt": token}), 0.1, UNIX)
    (frame,) = [entry for entry in log.entries if isinstance(entry, FrameReceived)]
    assert frame.raw == b'{"type":"error","message":"bad [token] here","jwt":"[token]"}'


def test_no_part_of_a_token_is_anywhere_in_the_log() -> None:
    from depthview.exchange.keys import make_key

    sign = signer(make_key()).sign
    log = FrameLog()
    tap = tapped(log)
    tokens = []
    for request in tap.drain(0.0):
        token = sign()
        tokens.append(token.text)
        # What the worker sends; the log is told of the request alone.
        assert token.text.encode() in encode(request, token.text)
        tap.sent(request, 0.0, (120.0, 120.0))
        tap.receive(wire({"type": "error", "message": token.text}), 0.0, UNIX)
    assert tokens
    kept = "\n".join(text_of(thing) for thing in everything_in(log))
    assert "level2" in kept
    for token_text in tokens:
        for part in token_text.split("."):
            assert not any(part[at : at + 8] in kept for at in range(len(part) - 7))


def everything_in(thing: object) -> list[object]:
    """All that can be reached from ``thing``, without going through classes and modules."""
    seen: dict[int, object] = {}
    waiting = [thing]
    while waiting:
        found = waiting.pop()
        if id(found) in seen or isinstance(found, type) or type(found).__name__ in {"module", "function"}:
            continue
        seen[id(found)] = found
        waiting += gc.get_referents(found)
    return list(seen.values())


def text_of(thing: object) -> str:
    if isinstance(thing, bytes | bytearray):
        return bytes(thing).decode(errors="replace")
    return thing if isinstance(thing, str) else ""


def frames_to(log: FrameLog, first: int, last: int) -> None:
    for entry_number in range(first, last + 1):
        log.arrived(b"x", float(entry_number), UNIX, entry_number, entry_number=entry_number)


def stands(log: FrameLog) -> list[int]:
    return [entry.entry_number for entry in log.entries]


def test_going_back_drops_what_lies_behind() -> None:
    log = FrameLog()
    frames_to(log, 1, 9)
    log.move_to(6)
    assert stands(log) == [1, 2, 3, 4, 5, 6]
    assert log.bytes == 6
    frames_to(log, 7, 8)
    assert stands(log) == [1, 2, 3, 4, 5, 6, 7, 8]
    assert numbers(log) == sorted(set(numbers(log)))


def test_what_was_passed_over_leaves_nothing_before_it() -> None:
    log = FrameLog()
    frames_to(log, 1, 4)
    log.move_to(100)
    assert stands(log) == []
    frames_to(log, 101, 102)
    assert stands(log) == [101, 102]
    assert log.bytes == 2


def test_what_a_frame_has_led_to_comes_after_it() -> None:
    log = FrameLog()
    session = MarketSession(("BTC-USD",))
    tap = FrameTap(session, log)
    session.hooks.recorded = tap.happened
    tap.opened(0.0, UNIX)
    for request in tap.drain(0.0):
        tap.sent(request, 0.0, None)
    tap.receive(wire(snapshot(0, "BTC-USD", *BOOK)), 0.1, UNIX)
    tap.receive(wire(update(4, "BTC-USD", *BOOK)), 5.0, UNIX + 5)
    last, after = list(log.entries)[-2:]
    assert isinstance(last, FrameReceived)
    assert isinstance(after, ConnectionEvent)
    assert (after.name, after.at) == ("resync", UNIX + 5)


def test_a_frame_that_breaks_the_session_is_kept() -> None:
    log = FrameLog()

    class Breaking(MarketSession):
        def receive(
            self, raw: bytes, now: float, unix: float, *, binary: bool = False, message: Message | None = None
        ) -> None:
            raise KeyError

    tap = FrameTap(Breaking(("BTC-USD",)), log)
    with pytest.raises(KeyError):
        tap.receive(b"odd", 0.1, UNIX)
    assert [entry.raw for entry in log.entries if isinstance(entry, FrameReceived)] == [b"odd"]
