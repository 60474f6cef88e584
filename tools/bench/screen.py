"""What a draw costs and how soon it is in the terminal: ladder, grid, tape, what people would use otherwise, a floor.

All in terminals of their own of 120 by 40, drawn :data:`RATE` times a second. Latency is from the beginning of the tick
that draws a figure first until its bytes have been read at the terminal's other end.
"""

from __future__ import annotations

import json
import tempfile
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from statistics import median, quantiles
from typing import TYPE_CHECKING, Final

from tools.bench.rounds import interleaved, ratio
from tools.bench.table import Figure
from tools.bench.terminals import written

if TYPE_CHECKING:
    from collections.abc import Callable, Sequence

    from tools.bench.terminals import Piece

RATE: Final = 30
_DRAWS: Final = 90
_ROUNDS: Final = 2
"""Of what has no target."""


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one technique."""

    cpu: float
    """Seconds of processor time a draw."""
    composing: float
    """Seconds of it in which a ladder made its lines; 0 for others."""
    bytes: float
    """A draw."""
    latencies: tuple[float, ...]
    """Milliseconds, ascending; none where nothing changes."""


def run(how: str, kind: str, seed: int, home: Path) -> Run:
    """Draw in a process of its own.

    Args:
        how: See :mod:`tools.bench.drawing`.
        kind: ``churn``, ``calm`` or ``idle``.
        seed: Of what is drawn.
        home: Of the process.
    """
    result = home / "result.json"
    words = ["-m", "tools.bench.drawing", how, kind, str(seed), str(_DRAWS), str(RATE), str(result)]
    _, pieces = written(words, home)
    told = json.loads(result.read_text())
    ticks: dict[str, float] = told["ticks"]
    whole = b"".join(piece.data for piece in pieces)
    ends = _ends(pieces)
    first = min((at for mark in ticks if (at := whole.find(mark.encode())) >= 0), default=len(whole))
    found = [
        (_arrival(pieces, ends, at + len(mark)) - tick) * 1000
        for mark, tick in ticks.items()
        if (at := whole.find(mark.encode())) >= 0
    ]
    # The marks begin when the scene stands; what follows it is the way out, which is short.
    return Run(
        told["cpu"], told["composing"], (len(whole) - first) / len(ticks) if found else 0.0, tuple(sorted(found))
    )


def _ends(pieces: Sequence[Piece]) -> list[int]:
    ends, total = [], 0
    for piece in pieces:
        total += len(piece.data)
        ends.append(total)
    return ends


def _arrival(pieces: Sequence[Piece], ends: Sequence[int], upto: int) -> float:
    return next(piece.at for piece, end in zip(pieces, ends, strict=True) if end >= upto)


def _measured(names: Sequence[tuple[str, str]], seed: int, rounds: int, home: Path) -> dict[tuple[str, str], list[Run]]:
    runs: dict[tuple[str, str], list[Run]] = {name: [] for name in names}

    def measure(name: tuple[str, str]) -> float:
        runs[name].append(run(*name, seed, home))
        return runs[name][-1].cpu

    works: dict[str, Callable[[], float]] = {" ".join(name): partial(measure, name) for name in names}
    interleaved(works, rounds)
    return runs


def _cpu(runs: Sequence[Run]) -> float:
    return median(found.cpu for found in runs) * 1000


def _latencies(runs: Sequence[Run]) -> tuple[float, float]:
    """Median and 99th percentile of all rounds together, in milliseconds."""
    together = sorted(ms for found in runs for ms in found.latencies)
    return median(together), quantiles(together, n=100)[98]


def _line(name: str, runs: Sequence[Run], *, targets: bool = False) -> list[Figure]:
    figures = [
        Figure(f"{name}: CPU a draw", _cpu(runs), "ms"),
        Figure("  bytes a draw", median(found.bytes for found in runs), "B"),
    ]
    if runs[0].latencies:
        half, nearly_all = _latencies(runs)
        must, reach = ((4.0, 15.0), (3.0, 5.0)) if targets else ((None, None), (None, None))
        figures.append(Figure("  tick to terminal, p50", half, "ms", must[0], reach[0]))
        figures.append(Figure("  tick to terminal, p99", nearly_all, "ms", must[1], reach[1]))
    return figures


def all_figures(seed: int, rounds: int) -> Sequence[tuple[str, Sequence[Figure]]]:
    """The two sections about drawing."""
    kinds = ("churn", "calm")
    compared = [(how, kind) for kind in kinds for how in ("raw", "ladder")]
    others = [(how, kind) for how in ("Static", "DataTable") for kind in kinds]
    ours = [(how, kind) for how in ("grid", "tape") for kind in (*kinds, "idle")] + [("ladder", "idle")]
    with tempfile.TemporaryDirectory() as folder:
        home = Path(folder)
        run("raw", "calm", seed, home)  # compiles
        run("ladder", "calm", seed, home)
        runs = _measured(compared, seed, max(3, rounds), home)
        runs |= _measured([*ours, *others], seed, min(_ROUNDS, rounds), home)
    cpu = {f"{how} {kind}": [found.cpu for found in runs[how, kind]] for how, kind in compared}
    cpu["composing"] = [found.composing for found in runs["ladder", "churn"]]
    ladder = [
        Figure("churn: CPU a draw, x ANSI written by hand", ratio(cpu, "ladder churn", "raw churn"), "x", 8.0, 5.0),
        Figure("  of it the ladder's own lines; the rest is Textual's", ratio(cpu, "composing", "raw churn")),
        *_line("  the ladder", runs["ladder", "churn"], targets=True),
        *_line("  ANSI written by hand", runs["raw", "churn"]),
        Figure("calm: CPU a draw, x ANSI written by hand", ratio(cpu, "ladder calm", "raw calm")),
        *_line("  the ladder", runs["ladder", "calm"]),
        *_line("  ANSI written by hand", runs["raw", "calm"]),
        *_line("idle: the ladder", runs["ladder", "idle"]),
    ]
    for how in ("Static", "DataTable"):
        for kind in kinds:
            times = _cpu(runs[how, kind]) / _cpu(runs["ladder", kind])
            ladder += [Figure(f"{kind}: {how}, x the ladder", times), *_line(f"  {how}", runs[how, kind])]
    rest = [figure for how, kind in ours[:-1] for figure in _line(f"{kind}: the {how}", runs[how, kind])]
    return [
        (f"Drawing: one ladder, 120x40, {RATE} draws/s", ladder),
        (f"Drawing: grid of ten products, tape, 120x40, {RATE} draws/s", rest),
    ]
