"""``stream --replay``: the real recording to its end, and time that is the recording's."""

from __future__ import annotations

import gzip
import itertools
import json
from typing import TYPE_CHECKING

import pytest

from depthview.clock import SystemClock
from tests.exchange.client import NaiveBook
from tests.support.recordings import small_recording

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.calibration import Scaled
    from tests.support.processes import Bench, Finished

_REAL = "advtrade_2026-08-09_frames.tsv.gz"


@pytest.fixture(scope="module")
def real_recording(shared_data: Path) -> Path:
    """The real recording, where it lies."""
    path = shared_data / _REAL
    if not path.is_file():
        pytest.skip(f"needs {_REAL} in ../shared/data beside the checkout")
    return path


def _naive_books(path: Path) -> tuple[dict[str, dict[str, list[list[str]]]], int]:
    books: dict[str, NaiveBook] = {}
    frames = 0
    with gzip.open(path, "rt") as lines:
        for line in lines:
            frames += 1
            frame = json.loads(line.partition("\t")[2])
            for event in frame["events"] if frame["channel"] == "l2_data" else []:
                books.setdefault(event["product_id"], NaiveBook()).apply(event)
    return {product: book.whole() for product, book in books.items()}, frames


def test_the_real_recording_has_no_gap_and_leaves_the_books_of_a_naive_reader(
    bench: Bench, real_recording: Path
) -> None:
    done = bench.run("stream", "--replay", real_recording, "--speed", "max", "--dump-book", "books.json")
    assert (done.code, done.err) == (0, "")
    naive, frames = _naive_books(real_recording)
    assert json.loads((bench.folder / "books.json").read_text()) == naive
    last = done.last()
    assert set(last) == set(naive) == {"BTC-USD", "ETH-USD"}
    for product, sample in last.items():
        assert sample["verdict"] == "SYNCED"
        assert sample["bids"] == naive[product]["bids"][:10]
        assert sample["asks"] == naive[product]["asks"][:10]
        sequence = sample["sequence"]
        assert sequence == {
            "scope": "connection",
            "last": frames - 1,
            "gaps": 0,
            "missed": 0,
            "duplicates": 0,
            "out_of_order": 0,
            "resets": 0,
        }
        assert sample["connection"]["frames"] == frames == 1030
        assert (sample["connection"]["bad_frames"], sample["connection"]["bad_rows"]) == (0, 0)
        assert sample["token"] is None
    # A sample a second of the recording's 24, and the last.
    times = [sample["at"] for sample in done.samples if sample["product"] == "BTC-USD"]
    assert 24 <= len(times) <= 26
    assert all(0.9 < later - earlier < 1.2 for earlier, later in itertools.pairwise(times[:-1]))


def test_where_numbers_are_not_judged_books_are_trusted_and_marked_as_unproved(bench: Bench) -> None:
    small_recording(bench.folder / "small.jsonl", 4)
    lines = (bench.folder / "small.jsonl").read_text().splitlines(keepends=True)
    (bench.folder / "parts.jsonl").write_text("".join([*lines[:9], *lines[12:]]))
    judged = bench.run("stream", "--replay", "parts.jsonl", "--speed", "max").last()["BTC-USD"]
    assert (judged["verdict"], judged["sequence"]["gaps"], judged["sequence"]["missed"]) == ("STALE", 1, 3)
    assert "proof" not in judged
    done = bench.run("stream", "--replay", "parts.jsonl", "--speed", "max", "--sequence-scope", "none")
    assert (done.code, done.err) == (0, "")
    sample = done.last()["BTC-USD"]
    assert (sample["verdict"], sample["proof"]) == ("SYNCED", "partial")
    assert sample["bids"] == [["1", "41"]]
    assert sample["sequence"] == {
        "scope": "none", "last": 40, "gaps": 0, "missed": 0, "duplicates": 0, "out_of_order": 0, "resets": 0,
    }  # fmt: skip


def test_products_that_a_recording_does_not_hold_make_it_1(bench: Bench, real_recording: Path) -> None:
    done = bench.run("stream", "ETH-USD", "DOGE-USD", "--replay", real_recording, "--speed", "max", "--every", "60")
    assert done.code == 1
    assert done.one_line().startswith("depthview: no book for DOGE-USD: ")
    assert done.last()["ETH-USD"]["verdict"] == "SYNCED"
    assert done.last()["DOGE-USD"]["bids"] is None


def _timed(bench: Bench, *words: str) -> tuple[Finished, float]:
    clock = SystemClock()
    began = clock.monotonic()
    done = bench.run("stream", "--replay", "small.jsonl", *words)
    assert done.code == 0, done.err
    return done, clock.monotonic() - began


@pytest.mark.timed
def test_speed_is_real_time_unless_told_otherwise(bench: Bench, scaled: Scaled) -> None:
    small_recording(bench.folder / "small.jsonl", 1.2)
    done, took = _timed(bench, "--every", "0.6")
    assert 1.2 <= took < scaled(3.0)
    faster, less = _timed(bench, "--every", "0.6", "--speed", "4x")
    assert 0.3 <= less < scaled(took - 0.5)
    fastest, least = _timed(bench, "--every", "0.6", "--speed", "max")
    assert least < scaled(less)
    assert done.samples == faster.samples == fastest.samples
    assert [sample["bids"] for sample in done.samples] == [[["1", size]] for size in ("7", "13", "13")]


@pytest.mark.parametrize(("words", "size"), [(["--for", "1"], "11"), (["--count", "1", "--every", "0.5"], "6")])
def test_what_is_dumped_is_the_moment_of_the_last_line(bench: Bench, words: list[str], size: str) -> None:
    small_recording(bench.folder / "small.jsonl", 300.0)
    done, _ = _timed(bench, "--speed", "max", "--dump-book", "books.json", *words)
    (sample,) = done.samples
    assert sample["bids"] == [["1", size]]
    assert json.loads((bench.folder / "books.json").read_text())["BTC-USD"]["bids"] == sample["bids"]


def test_the_end_of_a_recording_is_no_silence(bench: Bench) -> None:
    small_recording(bench.folder / "small.jsonl", 1.0)
    done, _ = _timed(bench, "--speed", "max")
    assert done.last()["BTC-USD"]["verdict"] == "SYNCED"
    assert done.last()["BTC-USD"]["connection"]["state"] == "ended"


def test_verdicts_change_with_the_recording_s_time_however_thick_its_frames_come(bench: Bench) -> None:
    # Never a tenth of a second between two frames, and a book that stays crossed from the fourth on.
    small_recording(bench.folder / "small.jsonl", 1.0, rate=50, asks=lambda number: "0.50" if number > 3 else "2.00")
    done, _ = _timed(bench, "--speed", "max", "--every", "0.2")
    verdicts = [sample["verdict"] for sample in done.samples]
    assert verdicts[0] == "SYNCED"
    assert set(verdicts[2:]) == {"STALE"}
    assert all(sample["bids"] is None for sample in done.samples[2:])
    assert done.samples[2]["reason"].startswith("best bid above best ask")
