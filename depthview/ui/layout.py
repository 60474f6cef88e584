"""Where everything goes, by the size of the terminal. Pure: numbers in, numbers out.

Across stand the ladders (or the grid of products), the tape, and the health panel. What a wide terminal has to spare
is the ladders': it is there that a picture of the market over time has its place, on the ladder's own rows.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

RAIL_WIDTH: Final = 46
"""Columns of the health panel at the right."""
TAPE_WIDTH: Final = 46
"""Columns of the tape where it stands beside the health panel."""
TAPE_LEAST: Final = 39
"""Columns of a tape that the ladder has to make room for."""
RAIL_FROM: Final = 110
TAPE_FROM: Final = 170
LADDER_LEAST: Final = 40
"""The narrowest ladder that is put beside another."""
GRID_LEAST: Final = 80
"""The narrowest grid of products beside a tape."""
_LADDER_WITH_RAIL: Final = 60
FEED_ROWS: Final = 11
SEQUENCE_ROWS: Final = 6
TOKEN_ROWS: Final = 5
_PANEL_ROWS: Final = FEED_ROWS + SEQUENCE_ROWS + TOKEN_ROWS
_FOLDED_BELOW: Final = 16
"""Rows below which mode, key, tabs and health share one row, so that the ladder keeps five levels a side."""
_TAPE_ROWS_LEAST: Final = 4
_RAIL_EVENTS_LEAST: Final = 10
_SHARED_FROM: Final = 14
"""Rows from which a ladder shares them with a tape under it; with fewer it becomes one line."""


@dataclass(frozen=True, slots=True)
class Layout:
    """What is shown and how large; 0 rows or columns means not shown."""

    source: bool = False
    """The row with mode, host and key source."""
    folded: bool = False
    """One row for mode, products, counters and key instead of the three that say them."""
    tabs: bool = False
    health_rows: int = 0
    """Rows of the compact health lines (none where the panel stands at the right)."""
    rail: int = 0
    """Columns of the health panel."""
    tape_column: int = 0
    """Columns of a tape of its own between ladder and health panel."""
    tape_in_rail: bool = False
    """The tape under the health panel."""
    tape_rows: int = 0
    """Rows of a tape under the ladder, where it is too narrow for one beside it."""
    events_in_rail: bool = False
    """The event log under the health panel instead of at the foot."""
    event_rows: int = 0
    """Rows of the event log at the foot, its title included where there is more than one."""
    transport: int = 0
    """Rows of a replay's controls, over the keys."""
    keys: bool = False
    ladders: int = 1
    grid: bool = False
    """Small ladders of all products instead of the ladders."""

    @property
    def tape(self) -> bool:
        """Whether the trades are shown anywhere."""
        return bool(self.tape_column or self.tape_in_rail or self.tape_rows)


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
    transport: int = 0,
) -> Layout:
    """The layout for a terminal of ``width`` x ``height``.

    Args:
        width: Columns.
        height: Rows.
        ladders: Side by side, as asked for and possible.
        banner: The source row says something that must never be missed (a replay, a demo, a frozen picture).
        grid: Whether the products stand in a grid.
        tape: Whether the trades are shown; None shows them where they take nothing from the ladder.
        transport: Rows that a replay's controls would take.
    """
    if width < 40 or height < 12:
        # Too little for anything but the ladder, which knows how to become five rows a side, or one line.
        return Layout(source=banner and height >= 3, grid=grid)
    folded = height < _FOLDED_BELOW
    keys = height >= 14
    transport = min(transport, max(0, height - 13))
    if grid:
        health = 0 if folded else 2 if height >= 20 else 1
        events = 0 if height < 19 else 1 if height < 50 else 4
        main = height - 1 - health - events - transport - keys
        beside = tape and width - TAPE_LEAST >= GRID_LEAST
        return Layout(
            source=not folded,
            folded=folded,
            health_rows=health,
            tape_column=TAPE_LEAST if beside else 0,
            tape_rows=main // 3 if tape and not beside and main // 3 >= _TAPE_ROWS_LEAST else 0,
            event_rows=events,
            transport=transport,
            keys=keys,
            grid=True,
        )
    ladders = min(ladders, ladders_that_fit(width, ladders))
    roomy = width >= RAIL_FROM and (width - RAIL_WIDTH) // ladders >= _LADDER_WITH_RAIL
    # Panels that would be cut at their end say less than the two lines that stand for them.
    rail = RAIL_WIDTH if roomy and height >= _PANEL_ROWS + 4 + transport else 0
    column = TAPE_WIDTH if tape is not False and ladders == 1 and width >= TAPE_FROM else 0
    health = 0 if rail or folded else (2 if height >= 20 else 1)
    spare = height - 3 - _PANEL_ROWS - transport
    events_in_rail = bool(rail) and (bool(column) or tape is False) and spare >= _RAIL_EVENTS_LEAST
    events = 0 if height < 19 or events_in_rail else 1 if height < 30 else 4 if height < 50 else 8
    in_rail = tape is not False and bool(rail) and not column and spare - events >= _TAPE_ROWS_LEAST
    rows = 0
    if tape and not in_rail and not column:
        column = _squeezed(width - rail, ladders)
        main = height - (1 if folded else 2) - health - events - transport - keys
        rows = 0 if column else main // 2 if main >= _SHARED_FROM else main - 1
    return Layout(
        source=not folded,
        folded=folded,
        tabs=not folded,
        health_rows=health,
        rail=rail,
        tape_column=column,
        tape_in_rail=in_rail,
        tape_rows=rows,
        events_in_rail=events_in_rail,
        event_rows=events,
        transport=transport,
        keys=keys,
        ladders=ladders,
    )


def _squeezed(width: int, ladders: int) -> int:
    """Columns for a tape that was asked for where ladders have ``width``; 0 where they cannot spare any."""
    if (width - TAPE_LEAST) // ladders < LADDER_LEAST:
        return 0
    return max(TAPE_LEAST, min(TAPE_WIDTH, width - ladders * _LADDER_WITH_RAIL))
