"""The flight recorder at work: what it keeps, what it leaves, what it survives."""

from __future__ import annotations

import asyncio
import gzip
import json
import os
from dataclasses import replace
from typing import TYPE_CHECKING, Any

from depthview.clock import ManualClock
from depthview.recordings.flight_file import FlightFolder
from depthview.recordings.flight_recorder import FlightPlan, FlightRecorder
from depthview.session.frame_log import FrameLog, FrameReceived, FrameTap
from depthview.session.session import MarketSession
from tests.support.flights import BRIEF, PRODUCTS, flying, is_whole, proved
from tests.support.frames import UNIX, Frame, heartbeat, snapshot, update, wire
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

    import pytest

BOOK = [("99", "1"), ("98.5", "3")], [("101", "2")]


def lines(path: Path) -> list[dict[str, Any]]:
    return [json.loads(line) for line in gzip.decompress(path.read_bytes()).splitlines()]


class ByHand:
    """A session fed by hand, on a clock of its own."""

    def __init__(self, folder: Path, plan: FlightPlan | None = None, log: FrameLog | None = None) -> None:
        self.clock = ManualClock(UNIX, 0.0)
        self.session = MarketSession(("BTC-USD",))
        self.log = log or FrameLog()
        self.folder = folder
        self.flight = FlightRecorder(self.session, self.log, FlightFolder(folder), self.clock, plan=plan)
        self.tap = FrameTap(self.session, self.log, self.flight)
        self.session.hooks.recorded = self.tap.happened
        self.number = -1
        self.beats = 0
        self.broken_at = 0

    @property
    def now(self) -> tuple[float, float]:
        return self.clock.monotonic(), self.clock.unix()

    def opens(self) -> None:
        self.tap.opened(*self.now)
        self.frames(1, snapshot)

    def frames(self, count: int, make: Callable[..., Frame] = update) -> None:
        for _ in range(count):
            self.number += 1
            self.came(wire(make(self.number, "BTC-USD", *BOOK, unix=self.clock.unix())))

    def came(self, raw: bytes, *, binary: bool = False) -> None:
        self.tap.receive(raw, *self.now, binary=binary)

    def passes(self, seconds: float) -> None:
        """Time, with a frame, a heartbeat and a tick twice a second."""
        for _ in range(round(seconds * 2)):
            self.clock.advance(0.5)
            self.frames(1)
            self.number += 1
            self.beats += 1
            self.came(wire(heartbeat(self.number, self.beats, unix=self.clock.unix())))
            self.tap.tick(*self.now)

    def gap(self) -> None:
        self.number += 3
        self.broken_at = self.number + 1
        self.frames(1)
        self.frames(1, snapshot)

    def files(self) -> list[Path]:
        """After the end."""
        self.flight.close()
        return sorted(self.folder.glob("*")) if self.folder.exists() else []

    def texts(self) -> list[str]:
        return [text for event in self.session.events.newest(500) for text in (event.text, event.recording) if text]


def test_nothing_wrong_leaves_nothing(tmp_path: Path) -> None:
    it = ByHand(tmp_path / "flights")
    it.opens()
    it.passes(120)
    assert it.files() == []
    assert not (tmp_path / "flights").exists()


def test_a_file_has_the_seconds_before_and_after(tmp_path: Path) -> None:
    it = ByHand(tmp_path)
    it.opens()
    it.passes(100)
    at = it.clock.unix()
    it.gap()
    it.passes(20)
    (path,) = it.files()
    header, opened, made, *rest = lines(path)
    assert header["depthview"] == "recording"
    assert header["flight"] is True
    assert opened["event"] == "opened"
    assert made["made"] is True
    assert "sequence_num" not in json.loads(made["frame"])
    times = [line["at"] for line in rest]
    assert 30 <= at - opened["at"] <= 30 + 15
    assert at - times[0] <= at - opened["at"]
    assert 4.5 <= times[-1] - at <= 5.5
    (incident,) = [line for line in rest if line.get("event") == "incident"]
    before = rest[rest.index(incident) - 1]
    assert json.loads(before["frame"])["sequence_num"] == it.broken_at
    assert incident == {"at": at, "event": "incident", "detail": f"BTC-USD: gap of 3 before {it.broken_at:,}"}


def test_incidents_that_overlap_share_a_file_and_others_do_not(tmp_path: Path) -> None:
    it = ByHand(tmp_path)
    it.opens()
    it.passes(20)
    it.gap()
    it.passes(4)
    it.gap()
    it.passes(60)
    it.gap()
    it.passes(10)
    counts = [sum(line.get("event") == "incident" for line in lines(path)) for path in it.files()]
    assert counts == [2, 1]


def test_trouble_without_end_is_cut_into_files(tmp_path: Path) -> None:
    it = ByHand(tmp_path, replace(FlightPlan(), longest=30))
    it.opens()
    for _ in range(25):
        it.passes(3)
        it.gap()
    assert len(it.files()) >= 2


def test_a_file_ends_when_it_is_large_enough(tmp_path: Path) -> None:
    it = ByHand(tmp_path, replace(FlightPlan(), after=60, most_bytes=2_000))
    it.opens()
    it.passes(2)
    it.gap()
    it.passes(40)
    paths = it.files()
    assert sum(len(line.get("frame", "")) for line in lines(paths[0])) < 6_000


def test_by_hand_it_keeps_all_that_there_is(tmp_path: Path) -> None:
    it = ByHand(tmp_path)
    it.opens()
    it.passes(100)
    assert it.flight.keep() is None
    (path,) = it.files()
    found = lines(path)
    assert found[1]["at"] == UNIX
    assert [line for line in found if "event" in line][-1]["event"] == "kept"
    assert sum("frame" in line for line in found) == sum(isinstance(entry, FrameReceived) for entry in it.log.entries)


def test_there_is_nothing_to_keep_before_anything_came(tmp_path: Path) -> None:
    it = ByHand(tmp_path)
    assert it.flight.keep() == "nothing has arrived yet"
    assert it.files() == []


def test_it_begins_with_what_the_log_still_has(tmp_path: Path) -> None:
    it = ByHand(tmp_path, log=FrameLog(most_bytes=4_000))
    it.opens()
    it.passes(100)
    it.gap()
    (path,) = it.files()
    found = lines(path)
    assert found[2]["made"] is True
    numbers = [json.loads(line["frame"]).get("sequence_num") for line in found if "frame" in line][1:]
    assert len(numbers) < 20
    # From the made snapshot on nothing is missing, but what the gap has.
    before, after = numbers[:-2], numbers[-2:]
    assert before == list(range(before[0], before[0] + len(before)))
    assert after == [it.broken_at, it.broken_at + 1]


def test_a_book_in_doubt_is_no_beginning(tmp_path: Path) -> None:
    it = ByHand(tmp_path, replace(FlightPlan(), before=1, after=1, every=1))
    it.opens()
    it.passes(10)
    it.number += 3
    it.frames(1)
    it.passes(20)
    it.tap.crashed(*it.now, "a bug")
    paths = it.files()
    assert len(paths) == 2
    assert not any("made" in line for line in lines(paths[1]))


def test_odd_frames_come_out_as_they_came_in(tmp_path: Path) -> None:
    it = ByHand(tmp_path)
    it.opens()
    odd = [b"\xff\x00", b'{"a":"\\u001b"}', b"", "ä€😀".encode()]
    for raw in odd:
        it.came(raw, binary=raw == odd[0])
    it.flight.keep()
    (path,) = it.files()
    from depthview.recordings.reader import RecordedFrame, open_recording

    frames = [entry.frame for entry in open_recording(path) if isinstance(entry, RecordedFrame)]
    assert frames[1:] == odd


def test_a_crash_is_kept_to_the_last_frame(tmp_path: Path) -> None:
    it = ByHand(tmp_path)
    it.opens()
    it.passes(10)
    it.tap.crashed(*it.now, "depthview failed (KeyError)")
    (path,) = it.files()
    found = lines(path)
    assert is_whole(path)
    assert found[-1]["detail"] == "depthview failed (KeyError)"
    assert [line["event"] for line in found if "event" in line] == ["opened", "crashed", "incident"]


def test_a_crash_of_the_screen_is_kept_too(tmp_path: Path) -> None:
    it = ByHand(tmp_path)
    it.opens()
    it.passes(10)
    it.flight.crashed("the screen failed")
    (path,) = it.files()
    assert lines(path)[-1] == {"at": it.clock.unix(), "event": "incident", "detail": "the screen failed"}


def test_a_folder_that_cannot_be_made_is_told_once(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("in the way")
    it = ByHand(tmp_path / "file" / "flights", replace(FlightPlan(), after=1))
    it.opens()
    for _ in range(3):
        it.passes(20)
        it.gap()
        it.flight._writing[0].join(5)
    it.passes(20)
    told = [text for text in it.texts() if "flight" in text]
    assert len(told) == 1
    assert told[0].startswith("not recorded in ")
    assert told[0].endswith(": not a directory")
    it.flight.close()


def test_a_full_disk_is_told_once_and_hurts_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object) -> int:
        raise OSError(28, "No space left on device")

    monkeypatch.setattr("depthview.recordings.writer.os.write", full)
    it = ByHand(tmp_path, replace(FlightPlan(), after=1))
    it.opens()
    for _ in range(3):
        it.passes(20)
        it.gap()
        it.flight._writing[0].join(5)
    it.passes(20)
    assert [text for text in it.texts() if "disk full" in text] == [f"not recorded in {tmp_path}: disk full"]
    assert it.session.products.market("BTC-USD").verdict.trusted
    it.flight.close()


def test_a_disk_that_hangs_holds_nobody_up(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    import threading

    go_on = threading.Event()
    real = os.write

    def hanging(descriptor: int, text: bytes) -> int:
        go_on.wait(20)
        return real(descriptor, text)

    monkeypatch.setattr("depthview.recordings.writer.os.write", hanging)
    it = ByHand(tmp_path)
    it.opens()
    it.passes(20)
    it.gap()
    it.passes(20)
    assert not it.flight._writing[0].is_over
    go_on.set()
    (path,) = it.files()
    assert is_whole(path)


def test_checkpoints_are_few_and_shared(tmp_path: Path) -> None:
    it = ByHand(tmp_path)
    it.opens()
    it.passes(600)
    kept = it.flight._books.kept
    assert len(kept) <= 12
    # Nothing changes for a while: the same bytes stand for all of it.
    for _ in range(100):
        it.clock.advance(1)
        it.tap.tick(*it.now)
    last = it.flight._books.kept[-3:]
    assert last[0].books[0] is last[2].books[0]


async def test_leaving_within_the_seconds_after_finishes_the_file(tmp_path: Path) -> None:
    async with flying(tmp_path / "flights", plan=replace(BRIEF, after=60)) as flight:
        await flight.settled()
        flight.exchange.provoke("gap")
        await until(lambda: flight.files, "a file")
        await until(lambda: any("gap of 1" in text for text in flight.events()), "the gap")
    (path,) = flight.files
    assert is_whole(path)
    assert proved(path, flight.tap.frames).incidents[0].startswith("gap of 1 before")


async def test_faults_in_a_row_leave_a_file_each(tmp_path: Path) -> None:
    async with flying(tmp_path / "flights") as flight:
        await flight.settled()
        for number, fault in enumerate(("gap:count=2", "hostile_numbers:kind=nan", "close"), 1):
            flight.exchange.provoke(fault)
            await flight.finished(number)
            await flight.settled()
    assert len(flight.files) == 3
    for path in flight.files:
        proof = proved(path, flight.tap.frames)
        assert proof.made == len(PRODUCTS)
        assert proof.before > 10


async def test_the_loop_does_not_wait_for_the_writer(strict_loop: None, tmp_path: Path) -> None:
    async with flying(tmp_path / "flights") as flight:
        await flight.settled()
        flight.exchange.provoke("gap")
        await until(lambda: flight.notes(), "a note")
        await asyncio.to_thread(flight.flight.close)
    assert all(map(is_whole, flight.files))


def test_without_a_network_there_is_no_empty_recording(tmp_path: Path) -> None:
    it = ByHand(tmp_path / "flights")
    for _ in range(3):
        it.tap.connecting(it.clock.monotonic())
        it.tap.closed(*it.now, "cannot resolve venue.example: check the name and the network", it.clock.monotonic() + 1)
        it.clock.advance(1.0)
        it.tap.tick(*it.now)
    assert it.flight.keep() == "nothing has arrived yet"
    (event,) = it.session.events.newest(10)
    assert (event.level, event.is_open, event.recording) == ("warn", True, "")
    assert it.files() == []


def test_the_path_stands_in_the_line_of_each_incident_of_the_file(tmp_path: Path) -> None:
    it = ByHand(tmp_path, replace(FlightPlan(), after=2))
    it.opens()
    it.passes(20)
    before = it.session.events.last_id
    it.gap()
    it.passes(1)
    it.gap()
    it.passes(5)
    for file in tuple(it.flight._writing):
        file.join(5)  # it is written aside
    it.passes(1)
    found = it.session.events.since(before)
    (path,) = it.files()
    assert [event.recording for event in found] == [f"recorded in {path}"] * 2
    assert [(event.level, event.is_open) for event in found] == [("warn", False)] * 2
    assert all(": healed in " in event.text for event in found)


def test_a_recording_that_the_disk_took_nothing_of_is_removed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def too_large(*_: object) -> int:
        raise OSError(27, "File too large")

    monkeypatch.setattr("depthview.recordings.writer.os.write", too_large)
    it = ByHand(tmp_path, replace(FlightPlan(), after=1))
    it.opens()
    it.passes(20)
    it.gap()
    it.flight._writing[0].join(5)
    it.passes(5)
    assert f"not recorded in {tmp_path}: file size limit reached" in it.texts()
    assert it.files() == []
