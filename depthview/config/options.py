"""The one table of options, from which flags, variables, the file, ``config init``, ``config show`` and help are made.

To add a setting, declare a :class:`Setting` and add it to :data:`SETTINGS`; its name is public and never changes. To
add an option of the command line alone, declare an :class:`Option` and add it to the group that the command takes.
"""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final, Generic, TypeVar

from depthview.config.values import (
    file_path,
    imbalance,
    ladders,
    number_above_zero,
    one_of,
    optional_switch,
    path_text,
    products,
    seconds,
    size_or,
    speed,
    switch,
    theme,
    threshold_or,
    trade_filter,
    whole,
    word,
    words,
)
from depthview.core.sequence import Scope
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
    from pathlib import Path

T_co = TypeVar("T_co", covariant=True)

DEFAULT_PRODUCTS: Final = ("BTC-USD", "ETH-USD", "SOL-USD")
DEFAULT_FPS: Final = 10
MAX_FPS: Final = 30


@dataclass(frozen=True, slots=True)
class Option(Generic[T_co]):
    """An option of the command line alone."""

    name: str
    """``--name`` as a flag, with dashes for underscores."""
    default: T_co
    read: Callable[[object], T_co]
    """Raises :class:`~depthview.config.values.InvalidValue`."""
    help: str
    """A phrase, with the unit."""
    metavar: str = ""
    """What stands for the value in ``--help``; empty for a switch."""
    choices: tuple[str, ...] = ()
    repeated: bool = False
    required: bool = False
    excludes: str = ""
    """Options with the same word here are mutually exclusive."""

    @property
    def flag(self) -> str:
        return f"--{self.name.replace('_', '-')}"


@dataclass(frozen=True, slots=True)
class Setting(Option[T_co]):
    """An option that has a variable, ``DEPTHVIEW_NAME``, and a line in the file too."""

    values: str = ""
    """The accepted values, for ``--help`` and the file."""
    has_flag: bool = True
    """False if the command line has another way to say it."""
    remembered: bool = False
    """Whether it is kept from one live session of the viewer to the next."""
    none: str = ""
    example: str = ""
    """For the first file, where the default cannot be written."""

    @property
    def variable(self) -> str:
        return f"DEPTHVIEW_{self.name.upper()}"

    def written(self, value: object) -> bool | int | Decimal | str | list[str]:
        """``value`` as the file has it."""
        if isinstance(value, (Imbalance, Threshold)):
            return str(value)
        if isinstance(value, tuple):
            return [str(item) for item in value]
        if isinstance(value, (bool, int, Decimal)):
            return value
        return self.none if value is None else str(value)


# fmt: off
# -- where frames come from --------------------------------------------------------------------------------------------

URL: Final[Option[str | None]] = Option(
    "url", None, word, "another WebSocket address (default: Coinbase Advanced Trade)", "URL", excludes="source")
DEMO: Final = Option("demo", False, switch, "the embedded exchange, with a demo key", excludes="source")
REPLAY: Final[Option[Path | None]] = Option(
    "replay", None, file_path, "a recording instead of a live feed", "FILE", excludes="source")
FAULT: Final[Option[tuple[str, ...]]] = Option(
    "fault", (), words, "with --demo: a fault to inject, may be repeated; `depthview exchange --help` lists them",
    "NAME[:KEY=VALUE,...]", repeated=True)
SPEED: Final[Option[float | None]] = Option(
    "speed", 1.0, speed, "of a replay: times real time, or max (default 1)", "X")
LIVE_SOURCE: Final[tuple[Option[object], ...]] = (URL, DEMO, FAULT)
SOURCE: Final[tuple[Option[object], ...]] = (URL, DEMO, REPLAY, FAULT, SPEED)

# -- keys and tokens: depthview.auth.arguments reads them --------------------------------------------------------------

CONFIG: Final[Option[Path | None]] = Option(
    "config", None, file_path, "another configuration file than the one in your configuration folder", "FILE")
KEY: Final[tuple[Option[object], ...]] = (
    Option("key_file", None, file_path, "CDP key file (JSON), or a PEM with --key-name", "FILE", excludes="key"),
    Option("env_key", False, switch, "take COINBASE_API_KEY and COINBASE_API_SECRET", excludes="key"),
    Option("env_file", None, file_path, "a .env file with NAME and PRIVATE_KEY", "FILE", excludes="key"),
    Option("jwt_from_env", False, switch, "use the ready-made token in JWT until it expires", excludes="key"),
    Option("public", False, switch, "use no key, even if there is one", excludes="key"),
    Option("key_name", "", word, "name of the key in a --key-file that is a PEM", "NAME"),
    CONFIG,
    Option("allow_loose_permissions", False, switch, "accept a key file that others may read (mounted secrets)"),
)

# -- files -------------------------------------------------------------------------------------------------------------

RECORD: Final[Option[Path | None]] = Option(
    "record", None, file_path, "record all frames; .gz compresses", "FILE")
OUTPUT: Final[Option[Path | None]] = Option(
    "output", None, file_path, "the recording to make; .gz compresses", "FILE", required=True)
DUMP_BOOK: Final[Option[Path | None]] = Option(
    "dump_book", None, file_path, "write every book whole at exit; null if not trusted", "FILE")
INCLUDE_UNTRUSTED: Final = Option(
    "include_untrusted", False, switch, "with --dump-book: write untrusted books too, marked")
FORCE: Final = Option("force", False, switch, "replace files that exist")
DUMP: Final[tuple[Option[object], ...]] = (DUMP_BOOK, INCLUDE_UNTRUSTED, FORCE)

# -- the session -------------------------------------------------------------------------------------------------------

SEQUENCE_SCOPE: Final = Option(
    "sequence_scope", Scope.AUTO, one_of(Scope),
    "what sequence numbers count (default: detected); none, for replays only, does not check them",
    choices=("auto", "connection", "product", "none"))
CLOCK_OFFSET: Final = Option(
    "clock_offset", "none", word,
    "sign with this machine's time (none, the default), or with the venue's as measured at each handshake (auto)",
    choices=("none", "auto"))
NO_RENEW: Final = Option("no_renew", False, switch, "send no fresh token before the last one expires")
NO_REST: Final = Option("no_rest", False, switch, "never fetch the product list over HTTPS")
LOG_FILE: Final[Option[Path | None]] = Option(
    "log_file", None, file_path, "log to a file; it never contains keys or tokens", "FILE")
REPORT: Final = Option("report", False, switch, "print a five-line summary on stderr at the end")
SESSION: Final[tuple[Option[object], ...]] = (SEQUENCE_SCOPE, CLOCK_OFFSET, NO_RENEW, NO_REST, LOG_FILE, REPORT)

# -- samples -----------------------------------------------------------------------------------------------------------

DEPTH: Final = Option("depth", 10, whole(0, 1_000_000), "levels per side, 0 for all (default 10)", "N")
EVERY: Final = Option("every", 1.0, seconds, "time between samples (default 1)", "SECONDS")
FOR: Final[Option[float | None]] = Option("for", None, seconds, "stop after this long", "SECONDS")
COUNT: Final[Option[int | None]] = Option("count", None, whole(1, 1_000_000_000), "stop after this many samples", "N")
SAMPLES: Final[tuple[Option[object], ...]] = (DEPTH, EVERY, FOR, COUNT)

# -- settings ----------------------------------------------------------------------------------------------------------

GROUP: Final[Option[Decimal | None]] = Option(
    "group", None, number_above_zero, "row width of all ladders in quote currency, such as 0.5", "STEP")
PRODUCTS: Final[Setting[tuple[str, ...]]] = Setting(
    "products", DEFAULT_PRODUCTS, products, "products of a live feed where the command line names none",
    values='["BTC-USD", ...]', has_flag=False)
KEY_FILE: Final[Setting[str]] = Setting(
    "key_file", "", path_text, "CDP key file; never the key itself", values="a path", has_flag=False,
    example="cdp_api_key.json")
THEME: Final = Setting("theme", DARK_NAME, theme, "colours", values="a theme; the palette shows all", remembered=True)
FORM: Final = Setting(
    "form", Form.BOOK, one_of(Form), "form of the ladder: asks over bids, price in the centre, side by side",
    values="book, dom or sides", remembered=True)
SPACING: Final = Setting(
    "spacing", Spacing.COMPACT, one_of(Spacing), "rows for prices that have a size, or for every price",
    values="compact or grid", remembered=True)
UNIT: Final = Setting(
    "unit", Unit.BASE, one_of(Unit), "currency of sizes", values="base or quote", remembered=True)
BARS: Final = Setting("bars", BarScale.LINEAR, one_of(BarScale), "scale of the bars", values="linear or log",
    remembered=True)
FLASH: Final = Setting(
    "flash", True, switch, "highlight a size that changed for a moment", values="true or false", remembered=True)
LARGE: Final = Setting(
    "large", None, threshold_or("auto"), "size from which a level is marked; auto marks outliers",
    values='0.5, "10000 quote" or auto', remembered=True, none="auto")
DUST: Final = Setting(
    "dust", None, size_or("off"), "hide levels of less than this size in base currency", values="a size or off",
    remembered=True, none="off")
IMBALANCE: Final = Setting(
    "imbalance", DEFAULT_IMBALANCE, imbalance, "what the imbalance is measured over",
    values='"10 levels" or "25 bps"', remembered=True)
TAPE: Final[Setting[bool | None]] = Setting(
    "tape", None, optional_switch, "show the trades; auto does so where the ladder loses no room",
    values="true, false or auto", remembered=True, none="auto")
TAPE_FILTER: Final[Setting[TradeFilter]] = Setting(
    "tape_filter", TradeShare.ALL, trade_filter,
    "trades that the tape shows: all, the largest of them, or those from a size on",
    values='all, half, quarter, tenth, 0.5 or "10000 quote"', remembered=True)
LADDERS: Final = Setting(
    "ladders", Ladders.ONE, ladders, "ladders side by side, as room allows, or the grid of all products",
    values="1 to 4, or grid", remembered=True)
FPS: Final = Setting("fps", DEFAULT_FPS, whole(1, MAX_FPS), "redraws per second", values=f"1 to {MAX_FPS}")
TIME: Final = Setting("time", TimeZone.UTC, one_of(TimeZone), "time zone of all times", values="utc or local")
BELL: Final = Setting("bell", False, switch, "ring when trust is lost and when it returns", values="true or false")
ASCII: Final[Setting[bool | None]] = Setting(
    "ascii", None, optional_switch, "draw with ASCII only; auto does so where the terminal has no UTF-8",
    values="true, false or auto", none="auto")
REMEMBER: Final = Setting(
    "remember", True, switch, "start as the last session ended: how ladders are drawn, row widths, theme, tape",
    values="true or false")
FLIGHT_RECORDER: Final = Setting(
    "flight_recorder", True, switch, "record the minutes before and after an incident", values="true or false")
FLIGHT_FOLDER: Final[Setting[str]] = Setting(
    "flight_folder", "", path_text, "folder of the flight recordings; by default in your state folder",
    values="a path", example="flights")
# fmt: on

SETTINGS: Final[tuple[Setting[object], ...]] = (
    PRODUCTS, KEY_FILE, THEME, FORM, SPACING, UNIT, BARS, FLASH, LARGE, DUST, IMBALANCE, TAPE, TAPE_FILTER, LADDERS,
    FPS, TIME, BELL, ASCII, REMEMBER, FLIGHT_RECORDER, FLIGHT_FOLDER,
)  # fmt: skip
"""In the order of the file."""
SETTING_BY_NAME: Final = {setting.name: setting for setting in SETTINGS}
FLAGS: Final[tuple[Option[object], ...]] = (
    *SOURCE, RECORD, OUTPUT, *DUMP, *SESSION, *SAMPLES, GROUP, *(setting for setting in SETTINGS if setting.has_flag),
)  # fmt: skip
"""Every flag of a run, except those of keys."""
