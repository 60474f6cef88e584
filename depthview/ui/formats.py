"""Numbers, times, labels and glyphs: one way to write each thing, everywhere on the screen. Pure.

A ``Decimal`` goes in, text of a known width comes out. Nothing is rounded up, so no depth is shown that is not there; a
live level never reads zero; nothing is ever scientific; thousands separators stand in prices only. Floats appear as bar
lengths and nowhere else.
"""

from __future__ import annotations

import math
from datetime import UTC, datetime
from decimal import ROUND_DOWN, Context, Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.core.fixed_point import decimals_of
from depthview.core.verdict import Verdict
from depthview.ui.filters import EIGHTHS_FROM_RIGHT
from depthview.ui.lines import cut
from depthview.views.market import ConnectionState, TokenState

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from depthview.ui.lines import Cell
    from depthview.views.depth import DepthView
    from depthview.views.market import FeedView, ReplayView

TRUNCATING: Final = Context(prec=120, rounding=ROUND_DOWN)
"""Wide enough for products and sums of 33-digit numbers; the default context would round or refuse them."""
_SUBSCRIPT: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUFFIXES: Final = ("", "k", "M", "B", "T", "P", "E", "Z", "Y")
_EIGHTHS: Final = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_STRIP: Final = "▁▂▃▄▅▆▇█"
_COINS: Final = frozenset({"BTC", "ETH"})
_COIN_DECIMALS: Final = 8
_MONEY_DECIMALS: Final = 2
HATCH: Final = "╱"
"""Over what is in doubt."""
DECADES: Final = 4
"""Powers of ten over the width of a logarithmic bar."""
_USED: Final = Decimal("0.3")
"""A scale of which less is used makes way for a smaller one (two fifths or half of it), which is then filled to three
quarters at most, so that it does not change back at once."""
_CLIPPED_ABOVE: Final = 4
"""A size larger than this many times the third largest is an outlier, whose bar is clipped."""


def fixed(value: Decimal, decimals: int, *, separators: bool = False) -> str:
    """``value`` with exactly ``decimals`` decimals, cut and never rounded up.

    A value other than zero that would read zero becomes ``<0.01`` (the smallest figure that can be shown).
    """
    step = _step(decimals)
    shown = value.quantize(step, None, TRUNCATING)
    if not shown and value:
        return f"<{step:f}" if value > 0 else f">-{step:f}"
    return f"{shown:,f}" if separators else f"{shown:f}"


@cache
def _step(decimals: int) -> Decimal:
    return Decimal((0, (1,), -decimals))


def zero_run(value: Decimal, width: int) -> str:
    """A tiny ``value`` (0 to 0.01) as ``0.0₅123``: the small digit counts the zeros after the point."""
    digits = format(value, "f").partition(".")[2].rstrip("0")
    zeros = len(digits) - len(digits.lstrip("0"))
    return f"0.0{str(zeros).translate(_SUBSCRIPT)}{digits[zeros:]}"[:width]


def compact(value: Decimal) -> str:
    """A large ``value`` with four significant digits and a suffix, cut: ``1.234M``."""
    power = max(0, value.adjusted()) // 3 if value else 0
    if power >= len(_SUFFIXES):
        return f">999{_SUFFIXES[-1]}"
    scaled = value.scaleb(-3 * power, context=TRUNCATING)
    decimals = max(0, 3 - max(0, scaled.adjusted()))
    return fixed(scaled, decimals) + _SUFFIXES[power]


def round_text(value: Decimal) -> str:
    """A round figure as short as it goes: ``0.05``, ``250``, ``20M``."""
    text = compact(value) if value >= 10_000 else format(value.normalize(), "f")
    number, suffix = (text[:-1], text[-1]) if text[-1].isalpha() else (text, "")
    return (number.rstrip("0").rstrip(".") if "." in number else number) + suffix


@lru_cache(maxsize=4096)
def price_text(value: Decimal, decimals: int, width: int | None = None) -> str:
    """A price in full, or as :func:`zero_run` or :func:`compact` where ``width`` columns are too few for it.

    The same prices are shown again and again, and looking one up takes a fifth of the time.
    """
    text = fixed(value, decimals, separators=True)
    if width is None or len(text) <= width:
        return text
    return zero_run(value, width) if value < Decimal("0.01") else compact(value)[:width]


def size_text(value: Decimal, decimals: int, width: int | None = None) -> str:
    """A size in full, or :func:`compact` where ``width`` columns are too few for it."""
    text = fixed(value, decimals)
    if width is None or len(text) <= width:
        return text
    return compact(value)[:width]


def amount_text(value: Decimal | None, decimals: int, width: int) -> str:
    """An amount as :func:`size_text` has it; ``-`` where it is not known."""
    return "-" if value is None else size_text(value, decimals, width)


def size_cells(value: Decimal | None, decimals: int, width: int, ink: str, zeros: str, gap: str = "") -> list[Cell]:
    """A size right-aligned in ``width``, its trailing zeros in a style of their own, and the room after it."""
    text = "-" if value is None else size_text(value, decimals, width)
    end = significant(text)
    if end == len(text):
        return [(text.rjust(width) + gap, ink)]
    return [(text[:end].rjust(width - len(text) + end), ink), (text[end:] + gap, zeros)]


def quote_decimals(quote: str) -> int:
    """Decimals in which amounts of a quote currency are shown: those of a coin, else of money."""
    return _COIN_DECIMALS if quote in _COINS else _MONEY_DECIMALS


def significant(text: str) -> int:
    """Where the trailing zeros of ``text`` begin (its point with them when nothing else follows the point)."""
    if "." not in text:
        return len(text)
    return len(text.rstrip("0").rstrip("."))


def shared_prefix(texts: Sequence[str]) -> int:
    """How many leading characters all of ``texts`` share: 0 for fewer than two, or when their lengths differ."""
    if len(texts) < 2 or len({len(text) for text in texts}) > 1:
        return 0
    first, last = min(texts), max(texts)
    return next((i for i, (a, b) in enumerate(zip(first, last, strict=True)) if a != b), len(first) - 1)


def nice_ceiling(value: Decimal) -> Decimal:
    """The smallest of 1, 2, 5 times a power of ten that is not below ``value`` (above 0)."""
    power = Decimal((0, (1,), value.adjusted()))
    for factor in (1, 2, 5):
        if power * factor >= value:
            return power * factor
    return power * 10


def nice_floor(value: Decimal) -> Decimal:
    """The largest of 1, 2, 5 times a power of ten that is not above ``value`` (0 for 0)."""
    if not value:
        return value
    power = Decimal((0, (1,), value.adjusted()))
    return max(power * factor for factor in (1, 2, 5) if power * factor <= value)


def bar_scale(sizes: Iterable[Decimal], held: Decimal | None) -> Decimal | None:
    """The size at which a bar is full, in base currency: a round figure that changes seldom.

    ``held`` is kept while the sizes use a good part of it. None when there is nothing to scale.
    """
    largest = sorted(sizes, reverse=True)[:3]
    if not largest or not largest[0]:
        return held
    reference = largest[0]
    if len(largest) == 3 and reference > _CLIPPED_ABOVE * largest[2] > 0:
        reference = largest[2]
    if held is not None and held * _USED < reference <= held:
        return held
    return nice_ceiling(reference)


class Bar(NamedTuple):
    """A bar in eighths of a column."""

    blocks: str
    """As wide as it is long, at most the columns given."""
    clipped: bool
    """Longer than the scale: the mark at its end says so."""


def bar(size: Decimal, scale: Decimal | None, width: int, *, log: bool = False) -> Bar:
    """The bar of ``size`` where ``scale`` fills ``width`` columns; a live level shows at least an eighth.

    With ``log``, equal lengths are equal factors: :data:`DECADES` powers of ten over the width.
    """
    if scale is None or not scale or width <= 0:
        return Bar("", False)
    if size > scale:
        return Bar("█" * (width - 1) + "▶", True)
    eighths = _eighths(size, scale, width, log=log)
    return Bar("█" * (eighths // 8) + _EIGHTHS[eighths % 8], False)


def _eighths(size: Decimal, scale: Decimal, width: int, *, log: bool) -> int:
    if not size:
        return 0
    share = float(size) / float(scale)
    if log:
        share = 1 + math.log10(share) / DECADES if share > 0 else 0.0
    return max(1, int(share * width * 8))


def mirrored_bar(size: Decimal, scale: Decimal | None, width: int, *, log: bool = False) -> Bar:
    """:func:`bar` in a mirror, ``width`` columns with the room that it leaves over."""
    if scale is None or not scale or width <= 0:
        return Bar(" " * max(0, width), False)
    if size > scale:
        return Bar("◀" + "█" * (width - 1), True)
    whole, part = divmod(_eighths(size, scale, width, log=log), 8)
    return Bar((EIGHTHS_FROM_RIGHT[part] + "█" * whole).rjust(width), False)


class Balance(NamedTuple):
    """A bar with its zero in the centre, in eighths of a column."""

    left: str
    """Right-aligned in its half."""
    right: str
    """Left-aligned in its half."""


def balance(value: Decimal, half: int) -> Balance:
    """The bar of ``value`` (-1 to 1) with ``half`` columns on either side of zero."""
    whole, part = divmod(min(8 * half, int(abs(float(value)) * half * 8 + 0.5)), 8)
    if value < 0:
        return Balance((EIGHTHS_FROM_RIGHT[part] + "█" * whole).rjust(half), " " * half)
    return Balance(" " * half, ("█" * whole + _EIGHTHS[part]).ljust(half))


def rate_strip(values: Sequence[float], width: int) -> str:
    """The last ``width`` of ``values`` as a strip of blocks; the tallest is the largest of them."""
    shown = values[-width:] if width > 0 else ()
    peak = max(shown, default=0.0)
    if peak <= 0:
        return "▁" * len(shown)
    return "".join(_STRIP[min(7, int(max(0.0, v) / peak * 7.999))] for v in shown)


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
"""Beside the verdict if the sequence numbers prove nothing."""
UNPROVED_MARK: Final = "?"
"""The same behind a verdict's glyph, where there is no room for words."""
_STATE_MARK: Final = 14
"""Most columns of a trading state."""
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
    """A trading state in a word or two; empty for none."""
    return cut(trading_state.partition(",")[0].removeprefix("trading "), _STATE_MARK)


def verdict_style(verdict: Verdict) -> str:
    """Plain for what is trusted, a reversed block for everything else."""
    if verdict.trusted:
        return "good"
    return "warn" if verdict is Verdict.SYNCING else "bad"


def verdict_inks(verdict: Verdict) -> tuple[str, str]:
    """Styles of the hatching and of the reason for a verdict that is not trusted."""
    return ("hatch-warn", "warn-text") if verdict is Verdict.SYNCING else ("hatch", "bad-text")


def verdict_block(verdict: Verdict) -> str:
    """Glyph and word in :data:`VERDICT_WIDTH` columns."""
    return f" {VERDICT_GLYPHS[verdict]} {verdict.value:<7} "


def mode_words(feed: FeedView, replay: ReplayView | None) -> str:
    if replay is None:
        return feed.mode.value
    return "REPLAY ENDED" if replay.ended else "REPLAY PAUSED" if replay.paused else feed.mode.value


def token_style(state: TokenState, *, signing_failed: bool = False) -> str:
    """Stands out if the answer is missing or negative, or if signing has failed since the token expired."""
    if signing_failed and state is TokenState.EXPIRED:
        return "bad"
    return _TOKEN_STYLES.get(state, "strong")


def connection_style(state: ConnectionState) -> str:
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
    """Time of day of ``at`` (unix seconds), without its zone: show :func:`zone` nearby."""
    try:
        moment = datetime.fromtimestamp(at, tz=UTC)
        if local:
            moment = moment.astimezone()
    except (OverflowError, ValueError, OSError):
        return "--:--:--.---" if millis else "--:--:--"
    text = moment.strftime("%H:%M:%S")
    return f"{text}.{moment.microsecond // 1000:03d}" if millis else text


def zone(*, local: bool) -> str:
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
    """Milliseconds from the venue's timestamp to arrival, and whether they are corrected for the clock offset."""
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
    return f"{number:,}"


def scope_text(scope: str) -> str:
    words = {"connection": "numbered per connection", "product": "numbered per product", "none": "not checked"}
    return words.get(scope, "numbering not known yet")


def ticker_cell(depth: DepthView | None, style: str, *, age_width: int = 0) -> Cell:
    """What the ticker says of this book; without evidence nothing is claimed. ``age_width`` is in columns."""
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
