"""Words, glyphs and times: one way to say each thing, everywhere on the screen. Pure."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import TYPE_CHECKING, Final

from depthview.core.fixed_point import decimals_of
from depthview.core.verdict import Verdict
from depthview.ui.cells import cut
from depthview.ui.formats import fixed, price_text
from depthview.views.market import ConnectionState, TokenState

if TYPE_CHECKING:
    from decimal import Decimal

    from depthview.ui.cells import Cell
    from depthview.views.depth import DepthView
    from depthview.views.market import FeedView, ReplayView

VERDICT_GLYPHS: Final = {
    Verdict.SYNCED: "●",
    Verdict.QUIET: "○",
    Verdict.SYNCING: "◌",
    Verdict.STALE: "◆",
    Verdict.DOWN: "✕",
    Verdict.NO_DATA: "∅",
}
VERDICT_WIDTH: Final = 11
"""Columns of the block that :func:`verdict_block` gives, so that nothing beside it moves."""
UNPROVED: Final = "UNPROVED"
UNPROVED_MARK: Final = "?"
"""The same behind a verdict's glyph, where there is no room for words."""
"""Beside the verdict where the sequence numbers prove nothing."""
_STATE_MARK: Final = 14
"""Columns that the words for a trading state takes at most."""
TOKEN_WORDS: Final = {
    TokenState.NONE: "none",
    TokenState.SIGNING: "signing",
    TokenState.ACCEPTED: "accepted",
    TokenState.REFUSED: "REFUSED",
    TokenState.UNANSWERED: "unanswered",
    TokenState.EXPIRED: "EXPIRED",
}
_TOKEN_STYLES: Final = {TokenState.REFUSED: "bad", TokenState.UNANSWERED: "warn", TokenState.EXPIRED: "muted"}
_CONNECTION_STYLES: Final = {
    ConnectionState.OPEN: "strong",
    ConnectionState.ENDED: "strong",
    ConnectionState.CONNECTING: "warn",
    ConnectionState.WAITING: "bad",
    ConnectionState.FAILED: "bad",
    ConnectionState.CRASHED: "bad",
}
DIRECTION_GLYPHS: Final = {1: "▲", -1: "▼", 0: " "}
EVENT_MARKS: Final = {
    "good": ("● ok  ", "strong"),
    "note": ("· note", "muted"),
    "warn": ("! warn", "warn-text"),
    "bad": ("✕ bad ", "bad-text"),
}


def state_mark(trading_state: str) -> str:
    """A trading state in a word or two, for where there is room for no more; empty for none."""
    return cut(trading_state.partition(",")[0].removeprefix("trading "), _STATE_MARK)


def verdict_style(verdict: Verdict) -> str:
    """Plain for what is trusted, a reversed block for everything else."""
    if verdict.trusted:
        return "good"
    return "warn" if verdict is Verdict.SYNCING else "bad"


def verdict_inks(verdict: Verdict) -> tuple[str, str]:
    """Styles for the hatching and for the reason of a verdict that is not trusted."""
    return ("hatch-warn", "warn-text") if verdict is Verdict.SYNCING else ("hatch", "bad-text")


def verdict_block(verdict: Verdict) -> str:
    """Glyph and word in :data:`VERDICT_WIDTH` columns."""
    return f" {VERDICT_GLYPHS[verdict]} {verdict.value:<7} "


def mode_words(feed: FeedView, replay: ReplayView | None) -> str:
    """Where the frames come from, and whether a replay stands still."""
    if replay is None:
        return feed.mode.value
    return "REPLAY ENDED" if replay.ended else "REPLAY PAUSED" if replay.paused else feed.mode.value


def token_style(state: TokenState, *, signing_failed: bool = False) -> str:
    """Only an answer that is missing or negative stands out, and an expiry only where signing has failed since."""
    if signing_failed and state is TokenState.EXPIRED:
        return "bad"
    return _TOKEN_STYLES.get(state, "strong")


def connection_style(state: ConnectionState) -> str:
    """Reversed while there is no connection."""
    return _CONNECTION_STYLES[state]


def duration(seconds: float | None) -> str:
    """An age in at most six columns with its unit: ``0.4 s``, ``14m06s``, ``2h05m``, ``3d04h``; ``-`` for none."""
    if seconds is None:
        return "-"
    seconds = max(0.0, seconds)
    if seconds < 99.95:
        return f"{seconds:.1f} s"
    whole = int(seconds)
    if whole < 3600:
        return f"{whole // 60}m{whole % 60:02d}s"
    if whole < 86_400:
        return f"{whole // 3600}h{whole % 3600 // 60:02d}m"
    return f"{min(999, whole // 86_400)}d{whole % 86_400 // 3600:02d}h"


def countdown(seconds: float) -> str:
    """``mm:ss`` to go; ``0:00`` once past."""
    whole = max(0, int(seconds))
    return f"{whole // 60}:{whole % 60:02d}"


def clock_text(at: float, *, local: bool, millis: bool = False) -> str:
    """Time of day of ``at`` (unix seconds), without its zone: say :func:`zone` once nearby."""
    try:
        moment = datetime.fromtimestamp(at, tz=UTC)
        if local:
            moment = moment.astimezone()
    except (OverflowError, ValueError, OSError):
        return "--:--:--.---" if millis else "--:--:--"
    text = moment.strftime("%H:%M:%S")
    return f"{text}.{moment.microsecond // 1000:03d}" if millis else text


def zone(*, local: bool) -> str:
    """What clock all times are by."""
    return "local" if local else "UTC"


def data_rate(bytes_per_second: float) -> str:
    """Bytes a second with a decimal unit: ``13.2 kB/s``."""
    if bytes_per_second < 999.5:
        return f"{bytes_per_second:.0f} B/s"
    if bytes_per_second < 999_950:
        return f"{bytes_per_second / 1e3:.1f} kB/s"
    return f"{bytes_per_second / 1e6:.1f} MB/s"


def volume(size: int) -> str:
    """Bytes with a decimal unit: ``5.1 MB``."""
    return data_rate(size).removesuffix("/s")


def latency_shown(feed: FeedView) -> tuple[float | None, str]:
    """Milliseconds from the venue's stamp to arrival, and whether they are corrected for the clocks' offset."""
    ms, ahead = feed.latency_ms, feed.clock_ahead
    if ahead is None:
        return ms, "uncorrected"
    return None if ms is None else max(0.0, ms - ahead * 1000), "corrected"


def latency(ms: float | None) -> str:
    """Milliseconds, from ten seconds on seconds; negative where this machine's clock is behind the venue's.

    ``-`` without a recent frame.
    """
    if ms is None:
        return "-"
    return f"{ms:.0f} ms" if abs(ms) < 9_999.5 else f"{ms / 1000:.0f} s"


def basis_points(value: Decimal | None) -> str:
    """Basis points with three decimals, cut; ``-`` where withheld."""
    return "-" if value is None else f"{fixed(value, 3)} bps"


def percent(share: Decimal) -> str:
    """A signed share as a whole percentage: ``+12 %``."""
    return f"{int(share * 100):+d} %"


def count(number: int) -> str:
    """A counter with thousands separators."""
    return f"{number:,}"


def scope_text(scope: str) -> str:
    """What the sequence numbers are counted over."""
    words = {"connection": "one count a connection", "product": "one count a product", "none": "not judged"}
    return words.get(scope, "scope undecided")


def ticker_cell(depth: DepthView | None, style: str, *, age_width: int = 0) -> Cell:
    """What the ticker says of this book; without evidence nothing is claimed.

    Args:
        depth: The book.
        style: Where it does not contradict.
        age_width: Columns of the age.
    """
    if depth is not None and depth.ticker_differs is not None:
        differs = depth.ticker_differs
        prices = (_price(price, depth.price_decimals) for price in (differs.bid, differs.ask))
        return (f"differs for {duration(differs.seconds)}: {' / '.join(prices)}", "warn-text")
    if depth is None or depth.ticker_age is None:
        return ("-: no evidence yet", "muted")
    word = "agrees" if depth.verdict.trusted else "agreed"
    return (f"{word}, {duration(depth.ticker_age):>{age_width}} ago", style)


def _price(price: Decimal | None, decimals: int) -> str:
    return "-" if price is None else price_text(price, max(decimals, decimals_of(price)))


def plural(number: int, one: str) -> str:
    """``1 level``, ``2 levels``."""
    return f"{number:,} {one}" if number == 1 else f"{number:,} {one}s"
