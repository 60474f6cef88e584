"""The one way that anything is drawn: lines of cells, compared with what is on the screen, row by row.

A panel renders itself (``render_lines``) from cached strips and asks for a repaint of the rows that changed and
of no others. Textual's own path costs about twice as much a draw (measured on a 120x40 ladder, 5 to 6 ms against
3); a table widget ten times as much. The price: no borders, no padding, no text selection, and line filters
(NO_COLOR) have to be applied here.

Rows are Textual's strips, but for two things: a row knows what is written for it, and between two styles only what
differs is written, not all of it and a reset.

Containers draw nothing but their background: Textual makes every line of every container under what is drawn, at each
draw, a tenth of the whole program while only heartbeats come (measured).
"""

from __future__ import annotations

from itertools import repeat
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import TRANSPARENT
from textual.containers import Container, Horizontal, Vertical
from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.reactive import var
from textual.strip import Strip
from textual.widget import Widget

from depthview.ui.filters import AsciiFilter
from depthview.ui.lines import BLANK, Cell, Line, clean
from depthview.ui.terminal import color_system
from depthview.ui.themes import GROUNDS, rich_style

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

RESET = "\x1b[0m"


class RenderedRow(Strip):
    """A row of a panel.

    Args:
        segments: What it shows.
        width: Columns of all of them.
        written: What is written for them, beginning and ending without any style.
        system: For which colours that is.
    """

    __slots__ = ("_system", "_written")

    def __init__(self, segments: Iterable[Segment], width: int, written: str, system: ColorSystem) -> None:
        super().__init__(segments, width)
        self._written = written
        self._system = system

    def render(self, console: Console) -> str:
        """The precomputed text: most rows are drawn whole and once."""
        return self._written if color_system(console) is self._system else super().render(console)

    def divide(self, cuts: Iterable[int]) -> Sequence[Strip]:
        """Textual stores an uncut row in that row's own cache: a cycle that only the garbage collector frees."""
        within = [cut for cut in cuts if cut <= self.cell_length]
        return [self] if within == [self.cell_length] else super().divide(within)


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


def joined(line: Line, grounds: Mapping[str, object]) -> Line:
    """``line`` in as few cells as look the same: each cell costs as much to draw as a dozen letters.

    Args:
        line: What to show.
        grounds: What lies behind each style. A blank shows nothing else, so it goes with a neighbour of one ground.
    """
    kept: list[Cell] = []
    text, style = "", ""
    for more, its_style in line:
        if not text:
            text, style = more, its_style
        elif not more:
            continue
        elif its_style == style or (more.isspace() and grounds[its_style] == grounds[style]):
            text += more
        elif text.isspace() and grounds[its_style] == grounds[style]:
            text, style = text + more, its_style
        else:
            kept.append((text, style))
            text, style = more, its_style
    if text:
        kept.append((text, style))
    return tuple(kept)


SWAPPED: Final = {name: f"{name}-swapped" for name in ("bid-bar", "ask-bar", "sum-bar", "doubt-bar")}
"""Styles of bars that grow to the left, and the same with ink and ground swapped."""
_COMPLEMENTS: Final = {"🮇": "▊", "🮈": "▋", "🮉": "▍", "🮊": "▎", "🮋": "▏"}


def drawable(text: str, style: str) -> Line:
    """A bar that grows to the left as cells of which fonts have every glyph.

    Of the eighths of a column that are filled from the right, fonts have the first and the fourth. Lines use the glyphs
    that Unicode has had for all of them since version 13; drawn is the complement from the left, with foreground and
    background swapped. Lines stay plain text that way, and ASCII has a letter for each.

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


def _redraw(panel: LinePanel) -> None:
    panel.redraw()


class LinePanel(Widget):
    """A widget that is nothing but lines.

    Subclasses answer :meth:`lines`. Each ``var`` that they declare redraws them when it is set to another value, unless
    it has a watcher of its own; whoever changes anything else that they depend on calls :meth:`redraw`.
    """

    ALLOW_SELECT: ClassVar[bool] = False
    DEFAULT_CSS = """
    LinePanel { width: 1fr; height: 1; background: $dv-ground; }
    """
    GROUND: ClassVar[str] = "text"
    """Style of the room that a line leaves over."""

    def __init__(self, *, name: str | None = None, id: str | None = None, classes: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(name=name, id=id, classes=classes)
        self._drawn: list[Line] = []
        self._strips: list[Strip] = []
        self._drawn_size = Size(0, 0)
        self._styles_by_name: dict[str, Style] = {}
        self._drawn_bars: dict[tuple[str, str], tuple[Line, int]] = {}
        """Bars as they were drawn at this size, and their columns: the same lengths come again and again."""
        self._transitions: dict[tuple[str, str], str] = {}
        """What is written between two styles, the first of them empty at the beginning of a row."""
        self._system = ColorSystem.TRUECOLOR
        self._letters = False

    def __init_subclass__(cls, **options: Any) -> None:  # noqa: ANN401  # Textual's
        super().__init_subclass__(**options)
        for name, value in list(vars(cls).items()):
            if isinstance(value, var) and not hasattr(cls, f"watch_{name}"):
                setattr(cls, f"watch_{name}", _redraw)

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """What to show in ``width`` columns and ``height`` rows, top first; missing rows are blank."""
        raise NotImplementedError

    def redraw(self) -> list[int]:
        """Compute the lines anew and have those rows repainted that differ; returns their indices.

        While the panel is hidden nothing is computed: it catches up when it is next painted.
        """
        if not self.display or not self.size or not self.is_attached:
            self._drawn_size = Size(0, 0)
            return []
        if self.size != self._drawn_size:
            self._rebuild()
            self.refresh()
            return list(range(self.size.height))
        changed = self._update()
        self._refresh_rows(changed)
        return changed

    def _rebuild(self) -> None:
        self._drawn = []
        self._strips = []
        self._drawn_size = self.size
        self._drawn_bars.clear()
        if self._system is not color_system(self.app.console):
            self._system = color_system(self.app.console)
            self._transitions.clear()
        # Letters are made of what is meant, and not of what is drawn for it.
        self._letters = any(isinstance(found, AsciiFilter) for found in self.get_line_filters())
        self._update()

    def _update(self) -> list[int]:
        width, height = self._drawn_size
        fresh = list(self.lines(width, height))[:height]
        fresh += [BLANK] * (height - len(fresh))
        drawn = self._drawn
        changed = [y for y, line in enumerate(fresh) if y >= len(drawn) or line != drawn[y]]
        strips = self._strips if len(self._strips) == height else [Strip([])] * height
        for y in changed:
            strips[y] = self._strip(fresh[y], width)
        self._drawn, self._strips = fresh, strips
        return changed

    def _refresh_rows(self, rows: Sequence[int]) -> None:
        if not rows:
            return
        width = self.size.width
        regions: list[Region] = []
        first = last = rows[0]
        for y in rows[1:]:
            if y != last + 1:
                regions.append(Region(0, first, width, last - first + 1))
                first = y
            last = y
        regions.append(Region(0, first, width, last - first + 1))
        self.refresh(*regions)

    def _strip(self, line: Line, width: int) -> Strip:
        cells: list[Cell] = []
        used = 0
        # This runs for every row that changed, at every draw.
        for cell in joined(line, GROUNDS):
            text, style = cell
            if text.isascii() and text.isprintable():
                cells.append(cell)
                used += len(text)
            elif style in SWAPPED:
                bar, size = self._drawn_bars.get(cell) or self._draw_bar(text, style)
                cells += bar
                used += size
            else:
                text = text if text.isprintable() else clean(text)
                cells.append((text, style))
                used += cell_len(text)
        if used < width:
            cells.append((" " * (width - used), self.GROUND))
        row = self._row(cells, max(used, width))
        return row.crop(0, width) if used > width else row

    def _row(self, cells: Sequence[Cell], width: int) -> RenderedRow:
        transitions, styles, before, written = self._transitions, self._styles_by_name, "", ""
        for text, style in cells:
            between = transitions.get((before, style))
            if between is None:
                between = self._transition(before, style)
            written += between + text
            before = style
        # Segment(...) for each cell takes three times as long.
        parts = ((text, styles[style], None) for text, style in cells)
        segments: list[Segment] = list(map(tuple.__new__, repeat(Segment), parts))
        return RenderedRow(segments, width, written + RESET, self._system)

    def _transition(self, before: str, style: str) -> str:
        earlier = self.style_named(before) if before else None
        found = self._transitions[before, style] = transition(earlier, self.style_named(style), self._system)
        return found

    def _draw_bar(self, text: str, style: str) -> tuple[Line, int]:
        text = clean(text)
        cells = ((text, style),) if self._letters else drawable(text, style)
        drawn = self._drawn_bars[text, style] = (cells, cell_len(text))
        return drawn

    def style_named(self, name: str) -> Style:
        found = self._styles_by_name.get(name)
        if found is None:
            found = self._styles_by_name[name] = rich_style(name, self.app.theme_variables)
        return found

    def notify_style_update(self) -> None:
        """The theme or a style changed: drop every cached strip."""
        super().notify_style_update()
        # Rows that are still about keep the styles that they were made with.
        self._styles_by_name = {}
        self._transitions.clear()
        self._drawn_bars.clear()
        self._drawn_size = Size(0, 0)

    def render_lines(self, crop: Region) -> list[Strip]:
        if self.size != self._drawn_size:
            self._rebuild()
        width = self._drawn_size.width
        strips = self._strips[crop.y : crop.bottom]
        if (crop.x, crop.width) != (0, width):
            strips = [strip.crop_extend(crop.x, crop.right, self.style_named(self.GROUND)) for strip in strips]
        if len(strips) < crop.height:
            blank = Strip.blank(crop.width, self.style_named(self.GROUND))
            strips += [blank] * (crop.height - len(strips))
        # Ours are true colours already, or those of a theme that leaves them to the terminal: turning the one into
        # the other would cost a fifth of the draw for nothing.
        filters = [found for found in self.get_line_filters() if not isinstance(found, ANSIToTruecolor)]
        background = self.background_colors[1] if filters else TRANSPARENT
        for line_filter in filters:
            strips = [strip.apply_filter(line_filter, background) for strip in strips]
        return strips

    def on_unmount(self) -> None:
        """Free the rows at once: a widget is part of reference cycles, rows are not."""
        self._drawn, self._strips, self._drawn_size = [], [], Size(0, 0)
        self._drawn_bars.clear()

    def on_resize(self) -> None:
        self.redraw()

    def text(self) -> str:
        """The text of the panel, without colours."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._drawn)


class PlainBackground:
    """Draws a widget's lines at once: it has no border, no title and no scrollbar, and its padding looks like the rest.

    No widget itself: Textual takes style rules from the first base that is one.
    """

    def render_lines(self: Widget, crop: Region) -> list[Strip]:  # type: ignore[misc]  # what it is mixed into
        ground = self.background_colors[1]
        line = Strip.blank(crop.width, Style(bgcolor=ground.rich_color))
        for line_filter in self.get_line_filters():
            line = line.apply_filter(line_filter, ground)
        return [line] * crop.height


class PlainVertical(PlainBackground, Vertical):
    """Widgets one below the other."""


class PlainHorizontal(PlainBackground, Horizontal):
    """Widgets one beside the other."""


class PlainContainer(PlainBackground, Container):
    """A container whose style sheet arranges its widgets."""
