"""Flight recordings of the whole program, in a real terminal."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from depthview.recordings.reader import RecordedEvent, RecordedFrame
from tests.recordings.reading import read_all
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Bench

_CRASHING = """
import sys
from depthview.cli import main
from depthview.session.session import MarketSession
receive = MarketSession.receive

def failing(self, raw, now, unix, **facts):
    if self.rates.frames == 60:
        raise RuntimeError("boom")
    receive(self, raw, now, unix, **facts)

MarketSession.receive = failing
sys.argv[1:] = ["view", "--demo", "BTC-USD"]
sys.exit(main())
"""


def viewer(bench: Bench, *words: str, **env: str) -> Terminal:
    return Terminal(["-m", "depthview", *words], bench.environment(**env), bench.folder)


def flights(folder: Path) -> list[Path]:
    return sorted(folder.glob("*.gz")) if folder.exists() else []


def incidents(path: Path) -> list[str]:
    entries, damage = read_all(path)
    assert damage == ""
    return [entry.detail for entry in entries if isinstance(entry, RecordedEvent) and entry.name == "incident"]


def test_an_incident_of_the_demo_is_kept_in_the_state_folder_and_told(bench: Bench) -> None:
    with viewer(bench, "--demo", "--fault", "gap:after=1") as terminal:
        terminal.shows("recorded in ~/")
        terminal.press(b"q")
        assert terminal.ends() == 0
    (path,) = flights(bench.folder / ".local" / "state" / "depthview" / "flights")
    assert incidents(path)[0].startswith("gap of 1 before")


def test_it_can_be_switched_off(bench: Bench) -> None:
    with viewer(bench, "--demo", "--fault", "gap:after=1", "--no-flight-recorder") as terminal:
        terminal.shows("gap of 1")
        terminal.press(b"R")
        terminal.shows("the flight recorder is switched off")
        terminal.press(b"q")
        assert terminal.ends() == 0
    assert not (bench.folder / ".local").exists() or not list((bench.folder / ".local").rglob("*.gz"))


def test_by_key_and_in_a_folder_of_ones_own(bench: Bench) -> None:
    with viewer(bench, "--demo", "BTC-USD", DEPTHVIEW_FLIGHT_FOLDER=str(bench.folder / "mine")) as terminal:
        terminal.shows("SYNCED")
        terminal.press(b"R")
        terminal.shows("flight recording: ~/mine/flight-")
        terminal.press(b"q")
        assert terminal.ends() == 0
    (path,) = flights(bench.folder / "mine")
    entries, damage = read_all(path)
    assert damage == ""
    assert isinstance(entries[-1], RecordedFrame)
    assert [e.name for e in entries if isinstance(e, RecordedEvent)] == ["opened", "kept"]


def test_a_replay_keeps_nothing(bench: Bench) -> None:
    frame = json.dumps({"channel": "heartbeats", "sequence_num": 0, "events": []})
    late = json.dumps({"channel": "heartbeats", "sequence_num": 7, "events": []})
    lines = [{"depthview": "recording", "version": 1}, {"at": 1.7e9, "frame": frame}, {"at": 1.7e9 + 1, "frame": late}]
    (bench.folder / "day.jsonl").write_text("\n".join(map(json.dumps, lines)) + "\n")
    with viewer(bench, "replay", "day.jsonl", DEPTHVIEW_FLIGHT_FOLDER=str(bench.folder / "mine")) as terminal:
        terminal.shows("gap of 6")
        terminal.press(b"R")
        terminal.shows("a replay is a recording already")
        terminal.press(b"l")
        terminal.shows("WIRE  REPLAY")
        terminal.press(b"q")
        assert terminal.ends() == 1  # it has no book to show
    assert not (bench.folder / "mine").exists()


@pytest.mark.parametrize("where", ["feed", "screen"])
def test_a_crash_is_kept_with_the_frame_that_came_last(bench: Bench, where: str) -> None:
    code = _CRASHING
    if where == "screen":
        code = code.replace("MarketSession.receive = failing", "").replace(
            "sys.argv[1:]",
            "from depthview.ui.screens.market import MarketScreen\n"
            "draw, draws = MarketScreen.draw, []\n"
            "def breaking(self, **more):\n"
            "    draws.append(1)\n"
            "    if len(draws) == 30:\n"
            "        raise RuntimeError('boom')\n"
            "    draw(self, **more)\n"
            "MarketScreen.draw = breaking\n"
            "sys.argv[1:]",
        )
    with Terminal(["-c", code], bench.environment(), bench.folder) as terminal:
        if where == "feed":
            terminal.shows("recorded in ~/")
            terminal.press(b"q")
        terminal.ends(seconds=15)
    (path,) = flights(bench.folder / ".local" / "state" / "depthview" / "flights")
    (what,) = incidents(path)
    entries, _ = read_all(path)
    frames = [entry for entry in entries if isinstance(entry, RecordedFrame)]
    if where == "feed":
        assert what.startswith("depthview failed (RuntimeError)")
        assert len(frames) == 61
    else:
        assert what == "internal error in the screen"
        assert frames
