"""``python -m tests.bench``: measure, print the table, exit 1 when a least target is missed."""

from __future__ import annotations

import argparse
import sys

from tests.bench import books, replays
from tests.bench.table import section


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tests.bench", description="Speed and memory as ratios.")
    parser.add_argument("--seed", type=int, default=1, help="of the workload (default 1)")
    parser.add_argument("--rounds", type=int, default=5, help="of each comparison (default 5)")
    parser.add_argument("--frames", type=int, default=10_000, help="updates a round (default 10000)")
    args = parser.parse_args()
    missed = False
    for title, figures in (*books.all_figures(args.seed, args.rounds, args.frames), *replays.all_figures(args.seed)):
        print(section(title, figures), end="\n\n", flush=True)
        missed = missed or any(figure.missed for figure in figures)
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
