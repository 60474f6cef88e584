"""What a ladder shows, row by row, whatever its form, and where it stands: following the market or held at a price.

Pure. A hold begins and ends with an act of the user; nothing that a market does changes it.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.core.fixed_point import EXACT
from depthview.core.grouping import bucket
from depthview.core.types import Side
from depthview.preferences.display import Choices, Form, Spacing
from depthview.views.depth import DepthView, LevelRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.views.depth import Reach


class VisibleRow(NamedTuple):
    """One screen row."""

    price: Decimal | None = None
    """Of the row, quote currency; None for a row of the band, a note, or two sides of equal rank."""
    bid: LevelRow | None = None
    ask: LevelRow | None = None
    skips: bool = False
    """Whether prices that have no row lie between this row and the next."""
    band: bool = False
    """Whether the row lies between best ask and best bid."""
    note: str = ""

    @property
    def level(self) -> LevelRow | None:
        """The level of the row; the ask if there are two, as in a crossed book."""
        return self.ask or self.bid

    def at(self, side: Side) -> Decimal | None:
        """The price that a cursor takes here on ``side``; None if there is none."""
        if self.price is not None or self.band:
            return self.price
        level = self.bid if side is Side.BID else self.ask
        return None if level is None else level.price

    @property
    def side(self) -> Side | None:
        """The side of the level; None for an empty row."""
        if self.ask is not None:
            return Side.ASK
        return Side.BID if self.bid is not None else None


BLANK_ROW: Final = VisibleRow()


@dataclass(frozen=True, slots=True)
class VisibleRows:
    """The rows on the screen and a few beyond."""

    lines: tuple[VisibleRow, ...]
    start: int
    """Index of the topmost line on show."""
    rows: int
    """Lines on show; :attr:`middle` is where the market is followed."""
    pinned: int | None = None
    """Line of the held price, counted from the topmost on show."""
    first: int = 0
    """Rank of the first row on show, where equal ranks share a row."""
    hidden: int = 0
    """Levels not shown, because they are under the size that a person set."""
    away: int | None = None
    """Rows to the market where it is not on show; None where that cannot be told."""
    direction: int = 0
    """Where the market is: 1 above what is shown, -1 below, 0 on show."""

    @property
    def middle(self) -> int:
        """The line on which the market is followed."""
        return middle_of(self.rows)

    @property
    def shown(self) -> tuple[VisibleRow, ...]:
        return self.lines[self.start : self.start + self.rows]

    def row_at(self, line: int) -> VisibleRow:
        """The row on a line (0 is the topmost visible one); a blank one beyond the known rows."""
        index = self.start + line
        return self.lines[index] if 0 <= index < len(self.lines) else BLANK_ROW


def middle_of(rows: int) -> int:
    """The line of ``rows`` on which the market is followed."""
    return max(0, (rows - 1) // 2)


def has_fixed_band(choices: Choices) -> bool:
    """Whether the spread has a fixed line above the rows instead of one between the sides."""
    return choices.form is Form.SIDES or choices.spacing is Spacing.GRID


def snapped(held: Anchor, depth: DepthView) -> Decimal:
    """The row that an anchor belongs to at the current row width."""
    return row_price(held.price, held.side, depth)


def row_price(price: Decimal, side: Side, depth: DepthView) -> Decimal:
    """The row of ``depth`` that ``price`` belongs to."""
    return bucket(price, depth.group, side) if depth.group > depth.tick else price


def touch_prices(depth: DepthView) -> tuple[Decimal | None, Decimal | None]:
    """Rows of the best bid and the best ask, if the view contains them."""
    top, group = depth.top, depth.group
    bid = depth.bids[0].price if depth.bids and not depth.bids_before else None
    ask = depth.asks[0].price if depth.asks and not depth.asks_before else None
    if top is not None:
        bid = bucket(top.best_bid.price, group, Side.BID) if bid is None and top.best_bid is not None else bid
        ask = bucket(top.best_ask.price, group, Side.ASK) if ask is None and top.best_ask is not None else ask
    return bid, ask


_MARGIN: Final = 3
"""Rows at least that a grid keeps between the best prices and its edges."""


@dataclass(frozen=True, slots=True)
class Anchor:
    """A price that stays on its line."""

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
    """What is kept between two draws of one product."""

    held: Anchor | None = None
    """None follows the market."""
    centre: Decimal | None = None
    """Price on the middle line of a grid that follows the market; None before the first."""

    @property
    def cursor(self) -> Decimal | None:
        return self.held.price if self.held is not None and self.held.cursor else None


def following(state: LadderState) -> LadderState:
    """Follow the market again, without a cursor; a grid is centred anew."""
    return state if state.held is None else LadderState()


def without_cursor(state: LadderState) -> LadderState:
    if state.held is None or not state.held.cursor:
        return state
    return replace(state, held=replace(state.held, cursor=False))


def moved(state: LadderState, visible: VisibleRows, step: int) -> LadderState:
    """Move the cursor a row down (1) or up (-1), skipping rows without a price; the first move puts it on the touch."""
    held = state.held
    if held is None or not held.cursor or visible.pinned is None:
        line = _first_line(visible, step, held)
    else:
        line = _next_line(visible, visible.pinned, step, held.side)
    return state if line is None else placed(state, visible, line, None if held is None else held.side)


def placed(state: LadderState, visible: VisibleRows, line: int, side: Side | None = None) -> LadderState:
    """Put the cursor on ``line`` (0 is the top) if it has a price; ``side`` chooses between two prices."""
    found = _price_at(visible, line, side)
    if found is None:
        return state
    price, chosen = found
    offset = max(0, min(visible.rows - 1, line)) - visible.middle
    return replace(state, held=Anchor(price, offset, chosen, cursor=True))


def scrolled(state: LadderState, visible: VisibleRows, lines: int) -> LadderState:
    """Scroll by ``lines``, down if positive; the cursor stays on its price or at the edge."""
    lines = max(1 - visible.rows, min(visible.rows - 1, lines))
    held = state.held
    if not lines or _at_end(visible, lines):
        return state
    if held is not None and held.cursor and visible.pinned is not None:
        line = visible.pinned - lines
        if 0 <= line < visible.rows:
            return replace(state, held=replace(held, offset=line - visible.middle))
        edge = lines if lines > 0 else visible.rows - 1 + lines
        start, cursor = edge, True
    else:
        start, cursor = max(0, min(visible.rows - 1, visible.middle + lines)), False
    found = _nearest(visible, start, None if held is None else held.side)
    if found is None:
        return state
    line, price, side = found
    offset = max(0, min(visible.rows - 1, line - lines)) - visible.middle
    return replace(state, held=Anchor(price, offset, side, cursor))


def settled(state: LadderState, depth: DepthView, rows: int) -> LadderState:
    """The grid's centre for ``depth``: kept while both best prices are well inside, else moved to the market."""
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


def _first_line(visible: VisibleRows, step: int, held: Anchor | None) -> int | None:
    lines = range(visible.rows)
    if held is None and not visible.first:
        asks = [
            line for line in lines if visible.row_at(line).ask is not None and visible.row_at(line).price is not None
        ]
        bids = [
            line for line in lines if visible.row_at(line).bid is not None and visible.row_at(line).price is not None
        ]
        if step < 0 and asks:
            return asks[-1]
        if bids or asks:
            return bids[0] if bids else asks[-1]
    ranked = visible.row_at(0).price is None and visible.row_at(0).level is not None
    found = _nearest(visible, 0 if ranked else visible.middle, None)
    return None if found is None else found[0]


def _side_of_empty(visible: VisibleRows, line: int) -> Side:
    """An empty price belongs to the asks if there are asks below it."""
    return Side.ASK if any(slot.ask is not None for slot in visible.lines[visible.start + line :]) else Side.BID


def _next_line(visible: VisibleRows, line: int, step: int, side: Side) -> int | None:
    line += step
    while 0 <= visible.start + line < len(visible.lines):
        if visible.row_at(line).at(side) is not None:
            return line
        line += step
    return None


def _nearest(visible: VisibleRows, line: int, side: Side | None) -> tuple[int, Decimal, Side] | None:
    """The visible line nearest to ``line`` that has a price."""
    for distance in range(visible.rows):
        for candidate in (line - distance, line + distance):
            found = _price_at(visible, candidate, side) if 0 <= candidate < visible.rows else None
            if found is not None:
                return candidate, *found
    return None


def _price_at(visible: VisibleRows, line: int, side: Side | None) -> tuple[Decimal, Side] | None:
    """The price on ``line`` and whose it is; ``side`` chooses between two. None if there is none."""
    slot = visible.row_at(line)
    wished = (slot.side or _side_of_empty(visible, line)) if slot.price is not None else side
    for chosen in (wished, Side.BID, Side.ASK):
        price = None if chosen is None else slot.at(chosen)
        if price is not None and chosen is not None:
            return price, chosen
    return None


def _at_end(visible: VisibleRows, lines: int) -> bool:
    edge = visible.row_at(visible.rows if lines > 0 else -1)
    last = visible.row_at(visible.rows - 1 if lines > 0 else 0)
    return all(row.price is None and row.level is None and not row.band for row in (edge, last))


_ZERO: Final = Decimal(0)
_FROZEN_END: Final = "the frozen book ends here"


def visible_rows(depth: DepthView, choices: Choices, state: LadderState, rows: int, band: int) -> VisibleRows:
    """The rows of ``depth`` to show.

    Args:
        depth: The book.
        choices: Form, spacing, dust.
        state: What is held on to; the grid's centre must have been settled.
        rows: Lines to fill.
        band: Lines that the spread takes between the sides, where it stands there.
    """
    asks, bids = _kept(depth.asks, choices.dust), _kept(depth.bids, choices.dust)
    levels = _Levels(asks, bids, hidden=len(depth.asks) + len(depth.bids) - len(asks) - len(bids))
    if choices.form is Form.SIDES:
        return _ranked(depth, levels, choices, state.held, rows)
    if choices.spacing is Spacing.GRID:
        return _grid(depth, levels, state, rows)
    return _compact(depth, levels, state.held, rows, band)


class _Levels(NamedTuple):
    """Levels of at least the size that the user set."""

    asks: Sequence[LevelRow]
    bids: Sequence[LevelRow]
    hidden: int
    """Number of levels below the threshold."""


def _kept(levels: Sequence[LevelRow], dust: Decimal | None) -> Sequence[LevelRow]:
    return levels if dust is None else [row for row in levels if row.size >= dust]


# -- rows of levels that exist -----------------------------------------------------------------------------------------


def _compact(depth: DepthView, levels: _Levels, held: Anchor | None, rows: int, band: int) -> VisibleRows:
    upper, lower = _slots(levels.asks, depth.group, Side.ASK), _slots(levels.bids, depth.group, Side.BID)
    upper.reverse()
    if _ended(depth, depth.asks, depth.asks_before, depth.ask_levels):
        upper.insert(0, VisibleRow(note=_end_note(depth, "asks")))
    elif depth.reach is not None and depth.asks and depth.asks[-1].price == depth.reach.highest:
        upper.insert(0, VisibleRow(note=_FROZEN_END))
    if _ended(depth, depth.bids, depth.bids_before, depth.bid_levels):
        lower.append(VisibleRow(note=_end_note(depth, "bids")))
    elif depth.reach is not None and depth.bids and depth.bids[-1].price == depth.reach.lowest:
        lower.append(VisibleRow(note=_FROZEN_END))
    lines = [*upper, *_touch(depth, held, band), *lower]
    middle = middle_of(rows)
    if held is None:
        pinned, line = len(upper) + band // 2, middle
    else:
        pinned = _place(lines, snapped(held, depth))
        line = max(0, min(rows - 1, middle + held.offset))
    start = pinned - line
    if start < 0:
        lines = [BLANK_ROW] * -start + lines
        start = 0
    lines += [BLANK_ROW] * (start + rows - len(lines))
    direction, away = _to_market(lines, start, rows, depth.asks_before, depth.bids_before)
    return VisibleRows(tuple(lines), start, rows, None if held is None else line, 0, levels.hidden, away, direction)


def _slots(levels: Sequence[LevelRow], group: Decimal, side: Side) -> list[VisibleRow]:
    """A row per level, best first, with whether prices are skipped between it and the row below."""
    prices = [row.price for row in levels]
    if side is Side.ASK:
        skips = [False, *(near + group < far for near, far in pairwise(prices))]
        return [VisibleRow(row.price, None, row, skip) for row, skip in zip(levels, skips, strict=False)]
    skips = [*(near - group > far for near, far in pairwise(prices)), False]
    return [VisibleRow(row.price, row, None, skip) for row, skip in zip(levels, skips, strict=False)]


def _ended(depth: DepthView, levels: Sequence[LevelRow], before: int, known: int) -> bool:
    """Whether the side ends with ``levels``; known only while each level is a row of its own."""
    return not known or (depth.group <= depth.tick and bool(levels) and before + len(levels) == known)


def _end_note(depth: DepthView, side: str) -> str:
    if (depth.ask_levels if side == "asks" else depth.bid_levels) > 0:
        return f"end of the {side}"
    if depth.book_age is None and not depth.verdict.trusted:
        return "waiting for the first snapshot" if side == "asks" else ""
    return f"no {side}"


def _touch(depth: DepthView, held: Anchor | None, band: int) -> list[VisibleRow]:
    """The band, if the window reaches it."""
    reaches = (
        held is None
        or (bool(depth.asks) and not depth.asks_before)
        or (bool(depth.bids) and not depth.bids_before)
        or not (depth.asks or depth.bids)
    )
    return [VisibleRow(band=True)] * band if reaches else []


def _place(lines: list[VisibleRow], price: Decimal) -> int:
    """Index of the row of ``price``; inserts an empty row if there is none, so that an anchor never moves."""
    for index, slot in enumerate(lines):
        if slot.price is None:
            # The band parts asks from bids; what is dearer than the best bid and was passed by belongs above it.
            if slot.band and not any(later.price is not None and later.price >= price for later in lines[index:]):
                lines.insert(index, VisibleRow(price))
                return index
            continue
        if slot.price == price:
            return index
        if slot.price < price:
            lines.insert(index, VisibleRow(price))
            return index
    lines.append(VisibleRow(price))
    return len(lines) - 1


def _to_market(
    lines: Sequence[VisibleRow], start: int, rows: int, asks_before: int, bids_before: int
) -> tuple[int, int | None]:
    shown = lines[start : start + rows]
    if any(slot.band for slot in shown):
        return 0, 0
    if any(slot.bid is not None for slot in shown):
        beyond = sum(1 for slot in lines[:start] if slot.bid is not None)
        return 1, beyond + bids_before + 1
    if any(slot.ask is not None for slot in shown):
        beyond = sum(1 for slot in lines[start + rows :] if slot.ask is not None)
        return -1, beyond + asks_before + 1
    return 0, 0


# -- a row for every price ---------------------------------------------------------------------------------------------


def _grid(depth: DepthView, levels: _Levels, state: LadderState, rows: int) -> VisibleRows:
    held, middle, group = state.held, middle_of(rows), depth.group
    anchor = state.centre if held is None else snapped(held, depth)
    if anchor is None:
        note = VisibleRow(note=_end_note(depth, "asks"))
        lines = [BLANK_ROW] * middle + [note] + [BLANK_ROW] * max(0, rows - middle - 1)
        return VisibleRows(tuple(lines), 0, rows)
    line = middle if held is None else max(0, min(rows - 1, middle + held.offset))
    # A line more at either end, for a cursor that goes beyond what is shown.
    top = EXACT.add(anchor, EXACT.multiply(group, Decimal(line + 1)))
    ask_at = _lines_of(levels.asks, top, group, rows + 2, up=True)
    bid_at = _lines_of(levels.bids, top, group, rows + 2, up=False)
    best_ask = max(ask_at) if ask_at and not depth.asks_before else None
    best_bid = min(bid_at) if bid_at and not depth.bids_before else None
    lines = []
    for index in range(rows + 2):
        price = EXACT.subtract(top, EXACT.multiply(group, Decimal(index)))
        inside = best_ask is not None and best_bid is not None and best_ask < index < best_bid
        known = price > 0 and (depth.reach is None or _within(price, depth.reach))
        lines.append(VisibleRow(price, bid_at.get(index), ask_at.get(index), band=inside) if known else BLANK_ROW)
    direction, away = _grid_to_market(depth, lines[1 : rows + 1])
    return VisibleRows(tuple(lines), 1, rows, None if held is None else line, 0, levels.hidden, away, direction)


def _within(price: Decimal, reach: Reach) -> bool:
    low, high = reach
    return (low is None or price >= low) and (high is None or price <= high)


def _lines_of(levels: Sequence[LevelRow], top: Decimal, group: Decimal, count: int, *, up: bool) -> dict[int, LevelRow]:
    """Levels by grid line; levels on one line are summed exactly."""
    found: dict[int, LevelRow] = {}
    for row in levels:
        below = EXACT.subtract(top, row.price)
        if below < 0:
            continue
        lines, rest = EXACT.divmod(below, group)
        index = int(lines) + (1 if rest and not up else 0)
        if index >= count:
            continue
        other = found.get(index)
        found[index] = row if other is None else _merged(other, row)
    return found


def _merged(one: LevelRow, other: LevelRow) -> LevelRow:
    far = one if one.cumulative > other.cumulative else other
    both = None
    if one.notional is not None and other.notional is not None:
        both = EXACT.add(one.notional, other.notional)
    return LevelRow(far.price, EXACT.add(one.size, other.size), far.cumulative, both, far.cumulative_notional)


def _grid_to_market(depth: DepthView, shown: Sequence[VisibleRow]) -> tuple[int, int | None]:
    prices = [slot.price for slot in shown if slot.price is not None]
    bid, ask = touch_prices(depth)
    if not prices or (bid is None and ask is None):
        return 0, 0
    low, high = ask if ask is not None else bid, bid if bid is not None else ask
    if low is not None and low < prices[-1]:
        return -1, int(EXACT.divide_int(EXACT.subtract(prices[-1], low), depth.group))
    if high is not None and high > prices[0]:
        return 1, int(EXACT.divide_int(EXACT.subtract(high, prices[0]), depth.group))
    return 0, 0


# -- equal ranks on one row --------------------------------------------------------------------------------------------


def _ranked(depth: DepthView, shown: _Levels, choices: Choices, held: Anchor | None, rows: int) -> VisibleRows:
    asks, bids = shown.asks, shown.bids
    if choices.spacing is Spacing.GRID:
        asks, bids = _every_tick(asks, depth.group, rows), _every_tick(bids, depth.group, rows)
    first, line = 0, None
    if held is not None:
        levels, price = (bids if held.side is Side.BID else asks), snapped(held, depth)
        better = sum(1 for row in levels if (row.price > price if held.side is Side.BID else row.price < price))
        rank = min(better, max(0, len(levels) - 1))
        first = max(0, rank - max(0, min(rows - 1, middle_of(rows) + held.offset)))
        line = rank - first
    count = max(len(bids), len(asks))
    lines = [
        VisibleRow(bid=bids[rank] if rank < len(bids) else None, ask=asks[rank] if rank < len(asks) else None)
        for rank in range(count)
    ]
    if not lines:
        lines.append(VisibleRow(note=_end_note(depth, "asks")))
    lines += [BLANK_ROW] * (first + rows - len(lines))
    return VisibleRows(tuple(lines), first, rows, line, first, shown.hidden, first, 1 if first else 0)


def _every_tick(levels: Sequence[LevelRow], group: Decimal, rows: int) -> list[LevelRow]:
    """``levels`` with an empty row for every price in between, up to ``rows``."""
    filled: list[LevelRow] = []
    for row in levels:
        if filled:
            before = filled[-1]
            step = group if row.price > before.price else -group
            price = EXACT.add(before.price, step)
            while price != row.price and (price < row.price) == (step > 0) and len(filled) < rows + 2:
                filled.append(LevelRow(price, _ZERO, before.cumulative, None, before.cumulative_notional))
                price = EXACT.add(price, step)
        filled.append(row)
    return filled
