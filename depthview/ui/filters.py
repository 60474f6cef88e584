"""Line filters: ASCII in place of glyphs, and no colour (``NO_COLOR``) with a visible cursor."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.color import Color


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
    """``text`` in ASCII, as wide as before; unknown characters become ``?``."""
    if text.isascii():
        return text
    for glyph, letters in _SUM:
        text = text.replace(glyph, letters)
    text = text.translate(_LETTERS)
    return text if text.isascii() else "".join(c if c.isascii() else "?" * cell_len(c) for c in text)


class AsciiFilter(LineFilter):
    def apply(self, segments: list[Segment], background: Color) -> list[Segment]:
        return [Segment(ascii_text(text), style, control) for text, style, control in segments]


_PLAIN: Final = Style.from_color(RichColor.parse("default"), RichColor.parse("default"))
_REVERSED: Final = _PLAIN + Style(reverse=True)
_GROUNDS: Final = {True: frozenset({0}), False: frozenset({7, 15})}
"""Numbers of the colours that stand for the ground itself, by whether the theme is a dark one."""


class Colourless(LineFilter):
    """Removes colours; what stood out only by its background, as a cursor in a list, is reversed.

    Textual's own filter (8.2.8) makes such a cursor invisible. ``dark`` is that of the theme.
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
