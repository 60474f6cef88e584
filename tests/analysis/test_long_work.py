"""Progress on a terminal, signals in the middle, files that cannot be read, and memory that does not grow."""

from __future__ import annotations

import io
import signal
import tracemalloc
from typing import TYPE_CHECKING

import pytest

from depthview.analysis import inspect_command
from depthview.analysis.inspect import inspect
from depthview.analysis.output import ProgressLine, Stopped, progress_text, stoppable
from depthview.analysis.playback import Playback
from depthview.analysis.statistics import Latencies
from depthview.clock import ManualClock
from depthview.core import sequence
from depthview.errors import RecordingError
from tests.support.evidence import HastyClock, Terminal, came, command, in_form, own_frames
from tests.support.frames import heartbeat, snapshot, update
from tests.support.processes import Bench

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.evidence import Timed


def _long(count: int) -> list[Timed]:
    frames = [snapshot(0, "BTC-USD", [("99", "1")], [("101", "1")])]
    frames += [update(n, "BTC-USD", [("99", str(n))]) if n % 3 else heartbeat(n, n) for n in range(1, count)]
    return came(frames, every=0.01)


@pytest.mark.parametrize("name", ["r", "r.gz"])
def test_progress_goes_from_nothing_to_all_and_leaves_no_trace(tmp_path: Path, name: str) -> None:
    path = in_form("timed", tmp_path / name, _long(5000))
    terminal = Terminal()
    done = command(inspect_command.add_arguments, inspect_command.run, path, err=terminal, clock=HastyClock())
    assert done.code == 0
    drawn = [line.rstrip() for line in terminal.getvalue().split("\r") if line.strip()]
    shares = [int(line.partition(" %")[0].split()[-1]) for line in drawn]
    assert len(shares) > 10
    assert shares == sorted(shares)
    assert shares[-1] > 80
    assert shares.count(100) < len(shares) / 2
    assert all(line.startswith("inspecting  ") for line in drawn)
    # The last thing written takes the line away.
    assert terminal.getvalue().split("\r")[-2:] == [" " * len(drawn[-1]), ""]


def test_progress_is_not_drawn_where_nobody_looks(tmp_path: Path) -> None:
    path = own_frames(tmp_path / "r", _long(2000))
    done = command(inspect_command.add_arguments, inspect_command.run, path, clock=HastyClock())
    assert (done.code, done.err) == (0, "")


@pytest.mark.parametrize(
    ("done", "seconds", "fancy", "text"),
    [
        (0, 0.5, False, "inspecting  ........................   0 %  0 of 1,000 MB"),
        (250_000_000, 5, False, "inspecting  ######..................  25 %  250 of 1,000 MB  15 s left"),
        (1_000_000_000, 9, True, "inspecting  ━━━━━━━━━━━━━━━━━━━━━━━━  100 %  1,000 of 1,000 MB  0 s left"),
    ],
)
def test_the_line(done: int, seconds: float, *, fancy: bool, text: str) -> None:
    assert progress_text("inspecting", done, 1_000_000_000, seconds, fancy=fancy) == text


def test_nothing_is_drawn_in_the_first_moment_nor_too_often() -> None:
    clock, terminal = ManualClock(), Terminal()
    line = ProgressLine(terminal, clock, "working", 100)
    found = [line.due]
    clock.advance(0.31)
    found.append(line.due)
    line.show(50)
    found.append(line.due)
    clock.advance(0.11)
    found.append(line.due)
    assert found == [False, True, False, True]
    assert not ProgressLine(io.StringIO(), clock, "working", 100).due
    assert not ProgressLine(None, clock, "working", 100).due


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT])
def test_a_signal_stops_it_without_a_verdict(tmp_path: Path, number: signal.Signals) -> None:
    before = {each: signal.getsignal(each) for each in (signal.SIGINT, signal.SIGTERM, signal.SIGHUP, signal.SIGQUIT)}
    terminal = Terminal(lambda text: signal.raise_signal(number) if "inspecting" in text else None)
    path = own_frames(tmp_path / "r", _long(2000))
    done = command(inspect_command.add_arguments, inspect_command.run, path, err=terminal, clock=HastyClock())
    assert (done.code, done.out) == (128 + number, "")
    assert done.err.splitlines()[-1].endswith("depthview: stopped after 64 records without a result")
    assert {each: signal.getsignal(each) for each in before} == before


def test_a_second_signal_is_not_caught() -> None:
    with stoppable():
        with pytest.raises(Stopped) as caught:
            signal.raise_signal(signal.SIGTERM)
        assert caught.value.exit_code == 143
        with pytest.raises(KeyboardInterrupt):
            signal.raise_signal(signal.SIGINT)


def test_what_cannot_be_read_is_one_error(tmp_path: Path) -> None:
    (tmp_path / "foreign").write_text("hello\n")
    (tmp_path / "damaged").write_text('{"depthview":"recording","version":1}\n{"at":5}\n')
    for name, words in {
        "foreign": "record 1 is neither the header",
        "missing": "it does not exist",
        "damaged": "record 2 holds neither",
        ".": "it is a directory",
    }.items():
        with pytest.raises(RecordingError, match=f"cannot read .*: {words}") as caught:
            command(inspect_command.add_arguments, inspect_command.run, tmp_path / name)
        assert str(caught.value).count("cannot re") == 1


def test_exit_codes_of_the_process(tmp_path: Path) -> None:
    bench = Bench(tmp_path)
    own_frames(tmp_path / "clean.jsonl", _long(20))
    frames = _long(20)
    own_frames(tmp_path / "gap.jsonl", frames[:9] + frames[12:])
    clean = bench.run("inspect", "clean.jsonl")
    assert (clean.code, clean.err) == (0, "")
    faulty = bench.run("inspect", "gap.jsonl")
    assert (faulty.code, faulty.err) == (1, "")
    assert b"1 gap (3 messages missed)" in faulty.out
    missing = bench.run("inspect", "gone.jsonl")
    assert (missing.code, missing.out) == (1, b"")
    assert missing.one_line() == "depthview: cannot read gone.jsonl: it does not exist"
    assert bench.run("inspect").code == 2
    assert bench.run("inspect", "clean.jsonl", "--jason").code == 2


def test_memory_does_not_grow_with_the_recording(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    # The rules for numbers remember the last 8,192; with fewer, a short recording is as good as a long one.
    monkeypatch.setattr(sequence, "_WINDOW", 100)
    peaks = []
    # The session's meters look back a minute at most, which is full by then.
    for count in (4_000, 16_000):
        playback = Playback(own_frames(tmp_path / str(count), _long(count)))
        tracemalloc.start()
        try:
            inspect(playback, ProgressLine(None, ManualClock(), "", 1))
            peaks.append(tracemalloc.get_traced_memory()[1])
        finally:
            tracemalloc.stop()
    assert peaks[1] < peaks[0] + 100_000


def test_latencies_of_any_size_are_kept_in_few_places() -> None:
    latencies = Latencies()
    given = [(-1) ** n * 1.37**n for n in range(90)]
    for milliseconds in given:
        latencies.add(milliseconds)
    found = latencies.percentiles(0.0, 0.5, 1.0)
    assert found is not None
    assert found[0] == pytest.approx(min(given), rel=0.006)
    assert found[2] == pytest.approx(max(given), rel=0.006)
    assert found[1] == pytest.approx(sorted(given)[44], rel=0.006, abs=0.051)
    assert Latencies().percentiles(0.5) is None
