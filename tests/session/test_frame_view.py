"""What the wire view is told of frames and messages."""

from __future__ import annotations

from typing import Any

import pytest

from depthview.coinbase.requests import Action, Request
from depthview.coinbase.subscriptions import Subscriptions
from depthview.session import frame_view
from depthview.session.frame_log import FrameLog
from depthview.session.frame_view import ERRORS, UNREADABLE, FrameRows, FrameShape, shape_of
from depthview.views.frames import Direction, FrameFilter, FrameLogRequest, FrameLogView
from tests.support.frames import (
    UNIX,
    acknowledgement,
    candles,
    error,
    heartbeat,
    snapshot,
    status,
    ticker,
    trade,
    trades,
    update,
    wire,
)
from tests.ui.fake_frames import busy

BOOK = [("99", "1"), ("98", "1")], [("101", "2")]


def rows_of(log: FrameLog) -> FrameRows:
    subscriptions = Subscriptions()
    return FrameRows(log, lambda: subscriptions)


@pytest.mark.parametrize(
    ("frame", "shape"),
    [
        (snapshot(7, "BTC-USD", *BOOK), FrameShape("l2_data", ("BTC-USD",), 7, "snapshot 3")),
        (update(8, "ETH-USD", *BOOK), FrameShape("l2_data", ("ETH-USD",), 8, "update 3")),
        (trades(9, trade("BTC-USD", "1", "5")), FrameShape("market_trades", ("BTC-USD",), 9, "update 1")),
        (ticker(10, "BTC-USD"), FrameShape("ticker", ("BTC-USD",), 10, "update 1")),
        (heartbeat(11, 41_691), FrameShape("heartbeats", (), 11, "counter 41691")),
        (candles(12, "BTC-USD"), FrameShape("candles", ("BTC-USD",), 12, "update 1")),
        (
            status(13, {"id": "BTC-USD"}, {"id": "ETH-USD"}),
            FrameShape("status", ("BTC-USD", "ETH-USD"), 13, "snapshot 2"),
        ),
        (
            acknowledgement(14, level2=["BTC-USD"], heartbeats=["x"]),
            FrameShape("subscriptions", (), 14, "subscriptions 2"),
        ),
        (error("no\x1b[2J"), FrameShape(ERRORS, (), None, "no�[2J", "error")),
    ],
    ids=lambda value: value.what if isinstance(value, FrameShape) else "",
)
def test_a_frame_in_a_line(frame: dict[str, Any], shape: FrameShape) -> None:
    assert shape_of(wire(frame), binary=False) == shape


@pytest.mark.parametrize(
    "raw",
    [
        b"", b"null", b"[]", b'"x"', b"{}", b"\xff\xfe", b'{"channel":5}', b'{"channel":"l2_data","events":{}}',
        b'{"channel":"\\u001b]0;x\\u0007","events":[{"type":"\\u202e","product_id":"\\u0000"}]}',
        b"[" * 100_000, b'{"channel":"x","events":[{"type":5,"product_id":[],"updates":[{}]}]}',
        b'{"channel":"l2_data","events":[' + b"{}," * 5_000 + b"{}]}",
    ],
)  # fmt: skip
def test_any_bytes_make_a_line_that_is_fit_to_show(raw: bytes) -> None:
    for binary in (False, True):
        shape = shape_of(raw, binary=binary)
        assert shape.channel
        assert len(shape.what) < 300
        for text in (shape.channel, shape.what, *shape.products):
            assert text.isprintable(), text


def test_what_is_no_text_is_called_so() -> None:
    assert shape_of(b"{}", binary=True) == FrameShape(UNREADABLE, (), None, "no text", "bad")


def test_a_row_tells_all_of_its_frame() -> None:
    log = FrameLog()
    log.arrived(wire(update(183_999, "BTC-USD", *BOOK)), 10.0, UNIX, 0)
    log.sent(Request(Action.SUBSCRIBE, "level2", ("BTC-USD",)), 10.5, UNIX + 0.5, 120.0)
    raw = wire(update(184_000, "BTC-USD", *BOOK))
    log.arrived(raw, 12.25, UNIX + 2.25, 1)
    first, sent, row = rows_of(log).view(FrameLogRequest(10)).rows
    assert (first.delay, first.direction, first.number) == (None, Direction.IN, 183_999)
    assert (row.delay, row.at, row.bytes, row.what) == (2.25, UNIX + 2.25, len(raw), "update 3")
    assert (sent.direction, sent.channel, sent.products, sent.token_life) == (
        Direction.OUT,
        "level2",
        ("BTC-USD",),
        120.0,
    )


def test_a_filter_leaves_what_is_looked_for() -> None:
    rows = busy().rows
    for sought, wanted in (
        (FrameFilter(channel="ticker"), {("ticker", "ETH-USD")}),
        (FrameFilter(product="BTC-USD"), {("l2_data", "BTC-USD"), ("market_trades", "BTC-USD")}),
        (FrameFilter("l2_data", "ETH-USD"), {("l2_data", "ETH-USD")}),
    ):
        view = rows.view(FrameLogRequest(1_000, sought=sought))
        frames = [row for row in view.rows if row.direction is Direction.IN]
        assert {(row.channel, row.products[0]) for row in frames} == wanted
        assert any(row.direction is Direction.NOTE for row in view.rows)
        assert not view.searching


def test_messages_are_found_by_the_name_that_their_answers_have() -> None:
    view = busy().rows.view(FrameLogRequest(1_000, sought=FrameFilter("l2_data", "ETH-USD")))
    assert [row.channel for row in view.rows if row.direction is Direction.OUT] == ["level2"]


def test_an_anchor_gives_what_lies_around_it() -> None:
    rows = busy().rows
    every = rows.view(FrameLogRequest(1_000)).rows
    view = rows.view(FrameLogRequest(3, anchor=every[20].serial))
    assert view.rows == every[18:24]
    assert view.newest == every[-1].serial
    assert rows.view(FrameLogRequest(2)).rows == every[-2:]


def test_looking_costs_so_much_at_once_and_goes_on_the_next_time(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_view, "_AT_ONCE", 10)
    made = busy()
    looked: list[bytes] = []

    def watched(raw: bytes, *, binary: bool) -> FrameShape:
        looked.append(raw)
        return shape_of(raw, binary=binary)

    monkeypatch.setattr(frame_view, "shape_of", watched)
    request = FrameLogRequest(1_000, sought=FrameFilter(channel="subscriptions"))
    views: list[FrameLogView] = []
    while not views or views[-1].searching:
        before = len(looked)
        views.append(made.rows.view(request))
        assert len(looked) - before <= 11  # and the last error
        assert len(views) < 20
    assert len(views) > 3
    assert [row.channel for row in views[-1].rows if row.direction is Direction.IN] == ["subscriptions"]
    before = len(looked)
    made.rows.view(request)
    assert len(looked) - before <= 1
    made.rows.rest()
    made.rows.view(request)
    assert len(looked) - before > 5


def test_the_last_error_stays_when_the_log_has_forgotten_it() -> None:
    log = FrameLog(most_entries=2)
    log.arrived(wire(error("go away")), 0.0, UNIX, -1)
    for number in range(5):
        log.arrived(wire(heartbeat(number)), 0.0, UNIX, number)
    view = rows_of(log).view(FrameLogRequest(5))
    assert len(view.rows) == 2
    assert view.error is not None
    assert view.error.what == "go away"
    assert view.error_text == '{"type":"error","message":"go away"}'


def test_a_frame_is_given_whole_and_a_giant_to_a_bound() -> None:
    log = FrameLog(most_bytes=64 << 20)
    raw = wire(heartbeat(1))
    log.arrived(raw, 0.0, UNIX, 0)
    log.arrived(b"\xff" + b"x" * (6 << 20), 0.0, UNIX, 1)
    rows = rows_of(log)
    whole = rows.frame(1)
    assert whole is not None
    assert (whole.text, whole.cut) == (raw.decode(), False)
    giant = rows.frame(2)
    assert giant is not None
    assert giant.cut
    assert len(giant.text) == frame_view.MOST_SHOWN
    assert giant.text[0] == "�"
    assert rows.frame(3) is None


def test_what_was_sent_is_given_without_its_token() -> None:
    log = FrameLog()
    log.sent(Request(Action.SUBSCRIBE, "level2", ("BTC-USD",)), 0.0, UNIX, 120.0)
    frame = rows_of(log).frame(1)
    assert frame is not None
    assert frame.text == '{"type":"subscribe","product_ids":["BTC-USD"],"channel":"level2"}'


def test_rows_are_remembered_for_what_is_in_the_log_only(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(frame_view, "_SPARE", 5)
    log = FrameLog(most_entries=10)
    rows = rows_of(log)
    for number in range(100):
        log.arrived(wire(heartbeat(number)), 0.0, UNIX, number)
        rows.view(FrameLogRequest(50))
        assert len(rows._known) <= 16
