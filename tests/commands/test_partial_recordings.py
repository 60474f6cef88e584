"""Recordings that hold a part of what came, as public ones do, on the command line."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

from tests.support.evidence import came, in_form
from tests.support.frames import heartbeat, snapshot, update

if TYPE_CHECKING:
    from tests.support.processes import Bench

SAID = "depthview: partial recording (left out: heartbeats): sequence numbers prove nothing here"


def _level2_alone(bench: Bench) -> None:
    """One frame a second, and number 4 was a heartbeat's."""
    book = snapshot(0, "BTC-USD", [("100", "1")], [("101", "2")])
    frames = [book, *(update(n, "BTC-USD", [("100", str(n))]) for n in (1, 2, 3, 5, 6))]
    in_form("bare", bench.folder / "level2.jsonl", came(frames, every=1.0))


def test_a_stream_trusts_a_partial_recording_without_its_numbers(bench: Bench) -> None:
    _level2_alone(bench)
    done = bench.run("stream", "--replay", "level2.jsonl", "--speed", "max", "--every", "2")
    assert (done.code, done.one_line()) == (0, SAID)
    last = done.samples[-1]
    assert (last["verdict"], last["proof"], last["best_bid"], last["bids"][0][1]) == ("SYNCED", "partial", "100", "6")
    assert (last["sequence"]["scope"], last["sequence"]["gaps"]) == ("none", 0)


def test_a_scope_that_was_asked_for_counts(bench: Bench) -> None:
    _level2_alone(bench)
    words = ["stream", "--replay", "level2.jsonl", "--speed", "max", "--sequence-scope", "connection"]
    done = bench.run(*words)
    assert done.err == ""
    assert (done.samples[-1]["verdict"], done.samples[-1]["sequence"]["gaps"]) == ("STALE", 1)


def test_inspect_says_partial(bench: Bench) -> None:
    _level2_alone(bench)
    done = bench.run("inspect", "level2.jsonl")
    assert (done.code, done.err) == (0, "")
    assert "\nPARTIAL (left out: heartbeats): sequence numbers prove nothing here\n" in done.out.decode()
    document = json.loads(bench.run("inspect", "level2.jsonl", "--json").out)
    assert (document["proof"], document["not_recorded"], document["faults"]) == ("partial", ["heartbeats"], [])


def test_a_replay_without_a_book_says_so(bench: Bench) -> None:
    in_form("timed", bench.folder / "r.tsv", came(heartbeat(n, n) for n in range(20)))
    done = bench.run("stream", "--replay", "r.tsv", "--speed", "max")
    assert done.code == 1
    assert done.one_line() == "depthview: cannot show r.tsv: it contains no snapshot of a book"
    done = bench.run("stream", "BTC-USD", "--replay", "r.tsv", "--speed", "max")
    assert (done.code, done.one_line()) == (1, "depthview: no book for BTC-USD: the recording has no snapshot of it")
