"""The same as two processes: what `depthview stream` printed beside what `depthview exchange` says it injected."""

from __future__ import annotations

import asyncio
import json
from itertools import pairwise
from typing import TYPE_CHECKING, Any

import pyte

from tests.faults.evidence import Evidence
from tests.faults.table import Line, line_of
from tests.support.frames import book_event
from tests.support.processes import Bench, stopped
from tests.support.scripted_venue import Script, ScriptedVenue, scripted_venue
from tests.support.terminal import Terminal
from tools.harness.screen import Picture, is_trusted, picture

if TYPE_CHECKING:
    import subprocess
    from pathlib import Path

_FAULTS = (
    "gap:count=2,after=1",
    "duplicate:after=1.3",
    "garbage:after=1.6",
    "reset:after=3.2",
    "crossed:seconds=0.7,after=3.6",
    "close:after=4.6",
)
_COUNTED = {"gaps": 1, "missed": 2, "duplicates": 1, "resets": 1, "bad_frames": 8, "crossed": 1}
_COUNTED |= {"resyncs": 2, "reconnects": 1}
_SLEEP = 3.6
"""Seconds; beyond 3 new snapshots are asked for."""
_PAUSE = 1.6
"""Seconds; beyond 1 nothing is trusted until what came meanwhile has been read."""


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
    for fault in _FAULTS:
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
    for fault in _FAULTS:
        name = fault.partition(":")[0]
        mine = [entry for entry in injected if entry["fault"] == name]
        until = min((e["at"] for e in injected if e["at"] > mine[-1]["at"] + 0.1), default=records[-1]["at"] + 1)
        seen = [record for record in records if record["at"] < until]
        table.append(line_of(Evidence(mine, seen, [], equal=True), "as processes, looked at every 50 ms"))
    crossed = [record for record in records if "best bid above best ask" in (record["reason"] or "")]
    assert crossed
    assert {record["verdict"] for record in crossed} == {"STALE"}
    for record in records:
        trusted = record["verdict"] in ("SYNCED", "QUIET")
        assert all((record[name] is not None) == trusted for name in ("bids", "asks", "best_bid", "best_ask"))
        assert trusted or record["mid"] is record["spread"] is None


def _stopped(tmp_path: Path, seconds: float, *words: str) -> list[dict[str, Any]]:
    """Samples of a stream that was stopped for a while, from the first trusted one on."""
    bench = Bench(tmp_path)
    with bench.exchange("--products", "BTC-USD", "--levels", "20000", "--rate", "50") as url:
        stream = bench.start("stream", "BTC-USD", "--url", url, "--every", "0.02", "--depth", "1", *words)
        while (line := _first_line(stream))["verdict"] != "SYNCED":
            pass
        with stopped(stream, seconds):
            pass
        done = bench.finish(stream)
    assert (done.code, done.err) == (0, "")
    return [line, *done.samples]


def test_a_stream_that_was_stopped_doubts_first(tmp_path: Path) -> None:
    samples = _stopped(tmp_path, _SLEEP, "--for", "11")
    stale = [record for record in samples if record["verdict"] == "STALE"]
    assert stale
    assert stale[0]["reason"].startswith("this program did not run for ")
    assert {record["bids"] for record in stale} == {None}
    last = samples[-1]
    assert last["verdict"] == "SYNCED"
    assert (last["sequence"]["gaps"], last["connection"]["resyncs"], last["connection"]["reconnects"]) == (0, 1, 0)


def test_after_a_shorter_stop_too_the_first_line_is_not_trusted_before_what_came_meanwhile_is_read(
    tmp_path: Path,
) -> None:
    samples = _stopped(tmp_path, _PAUSE, "--for", "6")
    gaps = [after["at"] - before["at"] for before, after in pairwise(samples)]
    first = samples[gaps.index(max(gaps)) + 1]
    assert max(gaps) > _PAUSE
    frames = samples[gaps.index(max(gaps))]["connection"]["frames"]
    # Either it was sampled first, and doubts, or all that waited was read before: twenty frames a second came.
    assert first["verdict"] == "STALE" or first["connection"]["frames"] - frames > 10
    if first["verdict"] == "STALE":
        assert first["reason"].endswith("; reading what came meanwhile")
        assert first["bids"] is None
    trusted = [record for record in samples if record["bids"] is not None]
    assert all(record["connection"]["age_s"] < 3.5 for record in trusted if record["connection"]["age_s"] is not None)
    last = samples[-1]
    assert last["verdict"] == "SYNCED"
    assert (last["sequence"]["gaps"], last["connection"]["resyncs"], last["connection"]["reconnects"]) == (0, 0, 0)


_ASKED, _KNOWN = b"\x1b[?2026$p", b"\x1b[?2026;2$y"
"""Whether the terminal can show whole frames only, and that it can."""
_ENDED = b"\x1b[?2026l"
"""Of a frame, in such a terminal."""
_SCREEN_ON = b"\x1b[?1049h"


class _Frames:
    """What a viewer draws in a terminal, frame by frame.

    Args:
        terminal: Whose output is read.
        start: Index into what it has written, where the screen is empty.
    """

    def __init__(self, terminal: Terminal, start: int) -> None:
        self._terminal = terminal
        self._start = start
        self._screen = pyte.Screen(120, 40)
        self._stream = pyte.ByteStream(self._screen)
        self.ladders: list[Picture] = []
        """As each whole frame left them."""

    def trusted(self) -> bool:
        """Whether the last whole frame that was written shows a trusted book."""
        *frames, rest = bytes(self._terminal.written[self._start :]).split(_ENDED)
        self._start = len(self._terminal.written) - len(rest)
        for frame in frames:
            self._stream.feed(frame)
            if ladder := picture(self._screen.display):
                self.ladders.append(ladder)
        return bool(self.ladders) and is_trusted(self.ladders[-1])


def _version(ladder: Picture) -> int:
    return int(float(ladder.bids[0][0].replace(",", "")))


def _stopped_viewer(bench: Bench, venue: ScriptedVenue) -> tuple[Picture, int, list[Picture]]:
    """A viewer's ladder before a short stop, what the venue had told in the end, and its ladders from then on."""
    words = ["-m", "depthview", "view", "BTC-USD", "--url", venue.url, "--public"]
    with Terminal(words, bench.environment(), bench.folder, columns=120, rows=40) as terminal:
        terminal.until(lambda: _ASKED in terminal.written, "the question")
        terminal.press(_KNOWN)
        frames = _Frames(terminal, terminal.written.index(_SCREEN_ON))
        terminal.until(frames.trusted, "a trusted book")
        with stopped(terminal.process, _PAUSE):
            terminal.take()
            frames.trusted()
            old, waiting, mark = frames.ladders[-1], venue.told, len(terminal.written)
        terminal.until(lambda: _ASKED in terminal.written[mark:], "the question again")
        terminal.press(_KNOWN)
        frames = _Frames(terminal, terminal.written.index(_SCREEN_ON, mark))
        terminal.until(frames.trusted, "a trusted book again")
        terminal.press(b"q")
        assert terminal.ends() == 0
        terminal.assert_restored()
    return old, waiting, frames.ladders


async def test_after_a_shorter_stop_a_viewer_draws_no_book_as_trusted_before_what_came_meanwhile_is_read(
    tmp_path: Path,
) -> None:
    # The best bid tells how many changes the book has taken in. They are so many that the first draw after the stop
    # comes before all that waits has been read.
    changes = (book_event("update", "BTC-USD", [(str(n - 1), "0"), (str(n), "1")]) for n in range(1, 10_000))
    later = [(0.002 * at, "l2_data", change) for at, change in enumerate(changes, 1)]
    script = Script({"BTC-USD": ([("0.5", "1")], [("20000", "1")])}, later=later)
    async with scripted_venue(script) as venue:
        old, waiting, ladders = await asyncio.to_thread(_stopped_viewer, Bench(tmp_path), venue)
    assert is_trusted(old)
    assert _version(old) < waiting - 20
    trusted = [_version(ladder) for ladder in ladders if is_trusted(ladder)]
    assert min(trusted) >= waiting
