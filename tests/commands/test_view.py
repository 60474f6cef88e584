"""The viewer in a real terminal: it shows a true book soon, and gives the terminal back however it ends."""

from __future__ import annotations

import errno
import json
import signal
import socket
from typing import TYPE_CHECKING

import pytest

from tests.recordings.reading import read_all
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Bench


def _viewer(bench: Bench, *words: str, columns: int = 120, rows: int = 40) -> Terminal:
    return Terminal(["-m", "depthview", *words], bench.environment(), bench.folder, columns=columns, rows=rows)


def _assert_exchange_gone(bench: Bench) -> None:
    ports = {int(line.rpartition(", ")[2].strip(")")) for line in bench.sockets() if "socket.connect" in line}
    assert len(ports) == 1
    for port in ports:
        with socket.socket() as probe:
            assert probe.connect_ex(("127.0.0.1", port)) == errno.ECONNREFUSED


@pytest.mark.parametrize(
    ("how", "code"),
    [
        (b"q", 0),
        (b"\x03", 130),
        (signal.SIGINT, 130),
        (signal.SIGTERM, 143),
        (signal.SIGHUP, 129),
        (signal.SIGQUIT, 131),
    ],
    ids=["q", "Ctrl+C", "SIGINT", "SIGTERM", "SIGHUP", "SIGQUIT"],
)
def test_every_way_out_restores_the_terminal(bench: Bench, how: bytes | signal.Signals, code: int) -> None:
    with _viewer(bench, "BTC-USD", "ETH-USD", "--demo", "--record", "session.jsonl") as terminal:
        terminal.shows("SYNCED")
        assert "DEMO" in terminal.text
        if isinstance(how, bytes):
            terminal.press(how)
            assert terminal.ends() == code
        else:
            assert terminal.ends(how) == code
        terminal.assert_restored()
        assert terminal.after_screen() == ""
    _assert_exchange_gone(bench)
    entries, damage = read_all(bench.folder / "session.jsonl")
    assert damage == ""
    assert len(entries) > 5


def test_a_terminal_that_is_closed_ends_it_soon_with_a_whole_recording(bench: Bench) -> None:
    with _viewer(bench, "--demo", "--record", "session.jsonl") as terminal:
        terminal.shows("SYNCED")
        terminal.hang_up()
        assert terminal.process.wait(timeout=5) == 129
    _assert_exchange_gone(bench)
    assert read_all(bench.folder / "session.jsonl")[1] == ""


def test_it_can_be_left_while_it_is_still_connecting(bench: Bench) -> None:
    with socket.socket() as silent:
        silent.bind(("127.0.0.1", 0))
        silent.listen()
        url = f"ws://127.0.0.1:{silent.getsockname()[1]}"
        with _viewer(bench, "BTC-USD", "--url", url) as terminal:
            terminal.shows("DOWN")
            terminal.press(b"q")
            assert terminal.ends(seconds=4.0) == 0
            terminal.assert_restored()


def test_books_are_dumped_at_the_end(bench: Bench) -> None:
    with _viewer(bench, "XLM-EUR", "--demo", "--dump-book", "books.json") as terminal:
        terminal.shows("SYNCED")
        terminal.press(b"q")
        assert terminal.ends() == 0
    book = json.loads((bench.folder / "books.json").read_text())["XLM-EUR"]
    assert book["bids"]
    assert book["asks"]


def test_a_feed_that_has_ended_for_good_is_told_once_more_after_the_screen(bench: Bench) -> None:
    (bench.folder / "cut.jsonl").write_text('{"depthview":"recording","version":1}\n{"at":1786000000.0,"event":"ope')
    with _viewer(bench, "replay", "cut.jsonl", "--speed", "max") as terminal:
        terminal.shows("REPLAY ENDED")
        terminal.press(b"q")
        assert terminal.ends() == 1
        terminal.assert_restored()
        assert terminal.after_screen() == "depthview: cannot replay cut.jsonl: record 2 is cut off"


def test_the_real_recording_is_shown_as_a_replay(bench: Bench, shared_data: Path) -> None:
    path = shared_data / "advtrade_2026-08-09_frames.tsv.gz"
    if not path.is_file():
        pytest.skip("needs the recording in ../shared/data beside the checkout")
    with _viewer(bench, "replay", str(path), "--speed", "max") as terminal:
        terminal.shows("REPLAY")
        for words in ("BTC-USD", "ETH-USD", "SYNCED"):
            terminal.shows(words)
        terminal.press(b"q")
        assert terminal.ends() == 0
        terminal.assert_restored()
    assert not [line for line in bench.sockets() if "connect" in line]
