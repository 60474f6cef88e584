"""The settings: one table from which flags, variables, the file, its comments and ``config show`` are made.

To add a setting, add one :class:`Entry` to :data:`ENTRIES`; the name is public, so it is never changed.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from typing import Final, Generic, TypeVar

from depthview.config import readers
from depthview.config.options import DEFAULT_FPS, DEFAULT_PRODUCTS, MAX_FPS
from depthview.config.readers import Imbalance
from depthview.preferences.colors import DARK_NAME
from depthview.preferences.display import BarScale, Form, Spacing, Threshold, Unit

T_co = TypeVar("T_co", covariant=True)


class TimeZone(StrEnum):
    """What clock all times are by."""

    UTC = "utc"
    LOCAL = "local"


class TapeFilter(StrEnum):
    """Which trades the tape shows: the largest of so many."""

    ALL = "all"
    HALF = "half"
    QUARTER = "quarter"
    TENTH = "tenth"

    @property
    def share(self) -> int:
        """The number."""
        return _SHARES[self.value]

    @classmethod
    def of(cls, share: int) -> TapeFilter:
        """The word for the number."""
        return next(word for word in cls if word.share == share)


_SHARES: Final = {"all": 1, "half": 2, "quarter": 4, "tenth": 10}


class Ladders(StrEnum):
    """How many products are seen at once."""

    ONE = "1"
    TWO = "2"
    THREE = "3"
    FOUR = "4"
    GRID = "grid"


@dataclass(frozen=True, slots=True)
class Entry(Generic[T_co]):
    """One setting."""

    name: str
    """In the file; ``--name`` as a flag and ``DEPTHVIEW_NAME`` as a variable, with dashes and underscores."""
    default: T_co
    read: Callable[[object], T_co]
    """Raises :class:`~depthview.config.readers.Unfit`."""
    help: str
    """In a sentence without its full stop, with the unit."""
    values: str
    """What may be written, for usage and file."""
    flag: bool = True
    """Whether the command line has it, by this table."""
    remembered: bool = False
    """Whether it is kept from one session of the viewer to the next."""
    none: str = ""
    """The word for None."""

    def written(self, value: object) -> bool | int | Decimal | str | list[str]:
        """``value`` as the file has it."""
        if isinstance(value, (Imbalance, Threshold)):
            return str(value)
        if isinstance(value, tuple):
            return [str(item) for item in value]
        if isinstance(value, (bool, int, Decimal)):
            return value
        return self.none if value is None else str(value)

    @property
    def variable(self) -> str:
        """Its environment variable."""
        return f"DEPTHVIEW_{self.name.upper()}"

    @property
    def is_switch(self) -> bool:
        """Whether the flag stands for itself, and ``--no-`` before it for its opposite."""
        return self.read in (readers.switch, readers.optional_switch)

    @property
    def option(self) -> str:
        """Its flag."""
        return f"--{self.name.replace('_', '-')}"


def _whole_ladders(value: object) -> Ladders:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return readers.one_of(Ladders)(value)


PRODUCTS: Final[Entry[tuple[str, ...]]] = Entry(
    "products", DEFAULT_PRODUCTS, readers.products,
    "Products to begin with, where none are named and the feed is live", '["BTC-USD", ...]', flag=False,
)  # fmt: skip
KEY_FILE: Final[Entry[str]] = Entry(
    "key_file", "", readers.path, "CDP key file; never the key itself", "a path", flag=False,
)  # fmt: skip
THEME: Final = Entry("theme", DARK_NAME, readers.theme, "Colours", "a theme; the palette shows all", remembered=True)
FORM: Final = Entry(
    "form", Form.BOOK, readers.one_of(Form), "How the sides stand: asks over bids, price in the centre, side by side",
    "book, dom or sides", remembered=True,
)  # fmt: skip
SPACING: Final = Entry(
    "spacing", Spacing.COMPACT, readers.one_of(Spacing), "Rows for prices that have a size, or for every price",
    "compact or grid", remembered=True,
)  # fmt: skip
UNIT: Final = Entry(
    "unit", Unit.BASE, readers.one_of(Unit), "What sizes are counted in: base or quote currency", "base or quote",
    remembered=True,
)  # fmt: skip
BARS: Final = Entry(
    "bars", BarScale.LINEAR, readers.one_of(BarScale), "Scale of the bars", "linear or log", remembered=True
)
FLASH: Final = Entry(
    "flash", True, readers.switch, "Let a size that changed stand out for a moment", "true or false", remembered=True,
)  # fmt: skip
LARGE: Final = Entry(
    "large", None, readers.threshold_or("auto"), "Size from which a level is marked; auto marks outliers",
    '0.5, "10000 quote" or auto', remembered=True, none="auto",
)  # fmt: skip
DUST: Final = Entry(
    "dust", None, readers.size_or("off"), "Levels of less than this size in base currency are hidden",
    "a size or off", remembered=True, none="off",
)  # fmt: skip
IMBALANCE: Final = Entry(
    "imbalance", Imbalance(10, 0), readers.imbalance, "What the imbalance is measured over",
    '"10 levels" or "25 bps"', remembered=True,
)  # fmt: skip
TAPE: Final[Entry[bool | None]] = Entry(
    "tape", None, readers.optional_switch, "Show the trades; auto does where they take nothing from the ladder",
    "true, false or auto", remembered=True, none="auto",
)  # fmt: skip
TAPE_FILTER: Final[Entry[TapeFilter | Threshold]] = Entry(
    "tape_filter", TapeFilter.ALL, readers.word_or_threshold(TapeFilter),
    "Which trades the tape shows: all, the largest of them, or those from a size on",
    'all, half, quarter, tenth, 0.5 or "10000 quote"', remembered=True,
)  # fmt: skip
LADDERS: Final = Entry(
    "ladders", Ladders.ONE, _whole_ladders, "Ladders side by side, as room allows, or the grid of all products",
    "1 to 4, or grid", remembered=True,
)  # fmt: skip
FPS: Final = Entry("fps", DEFAULT_FPS, readers.whole(1, MAX_FPS), "Pictures a second", f"1 to {MAX_FPS}")
TIME: Final = Entry("time", TimeZone.UTC, readers.one_of(TimeZone), "What clock all times are by", "utc or local")
BELL: Final = Entry("bell", False, readers.switch, "Ring when trust is lost and when it returns", "true or false")
ASCII: Final[Entry[bool | None]] = Entry(
    "ascii", None, readers.optional_switch, "Draw with ASCII alone; auto does where the terminal has no UTF-8",
    "true, false or auto", none="auto",
)  # fmt: skip
REMEMBER: Final = Entry(
    "remember", True, readers.switch, "Begin as the last session ended: how ladders are drawn, row widths, theme, tape",
    "true or false",
)  # fmt: skip

FLIGHT_RECORDER: Final = Entry(
    "flight_recorder", True, readers.switch, "Write what came in before and after an incident to a recording",
    "true or false",
)  # fmt: skip
FLIGHT_FOLDER: Final[Entry[str]] = Entry(
    "flight_folder", "", readers.path, "Where the flight recorder writes; left empty, your state folder", "a path",
)  # fmt: skip

ENTRIES: Final[tuple[Entry[object], ...]] = (
    PRODUCTS, KEY_FILE, THEME, FORM, SPACING, UNIT, BARS, FLASH, LARGE, DUST, IMBALANCE, TAPE, TAPE_FILTER, LADDERS,
    FPS, TIME, BELL, ASCII, REMEMBER, FLIGHT_RECORDER, FLIGHT_FOLDER,
)  # fmt: skip
"""In the order of the file."""
BY_NAME: Final = {entry.name: entry for entry in ENTRIES}
