"""Seeded books and the frames that change them, with the true book at the end kept in plain integers."""

from __future__ import annotations

import math
import random
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Final

import msgspec

_EVENT_TIME: Final = "2026-08-09T21:05:48.123456Z"
_STAMP: Final = "2026-08-09T21:05:48.223456789Z"
_MEDIAN_CHANGES: Final = 7
_SPREAD_OF_CHANGES: Final = 1.054
"""Of a lognormal whose mean is then 12.2 changes a frame, as in the figures that the targets were set by."""
_MOST_CHANGES: Final = 100
_REMOVALS: Final = 0.3
_FAR: Final = 0.07
"""Share of the changes away from the touch: with it 3,000 changes fall on some 500 prices. (Observed in a recording:
2,929 changes on 447 prices.)"""
_FARTHER: Final = 30
_BURST_EVERY: Final = 400
_BURST_FRAMES: Final = 12


@dataclass(frozen=True, slots=True)
class Shape:
    """A kind of book."""

    name: str
    product: str
    levels: int
    """Both sides together, at the start."""
    middle: int
    """In ticks."""
    price_decimals: int
    size_decimals: int
    step: int
    """Ticks between two levels of the snapshot."""
    reach: float
    """Mean distance of most changes from the touch, in ticks."""


LARGE: Final = Shape("large", "BTC-USD", 60_000, 6_500_000, 2, 8, 3, 50.0)
SMALL: Final = Shape("small", "ETH-EUR", 500, 1_800_00, 2, 8, 7, 50.0)
TINY: Final = Shape("tiny price", "SHIB-USD", 6_000, 123_456, 8, 1, 2, 50.0)


def sized(levels: int) -> Shape:
    """The large book's kind with another number of levels."""
    return Shape(f"{levels:,} levels", "BTC-USD", levels, 6_500_000, 2, 8, 3, 50.0)


@dataclass(slots=True)
class Workload:
    """Frames of one product: a snapshot and updates."""

    shape: Shape
    snapshot: bytes
    updates: list[bytes]
    changes: list[int]
    """Rows of each update."""
    truth: dict[str, dict[Decimal, Decimal]] = field(default_factory=dict)
    """``bids`` and ``asks`` after the last update."""


def build(shape: Shape, seed: int, frames: int) -> Workload:
    """A workload.

    Args:
        shape: What kind of book.
        seed: Equal seeds make equal frames.
        frames: How many updates.
    """
    chance = random.Random(f"{shape.name} {seed}")  # noqa: S311  # no secret hangs on it
    most = 10 ** (shape.size_decimals + 1)
    half = shape.levels // 2
    bids = {shape.middle - 1 - i * shape.step: chance.randrange(1, most) for i in range(half)}
    asks = {shape.middle + 1 + i * shape.step: chance.randrange(1, most) for i in range(half)}
    rows = [_row(shape, "bid", p, s) for p, s in bids.items()] + [_row(shape, "offer", p, s) for p, s in asks.items()]
    snapshot = _frame(shape, "snapshot", 0, rows)
    updates: list[bytes] = []
    changes: list[int] = []
    for number in range(1, frames + 1):
        bursting = number % _BURST_EVERY < _BURST_FRAMES
        wished = (
            _MOST_CHANGES if bursting else int(chance.lognormvariate(math.log(_MEDIAN_CHANGES), _SPREAD_OF_CHANGES))
        )
        count = min(_MOST_CHANGES, max(1, wished))
        rows = [_change(shape, chance, bids, asks, most) for _ in range(count)]
        updates.append(_frame(shape, "update", number, rows))
        changes.append(count)
    truth = {"bids": _exact(shape, bids), "asks": _exact(shape, asks)}
    return Workload(shape, snapshot, updates, changes, truth)


def _change(
    shape: Shape, chance: random.Random, bids: dict[int, int], asks: dict[int, int], most: int
) -> dict[str, str]:
    bid = chance.random() < 0.5
    mean = shape.reach * (_FARTHER if chance.random() < _FAR else 1)
    away = 1 + int(chance.expovariate(1 / mean))
    price = max(1, shape.middle - away) if bid else shape.middle + away
    side = bids if bid else asks
    size = 0 if price in side and chance.random() < 2 * _REMOVALS else chance.randrange(1, most)
    if size:
        side[price] = size
    else:
        side.pop(price, None)
    return _row(shape, "bid" if bid else "offer", price, size)


def _row(shape: Shape, side: str, price: int, size: int) -> dict[str, str]:
    return {
        "side": side,
        "event_time": _EVENT_TIME,
        "price_level": spelt(price, shape.price_decimals),
        "new_quantity": spelt(size, shape.size_decimals),
    }


def spelt(units: int, decimals: int) -> str:
    """An integer of the last decimal place as the venue spells it: no trailing zeros."""
    whole, part = divmod(units, 10**decimals)
    digits = f"{part:0{decimals}d}".rstrip("0")
    return f"{whole}.{digits}" if digits else str(whole)


def _frame(shape: Shape, kind: str, number: int, rows: list[dict[str, str]]) -> bytes:
    event = {"type": kind, "product_id": shape.product, "updates": rows}
    whole = {"channel": "l2_data", "client_id": "", "timestamp": _STAMP, "sequence_num": number, "events": [event]}
    return msgspec.json.encode(whole)


def _exact(shape: Shape, side: dict[int, int]) -> dict[Decimal, Decimal]:
    price, size = Decimal(1).scaleb(-shape.price_decimals), Decimal(1).scaleb(-shape.size_decimals)
    return {units * price: amount * size for units, amount in side.items()}
