"""How soon the program answers: ``--version``, ``--help``, the first paint and the first trusted ladder on the demo.

Python keeps what it compiles in a folder of the benchmark's own, as it does for an installed program, and every
command runs once before the clock counts. The commands are what an installed ``depthview`` runs.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from depthview.clock import SystemClock
from tools.bench.rounds import interleaved, ratio
from tools.bench.table import Figure
from tools.bench.terminals import environment, written

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLOCK: Final = SystemClock()
_DEPTHVIEW: Final = ("-c", "import sys; from depthview.cli import main; sys.exit(main())")
_MINIMAL: Final = """
from textual.app import App
from textual.widgets import Static

class Minimal(App):
    def compose(self):
        yield Static("something to see")

Minimal().run()
"""
_LEAST_ROUNDS: Final = 11
"""Starting takes little time and varies much."""


def _answered(words: Sequence[str], home: Path) -> float:
    """Seconds until a command that only prints is over."""
    began = _CLOCK.monotonic()
    subprocess.run(
        [sys.executable, *words], env=environment(home), cwd=home, stdout=subprocess.DEVNULL, check=True, timeout=60
    )
    return _CLOCK.monotonic() - began


def _seen(words: Sequence[str], home: Path, *marks: bytes) -> list[float]:
    """Seconds until each of ``marks``, which appear in this order, has been written."""
    began, pieces = written(words, home, enough=lambda whole: marks[-1] in whole, cwd=home)
    whole, found = bytearray(), list[float]()
    for piece in pieces:
        whole += piece.data
        while len(found) < len(marks) and marks[len(found)] in whole:
            found.append(piece.at - began)
    if len(found) < len(marks):
        raise RuntimeError(f"{words} never showed {marks[len(found)]!r}: {whole[-1500:]!r}")
    return found


def all_figures(rounds: int) -> Sequence[tuple[str, Sequence[Figure]]]:
    """The one section about starting."""
    trusted: list[float] = []
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)

        def demo() -> float:
            painted, synced = _seen([*_DEPTHVIEW, "--demo"], home, b"starting", b"SYNCED")
            trusted.append(synced)
            return painted

        works = {
            "bare": lambda: _answered(["-c", "pass"], home),
            "version": lambda: _answered([*_DEPTHVIEW, "--version"], home),
            "help": lambda: _answered([*_DEPTHVIEW, "--help"], home),
            "minimal": lambda: _seen(["-c", _MINIMAL], home, b"something to see")[0],
            "demo": demo,
        }
        interleaved(works, 1)
        trusted.clear()
        found = interleaved(works, max(rounds, _LEAST_ROUNDS))
    found["trusted"] = trusted
    return [
        (
            "Starting",
            [
                Figure("--version, x bare Python", ratio(found, "version", "bare"), "x", 3.0, 1.5),
                Figure("--help, x bare Python", ratio(found, "help", "bare")),
                Figure(
                    "first paint on the demo, x a minimal Textual app's", ratio(found, "demo", "minimal"), "x", 1.6, 1.2
                ),
                Figure("  the minimal app's", median(found["minimal"]) * 1000, "ms"),
                Figure("first trusted ladder, x the same", ratio(found, "trusted", "minimal")),
            ],
        )
    ]
