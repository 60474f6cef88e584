"""How small ladders share a page: in how many columns and rows, with how many levels. Pure."""

from __future__ import annotations

from typing import Final, NamedTuple

CELL_LEAST: Final = 26
"""Columns of the narrowest small ladder."""
_CELL_WISHED: Final = 44
_LEVELS_LEAST: Final = 3
_LEVELS_WISHED: Final = 8
HEAD: Final = 2
"""Rows over the levels of a small ladder."""
MOST: Final = 12
"""Small ladders on one page."""


class Shape(NamedTuple):
    """How small ladders are laid out on a page."""

    columns: int
    rows: int

    @property
    def places(self) -> int:
        """Small ladders on a page."""
        return min(MOST, self.columns * self.rows)


def shape(products: int, width: int, height: int) -> Shape:
    """The best page for ``products`` in ``width`` x ``height``; with fewer places than products there are more pages.

    At first as many products as possible with three levels a side, then as many levels (up to eight) and as wide as
    can be. Where less than half of the products would fit so, each gets as few rows as it needs to be on one page.
    """
    wanted = max(1, min(products, MOST))
    widest = max(1, min(wanted, width // CELL_LEAST))
    best, most, worth = Shape(1, 1), 0, 0.0
    for columns in range(1, widest + 1):
        for rows in range(1, -(-wanted // columns) + 1):
            levels = levels_wanted(width // columns, _usable(height, products, columns * rows) // rows)
            if levels < _LEVELS_LEAST:
                break
            fitting = min(wanted, columns * rows)
            its_worth = min(1.0, levels / _LEVELS_WISHED) + min(1.0, width / columns / _CELL_WISHED)
            if (fitting, its_worth) > (most, worth):
                best, most, worth = Shape(columns, rows), fitting, its_worth
    if most * 2 >= wanted:
        return best
    rows = -(-wanted // widest)
    return Shape(widest, max(1, min(rows, _usable(height, products, widest * min(rows, height)))))


def _usable(height: int, products: int, places: int) -> int:
    """Rows for small ladders: one less where a foot has to say that there are more pages."""
    return height - (1 if products > places else 0)


def levels_wanted(width: int, height: int) -> int:
    """Levels a side that a small ladder of this size shows; 0 where it is a line or two."""
    return max(0, (height - HEAD - 1) // 2) if width >= CELL_LEAST else 0
