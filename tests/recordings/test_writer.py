"""The recorder: what it writes, how it makes its file, and what it does when the disk fails it."""

from __future__ import annotations

import errno
import gzip
import json
import os
import resource
import stat
import threading
from typing import TYPE_CHECKING

import msgspec
import pytest

from depthview.clock import ManualClock
from depthview.errors import RecordingError
from depthview.recordings.writer import Recorder
from tests.recordings.reading import frames

if TYPE_CHECKING:
    from collections.abc import Callable
    from pathlib import Path

CLOCK = ManualClock(1_786_309_548.1234567)
FRAME = b'{"channel":"heartbeats","sequence_num":0}'


def _wait_until(predicate: Callable[[], bool], timeout_seconds: float = 10) -> None:
    """Poll, since the writer is a thread with a rhythm of its own."""
    tick = threading.Event()
    for _ in range(int(timeout_seconds / 0.02)):
        if predicate():
            return
        tick.wait(0.02)
    pytest.fail("it never came to be")


def test_the_format_to_the_letter(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    with Recorder(path, clock=CLOCK, note={"url": "wss://host.example", "products": ["BTC-USD"]}) as recorder:
        recorder.event("opened")
        recorder.frame(FRAME, at=1_786_309_548.629008)
        recorder.frame(FRAME, at=1_786_309_549, binary=True)
        recorder.frame(b"\xff\xfe", at=1_786_309_550.5)
        recorder.event("closed", at=1_786_309_551, detail="1001 going away")
    assert path.read_text().splitlines() == [
        '{"depthview":"recording","version":1,"made_by":"depthview 0.1.0","started_at":1786309548.123457,'
        '"url":"wss://host.example","products":["BTC-USD"]}',
        '{"at":1786309548.123457,"event":"opened"}',
        r'{"at":1786309548.629008,"frame":"{\"channel\":\"heartbeats\",\"sequence_num\":0}"}',
        '{"at":1786309549.000000,"bytes":"eyJjaGFubmVsIjoiaGVhcnRiZWF0cyIsInNlcXVlbmNlX251bSI6MH0="}',
        '{"at":1786309550.500000,"bytes":"//4="}',
        '{"at":1786309551.000000,"event":"closed","detail":"1001 going away"}',
    ]


def test_a_note_cannot_pass_for_the_header(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    Recorder(path, clock=CLOCK, note={"version": 7, "depthview": "no"}).close()
    header = json.loads(path.read_text())
    assert (header["depthview"], header["version"]) == ("recording", 1)


def test_the_file_is_private_and_exclusive(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    Recorder(path, clock=CLOCK).close()
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    with pytest.raises(RecordingError, match=r"it exists: name another, or add --force$"):
        Recorder(path, clock=CLOCK)


def test_force_replaces_a_file_and_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl"
    path.write_text("old")
    path.chmod(0o644)
    reader = path.open()
    with Recorder(path, clock=CLOCK, force=True):
        pass
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    assert path.read_text().startswith('{"depthview":"recording"')
    with reader:
        assert reader.read() == "old"  # replaced, not written through
    assert [entry.name for entry in tmp_path.iterdir()] == ["r.jsonl"]


@pytest.mark.parametrize("force", [False, True])
@pytest.mark.parametrize("dangling", [False, True])
def test_a_planted_link_is_never_followed(tmp_path: Path, *, force: bool, dangling: bool) -> None:
    victim = tmp_path / "victim"
    if not dangling:
        victim.write_text("precious")
    path = tmp_path / "r.jsonl"
    path.symlink_to(victim)
    with pytest.raises(RecordingError, match="it exists"):
        Recorder(path, clock=CLOCK, force=force)
    assert path.is_symlink()
    assert victim.exists() is not dangling
    assert dangling or victim.read_text() == "precious"


def test_places_where_no_file_can_be_made_are_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, force, words in [
        (tmp_path / "missing" / "r.jsonl", False, "its folder does not exist"),
        (tmp_path / "missing" / "r.jsonl", True, "its folder does not exist"),
        (tmp_path, False, "it exists"),
        (tmp_path, True, "not a regular file"),
        (tmp_path / "pipe", True, "not a regular file"),
        (tmp_path / "nul\0", False, "not a valid file name"),
        (tmp_path / ("x" * 300), False, "file name too long"),
    ]:
        with pytest.raises(RecordingError, match=words):
            Recorder(path, clock=CLOCK, force=force)


def test_a_hostile_name_is_shown_without_its_teeth(tmp_path: Path) -> None:
    path = tmp_path / "r\x1b]0;owned\x07\n.jsonl"
    with Recorder(path, clock=CLOCK) as recorder:
        assert recorder.status == "recording r\ufffd]0;owned\ufffd\ufffd.jsonl, 0.0 MB"
    with pytest.raises(RecordingError) as caught:
        Recorder(path, clock=CLOCK)
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz"])
def test_it_is_flushed_each_second_so_that_a_cut_file_reads(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    with Recorder(path, clock=CLOCK) as recorder:
        recorder.frame(FRAME, at=1_786_309_548.5)
        cut = tmp_path / ("cut" + name)

        def reads() -> bool:
            cut.write_bytes(path.read_bytes())  # as a power cut would leave it
            return frames(cut) == [FRAME]

        _wait_until(reads)


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz"])
def test_it_tells_what_it_does(tmp_path: Path, name: str) -> None:
    recorder = Recorder(tmp_path / name, clock=CLOCK)
    for at in range(3):
        recorder.frame(os.urandom(2_000_000), at=at, binary=True)
    # Far above the amount that is written early: it does not wait for the second to pass.
    _wait_until(lambda: recorder.status != f"recording {name}, 0.0 MB", timeout_seconds=0.9)
    assert not recorder.stopped
    recorder.close()
    size = (tmp_path / name).stat().st_size
    assert size > 5_900_000
    assert recorder.status == f"recorded {name}, {size / 1e6:.1f} MB"


def test_after_the_end_nothing_is_taken_and_nothing_raised(tmp_path: Path) -> None:
    recorder = Recorder(tmp_path / "r.jsonl", clock=CLOCK)
    recorder.close()
    before = (tmp_path / "r.jsonl").read_bytes()
    recorder.frame(FRAME)
    recorder.event("opened")
    recorder.close()
    assert (tmp_path / "r.jsonl").read_bytes() == before


def test_gzip_is_what_the_name_says(tmp_path: Path) -> None:
    path = tmp_path / "r.jsonl.gz"
    with Recorder(path, clock=CLOCK) as recorder:
        recorder.frame(FRAME, at=1)
    assert gzip.decompress(path.read_bytes()).count(b"\n") == 2


@pytest.mark.parametrize("name", ["r.jsonl", "r.jsonl.gz"])
def test_a_real_size_limit_ends_it_with_a_valid_prefix(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with Recorder(path, clock=CLOCK) as recorder:
        recorder.frame(FRAME, at=1)
        _wait_until(lambda: path.stat().st_size > 0)
        resource.setrlimit(resource.RLIMIT_FSIZE, (2_000_000, before[1]))
        try:
            for at in range(2, 4):
                recorder.frame(os.urandom(3_000_000), at=at, binary=True)
            _wait_until(lambda: recorder.stopped)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        recorder.frame(FRAME, at=9)
        assert recorder.status == "RECORDING STOPPED: file size limit reached at 0.0 MB"
    assert frames(path) == [FRAME]


@pytest.mark.parametrize(
    ("code", "words"),
    [(errno.ENOSPC, "disk full"), (errno.EDQUOT, "disk quota used up"), (errno.EIO, "input/output error")],
)
def test_a_disk_that_fails_ends_it_and_is_named(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, code: int, words: str
) -> None:
    write = os.write
    failing = threading.Event()

    def fail(descriptor: int, data: bytes) -> int:
        if failing.is_set():
            if len(data) > 40:
                return write(descriptor, data[:20])  # a full disk takes a part first
            raise OSError(code, os.strerror(code))
        return write(descriptor, data)

    monkeypatch.setattr("depthview.recordings.writer.os.write", fail)
    path = tmp_path / "r.jsonl"
    recorder = Recorder(path, clock=CLOCK)
    recorder.frame(FRAME, at=1)
    _wait_until(lambda: path.stat().st_size > 0)
    failing.set()
    recorder.frame(FRAME, at=2)
    recorder.close()
    assert recorder.stopped
    assert recorder.status == f"RECORDING STOPPED: {words} at 0.0 MB"
    assert frames(path) == [FRAME]
    assert path.read_bytes().endswith(b"}\n")


def test_a_disk_that_cannot_keep_up_ends_it_rather_than_lose_a_frame(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write, go_on = os.write, threading.Event()

    def slow(descriptor: int, data: bytes) -> int:
        go_on.wait(20)
        return write(descriptor, data)

    monkeypatch.setattr("depthview.recordings.writer.os.write", slow)
    path = tmp_path / "r.jsonl"
    recorder = Recorder(path, clock=CLOCK, queue_bytes=10_000)
    sent = [b"x" * 1000 for _ in range(12)]
    for at, frame in enumerate(sent):
        recorder.frame(frame, at=at)
    assert recorder.status == "RECORDING STOPPED: the disk cannot keep up at 0.0 MB"
    go_on.set()
    recorder.close()
    assert frames(path) == sent[:10]


def test_a_disk_that_hangs_does_not_hang_the_exit(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    write, go_on = os.write, threading.Event()

    def hang(descriptor: int, data: bytes) -> int:
        go_on.wait(20)
        return write(descriptor, data)

    monkeypatch.setattr("depthview.recordings.writer.os.write", hang)
    recorder = Recorder(tmp_path / "r.jsonl", clock=CLOCK)
    recorder.close(timeout_seconds=0.05)
    assert recorder.status == "RECORDING STOPPED: the disk does not answer at 0.0 MB"
    go_on.set()
    recorder.close()


def test_a_frame_of_5_mb_is_encoded_in_pieces(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One JSON call for all of it would hold the interpreter, and with it the event loop, for 7 ms (measured)."""
    encode, longest = msgspec.json.encode, [0]

    def watched(value: object) -> bytes:
        if isinstance(value, str):
            longest.append(len(value))
        return encode(value)

    monkeypatch.setattr("depthview.recordings.writer.msgspec.json.encode", watched)
    frame = b'{"side":"bid","price_level":"65083.66","new_quantity":"0.5"},' * 85_000
    assert len(frame) > 5_000_000
    with Recorder(tmp_path / "r.jsonl", clock=CLOCK) as recorder:
        recorder.frame(frame, at=1)
    assert 0 < max(longest) <= 128 << 10
    assert frames(tmp_path / "r.jsonl") == [frame]
