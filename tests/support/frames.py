"""Frames of the shape that was observed on the venue's wire, with made-up values."""

from __future__ import annotations

import json
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

Frame = dict[str, object]
Rows = Iterable[tuple[str, str]]

UNIX = 1_786_309_548.0
"""Unix seconds at which the made-up feed begins."""


def stamp(unix: float) -> str:
    """As the venue writes times: nine decimals at most, trailing zeros cut."""
    at = datetime.fromtimestamp(unix, UTC)
    return at.strftime("%Y-%m-%dT%H:%M:%S.%f").rstrip("0").rstrip(".") + "Z"


def frame(channel: str, number: object, events: Sequence[object], *, unix: float = UNIX) -> Frame:
    """An envelope; without a ``sequence_num`` where ``number`` is None."""
    whole: Frame = {"channel": channel, "timestamp": stamp(unix)}
    if number is not None:
        whole["sequence_num"] = number
    whole["events"] = list(events)
    return whole


def row(side: str, price: object, size: object) -> Frame:
    """One book row; ``side`` is the wire's, ``bid`` or ``offer``."""
    return {"side": side, "event_time": stamp(UNIX), "price_level": price, "new_quantity": size}


def book_event(kind: str, product: str, bids: Rows = (), asks: Rows = (), others: Iterable[object] = ()) -> Frame:
    """A snapshot or an update; bids come before offers (observed), and ``others`` last."""
    rows = [row("bid", *level) for level in bids] + [row("offer", *level) for level in asks]
    return {"type": kind, "product_id": product, "updates": [*rows, *others]}


def snapshot(number: object, product: str, bids: Rows = (), asks: Rows = (), *, unix: float = UNIX) -> Frame:
    """A whole book."""
    return frame("l2_data", number, [book_event("snapshot", product, bids, asks)], unix=unix)


def update(number: object, product: str, bids: Rows = (), asks: Rows = (), *, unix: float = UNIX) -> Frame:
    """New absolute sizes."""
    return frame("l2_data", number, [book_event("update", product, bids, asks)], unix=unix)


def trade(product: str, trade_id: str, price: str, *, side: str = "SELL", size: str = "0.1", at: float = UNIX) -> Frame:
    """One print; ``side`` is the maker's."""
    return {
        "product_id": product, "trade_id": trade_id, "price": price, "size": size, "time": stamp(at), "side": side,
    }  # fmt: skip


def trades(number: object, *prints: Mapping[str, object], kind: str = "update") -> Frame:
    """A ``market_trades`` frame."""
    return frame("market_trades", number, [{"type": kind, "trades": [dict(p) for p in prints]}])


def ticker(number: object, product: str, bid: str = "99", ask: str = "101") -> Frame:
    """A ``ticker`` frame."""
    row_: Frame = {
        "type": "ticker", "product_id": product, "price": bid, "volume_24_h": "2867.5", "low_24_h": "1",
        "best_bid": bid, "best_bid_quantity": "1", "best_ask": ask, "best_ask_quantity": "2",
    }  # fmt: skip
    return frame("ticker", number, [{"type": "update", "tickers": [row_]}])


def heartbeat(number: object, counter: object = 41_691, *, unix: float = UNIX) -> Frame:
    """A ``heartbeats`` frame."""
    event: Frame = {"current_time": "2026-08-09 21:05:49.1 +0000 UTC m=+41691.26", "heartbeat_counter": counter}
    return frame("heartbeats", number, [event], unix=unix)


def acknowledgement(number: object, unix: float = UNIX, /, **channels: Sequence[str]) -> Frame:
    """A ``subscriptions`` frame: all that the connection is subscribed to."""
    return frame("subscriptions", number, [{"subscriptions": {c: list(p) for c, p in channels.items()}}], unix=unix)


def status(number: object, *products: Mapping[str, object]) -> Frame:
    """A ``status`` frame."""
    return frame("status", number, [{"type": "snapshot", "products": [dict(p) for p in products]}])


def candles(number: object, product: str) -> Frame:
    """A documented channel that depthview has no use for."""
    candle = {"start": "1786279500", "high": "2", "low": "1", "open": "1", "close": "2", "product_id": product}
    return frame("candles", number, [{"type": "update", "candles": [candle]}])


def error(message: object) -> Frame:
    """An error frame: no channel, no number, no events."""
    return {"type": "error", "message": message}


def wire(whole: object) -> bytes:
    """As it arrives."""
    return json.dumps(whole, separators=(",", ":")).encode()
