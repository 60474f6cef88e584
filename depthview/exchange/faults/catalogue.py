"""Every fault by name, with a line of help and its keys, and the reader of ``NAME[:KEY=VALUE,...]``.

Cheap to import: the command line's help is made from it.
"""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

from depthview.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

Value = int | float | str

_LONGEST_SECONDS: Final = 86_400.0
_LONGEST_WORD: Final = 120
"""Bytes: a close reason has room for 123."""
_CLOSE_CODES: Final = {*range(1000, 1004), *range(1006, 1015)}


@dataclass(frozen=True, slots=True)
class Key:
    """One key of a fault."""

    name: str
    default: str
    """As it would be written."""
    read: Callable[[str], Value]
    """The value in a text.

    Raises:
        ValueError: The text is none; the message says what would be.
    """


class Settings:
    """A fault's values by key, all of them present.

    Args:
        values: As read.
    """

    __slots__ = ("_values",)

    def __init__(self, values: Mapping[str, Value]) -> None:
        self._values = dict(values)

    def whole(self, name: str) -> int:
        """A whole number."""
        return int(self._values[name])

    def flag(self, name: str) -> bool:
        """A 0 or 1."""
        return bool(self._values[name])

    def seconds(self, name: str) -> float:
        """A number of seconds."""
        return float(self._values[name])

    def word(self, name: str) -> str:
        """A text."""
        return str(self._values[name])

    def texts(self) -> dict[str, str]:
        """Everything as it would be written."""
        return {name: f"{value:g}" if isinstance(value, float) else str(value) for name, value in self._values.items()}


def whole(name: str, default: int, least: int, most: int) -> Key:
    """A key for a whole number in a range."""

    def read(text: str) -> int:
        # Not int(), which takes blanks, underscores and the digits of other scripts.
        digits = text.removeprefix("-")
        if digits.isascii() and digits.isdigit() and len(digits) < 10 and least <= int(text) <= most:
            return int(text)
        raise ValueError(f"a whole number from {least} to {most}")

    return Key(name, str(default), read)


def flag(name: str, *, default: bool = False) -> Key:
    """A key for yes or no."""
    return whole(name, int(default), 0, 1)


def seconds(name: str, default: float, *, least: float = 0.0, most: float = _LONGEST_SECONDS) -> Key:
    """A key for a number of seconds."""

    def read(text: str) -> float:
        try:
            given = float(text)
        except ValueError:
            given = math.nan
        if not least <= given <= most:
            raise ValueError(f"seconds from {least:g} to {most:g}")
        return given

    return Key(name, f"{default:g}", read)


def close_code(name: str, default: int) -> Key:
    """A key for a close code that may be sent, or 1006, which stands for none."""

    def read(text: str) -> int:
        if text.isascii() and text.isdigit() and len(text) == 4:
            code = int(text)
            if code in _CLOSE_CODES or 3000 <= code <= 4999:
                return code
        raise ValueError("a close code: 1000 to 1003, 1006 to 1014, or 3000 to 4999")

    return Key(name, str(default), read)


def one_of(name: str, *choices: str) -> Key:
    """A key for one of several words; the first is the default."""

    def read(text: str) -> str:
        if text not in choices:
            raise ValueError("one of " + ", ".join(choices))
        return text

    return Key(name, choices[0], read)


def word(name: str, default: str) -> Key:
    """A key for a short printable text without a comma."""

    def read(text: str) -> str:
        if not text.isprintable() or len(text.encode()) > _LONGEST_WORD:
            raise ValueError(f"a printable text of {_LONGEST_WORD} bytes at most")
        return text

    return Key(name, default, read)


TEXT_KINDS: Final = ("ansi", "osc52", "c1", "bidi", "newline", "markup", "combining", "long", "surrogate")
"""Of hostile text; what each is stands in :mod:`depthview.exchange.faults.content`."""
NUMBER_KINDS: Final = (
    *("negative", "nan", "snan", "infinity", "empty", "null", "exponent", "giant", "digits", "hex", "underscore"),
    *("arabic", "number", "plus", "side"),
)
"""Of hostile numbers, and the side that is none."""
GARBAGE_KINDS: Final = ("json", "list", "scalar", "null", "empty", "binary", "deep", "bigint")
"""Of frames that are none."""
BAD_NUMBERS: Final = {
    "missing": None,
    "negative": "-1",
    "large": str(2**63),
    "huge": str(10**40),
    "text": '"5"',
    "fraction": "1.5",
    "null": "null",
    "true": "true",
    "list": "[1]",
}
"""By kind: what stands in place of a ``sequence_num``, as JSON; None for no field at all."""
BAD_COUNTERS: Final = {
    "huge": 2**70,
    "negative": -1,
    "text": "many",
    "digits": "9" * 4_000,
    "fraction": 0.5,
    "null": None,
    "list": [1],
}
"""By kind: what stands in place of a ``heartbeat_counter``."""
BAD_UPDATES: Final[dict[str, object]] = {"null": None, "missing": ..., "text": "none", "object": {}, "row": [None]}
"""By kind: what stands in place of a level2 event's list of rows; ``...`` for no field at all."""


@dataclass(frozen=True, slots=True)
class FaultDescription:
    """A fault as a person is told of it."""

    name: str
    help: str
    """One line."""
    keys: tuple[Key, ...] = ()
    """Its own; :data:`COMMON_KEYS` go with every fault."""
    after: float = field(default=5.0, kw_only=True)
    """Seconds from the first connection when a script does not say when."""

    @property
    def usage(self) -> str:
        """Its keys with their defaults, as they would be written: ``count=1``."""
        return ",".join(f"{key.name}={key.default}" for key in self.keys)


COMMON_KEYS: Final = (
    seconds("after", 0),
    whole("at", 0, 0, 999_999_999),
    whole("frame", 1, 1, 999_999_999),
    seconds("every", 0, least=0.05),
    seconds("random", 0, least=0.1),
    whole("times", 1, 1, 1_000_000),
    word("product", ""),
    word("channel", ""),
    whole("connection", 1, 1, 1_000_000),
)
"""Keys of every fault. None of them has a default: what is not written does not hold."""

COMMON_HELP: Final = (
    (
        "after=SECONDS",
        "when, from the first connection on (default 5; at once for faults of the door and of the first snapshot)",
    ),
    ("at=SEQ, frame=N", "instead: at the frame of this number, or at the Nth frame that a connection is sent"),
    ("every=SECONDS", "again after so long, and again"),
    ("random=SECONDS", "the same, each wait drawn from half to one and a half times that by the seed"),
    ("times=N", "so often in all (default 1; with every and random without end)"),
    ("product=, channel=", "touch only frames of these"),
    ("connection=N", "only the Nth connection (default: all that are open)"),
)

_DOOR: Final = (whole("times", 1, 1, 1_000), flag("drop", default=True))

CATALOGUE: Final[tuple[FaultDescription, ...]] = (
    FaultDescription("gap", "COUNT frames are numbered and not sent", (whole("count", 1, 1, 10_000),)),
    FaultDescription("duplicate", "a frame is sent again, COPIES times", (whole("copies", 1, 1, 100),)),
    FaultDescription("out_of_order", "a frame is sent only after the BY frames behind it", (whole("by", 1, 1, 100),)),
    FaultDescription("reset", "the numbers of a live connection fall back to TO", (whole("to", 0, 0, 999_999),)),
    FaultDescription(
        "renumber",
        "for SECONDS each number is STEP above the last, though nothing is lost",
        (seconds("seconds", 10), whole("step", 2, 2, 1_000)),
    ),
    FaultDescription(
        "repeated_number",
        "COUNT frames carry the number of the frame before them, and nothing is lost",
        (whole("count", 1, 1, 1_000),),
    ),
    FaultDescription(
        "bad_number",
        "COUNT frames (of level2, unless CHANNEL is given) have a number of KIND; with COUNTED they use one up",
        (one_of("kind", *BAD_NUMBERS), whole("count", 1, 1, 1_000), flag("counted")),
    ),
    FaultDescription(
        "stall",
        "nothing is sent for SECONDS but pongs; then what was held back comes, or with LOSE never",
        (seconds("seconds", 5), flag("lose")),
    ),
    FaultDescription(
        "omit",
        "for SECONDS (0: for good) no frames are made (of CHANNEL, of PRODUCT); with UPDATES, no updates",
        (seconds("seconds", 5), flag("updates")),
    ),
    FaultDescription(
        "delay",
        "for SECONDS everything is sent BY seconds late, in order; with GROW the delay takes so many seconds to grow",
        (seconds("by", 3, most=3_600), seconds("grow", 0, most=3_600), seconds("seconds", 10)),
    ),
    FaultDescription(
        "old_stamps",
        "for SECONDS (0: for good) the timestamps of frames are BY seconds old (below 0: ahead); the clock is right",
        (whole("by", 3_600, -86_400, 86_400), seconds("seconds", 10)),
    ),
    FaultDescription(
        "pings",
        "RATE pings a second for SECONDS; with SILENT nothing else is sent meanwhile",
        (whole("rate", 25, 1, 100_000), seconds("seconds", 5), flag("silent")),
    ),
    FaultDescription(
        "bad_heartbeat",
        "COUNT heartbeats have a counter of KIND",
        (one_of("kind", *BAD_COUNTERS), whole("count", 1, 1, 1_000)),
    ),
    FaultDescription("half_open", "for SECONDS the socket stays and is dead, pongs too", (seconds("seconds", 30),)),
    FaultDescription(
        "heartbeat_stop",
        "no heartbeats for SECONDS, data goes on; with RESUBSCRIBE a new subscription brings them back",
        (seconds("seconds", 8), flag("resubscribe", default=True)),
    ),
    FaultDescription(
        "close",
        "the connection is closed with CODE (1006: cut off), with MID_SNAPSHOT in the middle of one",
        (close_code("code", 1012), word("reason", ""), flag("mid_snapshot")),
    ),
    FaultDescription("truncated", "half a frame, then a TCP reset"),
    FaultDescription(
        "slow_drip",
        "a frame comes in PIECES over SECONDS, with SNAPSHOT a new snapshot",
        (seconds("seconds", 3), whole("pieces", 20, 2, 1_000_000), flag("snapshot")),
    ),
    FaultDescription(
        "flood",
        "RATE more frames a second for SECONDS, true ones",
        (whole("rate", 500, 1, 20_000), seconds("seconds", 5)),
    ),
    FaultDescription("no_ack", "acknowledgements are not sent for SECONDS", (seconds("seconds", 10),), after=0),
    FaultDescription(
        "stale_ack",
        "COUNT acknowledgements list what was subscribed when the fault began",
        (whole("count", 1, 1, 100),),
        after=0,
    ),
    FaultDescription(
        "drop_subscription",
        "the venue ends a subscription of its own accord and acknowledges without it; with DATA its frames go on",
        (flag("data"),),
    ),
    FaultDescription(
        "refuse_subscribe",
        "for SECONDS (0: for good), or TIMES, subscribing (to level2, unless CHANNEL is given) is answered by TEXT",
        (
            word("text", "too many L2 streams requested in a single session"),
            seconds("seconds", 5),
            whole("times", 0, 0, 1_000),
        ),
        after=0,
    ),
    FaultDescription(
        "no_snapshot",
        "level2 is confirmed, and for SECONDS no snapshot comes for it",
        (seconds("seconds", 8),),
        after=0,
    ),
    FaultDescription(
        "refuse_auth",
        "tokens are refused for SECONDS (0: for good), or TIMES of them; what is public goes on",
        (seconds("seconds", 30), whole("times", 0, 0, 1_000)),
        after=0,
    ),
    FaultDescription(
        "expire",
        "for SECONDS (0: for good) tokens count as expired LIFE seconds after nbf",
        (whole("life", 10, 0, 120), seconds("seconds", 0)),
        after=0,
    ),
    FaultDescription(
        "clock",
        "the venue's clock is off by OFFSET seconds for SECONDS (0: for good)",
        (whole("offset", -300, -86_400, 86_400), seconds("seconds", 0)),
        after=0,
    ),
    FaultDescription(
        "rate_limit",
        "requests are answered by an error frame for SECONDS; with HTTP, TIMES handshakes by 429 with Retry-After",
        (seconds("seconds", 2), flag("http"), whole("retry_after", 2, 0, 3_600), *_DOOR),
    ),
    FaultDescription(
        "handshake",
        "TIMES handshakes are answered by STATUS; with DROP what is open is cut off before",
        (whole("status", 503, 200, 599), whole("retry_after", 0, 0, 3_600), *_DOOR),
        after=0,
    ),
    FaultDescription(
        "hang",
        "TIMES handshakes are taken and not answered for SECONDS, then cut off",
        (seconds("seconds", 15, most=60), *_DOOR),
        after=0,
    ),
    FaultDescription(
        "redirect",
        "TIMES handshakes are sent on to LOCATION",
        (word("location", "wss://example.invalid/"), whole("status", 302, 300, 399), *_DOOR),
        after=0,
    ),
    FaultDescription(
        "garbage",
        "frames that are none, added or, with INSTEAD, in place of others",
        (one_of("kind", "all", *GARBAGE_KINDS), flag("instead")),
    ),
    FaultDescription("bad_utf8", "a text frame that is not UTF-8, added or INSTEAD of another", (flag("instead"),)),
    FaultDescription(
        "hostile_text",
        "terminal escapes, markup and worse in errors, trade ids, statuses, and for SECONDS in the product list",
        (
            one_of("kind", "all", *TEXT_KINDS),
            one_of("where", "all", "error", "trade", "status", "list"),
            seconds("seconds", 5),
        ),
    ),
    FaultDescription(
        "hostile_numbers",
        "an update more, with a number in it that is none, or an unknown side",
        (one_of("kind", "all", *NUMBER_KINDS), one_of("where", "size", "price")),
    ),
    FaultDescription(
        "odd_sizes", "tiny and huge sizes, all legal, rest in the book for SECONDS", (seconds("seconds", 5),)
    ),
    FaultDescription(
        "crossed",
        "the book is crossed for SECONDS, in snapshots too (0: for one frame); with LOCKED bid equals ask",
        (seconds("seconds", 3), flag("locked")),
    ),
    FaultDescription("wrong_ticker", "the ticker's best prices are wrong for SECONDS", (seconds("seconds", 6),)),
    FaultDescription("early_update", "an update goes out before the next snapshot of its product", after=0),
    FaultDescription(
        "second_snapshot",
        "a snapshot that nobody asked for; with UNSUBSCRIBE just before an unsubscribe is obeyed",
        (flag("unsubscribe"),),
    ),
    FaultDescription("split_snapshot", "a snapshot comes as two snapshot events in one frame: bids, then offers"),
    FaultDescription(
        "bad_updates",
        "a level2 event whose updates are KIND",
        (one_of("kind", *BAD_UPDATES),),
    ),
    FaultDescription(
        "misnamed",
        "COUNT level2 updates name their product in another FORM: in lower case, or with a blank before or behind",
        (one_of("form", "lower", "before", "behind"), whole("count", 1, 1, 1_000)),
    ),
    FaultDescription(
        "bare_ticker",
        "a ticker with prices of KIND, or none at all in it",
        (one_of("kind", "missing", "null", "empty", "none"),),
    ),
    FaultDescription(
        "empty_snapshot", "the book is shown empty for SECONDS, then whole again", (seconds("seconds", 3),)
    ),
    FaultDescription(
        "one_sided",
        "the book is shown without its MISSING side for SECONDS, then whole again",
        (one_of("missing", "bid", "offer"), seconds("seconds", 3)),
    ),
    FaultDescription(
        "huge_snapshot",
        "a snapshot with LEVELS more levels (100 bytes each), taken back after SECONDS",
        (whole("levels", 100_000, 1, 250_000), seconds("seconds", 5)),
    ),
    FaultDescription(
        "delist",
        "a product's STATUS changes (delisted, auction, cancel_only, post_only ...) and its book freezes for SECONDS "
        "(0: for good)",
        (word("status", "delisted"), word("message", "trading is disabled"), seconds("seconds", 10)),
    ),
    FaultDescription("unknown_channel", "a frame of a channel called NAME", (word("name", "depth_hints"),)),
    FaultDescription(
        "unknown_event",
        "an event of an unknown KIND on a known channel ON",
        (word("kind", "advice"), one_of("on", "level2", "ticker", "market_trades", "heartbeats", "status")),
    ),
    FaultDescription(
        "late_frames", "frames of an unsubscribed product go on for SECONDS", (seconds("seconds", 2),), after=0
    ),
    FaultDescription(
        "product_error",
        "for SECONDS (0: for good) an unknown product is answered by TEXT, {product} in it being its name",
        (word("text", "{product} is not a valid product"), seconds("seconds", 0)),
        after=0,
    ),
    FaultDescription(
        "alias",
        "for SECONDS (0: for good) products come under their -USDC name: those ASKED so, or ALL; in WHERE",
        (one_of("which", "asked", "all"), one_of("where", "both", "data", "ack"), seconds("seconds", 0)),
        after=0,
    ),
    FaultDescription(
        "permissions",
        "what the REST address says a key may do",
        (flag("view", default=True), flag("trade"), flag("transfer")),
        after=0,
    ),
)
"""All of them, in the order of the help."""


def help_text() -> str:
    """What ``--help`` says about faults: a line for each, its keys and their defaults at the end."""
    width = max(len(fault.name) for fault in CATALOGUE) + 2
    lines = ["faults (--fault NAME[:KEY=VALUE,...]); in brackets their keys and defaults:"]
    lines += [
        f"  {fault.name:{width}}{fault.help}" + (f" [{fault.usage}]" if fault.keys else "") for fault in CATALOGUE
    ]
    width = max(len(title) for title, _ in COMMON_HELP) + 2
    lines += ["", "keys of every fault:", *(f"  {title:{width}}{text}" for title, text in COMMON_HELP)]
    return "\n".join(lines)


_BY_NAME: Final = {fault.name: fault for fault in CATALOGUE}


@dataclass(frozen=True, slots=True)
class When:
    """When a fault strikes."""

    after: float | None
    """Seconds from the first connection; None for at once."""
    at: int | None = None
    """Instead: at the frame of this number."""
    frame: int | None = None
    """Instead: at the so-manieth frame that a connection is sent, from 1."""
    every: float = 0.0
    """Seconds between strikes, 0 for a single one."""
    is_random: bool = False
    """Whether those seconds are an average."""
    times: int | None = 1
    """Strikes in all; None for no end."""

    @property
    def is_by_frame(self) -> bool:
        """Whether it waits for a frame and not for a time."""
        return self.at is not None or self.frame is not None


@dataclass(frozen=True, slots=True)
class Order:
    """One fault as it was asked for."""

    fault: FaultDescription
    settings: Settings
    when: When
    product: str = ""
    """Touch only this one; empty for all."""
    channel: str = ""
    """By the name that frames carry; empty for all."""
    connection: int | None = None
    """Only this connection, from 1."""
    given: tuple[tuple[str, str], ...] = ()
    """Keys that were written, as written."""

    @property
    def keys(self) -> dict[str, str]:
        """The fault's own keys with their values, and those of the common ones that were written."""
        return self.settings.texts() | dict(self.given)


def parse(text: str, *, scripted: bool) -> Order:
    """The order in a text.

    Args:
        text: ``NAME[:KEY=VALUE,...]``; hyphens do for underscores in a name.
        scripted: Whether a fault that does not say when waits for its own time; else it strikes at once.

    Raises:
        UsageError: It is none; one line with the nearest name that there is.
    """
    name, _, rest = text.partition(":")
    fault = _BY_NAME.get(name.strip().replace("-", "_"))
    if fault is None:
        raise UsageError(f"no fault is called {_quoted(name)}{_meant(name, _BY_NAME)}")
    known = {key.name: key for key in (*COMMON_KEYS, *fault.keys)}
    given = _given(fault, rest, known)
    values = {name: _value(fault, known[name], written) for name, written in given.items()}
    own = {key.name: values[key.name] if key.name in values else key.read(key.default) for key in fault.keys}
    common = {name: value for name, value in values.items() if name not in own}
    channel = str(common.get("channel", ""))
    return Order(
        fault,
        Settings(own),
        _when(fault, common, scripted=scripted),
        str(common.get("product", "")).upper(),
        "l2_data" if channel == "level2" else channel,
        int(common["connection"]) if "connection" in common else None,
        tuple(given.items()),
    )


def _given(fault: FaultDescription, text: str, known: dict[str, Key]) -> dict[str, str]:
    given: dict[str, str] = {}
    for part in text.split(",") if text else ():
        name, equals, value = part.partition("=")
        name = name.strip()
        if not equals:
            raise UsageError(f"fault {fault.name}: {_quoted(part)} is not KEY=VALUE")
        if name not in known:
            raise UsageError(f"fault {fault.name} has no key {_quoted(name)}{_meant(name, known)}")
        if name in given:
            raise UsageError(f"fault {fault.name}: {name} is given twice")
        given[name] = value.strip()
    return given


def _value(fault: FaultDescription, key: Key, text: str) -> Value:
    try:
        return key.read(text)
    except ValueError as fault_in_it:
        raise UsageError(f"fault {fault.name}: {key.name}={_quoted(text)} is not {fault_in_it}") from None


def _when(fault: FaultDescription, common: dict[str, Value], *, scripted: bool) -> When:
    ways = [name for name in ("after", "at", "frame") if name in common]
    if len(ways) > 1 and ways != ["after"]:
        raise UsageError(f"fault {fault.name}: {ways[0]} and {ways[1]} exclude each other")
    if "every" in common and "random" in common:
        raise UsageError(f"fault {fault.name}: every and random exclude each other")
    by_frame = "at" in common or "frame" in common
    every = float(common.get("every", common.get("random", 0.0)))
    if by_frame and every:
        raise UsageError(f"fault {fault.name}: every and random go with after, not with a frame")
    after = float(common["after"]) if "after" in common else fault.after
    return When(
        after if scripted or "after" in common else None,
        int(common["at"]) if "at" in common else None,
        int(common["frame"]) if "frame" in common else None,
        every,
        "random" in common,
        int(common["times"]) if "times" in common else (None if every else 1),
    )


_NEAR_ENOUGH: Final = 0.65
"""Of two names, by difflib's ratio: a slip of the finger is nearer than that, and another word is not."""


def _quoted(text: str) -> str:
    return f"{text[:60]!a}"


def _meant(name: str, known: Iterable[str]) -> str:
    near = did_you_mean(name.strip().replace("-", "_"), known, cutoff=_NEAR_ENOUGH)
    return near or ": `depthview exchange --help` lists them all"
