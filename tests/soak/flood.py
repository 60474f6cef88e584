"""The real screen in a terminal of its own under 2,000 frames a second: how long a key waits for its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from depthview.clock import SystemClock
from tests.support.processes import Bench
from tests.support.terminal import Terminal, looked_on

if TYPE_CHECKING:
    from pathlib import Path

RATE: Final = 2_000
LIMIT: Final = 0.1
"""Seconds within which a key is to be answered."""
_SPACED: Final = 0.3
"""Seconds of looking on between two keys."""
_ANSWERS: Final = ((b" ", b"FROZEN", b" "), (b"?", b"HELP", b"\x1b"))
"""A key, what is drawn for an answer, and the key that takes it back."""
_VOLUME: Final = re.compile(r"([\d,]+) messages")
_GAPS: Final = re.compile(r"gaps (\d+) ")


@dataclass(frozen=True)
class Answers:
    """What was measured."""

    waits: tuple[float, ...]
    """Seconds from each key until its answer had been drawn, ascending."""
    frames: int
    """That came, from the first to the last second of the viewer's life."""
    seconds: float
    gaps: int

    @property
    def nineteen_of_twenty(self) -> float:
        """Seconds within which 95 of 100 keys were answered; the rest is the machine's."""
        return self.waits[int(len(self.waits) * 0.95)]

    def words(self) -> str:
        """In a line."""
        return (
            f"flood: {self.frames / self.seconds:,.0f} frames a second for {self.seconds:.0f} s with the screen open; "
            f"{len(self.waits)} keys answered in {median(self.waits) * 1000:.0f} ms (median), "
            f"{self.nineteen_of_twenty * 1000:.0f} ms (95 %), {self.waits[-1] * 1000:.0f} ms (worst); gaps {self.gaps}"
        )


def flood(seconds: float, folder: Path, *, rate: int = RATE) -> Answers:
    """Open the screen on a flooding exchange, type, and look.

    Args:
        seconds: Of typing.
        folder: To work in.
        rate: Frames a second that the flood adds.
    """
    bench, clock = Bench(folder), SystemClock()
    words = ["--products", "BTC-USD,ETH-USD", "--key-out", "key.json"]
    words += ["--fault", f"flood:rate={rate},seconds={seconds + 60:.0f},after=0.5"]
    with bench.exchange(*words) as url:
        viewer = ["-m", "depthview", "BTC-USD", "ETH-USD", "--url", url, "--key-file", "key.json", "--report"]
        opened = clock.monotonic()
        with Terminal(viewer, bench.environment(), bench.folder) as terminal:
            terminal.shows("SYNCED")
            looked_on(terminal, 2.0)
            waits: list[float] = []
            until = clock.monotonic() + seconds
            while clock.monotonic() < until:
                key, answer, back = _ANSWERS[len(waits) % len(_ANSWERS)]
                waits.append(_answered(terminal, clock, key, answer))
                looked_on(terminal, _SPACED)
                terminal.press(back)
                looked_on(terminal, _SPACED)
            terminal.press(b"q")
            terminal.ends()
            lived = clock.monotonic() - opened
            report = terminal.after_screen()
    volume, gaps = _VOLUME.search(report), _GAPS.search(report)
    assert volume is not None, report
    assert gaps is not None, report
    return Answers(tuple(sorted(waits)), int(volume.group(1).replace(",", "")), lived, int(gaps.group(1)))


def _answered(terminal: Terminal, clock: SystemClock, key: bytes, answer: bytes) -> float:
    """Seconds until a key's answer is drawn."""
    terminal.written.clear()
    pressed = clock.monotonic()
    terminal.press(key)
    terminal.until(lambda: answer in terminal.written, f"the answer to {key!r}")
    return clock.monotonic() - pressed
