"""The health of the feed, the token and the event log: panels, compact lines of a small screen, and whole pages.

All times are by one clock, which the headings name.
"""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from textual.reactive import var

from depthview.core.verdict import LATE, behind_words
from depthview.ui.formats import (
    EVENT_MARKS,
    TOKEN_WORDS,
    clock_text,
    connection_style,
    count,
    countdown,
    data_rate,
    duration,
    latency,
    latency_shown,
    rate_strip,
    scope_text,
    ticker_cell,
    token_style,
    verdict_block,
    verdict_style,
    volume,
    zone,
)
from depthview.ui.layout import FEED_ROWS, SEQUENCE_ROWS, TOKEN_ROWS
from depthview.ui.line_widget import LinePanel
from depthview.ui.lines import BLANK, LABEL, Cell, Line, Part, cut, fit, labelled, meter, notes, title, wrap
from depthview.views.depth import DepthView, SequenceStats
from depthview.views.market import ConnectionState, FeedView, TokenState, TokenView

if TYPE_CHECKING:
    from collections.abc import Sequence

    from depthview.views.market import EventView, MarketView

_CLOCK_SHOWN_FROM: Final = 1.0
"""Seconds; a smaller offset is not shown."""
_ADVICE_ROWS: Final = 2
_TOKEN_PAGE_NOTES: Final = (
    "A token is signed for one message and checked when that message arrives: the countdown shows when the next "
    "message will need a new one. A running public subscription is not affected.",
)
_SIGNING_FAILED: Final = "signing failed: messages are sent without a token (run depthview auth check)"
_BACKDATED: Final = (
    "nbf is set {seconds} s back, because a clock slightly ahead of the venue's is enough for a refusal (reported); "
    "the life from nbf to exp stays within 120 s."
)


def clock_words(feed: FeedView) -> str:
    """This machine's clock against the venue's, with its uncertainty; empty until it has been measured."""
    if feed.clock_ahead is None:
        return ""
    side = "ahead of" if feed.clock_ahead >= 0 else "behind"
    corrected = ", corrected in tokens" if feed.clock_corrected else ""
    unsure = f"{feed.clock_uncertainty:.{1 if feed.clock_uncertainty >= 0.05 else 2}f}"
    return f"{abs(feed.clock_ahead):,.1f} s {side} the venue's (±{unsure} s){corrected}"


def clock_is_off(feed: FeedView) -> bool:
    return feed.clock_ahead is not None and abs(feed.clock_ahead) - feed.clock_uncertainty > _CLOCK_SHOWN_FROM


def token_lines(token: TokenView, feed: FeedView, width: int, page_key: str = "") -> list[Line]:
    """Countdown, result of the last token's message, number sent, next one.

    Advice that has no room points to the page that ``page_key`` opens.
    """
    if token.state is TokenState.NONE:
        hint = [((f" {row}", "text"),) for row in wrap(feed.key_hint, width - 2)][:3]
        return [title("TOKEN", _key_text(token), width), _no_token(token), *hint]
    lines: list[Line] = [title("TOKEN", _key_text(token), width), _countdown_bar(token, width)]
    if token.signing_failed:
        return [*lines, *(((f" {row}", "bad-text"),) for row in wrap(_SIGNING_FAILED, width - 2)), _next_token(token)]
    if token.advice:
        likeliest = token.advice[0]
        told = wrap(f"likely: {likeliest.what}; {likeliest.cure}", width - 2)
        if len(told) > _ADVICE_ROWS:
            more = f" {page_key}: more" if page_key else ""
            kept = cut(" ".join(told[_ADVICE_ROWS - 1 :]), width - 2 - len(more))
            told = [*told[: _ADVICE_ROWS - 1], f"{kept}{more}"]
        return [*lines, *(((f" {row}", "warn-text"),) for row in told), _next_token(token)]
    sent: Line = ((f" {count(token.sent)}", "text"), (" sent, one per message", "muted"))
    last: Line = ((" needed only for the next request", "muted"),)
    if token.detail:
        last = ((f" {cut(token.detail, width - 2)}", "warn-text"),)
    elif clock_is_off(feed):
        last = ((f" {cut(f'clock {clock_words(feed)}', width - 2)}", "warn-text"),)
    return [*lines, sent, _next_token(token), last]


def token_brief(token: TokenView) -> Line:
    if token.state is TokenState.NONE:
        return (("token ", "muted"), ("none", "text"))
    left = "-:--" if token.expires_in is None else countdown(token.expires_in)
    word, style = _state_word(token)
    return (("token ", "muted"), (f"{left} ", "text"), (word, "text" if style == "strong" else style))


def token_page(view: MarketView, width: int) -> list[Line]:
    token, feed = view.token, view.feed
    lines = _refusal(token, width)
    lines += [
        title("KEY", feed.mode.value, width),
        labelled("host", (feed.host, "text")),
        labelled("key", (cut(feed.key_source, max(8, width - LABEL - 3)), "text")),
    ]
    if token.algorithm or token.key_tail:
        lines.append(labelled("kind", (_key_text(token), "text")))
    lines += [((f" {row}", "text"),) for row in wrap(feed.key_hint, width - 2)] if feed.key_hint else []
    lines += [BLANK, title("LAST TOKEN", "", width)]
    lines += [_no_token(token)] if token.state is TokenState.NONE else _last_token(token, width)
    words = clock_words(feed)
    if words:
        style = "warn-text" if clock_is_off(feed) else "text"
        rows = wrap(words, max(8, width - LABEL - 3))
        lines += [labelled("" if at else "clock", (row, style)) for at, row in enumerate(rows)]
    lines.append(BLANK)
    if not token.renewable:
        lines += notes(("This token cannot be renewed: after it expires, messages are sent without one.",), width)
    lines += notes(_TOKEN_PAGE_NOTES, width)
    if token.backdated:
        lines += notes((_BACKDATED.format(seconds=token.backdated),), width)
    return lines


def _refusal(token: TokenView, width: int) -> list[Line]:
    """Why tokens are refused and what to do, until one is accepted."""
    if token.state is not TokenState.REFUSED and not token.advice:
        return []
    lines: list[Line] = [title("REFUSED", "most likely cause first", width)]
    if token.detail:
        lines.append(((f" the venue answered: {cut(token.detail, max(8, width - 22))}", "warn-text"),))
    if token.suspended:
        lines.append(((" messages are sent without a token meanwhile; public books continue", "text"),))
    for place, advice in enumerate(token.advice, 1):
        head = wrap(advice.what, width - 5)
        lines += [((f" {'  ' if at else f'{place}.'} {row}", "strong"),) for at, row in enumerate(head)]
        lines += [((f"    {row}", "text"),) for row in wrap(advice.cure, width - 5)]
    return [*lines, BLANK]


def _last_token(token: TokenView, width: int) -> list[Line]:
    accepted = "never" if token.accepted_ago is None else f"{duration(token.accepted_ago)} ago"
    signed = "" if token.expires_in is None else f", signed {duration(token.life - token.expires_in)} ago"
    lines: list[Line] = [_countdown_bar(token, width)]
    if token.signing_failed:
        lines += [((f" {row}", "bad-text"),) for row in wrap(_SIGNING_FAILED, width - 2)]
    return [
        *lines,
        labelled("life", (f"{ceil(token.life)} s{signed}", "text")),
        labelled("sent", (count(token.sent), "text"), (" since the start, one per message", "muted")),
        labelled("accepted", (accepted, "text")),
        labelled("next", *_next_on_page(token)),
    ]


def _next_on_page(token: TokenView) -> Line:
    if not token.renewable:
        return (("none: it cannot be renewed", "text"),)
    if token.next_in is None:
        return (("with the next message", "text"),)
    what = " until the next try" if token.suspended else " until it is sent"
    return ((countdown(token.next_in), "text"), (what, "muted"))


def _key_text(token: TokenView) -> str:
    return " ".join(part for part in (token.algorithm, f"key …{token.key_tail}" if token.key_tail else "") if part)


def _countdown_bar(token: TokenView, width: int) -> Line:
    state = _state_word(token)
    if token.expires_in is None:
        return ((" -:--  ", "strong"), state)
    room = max(4, width - 8 - len(state[0]) - 3)
    share = token.expires_in / token.life if token.life > 0 else 0.0
    left = countdown(max(0.0, token.expires_in))
    return ((f" {left:>5}  ", "strong"), (meter(share, room), "meter"), ("  ", "text"), state)


def _state_word(token: TokenView) -> Cell:
    """The word for the token's state, with a margin where it is a block of colour."""
    word, style = TOKEN_WORDS[token.state], token_style(token.state, signing_failed=token.signing_failed)
    return (f" {word} " if style in ("bad", "warn") else word, style)


def _no_token(token: TokenView) -> Line:
    if token.signing_failed:
        return ((" none: ", "strong"), (_SIGNING_FAILED, "bad-text"))
    if token.algorithm:
        return ((" none yet: the first message will carry one", "strong"),)
    return ((" none: messages are sent without a token", "strong"),)


def _next_token(token: TokenView) -> Line:
    if not token.renewable:
        return ((" cannot be renewed; later messages have none", "muted"),)
    if token.next_in is None:
        return ((" next one with the next message", "muted"),)
    if token.suspended:
        return ((" sending without a token; next try in ", "muted"), (countdown(token.next_in), "text"))
    return ((" next one in ", "muted"), (countdown(token.next_in), "text"))


_AGE_WIDTH: Final = 6
_HEARTBEAT_LATE: Final = 3.0
"""Seconds; one per second is documented."""
_NOTEWORTHY: Final = 0.25
"""Seconds behind from which it is shown."""
_FAR_BEHIND: Final = 1.0
"""Seconds behind above which it is shown as bad."""


def _count_style(number: int) -> str:
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
    return (duration(age).ljust(_AGE_WIDTH), _count_style(age is not None and age > _HEARTBEAT_LATE))


def _confirmed(feed: FeedView) -> Line:
    asked, missing = len(feed.subscriptions_asked), len(feed.subscriptions_missing)
    return ((f"{asked - missing} of {asked}", _count_style(missing)), (" confirmed", "muted"))


def behind(feed: FeedView) -> Cell:
    """How far behind we are, or how old the data is, if it matters; else the kind of latency."""
    if feed.behind >= _NOTEWORTHY:
        return (behind_words(feed.behind), "bad-text" if feed.behind > _FAR_BEHIND else "warn-text")
    if feed.age is not None and feed.age >= LATE:
        return (f"data is {feed.age:.0f} s old", "bad-text")
    return (latency_shown(feed)[1], "muted")


def _age_note(feed: FeedView) -> Line:
    """What follows the age of the book: whether the age of the data is only relative."""
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
    taken = depth.snapshot
    if taken is None:
        return labelled("snapshot", ("none yet", "muted"))
    line = labelled("snapshot", (f"{count(taken.levels)} levels", "text"), (f", {volume(taken.bytes)}", "text"))
    if taken.seconds is not None:
        line += ((f", ready {latency(taken.seconds * 1000)} after it came", "muted"),)
    return line


def feed_lines(feed: FeedView, depth: DepthView | None, width: int) -> list[Line]:
    """The connection and its data, in eleven rows; a long ticker line replaces the history of rates."""
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
            (f"{feed.frames_per_second:.1f} /s".ljust(_AGE_WIDTH + 3), "strong"),
            (data_rate(feed.bytes_per_second), "text"),
        ),
        *([rates] if len(ticker) == 1 else []),
        labelled("latency", (latency(latency_shown(feed)[0]).ljust(_AGE_WIDTH + 3), "text"), behind(feed)),
        labelled(
            "heartbeat",
            _heartbeat(feed),
            (" old   missed ", "muted"),
            (count(feed.heartbeats_missed), _count_style(feed.heartbeats_missed)),
        ),
        labelled("book", (duration(depth.book_age if depth else None).ljust(_AGE_WIDTH), "text"), *_age_note(feed)),
        *ticker,
        labelled("subscribed", *_confirmed(feed)),
    ]


def sequence_lines(stats: SequenceStats, feed: FeedView, width: int) -> list[Line]:
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
        style = "text" if calm else _count_style(number)
        return ((f" {label:<{LABEL}}".ljust(14), "muted"), (shown.ljust(max(0, half - 14)), style))

    return [
        title("SEQUENCE", scope_text(stats.scope), width),
        *(cells(*left) + cells(*right) for left, right in pairs),
    ]


def compact_lines(view: MarketView, width: int, height: int) -> list[Line]:
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
        return Part(rank, ((f"{label} ", "muted"), (count(number), "text" if calm else _count_style(number))))

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
    rows = [[sequence[0], *connection]] if height == 1 else [connection, sequence]
    return [((" ", "text"), *fit(row, width - 1)) for row in rows]


def health_page(view: MarketView, width: int) -> list[Line]:
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
        lines += [((f" {row}", "warn-text"),) for row in wrap(f"last error: {feed.detail}", width - 2)]
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
                ("  of unknown type ", "muted"),
                (count(feed.unknown_frames), "text"),
            ),
            labelled(
                "crossed", (count(feed.crossed), _count_style(feed.crossed)), (" times, for more than 250 ms", "muted")
            ),
            labelled(
                "removals", (count(feed.unknown_removals), "text"), (" of prices that were not in the book", "muted")
            ),
        ]
        lines += notes(_SEQUENCE_NOTES, width)
    lines += [BLANK, *token_lines(view.token, feed, width), *notes(_TOKEN_NOTES, width)]
    lines += [BLANK, title("SUBSCRIPTIONS", "requested", width)]
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
    "Latency is the time of arrival minus the message's own timestamp, corrected for the offset between the two clocks "
    "if the handshake gave it. It shows - after 5 s without a message. One heartbeat per second is expected.",
    "We are behind when frames wait to be processed: more arrive than this machine can handle. No frame is dropped.",
    "The age of the data is unproved when it is only relative to the fastest message of the connection: without the "
    "venue's time from the handshake, a connection on which every message is late looks like a good one.",
)
_SEQUENCE_NOTES: Final = (
    "A gap is a jump in the numbers; missed is how many messages it skipped. Duplicates and late (out of order) "
    "messages are counted and ignored. A resync requests new snapshots, a reconnect opens a new connection.",
)
_TOKEN_NOTES: Final = (
    "A token is signed for one message. Its countdown runs to its expiry and does not affect a running stream.",
)


def event_line(event: EventView, width: int, *, local: bool, named_zone: bool) -> Line:
    """One event in one row; ``named_zone`` adds the time zone."""
    clock = clock_text(event.at, local=local) + (f" {zone(local=local)}" if named_zone else "")
    mark, style = EVENT_MARKS.get(event.level, EVENT_MARKS["note"])
    product = f"{cut(event.product, 18)}: " if event.product else ""
    room = max(0, width - len(clock) - len(mark) - 5 - len(product))
    return (
        (f" {clock}  ", "muted"),
        (mark, style),
        (f"  {product}", "strong"),
        (cut(_event_text(event), room), _event_style(event)),
    )


def _event_text(event: EventView) -> str:
    return f"{event.text}; {event.recording}" if event.recording else event.text


def _event_style(event: EventView) -> str:
    """While an incident lasts, its text has the colour of its mark."""
    return EVENT_MARKS[event.level][1] if event.is_open and event.level in EVENT_MARKS else "text"


def event_lines(events: Sequence[EventView], width: int, height: int, *, local: bool) -> list[Line]:
    """The newest events that fit, newest last; a single row has no heading and names its time zone."""
    if height <= 1:
        return [event_line(event, width, local=local, named_zone=True) for event in events[-1:]]
    shown = events[-(height - 1) :]
    return [
        title("EVENTS", f"newest last, times {zone(local=local)}", width),
        *(event_line(event, width, local=local, named_zone=False) for event in shown),
    ]


def event_column(events: Sequence[EventView], width: int, height: int, *, local: bool) -> list[Line]:
    """The newest events that fit a narrow column, newest first, each in full."""
    newest = events[-max(1, height) :]
    heading = title("EVENTS", f"newest first, times {zone(local=local)}", width)
    return [heading, *event_page(newest, width, local=local)][:height]


def event_page(events: Sequence[EventView], width: int, *, local: bool) -> list[Line]:
    lines: list[Line] = []
    for event in reversed(events):
        head = event_line(event, width, local=local, named_zone=False)
        indent = sum(len(text) for text, _ in head[:3])
        rows = wrap(_event_text(event), max(10, width - indent - 1)) or [""]
        lines.append((*head[:3], (rows[0], _event_style(event))))
        lines += [((" " * indent + row, _event_style(event)),) for row in rows[1:]]
    return lines or [((" no events yet", "muted"),)]


class HealthPanel(LinePanel):
    view: var[MarketView | None] = var(None)


class FeedPanel(HealthPanel):
    DEFAULT_CSS = f"FeedPanel {{ height: {FEED_ROWS}; }}"

    def lines(self, width: int, height: int) -> Sequence[Line]:
        view = self.view
        if view is None:
            return []
        return feed_lines(view.feed, view.depths[0] if view.depths else None, width)


class SequencePanel(HealthPanel):
    DEFAULT_CSS = f"SequencePanel {{ height: {SEQUENCE_ROWS}; }}"

    def lines(self, width: int, height: int) -> Sequence[Line]:
        view = self.view
        if view is None or not view.depths:
            return []
        return sequence_lines(view.depths[0].sequence, view.feed, width)


class TokenPanel(HealthPanel):
    DEFAULT_CSS = f"TokenPanel {{ height: {TOKEN_ROWS}; }}"

    def __init__(self, page_key: str) -> None:
        super().__init__()
        self._page_key = page_key
        """Opens the page of all that there is to say of tokens; empty where no key does."""

    def lines(self, width: int, height: int) -> Sequence[Line]:
        return [] if self.view is None else token_lines(self.view.token, self.view.feed, width, self._page_key)


class HealthLines(HealthPanel):
    DEFAULT_CSS = "HealthLines { height: 2; }"

    def lines(self, width: int, height: int) -> Sequence[Line]:
        return [] if self.view is None else compact_lines(self.view, width, height)


class EventPanel(LinePanel):
    events: var[tuple[EventView, ...]] = var(())
    local_time: var[bool] = var(False)
    column: var[bool] = var(False)
    """In a narrow column: newest first, long ones on several rows."""

    def lines(self, width: int, height: int) -> Sequence[Line]:
        if self.column:
            return event_column(self.events, width, height, local=self.local_time)
        return event_lines(self.events, width, height, local=self.local_time)
