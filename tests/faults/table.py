"""The table of all faults as it is printed at the end of a run: its lines, and how they are laid out."""

from __future__ import annotations

import re
from dataclasses import dataclass
from itertools import zip_longest
from typing import TYPE_CHECKING, Final

import pytest

if TYPE_CHECKING:
    from collections.abc import Iterable

    from tests.faults.evidence import Evidence

_WIDTHS: Final = (40, 26, 54, 20, 8)
_DOUBTS: Final = ("STALE", "DOWN", "NO DATA")
_HEADS: Final = ("provoked", "detected", "shown", "recovered", "trusted")


@dataclass(frozen=True)
class Line:
    """One line."""

    provoked: str
    detected: str = ""
    shown: str = ""
    recovered: str = ""
    seconds: float | None = None
    """From the strike until the book was trusted again; None where it was never doubted or never will be."""

    def cells(self) -> tuple[str, ...]:
        """As printed."""
        took = "-" if self.seconds is None else f"{self.seconds:.2f} s"
        return self.provoked, self.detected, self.shown, self.recovered, took


LINES: Final = pytest.StashKey[list[Line]]()
"""Where a run keeps its lines."""


def line_of(evidence: Evidence, meanwhile: str = "") -> Line:
    """The line that the exchange's file and the viewer's records make.

    Args:
        evidence: Of one case.
        meanwhile: What else was seen to hold while the fault lasted.
    """
    moved = evidence.moved()
    detected = ", ".join(f"{name.replace('_', ' ')} +{by}" for name, by in moved.items())
    shown = " > ".join(_words(evidence)) or "SYNCED throughout"
    return Line(
        evidence.provoked,
        detected or "no counter moved",
        "; ".join(part for part in (shown, meanwhile) if part),
        _how(evidence, moved),
        evidence.seconds_to_trust(),
    )


def _words(evidence: Evidence) -> Iterable[str]:
    """The doubts on the way, each once, and those that differ in their figures only not again."""
    seen: set[str] = set()
    for words in evidence.shown():
        cause = words.partition(";")[0]
        kind = re.sub(r"\d", "", cause)
        if kind not in seen and cause.startswith(_DOUBTS) and "connecting" not in cause:
            yield cause
        seen.add(kind)


def _how(evidence: Evidence, moved: dict[str, int]) -> str:
    if evidence.ended:
        return "final, as it must be"
    how = "not needed"
    if moved.get("reconnects"):
        how = "new connection"
    elif moved.get("resyncs"):
        how = "resync, same socket"
    elif evidence.doubted():
        how = "of itself"
    return f"{how}, {'books equal' if evidence.equal else 'BOOKS NOT EQUAL'}"


def laid_out(lines: Iterable[Line]) -> list[str]:
    """Lines of text in columns, long cells folded into several."""
    found = [_in_columns(_HEADS), _in_columns(tuple("-" * width for width in _WIDTHS))]
    for line in sorted(lines, key=lambda line: line.provoked):
        columns = [_folded(cell, width) for cell, width in zip(line.cells(), _WIDTHS, strict=True)]
        found += [_in_columns(cells) for cells in zip_longest(*columns, fillvalue="")]
    return found


def _in_columns(cells: tuple[str, ...]) -> str:
    return " ".join(f"{cell:{width}}" for cell, width in zip(cells, _WIDTHS, strict=True)).rstrip()


def _folded(text: str, width: int) -> list[str]:
    found = [""]
    for word in text.split(" "):
        rest = word
        if found[-1] and len(found[-1]) + 1 + len(rest) > width:
            found.append("")
        while len(rest) > width:
            found[-1], rest = rest[:width], rest[width:]
            found.append("")
        found[-1] = f"{found[-1]} {rest}" if found[-1] else rest
    return found
