"""``python -m tests.harness``: run seeds, print what they have shown; exit code 1 where one fails."""

from __future__ import annotations

import argparse
import os
import sys
from concurrent.futures import ProcessPoolExecutor
from functools import partial
from typing import TYPE_CHECKING

from tests.harness.faults import KINDS
from tests.harness.summary import Summary
from tests.harness.virtual import outcome
from tests.support.netguard.loopback_only import install

if TYPE_CHECKING:
    from collections.abc import Sequence


def main() -> int:
    """Run what is asked for."""
    parser = argparse.ArgumentParser(prog="python -m tests.harness", description=__doc__)
    parser.add_argument("--seeds", type=int, default=100, help="minutes in virtual time (default: 100)")
    parser.add_argument("--first", type=int, default=0, help="the first seed (default: 0)")
    parser.add_argument("--kind", action="append", choices=list(KINDS), help="only this fault; may be repeated")
    parser.add_argument("--processes", type=int, default=os.cpu_count() or 1)
    args = parser.parse_args()
    install(lambda _: None)
    summary = Summary()
    _virtual(range(args.first, args.first + args.seeds), args.kind, args.processes, summary)
    print(*summary.lines(), sep="\n", flush=True)  # noqa: T201  # the account
    return int(bool(summary.failures))


def _virtual(seeds: Sequence[int], kinds: list[str] | None, processes: int, summary: Summary) -> None:
    with ProcessPoolExecutor(processes) as pool:
        for found in pool.map(partial(outcome, kinds=kinds), seeds, chunksize=4):
            summary.add(found)
            if isinstance(found, str):
                print(found, end="\n\n", flush=True)  # noqa: T201  # not only at the end


if __name__ == "__main__":
    sys.exit(main())
