"""A fault of depthview's own, with key and token within reach of every frame: neither may come to light."""

from __future__ import annotations

import json
import sys
from typing import TYPE_CHECKING

import pytest

from tests.auth.keys import secret_pieces
from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from tests.support.processes import Bench

_PRELUDE = """
import sys
from pathlib import Path
from depthview.auth.tokens import Signer
from depthview.cli import main

SECRETS = {"key": Path(KEY).read_text()}
signed = Signer.sign

def sign(self):
    token = signed(self)
    SECRETS["token"] = token.text
    with open("tokens", "a") as file:
        file.write(token.text + "\\n")
    return token

Signer.sign = sign
"""
_FEED = """
from depthview.session.session import MarketSession
receive = MarketSession.receive

def failing(self, raw, now, unix, **facts):
    key, token, whole = SECRETS["key"], SECRETS["token"], dict(SECRETS)
    receive(self, raw, now, unix, **facts)
    if self.rates.frames == 30:
        raise RuntimeError(f"boom {token} {key}")

MarketSession.receive = failing
"""
_SIGNING = """
def breaking(self):
    key, whole = SECRETS["key"], dict(SECRETS)
    token = sign(self)
    if Path("tokens").read_text().count("\\n") == 3:
        raise ValueError(f"boom {token.text} {key}")
    return token

Signer.sign = breaking
"""
_WIDGET = """
from depthview.ui.ladder.widget import Ladder
lines = Ladder.lines

def failing(self, width, height):
    key, token, whole = SECRETS["key"], SECRETS.get("token"), dict(SECRETS)
    if token:
        raise RuntimeError(f"boom {token} {key}")
    return lines(self, width, height)

Ladder.lines = failing
"""
_TIMER = """
from depthview.session.views import SessionViews
view = SessionViews.view

def failing(self, request):
    key, token, whole = SECRETS["key"], SECRETS.get("token"), dict(SECRETS)
    if token:
        raise RuntimeError(f"boom {token} {key}")
    return view(self, request)

SessionViews.view = failing
"""


def _program(key: Path, fault: str, *words: str) -> list[str]:
    run = f"\nif __name__ == '__main__':\n    sys.exit(main({list(words)!r}))\n"
    return ["-c", f"KEY = {str(key)!r}\n" + _PRELUDE + fault + run]


def _assert_nothing_came_to_light(folder: Path, key: Path, *places: str) -> None:
    written = json.loads(key.read_text())
    tokens = (folder / "tokens").read_text().split()
    assert tokens
    pieces = secret_pieces(written["privateKey"])
    for place in places:
        assert "boom" not in place or "[redacted]" in place
        assert "eyJ" not in place
        assert not [piece for piece in pieces if piece in place]
        assert not [token for token in tokens if any(part in place for part in token.split("."))]


@pytest.mark.parametrize("fault", [_FEED, _SIGNING], ids=["taking a frame in", "signing"])
def test_a_fault_in_the_feed_is_shown_as_one_and_keeps_its_secrets(
    bench: Bench, busy_exchange: tuple[str, Path], fault: str
) -> None:
    url, key = busy_exchange
    words = ["BTC-USD", "--url", url, "--key-file", str(key), "--log-file", "log"]
    with Terminal(_program(key, fault, *words), bench.environment(), bench.folder) as terminal:
        terminal.until(lambda: "crashed" in terminal.text.lower(), "the word for it")
        terminal.press(b"q")
        assert terminal.ends() == 1
        terminal.assert_restored()
        told = terminal.after_screen()
        assert told.startswith("depthview: internal error in the feed: please report it")
        assert "\n" not in told
        log = (bench.folder / "log").read_text()
        assert "Traceback" in log
        _assert_nothing_came_to_light(
            bench.folder, key, terminal.written.decode("utf-8", "replace"), terminal.text, log
        )


@pytest.mark.parametrize("fault", [_WIDGET, _TIMER], ids=["drawing a line", "a timer"])
def test_a_fault_in_the_screen_ends_it_with_1_and_keeps_its_secrets(
    bench: Bench, busy_exchange: tuple[str, Path], fault: str
) -> None:
    url, key = busy_exchange
    words = ["BTC-USD", "--url", url, "--key-file", str(key), "--log-file", "log", "--record", "session.jsonl"]
    with Terminal(_program(key, fault, *words), bench.environment(), bench.folder) as terminal:
        assert terminal.ends(seconds=15.0) == 1
        terminal.assert_restored()
        assert "RuntimeError" in terminal.after_screen()
        raw, log = terminal.written.decode("utf-8", "replace"), (bench.folder / "log").read_text()
        _assert_nothing_came_to_light(bench.folder, key, raw, terminal.text, log)
    assert (bench.folder / "session.jsonl").read_bytes().endswith(b"}\n")


@pytest.mark.parametrize("fault", [_FEED, _SIGNING], ids=["taking a frame in", "signing"])
def test_a_fault_ends_a_stream_with_1_and_a_line(bench: Bench, busy_exchange: tuple[str, Path], fault: str) -> None:
    url, key = busy_exchange
    words = ["stream", "BTC-USD", "--url", url, "--key-file", str(key), "--log-file", "log", "--dump-book", "books"]
    done = bench.run(command=(sys.executable, *_program(key, fault, *words)))
    assert done.code == 1
    assert done.one_line().startswith("depthview: internal error in the feed: please report it")
    assert done.last()["BTC-USD"]["verdict"] == "DOWN"
    assert done.last()["BTC-USD"]["connection"]["state"] == "crashed"
    assert json.loads((bench.folder / "books").read_text()) == {"BTC-USD": None}
    log = (bench.folder / "log").read_text()
    _assert_nothing_came_to_light(bench.folder, key, done.err, done.out.decode(), log)
