"""The token as lines: the panel, its one line of a small screen, and the whole page. Pure."""

from __future__ import annotations

from math import ceil
from typing import TYPE_CHECKING, Final

from depthview.ui.cells import BLANK, Cell, Line, cut, wrap
from depthview.ui.sections import LABEL, labelled, meter, notes, title
from depthview.ui.words import TOKEN_WORDS, count, countdown, duration, token_style
from depthview.views.market import FeedView, TokenState, TokenView

if TYPE_CHECKING:
    from depthview.views.market import MarketView

_CLOCK_SHOWN_FROM: Final = 1.0
"""Seconds; a smaller offset is not worth a word."""
_ADVICE_ROWS: Final = 2
_NOTES: Final = (
    "A token is signed for one message and judged when that message arrives: the countdown says when the next message "
    "will need another one. A public subscription that runs goes on past it.",
)
_FAILED: Final = "the key did not sign: messages go without a token (depthview auth check)"
_BACKDATED: Final = (
    "nbf is set {seconds} s back, because a clock that is a little ahead of the venue's is enough for a refusal "
    "(reported); the life from nbf to exp stays within 120 s."
)


def clock_words(feed: FeedView) -> str:
    """This machine's clock against the venue's, with what is unsure of it; empty while it has not been measured."""
    if feed.clock_ahead is None:
        return ""
    side = "ahead of" if feed.clock_ahead >= 0 else "behind"
    corrected = ", and signed for with the venue's time" if feed.clock_corrected else ""
    unsure = f"{feed.clock_uncertainty:.{1 if feed.clock_uncertainty >= 0.05 else 2}f}"
    return f"{abs(feed.clock_ahead):,.1f} s {side} the venue's, give or take {unsure} s{corrected}"


def clock_is_off(feed: FeedView) -> bool:
    """Whether the clock's offset is worth showing."""
    return feed.clock_ahead is not None and abs(feed.clock_ahead) - feed.clock_uncertainty > _CLOCK_SHOWN_FROM


def token_lines(token: TokenView, feed: FeedView, width: int, page_key: str = "") -> list[Line]:
    """Countdown to ``exp``, what became of the last token's message, how many went out, when the next does.

    Args:
        token: What there is to tell.
        feed: For the clock, and where there might be a key.
        width: In columns.
        page_key: The key that opens the page of it, where there is one: advice that has no room points there.
    """
    if token.state is TokenState.NONE:
        hint = [((f" {row}", "text"),) for row in wrap(feed.key_hint, width - 2)][:3]
        return [title("TOKEN", _key(token), width), _none(token), *hint]
    lines: list[Line] = [title("TOKEN", _key(token), width), _bar(token, width)]
    if token.signing_failed:
        return [*lines, *(((f" {row}", "bad-text"),) for row in wrap(_FAILED, width - 2)), _next(token)]
    if token.advice:
        likeliest = token.advice[0]
        told = wrap(f"likely: {likeliest.what}; {likeliest.cure}", width - 2)
        if len(told) > _ADVICE_ROWS:
            more = f" {page_key}: more" if page_key else ""
            kept = cut(" ".join(told[_ADVICE_ROWS - 1 :]), width - 2 - len(more))
            told = [*told[: _ADVICE_ROWS - 1], f"{kept}{more}"]
        return [*lines, *(((f" {row}", "warn-text"),) for row in told), _next(token)]
    plural = "" if token.sent == 1 else "s"
    sent: Line = ((" sent ", "muted"), (count(token.sent), "text"), (f" token{plural}, one a message", "muted"))
    last: Line = ((" a running stream goes on without one", "muted"),)
    if token.detail:
        last = ((f" {cut(token.detail, width - 2)}", "warn-text"),)
    elif clock_is_off(feed):
        last = ((f" {cut(f'clock {clock_words(feed)}', width - 2)}", "warn-text"),)
    return [*lines, sent, _next(token), last]


def token_brief(token: TokenView) -> Line:
    """The token in a few words."""
    if token.state is TokenState.NONE:
        return (("token ", "muted"), ("none", "text"))
    left = "-:--" if token.expires_in is None else countdown(token.expires_in)
    word, style = _fate(token)
    return (("token ", "muted"), (f"{left} ", "text"), (word, "text" if style == "strong" else style))


def token_page(view: MarketView, width: int) -> list[Line]:
    """Everything that is known of tokens: what to do about a refusal, where they come from, what became of them."""
    token, feed = view.token, view.feed
    lines = _refusal(token, width)
    lines += [
        title("KEY", feed.mode.value, width),
        labelled("host", (feed.host, "text")),
        labelled("key", (cut(feed.key_source, max(8, width - LABEL - 3)), "text")),
    ]
    if token.algorithm or token.key_tail:
        lines.append(labelled("kind", (_key(token), "text")))
    lines += [((f" {row}", "text"),) for row in wrap(feed.key_hint, width - 2)] if feed.key_hint else []
    lines += [BLANK, title("LAST TOKEN", "", width)]
    lines += [_none(token)] if token.state is TokenState.NONE else _last_token(token, width)
    words = clock_words(feed)
    if words:
        style = "warn-text" if clock_is_off(feed) else "text"
        rows = wrap(words, max(8, width - LABEL - 3))
        lines += [labelled("" if at else "clock", (row, style)) for at, row in enumerate(rows)]
    lines.append(BLANK)
    if not token.renewable:
        lines += notes(("Nothing can renew this token: once it has expired, messages go without one.",), width)
    lines += notes(_NOTES, width)
    if token.backdated:
        lines += notes((_BACKDATED.format(seconds=token.backdated),), width)
    return lines


def _refusal(token: TokenView, width: int) -> list[Line]:
    """Why tokens are refused and what to do, until one is accepted."""
    if token.state is not TokenState.REFUSED and not token.advice:
        return []
    lines: list[Line] = [title("REFUSED", "the likeliest cause first", width)]
    if token.detail:
        lines.append(((f" the venue answered: {cut(token.detail, max(8, width - 22))}", "warn-text"),))
    if token.suspended:
        lines.append(((" messages go without a token meanwhile, and public books run on", "text"),))
    for place, advice in enumerate(token.advice, 1):
        head = wrap(advice.what, width - 5)
        lines += [((f" {'  ' if at else f'{place}.'} {row}", "strong"),) for at, row in enumerate(head)]
        lines += [((f"    {row}", "text"),) for row in wrap(advice.cure, width - 5)]
    return [*lines, BLANK]


def _last_token(token: TokenView, width: int) -> list[Line]:
    accepted = "never" if token.accepted_ago is None else f"{duration(token.accepted_ago)} ago"
    signed = "" if token.expires_in is None else f" {duration(token.life - token.expires_in)} ago"
    lines: list[Line] = [_bar(token, width)]
    if token.signing_failed:
        lines += [((f" {row}", "bad-text"),) for row in wrap(_FAILED, width - 2)]
    return [
        *lines,
        labelled("life", (f"{ceil(token.life)} s from its signing{signed}", "text")),
        labelled("sent", (count(token.sent), "text"), (" since the start, one a message", "muted")),
        labelled("accepted", (accepted, "text")),
        labelled("next", *_next_on_page(token)),
    ]


def _next_on_page(token: TokenView) -> Line:
    if not token.renewable:
        return (("none: nothing can renew it", "text"),)
    if token.next_in is None:
        return (("with the next message that is sent", "text"),)
    what = " until one is tried again" if token.suspended else " until it goes out"
    return ((countdown(token.next_in), "text"), (what, "muted"))


def _key(token: TokenView) -> str:
    return " ".join(part for part in (token.algorithm, f"key …{token.key_tail}" if token.key_tail else "") if part)


def _bar(token: TokenView, width: int) -> Line:
    state = _fate(token)
    if token.expires_in is None:
        return ((" -:--  ", "strong"), state)
    room = max(4, width - 8 - len(state[0]) - 3)
    share = token.expires_in / token.life if token.life > 0 else 0.0
    left = countdown(max(0.0, token.expires_in))
    return ((f" {left:>5}  ", "strong"), (meter(share, room), "meter"), ("  ", "text"), state)


def _fate(token: TokenView) -> Cell:
    """The state's word; with a margin where it is a block of colour."""
    word, style = TOKEN_WORDS[token.state], token_style(token.state, signing_failed=token.signing_failed)
    return (f" {word} " if style in ("bad", "warn") else word, style)


def _none(token: TokenView) -> Line:
    if token.signing_failed:
        return ((" none: ", "strong"), (_FAILED, "bad-text"))
    if token.algorithm:
        return ((" none yet: the first message takes the first one", "strong"),)
    return ((" none: messages go without a token", "strong"),)


def _next(token: TokenView) -> Line:
    if not token.renewable:
        return ((" nothing can renew it; then messages go without", "muted"),)
    if token.next_in is None:
        return ((" next with the next message that is sent", "muted"),)
    if token.suspended:
        return ((" without a token now; next one tried in ", "muted"), (countdown(token.next_in), "text"))
    return ((" next goes out in ", "muted"), (countdown(token.next_in), "text"))
