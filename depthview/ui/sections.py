"""What panels and pages are made of: headings, labelled rows, meters, notes. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.ui.cells import BLANK, Cell, Line, cut, wrap

if TYPE_CHECKING:
    from collections.abc import Sequence

LABEL: Final = 11
"""Columns of a label."""
_EIGHTHS: Final = " ▏▎▍▌▋▊▉"


def title(text: str, note: str, width: int) -> Line:
    """The heading of a panel: its name, a rule, a note."""
    note = cut(note, max(0, width - len(text) - 6))
    right: Line = ((f" {note}", "muted"),) if note else BLANK
    room = max(0, width - len(text) - 3 - (len(note) + 1 if note else 0))
    return (("─ ", "rule"), (text, "strong"), (" " + "─" * room, "rule"), *right)


def labelled(label: str, *cells: Cell) -> Line:
    """A row with a label before its figures."""
    return ((f" {label:<{LABEL}} ", "muted"), *cells)


def meter(share: float, width: int) -> str:
    """A bar for ``share`` (0 to 1) of ``width`` columns, padded to them."""
    eighths = int(max(0.0, min(1.0, share)) * width * 8)
    partial = _EIGHTHS[eighths % 8] if eighths % 8 else ""
    return ("█" * (eighths // 8) + partial).ljust(width)


def notes(texts: Sequence[str], width: int) -> list[Line]:
    """What figures mean, in small print."""
    return [((f" {row}", "muted"),) for note in texts for row in wrap(note, width - 2)]
