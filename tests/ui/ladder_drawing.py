"""A ladder drawn without a terminal, as the widget does it."""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING

from depthview.preferences.display import Choices
from depthview.ui.formats import bar_scale, nice_ceiling
from depthview.ui.ladder.plan import fitting, plan
from depthview.ui.ladder.render import Drawing, Scales, body_rows, ladder_lines, parts, price_texts, single_lines
from depthview.ui.ladder.scale import Reserve, amounts_of, large_from
from depthview.ui.ladder.viewport import LadderState, settled, visible_rows
from depthview.views.market import ViewRequest, Window

if TYPE_CHECKING:
    from collections.abc import Mapping

    from depthview.ui.ladder.viewport import VisibleRows
    from depthview.ui.lines import Line
    from depthview.views.depth import DepthView, Impact
    from tests.ui.fake_market import FakeMarket

BOOK = Choices()


def depth_of(
    market: FakeMarket,
    product: str = "BTC-USD",
    group: str = "0",
    levels: int = 60,
    *,
    window: Window | None = None,
    impact: Impact | None = None,
) -> DepthView:
    """The view that a ladder would be given."""
    request = ViewRequest(
        product,
        (product,),
        levels,
        {product: Decimal(group)} if Decimal(group) else {},
        windows={} if window is None else {product: window},
        notional=True,
        impact=impact,
    )
    return market.view(request).depths[0]


def visible_of(depth: DepthView, rows: int, choices: Choices = BOOK, state: LadderState | None = None) -> VisibleRows:
    """What ``rows`` lines show, one of them the spread."""
    stand = settled(state or LadderState(), depth, rows)
    return visible_rows(depth, choices, stand, rows, 1)


def draw(
    depth: DepthView,
    size: tuple[int, int] = (76, 31),
    choices: Choices = BOOK,
    *,
    state: LadderState | None = None,
    counters: bool = False,
    marks: bool = False,
    bars: bool = True,
    tag: str = "",
    impact: Impact | None = None,
    flashes: Mapping[tuple[str, str], str] | None = None,
) -> list[Line]:
    """All lines of a ladder."""
    shown = parts(*size, counters=counters, impact=impact is not None)
    if shown.single:
        return single_lines(depth, *size, tag)
    reserve = Reserve().grown(depth)
    choices = fitting(depth, reserve, size[0], choices)
    columns = plan(depth, reserve, size[0], choices=choices, marks=marks)
    rows = body_rows(shown, choices, depth)
    stand = settled(state or LadderState(), depth, rows.levels)
    visible = visible_rows(depth, choices, stand, rows.levels, 0 if rows.fixed else rows.band)
    levels = depth.bids + depth.asks
    ends = [side[-1].cumulative for side in (depth.bids, depth.asks) if side]
    scale = bar_scale([row.size for row in levels], None) if bars else None
    total = nice_ceiling(max(ends)) if ends and bars else None
    drawing = Drawing(
        depth=depth,
        columns=columns,
        choices=choices,
        state=stand,
        visible=visible,
        scales=Scales(scale, total, large_from(depth, choices, amounts_of(depth, choices))),
        texts=price_texts(visible, columns),
        flashes=flashes or {},
        impact=impact,
        counters=counters,
    )
    return ladder_lines(drawing, size[0], shown)


def text_of(lines: list[Line]) -> list[str]:
    """Lines without their styles."""
    return ["".join(text for text, _ in line) for line in lines]


def rows_with(lines: list[Line], words: str) -> list[int]:
    """Indices of the lines that hold ``words``."""
    return [y for y, row in enumerate(text_of(lines)) if words in row]


def chosen(**changes: object) -> Choices:
    """The default choices but for ``changes``."""
    return replace(BOOK, **changes)  # type: ignore[arg-type]  # names and types are those of Choices
