"""Coinbase's own SDK, coinbase-advanced-py, on the exchange: every message is parsed by it, books are kept here.

Runs in an environment of its own, see ``tools/interop/clients.py``; what it is told and what it tells stands there.
"""

from __future__ import annotations

import json
import sys
import time
from decimal import Decimal

from coinbase.websocket import WebsocketResponse, WSClient

CHANNELS = ["heartbeats", "level2", "market_trades", "ticker", "ticker_batch", "candles", "status"]
QUIET_SECONDS = 2.0


class Watcher:
    """What came in."""

    def __init__(self) -> None:
        self.books: dict[str, dict[str, dict[str, str]]] = {}
        self.channels: dict[str, int] = {}
        self.refusals: list[str] = []
        self.moved: list[float] = []

    def on_message(self, text: str) -> None:
        """Take a message."""
        message = json.loads(text)
        if message.get("type") == "error":
            self.refusals.append(message["message"])
            return
        response = WebsocketResponse(message)
        self.channels[response.channel] = self.channels.get(response.channel, 0) + 1
        if response.channel != "l2_data":
            return
        self.moved.append(time.monotonic())
        for event in response.events:
            if event.type == "snapshot":
                self.books[event.product_id] = {"bid": {}, "offer": {}}
            for row in event.updates:
                side = self.books[event.product_id][row.side]
                if Decimal(row.new_quantity):
                    side[row.price_level] = row.new_quantity
                else:
                    side.pop(row.price_level, None)

    def is_over(self, seconds: float) -> bool:
        """Whether the market has moved for so long, and stands still."""
        if self.refusals or not self.moved:
            return bool(self.refusals)
        return self.moved[-1] - self.moved[0] >= seconds and time.monotonic() - self.moved[-1] > QUIET_SECONDS


def main() -> None:
    """Watch until the market stands still, or the key is refused."""
    print("ready", flush=True)
    order = json.loads(sys.stdin.readline())
    watcher = Watcher()
    client = WSClient(key_file=order["key_file"], base_url=order["url"], on_message=watcher.on_message, retry=False)
    client.open()
    client.subscribe(order["products"], CHANNELS)
    deadline = time.monotonic() + order["patience"]
    while not watcher.is_over(order["seconds"]) and time.monotonic() < deadline:
        client.sleep_with_exception_check(0.2)
    client.close()
    books = {
        product: {
            "bids": sorted(sides["bid"].items(), key=lambda level: -Decimal(level[0])),
            "asks": sorted(sides["offer"].items(), key=lambda level: Decimal(level[0])),
        }
        for product, sides in watcher.books.items()
    }
    seconds = watcher.moved[-1] - watcher.moved[0] if watcher.moved else 0.0
    print(json.dumps({"books": books, "channels": watcher.channels, "refusals": watcher.refusals, "seconds": seconds}))


main()
