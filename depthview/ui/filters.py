"""Line filters: ASCII in place of glyphs, no color (``NO_COLOR``) with a visible cursor, and right-aligned bars.

Fonts have the eighths of a column filled from the left, and from the right only the first and the fourth. So a line
says what is meant, with the glyphs that Unicode has for it since version 13, and what is drawn for one of those is its
complement from the left with foreground and background swapped. Lines stay plain text that way, and ASCII has a letter
for each.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.color import Color

    from depthview.ui.lines import Line

_LETTERS: Final = str.maketrans(
    {
        # Bars: less than half a column is a dash, so that a live level still shows something.
        **dict.fromkeys("▏▎▍", "-"),
        **dict.fromkeys("▌▋▊▉█▐🮉🮊🮋", "#"),
        **dict(zip("▁▂▃▄▅▆▇", "_.,-~=+", strict=True)),
        # Verdicts and marks.
        "×": "x", "●": "*", "○": "o", "◌": ".", "◆": "!", "✕": "x", "∅": "0", "▲": "^", "▼": "v", "▶": ">",
        "◀": "<", "▒": ":", "░": ".", "◂": "<", "■": "#", "±": "~", "▸": ">", "·": ".",
        "╱": "/", "┃": "|", "…": "~", "−": "-", "‹": "<", "›": ">", "↑": "^", "↓": "v", "�": "?",
        **dict(zip("₀₁₂₃₄₅₆₇₈₉", "0123456789", strict=True)),
        # Rules and frames, Textual's own among them.
        **dict.fromkeys("─━▔═", "-"),
        **dict.fromkeys("│║▕🮇🮈", "|"),
        **dict.fromkeys("┌┐└┘├┤┬┴┼╭╮╰╯", "+"),
    }
)  # fmt: skip
_SUM: Final = (("  Σ", "SUM"), ("Σ   ", "SUM "), ("Σ", "S"))


def ascii_text(text: str) -> str:
    """``text`` in ASCII and in as many columns; what has no likeness becomes ``?``."""
    if text.isascii():
        return text
    for glyph, letters in _SUM:
        text = text.replace(glyph, letters)
    text = text.translate(_LETTERS)
    return text if text.isascii() else "".join(c if c.isascii() else "?" * cell_len(c) for c in text)


class AsciiFilter(LineFilter):
    """Everything that is drawn, by whichever widget, in ASCII."""

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(ascii_text(text), style, control) for text, style, control in segments]


_PLAIN: Final = Style.from_color(RichColor.parse("default"), RichColor.parse("default"))
_REVERSED: Final = _PLAIN + Style(reverse=True)
_GROUNDS: Final = {True: frozenset({0}), False: frozenset({7, 15})}
"""Numbers of the colours that stand for the ground itself, by whether the theme is a dark one."""


class Colourless(LineFilter):
    """Takes colours out; what stood out by its background alone, as a cursor in a list does, is reversed.

    Textual's own (8.2.8) makes such a cursor look like everything else.

    Args:
        dark: Whether the theme, one of the terminal's own colours, is dark.
    """

    def __init__(self, *, dark: bool) -> None:
        super().__init__()
        self._grounds = _GROUNDS[dark]

    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [
            Segment(text, None if style is None else self._plain(style), control) for text, style, control in segments
        ]

    def _plain(self, style: Style) -> Style:
        ground = style.bgcolor
        stands_out = ground is not None and not ground.is_default and ground.number not in self._grounds
        return style + (_REVERSED if stands_out and not style.reverse else _PLAIN)


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
