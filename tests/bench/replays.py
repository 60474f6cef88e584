"""An hour's recording of a busy product: how soon it is on the screen, and how soon any place of it is."""

from __future__ import annotations

import asyncio
import gzip
import random
import tempfile
from functools import partial
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING, Final

from depthview.clock import SystemClock
from depthview.feed.recording import open_recording
from tests.bench.table import Figure
from tests.bench.workload import LARGE, build
from tests.support.replays import Watched, watched
from tests.support.waiting import until

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

_SECONDS: Final = 3600
_FRAMES_A_SECOND: Final = 20
"""Observed: some twenty a second for a busy product."""
_START: Final = 1_786_309_548.0
_SEEKS: Final = 60
_STEPS: Final = 100
_CLOCK: Final = SystemClock()
_FASTEST: Final = 1


def _record(path: Path, seed: int) -> None:
    work = build(LARGE, seed, _SECONDS * _FRAMES_A_SECOND)
    with gzip.open(path, "wb", _FASTEST) as file:
        for number, frame in enumerate((work.snapshot, *work.updates)):
            file.write(b"%.6f\t%s\n" % (_START + number / _FRAMES_A_SECOND, frame))


async def _timed(replay: Watched, wish: Callable[[], object]) -> float:
    began = _CLOCK.monotonic()
    wish()
    await until(lambda: not replay.replayer.under_way, "an arrival", 60)
    return _CLOCK.monotonic() - began


async def _measure(path: Path, seed: int) -> list[Figure]:
    draws = random.Random(seed)  # noqa: S311  # a bench must be the same every time
    began = _CLOCK.monotonic()
    open_recording(path)
    opened = _CLOCK.monotonic() - began
    async with watched(path, indexed=False) as replay:
        transport, index = replay.transport, replay.index
        first = await _timed(replay, lambda: transport.step(1))
        began = _CLOCK.monotonic()
        index.want()
        await until(lambda: index.done, "the index", 600)
        indexing = _CLOCK.monotonic() - began
        places = [draws.uniform(0, _SECONDS) for _ in range(_SEEKS)]
        seeks = [await _timed(replay, partial(transport.seek_to, place)) for place in places]
        back = [await _timed(replay, lambda: transport.step(-1)) for _ in range(_STEPS)]
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
        _record(path, seed)
        return [("Replay: an hour, one product of 60,000 levels", asyncio.run(_measure(path, seed)))]
