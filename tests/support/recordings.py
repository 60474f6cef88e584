"""Small recordings for when it matters that every record is known."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path


def small_recording(
    path: Path, seconds: float, *, rate: int = 10, asks: Callable[[int], str] = lambda _: "2.00"
) -> None:
    """Write a recording of BTC-USD that is ``seconds`` long: a snapshot, then updates.

    Every update sets the bid's size to its number on the connection and one more.

    Args:
        path: Where.
        seconds: From first to last frame.
        rate: Frames a second.
        asks: The price of the offer that a frame sets, by the frame's number; the bid's is 1.00.
    """
    head = [{"depthview": "recording", "version": 1}, {"at": 1_786_000_000.0, "event": "opened"}]
    lines = [json.dumps(record) for record in head]
    for number in range(round(seconds * rate) + 1):
        frame = {
            "channel": "l2_data",
            "timestamp": "2026-08-06T07:06:40Z",
            "sequence_num": number,
            "events": [
                {
                    "type": "update" if number else "snapshot",
                    "product_id": "BTC-USD",
                    "updates": [
                        {"side": "bid", "price_level": "1.00", "new_quantity": str(number + 1)},
                        {"side": "offer", "price_level": asks(number), "new_quantity": "1"},
                    ],
                }
            ],
        }
        lines.append(json.dumps({"at": 1_786_000_000.0 + number / rate, "frame": json.dumps(frame)}))
    path.write_text("\n".join(lines) + "\n")
