"""The pages over the market, by name, and what they say: help, labels and their units, health, events.

One more page is one more entry here and a key that opens it. A test compares the explained labels with what is drawn.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Protocol, runtime_checkable

from rich.cells import cell_len
from textual.containers import Vertical, VerticalScroll
from textual.reactive import var
from textual.screen import ModalScreen

from depthview.core.verdict import Verdict
from depthview.preferences.keymap import DEFAULT_KEYMAP, Keymap
from depthview.preferences.keys import ANYWHERE, SECTIONS, SLOTS, Place
from depthview.ui.bindings import bindings
from depthview.ui.formats import VERDICT_GLYPHS, verdict_block, verdict_style, zone
from depthview.ui.health import event_page, health_page, token_page
from depthview.ui.line_widget import LinePanel
from depthview.ui.lines import BLANK, Line, cut, title, wrap
from depthview.ui.terminal import add_bindings, drop_cached_styles
from depthview.views.market import MarketView

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.app import ComposeResult

Page = Callable[[MarketView, int], list[Line]]
"""Lines for a width."""
_HINTS: Final = (("page.up page.down", "scroll"), ("page.close", "back"), ("app.quit", "quit"))


class PageHead(LinePanel):
    """What the page is, and how to leave it."""

    heading: var[str] = var("")
    """Name of the page."""
    hint: var[str] = var("")
    """The keys that matter, and what they do."""

    def lines(self, width: int, height: int) -> Sequence[Line]:
        return [title(self.heading, self.hint, width)]


class PageBody(LinePanel):
    """All lines of the page, however many; its container scrolls."""

    page: var[tuple[Line, ...]] = var(())
    """Top first."""

    def watch_page(self, before: tuple[Line, ...], now: tuple[Line, ...]) -> None:
        if len(before) != len(now):
            self.styles.height = max(1, len(now))
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        return self.page


class PageScroll(VerticalScroll, inherit_bindings=False):
    """Scrolls the page; by what keys is the screen's to say."""


class DetailScreen(ModalScreen[None]):
    """One page that goes on showing the present while it is open.

    Args:
        heading: Its name.
        page: Makes its lines.
        keymap: Which key does what.
        key_id: Of the key that opened it, which closes it too.
        view: What there is to show at first.
    """

    place: ClassVar[Place] = Place.PAGE
    in_replay: ClassVar[bool] = False
    DEFAULT_CSS = """
    DetailScreen { align: center middle; background: $dv-ground 40%; }
    DetailScreen #frame { width: 98%; max-width: 112; height: 94%; background: $dv-ground;
                          border: solid $dv-rule; padding: 0 1; }
    DetailScreen #scroll { background: $dv-ground; scrollbar-size-vertical: 1; scrollbar-gutter: stable;
                           scrollbar-color: $dv-muted; scrollbar-background: $dv-ground; }
    DetailScreen PageBody { height: auto; }
    """

    def __init__(self, heading: str, page: Page, keymap: Keymap, key_id: str, view: MarketView) -> None:
        super().__init__()
        self._heading = heading
        self._page = page
        self._view = view
        self.keymap: Final = keymap
        add_bindings(self, bindings(keymap, Place.PAGE, opener=key_id))

    def compose(self) -> ComposeResult:
        with Vertical(id="frame"):
            yield PageHead()
            with PageScroll(id="scroll"):
                yield PageBody()

    def on_mount(self) -> None:
        head = self.query_one(PageHead)
        head.heading, head.hint = self._heading, self.keymap.hint(*_HINTS)
        self.query_one("#scroll").focus()

    def on_unmount(self) -> None:
        drop_cached_styles()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def show(self, view: MarketView) -> None:
        """The present."""
        self._view = view
        # The market goes on drawing from the moment that the page was asked for, before it has any parts.
        if self.is_mounted:
            self._draw()

    def _draw(self) -> None:
        width = self.query_one("#scroll").scrollable_content_region.width
        if width > 0:
            self.query_one(PageBody).page = tuple(self._page(self._view, width))

    def action_close(self) -> None:
        self.dismiss()

    def action_move(self, rows: int) -> None:
        """Scroll the page by ``rows``."""
        self.query_one(PageScroll).scroll_relative(y=rows, animate=False, immediate=True)

    def action_turn(self, direction: int) -> None:
        """Scroll the page by what is seen of it."""
        scroll = self.query_one(PageScroll)
        scroll.scroll_relative(y=direction * scroll.scrollable_content_region.height, animate=False, immediate=True)

    def action_edge(self, direction: int) -> None:
        """To the beginning or the end of the page."""
        scroll = self.query_one(PageScroll)
        scroll.scroll_to(y=0 if direction < 0 else scroll.max_scroll_y, animate=False, immediate=True)


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


_VERDICTS: Final = {
    Verdict.SYNCED: "A snapshot and every change since: the book can be trusted.",
    Verdict.QUIET: "Trusted too: heartbeats are fine, only nothing has changed for a while.",
    Verdict.SYNCING: "Asked for; the first snapshot has not come yet.",
    Verdict.STALE: "In doubt, for the reason beside it; new snapshots are being fetched.",
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
    """The keys by their groups; what has no key is named in the palette only."""
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
    """All of it, in ``width`` columns."""
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


@runtime_checkable
class LivePage(Protocol):
    """A screen that goes on showing the present while it lies over the market: every draw hands it the view."""

    def show(self, view: MarketView) -> None:
        """The present, frozen picture or not."""


class PageOptions(NamedTuple):
    """What a page may need besides the view."""

    keymap: Keymap
    local_time: bool


class PageEntry(NamedTuple):
    """A page of lines."""

    key_id: str
    """Of the key that opens it, and closes it too."""
    heading: Callable[[PageOptions], str]
    page: Callable[[PageOptions], Page]


def _events(around: PageOptions) -> Page:
    return lambda view, width: event_page(view.events, width, local=around.local_time)


PAGES: Final[Mapping[str, PageEntry]] = {
    "help": PageEntry("app.help", lambda _: "HELP", lambda around: lambda _, width: help_page(width, around.keymap)),
    "health": PageEntry("health.panel", lambda _: "HEALTH", lambda _: health_page),
    "token": PageEntry("token.panel", lambda _: "TOKEN", lambda _: token_page),
    "events": PageEntry(
        "events.log", lambda around: f"EVENTS, newest first, times {zone(local=around.local_time)}", _events
    ),
}


def opened(name: str, around: PageOptions, view: MarketView) -> DetailScreen:
    """The page of that name.

    Raises:
        KeyError: There is no such page.
    """
    entry = PAGES[name]
    return DetailScreen(entry.heading(around), entry.page(around), around.keymap, entry.key_id, view)
