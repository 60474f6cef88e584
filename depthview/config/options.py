"""The settings: one table from which flags, variables, the file, its comments and ``config show`` are made.

To add a setting, add one :class:`Entry` to :data:`ENTRIES`; its name is public, so it is never changed. Values come
typed from TOML and as text from flags and variables. A reader returns the value or raises :class:`Unfit`, whose message
is a phrase to stand after the setting's name; the rules of the command line raise :class:`~depthview.errors.UsageError`
with one line that names the value and the cure.
"""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from decimal import Decimal
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, Literal, TypeVar

from depthview.core.text import is_product_id, plain_text
from depthview.errors import UsageError, did_you_mean
from depthview.preferences.colors import DARK_NAME
from depthview.preferences.display import (
    DEFAULT_IMBALANCE,
    BarScale,
    Form,
    Imbalance,
    Ladders,
    Spacing,
    Threshold,
    TimeZone,
    TradeFilter,
    TradeShare,
    Unit,
)

if TYPE_CHECKING:
    from collections.abc import Iterable
    from enum import StrEnum

DEFAULT_PRODUCTS: Final = ("BTC-USD", "ETH-USD", "SOL-USD")
MAX_PRODUCTS: Final = 30
"""Products on level2 that one connection takes (reported: 30 pass, the 31st is refused)."""
DEFAULT_FPS: Final = 10
MAX_FPS: Final = 30

SequenceScope = Literal["auto", "connection", "product", "none"]

_PLAIN_NUMBER = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,18})?")


@dataclass(frozen=True, slots=True)
class LiveSource:
    """A venue over the network."""

    url: str | None = None
    """The address that was given with ``--url``; None for Coinbase."""


@dataclass(frozen=True, slots=True)
class DemoSource:
    """The embedded exchange, started for the occasion."""

    faults: tuple[str, ...] = ()
    """Faults to provoke, in the exchange's spelling."""


@dataclass(frozen=True, slots=True)
class ReplaySource:
    """A recording."""

    file: Path
    speed: float | None = 1.0
    """1 is real time, None is as fast as it goes."""


Source = LiveSource | DemoSource | ReplaySource


@dataclass(frozen=True, slots=True)
class CredentialOptions:
    """What the command line says of keys and tokens.

    Raises:
        UsageError: Two of the options contradict each other.
    """

    key_file: Path | None = None
    env_key: bool = False
    """Take the key from ``COINBASE_API_KEY`` and ``COINBASE_API_SECRET``."""
    public: bool = False
    """Use no key, even if there is one."""
    allow_loose_permissions: bool = False
    """Take a key file that others may read, as mounted secrets are."""
    env_file: Path | None = None
    """A ``.env`` file with NAME and PRIVATE_KEY."""
    key_name: str = ""
    """The name of a key whose file is a bare PEM."""
    configured_file: Path | None = None
    """The key file that the configuration names: used where nothing else is said, and never as one that was named."""
    jwt_from_env: bool = False
    """Use the ready-made token in the variable JWT instead of a key."""

    def __post_init__(self) -> None:
        named = self._named()
        if len(named) > 1:
            raise UsageError(f"{' and '.join(named)} name several keys: give one of them")
        if self.public and named:
            raise UsageError(f"--public means no key: leave it out, or leave out {named[0]}")
        if self.key_name and self.key_file is None:
            raise UsageError("--key-name goes with --key-file PEM")

    @property
    def explicit(self) -> bool:
        """Whether this very command names the key. Only such a key may go to a ``--url``."""
        return bool(self._named())

    def _named(self) -> list[str]:
        given = {
            "--key-file": self.key_file is not None,
            "--env-key": self.env_key,
            "--env-file": self.env_file is not None,
            "--jwt-from-env": self.jwt_from_env,
        }
        return [option for option, is_given in given.items() if is_given]


@dataclass(frozen=True, slots=True)
class StreamOptions:
    """What ``depthview stream`` prints, and for how long."""

    depth: int = 10
    """Levels a side; 0 for all."""
    every_seconds: float = 1.0
    for_seconds: float | None = None
    count: int | None = None
    """Samples after which to end."""


@dataclass(frozen=True, slots=True)
class Settings:
    """One run of the viewer or the stream.

    Raises:
        UsageError: Options that make no sense together.
    """

    source: Source = field(default_factory=LiveSource)
    products: tuple[str, ...] = DEFAULT_PRODUCTS
    """Upper case, no two alike. Empty on a replay: whatever it holds."""
    credentials: CredentialOptions = field(default_factory=CredentialOptions)
    record: Path | None = None
    dump_book: Path | None = None
    include_untrusted: bool = False
    """Dump books that are not trusted too, marked as such."""
    force: bool = False
    """Replace files that exist."""
    group: Decimal | None = None
    """Row width in quote currency; None for one row a price."""
    log_file: Path | None = None
    sequence_scope: SequenceScope = "auto"
    renew: bool = True
    """Send the heartbeats subscription again before a token expires."""
    rest: bool = True
    """Ask the public product list over HTTPS where the feed brings none."""
    correct_clock: bool = False
    """Sign tokens with the venue's time instead of this machine's."""
    report: bool = False
    """Print an account of the session at its end."""
    stream: StreamOptions = field(default_factory=StreamOptions)
    watched: bool = False
    """Whether there is a screen, so that the last frames are kept to be looked at."""
    flights: Path | None = None
    """The folder of the flight recorder; None for none."""

    def __post_init__(self) -> None:
        if isinstance(self.source, ReplaySource) and self.record is not None:
            raise UsageError("--record records a live source: a replay is a recording already")
        if self.sequence_scope == "none" and not isinstance(self.source, ReplaySource):
            raise UsageError("--sequence-scope none is for recordings; live, the numbers are evidence")
        if self.credentials.explicit and not isinstance(self.source, LiveSource):
            raise UsageError("--demo and --replay use no key of yours: leave out the options that name one")
        if self.include_untrusted and self.dump_book is None:
            raise UsageError("--include-untrusted goes with --dump-book FILE")


def parse_products(words: Iterable[str]) -> tuple[str, ...]:
    """Product names in the order given, upper case, each once; empty where none were given.

    Args:
        words: Names separated by spaces or commas, in any case.

    Raises:
        UsageError: A word that no product can be called, or more than ``MAX_PRODUCTS``.
    """
    found: dict[str, None] = {}
    for word in words:
        for name in re.split(r"[\s,]+", word):
            if not name:
                continue
            # ASCII is asked for before upper(), which would make letters of others: "ß".upper() is "SS".
            if not name.isascii() or not is_product_id(name.upper()):
                raise UsageError(f"{_shown(name)} is no product name: they look like BTC-USD")
            found[name.upper()] = None
    if len(found) > MAX_PRODUCTS:
        raise UsageError(f"{len(found)} products were named: one connection takes {MAX_PRODUCTS} at most")
    return tuple(found)


def parse_speed(text: str) -> float | None:
    """Replay speed: ``10`` and ``0.5x`` are times real time; None for ``max``, as fast as it goes.

    Raises:
        UsageError: Anything else.
    """
    if text.strip().lower() == "max":
        return None
    number = text.strip().lower().removesuffix("x")
    if not _PLAIN_NUMBER.fullmatch(number) or float(number) <= 0:
        raise UsageError(f"--speed {_shown(text)} is neither a number above 0, such as 1, 10 or 0.5x, nor max")
    return float(number)


def parse_group(text: str) -> Decimal:
    """Row width in quote currency, exactly as written.

    Raises:
        UsageError: Not a plain decimal number above 0.
    """
    if not _PLAIN_NUMBER.fullmatch(text.strip()) or not (width := Decimal(text.strip())):
        raise UsageError(f"--group {_shown(text)} is not a price step above 0, such as 0.5 or 10")
    return width


def parse_depth(text: str) -> int:
    """Levels a side, 0 for all.

    Raises:
        UsageError: Not a whole number from 0 to a million.
    """
    return _whole_number("--depth", text, least=0, most=1_000_000)


def parse_count(text: str) -> int:
    """Samples after which to end.

    Raises:
        UsageError: Not a whole number from 1 to a thousand million.
    """
    return _whole_number("--count", text, least=1, most=1_000_000_000)


def parse_seconds(option: str, text: str) -> float:
    """A span of time above 0.

    Args:
        option: The option that it was given to, for the message.
        text: Seconds, as a plain decimal number.

    Raises:
        UsageError: Not a plain decimal number above 0.
    """
    if not _PLAIN_NUMBER.fullmatch(text.strip()):
        raise UsageError(f"{option} {_shown(text)} is not a number of seconds")
    seconds = float(text)
    if not math.isfinite(seconds) or seconds <= 0:
        raise UsageError(f"{option} {_shown(text)} is not above 0")
    return seconds


def _whole_number(option: str, text: str, *, least: int, most: int) -> int:
    if not re.fullmatch(r"[0-9]{1,10}", text.strip()) or not least <= int(text) <= most:
        raise UsageError(f"{option} {_shown(text)} is not a whole number from {least} to {most:,}")
    return int(text)


def _shown(text: str) -> str:
    """What was typed, in quotes, cut short, with everything escaped that a terminal might obey."""
    return repr(text if len(text) <= 40 else text[:40] + "…")


if TYPE_CHECKING:
    from collections.abc import Iterable

    E = TypeVar("E", bound=StrEnum)

_DECIMAL: Final = re.compile(r"[0-9]{1,15}(?:\.[0-9]{1,18})?")
_SWITCH: Final = {
    "true": True,
    "on": True,
    "yes": True,
    "1": True,
    "false": False,
    "off": False,
    "no": False,
    "0": False,
}
_IMBALANCE: Final = re.compile(r"([0-9]{1,6}) ?(levels?|bps)")
_LONGEST: Final = 40


class Unfit(Exception):
    """A value that a setting cannot have; the message says why, and what would do."""


def shown(value: object) -> str:
    """A value in quotes, cut short, with everything escaped that a terminal might obey."""
    text = value if isinstance(value, str) else _toml_word(value)
    cut = text if len(text) <= _LONGEST else text[:_LONGEST] + "…"
    return repr(cut) if isinstance(value, str) else plain_text(cut, _LONGEST + 1)


def _toml_word(value: object) -> str:
    if isinstance(value, bool):
        return str(value).lower()
    return "a table" if isinstance(value, dict) else "a list" if isinstance(value, list) else str(value)


def one_of(kind: type[E]) -> Callable[[object], E]:
    """A reader of the words of an enumeration."""

    def read(value: object) -> E:
        words = [member.value for member in kind]
        if isinstance(value, str) and value.strip().lower() in words:
            return kind(value.strip().lower())
        near = did_you_mean(value, words) if isinstance(value, str) else ""
        raise Unfit(f"{shown(value)} is none of {', '.join(words)}{near}")

    return read


def switch(value: object) -> bool:
    """``true`` or ``false``; as text also on, off, yes, no, 1, 0."""
    if isinstance(value, bool):
        return value
    if isinstance(value, str) and value.strip().lower() in _SWITCH:
        return _SWITCH[value.strip().lower()]
    raise Unfit(f"{shown(value)} is neither true nor false")


def optional_switch(value: object) -> bool | None:
    """As :func:`switch`, or ``auto`` for None: depthview decides."""
    if isinstance(value, str) and value.strip().lower() == "auto":
        return None
    try:
        return switch(value)
    except Unfit:
        raise Unfit(f"{shown(value)} is none of true, false, auto") from None


def whole(least: int, most: int) -> Callable[[object], int]:
    """A reader of whole numbers in a range."""

    def read(value: object) -> int:
        number = value
        if isinstance(value, str) and re.fullmatch(r"[0-9]{1,10}", value.strip()):
            number = int(value)
        if isinstance(number, bool) or not isinstance(number, int) or not least <= number <= most:
            raise Unfit(f"{shown(value)} is not a whole number from {least} to {most}")
        return number

    return read


def number_above_zero(value: object) -> Decimal:
    """A plain decimal number above 0, exactly as written."""
    text = str(value).strip() if isinstance(value, (str, int, Decimal)) and not isinstance(value, bool) else ""
    if not _DECIMAL.fullmatch(text) or not (number := Decimal(text)):
        raise Unfit(f"{shown(value)} is not a plain number above 0, such as 0.5 or 10")
    return number


def size_or(word: str) -> Callable[[object], Decimal | None]:
    """A reader of sizes above 0; ``word``, or 0, stands for None."""

    def read(value: object) -> Decimal | None:
        text = str(value).strip().lower()
        if text == word or (not isinstance(value, bool) and text == "0"):
            return None
        try:
            return number_above_zero(value)
        except Unfit:
            raise Unfit(f"{shown(value)} is neither a size above 0, such as 0.5 or 10, nor {word}") from None

    return read


def _threshold(value: object) -> Threshold | None:
    """A size above 0 in base currency, or with ``quote`` after it in quote currency; None for anything else."""
    text = str(value).strip().lower()
    number, word, rest = text.partition("quote")
    try:
        return None if rest else Threshold(number_above_zero(number if word else value), bool(word))
    except Unfit:
        return None


def threshold_or(word: str) -> Callable[[object], Threshold | None]:
    """A reader of sizes in either currency; ``word``, or 0, stands for None."""

    def read(value: object) -> Threshold | None:
        text = str(value).strip().lower()
        if text == word or (not isinstance(value, bool) and text == "0"):
            return None
        found = _threshold(value)
        if found is None:
            raise Unfit(f'{shown(value)} is neither a size above 0, such as 0.5 or "10000 quote", nor {word}')
        return found

    return read


def word_or_threshold(kind: type[E]) -> Callable[[object], E | Threshold]:
    """A reader of the words of an enumeration, or of a size in either currency."""
    named = one_of(kind)

    def read(value: object) -> E | Threshold:
        if isinstance(value, str) and value.strip()[:1].isalpha():
            return named(value)
        found = _threshold(value)
        if found is None:
            words = ", ".join(member.value for member in kind)
            raise Unfit(f'{shown(value)} is none of {words}, nor a size above 0, such as 0.5 or "10000 quote"')
        return found

    return read


def imbalance(value: object) -> Imbalance:
    """``10 levels`` or ``25 bps``."""
    match = _IMBALANCE.fullmatch(value.strip().lower()) if isinstance(value, str) else None
    if match is None or not (number := int(match[1])):
        raise Unfit(f'{shown(value)} is neither levels nor basis points, such as "10 levels" or "25 bps"')
    return Imbalance(0, number) if match[2] == "bps" else Imbalance(number, 0)


def products(value: object) -> tuple[str, ...]:
    """Product names: a list of texts, or one text with spaces or commas."""
    words = [value] if isinstance(value, str) else value
    if not isinstance(words, list) or not all(isinstance(word, str) for word in words):
        raise Unfit(f'{shown(value)} is not a list of products, such as ["BTC-USD", "ETH-USD"]')
    try:
        found = parse_products(words)
    except UsageError as refusal:
        raise Unfit(str(refusal)) from None
    if not found:
        raise Unfit("is empty: name a product, or leave the line out")
    return found


def path(value: object) -> str:
    """A file's path. A wrong value is not repeated: somebody may have put there what the file should hold."""
    if not isinstance(value, str) or not value.strip() or not value.isprintable() or "-----" in value:
        raise Unfit("is not the path of a file (the key itself does not belong here)")
    return value.strip()


def theme(value: object) -> str:
    """The name of a theme of ours or of Textual's."""
    from depthview.preferences.colors import OWN_THEMES, TEXTUAL_THEMES

    known = [*OWN_THEMES, *TEXTUAL_THEMES]
    if isinstance(value, str) and value.strip().lower() in known:
        return value.strip().lower()
    near = did_you_mean(value, known) if isinstance(value, str) else ""
    there_are = f": there are {', '.join(OWN_THEMES)}, and all of Textual's"
    raise Unfit(f"{shown(value)} is no theme{near or there_are}")


T_co = TypeVar("T_co", covariant=True)


@dataclass(frozen=True, slots=True)
class Entry(Generic[T_co]):
    """One setting."""

    name: str
    """In the file; ``--name`` as a flag and ``DEPTHVIEW_NAME`` as a variable, with dashes and underscores."""
    default: T_co
    read: Callable[[object], T_co]
    """Raises :class:`Unfit`."""
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
        return self.read in (switch, optional_switch)

    @property
    def option(self) -> str:
        """Its flag."""
        return f"--{self.name.replace('_', '-')}"


def _whole_ladders(value: object) -> Ladders:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    return one_of(Ladders)(value)


PRODUCTS: Final[Entry[tuple[str, ...]]] = Entry(
    "products", DEFAULT_PRODUCTS, products,
    "Products to begin with, where none are named and the feed is live", '["BTC-USD", ...]', flag=False,
)  # fmt: skip
KEY_FILE: Final[Entry[str]] = Entry(
    "key_file", "", path, "CDP key file; never the key itself", "a path", flag=False,
)  # fmt: skip
THEME: Final = Entry("theme", DARK_NAME, theme, "Colours", "a theme; the palette shows all", remembered=True)
FORM: Final = Entry(
    "form", Form.BOOK, one_of(Form), "How the sides stand: asks over bids, price in the centre, side by side",
    "book, dom or sides", remembered=True,
)  # fmt: skip
SPACING: Final = Entry(
    "spacing", Spacing.COMPACT, one_of(Spacing), "Rows for prices that have a size, or for every price",
    "compact or grid", remembered=True,
)  # fmt: skip
UNIT: Final = Entry(
    "unit", Unit.BASE, one_of(Unit), "What sizes are counted in: base or quote currency", "base or quote",
    remembered=True,
)  # fmt: skip
BARS: Final = Entry("bars", BarScale.LINEAR, one_of(BarScale), "Scale of the bars", "linear or log", remembered=True)
FLASH: Final = Entry(
    "flash", True, switch, "Let a size that changed stand out for a moment", "true or false", remembered=True,
)  # fmt: skip
LARGE: Final = Entry(
    "large", None, threshold_or("auto"), "Size from which a level is marked; auto marks outliers",
    '0.5, "10000 quote" or auto', remembered=True, none="auto",
)  # fmt: skip
DUST: Final = Entry(
    "dust", None, size_or("off"), "Levels of less than this size in base currency are hidden",
    "a size or off", remembered=True, none="off",
)  # fmt: skip
IMBALANCE: Final = Entry(
    "imbalance", DEFAULT_IMBALANCE, imbalance, "What the imbalance is measured over",
    '"10 levels" or "25 bps"', remembered=True,
)  # fmt: skip
TAPE: Final[Entry[bool | None]] = Entry(
    "tape", None, optional_switch, "Show the trades; auto does where they take nothing from the ladder",
    "true, false or auto", remembered=True, none="auto",
)  # fmt: skip
TAPE_FILTER: Final[Entry[TradeFilter]] = Entry(
    "tape_filter", TradeShare.ALL, word_or_threshold(TradeShare),
    "Which trades the tape shows: all, the largest of them, or those from a size on",
    'all, half, quarter, tenth, 0.5 or "10000 quote"', remembered=True,
)  # fmt: skip
LADDERS: Final = Entry(
    "ladders", Ladders.ONE, _whole_ladders, "Ladders side by side, as room allows, or the grid of all products",
    "1 to 4, or grid", remembered=True,
)  # fmt: skip
FPS: Final = Entry("fps", DEFAULT_FPS, whole(1, MAX_FPS), "Pictures a second", f"1 to {MAX_FPS}")
TIME: Final = Entry("time", TimeZone.UTC, one_of(TimeZone), "What clock all times are by", "utc or local")
BELL: Final = Entry("bell", False, switch, "Ring when trust is lost and when it returns", "true or false")
ASCII: Final[Entry[bool | None]] = Entry(
    "ascii", None, optional_switch, "Draw with ASCII alone; auto does where the terminal has no UTF-8",
    "true, false or auto", none="auto",
)  # fmt: skip
REMEMBER: Final = Entry(
    "remember", True, switch, "Begin as the last session ended: how ladders are drawn, row widths, theme, tape",
    "true or false",
)  # fmt: skip

FLIGHT_RECORDER: Final = Entry(
    "flight_recorder", True, switch, "Write what came in before and after an incident to a recording",
    "true or false",
)  # fmt: skip
FLIGHT_FOLDER: Final[Entry[str]] = Entry(
    "flight_folder", "", path, "Where the flight recorder writes; left empty, your state folder", "a path",
)  # fmt: skip

ENTRIES: Final[tuple[Entry[object], ...]] = (
    PRODUCTS, KEY_FILE, THEME, FORM, SPACING, UNIT, BARS, FLASH, LARGE, DUST, IMBALANCE, TAPE, TAPE_FILTER, LADDERS,
    FPS, TIME, BELL, ASCII, REMEMBER, FLIGHT_RECORDER, FLIGHT_FOLDER,
)  # fmt: skip
"""In the order of the file."""
BY_NAME: Final = {entry.name: entry for entry in ENTRIES}
