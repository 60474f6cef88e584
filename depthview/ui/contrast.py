"""How far colours stand from each other, as WCAG 2 measures it, and colours moved until they stand far enough."""

from __future__ import annotations

from colorsys import rgb_to_hls
from functools import lru_cache
from typing import Final, NamedTuple

from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.color import Color

_WHITE: Final = Color(255, 255, 255)
_BLACK: Final = Color(0, 0, 0)
ALIKE: Final = 0.055
"""How much more contrast one of a pair of 256 shades may have than the other one, as a share: the cube is coarse, and
below that it has pairs of other hues only."""
_COLOURFUL: Final = 60
"""Between the channels of a colour that is no grey to the eye."""
_SAME_HUE: Final = 15
"""Degrees beyond which a hue may be taken for another one, an orange for a yellow that warns."""
_DEGREE, _OTHER_HUE, _PALE = 40, 200_000, 5
"""What a degree away from the hue counts, squared, one that is too far away, and a step less between the channels,
squared, against steps of the channels, squared: a shade may rather be lighter than paler or of another hue."""
_UNEVEN: Final = 2e6
"""What a difference of contrasts counts, a share, squared, against the same."""
_NEAREST: Final = 48
"""Shades of either side among which a pair is looked for."""


@lru_cache(4096)
def luminance(colour: Color) -> float:
    """Relative luminance as WCAG 2 defines it, 0 to 1."""

    def linear(channel: int) -> float:
        share = channel / 255
        return share / 12.92 if share <= 0.03928 else ((share + 0.055) / 1.055) ** 2.4

    return 0.2126 * linear(colour.r) + 0.7152 * linear(colour.g) + 0.0722 * linear(colour.b)


def contrast(one: Color, other: Color) -> float:
    """WCAG contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


class Shades(NamedTuple):
    """What a terminal can show."""

    values: tuple[Color, ...] = ()
    """What may be asked of it; none for a terminal that shows every colour as it is."""

    def seen(self, colour: Color) -> Color:
        """What is seen where ``colour`` is asked for."""
        return _seen_of_256(colour) if self.values else colour

    def nearest(self, colour: Color) -> Color:
        """The value that looks most like ``colour``."""
        return min(self.values, key=lambda value: _difference(self.seen(value), colour), default=colour)


EVERY: Final = Shades()


@lru_cache(1)
def of_256() -> Shades:
    """Of a terminal with 256 colours: a value for each that can be reached.

    Rich takes other steps from a colour to its number than from a number to its colour, greys above all, so that a
    colour of the 256 may be shown as its neighbour (15.0, counted: 13 of 240 are).
    """
    greys = [Color(level, level, level) for level in (round(255 * step / 25) for step in range(1, 25))]
    cube = [Color(*RichColor.from_ansi(number).get_truecolor()) for number in range(16, 256)]
    by_look = {_seen_of_256(value): value for value in (*greys, *cube)}
    return Shades(tuple(by_look.values()))


@lru_cache(4096)
def _seen_of_256(colour: Color) -> Color:
    return Color(*RichColor.from_rgb(*colour.rgb).downgrade(ColorSystem.EIGHT_BIT).get_truecolor())


def _difference(one: Color, other: Color) -> int:
    """How unlike two colours look. Another hue counts more than another lightness."""
    (r, g, b), (red, green, blue) = one.rgb, other.rgb
    away = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2
    return away + 2 * ((r - g - red + green) ** 2 + (g - b - green + blue) ** 2)


def at_contrast(hue: Color, ground: Color, ratio: float, *, exactly: bool = False, shades: Shades = EVERY) -> Color:
    """``hue`` made lighter or darker until it stands ``ratio`` from ``ground``.

    Args:
        hue: The colour wished for; kept where it is far enough already, unless ``exactly``.
        ground: What lies behind it.
        ratio: WCAG contrast ratio, of what is seen.
        exactly: Bring a stronger colour nearer to the ground too, as near as the terminal can.
        shades: What the terminal can show.
    """
    behind = shades.seen(ground)
    found = _moved(hue, behind, ratio, exactly=exactly)
    far = [value for value in shades.values if contrast(shades.seen(value), behind) >= ratio]
    return min(far, key=lambda value: _difference(shades.seen(value), found), default=found)


@lru_cache(64)
def pair_at_contrast(
    hues: tuple[Color, Color], ground: Color, ratio: float, *, exactly: bool = False, shades: Shades = EVERY
) -> tuple[Color, Color]:
    """Both of ``hues`` as :func:`at_contrast` has them, and of few shades a pair that stands alike from ``ground``.

    Of 256 shades the nearest to each hue would differ by up to two thirds of their contrast (counted over all themes).

    Args:
        hues: The colours wished for.
        ground: What lies behind them.
        ratio: WCAG contrast ratio, of what is seen.
        exactly: Bring stronger colours nearer to the ground too, as near as the terminal can.
        shades: What the terminal can show.
    """
    one, other = (at_contrast(hue, ground, ratio, exactly=exactly, shades=shades) for hue in hues)
    behind = shades.seen(ground)
    found = one, other
    uneven = _uneven(contrast(shades.seen(one), behind), contrast(shades.seen(other), behind))
    best = (max(0.0, uneven - ALIKE), float("inf"))
    first, second = (_candidates(hue, behind, ratio, shades, exactly=exactly) for hue in hues)
    for cost, stands, value in first:
        for more, its, its_value in second:
            if value == its_value and hues[0] != hues[1]:
                continue
            uneven = _uneven(stands, its)
            rank = (max(0.0, uneven - ALIKE), cost + more + _UNEVEN * uneven**2)
            if rank < best:
                best, found = rank, (value, its_value)
    return found


def _uneven(one: float, other: float) -> float:
    """By which share the larger of two ratios is beyond the smaller one."""
    return max(one, other) / min(one, other) - 1


def _candidates(
    hue: Color, behind: Color, ratio: float, shades: Shades, *, exactly: bool
) -> list[tuple[float, float, Color]]:
    """Shades that could stand for ``hue``, the likest first: how unlike, their contrast, the value."""
    wished = _moved(hue, behind, ratio, exactly=exactly)
    least = _COLOURFUL if _spread(hue) > _COLOURFUL else -1
    found = []
    for value in shades.values:
        seen = shades.seen(value)
        stands = contrast(seen, behind)
        if stands >= ratio and _spread(seen) > least:
            away = _degrees(seen, hue) if least > 0 else 0.0
            pale = max(0, _spread(wished) - _spread(seen))
            cost = _difference(seen, wished) + _DEGREE * away**2 + _PALE * pale**2
            cost += _OTHER_HUE if away > _SAME_HUE else 0
            found.append((cost, stands, value))
    return sorted(found)[:_NEAREST]


def _spread(colour: Color) -> int:
    return max(colour.rgb) - min(colour.rgb)


def _degrees(one: Color, other: Color) -> float:
    """Between two hues on their circle, 0 to 180."""
    hues = [rgb_to_hls(*(channel / 255 for channel in colour.rgb))[0] * 360 for colour in (one, other)]
    away = abs(hues[0] - hues[1])
    return min(away, 360 - away)


def _moved(hue: Color, ground: Color, ratio: float, *, exactly: bool) -> Color:
    if contrast(hue, ground) < ratio:
        start, end = hue, (_WHITE if contrast(_WHITE, ground) >= contrast(_BLACK, ground) else _BLACK)
    elif exactly:
        start, end = ground, hue
    else:
        return hue
    low, high = 0.0, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        if contrast(start.blend(end, middle), ground) >= ratio:
            high = middle
        else:
            low = middle
    return start.blend(end, high)
