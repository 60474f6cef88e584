"""What the ladder's labels, numbers and marks mean, with their units. Pure."""

from __future__ import annotations

from typing import Final

from depthview.ui.explained import Explained

FIGURES: Final = (
    Explained("verdict", "Whether the book can be trusted and for how long; in doubt, why and for how long.", "seconds",
              also=("for", "synced for", "quiet for")),
    Explained("book", "Age of the last change applied, and how many prices have a size on either side.", "seconds",
              also=("old", "levels", "level")),
    Explained("last", "The last trade, above (▲) or below (▼) the one before; buy or sell: who took.", "quote currency",
              also=("buy", "sell")),
    Explained("bid", "The best price that is bid, and the size that rests there; ask: the best one that is asked.",
              "quote, base currency", also=("ask", "bids", "asks", "no bids", "no asks", "raw bid", "raw ask")),
    Explained("mid", "Half way between best bid and best ask.", "quote currency"),
    Explained("micro", "The mid weighted by the sizes at the best prices: (bid × ask size + ask × bid size) / (both "
                       "sizes). It leans to the side that is about to give way.", "quote currency"),
    Explained("in 10 bps", "What rests within that distance from the mid, bids / asks.", "base currency",
              also=("bps", "depth")),
    Explained("24 h", "Lowest and highest price, change and volume of the last day, from the ticker.",
              "quote currency, percent, base currency", also=("to",)),
    Explained("rows of", "Prices gathered into rows of that width, bids down and asks up, sizes summed exactly.",
              "quote currency", also=("not grouped", "grouped")),
    Explained("ticker", "When the ticker last agreed with the top of this book.", "seconds",
              also=("agrees", "agreed", "no evidence yet")),
    Explained("state", "A trading state beside the product's name, such as auction, post only, halted, is the "
                       "venue's."),
)  # fmt: skip
COLUMNS: Final = (
    Explained("PRICE", "Leading digits that all rows share are dimmed. 0.0₅123 is 0.00000123.", "quote currency"),
    Explained("SIZE", "Resting at that price, cut to the product's decimals and never rounded up; trailing zeros are "
                      "dimmed. <0.01 is less than can be shown, 1.234M is 1,234,000 and more.",
              "base or quote currency", also=("BID SIZE", "ASK SIZE", "BID", "ASK")),
    Explained("Σ", "Exact sum of the sizes from the best price to this row.", "base or quote currency",
              also=("Σ to here",)),
    Explained("VALUE", "Size times price.", "quote currency"),
    Explained("BPS TO MID", "Distance from the mid.", "basis points: hundredths of a percent", also=("BPS",)),
    Explained("bar", "Size against the scale over the column; ▶ and ◀ are beyond it. In the DOM the pale ones are Σ, "
                     "on the scale named with it.", also=("log",)),
    Explained("marks", "■ a large level, ◂ the price of the last trade, ▸ the cursor, + and - a size that has just "
                       "changed; a thin line stands for prices without a size; × says that a bid rests there too. A "
                       "and B say the side where there are no colours."),
)  # fmt: skip
BAND: Final = (
    Explained("spread", "Best ask minus best bid; grouped rows keep the raw ones.", "quote currency, basis points",
              also=("raw", "raw spread", "raw best ask", "raw best bid")),
    Explained("imbalance", "(bids − asks) / (bids + asks) over the levels, or the distance, that is named; the bar has "
                           "its zero in the centre.", "percent", also=("imb", "levels", "bps")),
    Explained("in doubt", "While a book is not trusted its ladder is grey and hatched, and whatever derives from it is "
                          "withheld (-).", also=("withheld", "waiting for the first snapshot")),
)  # fmt: skip
FOOT: Final = (
    Explained("FOLLOW", "The ladder follows the market. HELD: a price keeps its line, and an arrow says how far away "
                        "the market is.", "rows", also=("HELD",)),
    Explained("form", "How the ladder is drawn: its form, its rows, its bars, what it counts in.",
              also=("side by side", "DOM", "compact rows", "fixed grid", "linear bars", "log bars", "in BTC", "in")),
    Explained("hidden", "Levels under the size of dust; the sums have them all the same.", "base currency"),
    Explained("▸", "The level under the cursor: distance from the mid, size, and Σ from the best price to it.",
              "basis points, base and quote currency", also=("to here", "nothing rests here", "size")),
    Explained("buy", "What buying, and below it selling, the size that was asked for would come to: average price, "
                     "slippage from the mid, levels used up, and the worst price.", "quote currency, basis points",
              also=("sell", "at", "off mid", "to", "nothing to take", "book holds only")),
    Explained("gaps", "This product's own counters, where ladders stand side by side.",
              also=("missed", "duplicates", "out of order", "resets", "gap", "end of the")),
)  # fmt: skip
LADDER: Final = (
    ("OVER THE ROWS", FIGURES),
    ("COLUMNS", COLUMNS),
    ("BETWEEN THE SIDES", BAND),
    ("UNDER THE ROWS", FOOT),
)
"""By the headings of the help page."""
