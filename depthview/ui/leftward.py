"""Bars that grow to the left, out of glyphs that are filled from the left.

Fonts have the eighths of a column filled from the left, and from the right only the first and the fourth. So a line
says what is meant, with the glyphs that Unicode has for it since version 13, and what is drawn for one of those is its
complement from the left with ink and ground swapped. Lines stay plain text that way, and ASCII has a letter for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from depthview.ui.cells import Line

EIGHTHS_FROM_RIGHT: Final = ("", "▕", "🮇", "🮈", "▐", "🮉", "🮊", "🮋")
"""By how many eighths of the column they fill."""
SWAPPED: Final = {name: f"{name}-swapped" for name in ("bid-bar", "ask-bar", "sum-bar", "doubt-bar")}
"""Styles of bars that grow to the left, and the same with ink and ground swapped."""
_COMPLEMENTS: Final = {"🮇": "▊", "🮈": "▋", "🮉": "▍", "🮊": "▎", "🮋": "▏"}


def drawable(text: str, style: str) -> Line:
    """A bar as cells of which fonts have every glyph.

    Only the column where the bar ends is swapped: where a font's blocks leave a gap between two lines, whole columns
    leave the same one on both sides.

    Args:
        text: Of a cell of a line: room, then blocks.
        style: One of :data:`SWAPPED`.
    """
    blocks = text.lstrip(" ")
    complement = _COMPLEMENTS.get(blocks[:1])
    if complement is None:
        return ((text, style),)
    cells = ((text[: len(text) - len(blocks)], style), (complement, SWAPPED[style]), (blocks[1:], style))
    return tuple(cell for cell in cells if cell[0])
