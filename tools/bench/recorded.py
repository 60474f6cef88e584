"""A real recording as a workload: what the venue's own frames cost, beside those of the generator."""

from __future__ import annotations

import gzip
import json
from decimal import Decimal
from typing import TYPE_CHECKING

from tests.support.shared_data import FRAMES
from tools.bench.workload import Shape, Workload

if TYPE_CHECKING:
    from collections.abc import Iterator


def recorded(product: str) -> Workload | None:
    """The book frames of one product in the recording; None where there is no recording."""
    if not FRAMES.exists():
        return None
    frames = list(_book_frames(product))
    truth: dict[str, dict[Decimal, Decimal]] = {"bids": {}, "asks": {}}
    changes = [_apply(truth, json.loads(raw)["events"]) for raw in frames]
    shape = Shape(f"{product} of a recording", product, changes[0], 0, 2, 8, 1, 0.0)
    return Workload(shape, frames[0], frames[1:], changes[1:], truth)


def _book_frames(product: str) -> Iterator[bytes]:
    mark = f'"product_id":"{product}"'.encode()
    with gzip.open(FRAMES, "rb") as lines:
        for line in lines:
            raw = line.rstrip(b"\n").partition(b"\t")[2]
            if raw.startswith(b'{"channel":"l2_data"') and mark in raw:
                yield raw


def _apply(truth: dict[str, dict[Decimal, Decimal]], events: list[dict[str, list[dict[str, str]]]]) -> int:
    """Apply a frame by hand; returns its rows."""
    rows = [row for event in events for row in event["updates"]]
    for row in rows:
        side = truth["bids" if row["side"] == "bid" else "asks"]
        if Decimal(row["new_quantity"]):
            side[Decimal(row["price_level"])] = Decimal(row["new_quantity"])
        else:
            side.pop(Decimal(row["price_level"]), None)
    return len(rows)
