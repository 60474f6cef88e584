"""An hour's recording of a busy product: how soon it is on the screen, how soon any place of it is, and what is in it.

The embedded exchange makes it, at the venue's rates, with its time compressed.
"""

from __future__ import annotations

import asyncio
import gzip
import json
import random
import subprocess
import sys
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from depthview.clock import ManualClock, SystemClock
from depthview.exchange.messages import Channel
from depthview.exchange.options import ExchangeOptions
from depthview.exchange.venue import Venue
from depthview.recordings.reader import open_recording
from tests.support.replays import Watched, watched
from tests.support.waiting import until
from tools.bench.table import Figure

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from depthview.exchange.messages import VenueFrame

_SECONDS: Final = 3600
_STEP: Final = 0.05
"""Seconds between two looks of the exchange at its clock; a busy product sends some twenty frames in one (observed)."""
_START: Final = 1_786_309_548.0
_PRODUCT: Final = "BTC-USD"
_LEVELS: Final = 23_000
"""A side, as in a recording of the venue's BTC-USD."""
_SEEKS: Final = 60
_STEPS: Final = 100
_CLOCK: Final = SystemClock()
_FASTEST: Final = 1


class _FrameWriter:
    """Subscribes to the exchange, and writes its frames numbered."""

    def __init__(self, file: gzip.GzipFile, clock: ManualClock) -> None:
        self._file = file
        self._clock = clock
        self.frames = 0

    def emit(self, frame: VenueFrame) -> None:
        """One frame."""
        self._file.write(b"%.6f\t%s\n" % (self._clock.unix(), frame.numbered(self.frames)))
        self.frames += 1


def _record(path: Path, seed: int) -> int:
    """Write the recording; returns its frames."""
    clock = ManualClock(_START, 1000.0)
    venue = Venue(ExchangeOptions(products=(_PRODUCT,), seed=seed, levels=_LEVELS), clock)
    with gzip.open(path, "wb", _FASTEST) as file:
        writer = _FrameWriter(file, clock)
        for channel in (Channel.LEVEL2, Channel.MARKET_TRADES, Channel.TICKER):
            writer.emit(venue.feeds[_PRODUCT].snapshot(channel, venue.moment()))
            venue.subscribers.join(channel, _PRODUCT, writer)
        venue.subscribers.join(Channel.HEARTBEATS, "", writer)
        for _ in range(round(_SECONDS / _STEP)):
            clock.advance(_STEP)
            venue.tick()
        return writer.frames


_INSPECT: Final = """
import contextlib, re, sys
from depthview.cli import main
code = main(["inspect", "--json", sys.argv[1]])
with contextlib.suppress(OSError), open("/proc/self/status") as status:
    print(re.search(r"VmHWM:\\s*(\\d+)", status.read())[1], file=sys.stderr)
sys.exit(code)
"""


def _inspect(path: Path, frames: int) -> list[Figure]:
    """The command, as a process of its own."""
    began = _CLOCK.monotonic()
    done = subprocess.run([sys.executable, "-c", _INSPECT, str(path)], capture_output=True, text=True, check=True)
    seconds = _CLOCK.monotonic() - began
    assert json.loads(done.stdout)["frames"] == frames
    figures = [Figure("inspect", seconds, "s")]
    if peak := done.stderr.strip():
        figures.append(Figure("  memory at most", int(peak) / 1024, "MiB"))
    return figures


async def _timed(replay: Watched, wish: Callable[[], object]) -> float:
    began = _CLOCK.monotonic()
    wish()
    await until(lambda: not replay.player.under_way, "an arrival", 60)
    return _CLOCK.monotonic() - began


async def _measure(path: Path, seed: int) -> list[Figure]:
    draws = random.Random(seed)  # noqa: S311  # a bench must be the same every time
    began = _CLOCK.monotonic()
    open_recording(path)
    opened = _CLOCK.monotonic() - began
    async with watched(path, indexed=False) as replay:
        controls, index = replay.controls, replay.index
        first = await _timed(replay, lambda: controls.step(1))
        began = _CLOCK.monotonic()
        index.want()
        await until(lambda: index.done, "the index", 600)
        indexing = _CLOCK.monotonic() - began
        places = [draws.uniform(0, _SECONDS) for _ in range(_SEEKS)]
        seeks = [await _timed(replay, partial(controls.seek_to, place)) for place in places]
        back = [await _timed(replay, lambda: controls.step(-1)) for _ in range(_STEPS)]
        held = index.checkpoints.bytes
    return [
        Figure("size on the disk, gzipped", path.stat().st_size / 1e6, "MB"),  # noqa: ASYNC240  # nobody waits
        Figure("recognised after", opened * 1000, "ms"),
        Figure("first book after", first * 1000, "ms"),
        Figure("gone through in the background after", indexing, "s"),
        Figure("a seek to any second, median", median(seeks) * 1000, "ms"),
        Figure("  the slowest", max(seeks) * 1000, "ms", 1000, 500),
        Figure("a frame back, median", median(back) * 1000, "ms"),
        Figure("  the slowest", max(back) * 1000, "ms", 1000, 500),
        Figure("checkpoints", held / (1 << 20), "MiB", 96),
    ]


def all_figures(seed: int) -> Sequence[tuple[str, Sequence[Figure]]]:
    """One section."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "hour.tsv.gz"
        frames = _record(path, seed)
        figures = [*asyncio.run(_measure(path, seed)), *_inspect(path, frames)]
        return [(f"Replay: an hour, one product, {2 * _LEVELS:,} levels, {frames:,} frames", figures)]
