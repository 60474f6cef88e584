"""The content of a gzip file, read once or from any place, whatever the file holds."""

from __future__ import annotations

import errno
import gzip
import io
import os
import random
import tempfile
import zlib
from contextlib import closing, contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest

from depthview.errors import RecordingError
from depthview.recordings.cursor import Cursor
from depthview.recordings.gzip_content import GzipContent, UnpackedGzip
from depthview.recordings.reader import open_recording

if TYPE_CHECKING:
    from collections.abc import Iterator


def _text(size: int) -> bytes:
    rng = random.Random(5)  # noqa: S311  # a test must come out the same every time
    return b"\n".join(b"%d %x" % (number, rng.getrandbits(200)) for number in range(size // 55))


@contextmanager
def _content(path: Path) -> Iterator[GzipContent]:
    with io.BufferedReader(io.FileIO(path)) as file:
        yield GzipContent(file)


@contextmanager
def _unpacked(path: Path) -> Iterator[tuple[UnpackedGzip, io.BufferedReader[Any]]]:
    unpacked = UnpackedGzip()
    with io.BufferedReader(io.FileIO(path)) as file, closing(unpacked):
        yield unpacked, file


@pytest.mark.parametrize("members", [1, 3])
def test_any_place_in_any_order(tmp_path: Path, members: int) -> None:
    text = _text(400_000)
    size = len(text) // members + 1
    parts = [text[at : at + size] for at in range(0, len(text), size)]
    path = tmp_path / "text.gz"
    path.write_bytes(b"".join(gzip.compress(part) + bytes(70_000) for part in parts))
    with _content(path) as content:
        assert content.readall() == text
        assert content.read(10) == b""
        assert (content.consumed, content.produced) == (path.stat().st_size, len(text))
    with _unpacked(path) as (unpacked, file):
        streams = [unpacked.open(file)[0] for _ in range(2)]
        rng = random.Random(6)  # noqa: S311  # a test must come out the same every time
        for _ in range(200):
            stream, at, wanted = rng.choice(streams), rng.randrange(len(text)), rng.randrange(1, 50_000)
            assert stream.seek(at) == at
            assert stream.read(wanted) == text[at : at + wanted]
        streams[0].seek(len(text) + 5)
        assert streams[0].read() == b""


def test_content_is_unpacked_once_and_only_as_far_as_it_is_read(tmp_path: Path) -> None:
    text = _text(3_000_000)
    path = tmp_path / "text.gz"
    path.write_bytes(gzip.compress(text))
    with _unpacked(path) as (unpacked, file):
        stream, content = unpacked.open(file)
        assert stream.readline() == text[: text.index(b"\n") + 1]
        assert content.produced <= 128 << 10
        stream.seek(0)
        assert stream.read() == text
        other, same = unpacked.open(file)
        assert same is content
        assert other.read() == text
        assert content.produced == len(text)


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="counts open files by /proc")
def test_the_temporary_file_has_no_name_and_is_gone_at_the_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    folder = tmp_path / "temporary"
    folder.mkdir()
    monkeypatch.setattr(tempfile, "tempdir", str(folder))
    path = tmp_path / "text.gz"
    path.write_bytes(gzip.compress(_text(100_000)))
    before = len(os.listdir("/proc/self/fd"))
    with _unpacked(path) as (unpacked, file):
        unpacked.open(file)[0].read()
        assert list(folder.iterdir()) == []
    assert len(os.listdir("/proc/self/fd")) == before


def test_a_full_disk_ends_the_recording_where_it_stands_and_names_the_cure(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "r.tsv.gz"
    path.write_bytes(gzip.compress(b"".join(b'%d\t{"n":"%s"}\n' % (n, bytes(1000).hex().encode()) for n in range(200))))
    pwrite = os.pwrite

    def full(descriptor: int, content: bytes, at: int) -> int:
        if at >= 64 << 10:
            raise OSError(errno.ENOSPC, "No space left on device")
        return pwrite(descriptor, content[:1000], at)

    monkeypatch.setattr(os, "pwrite", full)
    unpacked = UnpackedGzip()
    cursor = Cursor(open_recording(path), unpacked)
    read = 0
    while not cursor.place.ended:
        record = cursor.peek()
        cursor.advance()
        read += not cursor.place.ended
    assert read == (64 << 10) // 2011
    damage = getattr(record, "damage", None)
    assert isinstance(damage, RecordingError)
    assert "it cannot be unpacked (no space left on device)" in str(damage)
    assert "set TMPDIR" in str(damage)
    cursor.close()
    unpacked.close()


@pytest.mark.parametrize("shared", [False, True])
def test_progress_in_a_small_file_is_that_of_the_records_and_not_of_what_was_read_ahead(
    tmp_path: Path, *, shared: bool
) -> None:
    path = tmp_path / "r.tsv.gz"
    path.write_bytes(gzip.compress(b"".join(b'%d\t{"n":%d}\n' % (n + 1_000_000, n + 1_000_000) for n in range(100))))
    unpacked = UnpackedGzip()
    cursor = Cursor(open_recording(path), unpacked if shared else None)
    shares = []
    for _ in range(100):
        cursor.peek()
        cursor.advance()
        shares.append(cursor.share())
    assert shares == pytest.approx([(n + 1) / 100 for n in range(100)], abs=0.01)
    cursor.close()
    unpacked.close()


def test_a_file_that_is_cut_or_damaged_says_so(tmp_path: Path) -> None:
    whole = gzip.compress(_text(300_000))
    path = tmp_path / "text.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with _content(path) as content, pytest.raises(EOFError):
        content.readall()
    path.write_bytes(whole[:-6] + b"\x00" * 6)
    with _content(path) as content, pytest.raises(zlib.error):
        content.readall()
    path.write_bytes(whole + b"no gzip at all")
    with _content(path) as content, pytest.raises(zlib.error):
        content.readall()


@pytest.mark.parametrize("barren", [gzip.compress(b"") * 60_000, bytes(1_200_000)], ids=["members", "padding"])
def test_what_gives_no_content_for_too_long_is_refused(tmp_path: Path, barren: bytes) -> None:
    path = tmp_path / "text.gz"
    path.write_bytes(gzip.compress(b"whole") + barren[: len(barren) // 2] + gzip.compress(b"again") + barren)
    with _content(path) as content:
        assert content.read(10) == b"whole"
        assert content.read(10) == b"again"
        with pytest.raises(zlib.error, match="without content"):
            content.read(10)
