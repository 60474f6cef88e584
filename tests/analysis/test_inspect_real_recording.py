"""The real recording, inspected, against figures that are counted from its lines without any of our code."""

from __future__ import annotations

import gzip
import json
import math
from collections import Counter
from datetime import datetime
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pytest

from depthview.analysis import inspect_command
from tests.support.evidence import Done, command

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.evidence import Document

Frames = list[tuple[float, bytes, dict[str, Any]]]


@pytest.fixture(scope="module")
def recording(shared_data: Path) -> Path:
    path = shared_data / "advtrade_2026-08-09_frames.tsv.gz"
    if not path.is_file():
        pytest.skip("the recording is not there")
    return path


@pytest.fixture(scope="module")
def frames(recording: Path) -> Frames:
    with gzip.open(recording, "rb") as lines:
        parts = [line.rstrip(b"\n").partition(b"\t") for line in lines]
    return [(float(at), raw, json.loads(raw)) for at, _, raw in parts]


@pytest.fixture(scope="module")
def inspected(recording: Path) -> Document:
    done = command(inspect_command.add_arguments, inspect_command.run, recording, "--json")
    assert done.code == 0
    assert done.err == ""
    return done.json


def _product(frame: dict[str, Any]) -> str:
    """The one product of a frame, by hand."""
    names = set()
    for event in frame["events"]:
        rows = [event, *event.get("trades", []), *event.get("tickers", []), *event.get("candles", [])]
        names |= {row["product_id"] for row in rows if "product_id" in row}
    return names.pop() if len(names) == 1 else ""


def test_it_is_clean_and_its_numbers_count_per_connection(inspected: Document) -> None:
    assert (inspected["frames"], inspected["seconds"], inspected["clean"]) == (
        1030,
        pytest.approx(24.2, abs=0.05),
        True,
    )
    assert inspected["faults"] == []
    sequence = inspected["sequence"]
    assert (sequence["better"], sequence["decided"], sequence["numbered"]) == ("connection", True, 1030)
    assert sequence["connection"] == {
        "gaps": 0, "missed": 0, "duplicates": 0, "out_of_order": 0, "resets": 0, "breaks": [], "breaks_left_out": 0,
    }  # fmt: skip


def test_the_other_reading_has_the_gaps_that_a_count_by_product_finds(inspected: Document, frames: Frames) -> None:
    last: dict[str, int] = {}
    gaps = []
    for place, (_, _, frame) in enumerate(frames, 1):
        product, number = _product(frame), frame["sequence_num"]
        if product in last and number != last[product] + 1:
            gaps.append((place, last[product], number))
        last[product] = number
    found = inspected["sequence"]["product"]
    assert len(gaps) > 500
    assert [(b["frame"], b["from"], b["to"]) for b in found["breaks"]] == gaps
    assert found["missed"] == sum(to - before - 1 for _, before, to in gaps)
    assert found["gaps"] == len(gaps)


def test_volumes_are_those_of_the_lines(inspected: Document, frames: Frames) -> None:
    by_channel, by_product = Counter[str](), Counter[str]()
    sizes = Counter[str]()
    for _, raw, frame in frames:
        by_channel[frame["channel"]] += 1
        sizes[frame["channel"]] += len(raw)
        by_product[_product(frame)] += 1
    assert {name: c["frames"] for name, c in inspected["channels"].items()} == by_channel
    assert {name: c["bytes"] for name, c in inspected["channels"].items()} == sizes
    assert inspected["bytes"] == sum(sizes.values())
    assert {name: p["frames"] for name, p in inspected["products"].items()} == {
        name: count for name, count in by_product.items() if name
    }
    seconds = frames[-1][0] - frames[0][0]
    assert inspected["channels"]["l2_data"]["frames_per_second"] == round(by_channel["l2_data"] / seconds, 3)
    assert inspected["rate"]["busiest_second"] == max(Counter(int(at) for at, _, _ in frames).values())


def test_latency_is_arrival_less_stamp(inspected: Document, frames: Frames) -> None:
    late = sorted((at - datetime.fromisoformat(frame["timestamp"]).timestamp()) * 1000 for at, _, frame in frames)
    found = inspected["latency_ms"]
    assert found["frames"] == len(late)
    for name, share in {"p50": 0.5, "p95": 0.95, "p99": 0.99}.items():
        assert found[name] == pytest.approx(late[math.ceil(share * len(late)) - 1], abs=0.11), name
    assert found["least"] == pytest.approx(late[0], abs=0.11)
    assert found["most"] == pytest.approx(late[-1], abs=0.11)


def test_the_largest_silence_has_its_place(inspected: Document, frames: Frames) -> None:
    silences = [(later[0] - earlier[0], place) for place, (earlier, later) in enumerate(pairwise(frames), 1)]
    longest, place = max(silences)
    assert inspected["largest_silence"] == {
        "seconds": round(longest, 6), "after_frame": place, "at": frames[place - 1][0],
    }  # fmt: skip


def test_snapshots_and_removals(inspected: Document, frames: Frames) -> None:
    expected = [
        {
            "frame": place,
            "at": at,
            "product": event["product_id"],
            "bids": sum(row["side"] == "bid" for row in event["updates"]),
            "asks": sum(row["side"] == "offer" for row in event["updates"]),
            "bytes": len(raw),
            "made": False,
        }
        for place, (at, raw, frame) in enumerate(frames, 1)
        if frame["channel"] == "l2_data"
        for event in frame["events"]
        if event["type"] == "snapshot"
    ]
    assert [(s["bids"], s["asks"]) for s in expected] == [(18_764, 27_236), (6_935, 16_399)]
    assert inspected["snapshots"] == expected
    assert sum(p["unknown_removals"] for p in inspected["products"].values()) == 52
    assert [(p["bad_rows"], p["crossed"]) for p in inspected["products"].values()] == [(0, 0)] * 2


def test_the_text_says_so_within_80_columns(recording: Path) -> None:
    done: Done = command(inspect_command.add_arguments, inspect_command.run, recording)
    assert done.code == 0
    assert "CLEAN: no fault; numbered per connection" in done.out
    assert "1,030 (42.5 a second" in done.out
    assert "> per connection     0       0" in done.out
    assert max(map(len, done.out.splitlines())) <= 80
