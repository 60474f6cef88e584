"""Wherever a replay is sent, it shows what it would show had it been played up to there."""

from __future__ import annotations

import gzip
import json
import random
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from tests.support.replays import Sides, books, played, watched

if TYPE_CHECKING:
    from pathlib import Path

SEEKS = 100
KEPT_EVERY = 100
Naive = dict[str, Sides]


@pytest.fixture(scope="module")
def recorded(shared_data: Path) -> Path:
    file = shared_data / "advtrade_2026-08-09_frames.tsv.gz"
    if not file.exists():
        pytest.skip("the recording is not there")
    return file


class NaiveRecording:
    """Books after so many frames, by ``json`` and ``Decimal`` alone."""

    def __init__(self, path: Path) -> None:
        with gzip.open(path, "rb") as lines:
            self._frames = [json.loads(line.partition(b"\t")[2]) for line in lines]
        self._kept: dict[int, Naive] = {0: {}}
        for number in range(KEPT_EVERY, len(self._frames), KEPT_EVERY):
            self._kept[number] = self.after(number)

    def __len__(self) -> int:
        return len(self._frames)

    def after(self, frames: int) -> Naive:
        start = max(number for number in self._kept if number <= frames)
        books = {name: (dict(bids), dict(asks)) for name, (bids, asks) in self._kept[start].items()}
        for whole in self._frames[start:frames]:
            for event in whole["events"] if whole["channel"] == "l2_data" else ():
                if event["type"] == "snapshot":
                    books[event["product_id"]] = ({}, {})
                for row in event["updates"]:
                    side = books[event["product_id"]][row["side"] == "offer"]
                    price, size = Decimal(row["price_level"]), Decimal(row["new_quantity"])
                    if size:
                        side[price] = size
                    else:
                        side.pop(price, None)
        return books


@pytest.mark.timeout(180)
async def test_a_hundred_random_seeks_in_the_real_recording(recorded: Path) -> None:
    draws = random.Random(20260809)  # noqa: S311  # a test must come out the same every time
    naive = NaiveRecording(recorded)
    places = [draws.randint(1, len(naive)) for _ in range(SEEKS)]
    reference = played(recorded, places)
    async with watched(recorded) as replay:
        assert replay.at.frames == len(naive)
        for place in places:
            way = draws.choice(("steps", "number", "time"))
            match way:
                case "steps":
                    replay.controls.step(place - replay.entries)
                case "number":
                    replay.controls.seek_number(place - 1)
                case _:
                    replay.controls.seek_to(reference[place].view.at - (replay.at.first_at or 0.0))
            await replay.arrives()
            assert replay.at.frame == place, way
            assert books(replay.session) == naive.after(place)
            assert replay.shown() == reference[place]
