"""What a flight recording was made for stands at the top of what is said of it."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.analysis.inspect_command import add_arguments, run
from tests.support.evidence import command, event, own, record
from tests.support.frames import heartbeat, snapshot

if TYPE_CHECKING:
    from pathlib import Path

BOOK = [("99", "1")], [("101", "2")]


def flight(path: Path, *details: str) -> Path:
    lines = [event(0, "opened"), record(0, snapshot(None, "BTC-USD", *BOOK), made=True), record(1, heartbeat(7))]
    return own(path, [*lines, *(event(2 + at, "incident", detail) for at, detail in enumerate(details))])


def test_incidents_are_told_first(tmp_path: Path) -> None:
    found = command(add_arguments, run, flight(tmp_path / "f.jsonl", "gap of 3 before 184,005", "a\x1b[2Jb"))
    verdict, incidents, overview = found.out.split("\n\n")[1:4]
    assert verdict.startswith("CLEAN")
    heads, first, second = incidents.splitlines()
    assert heads.split() == ["incident", "after", "frame", "what"]
    assert first.split() == ["21:05:50.000", "1", "gap", "of", "3", "before", "184,005"]
    assert second.endswith("a�[2Jb")
    assert overview.startswith("from")


def test_incidents_are_in_the_document(tmp_path: Path) -> None:
    found = command(add_arguments, run, flight(tmp_path / "f.jsonl", "gap of 3 before 184,005"), "--json").json
    assert found["incidents"] == [{"frame": 1, "at": 1_786_309_550.0, "what": "gap of 3 before 184,005"}]
    assert found["made_frames"] == 1


def test_without_one_nothing_is_said_of_them(tmp_path: Path) -> None:
    path = flight(tmp_path / "f.jsonl")
    assert "incident" not in command(add_arguments, run, path).out
    assert command(add_arguments, run, path, "--json").json["incidents"] == []


def test_many_are_listed_to_a_bound(tmp_path: Path) -> None:
    path = flight(tmp_path / "f.jsonl", *(f"gap of {n} before" for n in range(1, 40)))
    assert "and 19 more; --json lists up to a thousand" in command(add_arguments, run, path).out
    assert len(command(add_arguments, run, path, "--json").json["incidents"]) == 39
