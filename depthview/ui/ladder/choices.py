"""How a person wants the ladder drawn."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum


class Form(StrEnum):
    """How the two sides stand to each other."""

    BOOK = "book"
    """Asks over bids, the spread between."""
    DOM = "dom"
    """The price in the centre, bids to its left, asks to its right."""
    SIDES = "sides"
    """Bids and asks of equal rank on one row."""


class Spacing(StrEnum):
    """Which prices have a row."""

    COMPACT = "compact"
    """Those with a size; a thin line marks skipped ones."""
    GRID = "grid"
    """Every one, empty or not."""


class Unit(StrEnum):
    """What sizes are counted in."""

    BASE = "base"
    QUOTE = "quote"


class BarScale(StrEnum):
    """How a size becomes a length."""

    LINEAR = "linear"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A size that a person has set, in either currency of whatever product it is held against."""

    size: Decimal
    in_quote: bool = False

    def __str__(self) -> str:
        return f"{self.size:f} quote" if self.in_quote else f"{self.size:f}"


@dataclass(frozen=True, slots=True)
class Choices:
    """All of them; the same for every ladder, but for the row widths, which each product has of its own."""

    form: Form = Form.BOOK
    spacing: Spacing = Spacing.COMPACT
    unit: Unit = Unit.BASE
    bars: BarScale = BarScale.LINEAR
    flash: bool = True
    """Whether a size that changed stands out for a moment."""
    large: Threshold | None = None
    """Size from which a level is marked; None marks those far above their neighbours."""
    dust: Decimal | None = None
    """Levels of less than this size in base currency are hidden; None hides none."""
    imbalance_levels: int = 10
    imbalance_bps: int = 0
    """Above 0: the imbalance over what rests within so many basis points of the mid, and not over levels."""
