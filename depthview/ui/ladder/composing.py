"""Which row of a ladder shows what: a book, a form and a held price become slots from top to bottom. Pure."""

from __future__ import annotations

from decimal import Decimal
from itertools import pairwise
from typing import TYPE_CHECKING, Final

from depthview.core.fixed_point import EXACT
from depthview.core.types import Side
from depthview.preferences.display import Choices, Form, Spacing
from depthview.ui.ladder.viewport import BLANK_SLOT, Scene, Slot, middle_of, snapped, touch_prices
from depthview.views.depth import DepthView, LevelRow

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.ui.ladder.state import Held, LadderState
    from depthview.views.depth import Reach

_ZERO: Final = Decimal(0)
_FROZEN_END: Final = "the frozen picture ends here"


def compose(depth: DepthView, choices: Choices, state: LadderState, rows: int, band: int) -> Scene:
    """The scene of ``depth``.

    Args:
        depth: The book.
        choices: Form, spacing, dust.
        state: What is held on to; the grid's centre must have been settled.
        rows: Lines to fill.
        band: Lines that the spread takes between the sides, where it stands there.
    """
    asks, bids = _kept(depth.asks, choices.dust), _kept(depth.bids, choices.dust)
    hidden = len(depth.asks) + len(depth.bids) - len(asks) - len(bids)
    if choices.form is Form.SIDES:
        return _ranked(depth, asks, bids, choices, state.held, rows, hidden)
    if choices.spacing is Spacing.GRID:
        return _grid(depth, asks, bids, state, rows, hidden)
    return _compact(depth, asks, bids, state.held, rows, band, hidden)


def _kept(levels: Sequence[LevelRow], dust: Decimal | None) -> Sequence[LevelRow]:
    return levels if dust is None else [row for row in levels if row.size >= dust]


# -- rows of levels that exist -----------------------------------------------------------------------------------------


def _compact(
    depth: DepthView,
    asks: Sequence[LevelRow],
    bids: Sequence[LevelRow],
    held: Held | None,
    rows: int,
    band: int,
    hidden: int,
) -> Scene:
    upper, lower = _slots(asks, depth.group, Side.ASK), _slots(bids, depth.group, Side.BID)
    upper.reverse()
    if _ended(depth, depth.asks, depth.asks_before, depth.ask_levels):
        upper.insert(0, Slot(note=_end_note(depth, "asks")))
    elif depth.reach is not None and depth.asks and depth.asks[-1].price == depth.reach.highest:
        upper.insert(0, Slot(note=_FROZEN_END))
    if _ended(depth, depth.bids, depth.bids_before, depth.bid_levels):
        lower.append(Slot(note=_end_note(depth, "bids")))
    elif depth.reach is not None and depth.bids and depth.bids[-1].price == depth.reach.lowest:
        lower.append(Slot(note=_FROZEN_END))
    lines = [*upper, *_touch(depth, held, band), *lower]
    middle = middle_of(rows)
    if held is None:
        pinned, line = len(upper) + band // 2, middle
    else:
        pinned = _place(lines, snapped(held, depth))
        line = max(0, min(rows - 1, middle + held.offset))
    start = pinned - line
    if start < 0:
        lines = [BLANK_SLOT] * -start + lines
        start = 0
    lines += [BLANK_SLOT] * (start + rows - len(lines))
    direction, away = _to_market(lines, start, rows, depth.asks_before, depth.bids_before)
    return Scene(tuple(lines), start, rows, None if held is None else line, 0, hidden, away, direction)


def _slots(levels: Sequence[LevelRow], group: Decimal, side: Side) -> list[Slot]:
    """A slot for each level, best first; of either side it says what lies between its row and the one below."""
    prices = [row.price for row in levels]
    if side is Side.ASK:
        skips = [False, *(near + group < far for near, far in pairwise(prices))]
        return [Slot(row.price, None, row, skip) for row, skip in zip(levels, skips, strict=False)]
    skips = [*(near - group > far for near, far in pairwise(prices)), False]
    return [Slot(row.price, row, None, skip) for row, skip in zip(levels, skips, strict=False)]


def _ended(depth: DepthView, levels: Sequence[LevelRow], before: int, known: int) -> bool:
    """Whether nothing lies beyond ``levels``: told where each is a row of its own."""
    return not known or (depth.group <= depth.tick and bool(levels) and before + len(levels) == known)


def _end_note(depth: DepthView, side: str) -> str:
    if (depth.ask_levels if side == "asks" else depth.bid_levels) > 0:
        return f"end of the {side}"
    if depth.book_age is None and not depth.verdict.trusted:
        return "waiting for the first snapshot" if side == "asks" else ""
    return f"no {side}"


def _touch(depth: DepthView, held: Held | None, band: int) -> list[Slot]:
    """The band, where the window reaches it."""
    reaches = (
        held is None
        or (bool(depth.asks) and not depth.asks_before)
        or (bool(depth.bids) and not depth.bids_before)
        or not (depth.asks or depth.bids)
    )
    return [Slot(band=True)] * band if reaches else []


def _place(lines: list[Slot], price: Decimal) -> int:
    """Index of the row of ``price``; an empty row is put in where there is none, so that nothing held ever moves."""
    for index, slot in enumerate(lines):
        if slot.price is None:
            # The band parts asks from bids; what is dearer than the best bid and was passed by belongs above it.
            if slot.band and not any(later.price is not None and later.price >= price for later in lines[index:]):
                lines.insert(index, Slot(price))
                return index
            continue
        if slot.price == price:
            return index
        if slot.price < price:
            lines.insert(index, Slot(price))
            return index
    lines.append(Slot(price))
    return len(lines) - 1


def _to_market(
    lines: Sequence[Slot], start: int, rows: int, asks_before: int, bids_before: int
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


def _grid(
    depth: DepthView,
    asks: Sequence[LevelRow],
    bids: Sequence[LevelRow],
    state: LadderState,
    rows: int,
    hidden: int,
) -> Scene:
    held, middle, group = state.held, middle_of(rows), depth.group
    anchor = state.centre if held is None else snapped(held, depth)
    if anchor is None:
        note = Slot(note=_end_note(depth, "asks"))
        lines = [BLANK_SLOT] * middle + [note] + [BLANK_SLOT] * max(0, rows - middle - 1)
        return Scene(tuple(lines), 0, rows)
    line = middle if held is None else max(0, min(rows - 1, middle + held.offset))
    # A line more at either end, for a cursor that goes beyond what is shown.
    top = EXACT.add(anchor, EXACT.multiply(group, Decimal(line + 1)))
    ask_at, bid_at = _lines_of(asks, top, group, rows + 2, up=True), _lines_of(bids, top, group, rows + 2, up=False)
    best_ask = max(ask_at) if ask_at and not depth.asks_before else None
    best_bid = min(bid_at) if bid_at and not depth.bids_before else None
    lines = []
    for index in range(rows + 2):
        price = EXACT.subtract(top, EXACT.multiply(group, Decimal(index)))
        inside = best_ask is not None and best_bid is not None and best_ask < index < best_bid
        known = price > 0 and (depth.reach is None or _within(price, depth.reach))
        lines.append(Slot(price, bid_at.get(index), ask_at.get(index), band=inside) if known else BLANK_SLOT)
    direction, away = _grid_to_market(depth, lines[1 : rows + 1])
    return Scene(tuple(lines), 1, rows, None if held is None else line, 0, hidden, away, direction)


def _within(price: Decimal, reach: Reach) -> bool:
    low, high = reach
    return (low is None or price >= low) and (high is None or price <= high)


def _lines_of(levels: Sequence[LevelRow], top: Decimal, group: Decimal, count: int, *, up: bool) -> dict[int, LevelRow]:
    """Levels by the line of the grid that they belong to; those that share one are summed exactly."""
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


def _grid_to_market(depth: DepthView, shown: Sequence[Slot]) -> tuple[int, int | None]:
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


def _ranked(
    depth: DepthView,
    asks: Sequence[LevelRow],
    bids: Sequence[LevelRow],
    choices: Choices,
    held: Held | None,
    rows: int,
    hidden: int,
) -> Scene:
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
        Slot(bid=bids[rank] if rank < len(bids) else None, ask=asks[rank] if rank < len(asks) else None)
        for rank in range(count)
    ]
    if not lines:
        lines.append(Slot(note=_end_note(depth, "asks")))
    lines += [BLANK_SLOT] * (first + rows - len(lines))
    return Scene(tuple(lines), first, rows, line, first, hidden, first, 1 if first else 0)


def _every_tick(levels: Sequence[LevelRow], group: Decimal, rows: int) -> list[LevelRow]:
    """``levels`` with a row of no size for every price between them that has none, as far as ``rows`` go."""
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
