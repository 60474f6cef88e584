"""A gzip file that is read from any place says what the whole of it says there."""

from __future__ import annotations

import gzip
import io
import random
import zlib
from contextlib import contextmanager
from typing import TYPE_CHECKING

import pytest

from depthview.recordings.seekable_gzip import GzipContent, GzipMarks

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path


def _text(size: int) -> bytes:
    draws = random.Random(5)  # noqa: S311  # a test must come out the same every time
    return b"\n".join(b"%d %x" % (number, draws.getrandbits(200)) for number in range(size // 55))


@contextmanager
def _placed(path: Path, marks: GzipMarks) -> Iterator[GzipContent]:
    with io.BufferedReader(io.FileIO(path)) as file:
        yield GzipContent(file, marks)


@pytest.mark.parametrize("members", [1, 3])
def test_any_place_in_any_order(tmp_path: Path, members: int) -> None:
    text = _text(400_000)
    parts = [text[at : at + len(text) // members + 1] for at in range(0, len(text), len(text) // members + 1)]
    path = tmp_path / "text.gz"
    path.write_bytes(b"".join(gzip.compress(part) for part in parts) + bytes(700))
    marks = GzipMarks(apart=20_000, kept=8)
    with _placed(path, marks) as one, _placed(path, marks) as other:
        assert one.readall() == text
        assert one.read(10) == b""
        draws = random.Random(6)  # noqa: S311  # a test must come out the same every time
        for _ in range(200):
            reader, at = draws.choice([one, other]), draws.randrange(len(text))
            assert reader.seek(at) == reader.tell() == at
            wanted = draws.randrange(1, 50_000)
            assert (reader.read(wanted) or b"") == text[at : reader.tell()]
        assert one.seek(len(text) + 5) == len(text), "no further than there is"


def test_going_back_does_not_unzip_all_of_it_again(tmp_path: Path) -> None:
    text = _text(3_000_000)
    path = tmp_path / "text.gz"
    path.write_bytes(gzip.compress(text))
    marks = GzipMarks(apart=100_000)
    with _Counted(io.FileIO(path)) as file:
        reader = GzipContent(file, marks)
        reader.readall()
        file.taken = 0
        reader.seek(len(text) * 9 // 10)
        reader.read(10)
    assert file.taken < path.stat().st_size // 5


def test_marks_are_bounded(tmp_path: Path) -> None:
    path = tmp_path / "text.gz"
    path.write_bytes(gzip.compress(_text(2_000_000)))
    marks = GzipMarks(apart=10_000, kept=16)
    with _placed(path, marks) as reader:
        text = reader.readall()
        kept = {marks.before(at).at for at in range(0, len(text), 1000)}
    assert 6 <= len(kept) <= 16


def test_a_file_that_is_cut_or_damaged_says_so(tmp_path: Path) -> None:
    whole = gzip.compress(_text(300_000))
    path = tmp_path / "text.gz"
    path.write_bytes(whole[: len(whole) // 2])
    with _placed(path, GzipMarks()) as reader, pytest.raises(EOFError):
        reader.readall()
    path.write_bytes(whole[:-6] + b"\x00" * 6)
    with _placed(path, GzipMarks()) as reader, pytest.raises(zlib.error):
        reader.readall()
    path.write_bytes(whole + b"no gzip at all")
    with _placed(path, GzipMarks()) as reader, pytest.raises(zlib.error):
        reader.readall()


class _Counted(io.BufferedReader):
    taken = 0

    def read(self, size: int | None = -1, /) -> bytes:
        found = super().read(size)
        self.taken += len(found)
        return found


@pytest.mark.parametrize("barren", [gzip.compress(b"") * 60_000, bytes(1_200_000)], ids=["members", "padding"])
def test_what_gives_no_content_for_too_long_is_refused(tmp_path: Path, barren: bytes) -> None:
    path = tmp_path / "text.gz"
    path.write_bytes(gzip.compress(b"whole") + barren[: len(barren) // 2] + gzip.compress(b"again") + barren)
    with _placed(path, GzipMarks()) as reader:
        assert reader.read(10) == b"whole"
        assert reader.read(10) == b"again"
        with pytest.raises(zlib.error, match="no content"):
            reader.read(10)
