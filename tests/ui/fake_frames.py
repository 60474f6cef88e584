"""A wire log with a bit of everything in it, as a session would have filled it."""

from __future__ import annotations

import json
from typing import Any

from depthview.coinbase.requests import Action, Request
from depthview.coinbase.subscriptions import Subscriptions
from depthview.core.sequence import SequenceMonitor
from depthview.session.frame_log import FrameLog
from depthview.session.frame_view import FrameRows
from tests.ui.fake_market import NOON

ERROR = {"type": "error", "message": "authentication failure", "reason": "token\x1b[31m has expired"}


class FakeWire:
    """Fills a log by hand; :attr:`rows` is what a screen looks at."""

    def __init__(self) -> None:
        self.log = FrameLog()
        self.subscriptions = Subscriptions(signed=True)
        self.rows = FrameRows(self.log, lambda: self.subscriptions)
        self._monitor = SequenceMonitor()
        self._at = 0.0

    def later(self, seconds: float) -> None:
        self._at += seconds

    def opened(self) -> None:
        self._monitor.connect()
        self.subscriptions.opened()
        self.log.happened("opened", self._at, NOON + self._at)

    def sends(self, channel: str, *products: str, token: float | None = 120.0) -> None:
        self.later(0.0004)
        request = Request(Action.SUBSCRIBE, channel, products)
        self.subscriptions.sent(request, self._at, None if token is None else (token, token))
        self.log.sent(request, self._at, NOON + self._at, token)

    def raw(self, raw: bytes, *, number: int | None = None, product: str = "", binary: bool = False) -> None:
        """A frame by its bytes."""
        self.later(0.0183)
        place = -1
        findings = []
        if number is not None:
            findings = self._monitor.observe(number, product)
            place = self._monitor.frame
        self.log.arrived(raw, self._at, NOON + self._at, place, binary=binary)
        self.log.judged(findings, place)

    def frame(self, channel: str, number: int, *events: dict[str, Any], product: str = "") -> None:
        body = {"channel": channel, "client_id": "", "timestamp": "2026-08-09T21:14:06.7Z", "sequence_num": number}
        self.raw(json.dumps({**body, "events": list(events)}).encode(), number=number, product=product)

    def book(self, product: str, number: int, rows: int, kind: str = "update") -> None:
        updates = [
            {"side": "bid" if n % 2 else "offer", "price_level": f"{65083 + n}.66", "new_quantity": f"0.{n:04}"}
            for n in range(rows)
        ]
        self.frame("l2_data", number, {"type": kind, "product_id": product, "updates": updates}, product=product)


def busy() -> FakeWire:
    """A connection from its opening on, with most of what can go wrong."""
    wire = FakeWire()
    wire.opened()
    wire.sends("heartbeats")
    wire.sends("level2", "BTC-USD", "ETH-USD")
    wire.sends("market_trades", "BTC-USD", "ETH-USD", token=None)
    number = 0
    for product in ("BTC-USD", "ETH-USD"):
        wire.book(product, number, 3_000, "snapshot")
        number += 1
    confirmed = {"heartbeats": ["heartbeats"], "level2": ["BTC-USD", "ETH-USD"]}
    wire.subscriptions.acknowledged(confirmed)
    wire.frame("subscriptions", number, {"subscriptions": confirmed})
    for turn in range(60):
        number += 1
        if turn == 40:
            number += 3
        if turn == 44:
            wire.book("ETH-USD", number - 1, 2)
        match turn % 7:
            case 3:
                trade = {"trade_id": "1", "product_id": "BTC-USD", "price": "65083.66", "size": "0.1", "side": "BUY"}
                wire.frame("market_trades", number, {"type": "update", "trades": [trade] * 3}, product="BTC-USD")
            case 5:
                wire.frame("heartbeats", number, {"current_time": "", "heartbeat_counter": 41_700 + turn})
            case 6:
                ticker = {"type": "ticker", "product_id": "ETH-USD", "price": "1920.41"}
                wire.frame("ticker", number, {"type": "update", "tickers": [ticker]}, product="ETH-USD")
            case _:
                product = "ETH-USD" if turn % 3 else "BTC-USD"
                wire.book(product, number, 1 + turn * 5 % 23)
        if turn == 48:
            wire.raw(json.dumps(ERROR).encode())
        if turn == 52:
            wire.raw(b'{"channel":"l2_data","sequence_num":')
    return wire
