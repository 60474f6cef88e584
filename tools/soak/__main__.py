"""``python -m tools.soak``: all that takes too long for the suite. Prints a short account; exit code 1 on a failure."""

from __future__ import annotations

import argparse
import asyncio
import sys
import tempfile
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.netguard.loopback_only import install
from tools.soak.flood import flood
from tools.soak.fuzz import fuzz
from tools.soak.mix import SoakFailure, soak

if TYPE_CHECKING:
    from collections.abc import Callable

_PARTS = ("mix", "fuzz", "flood")


def main() -> int:
    """Run the parts that are asked for, all by default."""
    parser = argparse.ArgumentParser(prog="python -m tools.soak", description=__doc__)
    parser.add_argument("--minutes", type=float, default=10.0, help="of random faults (default: 10)")
    parser.add_argument("--seed", type=int, default=1, help="same seed, same faults and frames (default: 1)")
    parser.add_argument("--frames", type=int, default=600_000, help="to damage and feed (default: 600000)")
    parser.add_argument("--flood-seconds", type=float, default=60.0, help="of 2,000 frames a second (default: 60)")
    parser.add_argument("--part", action="append", choices=_PARTS, help="only this one; may be repeated")
    args = parser.parse_args()
    install(lambda _: None)
    parts: dict[str, Callable[[Path], list[str]]] = {
        "mix": lambda folder: asyncio.run(soak(args.minutes * 60, args.seed, folder)).lines,
        "fuzz": lambda _: _fuzzed(args.frames, args.seed),
        "flood": lambda folder: _flooded(args.flood_seconds, folder),
    }
    failed = False
    for part in args.part or _PARTS:
        with tempfile.TemporaryDirectory(prefix="depthview-soak-") as folder:
            try:
                lines = parts[part](Path(folder))
            except (SoakFailure, AssertionError) as failure:
                failed, lines = True, [f"{part} FAILED: {failure}"]
        print(*lines, sep="\n", flush=True)  # noqa: T201  # the account
    return int(failed)


def _fuzzed(count: int, seed: int) -> list[str]:
    done = fuzz(count, seed)
    return [
        f"fuzz, seed {seed}: {done.frames:,} frames in {done.seconds:.0f} s, {done.rules['damage']:,} of the model's "
        f"damaged on the way; no exception, {done.trusted:,} looks at trusted books, none of them wrong"
    ]


def _flooded(seconds: float, folder: Path) -> list[str]:
    answers = flood(seconds, folder)
    assert not answers.late, answers.words()
    assert not any(answers.trouble), answers.words()
    return [answers.words()]


if __name__ == "__main__":
    sys.exit(main())
