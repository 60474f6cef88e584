"""The help page: every key, and every label, number and mark on the screen with its unit.

A test compares the explained labels with what is drawn.
"""

from __future__ import annotations

from typing import Final, NamedTuple

from rich.cells import cell_len

from depthview.core.verdict import Verdict
from depthview.preferences.keymap import DEFAULT_KEYMAP, Keymap
from depthview.preferences.keys import ANYWHERE, SECTIONS, SLOTS
from depthview.ui.formats import VERDICT_GLYPHS, verdict_block, verdict_style
from depthview.ui.lines import BLANK, Line, cut, title, wrap


class Explained(NamedTuple):
    label: str
    """As it is drawn."""
    text: str
    """In a sentence or two."""
    unit: str = ""
    also: tuple[str, ...] = ()
    """Other words under which it is drawn."""


TOP: Final = (
    Explained("LIVE", "What is shown: LIVE, DEMO (the embedded exchange), REPLAY (a recording), FROZEN (the past).",
              also=("DEMO", "REPLAY", "FROZEN")),
    Explained("host", "Where the data comes from.", also=("data of",)),
    Explained("key", "Where the signing key came from. Tokens go only to the host beside it.",
              also=("no key",)),
    Explained("times", "Time zone of all times: UTC or local.", "hours:minutes:seconds", also=("UTC", "local")),
    Explained("tabs", "Number, product, verdict, gaps, last price, spread. ‹ and › count the hidden ones.",
              also=("gap", "of", "in doubt", "no product")),
)  # fmt: skip
FEED: Final = (
    Explained("connection", "Its state, for how long, and the time until the next try.", "seconds"),
    Explained("messages", "Incoming messages. The strip shows the last minute, scaled to its busiest second.",
              "messages and bytes a second", also=("msg/s", "last minute")),
    Explained("latency", "Arrival minus the message's own stamp, corrected for the clock offset if the "
                         "handshake gave it. - without a message for 5 s.", "milliseconds",
              also=("corrected", "uncorrected", "raw latency")),
    Explained("age", "Age of the data when it is processed. From 2 s books are in doubt. Unproved: relative only to "
                     "the fastest message of the connection.", "seconds", also=("data is", "age unproved")),
    Explained("behind", "How long frames wait to be processed when more arrive than this machine can handle. From 2 s "
                        "books are in doubt. No frame is dropped.", "seconds", also=("we are behind by",)),
    Explained("heartbeat", "Age of the last one; one per second is expected. Missed: skipped in their numbering.",
              "seconds", also=("missed",)),
    Explained("book", "Time since the last change of this book.", "seconds", also=("old",)),
    Explained("ticker", "When a ticker message last agreed with the top of this book, which is stronger evidence than "
                        "unbroken numbers. Without messages nothing is claimed.", "seconds",
              also=("agrees", "agreed", "differs for", "no evidence yet")),
    Explained("subscribed", "Subscriptions confirmed by the venue, of those requested.", also=("confirmed",)),
    Explained("last", "Under FEED while there is no connection: the last error.", also=("last error",)),
    Explained("proxy", "The proxy for this host, from the environment.", also=("recording",)),
)  # fmt: skip
SEQUENCE: Final = (
    Explained("last number", "The last sequence number. Numbers count per connection or per product.",
              also=("numbered per", "numbering not known yet", "not checked")),
    Explained("gaps", "Jumps in the sequence numbers; missed is how many messages they skipped.",
              also=("missed", "gap")),
    Explained("duplicates", "Numbers seen before: counted and ignored."),
    Explained("out of order", "Late messages: counted and ignored."),
    Explained("resets", "Times that the numbering restarted on an open connection."),
    Explained("resyncs", "New snapshots on the same connection; a reconnect is a new connection.",
              also=("reconnects",)),
    Explained("bad frames", "Messages that could not be read, and invalid rows of a book.",
              also=("bad rows", "bad")),
    Explained("frames", "Messages since the start; of unknown type are those of channels that depthview does not know. "
                        "Removals are of prices that were not in the book.", also=("of unknown type", "removals")),
)  # fmt: skip
TOKEN: Final = (
    Explained("token", "Countdown to the expiry of the last one sent, and what became of its message: signing (its "
                       "answer is pending), accepted, REFUSED, unanswered (for 2 s), EXPIRED. It is needed only for "
                       "the next request.", "minutes:seconds", also=("needed only for the next request",)),
    Explained("sent", "Tokens since the start, one per message; the next is sent before the last one expires.",
              also=("one per message", "next one in", "next", "accepted", "life")),
    Explained("key …", "Algorithm, and the last four characters of the key's id.", also=("kind", "key")),
    Explained("clock", "This machine's against the venue's, when it is off by more than a second.", "seconds"),
)  # fmt: skip
TAPE: Final = (
    Explained("TIME", "Time of the trade.", "hours:minutes:seconds"),
    Explained("TAKER", "Side of the taker: ▲ bought from the asks, ▼ sold to the bids.", also=("buy", "sell")),
    Explained("PRICE", "Price of the trade.", "quote currency"),
    Explained("SIZE", "Size of the trade, and a bar scaled to the number above it.", "base currency"),
    Explained("■", "A large trade, and the size it starts at: one trade in twenty is as large.", "base currency",
              also=("from",)),
    Explained("≥", "Only trades of this size or more are shown; hidden counts the others among the last 500. The "
                   "size is computed when the filter is chosen, and stays.", "base currency",
              also=("hidden", "no trade of that size", "no trade yet")),
    Explained("gap", "A line across: messages were missed here, possibly trades.",
              also=("missed", "feed")),
)  # fmt: skip
GRID: Final = (
    Explained("▸", "The cursor, on the selected product. Keys, numbers and the wheel move it.", also=("▌",)),
    Explained("small ladder", "Verdict, number and name; last price and the product's own gaps; levels nearest to the "
                              "spread, asks over bids, each with its size and a bar.", "quote and base currency",
              also=("no bids", "no asks", "waiting for a snapshot")),
    Explained("… more", "Products on other pages.", also=("products", "turn the page", "zoom")),
)  # fmt: skip
EVENTS: Final = (
    Explained("events", "Events and the actions taken: ● ok, · note, ! warn, ✕ bad.",
              also=("note", "newest first", "newest last", "no events yet")),
)  # fmt: skip
REPLAY: Final = (
    Explained("place", "Position in the recording, and its length. ● is the position on the bar, ◆ an "
                       "incident, · is not indexed yet. A click goes there.", "hours:minutes:seconds"),
    Explained("frame", "Frames played so far; the screen depends on nothing else.",
              also=("of",)),
    Explained("incident", "Where a live session would have warned: a gap, silence, a crossed book, a lost connection.",
              also=("incidents", "so far")),
    Explained("indexing", "How much of the recording has been indexed ahead: going to a place in that part "
                                  "is quick.", "percent", also=("indexed",)),
    Explained("speed", "Real time is x1; max is as fast as possible.", "times real time", also=("max",)),
    Explained("from", "Start and end of the recording.", "hours:minutes:seconds"),
)  # fmt: skip
WIRE: Final = (
    Explained("WIRE", "The last frames received and, marked by an arrow, messages sent. The list follows the "
                      "newest, or holds an entry in place. It shows everything, or one channel and one "
                      "product.", also=("following", "HELD", "everything", "entries", "opened")),
    Explained("delay", "Since the previous frame of any channel.", "milliseconds, seconds"),
    Explained("number", "The sequence number. A fault in it is named before the content.",
              also=("duplicate",)),
    Explained("channel", "The channel, and the product; +1 means one more product.",
              also=("product", "time")),
    Explained("bytes", "Size of the text, of a sent message without its token (which is never kept).", "bytes"),
    Explained("what", "Kind of event and number of rows."),
    Explained("subscribed", "Subscriptions confirmed by the venue, of those requested, and those missing.",
              also=("confirmed",)),
    Explained("last error", "The last error frame since the start, verbatim."),
)  # fmt: skip
PANELS: Final = (
    ("TOP ROWS", TOP), ("FEED", FEED), ("SEQUENCE", SEQUENCE), ("TOKEN", TOKEN), ("TRADES", TAPE),
    ("GRID OF PRODUCTS", GRID), ("EVENTS", EVENTS), ("WIRE", WIRE), ("REPLAY", REPLAY),
)  # fmt: skip
"""By the headings of the help page."""


FIGURES: Final = (
    Explained("verdict", "Whether the book can be trusted, since when, and the reason if not.", "seconds",
              also=("for", "synced for", "quiet for")),
    Explained("book", "Time since the last change, and the number of price levels on each side.", "seconds",
              also=("old", "levels", "level")),
    Explained("last", "The last trade, above (▲) or below (▼) the one before, and its taker's side.", "quote currency",
              also=("buy", "sell")),
    Explained("bid", "Best bid and its size; ask: best ask and its size.",
              "quote, base currency", also=("ask", "bids", "asks", "no bids", "no asks", "raw bid", "raw ask")),
    Explained("mid", "Half way between best bid and best ask.", "quote currency"),
    Explained("micro", "The mid weighted by the sizes at the best prices: (bid × ask size + ask × bid size) / (both "
                       "sizes). It leans towards the thinner side.", "quote currency"),
    Explained("in 10 bps", "Size within that distance of the mid, bids / asks.", "base currency",
              also=("bps", "depth")),
    Explained("24 h", "Low, high, change and volume of the last 24 hours, from the ticker.",
              "quote currency, percent, base currency", also=("to",)),
    Explained("rows of", "Prices grouped into rows of that width, bids rounded down and asks up, sizes summed exactly.",
              "quote currency", also=("not grouped", "grouped")),
    Explained("ticker", "When the ticker last agreed with the top of this book.", "seconds",
              also=("agrees", "agreed", "no evidence yet")),
    Explained("state", "The venue's trading state beside the product's name, such as auction, post only or "
                       "halted."),
)  # fmt: skip
COLUMNS: Final = (
    Explained("PRICE", "Leading digits that all rows share are dimmed. 0.0₅123 is 0.00000123.", "quote currency"),
    Explained("SIZE", "Size at that price, truncated to the product's decimals, never rounded up; trailing zeros are "
                      "dimmed. <0.01 is too small to show; 1.234M is at least 1,234,000.",
              "base or quote currency", also=("BID SIZE", "ASK SIZE", "BID", "ASK")),
    Explained("Σ", "Exact sum of the sizes from the best price to this row.", "base or quote currency",
              also=("Σ to here",)),
    Explained("VALUE", "Size times price.", "quote currency"),
    Explained("BPS TO MID", "Distance from the mid.", "basis points: hundredths of a percent", also=("BPS",)),
    Explained("bar", "Size on the scale above the column; ▶ and ◀ exceed it. In the DOM the pale bars are Σ, "
                     "on its own scale.", also=("log",)),
    Explained("marks", "■ a large level, ◂ the price of the last trade, ▸ the cursor, + and - a size that has just "
                       "changed; a thin line stands for prices without a size; × marks a price with a bid too. A "
                       "and B name the side when there are no colours."),
)  # fmt: skip
BAND: Final = (
    Explained("spread", "Best ask minus best bid, from ungrouped prices.", "quote currency, basis points",
              also=("raw", "raw spread", "raw best ask", "raw best bid")),
    Explained("imbalance", "(bids − asks) / (bids + asks) over the levels or the distance named; the bar has its "
                           "zero in the centre.", "percent", also=("imb", "levels", "bps")),
    Explained("in doubt", "While a book is not trusted its ladder is grey and hatched, and every derived figure is "
                          "withheld (-).", also=("withheld", "waiting for the first snapshot")),
)  # fmt: skip
FOOT: Final = (
    Explained("FOLLOW", "The ladder follows the market. HELD: a price keeps its row, and an arrow shows how far away "
                        "the market is.", "rows", also=("HELD",)),
    Explained("form", "How the ladder is drawn: layout, rows, bars and unit.",
              also=("side by side", "DOM", "compact rows", "fixed grid", "linear bars", "log bars", "in BTC", "in")),
    Explained("hidden", "Levels smaller than the dust size; sums still include them.", "base currency"),
    Explained("▸", "The level under the cursor: distance from the mid, size, and Σ from the best price to it.",
              "basis points, base and quote currency", also=("to here", "nothing rests here", "size")),
    Explained("buy", "The cost of buying (below: selling) the size that was entered: average price, "
                     "slippage from the mid, levels used up, and the worst price.", "quote currency, basis points",
              also=("sell", "at", "off mid", "to", "nothing to take", "book holds only")),
    Explained("gaps", "This product's own counters, when ladders are side by side.",
              also=("missed", "duplicates", "out of order", "resets", "gap", "end of the")),
)  # fmt: skip
LADDER: Final = (
    ("OVER THE ROWS", FIGURES),
    ("COLUMNS", COLUMNS),
    ("BETWEEN THE SIDES", BAND),
    ("UNDER THE ROWS", FOOT),
)
"""By the headings of the help page."""


_VERDICTS: Final = {
    Verdict.SYNCED: "A snapshot and every change since then: the book can be trusted.",
    Verdict.QUIET: "Trusted too: heartbeats arrive, but the book has not changed for a while.",
    Verdict.SYNCING: "Subscribed; the first snapshot has not arrived yet.",
    Verdict.STALE: "In doubt, for the reason beside it; new snapshots are on the way.",
    Verdict.DOWN: "No connection.",
    Verdict.NO_DATA: "The venue does not answer for this product.",
}
SECTIONS_EXPLAINED: Final = (*LADDER, *PANELS)
"""Everything that is explained, by heading."""
_LABEL: Final = 14


def _entry(label: str, text: str, width: int, style: str = "strong") -> list[Line]:
    rows = wrap(text, max(10, width - _LABEL - 2)) or [""]
    if cell_len(label) > _LABEL:
        return [((f" {cut(label, width - 2)}", style),), *(((" " * (_LABEL + 1) + row, "text"),) for row in rows)]
    first: Line = ((f" {label:<{_LABEL}}", style), (rows[0], "text"))
    return [first, *(((" " * (_LABEL + 1) + row, "text"),) for row in rows[1:])]


def _keys(keymap: Keymap, width: int) -> list[Line]:
    """The keys by section; actions without a key are in the palette only."""
    lines: list[Line] = []
    seconds = {key.pair for section in SECTIONS for key in section.keys}
    for section in SECTIONS:
        keys = [(keymap.shown(key), key.help) for key in section.keys if key.id not in seconds]
        if section.title == "EVERYWHERE":
            keys += [(keymap.shown(key), key.help) for key in ANYWHERE]
        if section.title == "PRODUCTS":
            keys.insert(0, (keymap.shown_slots(), SLOTS[0].help))
        if any(name for name, _ in keys):
            lines += [BLANK] if lines else []
            lines.append(title(f"KEYS: {section.title}", section.note, width))
            for name, text in keys:
                lines += _entry(name, text, width) if name else []
    return lines


def help_page(width: int, keymap: Keymap = DEFAULT_KEYMAP) -> list[Line]:
    lines = _keys(keymap, width)
    lines += [BLANK, title("VERDICT", "top left of every ladder", width)]
    for verdict in VERDICT_GLYPHS:
        rows = wrap(_VERDICTS[verdict], max(10, width - _LABEL - 2))
        lines.append(
            ((" ", "text"), (verdict_block(verdict), verdict_style(verdict)), ("   ", "text"), (rows[0], "text"))
        )
        lines += [((" " * (_LABEL + 1) + row, "text"),) for row in rows[1:]]
    for name, entries in SECTIONS_EXPLAINED:
        lines += [BLANK, title(name, "", width)]
        for entry in entries:
            lines += _entry(entry.label, f"{entry.text} ({entry.unit})" if entry.unit else entry.text, width)
    return lines
