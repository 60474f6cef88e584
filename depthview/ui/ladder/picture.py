"""One ladder as a whole: which of its parts fit, and all of its lines."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from depthview.ui.cells import BLANK, Line, wrap
from depthview.ui.ladder.body import Rows, body_lines, share
from depthview.ui.ladder.head import counters_line, figures_line, header_line, one_line, verdict_line

if TYPE_CHECKING:
    from decimal import Decimal

    from depthview.ui.ladder.columns import Columns
    from depthview.view import DepthView

_LEAST_WIDTH: Final = 24
_LEAST_HEIGHT: Final = 5
_TOO_SMALL: Final = f"terminal too small (need {_LEAST_WIDTH}x{_LEAST_HEIGHT + 1})"
"""A row more than a ladder needs, for the banner of a demo or a replay."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Which lines a ladder of some size has."""

    single: bool
    """One line is all there is room for."""
    figures: bool
    headers: bool
    counters: bool
    body: int
    """Rows of asks, band and bids."""


def parts(width: int, height: int, *, counters: bool) -> Parts:
    """What fits into ``width`` x ``height``; ``counters`` asks for the product's own at the foot."""
    if height < _LEAST_HEIGHT or width < _LEAST_WIDTH:
        return Parts(single=True, figures=False, headers=False, counters=False, body=0)
    # Five levels a side come first, then what names them, then what is known besides.
    headers, figures, foot = height >= 13, height >= 14 and width >= 40, counters and height >= 15
    return Parts(
        single=False,
        figures=figures,
        headers=headers,
        counters=foot,
        body=height - 1 - figures - headers - foot,
    )


def levels_wanted(width: int, height: int, *, counters: bool) -> int:
    """Levels a side that a ladder of this size can show; at least 1."""
    rows = share(parts(width, height, counters=counters).body, grouped=False)
    return max(1, rows.asks, rows.bids)


def ladder_lines(
    depth: DepthView | None,
    columns: Columns | None,
    scale: Decimal | None,
    size: tuple[int, int],
    *,
    counters: bool = False,
    marked: bool = False,
    tag: str = "",
) -> list[Line]:
    """All lines of a ladder, top first.

    Args:
        depth: What to draw; None draws nothing.
        columns: The plan for this width; None with ``depth``.
        scale: The size at which a bar is full.
        size: Width and height.
        counters: Whether the product's own counters stand at the foot.
        marked: Whether this is the product in front, among several.
        tag: A word that even the one-line form must carry (``REPLAY``), empty for none.
    """
    width, height = size
    if depth is None or columns is None:
        return [BLANK] * height
    shown = parts(width, height, counters=counters)
    if shown.single:
        hint: list[Line] = [((row, "muted"),) for row in wrap(_TOO_SMALL, width)]
        return (one_line(depth, width, tag) + hint)[:height]
    lines = [verdict_line(depth, width, marked=marked)]
    if shown.figures:
        lines.append(figures_line(depth, columns))
    if shown.headers:
        lines.append(header_line(depth, columns, scale))
    rows: Rows = share(shown.body, grouped=depth.group > depth.tick)
    lines += body_lines(depth, columns, scale, rows)
    if shown.counters:
        lines.append(counters_line(depth, width))
    return lines
