"""The help page: every place, column, word, number and key of the screen. Pure."""

from __future__ import annotations

from typing import Final

from depthview.core.trust import Verdict
from depthview.ui.cells import BLANK, Line, wrap
from depthview.ui.keys import KEYS, PALETTE, SLOTS, STOP
from depthview.ui.sections import title
from depthview.ui.words import VERDICT_GLYPHS, verdict_block, verdict_style

_VERDICTS: Final = {
    Verdict.SYNCED: "A snapshot and every change since: the book can be trusted.",
    Verdict.QUIET: "Trusted too: heartbeats are fine, only nothing has changed for a while.",
    Verdict.SYNCING: "Asked for; the first snapshot has not come yet.",
    Verdict.STALE: "In doubt, for the reason beside it; new snapshots are being fetched.",
    Verdict.DOWN: "No connection.",
    Verdict.NO_DATA: "The venue does not answer for this product.",
}
_SECTIONS: Final = (
    (
        "LADDER",
        (
            ("rows", "Asks (what is offered) stand over bids (what is wanted); the best is next to the spread."),
            ("PRICE", "In the quote currency. Leading digits that all rows share are dimmed."),
            ("SIZE", "Resting at that price, in the base currency, cut to the product's decimals and never rounded up; "
                     "trailing zeros are dimmed. <0.01 is less than can be shown, 1.234M is 1,234,000 and more, "
                     "0.0₅123 is 0.00000123."),
            ("Σ", "Exact sum of the sizes from the best price to this row."),
            ("BPS TO MID", "Distance from the mid in basis points (hundredths of a percent)."),
            ("bar", "Size against the scale over the column. ▶ is a size beyond the scale."),
            ("spread", "Best ask minus best bid, also in basis points of the mid. Grouped rows keep the raw ones."),
            ("mid", "Half way between best bid and best ask."),
            ("imbalance", "(bids − asks) / (bids + asks) over the sizes of the levels named; the bar has its zero in "
                          "the centre."),
            ("rows of", "Prices gathered into rows of that width, bids down and asks up, sizes summed exactly."),
            ("last", "The last trade and whether it was above (▲) or below (▼) the one before; buy or sell: who took."),
            ("in doubt", "While a book is not trusted its ladder is grey and hatched, and whatever derives from it is "
                         "withheld (-)."),
        ),
    ),
    (
        "HEALTH",
        (
            ("key", "Where the signing key came from. Tokens go to the host beside it and nowhere else."),
            ("messages", "Messages and bytes a second; the strip is the last minute, its top the busiest second."),
            ("latency", "Arrival minus the message's own stamp, by this machine's clock, an offset of which is in it."),
            ("heartbeat", "Age of the last one; one a second is due."),
            ("book", "Age of the last change applied to this product."),
            ("ticker", "When a ticker message last agreed with the top of this book, which proves more than unbroken "
                       "numbers. No message is no evidence: nothing is claimed then."),
            ("gaps", "Jumps in the sequence numbers; missed is how many messages they passed over."),
            ("out of order", "Late messages: counted and disregarded, like duplicates."),
            ("resets", "Times that the count began anew on a running connection."),
            ("resyncs", "New snapshots on the same connection; a reconnect is a new connection."),
            ("token", "Countdown to the expiry of the last one sent, and what became of its message. A running stream "
                      "goes on without one."),
        ),
    ),
)  # fmt: skip
_LABEL: Final = 14


def _entry(label: str, text: str, width: int, style: str = "strong") -> list[Line]:
    rows = wrap(text, max(10, width - _LABEL - 2)) or [""]
    first: Line = ((f" {label:<{_LABEL}}", style), (rows[0], "text"))
    return [first, *(((" " * (_LABEL + 1) + row, "text"),) for row in rows[1:])]


def help_page(width: int) -> list[Line]:
    """All of it, in ``width`` columns."""
    lines: list[Line] = [title("KEYS", "", width)]
    for key in (SLOTS, *KEYS, PALETTE, STOP):
        if key.shown:
            lines += _entry(key.shown, key.help, width)
    lines += [BLANK, title("VERDICT", "top left of every ladder", width)]
    for verdict in VERDICT_GLYPHS:
        rows = wrap(_VERDICTS[verdict], max(10, width - _LABEL - 2))
        lines.append(
            ((" ", "text"), (verdict_block(verdict), verdict_style(verdict)), ("   ", "text"), (rows[0], "text"))
        )
        lines += [((" " * (_LABEL + 1) + row, "text"),) for row in rows[1:]]
    for name, entries in _SECTIONS:
        lines += [BLANK, title(name, "", width)]
        for label, text in entries:
            lines += _entry(label, text, width)
    return lines
