"""How the user wants ladder, tape and screen: what a session starts with and the next one may remember."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from typing import Final, NamedTuple, TypeAlias

from depthview.preferences.colors import DARK_NAME


class Form(StrEnum):
    BOOK = "book"
    """Asks above bids, the spread between them."""
    DOM = "dom"
    """The price in the centre, bids to its left, asks to its right."""
    SIDES = "sides"
    """Bids and asks of equal rank on one row."""


class Spacing(StrEnum):
    COMPACT = "compact"
    """Prices that have a size; a thin line marks skipped ones."""
    GRID = "grid"
    """Every price, empty or not."""


class Unit(StrEnum):
    BASE = "base"
    QUOTE = "quote"


class BarScale(StrEnum):
    LINEAR = "linear"
    LOG = "log"


@dataclass(frozen=True, slots=True)
class Threshold:
    """A size that the user has set, in base or quote currency of any product."""

    size: Decimal
    in_quote: bool = False

    def __str__(self) -> str:
        return f"{self.size:f} quote" if self.in_quote else f"{self.size:f}"


class Imbalance(NamedTuple):
    """What the imbalance is measured over: levels a side, or basis points around the mid. One of the two is 0."""

    levels: int
    bps: int

    def __str__(self) -> str:
        return f"{self.bps} bps" if self.bps else f"{self.levels} levels"


DEFAULT_IMBALANCE: Final = Imbalance(10, 0)


@dataclass(frozen=True, slots=True)
class Choices:
    """How ladders are drawn. Row widths are kept per product, everything else is the same for every ladder."""

    form: Form = Form.BOOK
    spacing: Spacing = Spacing.COMPACT
    unit: Unit = Unit.BASE
    bars: BarScale = BarScale.LINEAR
    flash: bool = True
    """Whether a size that changed is highlighted for a moment."""
    large: Threshold | None = None
    """Size from which a level is marked; None marks outliers."""
    dust: Decimal | None = None
    """Levels of less than this size in base currency are hidden; None hides none."""
    imbalance: Imbalance = DEFAULT_IMBALANCE


class TradeShare(StrEnum):
    """Which share of the trades the tape shows, the largest of them."""

    ALL = "all"
    HALF = "half"
    QUARTER = "quarter"
    TENTH = "tenth"

    @property
    def divisor(self) -> int:
        """One trade in this many is shown."""
        return _DIVISORS[self]

    @property
    def next(self) -> TradeShare:
        """The next smaller share; after the smallest, all again."""
        shares = tuple(TradeShare)
        return shares[(shares.index(self) + 1) % len(shares)]


_DIVISORS: Final = {TradeShare.ALL: 1, TradeShare.HALF: 2, TradeShare.QUARTER: 4, TradeShare.TENTH: 10}
TradeFilter: TypeAlias = TradeShare | Threshold
"""Which trades the tape shows: the largest share of them, or those from a size on."""


class Ladders(StrEnum):
    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    GRID = "grid"


class TimeZone(StrEnum):
    UTC = "utc"
    LOCAL = "local"


@dataclass(frozen=True, slots=True)
class Arrangement:
    """Everything that keys change and the next session may remember."""

    choices: Choices = field(default_factory=Choices)
    groups: Mapping[str, Decimal] = field(default_factory=dict)
    """Row widths in quote currency by product."""
    theme: str = DARK_NAME
    ladders: int = 1
    """Side by side, 1 to 4, as room allows."""
    grid: bool = False
    """Whether small ladders of all products are shown instead."""
    tape: bool | None = None
    """Whether the trades are shown; None shows them where the ladder loses no room."""
    tape_filter: TradeFilter = TradeShare.ALL
