"""What a stranger sees of a fault within ten seconds, on the screen of the demo, in the title, and hears."""

from __future__ import annotations

import re
from typing import TYPE_CHECKING, Final

import pytest

from depthview.clock import SystemClock
from tests.support.terminal import Terminal, looked_on

if TYPE_CHECKING:
    from tests.support.calibration import Scaled
    from tests.support.processes import Bench

_WITHIN: Final = 10.0
"""Seconds from the start of a fault until the screen names it."""
_TITLE: Final = re.compile(rb"\x1b\]0;([^\x07]*)\x07")
_COMMAND: Final = re.compile(rb"\x1b\][^\x07]*\x07")
"""Of a title, a pointer's shape and the like; a bell is what is left."""
_NAMED: Final = {
    "gap": "gap of 1 before",
    "reset": "numbers fell back to 0",
    "crossed": "best bid above best ask",
    "wrong_ticker": "the ticker shows another top of the book",
    "heartbeat_stop": "heartbeats have stopped while data flows",
    "close:code=1012": "closed by the venue: service restart",
    "refuse_auth": "token refused",
}


@pytest.mark.parametrize("fault", _NAMED)
def test_the_screen_names_what_happens_within_ten_seconds(bench: Bench, fault: str, scaled: Scaled) -> None:
    clock = SystemClock()
    with Terminal(["-m", "depthview", "--demo"], bench.environment(), bench.folder) as terminal:
        terminal.shows("SYNCED")
        terminal.press(b"\x10")
        terminal.shows("Fault: ")
        looked_on(terminal, 0.3)
        terminal.press(f"Fault: {fault.partition(':')[0]}".encode())
        looked_on(terminal, 0.5)
        terminal.press(b"\r")
        struck = clock.monotonic()
        if fault == "refuse_auth":
            looked_on(terminal, 0.3)
            terminal.press(b"r")  # tokens are judged when a message needs one
        terminal.until(lambda: _NAMED[fault] in terminal.text, _NAMED[fault], scaled(_WITHIN))
        assert clock.monotonic() - struck < scaled(_WITHIN)
        looked_on(terminal, 0.2)
        terminal.press(b"q")
        assert terminal.ends() == 0
        terminal.assert_restored()


def test_silence_is_in_the_title_and_rings_and_so_does_its_end(bench: Bench) -> None:
    words = ["BTC-USD", "--demo", "--bell", "--report", "--fault", "stall:seconds=4.5,after=3"]
    with Terminal(["-m", "depthview", *words], bench.environment(), bench.folder) as terminal:
        terminal.until(lambda: _titled(terminal, "SYNCED"), "the title")
        assert _rings(terminal) == 0
        terminal.until(lambda: _titled(terminal, "STALE"), "doubt in the title")
        terminal.until(lambda: _rings(terminal) == 1, "a ring")
        terminal.shows("no message for 3 s")
        terminal.until(lambda: _rings(terminal) == 2, "another ring")
        terminal.until(lambda: _titled(terminal, "SYNCED"), "trust in the title")
        looked_on(terminal, 0.2)
        terminal.press(b"q")
        assert terminal.ends() == 0
        report = terminal.after_screen().splitlines()
    assert len(report) == 5
    assert re.search(r"BTC-USD .*\d %", "\n".join(report))


def _titled(terminal: Terminal, verdict: str) -> bool:
    titles = [title.decode() for title in _TITLE.findall(bytes(terminal.written))]
    return bool(titles) and re.fullmatch(rf"DEMO BTC-USD [\d,.]+ {verdict} - depthview", titles[-1]) is not None


def _rings(terminal: Terminal) -> int:
    return _COMMAND.sub(b"", bytes(terminal.written)).count(b"\x07")
