"""``python -m tools.harness``: run seeds, print what they have shown; exit code 1 where one fails."""

from __future__ import annotations

import argparse
import asyncio
import os
import sys
import tempfile
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

from tests.support.netguard.loopback_only import install
from tools.harness.faults import KINDS
from tools.harness.sockets import play as play_over_sockets
from tools.harness.summary import Summary
from tools.harness.virtual import outcome

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.harness.director import Result


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tools.harness", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="minutes in virtual time (default: 100)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default: 0)")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="only this fault; may be repeated")
    parser.add_argument("--sockets", type=int, default=0, help="minutes over sockets (default: 0)")
    parser.add_argument("--at-once", type=int, default=4, help="minutes over sockets side by side (default: 4)")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    install(_unheard)
    parts: tuple[tuple[str, Callable[[int], Result | str], int, int], ...] = (
        ("in virtual time", partial(outcome, kinds=args.kind), args.seeds, args.processes),
        ("over sockets", partial(_over_sockets, kinds=args.kind), args.sockets, args.at_once),
    )
    failed = False
    for what, play, count, processes in parts:
        if not count:
            continue
        summary = Summary()
        with ProcessPoolExecutor(processes, initializer=install, initargs=(_unheard,)) as pool:
            for found in pool.map(play, range(args.first, args.first + count)):
                summary.add(found)
                if isinstance(found, str):
                    print(found, end="\n\n", flush=True)  # noqa: T201  # not only at the end
        print(f"{what}:", *summary.lines(), sep="\n", flush=True)  # noqa: T201  # the account
        failed = failed or bool(summary.failures)
    return int(failed)


def _over_sockets(seed: int, kinds: list[str] | None) -> Result | str:
    with tempfile.TemporaryDirectory(prefix="depthview-harness-") as folder:
        # Every other minute is read off the screen.
        return asyncio.run(play_over_sockets(seed, Path(folder), screen=seed % 2 == 1, kinds=kinds))


def _unheard(_: str) -> None:
    """What the guard of sockets says."""


if __name__ == "__main__":
    sys.exit(main())
