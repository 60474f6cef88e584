"""The same as two processes: what `depthview stream` printed beside what `depthview exchange` says it injected."""

from __future__ import annotations

import json
import signal
from pathlib import Path
from typing import TYPE_CHECKING, Any

from depthview.clock import SystemClock
from tests.faults.evidence import Evidence
from tests.faults.table import Line, line_of
from tests.support.processes import Bench, patiently

if TYPE_CHECKING:
    import subprocess

_FAULTS = {
    "1": "gap:count=2,after=1",
    "2": "duplicate:after=1.3",
    "17": "garbage:after=1.6",
    "4": "reset:after=3.2",
    "26": "crossed:seconds=0.7,after=3.6",
    "10": "close:after=4.6",
}
_COUNTED = {"gaps": 1, "missed": 2, "duplicates": 1, "resets": 1, "bad_frames": 8, "crossed": 1}
_COUNTED |= {"resyncs": 2, "reconnects": 1}
_SLEEP = 3.6
"""Seconds; beyond 3 a program has not run."""


def _lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def _first_line(stream: subprocess.Popen[bytes]) -> dict[str, Any]:
    assert stream.stdout is not None
    line: dict[str, Any] = json.loads(stream.stdout.readline())
    return line


def test_two_processes_tell_the_same_story(tmp_path: Path, table: list[Line]) -> None:
    bench = Bench(tmp_path)
    words = ["--products", "ETH-USD", "--levels", "400", "--quiet-after", "5.5", "--key-out", "key.json"]
    words += ["--injected", "injected.jsonl", "--truth", "truth.json"]
    for fault in _FAULTS.values():
        words += ["--fault", fault]
    with bench.exchange(*words) as url:
        done = bench.run(
            *("stream", "ETH-USD", "--url", url, "--key-file", "key.json", "--every", "0.05", "--depth", "1"),
            *("--for", "6.5", "--dump-book", "books.json"),
        )
    assert (done.code, done.err) == (0, "")
    injected, records = _lines(tmp_path / "injected.jsonl"), done.samples
    assert json.loads((tmp_path / "books.json").read_text()) == json.loads((tmp_path / "truth.json").read_text())
    whole = Evidence(injected, records, [], equal=True)
    assert whole.moved() == _COUNTED
    for row, fault in _FAULTS.items():
        name = fault.partition(":")[0]
        mine = [entry for entry in injected if entry["fault"] == name]
        until = min((e["at"] for e in injected if e["at"] > mine[-1]["at"] + 0.1), default=records[-1]["at"] + 1)
        seen = [record for record in records if record["at"] < until]
        table.append(line_of(f"{row} *", Evidence(mine, seen, [], equal=True), "as processes, looked at every 50 ms"))
    crossed = [record for record in records if "best bid above best ask" in (record["reason"] or "")]
    assert crossed
    assert {record["verdict"] for record in crossed} == {"STALE"}
    for record in records:
        trusted = record["verdict"] in ("SYNCED", "QUIET")
        assert all((record[name] is not None) == trusted for name in ("bids", "asks", "best_bid", "best_ask"))
        assert trusted or record["mid"] is record["spread"] is None


def test_a_stream_that_was_stopped_doubts_first(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    with bench.exchange("--products", "BTC-USD", "--levels", "20000", "--rate", "50") as url:
        stream = bench.start("stream", "BTC-USD", "--url", url, "--every", "0.02", "--depth", "1", "--for", "7.5")
        while _first_line(stream)["verdict"] != "SYNCED":
            pass
        stream.send_signal(signal.SIGSTOP)
        status = Path(f"/proc/{stream.pid}/status")
        patiently(lambda: "(stopped)" in status.read_text(), "the stop")
        clock = SystemClock()
        slept_at = clock.monotonic()
        patiently(lambda: clock.monotonic() - slept_at > _SLEEP, "it to have slept")
        stream.send_signal(signal.SIGCONT)
        done = bench.finish(stream)
    assert (done.code, done.err) == (0, "")
    stale = [record for record in done.samples if record["verdict"] == "STALE"]
    assert stale
    assert stale[0]["reason"].startswith("this program did not run for ")
    assert {record["bids"] for record in stale} == {None}
    last = done.last()["BTC-USD"]
    assert last["verdict"] == "SYNCED"
    assert (last["sequence"]["gaps"], last["connection"]["resyncs"], last["connection"]["reconnects"]) == (0, 1, 0)
