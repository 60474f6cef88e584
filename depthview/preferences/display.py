"""How a user wants the ladder, the tape and the screen: what a session begins with and the next one may remember."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import IntEnum, StrEnum
from typing import TypeAlias

from depthview.preferences.colors import DARK_NAME


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


class Share(IntEnum):
    """Which trades the tape shows: the largest of so many."""

    ALL = 1
    HALF = 2
    QUARTER = 4
    TENTH = 10

    @property
    def next(self) -> Share:
        """The next smaller share; after the smallest, all again."""
        return next((share for share in Share if share > self), Share.ALL)


Sieve: TypeAlias = Share | Threshold
"""Which trades the tape shows: the largest of so many, or those from a size on that a person has set."""


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Everything that keys change and that is worth keeping."""

    choices: Choices = field(default_factory=Choices)
    """How ladders are drawn."""
    groups: Mapping[str, Decimal] = field(default_factory=dict)
    """Row widths in quote currency by product."""
    theme: str = DARK_NAME
    ladders: int = 1
    """Side by side, 1 to 4, where there is room for them."""
    grid: bool = False
    """Small ladders of all products instead."""
    tape: bool | None = None
    """Whether the trades are shown; None shows them where they take nothing from the ladder."""
    tape_filter: Sieve = Share.ALL
    """Which trades the tape shows."""
