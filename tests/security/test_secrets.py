"""A signed session with every log at its loudest, ended by a fault of our own: no piece of key or token is anywhere."""

from __future__ import annotations

import asyncio
import json
import logging
import re
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
from websockets.frames import Frame

from depthview.system.logs import open_log
from tests.auth.keys import secret_pieces
from tests.support.feed import feed, signer
from tests.support.terminal import Terminal, looked_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from depthview.exchange.keys import ThrowAwayKey
    from depthview.feed.worker import Sign
    from tests.support.processes import Bench

_LOUD = """
import logging, sys
import depthview.system.logs, depthview.commands.view
from depthview.auth.tokens import Signer
from depthview.cli import main
from depthview.feed.websocket import WebSocketConnector

opened, signed, connecting = depthview.system.logs.open_log, Signer.sign, WebSocketConnector.open

def open_log(*args, **more):
    opened(*args, **more)
    logging.getLogger().setLevel(logging.DEBUG)

def sign(self):
    token = signed(self)
    with open("tokens", "a") as file:
        file.write(token.text + "\\n")
    logging.getLogger("depthview").debug("signed %r %s", token, token)
    return token

def connect(self):
    for name in ("websockets", "websockets.client", "websockets.server"):
        logging.getLogger(name).setLevel(logging.DEBUG)
    return connecting(self)

WebSocketConnector.open = connect
depthview.system.logs.open_log = depthview.commands.view.open_log = open_log
Signer.sign = sign
"""
_FAULT = """
from depthview.ui.ladder.widget import Ladder
lines = Ladder.lines

def failing(self, width, height):
    if self.depth is not None and self.depth.verdict.trusted and self.depth.top.best_bid is not None:
        key = open(KEY).read()
        raise RuntimeError(f"boom {open('tokens').read()} {key}")
    return lines(self, width, height)

Ladder.lines = failing
"""


def _pieces_of_tokens(folder: Path) -> set[str]:
    """Every run of 12 characters of each token's payload and signature; the head is the same in all and no secret."""
    tokens = (folder / "tokens").read_text().split()
    assert tokens
    parts = [part for token in tokens for part in token.split(".")[1:]]
    return {part[at : at + 12] for part in parts for at in range(len(part) - 11)}


def _assert_clean(folder: Path, key: Path, places: dict[str, str]) -> None:
    pieces = secret_pieces(json.loads(key.read_text())["privateKey"]) | _pieces_of_tokens(folder)
    for place, text in places.items():
        assert text, f"{place} is empty, which proves nothing"
        found = {text[at : at + length] for length in (8, 12) for at in range(len(text) - length + 1)} & pieces
        assert not found, place
        assert "eyJhbGciOi" not in text, place
        assert "PRIVATE KEY" not in text, place


def test_a_signed_session_leaves_no_secret_anywhere(bench: Bench) -> None:
    words = ["BTC-USD", "--log-file", "log", "--record", "session.jsonl", "--dump-book", "books.json", "--report"]
    with bench.exchange("--products", "BTC-USD", "--levels", "50", "--key-out", "key.json") as url:
        key = bench.folder / "key.json"
        words += ["--url", url, "--key-file", str(key)]
        program = f"KEY = {str(key)!r}\n{_LOUD}\nif __name__ == '__main__':\n    sys.exit(main({words!r}))\n"
        with Terminal(["-c", program], bench.environment(), bench.folder) as terminal:
            terminal.shows("SYNCED")
            for page, heading in ((b"i", "HEALTH"), (b"a", "TOKEN"), (b"e", "EVENTS")):
                terminal.press(page)
                terminal.shows(heading)
                looked_on(terminal, 0.4)
                terminal.press(b"\x1b")
                looked_on(terminal, 0.4)
            process = Path(f"/proc/{terminal.process.pid}")
            running = (process / "cmdline").read_text() + (process / "environ").read_text()
            terminal.press(b"q")
            assert terminal.ends() == 0
            written = terminal.written.decode("utf-8", "replace")
    log = (bench.folder / "log").read_text()
    assert re.search(r"\bDEBUG\b", log), "the log was not at its loudest"
    _assert_clean(
        bench.folder,
        key,
        {
            "the terminal's bytes": written,
            "the terminal's text": terminal.text,
            "the process's own list of arguments and variables": running.replace(program, "the program"),
            "the log": log,
            "the recording": (bench.folder / "session.jsonl").read_text(),
            "the dump": (bench.folder / "books.json").read_text(),
        },
    )


def test_a_fault_that_has_a_key_in_hand_leaves_a_private_report_without_it(bench: Bench) -> None:
    with bench.exchange("--products", "BTC-USD", "--levels", "50", "--key-out", "key.json") as url:
        key = bench.folder / "key.json"
        words = ["BTC-USD", "--url", url, "--key-file", str(key), "--log-file", "log"]
        program = f"KEY = {str(key)!r}\n{_LOUD}{_FAULT}\nif __name__ == '__main__':\n    sys.exit(main({words!r}))\n"
        with Terminal(["-c", program], bench.environment(), bench.folder) as terminal:
            assert terminal.ends(seconds=15.0) == 1
            terminal.assert_restored()
            told = terminal.after_screen()
            written = terminal.written.decode("utf-8", "replace")
    report = bench.folder / ".local" / "state" / "depthview" / "crash.log"
    assert report.stat().st_mode & 0o777 == 0o600
    assert "RuntimeError" in report.read_text()
    assert "\n" not in told
    places = {"the terminal": written, "the report": report.read_text(), "the log": (bench.folder / "log").read_text()}
    _assert_clean(bench.folder, key, places)


@pytest.fixture
def loud_log(tmp_path: Path) -> Iterator[Path]:
    """The program's own log, with every logger at DEBUG; afterwards all loggers are as they were."""
    names = ("websockets", "websockets.client", "websockets.server")
    root, levels = logging.getLogger(), {name: logging.getLogger(name).level for name in names}
    handlers, level = list(root.handlers), root.level
    path = tmp_path / "depthview.log"
    open_log(path)
    root.setLevel(logging.DEBUG)
    yield path
    for handler in list(root.handlers):
        root.removeHandler(handler)
        handler.close()
    for handler in handlers:
        root.addHandler(handler)
    root.setLevel(level)
    for name, before in levels.items():
        logging.getLogger(name).setLevel(before)


class _Raw(logging.Handler):
    """What is logged, before anything is taken out of it."""

    def __init__(self) -> None:
        super().__init__()
        self.text = ""

    def emit(self, record: logging.LogRecord) -> None:
        self.text += record.getMessage()


@pytest.mark.parametrize("size", [75, 10_000], ids=["its usual size", "whole"])
async def test_a_library_that_logs_every_frame_gets_no_piece_of_a_token_into_the_log(
    size: int, loud_log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(Frame, "MAX_LOG_SIZE", size)
    raw = _Raw()
    logging.getLogger().addHandler(raw)

    def sign_loudly(key: ThrowAwayKey) -> Sign:
        # The library looks at its loggers when a connection is made; by now ours has been told to be quiet.
        for name in ("websockets", "websockets.client", "websockets.server"):
            logging.getLogger(name).setLevel(logging.DEBUG)
        return signer(key).sign

    async with feed(products=("BTC-USD",), sign=sign_loudly) as running:
        logging.getLogger("depthview").debug("a line to be kept")
        await running.synced()
        running.exchange.provoke("gap")
        await running.agrees()
        tokens = [message["jwt"] for message in running.relay.sent]
    for handler in logging.getLogger().handlers:
        handler.flush()
    text = await asyncio.to_thread(loud_log.read_text)
    assert "a line to be kept" in text
    assert len(tokens) >= 5
    assert all(token[-12:] in raw.text for token in tokens), "the library was not at its loudest"
    parts = [part for token in tokens for part in token.split(".")[1:]]
    assert not [part[at : at + 12] for part in parts for at in range(len(part) - 11) if part[at : at + 12] in text]
