"""One driver of recordings: replay, stream, export and inspect agree about every recording that the tests have."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from tests.support.agreement import assert_agreement
from tests.support.evidence import came, event, in_form, own, own_frames, record
from tests.support.frames import book_event, error, frame, heartbeat, row, snapshot, ticker, trade, trades, update
from tests.support.recordings import small_recording
from tests.support.troubled import troubled

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.evidence import Timed

BID, ASK = [("99", "1")], [("101", "1")]


def _crossed(seconds: float, *, start: float = 0.01) -> list[Timed]:
    """A book that is crossed for so long, and goes on for a second."""
    frames: list[Timed] = [(0.0, snapshot(0, "BTC-USD", BID, ASK)), (0.003, heartbeat(1, 1))]
    frames += [(0.004, heartbeat(2, 2)), (0.006, heartbeat(3, 3))]
    frames += [(start, update(4, "BTC-USD", [("102", "1")])), (start + seconds, update(5, "BTC-USD", [("102", "0")]))]
    return [*frames, (start + seconds + 0.3, heartbeat(6, 4)), (start + seconds + 1.0, heartbeat(7, 5))]


@pytest.mark.parametrize(("seconds", "crossings"), [(0.24, 0), (0.27, 1), (0.9, 1)])
@pytest.mark.parametrize("start", [0.01, 0.05, 0.099])
async def test_a_crossing_between_two_ticks_is_found_by_all_or_by_none(
    tmp_path: Path, seconds: float, crossings: int, start: float
) -> None:
    path = own_frames(tmp_path / "r", _crossed(seconds, start=start))
    end = await assert_agreement(path, every="0.01")
    assert end["BTC-USD"]["counters"][2] == crossings
    assert end["BTC-USD"]["verdict"] == "SYNCED"


async def test_a_crossing_that_the_end_cuts_short_is_found_by_all(tmp_path: Path) -> None:
    lines = [event(0, "opened"), *(record(after, frame) for after, frame in _crossed(0.27)[:5])]
    for name, more in {"end": [record(0.29, heartbeat(5))], "closed": [event(0.29, "closed", "enough")]}.items():
        end = await assert_agreement(own(tmp_path / name, [*lines, *more]), every="0.01")
        assert end["BTC-USD"]["counters"][2] == 1


async def test_a_troubled_recording(tmp_path: Path) -> None:
    troubled(tmp_path / "r.jsonl")
    end = await assert_agreement(tmp_path / "r.jsonl")
    assert sum(state["numbers"][0] for state in end.values()) > 0


async def test_a_small_recording(tmp_path: Path) -> None:
    small_recording(tmp_path / "r.jsonl", 3)
    await assert_agreement(tmp_path / "r.jsonl")


@pytest.mark.parametrize("form", ["own", "timed", "bare"])
@pytest.mark.parametrize("name", ["r", "r.gz"])
async def test_faults_of_all_kinds_in_every_form(tmp_path: Path, form: str, name: str) -> None:
    bad = frame("l2_data", 8, [book_event("update", "BTC-USD", others=[row("bid", "-5", "1")])])
    frames = [
        snapshot(0, "BTC-USD", BID, ASK), snapshot(1, "ETH-USD", BID, ASK), heartbeat(2, 1),
        update(3, "BTC-USD", [("98", "2")]), update(3, "BTC-USD", [("98", "2")]), heartbeat(4, 2),
        update(5, "ETH-USD", [("97", "0")]), trades(6, trade("BTC-USD", "1", "100"), trade("BTC-USD", "2", "cheap")),
        ticker(7, "BTC-USD", "99", "101"), bad, heartbeat(9, 3), snapshot(10, "BTC-USD", BID, ASK),
        heartbeat(13, 4), update(14, "ETH-USD", [("96", "3")]), error("rate limit exceeded"),
        snapshot(15, "ETH-USD", BID, ASK), heartbeat(12, 4), snapshot(16, "BTC-USD", BID, ASK), heartbeat(0, 5),
        heartbeat(1, 6), snapshot(2, "BTC-USD", BID, ASK), heartbeat(3, 9),
    ]  # fmt: skip
    await assert_agreement(in_form(form, tmp_path / name, came(frames, every=0.13)))


async def test_silences_closed_connections_and_made_snapshots(tmp_path: Path) -> None:
    lines = [event(0, "opened"), record(0, snapshot(None, "BTC-USD", BID, ASK), made=True)]
    lines += [record(0.1 * n, update(500 + n, "BTC-USD", [("99", str(n))])) for n in range(1, 12)]
    lines += [record(5.01, heartbeat(512)), event(5.5, "closed", "code 1006"), event(8.2, "opened")]
    lines += [record(8.3, snapshot(0, "BTC-USD", BID, ASK)), record(95.0, heartbeat(1)), event(95.0, "resync")]
    await assert_agreement(own(tmp_path / "r", lines))


async def test_a_damaged_recording(tmp_path: Path) -> None:
    path = own_frames(tmp_path / "r", _crossed(0.5))
    path.write_bytes(path.read_bytes()[:-30])
    await assert_agreement(path)


@pytest.mark.timeout(180)
async def test_the_real_recording(shared_data: Path) -> None:
    path = shared_data / "advtrade_2026-08-09_frames.tsv.gz"
    if not path.exists():
        pytest.skip("the recording is not there")
    end = await assert_agreement(path)
    assert {state["verdict"] for state in end.values()} == {"SYNCED"}


async def test_what_has_failed_in_the_wild(shared_data: Path) -> None:
    found = sorted((shared_data.parent / "wild").glob("*.jsonl"))
    if not found:
        pytest.skip("the inputs are not there")
    for path in found:
        await assert_agreement(path)
