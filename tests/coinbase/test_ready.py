"""Snapshots made ready ahead: the same books, step by step, and nothing of it from the wire."""

from __future__ import annotations

from decimal import Decimal

import pytest

from depthview.coinbase.messages import Book, BookEvent, ReadyEvent, decode, decode_ahead, ready_ahead
from depthview.core.order_book import OrderBook
from depthview.session.products import ProductMarket
from tests.support.frames import book_event, frame, snapshot, update, wire

BIDS = [("99", "1"), ("98.5", "0.00000001"), ("97", "3"), ("97.0", "4")]
ASKS = [("101", "1"), ("102.123456789", "2"), ("103", "0")]


def _raw(bids: list[tuple[str, str]], asks: list[tuple[str, str]]) -> bytes:
    return wire(snapshot(0, "BTC-USD", bids, asks))


@pytest.mark.parametrize(
    ("bids", "asks"),
    [
        (BIDS, ASKS),
        (BIDS[:2], ASKS[:1]),
        ([("99", "1"), ("x", "1"), ("0", "1")], [("101", "-1")]),
        ([], []),
        ([("99", "123456789012.5")], [("100", "0.000000000000000001")]),
    ],
)
def test_a_snapshot_made_ready_ahead_makes_the_same_market(
    bids: list[tuple[str, str]], asks: list[tuple[str, str]]
) -> None:
    raw = _raw(bids, asks)
    plain, ahead = decode(raw), decode_ahead(raw)
    steps = sum(1 for _ in ready_ahead(ahead))
    assert steps >= 2
    assert isinstance(plain, Book)
    assert isinstance(ahead, Book)
    (event,) = ahead.events
    assert isinstance(event, ReadyEvent)
    assert event.updates == []
    markets = [ProductMarket("BTC-USD") for _ in range(2)]
    bad = [market.take(message.events[0], 0, 1.0) for market, message in zip(markets, (plain, ahead), strict=True)]
    assert bad[0] == bad[1] == sum(not _is_sound(*row) for row in bids + asks)
    first, second = (market.book for market in markets)
    assert list(first.bids.walk()) == list(second.bids.walk())
    assert list(first.asks.walk()) == list(second.asks.walk())
    assert (first.bad_rows, first.bids.places) == (second.bad_rows, second.bids.places)


def test_two_snapshots_of_a_product_in_a_frame_made_ready_ahead_are_one_book() -> None:
    parts = [book_event("snapshot", "BTC-USD", BIDS[:1]), book_event("snapshot", "BTC-USD", [], ASKS[:1])]
    ahead = decode_ahead(wire(frame("l2_data", 0, parts)))
    assert list(ready_ahead(ahead))
    assert isinstance(ahead, Book)
    (event,) = ahead.events
    market = ProductMarket("BTC-USD")
    assert market.take(event, 0, 1.0) == 0
    assert market.book.touch() == (Decimal(99), Decimal(101))


def _is_sound(price: str, size: str) -> bool:
    return price not in {"x", "0"} and not size.startswith("-")


def test_an_update_is_left_as_it_is() -> None:
    ahead = decode_ahead(wire(update(0, "BTC-USD", BIDS[:1])))
    assert list(ready_ahead(ahead)) == []
    assert isinstance(ahead, Book)
    assert type(ahead.events[0]) is BookEvent
    assert list(ready_ahead(None)) == []


def test_the_wire_cannot_hand_over_sides_of_its_own() -> None:
    raw = _raw(BIDS[:1], []).replace(b'{"type":', b'{"sides":[{"1":1},{},2,8,0],"type":')
    assert b"sides" in raw
    message = decode(raw)
    assert isinstance(message, Book)
    assert not isinstance(message.events[0], ReadyEvent)
    book = OrderBook()
    book.apply_snapshot(message.events[0].updates)
    assert [level.price for level in book.bids.walk()] == [Decimal(99)]
