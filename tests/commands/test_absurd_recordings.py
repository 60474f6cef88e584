"""Recordings that would take for ever to read: one line tells, and whatever is read meanwhile can be ended."""

from __future__ import annotations

import gzip
import signal
from typing import TYPE_CHECKING

import pytest

from tests.support.evidence import HEADER, event, own, record
from tests.support.frames import heartbeat, snapshot
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Bench

START = f"{HEADER}\n{event(0, 'opened')}\n".encode()


def _absurd(path: Path, kind: str) -> str:
    """Writes a recording of some kB or MB; what is said of it."""
    match kind:
        case "blank lines":
            path.write_bytes(gzip.compress(START + b"\n" * 300_000_000, 1))
            return "more than 64 KiB of blank lines up to line 65,539"
        case "one line":
            path.write_bytes(gzip.compress(START + b"0" * 300_000_000, 1))
            return "record 3 is longer than 64 MiB"
        case "empty members":
            path.write_bytes(gzip.compress(START) + gzip.compress(b"") * 500_000)
        case _:
            path.write_bytes(gzip.compress(START) + bytes(100_000_000))
    return "record 3 is damaged: the gzip data is not valid"


@pytest.mark.parametrize("kind", ["blank lines", "one line", "empty members", "padding"])
def test_absurd_input_ends_with_one_line(bench: Bench, kind: str) -> None:
    told = _absurd(bench.folder / "r.gz", kind)
    for words in (["stream", "--replay", "r.gz", "--speed", "max"], ["export", "r.gz", "--what", "top"]):
        done = bench.run(*words)
        assert done.code == 1
        assert told in done.err
        assert len(done.err.splitlines()) == 1
    inspected = bench.run("inspect", "r.gz")
    assert (inspected.code, inspected.err) == (1, "")
    assert told in inspected.out.decode()


def test_blank_lines_alone_are_no_recording(bench: Bench) -> None:
    (bench.folder / "r.gz").write_bytes(gzip.compress(b"\n" * 300_000_000, 1))
    for words in (["stream", "--replay", "r.gz"], ["inspect", "r.gz"]):
        done = bench.run(*words)
        assert done.code == 1
        assert "more than 64 KiB of blank lines up to line 65,537" in done.one_line()


@pytest.mark.parametrize(
    ("how", "code"), [(b"q", 1), (b"\x03", 130), (signal.SIGTERM, 143)], ids=["q", "Ctrl+C", "SIGTERM"]
)
def test_the_screen_of_an_absurd_replay_can_be_left(bench: Bench, how: bytes | signal.Signals, code: int) -> None:
    told = _absurd(bench.folder / "r.gz", "blank lines")
    with Terminal(["-m", "depthview", "replay", "r.gz"], bench.environment(), bench.folder) as terminal:
        terminal.shows("end of the recording")
        if isinstance(how, bytes):
            terminal.press(how)
            assert terminal.ends() == code
        else:
            assert terminal.ends(how) == code
        terminal.assert_restored()
        assert how != b"q" or told in terminal.after_screen()


@pytest.mark.parametrize("number", [signal.SIGINT, signal.SIGTERM])
def test_a_stream_that_reads_on_and_on_is_ended_by_a_signal(bench: Bench, number: signal.Signals) -> None:
    lines = [event(0, "opened"), record(0, snapshot(0, "BTC-USD", [("99", "1")], [("101", "1")]))]
    lines += [record(0.5 * n, heartbeat(n, n)) for n in range(1, 200_000)]
    own(bench.folder / "r.jsonl", lines)
    process = bench.start("stream", "--replay", "r.jsonl", "--speed", "max", "--every", "1")
    assert process.stdout is not None
    assert process.stdout.readline()
    done = bench.finish(process, number)
    assert (done.code, done.err) == (128 + number, "")
