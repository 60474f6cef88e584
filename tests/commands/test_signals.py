"""Signals end everything in good order: the last lines, a whole recording, and the exit code that shells expect."""

from __future__ import annotations

import json
import signal
from typing import TYPE_CHECKING

from tests.recordings.reading import read_all
from tests.support.processes import Bench, patiently

if TYPE_CHECKING:
    from pathlib import Path

_CODES = {signal.SIGHUP: 129, signal.SIGINT: 130, signal.SIGQUIT: 131, signal.SIGTERM: 143}


def test_streams_end_with_their_last_lines_and_whole_recordings(tmp_path: Path) -> None:
    streams = {}
    for number in _CODES:
        folder = tmp_path / number.name
        folder.mkdir()
        bench = Bench(folder)
        words = ["BTC-USD", "ETH-USD", "--demo", "--every", "1.2", "--depth", "1"]
        words += ["--record", "session.jsonl.gz", "--dump-book", "books.json"]
        streams[number] = bench, bench.start("stream", *words)
    for number, code in _CODES.items():
        bench, process = streams[number]
        assert process.stdout is not None
        # Lines that came together are read together: what is left of them would be lost on finish().
        with process.stdout as lines:
            first, second = json.loads(lines.readline()), json.loads(lines.readline())
            process.send_signal(number)
            samples = [json.loads(line) for line in lines]
        done = bench.finish(process)
        assert (done.code, done.err) == (code, "")
        assert (first["product"], second["product"]) == ("BTC-USD", "ETH-USD")
        *_, btc, eth = samples
        assert (btc["product"], eth["product"]) == ("BTC-USD", "ETH-USD")
        assert btc["at"] == eth["at"] > first["at"]
        entries, damage = read_all(bench.folder / "session.jsonl.gz")
        assert damage == ""
        assert len(entries) >= btc["connection"]["frames"]
        books = json.loads((bench.folder / "books.json").read_text())
        assert books["BTC-USD"]["bids"][0][0] == btc["best_bid"]


def test_a_recording_is_ended_by_a_signal_and_says_what_it_holds(bench: Bench) -> None:
    process = bench.start("record", "BTC-USD", "--demo", "--output", "session.jsonl")
    path = bench.folder / "session.jsonl"
    patiently(lambda: path.exists() and path.stat().st_size > 10_000, "a recording")
    done = bench.finish(process, signal.SIGINT)
    assert done.code == 130
    entries, damage = read_all(path)
    assert damage == ""
    assert done.one_line().startswith("depthview: recorded session.jsonl, ")
    assert done.one_line().endswith(f"{len(entries) - 1} frames")
    assert path.stat().st_mode & 0o777 == 0o600


def test_an_exchange_ended_by_a_signal_tells_the_truth(bench: Bench) -> None:
    with bench.exchange("--products", "BTC-USD", "--truth", "truth.json"):
        pass
    truth = json.loads((bench.folder / "truth.json").read_text())
    assert list(truth) == ["BTC-USD"]
    assert len(truth["BTC-USD"]["bids"]) > 1000
