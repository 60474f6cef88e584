"""What is on the screen before the market is, and what has to wait until then."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.terminal import Terminal

if TYPE_CHECKING:
    from tests.support.processes import Bench

_ROOT = Path(__file__).resolve().parents[2]
_LATE = (
    "cryptography",
    "depthview.exchange.server",
    "depthview.session",
    "depthview.ui.screens.market",
    "depthview.ui.tape",
    "depthview.views",
    "jwt",
    "msgspec",
    "websockets",
)
_IMPORTED = (
    "import sys, depthview.cli, depthview.commands.arguments, depthview.commands.view, depthview.ui.app; "
    "print(*sys.modules)"
)


def test_what_takes_long_to_import_is_not_needed_for_the_first_paint() -> None:
    # Without the guard, which imports some of these itself.
    done = subprocess.run(
        [sys.executable, "-c", _IMPORTED], cwd=_ROOT, capture_output=True, text=True, check=True, timeout=30
    )
    loaded = done.stdout.split()
    assert "depthview.ui.screens.start" in loaded
    assert [name for name in loaded if name.startswith(_LATE)] == []


def test_host_and_key_are_there_from_the_start(bench: Bench) -> None:
    with Terminal(["-m", "depthview", "BTC-USD", "--demo"], bench.environment(), bench.folder) as terminal:
        terminal.shows("starting BTC-USD")
        first = terminal.text
        assert "DEMO  127.0.0.1  key generated for the demo" in first
        assert "SYNCED" not in first
        terminal.shows("SYNCED")
        terminal.press(b"q")
        assert terminal.ends() == 0
        terminal.assert_restored()


def test_it_can_be_left_before_there_is_a_market(bench: Bench) -> None:
    with Terminal(["-m", "depthview", "--demo", "--report"], bench.environment(), bench.folder) as terminal:
        terminal.shows("starting")
        terminal.press(b"q")
        assert terminal.ends() == 0
        terminal.assert_restored()


def test_what_can_be_refused_is_refused_before_there_is_a_screen(bench: Bench) -> None:
    for words, code in (
        (["--demo", "--fault", "nonsense"], 2),
        (["--url", "ws://example.com"], 78),
        (["--key-file", "missing.json"], 78),
        (["--demo", "--record", "missing/folder.jsonl"], 1),
        (["--demo", "--dump-book", "missing/books.json"], 2),
    ):
        with Terminal(["-m", "depthview", *words], bench.environment(), bench.folder) as terminal:
            assert terminal.ends() == code, words
            assert b"\x1b[?1049h" not in terminal.written
            assert terminal.text.startswith("depthview: ")
            assert terminal.text.count("\n") == 1
