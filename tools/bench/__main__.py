"""``python -m tools.bench``: measure, print the table, exit 1 when a least target is missed."""

from __future__ import annotations

import argparse
import sys
from typing import TYPE_CHECKING, Final

from tools.bench import books, loop, program, replays, screen
from tools.bench.table import section

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from tools.bench.table import Figure

    Sections = Sequence[tuple[str, Sequence[Figure]]]

_PARTS: Final[Mapping[str, Callable[[argparse.Namespace], Sections]]] = {
    "books": lambda args: books.all_figures(args.seed, args.rounds, args.frames),
    "screen": lambda args: screen.all_figures(args.seed, args.rounds),
    "program": lambda args: program.all_figures(args.rounds),
    "loop": lambda args: loop.all_figures(args.seed, args.rounds),
    "replays": lambda args: replays.all_figures(args.seed),
}


def main() -> int:
    """Run the benchmark."""
    parser = argparse.ArgumentParser(prog="python -m tools.bench", description="Speed and memory, mostly as ratios.")
    parser.add_argument("--seed", type=int, default=1, help="of the workload (default 1)")
    parser.add_argument("--rounds", type=int, default=5, help="of each comparison (default 5)")
    parser.add_argument("--frames", type=int, default=3000, help="updates a round (default 3000)")
    parser.add_argument("--only", choices=_PARTS, action="append", help="this part; may be given more than once")
    args = parser.parse_args()
    missed: list[str] = []
    for name in args.only or _PARTS:
        for title, figures in _PARTS[name](args):
            sys.stdout.write(f"{section(title, figures)}\n\n")
            sys.stdout.flush()
            missed += [f"{title}: {figure.what.strip()}" for figure in figures if figure.missed]
    sys.stdout.write("".join(f"MISSED  {what}\n" for what in missed) or "every least target is met\n")
    return 1 if missed else 0


if __name__ == "__main__":
    sys.exit(main())
