"""Finding words in lines, and showing where they are. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.ui.cells import Cell, Line, clean

if TYPE_CHECKING:
    from collections.abc import Sequence


def places_of(lines: Sequence[str], sought: str) -> list[int]:
    """The lines that have ``sought`` in them, in any case; none for nothing."""
    wanted = sought.casefold()
    return [at for at, line in enumerate(lines) if wanted in line.casefold()] if wanted else []


def found_line(line: str, sought: str, *, here: bool) -> Line:
    """``line`` with ``sought`` standing out wherever it is; reversed in the line that was gone to."""
    folded, wanted = line.casefold(), clean(sought).casefold()
    if not wanted or len(folded) != len(line):
        return ((line, "text"),)
    cells: list[Cell] = []
    at = 0
    while (found := folded.find(wanted, at)) >= 0:
        cells += [(line[at:found], "text"), (line[found : found + len(wanted)], "frozen" if here else "band-strong")]
        at = found + len(wanted)
    return (*cells, (line[at:], "text"))
