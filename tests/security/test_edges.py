"""Text of a venue's own making, from the wire to a real terminal and to standard output."""

from __future__ import annotations

import json
import re
from typing import TYPE_CHECKING, Any
from unicodedata import category

import pytest

from tests.support.terminal import Terminal, looked_on

if TYPE_CHECKING:
    from collections.abc import Iterator

    from tests.support.processes import Bench

_HARMFUL = {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}
_COMMANDS = re.compile(rb"\x1b([\]P_^X])([^\x07\x1b]*)")
"""Sequences that carry text to the terminal itself: titles, the clipboard, device control."""
_OURS = re.compile(rb"(?:[02];[^;]*depthview|[02];|22;|10;|11;)")
_FAULT = "hostile_text:after={},every=1.5,seconds=1"


@pytest.mark.parametrize(
    ("kind", "shown"),
    [
        ("osc52", "aG9zdGlsZQ=="),
        ("ansi", "[31mANSI"),
        ("c1", "31mC1"),
        ("bidi", "IDIB"),
        ("markup", "[bold red]MARKUP"),
    ],
)
def test_the_demo_s_screen_obeys_no_text_of_the_venue_s(bench: Bench, kind: str, shown: str) -> None:
    words = ["-m", "depthview", "BTC-USD", "--demo"]
    for where in ("error", "status"):
        words += ["--fault", f"hostile_text:kind={kind},where={where},after=0.5,seconds=30"]
    with Terminal(words, bench.environment(), bench.folder, columns=160, rows=50) as terminal:
        terminal.shows("SYNCED")
        terminal.shows(shown)
        terminal.press(b"e")
        looked_on(terminal, 0.4)
        terminal.press(b"\x11")
        assert terminal.ends() == 0
        carried, text = bytes(terminal.written), terminal.text
    assert {content for _, content in _COMMANDS.findall(carried) if not _OURS.match(content)} == set()
    for hostile in ("\x1b[2J\x1b[31mANSI", "\x9b", "\x9d", "\u202e", "\u2066"):
        assert hostile.encode() not in carried
    assert not [char for char in text if category(char) in _HARMFUL and char not in "\r\n\x07"]


def test_nothing_that_a_stream_prints_can_be_obeyed(bench: Bench) -> None:
    exchange = ["--products", "BTC-USD", "--levels", "50", "--fault", _FAULT.format(0.3)]
    with bench.exchange(*exchange, "--fault", "product_error") as url:
        words = ["stream", "BTC-USD", "NOPE-USD", "--url", url, "--log-file", "log", "--report"]
        done = bench.run(*words, "--for", "2.5", "--every", "0.2")
    assert done.code == 1  # there is no book of NOPE-USD
    assert "NOPE-USD" in done.err
    printed = done.out.decode()
    assert not [char for char in printed + done.err if category(char) in _HARMFUL and char != "\n"]
    for line in printed.splitlines():
        for text in _texts(json.loads(line)):
            assert not [char for char in text if category(char) in _HARMFUL], text
    log = (bench.folder / "log").read_text()
    assert "\x1b" not in log


def _texts(value: Any) -> Iterator[str]:  # noqa: ANN401  # JSON is anything
    """Every text in a JSON value."""
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for name, inner in value.items():
            yield from (name, *_texts(inner))
    elif isinstance(value, list):
        for inner in value:
            yield from _texts(inner)
