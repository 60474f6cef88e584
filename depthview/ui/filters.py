"""Letters for glyphs, where a terminal has no more than ASCII."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.cells import cell_len
from rich.segment import Segment
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
        """The same segments in letters."""
        return [Segment(ascii_text(text), style, control) for text, style, control in segments]
