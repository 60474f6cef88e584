"""A recording in which much goes wrong, of which every record is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support import frames

if TYPE_CHECKING:
    from pathlib import Path

START = 1_786_309_548.0
"""2026-08-09 21:05:48 UTC."""


class Script:
    """Writes records of our own format, one every so many seconds."""

    def __init__(self, every: float = 0.07) -> None:
        self._every = every
        self._records: list[dict[str, object]] = []
        self._at = START
        self._number = 0
        self.numbers: list[int | None] = []
        """Of each entry."""
        self.changed: dict[str, list[int]] = {}
        """By product, how many entries there were with each of its book's changes."""

    @property
    def entries(self) -> int:
        """So far."""
        return len(self._records)

    @property
    def times(self) -> list[float]:
        """Unix seconds of each entry."""
        return [float(str(record["at"])) for record in self._records]

    def event(self, name: str, detail: str = "") -> None:
        """What happened to the connection."""
        self._add({"event": name, "detail": detail}, None)

    def connect(self) -> None:
        """A new connection, with numbers of its own."""
        self._number = 0
        self.event("opened")

    def silence(self, seconds: float) -> None:
        """Nothing comes."""
        self._at += seconds

    def lose(self, messages: int) -> None:
        """So many are missing."""
        self._number += messages

    def snapshot(self, product: str, size: int) -> None:
        """A book with a level a side."""
        rows = ([("1.00", str(size))], [("2.00", str(size))])
        self._frame(frames.snapshot(self._number, product, *rows, unix=self._at), product)

    def update(self, product: str, price: str, size: int) -> None:
        """A bid."""
        self._frame(frames.update(self._number, product, [(price, str(size))], unix=self._at), product)

    def heartbeat(self, counter: int) -> None:
        """No change of any book."""
        self._frame(frames.heartbeat(self._number, counter, unix=self._at))

    def _frame(self, frame: frames.Frame, product: str = "") -> None:
        self._add({"frame": json.dumps(frame)}, self._number)
        self._number += 1
        if product:
            self.changed.setdefault(product, []).append(self.entries)

    def _add(self, record: dict[str, object], number: int | None) -> None:
        self._records.append({"at": round(self._at, 6), **record})
        self._at += self._every
        self.numbers.append(number)

    @property
    def text(self) -> bytes:
        """The whole file."""
        head = {"depthview": "recording", "version": 1}
        return "".join(f"{json.dumps(record)}\n" for record in (head, *self._records)).encode()


def troubled(path: Path, rounds: int = 40) -> Script:
    """Two products, a gap, a resync, a silence, a crossed book, a lost connection and a new one.

    Args:
        path: Where it is written.
        rounds: Updates of each stretch between two troubles.
    """
    script = Script()

    def flow(size: int) -> None:
        for step in range(rounds):
            script.update("BTC-USD", f"1.{step % 7:02d}", size + step)
            if step % 5 == 0:
                script.update("ETH-USD", "0.50", size + step)
            if step % 13 == 0:
                script.heartbeat(step)

    script.connect()
    script.snapshot("BTC-USD", 5)
    script.snapshot("ETH-USD", 6)
    flow(100)
    script.lose(3)
    script.heartbeat(99)
    script.event("resync")
    script.snapshot("BTC-USD", 7)
    script.snapshot("ETH-USD", 8)
    flow(300)
    script.silence(7.3)
    flow(400)
    script.update("BTC-USD", "3.00", 1)
    flow(500)
    script.snapshot("BTC-USD", 11)
    flow(700)
    script.event("closed", "closed by the venue: service restart (1012)")
    script.silence(1.31)
    script.connect()
    script.snapshot("BTC-USD", 9)
    script.snapshot("ETH-USD", 10)
    # More decimals than the snapshot had: how many are shown must not depend on who looked first, and when.
    script.update("BTC-USD", "0.1234", 1)
    flow(600)
    path.write_bytes(script.text)
    return script
