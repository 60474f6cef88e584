"""Every fault by name, with a line of help and its keys. Cheap to import: the command line's help is made from it."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Final

from depthview.exchange.faults.keys import Key, close_code, flag, one_of, seconds, whole, word

TEXT_KINDS: Final = ("ansi", "osc52", "c1", "bidi", "newline", "markup", "combining", "long", "surrogate")
"""Of hostile text; what each is stands in :mod:`depthview.exchange.faults.samples`."""
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
