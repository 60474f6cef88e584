"""Rows as Textual draws them, without what makes its own dear.

**Without rings.** A row that is cut nowhere is put whole into its own cache (Textual 8.2.8). Such a ring is freed by
the search for cyclic garbage alone; under 2,000 frames a second with the screen open that took 0.2 s in every half
minute (measured), in which no key was answered, and as much again for every few pages that were opened and closed.

**Written once.** Most rows are drawn whole and never again. So a row knows what is written for it, and what else
Textual can do with one is made when somebody wants it. Between two styles only what differs is written, not all of it
and a reset.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from rich.color import ColorSystem
from rich.segment import Segment
from textual.strip import Strip

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console
    from rich.style import Style

    from depthview.ui.cells import Cell

_divide = Strip.divide
RESET = "\x1b[0m"


class Row(Strip):
    """A row of a panel.

    Args:
        cells: What it shows.
        styles: Of the cells, by name.
        width: Columns of all of them.
        written: What is written for them, beginning and ending without any style.
        system: For which colours that is.
    """

    __slots__ = ("_cells", "_styles", "_system", "_written")

    def __init__(
        self, cells: Sequence[Cell], styles: Mapping[str, Style], width: int, written: str, system: ColorSystem
    ) -> None:
        self._cells = cells
        self._styles = styles
        self._cell_length = width
        self._written = written
        self._system = system

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401  # any of what Textual's constructor sets
        """Make it a row as Textual's constructor does, when more is wanted than what is written."""
        styles = self._styles
        super().__init__([Segment(text, styles[style]) for text, style in self._cells], self._cell_length)
        return object.__getattribute__(self, name)

    def render(self, console: Console) -> str:
        """What is written for it."""
        return self._written if color_system(console) is self._system else super().render(console)


def color_system(console: Console) -> ColorSystem:
    """The colours that Textual writes to a console in."""
    return console._color_system or ColorSystem.TRUECOLOR


def transition(before: Style | None, style: Style, system: ColorSystem) -> str:
    """What is written between two texts for the second one's style.

    Args:
        before: The first one's; None for none.
        style: The second one's.
        system: Colours to write.
    """
    whole = Strip.render_ansi(style, system)
    if before is None:
        return f"\x1b[{whole}m" if whole else ""
    if _attributes(before) != _attributes(style) or not (style.color and style.bgcolor):
        return f"\x1b[0;{whole}m" if whole else RESET
    codes: list[str] = []
    if style.color != before.color:
        codes += style.color.downgrade(system).get_ansi_codes()
    if style.bgcolor != before.bgcolor:
        codes += style.bgcolor.downgrade(system).get_ansi_codes(foreground=False)
    return f"\x1b[{';'.join(codes)}m" if codes else ""


def _attributes(style: Style) -> tuple[bool | None, ...]:
    return style.bold, style.dim, style.italic, style.underline, style.reverse, style.strike


def _divided(strip: Strip, cuts: Iterable[int]) -> Sequence[Strip]:
    # Textual ignores cuts past the end, too.
    within = [cut for cut in cuts if cut <= strip.cell_length]
    return [strip] if within == [strip.cell_length] else _divide(strip, within)


def leave_out_rings() -> None:
    """Have no row put into its own cache from now on, ours or Textual's: most of those that hurt are Textual's."""
    Strip.divide = _divided  # type: ignore[method-assign, assignment]  # no subclass of ours is asked for Textual's own rows
