"""The layout for each size of terminal, and the products shown. Plain values, no widgets.

From left to right: the ladders (or the grid of products), the tape, and the health panel. A wide terminal's spare
columns go to the ladders.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.core.grouping import group_steps
from depthview.preferences.display import TradeFilter, TradeShare

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence
    from decimal import Decimal

    from depthview.views.depth import DepthView
    from depthview.views.market import Market

SIDEBAR_WIDTH: Final = 46
"""Columns of the health panel at the right."""
TAPE_WIDTH: Final = 46
"""Columns of the tape where it stands beside the health panel."""
TAPE_LEAST: Final = 39
"""Columns of a tape that narrows the ladder."""
SIDEBAR_FROM: Final = 110
TAPE_FROM: Final = 170
LADDER_LEAST: Final = 40
"""The narrowest ladder that is put beside another."""
GRID_LEAST: Final = 80
"""The narrowest grid of products beside a tape."""
_LADDER_WITH_SIDEBAR: Final = 60
FEED_ROWS: Final = 11
SEQUENCE_ROWS: Final = 6
TOKEN_ROWS: Final = 5
_PANEL_ROWS: Final = FEED_ROWS + SEQUENCE_ROWS + TOKEN_ROWS
_FOLDED_BELOW: Final = 16
"""Rows below which mode, key, tabs and health share one row, so that the ladder keeps five levels per side."""
_TAPE_ROWS_LEAST: Final = 4
_SIDEBAR_EVENTS_LEAST: Final = 10
_SHARED_FROM: Final = 14
"""Rows from which a ladder and the tape below it share them; with fewer the ladder becomes one line."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What is shown and how large; 0 rows or columns means hidden."""

    source: bool = False
    """The row with mode, host and key source."""
    folded: bool = False
    """Mode, products, counters and key in one row instead of three."""
    tabs: bool = False
    health_rows: int = 0
    """Rows of the compact health lines; none beside the panel."""
    sidebar: int = 0
    """Columns of the health panel."""
    tape_column: int = 0
    """Columns of a tape of its own between ladder and health panel."""
    tape_in_sidebar: bool = False
    """The tape under the health panel."""
    tape_rows: int = 0
    """Rows of a tape under the ladder, where it is too narrow for one beside it."""
    events_in_sidebar: bool = False
    """The event log under the health panel instead of at the foot."""
    event_rows: int = 0
    """Rows of the event log at the foot, its title included where there is more than one."""
    replay_rows: int = 0
    """Rows of a replay's controls, over the keys."""
    keys: bool = False
    ladders: int = 1
    grid: bool = False
    """Small ladders of all products."""

    @property
    def tape(self) -> bool:
        return bool(self.tape_column or self.tape_in_sidebar or self.tape_rows)


def ladders_that_fit(width: int, products: int) -> int:
    """How many ladders can stand side by side, 1 to 4."""
    return max(1, min(4, products, width // LADDER_LEAST))


def arrange(
    width: int,
    height: int,
    ladders: int,
    *,
    banner: bool,
    grid: bool = False,
    tape: bool | None = None,
    replay_rows: int = 0,
) -> Layout:
    """The layout for a terminal of ``width`` x ``height``.

    Args:
        width: Columns.
        height: Rows.
        ladders: Side by side, as chosen and possible.
        banner: The source row must stay visible (a replay, a demo, a frozen screen).
        grid: Whether the products are in a grid.
        tape: Whether the trades are shown; None shows them where they take nothing from the ladder.
        replay_rows: Rows that the replay bar would take.
    """
    if width < 40 or height < 12:
        # Room only for the ladder, which can shrink to five rows per side, or one line.
        return Layout(source=banner and height >= 3, grid=grid)
    folded = height < _FOLDED_BELOW
    keys = height >= 14
    replay_rows = min(replay_rows, max(0, height - 13))
    if grid:
        health = 0 if folded else 2 if height >= 20 else 1
        events = 0 if height < 19 else 1 if height < 50 else 4
        main = height - 1 - health - events - replay_rows - keys
        beside = tape and width - TAPE_LEAST >= GRID_LEAST
        return Layout(
            source=not folded,
            folded=folded,
            health_rows=health,
            tape_column=TAPE_LEAST if beside else 0,
            tape_rows=main // 3 if tape and not beside and main // 3 >= _TAPE_ROWS_LEAST else 0,
            event_rows=events,
            replay_rows=replay_rows,
            keys=keys,
            grid=True,
        )
    ladders = min(ladders, ladders_that_fit(width, ladders))
    roomy = width >= SIDEBAR_FROM and (width - SIDEBAR_WIDTH) // ladders >= _LADDER_WITH_SIDEBAR
    # Truncated panels say less than the two lines that replace them.
    sidebar = SIDEBAR_WIDTH if roomy and height >= _PANEL_ROWS + 4 + replay_rows else 0
    column = TAPE_WIDTH if tape is not False and ladders == 1 and width >= TAPE_FROM else 0
    health = 0 if sidebar or folded else (2 if height >= 20 else 1)
    spare = height - 3 - _PANEL_ROWS - replay_rows
    events_in_sidebar = bool(sidebar) and (bool(column) or tape is False) and spare >= _SIDEBAR_EVENTS_LEAST
    events = 0 if height < 19 or events_in_sidebar else 1 if height < 30 else 4 if height < 50 else 8
    in_sidebar = tape is not False and bool(sidebar) and not column and spare - events >= _TAPE_ROWS_LEAST
    rows = 0
    if tape and not in_sidebar and not column:
        column = _squeezed(width - sidebar, ladders)
        main = height - (1 if folded else 2) - health - events - replay_rows - keys
        rows = 0 if column else main // 2 if main >= _SHARED_FROM else main - 1
    return Layout(
        source=not folded,
        folded=folded,
        tabs=not folded,
        health_rows=health,
        sidebar=sidebar,
        tape_column=column,
        tape_in_sidebar=in_sidebar,
        tape_rows=rows,
        events_in_sidebar=events_in_sidebar,
        event_rows=events,
        replay_rows=replay_rows,
        keys=keys,
        ladders=ladders,
    )


def _squeezed(width: int, ladders: int) -> int:
    """Columns for a tape that was requested where ladders have ``width``; 0 if they cannot spare any."""
    if (width - TAPE_LEAST) // ladders < LADDER_LEAST:
        return 0
    return max(TAPE_LEAST, min(TAPE_WIDTH, width - ladders * _LADDER_WITH_SIDEBAR))


@dataclass(slots=True)
class ViewMode:
    """What the user has chosen, regardless of the room for it."""

    ladders: int = 1
    """Side by side, 1 to 4."""
    grid: bool = False
    """Small ladders of all products instead."""
    tape: bool | None = None
    """Whether the trades are shown; None shows them where they take nothing from the ladder."""
    trade_filter: TradeFilter = TradeShare.ALL
    """Which trades the tape shows."""
    zoomed: bool = False
    """Whether the ladder was opened from the grid, to which "back" returns."""

    def next(self, *, shown: int, fit: int, products: int) -> None:
        """The next mode: one ladder, two, as many as ``fit``, the grid, one again; ``shown`` are side by side now."""
        if self.grid:
            self.ladders, self.grid = 1, False
        elif self.zoomed:
            self.back()
        else:
            wider = sorted({2, fit}) if fit > 1 else []
            self.ladders = next((count for count in wider if count > shown), 1)
            self.grid = self.ladders == 1 and products > 1
        self.zoomed = False

    def next_filter(self) -> None:
        """The next smaller share of the trades, then all again; replaces a minimum size."""
        self.trade_filter = self.trade_filter.next if isinstance(self.trade_filter, TradeShare) else TradeShare.ALL

    def zoom(self) -> None:
        if self.grid:
            self.ladders, self.grid, self.zoomed = 1, False, True

    def back(self) -> bool:
        """From a zoomed ladder to the grid, from the grid to the ladder; False if there is nothing to leave."""
        if self.zoomed:
            self.grid, self.zoomed = True, False
        elif self.grid:
            self.ladders, self.grid = 1, False
        else:
            return False
        return True


def window(products: Sequence[str], selected: str, count: int, start: int) -> int:
    """The first of ``count`` products side by side: as near to ``start`` as possible, with ``selected`` among them."""
    start = max(0, min(start, len(products) - count))
    if selected not in products:
        return start
    at = products.index(selected)
    return at if at < start else max(start, at - count + 1)


def next_group(depth: DepthView, step: int) -> Decimal | None:
    """The row width ``step`` places coarser (1) or finer (-1) than now; None at the end, or without any price."""
    prices = [row.price for row in (*depth.bids[:1], *depth.asks[:1])]
    if not prices and depth.last_trade is not None:
        prices = [depth.last_trade.price]
    if not prices:
        return None
    steps = group_steps(depth.tick, prices[0])
    beyond = [width for width in steps if (width > depth.group if step > 0 else width < depth.group)]
    if not beyond:
        return None
    return min(beyond) if step > 0 else max(beyond)


class Notice(NamedTuple):
    text: str
    severe: bool = False


class ProductTabs:
    """The products of a market in tab order, one of them selected.

    Args:
        market: Adds and removes products.
        groups: Row widths at first, by product, in quote currency.
    """

    def __init__(self, market: Market, groups: Mapping[str, Decimal]) -> None:
        self._market = market
        self._groups = dict(groups)
        self._front = next(iter(market.products()), "")
        self._last_slot = 0
        self._start = 0
        self._removed: list[str] = []

    @property
    def products(self) -> tuple[str, ...]:
        return self._market.products()

    @property
    def groups(self) -> Mapping[str, Decimal]:
        """Row widths in quote currency, by product."""
        return dict(self._groups)

    @property
    def front(self) -> str:
        """The selected product; if it was removed, the one in its place; empty without any."""
        products = self.products
        if self._front in products:
            self._last_slot = products.index(self._front)
        else:
            self._front = products[min(self._last_slot, len(products) - 1)] if products else ""
        return self._front

    def beside(self, count: int) -> tuple[str, ...]:
        if count == 1:
            return (self.front,)
        products = self.products
        self._start = window(products, self.front, count, self._start)
        return products[self._start : self._start + count]

    def bring_forward(self, product: str) -> bool:
        """Select ``product``; False if it is not among the tabs."""
        known = product in self.products
        if known:
            self._front = product
        return known

    def slot(self, number: int) -> bool:
        """Select the product of tab ``number`` (from 1); False if there is none."""
        products = self.products
        return number <= len(products) and self.bring_forward(products[number - 1])

    def cycle(self, step: int) -> bool:
        """Select the next (1) or previous (-1) product; False if there is none."""
        products = self.products
        if not products:
            return False
        return self.bring_forward(products[(products.index(self.front) + step) % len(products)])

    def add(self, product: str) -> Notice | None:
        """Select ``product``, subscribing to it first if necessary; the refusal if there was one."""
        if product not in self.products:
            refusal = self._market.add_product(product)
            if refusal is not None:
                return Notice(refusal, severe=True)
        self.bring_forward(product)
        return None

    def remove(self, way_back: str) -> Notice:
        """Remove the selected product; ``way_back`` is the key that restores it, for the notice."""
        product = self.front
        if len(self.products) < 2:
            return Notice("the last product cannot be removed")
        refusal = self._market.remove_product(product)
        if refusal is not None:
            return Notice(refusal, severe=True)
        self._removed.append(product)
        return Notice(f"{product} removed; {way_back} restores it")

    def restore(self) -> Notice | None:
        return self.add(self._removed.pop()) if self._removed else Notice("nothing to restore")

    def regroup(self, depth: DepthView, step: int) -> Notice | None:
        """Coarser (1) or finer (-1) rows for the product of ``depth``."""
        width = next_group(depth, step)
        if width is None:
            return Notice("no coarser rows" if step > 0 else "no finer rows")
        self._groups[depth.product] = width
        return None
