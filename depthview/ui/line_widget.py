"""The one way that anything is drawn: lines of cells, compared with what is on the screen, row by row.

A panel renders itself (``render_lines``) from cached strips and asks for a repaint of the rows that changed and
of no others. Textual's own path costs about twice as much a draw (measured on a 120x40 ladder, 5 to 6 ms against
3); a table widget ten times as much. The price: no borders, no padding, no text selection, and line filters
(NO_COLOR) have to be applied here.

Rows are Textual's strips with two changes, both measured with 8.2.8. **No reference cycles:** a row that is cut nowhere
is put whole into its own cache. Such a cycle is freed by the garbage collector alone; under 2,000 frames a second with
the screen open that took 0.2 s in every half minute, in which no key was answered. **Written once:** most rows are
drawn whole and never again, so a row knows what is written for it; between two styles only what differs is written, not
all of it and a reset.

Containers draw nothing but their background: Textual makes every line of every container under what is drawn, at each
draw, a tenth of the whole program while only heartbeats come (measured).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, ClassVar

from rich.cells import cell_len
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual.color import TRANSPARENT
from textual.containers import Container, Horizontal, Vertical
from textual.filter import ANSIToTruecolor
from textual.geometry import Region, Size
from textual.strip import Strip
from textual.widget import Widget

from depthview.ui.filters import SWAPPED, AsciiFilter, drawable
from depthview.ui.lines import BLANK, Cell, Line, clean, joined
from depthview.ui.themes import GROUNDS, rich_style

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from rich.console import Console

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


leave_out_rings()


class LinePanel(Widget):
    """A widget that is nothing but lines.

    Subclasses answer :meth:`lines`; whoever changes what they depend on calls :meth:`redraw`.
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
                text = clean(text)
                cells.append((text, style))
                used += cell_len(text)
        if used < width:
            cells.append((" " * (width - used), self.GROUND))
        row = self._row(cells, max(used, width))
        return row.crop(0, width) if used > width else row

    def _row(self, cells: Sequence[Cell], width: int) -> Row:
        transitions, before, written = self._transitions, "", ""
        for text, style in cells:
            between = transitions.get((before, style))
            if between is None:
                between = self._transition(before, style)
            written += between + text
            before = style
        return Row(cells, self._styles_by_name, width, written + RESET, self._system)

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
        """The style ``name`` in the colours of the theme that is on."""
        found = self._styles_by_name.get(name)
        if found is None:
            found = self._styles_by_name[name] = rich_style(name, self.app.theme_variables)
        return found

    def notify_style_update(self) -> None:
        """Textual's word that a theme or style changed: drop every cached strip."""
        super().notify_style_update()
        # Rows that are still about keep the styles that they were made with.
        self._styles_by_name = {}
        self._transitions.clear()
        self._drawn_bars.clear()
        self._drawn_size = Size(0, 0)

    def render_lines(self, crop: Region) -> list[Strip]:
        """The strips of ``crop``, as the compositor wants them."""
        if self.size != self._drawn_size:
            self._rebuild()
        width = self._drawn_size.width
        strips = self._strips[crop.y : crop.bottom]
        if (crop.x, crop.width) != (0, width):
            strips = [strip.crop_extend(crop.x, crop.right, self.style_named(self.GROUND)) for strip in strips]
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
        """Give the rows back at once: a widget and what it is a part of refer to each other, rows to neither."""
        self._drawn, self._strips, self._drawn_size = [], [], Size(0, 0)
        self._drawn_bars.clear()

    def on_resize(self) -> None:
        """A new size is a new picture."""
        self.redraw()

    def text(self) -> str:
        """What is on the panel, without colours: for tests and for whoever wants to read it."""
        return "\n".join("".join(text for text, _ in line).rstrip() for line in self._drawn)


class Ground:
    """Draws a widget's lines at once: it has no border, no title and no scrollbar, and its padding looks like the rest.

    No widget itself: Textual takes style rules from the first base that is one.
    """

    def render_lines(self: Widget, crop: Region) -> list[Strip]:  # type: ignore[misc]  # what it is mixed into
        """As many lines as ``crop`` has, which are one."""
        ground = self.background_colors[1]
        line = Strip.blank(crop.width, Style(bgcolor=ground.rich_color))
        for line_filter in self.get_line_filters():
            line = line.apply_filter(line_filter, ground)
        return [line] * crop.height


class Column(Ground, Vertical):
    """Widgets one below the other."""


class Across(Ground, Horizontal):
    """Widgets one beside the other."""


class Cells(Ground, Container):
    """Widgets in an order of the style sheet's."""
