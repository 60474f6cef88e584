"""Columns of text that stand under their headings."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Sequence

WIDTH: Final = 80
"""Columns of the narrowest terminal that the text is made for; what does not fit there is cut, last column first."""
_APART: Final = "  "
_UNITS: Final = ("kB", "MB", "GB", "TB")


def table(headings: Sequence[str], rows: Sequence[Sequence[str]], sides: str) -> str:
    """Headings and rows, each column as wide as its widest cell.

    Args:
        headings: One a column.
        rows: As many cells each.
        sides: ``<`` or ``>`` a column: on which side its cells stand.
    """
    columns = list(zip(headings, *rows, strict=True))
    widths = [max(map(len, column)) for column in columns]
    lines = [
        _APART.join(f"{cell:{side}{width}}" for cell, side, width in zip(row, sides, widths, strict=True)).rstrip()
        for row in (headings, *rows)
    ]
    return "\n".join(line if len(line) <= WIDTH else f"{line[: WIDTH - 1]}…" for line in lines)


def sized(count: float) -> str:
    """So many bytes, such as ``412 B``, ``8.4 MB`` or ``1.02 GB``."""
    if count < 1_000:
        return f"{count:.0f} B"
    for unit in _UNITS:
        count /= 1_000
        if count < 999.5 or unit == _UNITS[-1]:
            break
    return f"{count:,.2f} {unit}" if count < 10 else f"{count:,.1f} {unit}" if count < 100 else f"{count:,.0f} {unit}"


def counted(number: int, what: str) -> str:
    """A number and what it counts, such as ``1 gap`` or ``1,204 gaps``."""
    return f"{number:,} {what}" if number == 1 else f"{number:,} {what}s"
