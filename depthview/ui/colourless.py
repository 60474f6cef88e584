"""No colours at all, where ``NO_COLOR`` asks for it, and yet a cursor that can be seen."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from rich.color import Color as RichColor
from rich.segment import Segment
from rich.style import Style
from textual.filter import LineFilter

if TYPE_CHECKING:
    from textual.color import Color

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
        """The same segments without colours."""
        return [
            Segment(text, None if style is None else self._plain(style), control) for text, style, control in segments
        ]

    def _plain(self, style: Style) -> Style:
        ground = style.bgcolor
        stands_out = ground is not None and not ground.is_default and ground.number not in self._grounds
        return style + (_REVERSED if stands_out and not style.reverse else _PLAIN)
