"""Reading recordings: three forms, plain and gzipped, and every way in which a file can be bad."""

from __future__ import annotations

import gzip
import json
import os
from dataclasses import replace
from pathlib import Path
from tempfile import TemporaryDirectory

import pytest
from hypothesis import given
from hypothesis import strategies as st

from depthview.clock import ManualClock
from depthview.errors import RecordingError
from depthview.recordings import reader
from depthview.recordings.reader import Entry, RecordedEvent, RecordedFrame, RecordingForm, open_recording
from depthview.recordings.writer import Recorder
from tests.recordings.reading import read_all

HEADER = '{"depthview":"recording","version":1}\n'
BEAT = '{"channel":"heartbeats","timestamp":"2026-08-09T21:05:48.5Z","sequence_num":0,"events":[]}'
BEAT_AT = 1_786_309_548.5


def _file(tmp_path: Path, content: str | bytes, name: str = "r") -> Path:
    path = tmp_path / name
    path.write_bytes(content.encode() if isinstance(content, str) else content)
    return path


def test_the_real_recording_reads_as_it_lies_there(shared_data: Path) -> None:
    recording = open_recording(shared_data / "advtrade_2026-08-09_frames.tsv.gz")
    entries = list(recording)
    frames = [entry for entry in entries if isinstance(entry, RecordedFrame)]
    assert (recording.form, recording.compressed, len(frames), len(entries)) == (RecordingForm.TIMED, True, 1030, 1030)
    assert [json.loads(frame.frame)["sequence_num"] for frame in frames] == list(range(1030))
    assert 24 < frames[-1].at - frames[0].at < 25
    assert max(len(frame.frame) for frame in frames) == 5_079_379


def test_the_real_recording_survives_being_recorded_again(shared_data: Path, tmp_path: Path) -> None:
    original = list(open_recording(shared_data / "advtrade_2026-08-09_frames.tsv.gz"))
    with Recorder(tmp_path / "again.jsonl.gz", clock=ManualClock()) as recorder:
        for entry in original:
            assert isinstance(entry, RecordedFrame)
            recorder.frame(entry.frame, at=entry.at)
    assert list(open_recording(tmp_path / "again.jsonl.gz")) == original


_TIMES = st.integers(0, 4_000_000_000_000_000).map(lambda micros: micros / 1_000_000)
_FRAMES = st.binary(max_size=200) | st.text(max_size=200).map(str.encode)
_ENTRIES = st.builds(RecordedFrame, at=_TIMES, frame=_FRAMES, binary=st.booleans()) | st.builds(
    RecordedEvent, at=_TIMES, name=st.sampled_from(["opened", "closed", "resync"]), detail=st.text(max_size=40)
)


@given(st.lists(_ENTRIES, max_size=20), st.booleans())
def test_what_is_recorded_is_what_is_read(entries: list[Entry], zipped: bool) -> None:
    entries.sort(key=lambda entry: entry.at)
    expected: list[Entry] = []
    with TemporaryDirectory() as folder:
        path = Path(folder) / ("r.jsonl.gz" if zipped else "r.jsonl")
        with Recorder(path, clock=ManualClock()) as recorder:
            for entry in entries:
                if isinstance(entry, RecordedFrame):
                    recorder.frame(entry.frame, at=entry.at, binary=entry.binary)
                    expected.append(replace(entry, binary=entry.binary or not _is_utf8(entry.frame)))
                else:
                    recorder.event(entry.name, at=entry.at, detail=entry.detail)
                    expected.append(entry)
        recording = open_recording(path)
        assert list(recording) == expected
        assert list(recording) == expected  # each time from the start
        if not zipped and expected:
            assert recording.duration() == expected[-1].at - expected[0].at


def _is_utf8(raw: bytes) -> bool:
    try:
        raw.decode()
    except UnicodeDecodeError:
        return False
    return True


@pytest.mark.parametrize("zipped", [False, True])
@pytest.mark.parametrize(
    ("content", "form"),
    [
        (HEADER + '{"at":5,"frame":"{}"}\n{"at":6.5,"event":"closed"}\n', RecordingForm.OWN),
        (f"5\t{BEAT}\n6.25\tno JSON at all\n", RecordingForm.TIMED),
        (f'{{"type":"error","message":"x"}}\n{BEAT}\n', RecordingForm.BARE),
    ],
    ids=["own", "timed", "bare"],
)
def test_each_form_is_known_by_its_content(tmp_path: Path, content: str, form: RecordingForm, *, zipped: bool) -> None:
    # Named the wrong way round: the name decides nothing.
    path = _file(tmp_path, gzip.compress(content.encode()) if zipped else content, "r.jsonl" if zipped else "r.gz")
    recording = open_recording(path)
    assert (recording.form, recording.compressed, len(list(recording))) == (form, zipped, 2)


def test_own_entries_in_full(tmp_path: Path) -> None:
    path = _file(
        tmp_path,
        HEADER
        + '{"at":5,"frame":"{\\"a\\":\\"ü\\"}"}\n\n{"at":6,"bytes":"//4="}\r\n{"at":7,"event":"closed","code":1001}',
    )
    entries = [
        RecordedFrame(5, '{"a":"ü"}'.encode()),
        RecordedFrame(6, b"\xff\xfe", binary=True),
        RecordedEvent(7, "closed"),
    ]
    assert read_all(path) == (entries, "")
    assert open_recording(path).duration() == 2


def test_a_bare_frame_takes_its_own_time_or_the_last_known(tmp_path: Path) -> None:
    def stamped(timestamp: object) -> str:
        return json.dumps({"channel": "x", "timestamp": timestamp}) + "\n"

    path = _file(
        tmp_path,
        '{"type":"error"}\n'
        + stamped("2026-08-09T21:05:48.123456789Z")
        + stamped("1970-01-01T00:00:00Z")
        + stamped("2026-08-09T21:05:40Z")
        + stamped("yesterday")
        + stamped(17)
        + stamped("2026-08-09T21:05:50")
        + stamped("2026-08-09T23:05:51+02:00"),
    )
    entries, error = read_all(path)
    assert not error
    assert [entry.at for entry in entries] == [1_786_309_548.123456] * 6 + [1_786_309_550, 1_786_309_551]
    assert open_recording(path).duration() == pytest.approx(1_786_309_551 - 1_786_309_548.123456)


def test_bare_frames_without_any_time_are_refused(tmp_path: Path) -> None:
    path = _file(tmp_path, '{"type":"error"}\n' * 3)
    assert read_all(path) == ([], f"cannot replay {path}: none of its first 3 frames has a timestamp")


def test_times_never_step_back(tmp_path: Path) -> None:
    path = _file(tmp_path, "5\t{}\n3\t{}\n6\t{}\n")
    assert [entry.at for entry in read_all(path)[0]] == [5, 5, 6]


DAMAGE: dict[str, tuple[str, int, str]] = {
    "own, cut in mid record": (HEADER + '{"at":5,"frame":"{}"}\n{"at":6,"fra', 1, "record 3 is cut off"),
    "own, foreign text": (
        HEADER + '{"at":5,"frame":"{}"}\nhello\n{"at":6,"frame":"{}"}\n',
        1,
        "record 3 is not a record",
    ),
    "own, no content": (HEADER + '{"at":5}\n', 0, "record 2 holds neither"),
    "own, two contents": (HEADER + '{"at":5,"frame":"","event":"closed"}\n', 0, "record 2 holds neither"),
    "own, no time": (HEADER + '{"frame":"{}"}\n', 0, "record 2 is not a record"),
    "own, time is nan": (HEADER + '{"at":NaN,"frame":"{}"}\n', 0, "record 2 is not a record"),
    "own, time is infinite": (HEADER + '{"at":1e999,"frame":"{}"}\n', 0, "record 2 is not a record"),
    "own, time is beyond all": (HEADER + '{"at":1e300,"frame":"{}"}\n', 0, "record 2 has an impossible time"),
    "own, time is negative": (HEADER + '{"at":-1,"frame":"{}"}\n', 0, "record 2 has an impossible time"),
    "own, bad base64": (HEADER + '{"at":5,"bytes":"*"}\n', 0, "record 2 is not a record"),
    "own, deep nesting": (HEADER + '{"at":5,"x":' + "[" * 100_000 + "\n", 0, "record 2 is not a record"),
    "own, lone surrogate": (HEADER + '{"at":5,"frame":"\\ud800"}\n', 0, "record 2 is not a record"),
    "timed, cut in mid frame": (f"5\t{BEAT}\n6\t{BEAT[:40]}", 1, "record 2 is cut off"),
    "timed, cut in mid time": (f"5\t{BEAT}\n17863", 1, "record 2 is cut off"),
    "timed, foreign text": (f"5\t{BEAT}\nhello\n", 1, "record 2 is not seconds, a tab and a frame"),
    "timed, time in words": (f"5\t{BEAT}\nnan\t{BEAT}\n", 1, "record 2 is not seconds, a tab and a frame"),
    "timed, time beyond all": (f"5\t{BEAT}\n999999999999\t{BEAT}\n", 1, "record 2 has an impossible time"),
    "bare, cut in mid frame": (f"{BEAT}\n{BEAT[:40]}", 1, "record 2 is cut off"),
    "bare, foreign text": (f"{BEAT}\nhello\n", 1, "record 2 is not a record"),
}


@pytest.mark.parametrize(("content", "before", "words"), DAMAGE.values(), ids=DAMAGE)
def test_damage_ends_it_with_its_number_after_what_stood_before(
    tmp_path: Path, content: str, before: int, words: str
) -> None:
    entries, error = read_all(_file(tmp_path, content))
    assert len(entries) == before
    assert words in error
    assert "\n" not in error


@pytest.mark.parametrize(
    ("content", "words"),
    [
        ("", "it is empty"),
        ("\n\n", "it is empty"),
        ("hello\n", "record 1 is neither"),
        ("5 {}\n", "record 1 is neither"),
        ("[1]\n", "record 1 is neither"),
        ('{"a":1}\n', "record 1 is neither"),
        ('{"at":5,"frame":"{}"}\n', "record 1 is neither"),
        ("[" * 100_000, "record 1 is neither"),
        ('{"depthview":"dump"}\n', "not a recording"),
        ('{"depthview":"recording","version":2}\n', "update depthview"),
        ('{"depthview":"recording"}\n', "update depthview"),
        (b"\x1f\x8bnot gzip", "record 1 is damaged: the gzip data is not valid"),
        (b"\x1f\x8b", "record 1 is cut off: the gzip data ends early"),
        (b"\x89PNG\r\n\x1a\n", "record 1 is neither"),
    ],
)
def test_what_is_no_recording_is_refused_at_once(tmp_path: Path, content: str | bytes, words: str) -> None:
    path = _file(tmp_path, content)
    with pytest.raises(RecordingError, match=words):
        open_recording(path)


def test_what_cannot_be_opened_is_named(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe")
    for path, words in [
        (tmp_path / "missing", "it does not exist"),
        (tmp_path, "it is a directory"),
        (tmp_path / "pipe", "it is not a regular file"),
        (tmp_path / "nul\0", "not a valid file name"),
        (tmp_path / "a" / "\x1b[31m", "it does not exist"),
    ]:
        with pytest.raises(RecordingError, match=words) as caught:
            open_recording(path)
        assert str(caught.value).isprintable()


def test_a_gzip_file_that_was_cut_gives_what_it_has(tmp_path: Path) -> None:
    lines = "".join(f"{at}\t{BEAT}{os.urandom(20).hex()}\n" for at in range(2000)).encode()
    whole = gzip.compress(lines)
    entries, error = read_all(_file(tmp_path, whole[: len(whole) // 2]))
    assert 500 < len(entries) < 1500
    assert f"record {len(entries) + 1} is cut off: the gzip data ends early" in error


def test_a_gzip_file_that_was_damaged_gives_what_it_has(tmp_path: Path) -> None:
    lines = "".join(f"{at}\t{BEAT}{os.urandom(20).hex()}\n" for at in range(2000)).encode()
    whole = bytearray(gzip.compress(lines))
    whole[-6] ^= 1  # the check sum
    entries, error = read_all(_file(tmp_path, bytes(whole)))
    assert len(entries) == 2000
    assert "record 2001 is damaged: the gzip data is not valid" in error


@pytest.mark.parametrize("zipped", [False, True])
def test_a_line_without_end_is_refused_at_the_bound(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, *, zipped: bool
) -> None:
    monkeypatch.setattr(reader, "MAX_LINE_BYTES", 1 << 20)
    content = f"5\t{BEAT}\n6\t".encode() + b"x" * (3 << 20)
    entries, error = read_all(_file(tmp_path, gzip.compress(content) if zipped else content))
    assert len(entries) == 1
    assert "record 2 is longer than 1 MiB" in error


def test_the_duration_is_told_where_it_is_cheap(tmp_path: Path) -> None:
    long_frame = json.dumps({"channel": "x" * 300_000})
    assert open_recording(_file(tmp_path, f"5\t{BEAT}\n7.5\t{long_frame}\n")).duration() == 2.5
    assert open_recording(_file(tmp_path, f"5\t{BEAT}\n7.5\t{long_frame}\nhello\n")).duration() is None
    assert open_recording(_file(tmp_path, f"5\t{BEAT}\n")).duration() == 0
    assert open_recording(_file(tmp_path, HEADER)).duration() is None
    assert open_recording(_file(tmp_path, gzip.compress(f"5\t{BEAT}\n6\t{BEAT}\n".encode()))).duration() is None


@given(st.binary(max_size=300), st.sampled_from([b"", HEADER.encode(), b"5\t{}\n", BEAT.encode() + b"\n", b"\x1f\x8b"]))
def test_any_file_is_read_or_refused(content: bytes, opening: bytes) -> None:
    with TemporaryDirectory() as folder:
        entries, error = read_all(_file(Path(folder), opening + content))
        assert "\n" not in error
        assert [entry.at for entry in entries] == sorted(entry.at for entry in entries)


def test_the_header_is_given_and_cannot_be_changed(tmp_path: Path) -> None:
    recording = open_recording(_file(tmp_path, '{"depthview":"recording","version":1,"url":"wss://x"}\n'))
    assert recording.header["url"] == "wss://x"
    with pytest.raises(TypeError):
        recording.header["url"] = "y"  # type: ignore[index]  # that is the point


def test_blank_lines_are_skipped_up_to_a_bound(tmp_path: Path) -> None:
    path = tmp_path / "r"
    lines = ['{"depthview":"recording","version":1}', '{"at":1,"event":"opened"}', '{"at":2,"event":"resync"}']
    path.write_text(f"{lines[0]}\n{lines[1]}\n{' ' * 30_000}\n{chr(10) * 30_000}{lines[2]}\n")
    assert [entry.at for entry in read_all(path)[0]] == [1, 2]
    path.write_text(f"{lines[0]}\n{lines[1]}\n{chr(10) * 70_000}{lines[2]}\n")
    entries, damage = read_all(path)
    assert [entry.at for entry in entries] == [1]
    assert "more than 64 KiB of blank lines up to line 65,539" in damage
