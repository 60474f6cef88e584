"""Where everything goes, by the size of the terminal. Pure: numbers in, numbers out."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Final

RAIL_WIDTH: Final = 46
"""Columns of the health panel at the right."""
TAPE_WIDTH: Final = 46
"""Columns of the tape where it stands beside the health panel."""
RAIL_FROM: Final = 110
TAPE_FROM: Final = 170
LADDER_LEAST: Final = 40
"""The narrowest ladder that is put beside another."""
_LADDER_WITH_RAIL: Final = 60
FEED_ROWS: Final = 11
SEQUENCE_ROWS: Final = 6
TOKEN_ROWS: Final = 5
_PANEL_ROWS: Final = FEED_ROWS + SEQUENCE_ROWS + TOKEN_ROWS
_FOLDED_BELOW: Final = 16
"""Rows below which mode, key, tabs and health share one row, so that the ladder keeps five levels a side."""
_TAPE_ROWS_LEAST: Final = 4
_RAIL_EVENTS_LEAST: Final = 10


@dataclass(frozen=True, slots=True)
class Layout:
    """What is shown and how large; 0 rows or columns means not shown."""

    source: bool
    """The row with mode, host and key source."""
    folded: bool
    """One row for mode, products, counters and key instead of the three that say them."""
    tabs: bool
    health_rows: int
    """Rows of the compact health lines (none where the panel stands at the right)."""
    rail: int
    """Columns of the health panel."""
    tape_column: int
    """Columns of a tape of its own between ladder and health panel."""
    tape_in_rail: bool
    """The tape under the health panel."""
    events_in_rail: bool
    """The event log under the health panel instead of at the foot."""
    event_rows: int
    """Rows of the event log at the foot, its title included where there is more than one."""
    keys: bool
    ladders: int


def ladders_that_fit(width: int, products: int) -> int:
    """How many ladders can stand side by side, 1 to 4."""
    return max(1, min(4, products, width // LADDER_LEAST))


def arrange(width: int, height: int, ladders: int, *, banner: bool) -> Layout:
    """The layout for a terminal of ``width`` x ``height``.

    Args:
        width: Columns.
        height: Rows.
        ladders: Side by side, as asked for and possible.
        banner: The source row says something that must never be missed (a replay, a demo, a frozen picture).
    """
    if width < 40 or height < 12:
        # Too little for anything but the ladder, which knows how to become five rows a side, or one line.
        return Layout(
            source=banner and height >= 3,
            folded=False,
            tabs=False,
            health_rows=0,
            rail=0,
            tape_column=0,
            tape_in_rail=False,
            events_in_rail=False,
            event_rows=0,
            keys=False,
            ladders=1,
        )
    ladders = min(ladders, ladders_that_fit(width, ladders))
    folded = height < _FOLDED_BELOW
    roomy = width >= RAIL_FROM and (width - RAIL_WIDTH) // ladders >= _LADDER_WITH_RAIL
    # Panels that would be cut at their end say less than the two lines that stand for them.
    rail = RAIL_WIDTH if roomy and height >= _PANEL_ROWS + 4 else 0
    tape = TAPE_WIDTH if ladders == 1 and width >= TAPE_FROM else 0
    health = 0 if rail or folded else (2 if height >= 20 else 1)
    spare = height - 3 - _PANEL_ROWS
    events_in_rail = bool(tape) and spare >= _RAIL_EVENTS_LEAST
    events = 0 if height < 19 or events_in_rail else 1 if height < 30 else 4 if height < 50 else 8
    return Layout(
        source=not folded,
        folded=folded,
        tabs=not folded,
        health_rows=health,
        rail=rail,
        tape_column=tape,
        tape_in_rail=bool(rail) and not tape and spare - events >= _TAPE_ROWS_LEAST,
        events_in_rail=events_in_rail,
        event_rows=events,
        keys=height >= 14,
        ladders=ladders,
    )
