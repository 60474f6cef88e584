"""The health of the feed as lines: each panel, the two compact lines of a small screen, and the whole page. Pure."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.core.verdict import LATE, behind_words
from depthview.ui.cells import BLANK, Cell, Line, Part, cut, fit, wrap
from depthview.ui.formats import rate_strip
from depthview.ui.sections import LABEL, labelled, notes, title
from depthview.ui.token import token_brief, token_lines
from depthview.ui.words import (
    connection_style,
    count,
    data_rate,
    duration,
    latency,
    latency_shown,
    scope_text,
    ticker_cell,
    verdict_block,
    verdict_style,
    volume,
)
from depthview.views.depth import DepthView, SequenceStats
from depthview.views.market import ConnectionState, FeedView

if TYPE_CHECKING:
    from depthview.views.market import MarketView

_AGE: Final = 6
_HEARTBEAT_LATE: Final = 3.0
"""Seconds; one a second is documented."""
_NOTEWORTHY: Final = 0.25
"""Seconds behind from which on it is said."""
_CAUGHT_UP: Final = 1.0
"""Seconds behind above which it is no small matter."""


def _trouble(number: int) -> str:
    return "warn-text" if number else "text"


def _connection(feed: FeedView) -> Line:
    word = feed.state.value
    style = connection_style(feed.state)
    shown: Line = ((word if style == "strong" else f" {word} ", style), (f" {duration(feed.state_age)}", "text"))
    if feed.next_try_in is not None:
        shown += ((f", next try in {duration(feed.next_try_in)}", "text"),)
    return shown


def _heartbeat(feed: FeedView) -> Cell:
    age = feed.heartbeat_age
    return (duration(age).ljust(_AGE), _trouble(age is not None and age > _HEARTBEAT_LATE))


def _confirmed(feed: FeedView) -> Line:
    asked, missing = len(feed.subscriptions_asked), len(feed.subscriptions_missing)
    return ((f"{asked - missing} of {asked}", _trouble(missing)), (" confirmed", "muted"))


def behind(feed: FeedView) -> Cell:
    """How far what is shown lies behind, or how old the data is, where that is worth a word; else what latency is."""
    if feed.behind >= _NOTEWORTHY:
        return (behind_words(feed.behind), "bad-text" if feed.behind > _CAUGHT_UP else "warn-text")
    if feed.age is not None and feed.age >= LATE:
        return (f"data is {feed.age:.0f} s old", "bad-text")
    return (latency_shown(feed)[1], "muted")


def _age(feed: FeedView) -> Line:
    """What follows the age of the book; whether the age of the data is known absolutely."""
    if feed.age is None or feed.age_proved:
        return ((" old", "muted"),)
    return ((" old   age unproved", "muted"),)


def _ticker(depth: DepthView | None, room: int) -> list[Line]:
    """What the ticker says of the book; prices that do not fit beside it stand below."""
    text, style = ticker_cell(depth, "text")
    if len(text) <= room:
        return [labelled("ticker", (text, style))]
    words, _, prices = text.partition(": ")
    return [labelled("ticker", (f"{words}:", style)), labelled("", (cut(prices, room), style))]


def _latency(feed: FeedView) -> Line:
    ms, corrected = latency_shown(feed)
    return (("latency " if corrected == "corrected" else "raw latency ", "muted"), (latency(ms), "text"))


def snapshot_line(depth: DepthView) -> Line:
    """The last snapshot: its levels, its size, and how long its book took to be ready."""
    taken = depth.snapshot
    if taken is None:
        return labelled("snapshot", ("none yet", "muted"))
    line = labelled("snapshot", (f"{count(taken.levels)} levels", "text"), (f", {volume(taken.bytes)}", "text"))
    if taken.seconds is not None:
        line += ((f", ready {latency(taken.seconds * 1000)} after it came", "muted"),)
    return line


def feed_lines(feed: FeedView, depth: DepthView | None, width: int) -> list[Line]:
    """The connection and what flows through it, in eleven rows.

    A ticker line that does not fit takes the row of the rates' history too.
    """
    room = max(8, width - LABEL - 2)
    strip = rate_strip(feed.rate_history, max(0, min(60, room - 15)))
    rates: Line = labelled("", (strip, "meter"), (" last minute" if strip else "", "muted"))
    if feed.detail and feed.state is not ConnectionState.OPEN:
        rates = labelled("last", (cut(feed.detail, room), "warn-text"))
    ticker = _ticker(depth, room)
    return [
        title("FEED", feed.mode.value, width),
        labelled("connection", *_connection(feed)),
        labelled("host", (cut(feed.host, room), "text")),
        labelled("key", (cut(feed.key_source, room), "text")),
        labelled(
            "messages",
            (f"{feed.frames_per_second:.1f} /s".ljust(_AGE + 3), "strong"),
            (data_rate(feed.bytes_per_second), "text"),
        ),
        *([rates] if len(ticker) == 1 else []),
        labelled("latency", (latency(latency_shown(feed)[0]).ljust(_AGE + 3), "text"), behind(feed)),
        labelled(
            "heartbeat",
            _heartbeat(feed),
            (" old   missed ", "muted"),
            (count(feed.heartbeats_missed), _trouble(feed.heartbeats_missed)),
        ),
        labelled("book", (duration(depth.book_age if depth else None).ljust(_AGE), "text"), *_age(feed)),
        *ticker,
        labelled("subscribed", *_confirmed(feed)),
    ]


def sequence_lines(stats: SequenceStats, feed: FeedView, width: int) -> list[Line]:
    """Every counter of trouble, in six rows of two."""
    half = width // 2
    pairs = (
        (("last number", "-" if stats.last is None else count(stats.last), 0), ("resets", "", stats.resets)),
        (("gaps", "", stats.gaps), ("missed", "", stats.missed)),
        (("duplicates", "", stats.duplicates), ("out of order", "", stats.out_of_order)),
        (("resyncs", "", feed.resyncs), ("reconnects", "", feed.reconnects)),
        (("bad frames", "", feed.bad_frames), ("bad rows", "", feed.bad_rows)),
    )

    def cells(label: str, text: str, number: int) -> Line:
        calm = label in {"last number", "resyncs", "reconnects"}
        shown = text or count(number)
        style = "text" if calm else _trouble(number)
        return ((f" {label:<{LABEL}}".ljust(14), "muted"), (shown.ljust(max(0, half - 14)), style))

    return [
        title("SEQUENCE", scope_text(stats.scope), width),
        *(cells(*left) + cells(*right) for left, right in pairs),
    ]


def compact_lines(view: MarketView, width: int, height: int) -> list[Line]:
    """The chief lines where there is no room for panels."""
    feed = view.feed
    depth = view.depths[0] if view.depths else None
    stats = SequenceStats("undecided") if depth is None else depth.sequence
    connection = [
        Part(0, _connection(feed)),
        Part(2, ((f"{feed.frames_per_second:.1f}", "text"), (" msg/s", "muted"))),
        Part(4, ((data_rate(feed.bytes_per_second), "text"),)),
        Part(3, _latency(feed)),
        *([Part(0, (behind(feed),))] if feed.behind >= _NOTEWORTHY else []),
        Part(1, (("heartbeat ", "muted"), _heartbeat(feed))),
        Part(1, token_brief(view.token)),
        Part(0 if depth and depth.ticker_differs else 5, (("ticker ", "muted"), ticker_cell(depth, "text"))),
    ]
    if feed.subscriptions_missing:
        connection.insert(1, Part(1, _confirmed(feed)))

    def counter(rank: int, label: str, number: int, *, calm: bool = False) -> Part:
        return Part(rank, ((f"{label} ", "muted"), (count(number), "text" if calm else _trouble(number))))

    sequence = [
        counter(0, "gaps", stats.gaps),
        counter(1, "missed", stats.missed),
        counter(2, "duplicates", stats.duplicates),
        counter(2, "out of order", stats.out_of_order),
        counter(4, "resets", stats.resets),
        counter(3, "resyncs", feed.resyncs, calm=True),
        counter(3, "reconnects", feed.reconnects, calm=True),
    ]
    if feed.bad_frames or feed.bad_rows:
        sequence.append(counter(2, "bad", feed.bad_frames + feed.bad_rows))
    first: Line = ((" ", "text"), *fit(connection, width - 1, gap="  "))
    second: Line = ((" ", "text"), *fit(sequence, width - 1, gap="  "))
    if height == 1:
        return [((" ", "text"), *fit([sequence[0], *connection], width - 1))]
    return [first, second]


def health_page(view: MarketView, width: int) -> list[Line]:
    """Everything that is known of the feed, with what each figure means."""
    feed = view.feed
    depth = view.depths[0] if view.depths else None
    lines: list[Line] = [title("VERDICT", "of each book", width)]
    for tab in view.tabs:
        shown = next((d for d in view.depths if d.product == tab.product), None)
        why: Line = (
            (f" {tab.product}"[:24].ljust(24), "strong"),
            (verdict_block(tab.verdict), verdict_style(tab.verdict)),
        )
        if shown is not None:
            why += ((f" for {duration(shown.verdict_age)}", "text"),)
        if tab.reason:
            why += ((f"  {tab.reason}", "text"),)
        lines.append(why)
    lines += [BLANK, *feed_lines(feed, depth, width)]
    if feed.detail:
        lines += [((f" {row}", "warn-text"),) for row in wrap(f"last trouble: {feed.detail}", width - 2)]
    if depth is not None:
        lines.append(snapshot_line(depth))
    for label, text in (("proxy", feed.proxy), ("recording", feed.recording)):
        if text:
            lines.append(labelled(label, (cut(text, max(8, width - LABEL - 3)), "text")))
    lines += notes(_FEED_NOTES, width)
    if depth is not None:
        lines += [BLANK, *sequence_lines(depth.sequence, feed, width)]
        lines += [
            labelled(
                "frames",
                (count(feed.frames), "text"),
                ("  of unknown kind ", "muted"),
                (count(feed.unknown_frames), "text"),
            ),
            labelled(
                "crossed", (count(feed.crossed), _trouble(feed.crossed)), (" times, a book for over 250 ms", "muted")
            ),
            labelled(
                "removals", (count(feed.unknown_removals), "text"), (" of prices that were not in the book", "muted")
            ),
        ]
        lines += notes(_SEQUENCE_NOTES, width)
    lines += [BLANK, *token_lines(view.token, feed, width), *notes(_TOKEN_NOTES, width)]
    lines += [BLANK, title("SUBSCRIPTIONS", "asked for", width)]
    missing = set(feed.subscriptions_missing)
    lines += [
        (
            (f" {cut(name, max(8, width - 20)):<32} ", "text"),
            ("NOT CONFIRMED", "bad") if name in missing else ("confirmed", "muted"),
        )
        for name in feed.subscriptions_asked
    ]
    return lines


_FEED_NOTES: Final = (
    "Latency is the time of arrival minus the message's own stamp, corrected for the offset between the two clocks "
    "where the handshake told it. It shows - when nothing came for 5 s. A heartbeat is due every second.",
    "We are behind when frames wait to be taken in: more comes than this machine can do. None is left out.",
    "The age of the data is unproved where only the fastest message of the connection tells what is late: without "
    "the venue's time from the handshake, a connection whose messages are all late cannot be told from a good one.",
)
_SEQUENCE_NOTES: Final = (
    "A gap is a jump in the numbers, missed is how many messages it passed over. Duplicates and late (out of order) "
    "messages are counted and disregarded. A resync fetches new snapshots, a reconnect makes a new connection.",
)
_TOKEN_NOTES: Final = (
    "A token is signed for one message. Its countdown runs to its expiry and says nothing of a stream that runs.",
)
