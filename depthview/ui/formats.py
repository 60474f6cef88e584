"""Exact numbers as text. Pure: a ``Decimal`` goes in, text of a known width comes out.

Rules: nothing is rounded up, so no depth is shown that is not there; a live level never reads zero; nothing is
ever scientific; thousands separators stand in prices only. Floats appear as bar lengths and nowhere else.
"""

from __future__ import annotations

import math
from decimal import ROUND_DOWN, Context, Decimal
from functools import cache, lru_cache
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.ui.leftward import EIGHTHS_FROM_RIGHT

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

EXACT: Final = Context(prec=120, rounding=ROUND_DOWN)
"""Wide enough for products and sums of 33-digit numbers; the default context would round or refuse them."""
_SUBSCRIPT: Final = str.maketrans("0123456789", "₀₁₂₃₄₅₆₇₈₉")
_SUFFIXES: Final = ("", "k", "M", "B", "T", "P", "E", "Z", "Y")
_EIGHTHS: Final = ("", "▏", "▎", "▍", "▌", "▋", "▊", "▉")
_STRIP: Final = "▁▂▃▄▅▆▇█"
DECADES: Final = 4
"""Powers of ten over the width of a logarithmic bar."""
_USED: Final = Decimal("0.3")
"""Share of a scale that is to be used, or a smaller one is taken: two fifths or half of it, of which no more than three
quarters are filled by then, so that it does not change back at once."""
_CLIPPED_ABOVE: Final = 4
"""A largest size beyond so many times the third largest is an outlier: it is clipped instead of flattening all."""


def fixed(value: Decimal, decimals: int, *, separators: bool = False) -> str:
    """``value`` with exactly ``decimals`` decimals, cut and never rounded up.

    A value other than zero that would read zero becomes ``<0.01`` (the smallest figure that can be shown).
    """
    step = _step(decimals)
    shown = value.quantize(step, None, EXACT)
    if not shown and value:
        return f"<{step:f}" if value > 0 else f">-{step:f}"
    return f"{shown:,f}" if separators else f"{shown:f}"


@cache
def _step(decimals: int) -> Decimal:
    return Decimal((0, (1,), -decimals))


def zero_run(value: Decimal, width: int) -> str:
    """A tiny positive ``value`` as ``0.0₅123``: the small digit counts the zeros after the point.

    Args:
        value: Between 0 and 0.01.
        width: Columns at most; digits beyond them are cut.
    """
    digits = format(value, "f").partition(".")[2].rstrip("0")
    zeros = len(digits) - len(digits.lstrip("0"))
    return f"0.0{str(zeros).translate(_SUBSCRIPT)}{digits[zeros:]}"[:width]


def compact(value: Decimal) -> str:
    """A large ``value`` with four significant digits and a suffix, cut: ``1.234M``."""
    power = max(0, value.adjusted()) // 3 if value else 0
    if power >= len(_SUFFIXES):
        return f">999{_SUFFIXES[-1]}"
    scaled = value.scaleb(-3 * power, context=EXACT)
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


def bar_scale(sizes: Iterable[Decimal], held: Decimal | None) -> Decimal | None:
    """The size at which a bar is full, in base currency: a round figure that changes seldom.

    Args:
        sizes: Sizes on show.
        held: The scale shown so far; kept while the sizes still use a good part of it.

    Returns:
        None when there is nothing to scale.
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

    Args:
        size: What to show.
        scale: What fills the width; None shows nothing.
        width: Columns.
        log: Whether equal lengths are equal factors, :data:`DECADES` of ten over the width, and not equal amounts.
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


def bar_left(size: Decimal, scale: Decimal | None, width: int, *, log: bool = False) -> Bar:
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
