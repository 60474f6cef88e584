"""What the labels of the screen mean, with their units. Pure.

The help page shows them, and a test holds them against what is drawn. The ladder's own are in
:mod:`depthview.ui.ladder.explained`.
"""

from __future__ import annotations

from typing import Final, NamedTuple


class Explained(NamedTuple):
    """One label, number or mark."""

    label: str
    """As it is drawn."""
    text: str
    """What it means; in a sentence or two."""
    unit: str = ""
    also: tuple[str, ...] = ()
    """Other words under which it is drawn."""


TOP: Final = (
    Explained("LIVE", "What is shown: LIVE, DEMO (the embedded exchange), REPLAY (a recording), FROZEN (the past).",
              also=("DEMO", "REPLAY", "FROZEN")),
    Explained("host", "Where the data comes from.", also=("data of",)),
    Explained("key", "Where the signing key came from. Tokens go to the host beside it and nowhere else.",
              also=("no key",)),
    Explained("times", "All times are of this clock: UTC, or local.", "hours:minutes:seconds", also=("UTC", "local")),
    Explained("tabs", "Number, product, verdict, gaps, last price, spread. ‹ and › count those out of sight.",
              also=("gap", "of", "in doubt", "no product")),
)  # fmt: skip
FEED: Final = (
    Explained("connection", "Its state, how long it has been in it, and when the next try is due.", "seconds"),
    Explained("messages", "What comes in. The strip is the last minute, its top the busiest second.",
              "messages and bytes a second", also=("msg/s", "last minute")),
    Explained("latency", "Arrival minus the message's own stamp, corrected for the offset between the clocks where the "
                         "handshake told it. - where nothing came for 5 s.", "milliseconds",
              also=("corrected", "uncorrected", "raw latency")),
    Explained("age", "How old the data is when it is taken in. From 2 s on books are in doubt. Unproved: only against "
                     "the fastest message of the connection.", "seconds", also=("data is", "age unproved")),
    Explained("behind", "How long frames wait to be taken in, where more comes than this machine can do. From 2 s on "
                        "books are in doubt. None is left out.", "seconds", also=("we are behind by",)),
    Explained("heartbeat", "Age of the last one; one a second is due. Missed are those whose numbers were passed over.",
              "seconds", also=("missed",)),
    Explained("book", "Age of the last change applied to this product.", "seconds", also=("old",)),
    Explained("ticker", "When a ticker message last agreed with the top of this book, which proves more than unbroken "
                        "numbers. No message is no evidence: nothing is claimed then.", "seconds",
              also=("agrees", "agreed", "differs for", "no evidence yet")),
    Explained("subscribed", "Subscriptions that the venue has confirmed, of those asked for.", also=("confirmed",)),
    Explained("last", "Under FEED while there is no connection: the last trouble.", also=("last trouble",)),
    Explained("proxy", "The proxy that the environment names for the host.", also=("recording",)),
)  # fmt: skip
SEQUENCE: Final = (
    Explained("last number", "The last sequence number, and what the numbers are counted over.",
              also=("one count a", "scope undecided", "not judged")),
    Explained("gaps", "Jumps in the sequence numbers; missed is how many messages they passed over.",
              also=("missed", "gap")),
    Explained("duplicates", "Numbers seen before: counted and disregarded."),
    Explained("out of order", "Late messages: counted and disregarded."),
    Explained("resets", "Times that the count began anew on a running connection."),
    Explained("resyncs", "New snapshots on the same connection; a reconnect is a new connection.",
              also=("reconnects",)),
    Explained("bad frames", "Messages that could not be read, and rows of a book that made no sense.",
              also=("bad rows", "bad")),
    Explained("frames", "Messages since the start; of unknown kind are those of channels that depthview does not know. "
                        "Removals are of prices that were not in the book.", also=("of unknown kind", "removals")),
)  # fmt: skip
TOKEN: Final = (
    Explained("token", "Countdown to the expiry of the last one sent, and what became of its message: signing (its "
                       "answer is awaited), accepted, REFUSED, unanswered (for 2 s), EXPIRED. A running stream goes on "
                       "without one.", "minutes:seconds", also=("a running stream goes on without one",)),
    Explained("sent", "Tokens since the start, one a message; the next goes out before the last one expires.",
              also=("one a message", "next goes out", "next", "accepted", "life")),
    Explained("key …", "Algorithm, and the last four characters of the key's id.", also=("kind", "key")),
    Explained("clock", "This machine's against the venue's, where it is off by more than a second.", "seconds"),
)  # fmt: skip
TAPE: Final = (
    Explained("TIME", "When it was traded.", "hours:minutes:seconds"),
    Explained("TAKER", "Who took: ▲ buy from the asks, ▼ sell to the bids.", also=("buy", "sell")),
    Explained("PRICE", "What was paid.", "quote currency"),
    Explained("SIZE", "How much was traded, and a bar against the number over it.", "base currency"),
    Explained("■", "A large print, and from which size on one is called so: one in twenty reaches it.", "base currency",
              also=("from",)),
    Explained("≥", "Only trades of this size or more are shown, and how many of the last 500 are hidden. The size is "
                   "drawn from the trades when the filter is chosen, and stays.", "base currency",
              also=("hidden", "none as large", "no trade yet")),
    Explained("gap", "A line across: messages were missed there, and trades may have been among them.",
              also=("missed", "feed")),
)  # fmt: skip
GRID: Final = (
    Explained("▸", "The cursor: the product in front. Keys, numbers and the wheel move it.", also=("▌",)),
    Explained("small ladder", "Verdict, number and name; last price and the product's own gaps; levels nearest to the "
                              "spread, asks over bids, each with its size and a bar.", "quote and base currency",
              also=("no bids", "no asks", "waiting for a snapshot")),
    Explained("… more", "Products on other pages.", also=("products", "turn the page", "zoom")),
)  # fmt: skip
EVENTS: Final = (
    Explained("events", "What happened and what was done about it: ● ok, · note, ! warn, ✕ bad.",
              also=("note", "newest first", "newest last", "nothing has happened yet")),
)  # fmt: skip
REPLAY: Final = (
    Explained("place", "How far the recording has been played, and its whole length. ● is the place on the bar, ◆ an "
                       "incident, · has not been gone through yet. A click goes there.", "hours:minutes:seconds"),
    Explained("frame", "Frames handed over so far: what is shown follows from them alone, however one came here.",
              also=("of",)),
    Explained("incident", "Where a live session would have warned: a gap, a silence, a crossed book, a lost line.",
              also=("incidents", "so far")),
    Explained("going through it", "The share of the recording that has been gone through ahead: going to a place in it "
                                  "is quick.", "percent", also=("gone through",)),
    Explained("speed", "Real time is x1; max is as fast as it goes.", "times real time", also=("max",)),
    Explained("from", "When the recording begins, and when it ends.", "hours:minutes:seconds"),
)  # fmt: skip
WIRE: Final = (
    Explained("WIRE", "The last frames as they came, and messages as they went, marked by an arrow. They follow the "
                      "newest, or an entry is held and stays where it is, all of them or those of a channel and a "
                      "product.", also=("following", "HELD", "everything", "entries", "opened")),
    Explained("delay", "Since the frame before, of whatever channel.", "milliseconds, seconds"),
    Explained("number", "The sequence number. What is wrong with it stands before what the frame is.",
              also=("duplicate",)),
    Explained("channel", "As the frame names it, and the product that it is of; +1 where it is of more.",
              also=("product", "time")),
    Explained("bytes", "Of the frame's text; of a message without its token, which is kept nowhere.", "bytes"),
    Explained("what", "Kind of event and number of rows."),
    Explained("subscribed", "Subscriptions that the venue has confirmed, of those asked for, and which it has not.",
              also=("confirmed",)),
    Explained("last error", "The last error frame since the start, as it came."),
)  # fmt: skip
PANELS: Final = (
    ("TOP ROWS", TOP), ("FEED", FEED), ("SEQUENCE", SEQUENCE), ("TOKEN", TOKEN), ("TRADES", TAPE),
    ("GRID OF PRODUCTS", GRID), ("EVENTS", EVENTS), ("WIRE", WIRE), ("REPLAY", REPLAY),
)  # fmt: skip
"""By the headings of the help page."""
