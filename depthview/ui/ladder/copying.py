"""Rows of a ladder as tab-separated text, exact to the last digit. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.core.fixed_point import text_of

if TYPE_CHECKING:
    from collections.abc import Iterable
    from decimal import Decimal

    from depthview.ui.ladder.viewport import Scene, Slot
    from depthview.views.depth import DepthView, LevelRow

_HEADER: Final = ("product", "side", "price", "size", "cumulative", "notional", "cumulative_notional")


def row_text(depth: DepthView, slot: Slot) -> str:
    """The levels of one row, a line each, without a header; empty where nothing rests there."""
    return "".join(_line(depth, side, level) for side, level in _levels(slot))


def ladder_text(depth: DepthView, scene: Scene) -> str:
    """Every level on show, top first, under a header."""
    rows = [_line(depth, side, level) for slot in scene.shown for side, level in _levels(slot)]
    return "\t".join(_HEADER) + "\n" + "".join(rows)


def best_slot(scene: Scene) -> Slot | None:
    """The row of the best bid, where it is on show, else of the best ask."""
    shown = scene.shown
    bid = next((slot for slot in shown if slot.bid is not None), None)
    return bid if bid is not None else next((slot for slot in reversed(shown) if slot.ask is not None), None)


def _levels(slot: Slot) -> Iterable[tuple[str, LevelRow]]:
    if slot.bid is not None and slot.bid.size:
        yield "bid", slot.bid
    if slot.ask is not None and slot.ask.size:
        yield "ask", slot.ask


def _line(depth: DepthView, side: str, level: LevelRow) -> str:
    numbers = (level.price, level.size, level.cumulative, level.notional, level.cumulative_notional)
    return "\t".join((depth.product, side, *(_plain(number) for number in numbers))) + "\n"


def _plain(number: Decimal | None) -> str:
    return "" if number is None else text_of(number)
