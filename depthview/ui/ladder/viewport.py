"""What a ladder shows, row by row, whatever its form. Pure; :mod:`depthview.ui.ladder.composing` makes it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.core.grouping import bucket
from depthview.core.types import Side
from depthview.preferences.display import Choices, Form, Spacing

if TYPE_CHECKING:
    from decimal import Decimal

    from depthview.ui.ladder.state import Held
    from depthview.views.depth import DepthView, LevelRow


class Slot(NamedTuple):
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
        """What rests here; the ask where both sides do, as in a crossed book."""
        return self.ask or self.bid

    def at(self, side: Side) -> Decimal | None:
        """The price that a cursor takes here on ``side``; None where there is none."""
        if self.price is not None or self.band:
            return self.price
        level = self.bid if side is Side.BID else self.ask
        return None if level is None else level.price

    @property
    def side(self) -> Side | None:
        """The one side that rests here."""
        if self.ask is not None:
            return Side.ASK
        return Side.BID if self.bid is not None else None


BLANK_SLOT: Final = Slot()


@dataclass(frozen=True, slots=True)
class Scene:
    """What a ladder shows at the moment, and a little beyond."""

    lines: tuple[Slot, ...]
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
    def shown(self) -> tuple[Slot, ...]:
        """The lines on show, top first."""
        return self.lines[self.start : self.start + self.rows]

    def slot(self, line: int) -> Slot:
        """The slot of a line, counted from the topmost on show; a blank one beyond what is known."""
        index = self.start + line
        return self.lines[index] if 0 <= index < len(self.lines) else BLANK_SLOT


def middle_of(rows: int) -> int:
    """The line of ``rows`` on which the market is followed."""
    return max(0, (rows - 1) // 2)


def own_band(choices: Choices) -> bool:
    """Whether the spread has a fixed line over the rows, because they leave it none between them."""
    return choices.form is Form.SIDES or choices.spacing is Spacing.GRID


def snapped(held: Held, depth: DepthView) -> Decimal:
    """The row that a held price belongs to at the present row width."""
    return bucket(held.price, depth.group, held.side) if depth.group > depth.tick else held.price


def touch_prices(depth: DepthView) -> tuple[Decimal | None, Decimal | None]:
    """Rows of the best bid and the best ask, as far as the view tells them."""
    top, group = depth.top, depth.group
    bid = depth.bids[0].price if depth.bids and not depth.bids_before else None
    ask = depth.asks[0].price if depth.asks and not depth.asks_before else None
    if top is not None:
        bid = bucket(top.best_bid.price, group, Side.BID) if bid is None and top.best_bid is not None else bid
        ask = bucket(top.best_ask.price, group, Side.ASK) if ask is None and top.best_ask is not None else ask
    return bid, ask
