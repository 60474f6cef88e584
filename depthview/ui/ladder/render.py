"""One ladder as a whole: which of its parts fit, and all of its lines."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Final

from depthview.preferences.display import BarScale, Choices
from depthview.ui.ladder.band import band_lines
from depthview.ui.ladder.body import Prices, Rows, Scales, row_lines, share
from depthview.ui.ladder.columns import Columns
from depthview.ui.ladder.figures import figure_lines
from depthview.ui.ladder.foot import impact_lines, status_line
from depthview.ui.ladder.head import counters_line, header_line, one_line, verdict_line
from depthview.ui.ladder.state import LadderState
from depthview.ui.ladder.viewport import Scene
from depthview.ui.lines import BLANK, Line, wrap
from depthview.views.depth import DepthView, Impact

_LEAST_WIDTH: Final = 24
_LEAST_HEIGHT: Final = 5
_TOO_SMALL: Final = f"terminal too small (need {_LEAST_WIDTH}x{_LEAST_HEIGHT + 1})"
"""A row more than a ladder needs, for the banner of a demo or a replay."""


@dataclass(frozen=True, slots=True)
class Parts:
    """Which lines a ladder of some size has."""

    single: bool
    """One line is all there is room for."""
    figures: int
    headers: bool
    status: bool
    """A line of its own for the cursor's readout; else it takes the place of the last figures while it is needed."""
    impact: int
    counters: bool
    body: int
    """Rows of levels and band."""


def parts(width: int, height: int, *, counters: bool = False, impact: bool = False) -> Parts:
    """What fits into ``width`` x ``height``.

    Args:
        width: Columns.
        height: Rows.
        counters: Whether the product's own counters are wanted at the foot.
        impact: Whether a size is to be priced.
    """
    if height < _LEAST_HEIGHT or width < _LEAST_WIDTH:
        return Parts(single=True, figures=0, headers=False, status=False, impact=0, counters=False, body=0)
    # Five levels a side come first, then what names them, then what is known besides.
    headers, foot = height >= 13, counters and height >= 15
    figures = 0 if height < 14 or width < 40 else 1 if height < 24 else 2 if height < 32 else 3
    status = height >= 26 and width >= 40
    priced = 2 if impact and height >= 13 else 0
    return Parts(
        single=False,
        figures=figures,
        headers=headers,
        status=status,
        impact=priced,
        counters=foot,
        body=height - 1 - figures - headers - status - priced - foot,
    )


@dataclass(frozen=True, slots=True)
class Drawing:
    """Everything that the lines of a ladder depend on, but for its size."""

    depth: DepthView
    columns: Columns
    choices: Choices
    state: LadderState
    scene: Scene
    scales: Scales
    texts: Sequence[Prices]
    """The prices of the lines on show."""
    flashes: Mapping[tuple[str, str], str] = field(default_factory=dict)
    """``+`` or ``-`` by side and price text of sizes that have just changed."""
    impact: Impact | None = None
    """A size to price."""
    counters: bool = False
    """Whether the product's own counters stand at the foot."""
    marked: bool = False
    """Whether this is the product in front, among several."""


def single_lines(depth: DepthView, width: int, height: int, tag: str) -> list[Line]:
    """What a ladder says where there is no room for one."""
    hint: list[Line] = [((row, "muted"),) for row in wrap(_TOO_SMALL, width)]
    return (one_line(depth, width, tag) + hint)[:height]


def body_rows(shown: Parts, choices: Choices, depth: DepthView) -> Rows:
    """How the body of a ladder is shared out."""
    return share(shown.body, choices, grouped=depth.group > depth.tick)


def ladder_lines(drawing: Drawing, width: int, shown: Parts) -> list[Line]:
    """All lines of a ladder that has room for rows, top first.

    Args:
        drawing: What to draw.
        width: Columns.
        shown: Its parts, from :func:`parts`.
    """
    depth, columns, choices, scene = drawing.depth, drawing.columns, drawing.choices, drawing.scene
    state = drawing.state
    rows = body_rows(shown, choices, depth)
    lines = [verdict_line(depth, scene, width, held=state.held is not None, marked=drawing.marked)]
    status = status_line(depth, choices, state, scene, columns)
    figures = figure_lines(depth, columns, shown.figures)
    if figures and not shown.status and (state.cursor is not None or choices.dust is not None):
        figures[-1] = status
    lines += figures
    if rows.fixed:
        lines += band_lines(depth, columns, rows.band, fixed=True)
    if shown.headers:
        lines.append(header_line(depth.base, depth.quote, columns, drawing.scales, log=choices.bars is BarScale.LOG))
    lines += row_lines(
        depth,
        columns,
        choices,
        scene,
        drawing.scales,
        drawing.flashes,
        rows,
        drawing.texts,
        cursor=state.cursor is not None,
    )
    if shown.impact and drawing.impact is not None:
        lines += impact_lines(depth, drawing.impact, columns)
    if shown.status:
        lines.append(status)
    if shown.counters:
        lines.append(counters_line(depth, width))
    return lines or [BLANK]
