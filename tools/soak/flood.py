"""The real screen in a terminal of its own under 2,000 frames a second: how long a key waits for its answer."""

from __future__ import annotations

import re
from dataclasses import dataclass
from statistics import median
from typing import TYPE_CHECKING, Final

from depthview.clock import SystemClock
from tests.support.processes import Bench
from tests.support.processor import waited_for_processor
from tests.support.terminal import Terminal, looked_on

if TYPE_CHECKING:
    from pathlib import Path

RATE: Final = 2_000
LIMIT: Final = 0.1
"""Seconds within which a key is to be answered."""
_SPACED: Final = 0.25
"""Seconds of looking on between two keys."""
_PAGE: Final = "esc back"
"""Of the heading of every page."""
_LADDER: Final = "PRICE USD"
"""Over the columns of a ladder: drawn anew once nothing covers it any more, or it has moved."""
_KEYS: Final = (
    (b" ", "FROZEN"),
    (b" ", "LIVE"),
    *((key, answer) for key in (b"?", b"i", b"a") for answer in (_PAGE, _LADDER)),
    (b"e", _PAGE),
    (b"\x1b", _LADDER),
    (b"\t", "ETH-USD  book"),
    (b"\x1b[Z", "BTC-USD  book"),
    (b"2", "ETH-USD  book"),
    (b"1", "BTC-USD  book"),
    (b"]", "rows of 0.1"),
    (b"[", "rows of 0.05"),
    (b"v", "DOM"),
    (b"v", "side by side"),
    (b"v", "book  compact"),
    (b"w", "▸BTC-USD"),
    (b"w", "bps  rows of"),
    (b"w", "ask levels"),
)
"""Keys by turns, and what is drawn for an answer to each and for nothing else."""
_VOLUME: Final = re.compile(r"([\d,]+) messages")
_TROUBLE: Final = re.compile(r"gaps (\d+) .*\n.*resyncs (\d+)\b.*reconnects (\d+)\b")


@dataclass(frozen=True, order=True)
class Wait:
    """From a key to its answer."""

    own: float
    """Seconds of it without those in which other processes had the processor: what is the viewer's."""
    whole: float
    """Seconds until the answer had been drawn."""
    key: bytes = b""


@dataclass(frozen=True)
class Answers:
    """What was measured."""

    waits: tuple[Wait, ...]
    """By the viewer's own part, ascending."""
    frames: int
    seconds: float
    """From the first book to the end."""
    trouble: tuple[int, ...]
    """Gaps, resyncs and reconnects."""

    def words(self) -> str:
        """In a line."""
        own = [wait.own * 1000 for wait in self.waits]
        whole = sorted(wait.whole * 1000 for wait in self.waits)
        place = int(len(own) * 0.95)
        slowest = ", ".join(f"{wait.own * 1000:.0f} ms for {wait.key.decode()!r}" for wait in self.waits[:-4:-1])
        return (
            f"flood: {self.frames / self.seconds:,.0f} frames a second for {self.seconds:.0f} s with the screen open; "
            f"{len(own)} keys answered in {median(own):.0f} ms (median), {own[place]:.0f} ms (95 %), {own[-1]:.0f} ms "
            f"(worst) but for waits for a processor, with them in {median(whole):.0f}, {whole[place]:.0f} and "
            f"{whole[-1]:.0f} ms; {self.late} over {LIMIT * 1000:.0f} ms; slowest: {slowest}; "
            f"gaps {self.trouble[0]}, resyncs {self.trouble[1]}, reconnects {self.trouble[2]}"
        )

    @property
    def late(self) -> int:
        """Keys that were answered later than they are to be, by the viewer's own part."""
        return sum(wait.own > LIMIT for wait in self.waits)


def flood(seconds: float, folder: Path, *, rate: int = RATE) -> Answers:
    """Open the screen on a flooding exchange, type, and look.

    Args:
        seconds: Of typing.
        folder: To work in.
        rate: Frames a second that the flood adds.
    """
    bench, clock = Bench(folder), SystemClock()
    words = ["--products", "BTC-USD,ETH-USD", "--key-out", "key.json"]
    words += ["--fault", f"flood:rate={rate},seconds={seconds + 120:.0f},after=0.5"]
    with bench.exchange(*words) as url:
        viewer = ["-m", "depthview", "BTC-USD", "ETH-USD", "--url", url, "--key-file", "key.json", "--report"]
        viewer += ["--group", "0.05"]
        with Terminal(viewer, bench.environment(), bench.folder) as terminal:
            terminal.shows("SYNCED")
            began = clock.monotonic()
            looked_on(terminal, 2.0)
            waits: list[Wait] = []
            until = clock.monotonic() + seconds
            while clock.monotonic() < until or len(waits) % len(_KEYS):
                waits.append(_answered(terminal, clock, *_KEYS[len(waits) % len(_KEYS)]))
                looked_on(terminal, _SPACED)
            terminal.press(b"q")
            lived = clock.monotonic() - began
            terminal.ends()
            report = terminal.after_screen()
    volume, trouble = _VOLUME.search(report), _TROUBLE.search(report)
    assert volume is not None, report
    assert trouble is not None, report
    counted = tuple(int(number) for number in trouble.groups())
    return Answers(tuple(sorted(waits)), int(volume.group(1).replace(",", "")), lived, counted)


def _answered(terminal: Terminal, clock: SystemClock, key: bytes, answer: str) -> Wait:
    """How long until a key's answer is drawn."""
    terminal.written.clear()
    waiting, pressed = waited_for_processor(terminal.process.pid), clock.monotonic()
    terminal.press(key)
    terminal.until(lambda: answer in terminal.text, f"the answer to {key!r}")
    whole = clock.monotonic() - pressed
    return Wait(max(0.0, whole - (waited_for_processor(terminal.process.pid) - waiting)), whole, key)
