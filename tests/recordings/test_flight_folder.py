"""The folder of flight recordings: private, and never too full."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from depthview.recordings.flight_file import FlightFolder
from depthview.system.paths import path_from_home
from tests.support.frames import UNIX

if TYPE_CHECKING:
    from pathlib import Path


def filled(folder: Path, count: int, size: int = 10) -> list[str]:
    """Recordings, the oldest first."""
    folder.mkdir(exist_ok=True)
    names = [f"flight-20260101T0000{number:02}Z.jsonl.gz" for number in range(count)]
    for number, name in enumerate(names):
        (folder / name).write_bytes(b"x" * size)
        os.utime(folder / name, (UNIX + number, UNIX + number))
    return names


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def made(folder: FlightFolder, at: float = UNIX) -> Path:
    path, descriptor = folder.create(at)
    os.close(descriptor)
    return path


def test_folder_and_files_are_for_their_owner_alone(tmp_path: Path) -> None:
    folder = FlightFolder(tmp_path / "state" / "flights")
    path = made(folder)
    assert folder.path.stat().st_mode & 0o777 == 0o700
    assert path.stat().st_mode & 0o777 == 0o600
    assert path.name == "flight-20260809T210548Z.jsonl.gz"


def test_two_of_one_second_have_two_names(tmp_path: Path) -> None:
    folder = FlightFolder(tmp_path / "flights")
    assert [made(folder).name for _ in range(3)] == [
        "flight-20260809T210548Z.jsonl.gz", "flight-20260809T210548Z-2.jsonl.gz", "flight-20260809T210548Z-3.jsonl.gz",
    ]  # fmt: skip


def test_the_oldest_go_before_there_are_too_many(tmp_path: Path) -> None:
    kept = filled(tmp_path / "flights", 5)
    path = made(FlightFolder(tmp_path / "flights", most_files=4))
    assert names(tmp_path / "flights") == sorted([*kept[2:], path.name])


def test_the_oldest_go_when_they_are_too_large(tmp_path: Path) -> None:
    kept = filled(tmp_path / "flights", 5, size=100)
    FlightFolder(tmp_path / "flights", most_bytes=250).tidy()
    assert names(tmp_path / "flights") == kept[3:]


def test_the_newest_stays_however_large(tmp_path: Path) -> None:
    kept = filled(tmp_path / "flights", 3, size=100)
    FlightFolder(tmp_path / "flights", most_bytes=10).tidy()
    assert names(tmp_path / "flights") == kept[2:]


def test_what_is_not_ours_is_never_touched(tmp_path: Path) -> None:
    folder = tmp_path / "flights"
    filled(folder, 3)
    others = ["notes.txt", "flight-20260101T000000Z.jsonl.gz.bak", "flight-x.jsonl.gz", "day.jsonl.gz"]
    for name in others:
        (folder / name).write_text("mine")
        os.utime(folder / name, (1.0, 1.0))
    target = tmp_path / "elsewhere"
    target.write_text("mine")
    (folder / "flight-20250101T000000Z.jsonl.gz").symlink_to(target)
    (folder / "flight-20250102T000000Z.jsonl.gz").mkdir()
    FlightFolder(folder, most_files=1).tidy()
    assert set(others) < set(names(folder))
    assert (folder / "flight-20250101T000000Z.jsonl.gz").is_symlink()
    assert target.read_text() == "mine"
    assert sum(1 for name in names(folder) if name.startswith("flight-20260101") and name.endswith(".gz")) == 1


def test_a_planted_link_is_not_followed(tmp_path: Path) -> None:
    folder = FlightFolder(tmp_path / "flights")
    folder.path.mkdir()
    target = tmp_path / "victim"
    (folder.path / "flight-20260809T210548Z.jsonl.gz").symlink_to(target)
    path = made(folder)
    assert path.name == "flight-20260809T210548Z-2.jsonl.gz"
    assert not target.exists()


def test_a_file_where_the_folder_should_be_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "flights").write_text("a file")
    with pytest.raises(OSError, match="exists"):
        FlightFolder(tmp_path / "flights").create(UNIX)


def test_a_path_is_told_from_home_on(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    assert path_from_home(tmp_path / "state" / "a.gz") == "~/state/a.gz"
    assert path_from_home(tmp_path.parent / "b\x1b[2J.gz") == f"{tmp_path.parent}/b�[2J.gz"
    monkeypatch.setenv("HOME", "/")
    assert path_from_home(tmp_path / "c") == f"{tmp_path}/c"
