"""Containers of which nothing is seen but their ground.

Textual makes every line of every container that lies under what is drawn, at each draw and one by one: for the six of
the market's screen a tenth of what the whole program takes while only heartbeats come (measured). All their lines are
alike.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from rich.style import Style
from textual.containers import Container, Horizontal, Vertical
from textual.strip import Strip

if TYPE_CHECKING:
    from textual.geometry import Region
    from textual.widget import Widget


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
