"""The whole viewer at work: how long its loop is held up, what it costs, and what it does where it is asked too much.

Every figure is of ``depthview`` itself, in a terminal of its own, with a venue in a third process.
"""

from __future__ import annotations

import asyncio
import json
import sys
import tempfile
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from time import process_time
from typing import TYPE_CHECKING, Final

from websockets.asyncio.client import connect

from depthview.clock import ManualClock, SystemClock
from depthview.coinbase.messages import decode
from depthview.core.sequence import Scope
from depthview.session.session import MarketSession
from depthview.session.views import Origin, SessionViews
from depthview.views.market import Mode, ViewRequest
from tools.bench.flooding import Flood, flooding
from tools.bench.rounds import interleaved, ratio
from tools.bench.table import Figure
from tools.bench.terminals import written
from tools.bench.workload import LARGE, build

if TYPE_CHECKING:
    from collections.abc import Sequence

_CLOCK: Final = SystemClock()
_REAL_RATE: Final = 20.0
"""Frames a second of a busy product (observed)."""
_OBSERVED_LEVELS: Final = 46_000
_HOUR: Final = 72_000
"""Frames of such a product."""
_TENTH: Final = _HOUR // 10
_DISTINCT: Final = 6_000


@dataclass(frozen=True, slots=True)
class Readings:
    """See :class:`tools.bench.metered.Reading`."""

    cpu: float
    frames: float
    lags: list[float]
    lags_in_all: list[float]
    behind: float
    said: list[str]
    doubted: float
    trusted: bool
    gaps: int
    reconnects: int
    blocks: int


def view(flood: Flood, home: Path, *products: str, meters: str, settle: float, span: float) -> Readings:
    """Run the viewer on a flood.

    Args:
        flood: What is sent.
        home: Of the processes.
        products: On show.
        meters: ``cpu`` or ``all``.
        settle: Seconds from the start to the measuring.
        span: Seconds of it.
    """
    result = home / "readings.json"
    with flooding(flood, home) as url:
        words = ["-m", "tools.bench.metered", str(result), meters, str(settle), str(span), *products]
        written([*words, "--url", url, "--public", "--no-rest"], home)
    return Readings(**json.loads(result.read_text(encoding="utf-8")))


def lags(seed: int, rounds: int, home: Path) -> list[Figure]:
    """How long the loop is held up while 5,000 frames a second come, and a big snapshot among them."""
    flood = Flood(rate=5_000.0, again=4.0, seed=seed)
    runs = [view(flood, home, LARGE.product, meters="all", settle=3.0, span=6.0) for _ in range(max(3, rounds // 2))]
    worst, usual = median(max(run.lags) for run in runs), median(_share(run.lags, 0.99) for run in runs)
    return [
        Figure("6 MB snapshot, 5,000 frames/s: largest loop lag", worst * 1000, "ms", 60.0, 35.0),
        Figure("  with waits for a processor", median(max(run.lags_in_all) for run in runs) * 1000, "ms"),
        Figure("  99th percentile", usual * 1000, "ms"),
        Figure("  frames taken in", median(run.frames for run in runs), "/s", 4_900.0, at_least=True),
        Figure("  frames missed", float(sum(run.gaps for run in runs)), "", 0.0),
    ]


def _share(values: Sequence[float], share: float) -> float:
    return sorted(values)[int(len(values) * share)]


def calm(seed: int, rounds: int, home: Path) -> list[Figure]:
    """What it costs to be connected, and what each product adds."""
    still = Flood(seed=seed)
    quiet = [view(still, home, LARGE.product, meters="cpu", settle=4.0, span=8.0) for _ in range(max(2, rounds // 2))]
    figures = [Figure("only heartbeats: CPU", median(run.cpu for run in quiet) * 100, "%", 3.0, 1.5)]
    costs: dict[int, float] = {}
    flood = Flood(rate=_REAL_RATE, levels=4_000, distinct=400, seed=seed)
    for count in (1, 10, 30):
        names = [f"P{number:02d}-USD" for number in range(count)]
        costs[count] = view(flood, home, *names, meters="cpu", settle=6.0, span=6.0).cpu
        figures.append(Figure(f"{count} products at {_REAL_RATE:.0f} frames/s each: CPU", costs[count] * 100, "%"))
    few, many = (costs[10] - costs[1]) / 9, (costs[30] - costs[10]) / 20
    figures.append(Figure("  a product more: from 10 to 30, x from 1 to 10", many / few))
    return figures


def too_much(seed: int, home: Path) -> list[Figure]:
    """Six seconds of more than any machine can do, and what became of it."""
    flood = Flood(rate=60_000.0, seconds=6.0, heavy=True, seed=seed)
    run = view(flood, home, LARGE.product, meters="all", settle=2.0, span=16.0)
    said = "STALE: behind" in run.said
    return [
        Figure("asked for 60,000 frames/s: behind by at most", run.behind, "s"),
        Figure("  the verdict said so", float(said), "", 1.0, at_least=True),
        Figure("  in doubt for", run.doubted, "s"),
        Figure("  trusted again at the end", float(run.trusted), "", 1.0, at_least=True),
        Figure("  frames missed", float(run.gaps), "", 0.0),
        Figure("  connections lost", float(run.reconnects), "", 0.0),
    ]


async def _received(url: str, frames: int, *, compression: str | None) -> tuple[float, float, float]:
    """Seconds until the snapshot is decoded, and wall and processor seconds of the frames that follow."""
    async with connect(url, compression=compression, max_size=1 << 26, proxy=None) as socket:
        await socket.send(json.dumps({"type": "subscribe", "product_ids": [LARGE.product], "channel": "level2"}))
        began = _CLOCK.monotonic()
        while b"snapshot" not in (raw := await socket.recv(decode=False))[:200]:
            began = _CLOCK.monotonic()
        decode(raw)
        first = _CLOCK.monotonic() - began
        decode(await socket.recv(decode=False))
        began, cpu = _CLOCK.monotonic(), process_time()
        for _ in range(frames):
            decode(await socket.recv(decode=False))
        return first, _CLOCK.monotonic() - began, process_time() - cpu


def compression(seed: int, rounds: int, home: Path) -> list[Figure]:
    """What permessage-deflate costs the viewer's side on a quick line."""
    frames, found = 4_000, dict[str, list[float]]()

    def measure(*, deflate: bool) -> float:
        flood = Flood(rate=2_000.0, compression=deflate, after=0.5, seed=seed)
        with flooding(flood, home) as url:
            first, _, cpu = asyncio.run(_received(url, frames, compression="deflate" if deflate else None))
        found.setdefault(f"first {deflate}", []).append(first)
        return cpu

    cpu = interleaved({"on": lambda: measure(deflate=True), "off": lambda: measure(deflate=False)}, max(3, rounds // 2))
    return [
        Figure("compression: CPU of a frame, x without", ratio(cpu, "on", "off")),
        Figure("  the snapshot arrives and is decoded, x without", ratio(found, "first True", "first False")),
    ]


def hour(seed: int) -> list[Figure]:
    """An hour's frames through session and views: what is held after a tenth of it, and at the end."""
    work = build(LARGE, seed, _DISTINCT)
    clock = ManualClock(1_786_309_548.0, 1000.0)
    session = MarketSession([LARGE.product], scope=Scope.CONNECTION)
    views = SessionViews(session, clock, Origin(Mode.LIVE, "bench", "none"))
    request = ViewRequest(LARGE.product, (LARGE.product,), 40, {})
    session.opened(clock.monotonic(), clock.unix())
    session.receive(work.snapshot, clock.monotonic(), clock.unix())
    tails = [raw.partition(b'"events":')[2] for raw in work.updates]
    held: list[int] = []
    for number in range(1, _HOUR + 1):
        clock.advance(1 / _REAL_RATE)
        raw = b'{"channel":"l2_data","timestamp":"","sequence_num":%d,"events":%s' % (number, tails[number % _DISTINCT])
        session.receive(raw, clock.monotonic(), clock.unix())
        if number % 20 == 0:
            session.tick(clock.monotonic(), clock.unix())
            views.view(request)
        if number % _TENTH == 0:
            held.append(sys.getallocatedblocks())
    assert session.monitor.total().gaps == 0
    return [Figure("an hour's frames: objects held at the end, x after a tenth", held[-1] / held[0], "x", 1.1, 1.02)]


def all_figures(seed: int, rounds: int) -> Sequence[tuple[str, Sequence[Figure]]]:
    """The sections about the whole viewer."""
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        view(Flood(seed=seed), home, LARGE.product, meters="cpu", settle=1.0, span=0.5)  # compiles
        return [
            ("The loop", [*lags(seed, rounds, home), *too_much(seed, home)]),
            ("At work", [*calm(seed, rounds, home), *compression(seed, rounds, home), *hour(seed)]),
        ]
