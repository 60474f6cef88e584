"""Where a ladder stands: it follows the market, or it is held at a price. A value, and what keys turn it into. Pure.

HELD begins with an act of a person and ends with one; nothing that a market does changes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.core.fixed_point import EXACT
from depthview.core.grouping import bucket
from depthview.core.types import Side
from depthview.ui.ladder.viewport import middle_of, touch_prices

if TYPE_CHECKING:
    from depthview.ui.ladder.viewport import Scene
    from depthview.views.depth import DepthView

_MARGIN: Final = 3
"""Rows at least that a grid keeps between the best prices and its edges."""


@dataclass(frozen=True, slots=True)
class Held:
    """A price that keeps its line."""

    price: Decimal
    """Quote currency."""
    offset: int
    """Lines below the middle one, negative above it: what a resize leaves as it is."""
    side: Side
    """Whose price it was when it was chosen."""
    cursor: bool
    """Whether the level cursor is on it."""


@dataclass(frozen=True, slots=True)
class LadderState:
    """All there is to remember between two pictures of one product."""

    held: Held | None = None
    """None follows the market."""
    centre: Decimal | None = None
    """Price on the middle line of a grid that follows the market; None before the first."""

    @property
    def cursor(self) -> Decimal | None:
        """Price under the cursor; None where there is none."""
        return self.held.price if self.held is not None and self.held.cursor else None


def following(state: LadderState) -> LadderState:
    """Back to the market, without a cursor; the grid finds its centre anew."""
    return state if state.held is None else LadderState()


def without_cursor(state: LadderState) -> LadderState:
    """The cursor gone, the place kept."""
    if state.held is None or not state.held.cursor:
        return state
    return replace(state, held=replace(state.held, cursor=False))


def moved(state: LadderState, scene: Scene, step: int) -> LadderState:
    """The cursor a row down (1) or up (-1), to the next row that has a price; the first move puts it at the touch."""
    held = state.held
    if held is None or not held.cursor or scene.pinned is None:
        line = _first_line(scene, step, held)
    else:
        line = _next_line(scene, scene.pinned, step, held.side)
    return state if line is None else placed(state, scene, line, None if held is None else held.side)


def placed(state: LadderState, scene: Scene, line: int, side: Side | None = None) -> LadderState:
    """The cursor on ``line``, counted from the topmost on show, if there is a price; ``side`` chooses between two."""
    slot = scene.slot(line)
    wished = (slot.side or _side_of_empty(scene, line)) if slot.price is not None else side
    for chosen in (wished, Side.BID, Side.ASK):
        price = None if chosen is None else slot.at(chosen)
        if price is not None and chosen is not None:
            offset = max(0, min(scene.rows - 1, line)) - scene.middle
            return replace(state, held=Held(price, offset, chosen, cursor=True))
    return state


def scrolled(state: LadderState, scene: Scene, lines: int) -> LadderState:
    """What is shown moved on by ``lines``, downwards where above 0; a cursor stays on its price or at the edge."""
    lines = max(1 - scene.rows, min(scene.rows - 1, lines))
    held = state.held
    if not lines or _at_end(scene, lines):
        return state
    if held is not None and held.cursor and scene.pinned is not None:
        line = scene.pinned - lines
        if 0 <= line < scene.rows:
            return replace(state, held=replace(held, offset=line - scene.middle))
        edge = lines if lines > 0 else scene.rows - 1 + lines
        start, cursor = edge, True
    else:
        start, cursor = max(0, min(scene.rows - 1, scene.middle + lines)), False
    found = _nearest(scene, start, None if held is None else held.side)
    if found is None:
        return state
    line, price, side = found
    offset = max(0, min(scene.rows - 1, line - lines)) - scene.middle
    return replace(state, held=Held(price, offset, side, cursor))


def settled(state: LadderState, depth: DepthView, rows: int) -> LadderState:
    """The grid's centre for ``depth``: kept while both best prices are well inside, else put on the market once."""
    if state.held is not None:
        return state
    bid, ask = touch_prices(depth)
    near = ask if bid is None else bid
    if near is None:
        return state
    far = near if ask is None else ask
    if state.centre is not None and bucket(state.centre, depth.group, Side.BID) == state.centre:
        margin = max(_MARGIN, rows // 6)
        middle = middle_of(rows)
        above = _steps(far, state.centre, depth.group)
        below = _steps(state.centre, near, depth.group)
        wide = above + below > rows - 2 * margin
        if wide:
            # No place leaves both of them room: only their middle can be kept in sight.
            above = below = abs(above - below) // 2
        if above <= middle - margin and below <= rows - 1 - middle - margin:
            return state
    half = EXACT.multiply(EXACT.add(near, far), Decimal("0.5"))
    return replace(state, centre=bucket(half, depth.group, Side.BID))


def _steps(high: Decimal, low: Decimal, group: Decimal) -> int:
    return int(EXACT.divide_int(EXACT.subtract(high, low), group))


def _first_line(scene: Scene, step: int, held: Held | None) -> int | None:
    lines = range(scene.rows)
    if held is None and not scene.first:
        asks = [line for line in lines if scene.slot(line).ask is not None and scene.slot(line).price is not None]
        bids = [line for line in lines if scene.slot(line).bid is not None and scene.slot(line).price is not None]
        if step < 0 and asks:
            return asks[-1]
        if bids or asks:
            return bids[0] if bids else asks[-1]
    ranked = scene.slot(0).price is None and scene.slot(0).level is not None
    found = _nearest(scene, 0 if ranked else scene.middle, None)
    return None if found is None else found[0]


def _side_of_empty(scene: Scene, line: int) -> Side:
    """A price that has nothing belongs to the asks where asks stand below it."""
    return Side.ASK if any(slot.ask is not None for slot in scene.lines[scene.start + line :]) else Side.BID


def _next_line(scene: Scene, line: int, step: int, side: Side) -> int | None:
    line += step
    while 0 <= scene.start + line < len(scene.lines):
        if scene.slot(line).at(side) is not None:
            return line
        line += step
    return None


def _nearest(scene: Scene, line: int, side: Side | None) -> tuple[int, Decimal, Side] | None:
    """The line on show nearest to ``line`` that has a price."""
    for distance in range(scene.rows):
        for candidate in (line - distance, line + distance):
            if not 0 <= candidate < scene.rows:
                continue
            slot = scene.slot(candidate)
            wished = (slot.side or _side_of_empty(scene, candidate)) if slot.price is not None else side
            for chosen in (wished, Side.BID, Side.ASK):
                price = None if chosen is None else slot.at(chosen)
                if price is not None and chosen is not None:
                    return candidate, price, chosen
    return None


def _at_end(scene: Scene, lines: int) -> bool:
    """Whether there is nothing more that way."""
    edge = scene.slot(scene.rows if lines > 0 else -1)
    beyond = edge.price is not None or edge.bid is not None or edge.ask is not None or edge.band
    last = scene.slot(scene.rows - 1 if lines > 0 else 0)
    return not beyond and last.price is None and not last.band and last.bid is None and last.ask is None
