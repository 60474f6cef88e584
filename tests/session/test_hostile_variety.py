"""Whatever the wire feeds has a bound: each of these frames brings something new, and what is kept stops growing."""

from __future__ import annotations

import json
from collections import deque
from typing import TYPE_CHECKING, Any

import pytest

from depthview.coinbase.messages import decode
from depthview.core import sequence
from depthview.core.text import is_product_id
from depthview.errors import MalformedFrame
from depthview.feed.product_list import parse_products
from depthview.session import frame_log, products
from depthview.session.frame_log import FrameLog, FrameTap
from depthview.session.frame_view import FrameRows
from depthview.session.session import MarketSession
from depthview.views.frames import FrameLogRequest

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

_TIME = "2026-08-09T20:25:48.174689Z"
_ROUNDS = 1_200
"""Of one frame of each kind."""
_TEXT = 4 << 20
"""Characters that are kept in all; a megabyte of it is the log of frames."""


def _row(price: str, side: str = "bid") -> dict[str, str]:
    return {"side": side, "event_time": _TIME, "price_level": price, "new_quantity": "1"}


def _name(at: int) -> str:
    name = f"X{at}-USD"
    assert is_product_id(name)
    return name


def _snapshot(product: str) -> dict[str, Any]:
    rows = [_row("1"), _row("2000000", "offer")]
    return {"channel": "l2_data", "events": [{"type": "snapshot", "product_id": product, "updates": rows}]}


def _update(product: str, *prices: str) -> dict[str, Any]:
    rows = [_row(price) for price in prices]
    return {"channel": "l2_data", "events": [{"type": "update", "product_id": product, "updates": rows}]}


def _trade(product: str, trade_id: str) -> dict[str, Any]:
    trade = {"trade_id": trade_id, "product_id": product, "price": "1", "size": "1", "side": "BUY", "time": _TIME}
    return {"channel": "market_trades", "events": [{"type": "update", "trades": [trade]}]}


def _ticker(product: str, **more: object) -> dict[str, Any]:
    row = {"product_id": product, "price": "1", "best_bid": "1", "best_ask": "2000000", **more}
    return {"channel": "ticker", "events": [{"type": "update", "tickers": [row]}]}


_MAKERS: dict[str, Callable[[int], dict[str, Any]]] = {
    "books of other products": lambda at: _snapshot(_name(at)),
    "names that are none": lambda at: _snapshot("x" * 50 + str(at)),
    "new levels": lambda at: _update("BTC-USD", *(str(2 + 40 * at + n) for n in range(40))),
    "trades": lambda at: _trade("BTC-USD", str(10 * at)),
    "trades of others": lambda at: _trade(_name(at), f"t{at}"),
    "a day of text": lambda at: _ticker("BTC-USD", high_24_h=f"{at}" * 1000, low_24_h=[at] * 100),
    "tickers of others": lambda at: _ticker(_name(at)),
    "a product": lambda at: {
        "channel": "status",
        "events": [{"type": "update", "products": [{"id": _name(at), "status": f"odd {at}"}]}],
    },
    "a beat that leaps": lambda at: {"channel": "heartbeats", "events": [{"heartbeat_counter": at * 10_000}]},
    "a beat beyond all": lambda at: {"channel": "heartbeats", "events": [{"heartbeat_counter": 2**70 + at}]},
    "names confirmed": lambda at: {
        "channel": "subscriptions",
        "events": [{"subscriptions": {f"level{at}": [_name(at * 50 + n) for n in range(50)]}}],
    },
    "another channel": lambda at: {"channel": f"c{at}", "events": [{"product_id": _name(at)}]},
    "an error": lambda at: {"type": "error", "message": f"no {at} " * 100},
    "another type": lambda at: {"channel": "l2_data", "events": [{"type": f"t{at}", "product_id": "BTC-USD"}]},
    "bad rows": lambda at: _update("ETH-USD", f"{at}x"),
}


def _collections(root: object) -> Iterator[tuple[str, int]]:
    """Path and length of every collection that can be reached from an object of this program, and of every text."""
    seen: set[int] = set()
    waiting: list[tuple[str, object]] = [("session", root)]
    while waiting:
        path, found = waiting.pop()
        if id(found) in seen or isinstance(found, (int, float, type(None), type)):
            continue
        seen.add(id(found))
        if isinstance(found, (str, bytes)):
            yield "text", len(found)
            continue
        if isinstance(found, (list, tuple, set, frozenset, deque, dict)):
            yield path, len(found)
            values = found.values() if isinstance(found, dict) else found
            waiting += [(f"{path}[]", value) for value in (*values, *(found if isinstance(found, dict) else ()))]
        elif type(found).__module__.startswith("depthview"):
            names = [name for kind in type(found).__mro__ for name in getattr(kind, "__slots__", ())]
            waiting += [
                (f"{path}.{name}", getattr(found, name)) for name in {*names, *vars_of(found)} if hasattr(found, name)
            ]


def vars_of(found: object) -> dict[str, object]:
    """Its attributes, as far as it has a dict of them."""
    return getattr(found, "__dict__", {})


@pytest.mark.parametrize("numbered", ["connection", "product", "none"])
def test_what_is_kept_of_hostile_variety_is_bounded(monkeypatch: pytest.MonkeyPatch, numbered: str) -> None:
    monkeypatch.setattr(products, "MAX_LEVELS", 5_000)
    monkeypatch.setattr(products, "MAX_LISTED", 500)
    monkeypatch.setattr(frame_log, "_JUDGED", 500)
    monkeypatch.setattr(sequence, "_WINDOW", 300)
    session = MarketSession(("BTC-USD", "ETH-USD"), signed=False)
    log = FrameLog(most_entries=2_000, most_bytes=1 << 20)
    tap, rows = FrameTap(session, log), FrameRows(log, lambda: session.subscriptions)
    tap.opened(0.0, 1_786_000_000.0)
    number = 0
    half: dict[str, int] = {}
    for at in range(_ROUNDS):
        now = at / 100.0
        for make in _MAKERS.values():
            frame = {"timestamp": _TIME, **make(at)}
            if numbered != "none" and "channel" in frame:
                frame["sequence_num"] = number if numbered == "connection" else at
                number += 1
            tap.receive(json.dumps(frame).encode(), now, 1_786_000_000.0 + now)
        tap.tick(now, 1_786_000_000.0 + now)
        for request in tap.drain(now):
            tap.sent(request, now, None)
        if at % 500 == 0:
            for product in session.products.names():
                tap.receive(json.dumps(_snapshot(product)).encode(), now, 1_786_000_000.0 + now)
            rows.view(FrameLogRequest(50))
        if at == _ROUNDS // 2:
            half = _largest(session, rows)
    whole = _largest(session, rows)
    grown = {path: (half.get(path, 0), size) for path, size in whole.items() if size > 1.2 * half.get(path, 0) + 100}
    assert not grown
    assert whole["text"] < _TEXT
    assert session.liveness.heartbeats_missed == 0
    assert len(json.dumps(session.liveness.heartbeats_missed)) < 20


def _largest(*roots: object) -> dict[str, int]:
    """The largest collection at each path, and all text together."""
    found: dict[str, int] = {}
    for root in roots:
        for path, length in _collections(root):
            found[path] = length + found[path] if path == "text" and path in found else max(length, found.get(path, 0))
    return found


def test_a_book_beyond_every_size_is_doubted_and_heals(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(products, "MAX_LEVELS", 100)
    session = MarketSession(("BTC-USD",), signed=False)
    session.opened(0.0, 1_786_000_000.0)

    def take(frame: dict[str, Any], number: int) -> str:
        raw = json.dumps({"timestamp": _TIME, "sequence_num": number, **frame}).encode()
        session.receive(raw, 0.1 * number, 1_786_000_000.0)
        return str(session.products.market("BTC-USD").verdict)

    for request in session.drain(0.0):
        session.sent(request, 0.0, None)
    assert take(_snapshot("BTC-USD"), 0) == "SYNCED"
    assert take(_update("BTC-USD", *(str(2 + n) for n in range(60))), 1) == "SYNCED"
    assert take(_update("BTC-USD", *(str(200 + n) for n in range(60))), 2) == "STALE"
    assert len(session.products.market("BTC-USD").book.bids) == 0
    large = _snapshot("BTC-USD")
    large["events"][0]["updates"] += [_row(str(2 + n)) for n in range(120)]
    assert take(large, 3) == "STALE"
    assert take(_snapshot("BTC-USD"), 4) == "SYNCED"


def test_the_real_size_of_a_venue_is_within_the_bounds() -> None:
    assert products.MAX_LEVELS > 2 * 60_000
    assert products.MAX_LISTED > 10 * 1_000
    body = json.dumps({"products": [{"product_id": _name(at)} for at in range(3_000)]}).encode()
    session = MarketSession(("BTC-USD",), signed=False)
    session.list_products(parse_products(body), complete=True)
    assert len(session.products.catalogue) == 3_000


@pytest.mark.parametrize(
    ("frame", "words"),
    [
        (b'{"channel":"subscriptions","events":[' + b"[]," * (3 << 20) + b"[]]}", "a subscriptions frame of 9 MiB"),
        (b'{"channel":"ticker","sequence_num":5,"x":[' + b"1," * (5 << 20) + b"1]}", "a ticker frame of 10 MiB"),
        (b'{"channel":"l2_data","events":[' + b"[]," * (3 << 20) + b"[]]}", "too large to decode in part"),
        (b'{"channel":"l2_data","events":[' + b"[]," * (3 << 20), "not JSON"),
        (b"[" * (9 << 20), "not JSON"),
    ],
    ids=["acknowledgement", "ticker", "odd book", "cut off", "deep"],
)
def test_a_large_message_that_is_no_book_is_not_decoded(frame: bytes, words: str) -> None:
    with pytest.raises(MalformedFrame, match=words) as caught:
        decode(frame)
    assert caught.value.sequence == (5 if b"ticker" in frame else None)


def test_a_large_book_is_read() -> None:
    rows = b",".join(b'{"side":"bid","price_level":"%d","new_quantity":"1"}' % price for price in range(1, 180_000))
    raw = b'{"channel":"l2_data","events":[{"type":"snapshot","product_id":"BTC-USD","updates":[' + rows + b"]}]}"
    assert len(raw) > 9 << 20
    session = MarketSession(("BTC-USD",), signed=False)
    session.opened(0.0, 1_786_000_000.0)
    session.receive(raw, 0.0, 1_786_000_000.0)
    assert len(session.products.market("BTC-USD").book.bids) == 179_999
