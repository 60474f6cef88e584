"""Frames in, typed messages out: what is kept, what is counted, and that nothing else ever comes out."""

from __future__ import annotations

import json
from decimal import Decimal

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from depthview.coinbase import messages as wire_module
from depthview.coinbase.messages import (
    Book,
    BookRow,
    ErrorMessage,
    Heartbeat,
    Message,
    Other,
    PartBook,
    ProductRow,
    Status,
    Subscribed,
    Ticker,
    Trades,
    decode,
    increment_from,
    meant_product,
    product_from,
    product_of,
    unix_time,
)
from depthview.errors import MalformedFrame
from tests.support import frames
from tests.support.frames import Frame, wire
from tests.support.mutations import JSON, mutated

BIDS, ASKS = [("65083.66", "0.5"), ("65083.27", "0.02244516")], [("65083.67", "1")]
SHAPES: list[Frame] = [
    frames.snapshot(13, "BTC-USD", BIDS, ASKS),
    frames.update(14, "BTC-USD", [("65062.5", "0")], [("65106.54", "0.15361938")]),
    frames.trades(0, frames.trade("BTC-USD", "1068572090", "65083.67"), frames.trade("ETH-USD", "8", "1919.41")),
    frames.ticker(6, "BTC-USD"),
    frames.heartbeat(26),
    frames.acknowledgement(2, level2=["BTC-USD", "ETH-USD"], heartbeats=["heartbeats"]),
    frames.status(
        3,
        {
            "id": "BTC-USD",
            "base_currency": "BTC",
            "quote_currency": "USD",
            "base_increment": "0.00000001",
            "quote_increment": "0.01",
            "status": "online",
        },
    ),
    frames.candles(4, "BTC-USD"),
    frames.error("authentication failure"),
]


def _with(whole: Frame, **fields: object) -> Frame:
    return {**whole, **fields}


def _fault(raw: bytes | str) -> MalformedFrame:
    with pytest.raises(MalformedFrame) as caught:
        decode(raw)
    return caught.value


def test_a_snapshot_as_observed() -> None:
    message = decode(wire(SHAPES[0]))
    assert isinstance(message, Book)
    assert (message.sequence_num, message.timestamp) == (13, "2026-08-09T21:05:48.000Z".replace(".000", ""))
    (event,) = message.events
    assert (event.type, event.product_id, event.bad_rows) == ("snapshot", "BTC-USD", 0)
    assert event.updates == [
        BookRow("bid", "65083.66", "0.5"),
        BookRow("bid", "65083.27", "0.02244516"),
        BookRow("offer", "65083.67", "1"),
    ]


@pytest.mark.parametrize(
    ("whole", "kind", "product"),
    [
        (SHAPES[0], Book, "BTC-USD"),
        (SHAPES[1], Book, "BTC-USD"),
        (SHAPES[2], Trades, ""),
        (SHAPES[3], Ticker, "BTC-USD"),
        (SHAPES[4], Heartbeat, ""),
        (SHAPES[5], Subscribed, ""),
        (SHAPES[6], Status, ""),
        (SHAPES[7], Other, "BTC-USD"),
        (SHAPES[8], ErrorMessage, ""),
        (frames.trades(1, frames.trade("ETH-USD", "1", "2")), Trades, "ETH-USD"),
    ],
)
def test_every_channel_has_its_type_its_product_and_its_number(whole: Frame, kind: type, product: str) -> None:
    message = decode(wire(whole))
    assert type(message) is kind
    assert product_of(message) == product
    assert message.sequence_num == whole.get("sequence_num")
    assert decode(wire(whole).decode()) == message


@pytest.mark.parametrize("whole", SHAPES[:-1])
def test_a_client_id_and_fields_of_the_future_are_ignored(whole: Frame) -> None:
    more = _with(whole, client_id="", novelty={"deep": [1, 2]})
    assert decode(wire(more)) == decode(wire(whole))


@pytest.mark.parametrize("whole", SHAPES[:-1])
def test_a_frame_without_a_number_or_a_time_is_still_one(whole: Frame) -> None:
    bare = {key: value for key, value in whole.items() if key not in ("sequence_num", "timestamp")}
    message = decode(wire(bare))
    assert (message.sequence_num, message.timestamp) == (None, "")


def test_documented_channels_without_use_are_known_and_strange_ones_are_not() -> None:
    for channel, known in (("candles", True), ("ticker_batch", True), ("user", True), ("novelty", False)):
        message = decode(wire(frames.frame(channel, 9, [{"type": "update", "x": 1}])))
        assert message == Other("", known, 9, frames.stamp(frames.UNIX))


def test_an_unknown_event_is_tolerated_and_its_neighbour_kept() -> None:
    strange: Frame = {"type": "checksum", "product_id": "BTC-USD", "value": 5}
    assert isinstance(decode(wire(frames.frame("l2_data", 5, [strange]))), Other)
    event = frames.book_event("update", "BTC-USD", BIDS)
    message = decode(wire(frames.frame("l2_data", 5, [strange, event])))
    assert isinstance(message, Book)
    assert [(e.type, len(e.updates)) for e in message.events] == [("update", 2)]


def test_what_an_unknown_event_names_is_carried_along() -> None:
    strange = [{"type": "checksum", "product_id": name} for name in ("BTC-USD", "eth-usd", None)]
    alone = decode(wire(frames.frame("l2_data", 5, strange)))
    assert isinstance(alone, Other)
    assert alone.left_out == ("BTC-USD", "eth-usd", "")
    beside = decode(wire(frames.frame("l2_data", 5, [*strange[:1], frames.book_event("update", "BTC-USD", BIDS)])))
    assert isinstance(beside, PartBook)
    assert (beside.left_out, product_of(beside)) == (("BTC-USD",), "BTC-USD")
    both = decode(wire(frames.frame("l2_data", 5, [*strange[:1], frames.book_event("update", "ETH-USD", BIDS)])))
    assert product_of(both) == ""
    # The wire cannot say so itself.
    own = decode(wire(_with(frames.update(5, "BTC-USD", BIDS), left_out=["BTC-USD"])))
    assert type(own) is Book


@pytest.mark.parametrize("bad", [[], [{}]], ids=["fast", "slow"])
def test_several_snapshots_of_a_product_in_a_frame_are_one(bad: list[object]) -> None:
    events = [
        frames.book_event("snapshot", "BTC-USD", BIDS),
        frames.book_event("update", "BTC-USD", BIDS),
        frames.book_event("snapshot", "ETH-USD", [], ASKS),
        frames.book_event("snapshot", "BTC-USD", [], ASKS, bad),
    ]
    message = decode(wire(frames.frame("l2_data", 5, events)))
    assert isinstance(message, Book)
    assert [(event.type, event.product_id, len(event.updates), event.bad_rows) for event in message.events] == [
        ("snapshot", "BTC-USD", 3, len(bad)),
        ("update", "BTC-USD", 2, 0),
        ("snapshot", "ETH-USD", 1, 0),
    ]


@pytest.mark.parametrize("kind", ["snapshot", "update"])
@pytest.mark.parametrize("updates", [{"updates": None}, {}], ids=["null", "missing"])
def test_rows_that_are_null_are_one_bad_row(kind: str, updates: Frame) -> None:
    message = decode(wire(frames.frame("l2_data", 5, [{"type": kind, "product_id": "BTC-USD", **updates}])))
    assert isinstance(message, Book)
    (event,) = message.events
    assert (event.type, event.product_id, event.updates, event.bad_rows) == (kind, "BTC-USD", [], 1)


def test_the_wire_cannot_make_up_for_bad_rows() -> None:
    event = {**frames.book_event("update", "BTC-USD", BIDS), "bad_rows": -1}
    message = decode(wire(frames.frame("l2_data", 5, [event])))
    assert isinstance(message, Book)
    assert message.events[0].bad_rows == 0


@pytest.mark.parametrize(
    ("label", "meant"),
    [
        ("BTC-USD", "BTC-USD"),
        ("btc-usd", "BTC-USD"),
        (" BTC- USD\n", "BTC-USD"),
        ("", ""),
        ("BTC/USD", ""),
        ("B" * 500 + "-USD", ""),
        ("\u0412TC-USD", ""),
    ],
)
def test_what_a_label_means(label: str, meant: str) -> None:
    assert meant_product(label) == meant


@pytest.mark.parametrize("name", ["P" * 65, "P-" * 100 + "P"])
@pytest.mark.parametrize("times", [1, 2])
def test_a_name_that_is_too_long_for_a_product_is_none(name: str, times: int) -> None:
    events = [frames.book_event("update", name, BIDS)] * times
    assert product_of(decode(wire(frames.frame("l2_data", 5, events)))) == ""


@pytest.mark.parametrize(
    "bad",
    [
        frames.row("ask", "5", "1"),
        frames.row("", "5", "1"),
        frames.row("bid", 5, "1"),
        frames.row("bid", "5", 1.5),
        frames.row("bid", None, "1"),
        frames.row("bid", "5", None),
        {"side": "bid"},
        {},
        None,
        5,
        "row",
        [],
        ["bid", "5", "1"],
        frames.row("bid", ["5"], "1"),
        {"side": ["bid"], "price_level": "5", "new_quantity": "1"},
    ],
)
@pytest.mark.parametrize("kind", ["snapshot", "update"])
def test_bad_rows_are_counted_one_by_one_and_the_good_ones_kept(bad: object, kind: str) -> None:
    event = frames.book_event(kind, "BTC-USD", BIDS, ASKS, [bad, bad])
    message = decode(wire(frames.frame("l2_data", 5, [event])))
    assert isinstance(message, Book)
    assert message.sequence_num == 5
    assert (message.events[0].type, message.events[0].bad_rows) == (kind, 2)
    assert [row.price for row in message.events[0].updates] == ["65083.66", "65083.27", "65083.67"]


@pytest.mark.parametrize(
    "event",
    [
        None,
        5,
        "update",
        [],
        {},
        {"type": [], "product_id": "BTC-USD", "updates": []},
        {"type": {}, "product_id": "BTC-USD", "updates": []},
        {"type": None, "product_id": "BTC-USD", "updates": []},
        {"type": "update", "product_id": None, "updates": []},
        {"type": "update", "product_id": "\u001b[2J", "updates": [{}]},
        {"type": "update", "product_id": "BTC-USD", "updates": {}},
        {"type": "update", "product_id": "BTC-USD", "updates": "rows"},
    ],
)
def test_a_book_frame_that_cannot_be_read_says_so_with_its_number(event: object) -> None:
    fault = _fault(wire(frames.frame("l2_data", 77, [event])))
    assert (fault.sequence, fault.may_hold_book) == (77, True)


def test_what_a_damaged_book_frame_names_is_carried_along() -> None:
    fault = _fault(wire(frames.frame("l2_data", 7, [{"type": "update", "product_id": "BTC-USD", "updates": 5}])))
    assert (fault.sequence, fault.product) == (7, "BTC-USD")
    two = [frames.book_event("update", "BTC-USD"), {"type": "update", "product_id": "ETH-USD", "updates": 5}]
    assert _fault(wire(frames.frame("l2_data", 7, two))).product == ""


@pytest.mark.parametrize(
    ("channel", "events"),
    [
        ("market_trades", [{"type": "update", "trades": [{"product_id": "BTC-USD", "trade_id": 5}]}]),
        ("market_trades", None),
        ("ticker", [5]),
        ("status", {"products": []}),
        ("heartbeats", [{"heartbeat_counter": []}]),
        ("subscriptions", [{"subscriptions": {"level2": None}}]),
    ],
)
def test_damage_in_other_channels_can_hold_no_book(channel: str, events: object) -> None:
    fault = _fault(wire({"channel": channel, "sequence_num": 8, "timestamp": "", "events": events}))
    assert (fault.sequence, fault.may_hold_book) == (8, False)
    assert fault.may_hold_trades == (channel == "market_trades")
    assert channel in str(fault)


@pytest.mark.parametrize("cut", [1, 2, 40, 90])
def test_the_number_of_broken_json_is_salvaged(cut: int) -> None:
    raw = wire(frames.update(184_005, "ETH-USD", [("5", "1")] * 3))
    fault = _fault(raw[:-cut])
    assert (fault.sequence, fault.product, fault.may_hold_book) == (184_005, "ETH-USD", True)
    assert _fault(raw[:-cut].decode()).sequence == 184_005
    assert str(fault).startswith("not JSON")


def test_half_a_number_is_no_number() -> None:
    raw = wire(frames.update(184_005, "ETH-USD"))
    assert _fault(raw[: raw.index(b"184005") + 3]).sequence is None


def test_damage_that_shows_another_channel_holds_no_book_and_two_products_are_none() -> None:
    raw = wire(frames.trades(6, frames.trade("BTC-USD", "1", "2"), frames.trade("ETH-USD", "1", "2")))
    fault = _fault(raw[:-1])
    assert (fault.sequence, fault.product, fault.may_hold_book, fault.may_hold_trades) == (6, "", False, True)


@pytest.mark.parametrize("channel", ["l2_data", "ticker", "heartbeats", "candles"])
def test_damage_that_is_plainly_of_another_channel_holds_no_trades(channel: str) -> None:
    raw = wire(frames.frame(channel, 6, []))[:-1]
    assert not _fault(raw).may_hold_trades
    assert _fault(raw.replace(b'"channel"', b'"channe"')).may_hold_trades


@pytest.mark.parametrize("channel", [b'"ticker","channel":"l2_data"', b'{"channel":"ticker"}', b'"novelty"', b"7"])
def test_damage_that_is_not_plainly_of_another_channel_may_hold_a_book(channel: bytes) -> None:
    raw = wire(frames.update(6, "BTC-USD", [("99", "1")])).replace(b'"l2_data"', channel, 1)[:-1]
    assert _fault(raw).may_hold_book


DEEP = 100_000


@pytest.mark.parametrize(
    ("raw", "number"),
    [
        (b"", None),
        (b"null", None),
        (b"[]", None),
        (b"17", None),
        (b'"text"', None),
        (b"{}", None),
        (b'{"sequence_num":5}', 5),
        (b"\xff\xfe", None),
        (b'{"channel":"l2_data","sequence_num":5,"events":[\xff]}', 5),
        (b"[" * DEEP, None),
        (b'{"a":' * DEEP, None),
        (b'{"channel":"l2_data","sequence_num":5,"events":' + b"[" * DEEP + b"]" * DEEP + b"}", 5),
        (b'{"channel":"l2_data","sequence_num":' + b"9" * 5000 + b',"events":[]}', None),
        (b'{"channel":"l2_data","sequence_num":5,"events":[' + b"9" * 5000 + b"]}", 5),
        (b'{"channel":"l2_data","sequence_num":5,"events":[NaN]}', 5),
        (b'{"channel":"l2_data","sequence_num":5,"events":[Infinity]}', 5),
        (b'{"channel":"l2_data","sequence_num":-5,"events":[]}', None),
        (b'{"channel":5,"sequence_num":5,"events":[]}', 5),
    ],
    ids=lambda value: str(value)[:40],
)
def test_hostile_frames_are_malformed_and_nothing_worse(raw: bytes, number: int | None) -> None:
    assert _fault(raw).sequence == number


@pytest.mark.parametrize("number", [9_223_372_036_854_775_808, 10**30])
def test_a_number_beyond_all_bounds_is_none(number: int) -> None:
    fault = _fault(wire(frames.update(number, "BTC-USD")))
    assert (fault.sequence, fault.product, fault.may_hold_book) == (None, "BTC-USD", True)


@pytest.mark.parametrize("bad", [[], [{}]], ids=["fast", "slow"])
@pytest.mark.parametrize("number", [-1, 2**63])
def test_a_number_out_of_range_is_told_from_a_missing_one(number: int, bad: list[object]) -> None:
    fault = _fault(wire(frames.frame("l2_data", number, [frames.book_event("update", "BTC-USD", BIDS, ASKS, bad)])))
    assert fault.misnumbered
    assert (fault.sequence, fault.product, fault.may_hold_book, fault.may_hold_trades) == (None, "BTC-USD", True, False)
    assert not _fault(wire(frames.heartbeat(number))).may_hold_book


@pytest.mark.parametrize("number", ["17", True, [], {}, 1.5])
def test_a_number_of_another_type_is_none(number: object) -> None:
    message = decode(wire(frames.update(number, "BTC-USD", BIDS)))
    assert isinstance(message, Book)
    assert message.sequence_num is None


def test_lone_surrogates_are_malformed() -> None:
    for where in ("channel", "product", "price"):
        channel = "l2_\ud800" if where == "channel" else "l2_data"
        product = "BTC-\ud800" if where == "product" else "BTC-USD"
        price = "5\udfff" if where == "price" else "5"
        raw = wire(frames.frame(channel, 5, [frames.book_event("update", product, [(price, "1")])]))
        fault = _fault(raw)
        assert (fault.sequence, fault.may_hold_book) == (5, True)
        str(fault).encode()


@pytest.mark.parametrize(
    ("whole", "words"),
    [
        (frames.error("authentication failure"), "authentication failure"),
        ({"type": "error", "reason": "too many"}, "too many"),
        ({"type": "error", "message": "", "reason": "why"}, "why"),
        ({"type": "error"}, "error"),
        ({"type": "error", "message": None}, "error"),
        ({"type": "error", "message": {"deep": ["x"]}}, "error"),
        (frames.error("\x1b]0;owned\x07[/]"), "\ufffd]0;owned\ufffd[/]"),
        (frames.error("x" * 5000), "x" * 199 + "…"),
    ],
)
def test_error_frames(whole: Frame, words: str) -> None:
    message = decode(wire(whole))
    assert isinstance(message, ErrorMessage)
    assert (message.message, message.sequence_num) == (words, None)


@pytest.mark.parametrize(
    ("given_", "counter"),
    [(41_691, 41_691), ("41691", 41_691), (0, 0), ("", None), ("-1", None), ("x", None), ("٣", None), ("9" * 40, None)],
)
def test_a_heartbeats_counter_is_a_number_or_a_string(given_: object, counter: int | None) -> None:
    message = decode(wire(frames.heartbeat(5, given_)))
    assert isinstance(message, Heartbeat)
    assert message.events[0].counter == counter


def test_a_heartbeat_without_a_counter() -> None:
    message = decode(wire(frames.frame("heartbeats", 5, [{}])))
    assert isinstance(message, Heartbeat)
    assert message.events[0].counter is None


@pytest.mark.parametrize(
    ("timestamp", "seconds"),
    [
        ("2026-08-09T21:05:48Z", 1_786_309_548.0),
        *(
            (f"2026-08-09T21:05:48.{'123456789'[:n]}Z", 1_786_309_548 + float("0." + "123456789"[: min(n, 6)]))
            for n in range(1, 10)
        ),
        ("2026-08-09T21:05:48.5+00:00", 1_786_309_548.5),
        ("1970-01-01T00:00:00Z", None),
        ("1970-12-31T23:59:59Z", None),
        ("2026-08-09T21:05:48", None),
        ("0001-01-01T00:00:00+23:59", None),
        ("", None),
        ("yesterday", None),
        ("2026-08-09 21:05:49.1 +0000 UTC m=+41691.26", None),
        ("2026-13-09T21:05:48Z", None),
        ("\ud800", None),
    ],
)
def test_times(timestamp: str, seconds: float | None) -> None:
    assert unix_time(timestamp) == (None if seconds is None else pytest.approx(seconds, abs=1e-6))


@given(
    st.one_of(
        st.text(max_size=40),
        st.from_regex(r"[0-9]{4}-[0-9]{2}-[0-9]{2}T[0-9:.]{0,20}[Z+-]?[0-9:]{0,6}", fullmatch=True),
    )
)
@settings(max_examples=150)
def test_any_text_is_a_time_or_none(text: str) -> None:
    assert unix_time(text) is None or isinstance(unix_time(text), float)


def test_a_tickers_day_may_be_anything_and_costs_nothing_else() -> None:
    day = {"high_24_h": "5", "low_24_h": None, "volume_24_h": 7, "price_percent_chg_24_h": ["-1"]}
    row = {"product_id": "BTC-USD", "best_bid": "4", "best_ask": "6", **day}
    message = decode(wire(frames.frame("ticker", 3, [{"type": "update", "tickers": [row]}])))
    assert isinstance(message, Ticker)
    (found,) = message.events[0].tickers
    assert (found.best_bid, found.high, found.low, found.volume, found.change_percent) == ("4", "5", None, 7, ["-1"])


def test_products_of_the_status_channel() -> None:
    row = ProductRow("BTC-USD", "BTC", "USD", "0.00000001", "0.01", "online")
    product = product_from(row)
    assert product is not None
    assert (product.price_increment, product.size_increment, product.status) == (Decimal("0.01"), Decimal("1e-8"), "")
    odd = product_from(ProductRow("X-Y", "\x1b[2J", "", "NaN", "-0.01", "delisted\n"))
    assert odd is not None
    assert (odd.base, odd.quote, odd.price_increment, odd.size_increment) == ("\ufffd[2J", "Y", None, None)
    assert odd.status == "delisted\ufffd"
    assert product_from(ProductRow("\x1b[2J")) is None
    long = product_from(ProductRow("X-Y", "B" * 99, "Q" * 99, "", "", "s" * 99))
    assert long is not None
    assert [len(text) for text in (long.base, long.quote, long.status)] == [12, 12, 24]


@pytest.mark.parametrize(
    ("text", "value"),
    [("0.01", Decimal("0.01")), ("0", None), ("0.00", None), ("1e-8", None), (None, None), (0.01, None)],
)
def test_increments(text: object, value: Decimal | None) -> None:
    assert increment_from(text) == value


# --- fuzz --------------------------------------------------------------------------------------------------------

KINDS = Message.__args__


def _only_a_message_or_malformed(raw: bytes | str) -> None:
    message: Message | None = None
    try:
        message = decode(raw)
    except MalformedFrame as e:
        fault = e
    if message is None:
        assert fault.sequence is None or 0 <= fault.sequence < 2**63
        assert len(str(fault).encode()) < 600
    else:
        assert isinstance(message, KINDS)
        assert message.sequence_num is None or 0 <= message.sequence_num < 2**63
        product_of(message)


@given(st.one_of(st.binary(max_size=60), st.text(max_size=60)))
@settings(max_examples=300)
def test_any_bytes_or_text(raw: bytes | str) -> None:
    _only_a_message_or_malformed(raw)


@given(
    JSON, st.sampled_from([None, "l2_data", "market_trades", "ticker", "status", "heartbeats", "subscriptions", "x"])
)
@example({"type": [], "events": [{"type": {}}]}, "l2_data")
@settings(max_examples=400)
def test_any_json(value: object, channel: str | None) -> None:
    _only_a_message_or_malformed(json.dumps(value))
    _only_a_message_or_malformed(json.dumps({"channel": channel, "sequence_num": 5, "events": [value]}))


@given(mutated(SHAPES))
@settings(max_examples=400)
def test_any_mutation_of_a_real_shaped_frame(raw: bytes) -> None:
    _only_a_message_or_malformed(raw)


def test_the_words_of_the_wire_stand_in_one_file_only() -> None:
    """``offer``, ``price_level`` and ``new_quantity`` belong to the decoder; the exchange has its own copy."""
    from pathlib import Path

    package = Path(wire_module.__file__).parents[1]
    for file in package.rglob("*.py"):
        if "exchange" in file.parts or file == Path(wire_module.__file__):
            continue
        for word in ("price_level", "new_quantity", '"offer"'):
            assert word not in file.read_text(), f"{file.name} says {word}"
