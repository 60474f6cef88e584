"""Contrast (WCAG 2) and how far colours can be told apart, also with a colour vision deficiency.

Colour vision is simulated after Machado, Oliveira and Fernandes (2009), their matrices for complete dichromacy, and
differences are measured in Oklab (Ottosson, 2020).
"""

from __future__ import annotations

from colorsys import rgb_to_hls
from functools import lru_cache
from math import dist
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from rich.color import Color as RichColor
from rich.color import ColorSystem
from textual.color import Color

if TYPE_CHECKING:
    from collections.abc import Sequence

_WHITE: Final = Color(255, 255, 255)
_BLACK: Final = Color(0, 0, 0)
_EVEN_ENOUGH: Final = 0.055
"""By which share the contrasts of a pair of 256 shades may differ: the cube is coarse, and closer pairs have other
hues."""
_COLOURFUL: Final = 60
"""Chroma above which a colour is not a grey to the eye."""
_SAME_HUE: Final = 15
"""Degrees beyond which a hue may be taken for another one, an orange for a yellow that warns."""
_DEGREE_COST, _OTHER_HUE_COST, _PALE_COST = 40, 200_000, 5
"""Added to the squared difference of the channels: for a degree of hue, squared; for another hue; for a step of
chroma that is lost, squared. A shade may rather be lighter than paler or of another hue."""
_UNEVEN_COST: Final = 2e6
"""Added to the same for contrasts that differ: for their difference as a share, squared."""
_MOST_CANDIDATES: Final = 48
"""Shades of either side among which a pair is looked for."""


@lru_cache(4096)
def luminance(colour: Color) -> float:
    """Relative luminance as WCAG 2 defines it, 0 to 1."""
    red, green, blue = (_linear(channel) for channel in colour.rgb)
    return 0.2126 * red + 0.7152 * green + 0.0722 * blue


def _linear(channel: int) -> float:
    share = channel / 255
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def contrast(one: Color, other: Color) -> float:
    """WCAG contrast ratio, 1 to 21."""
    low, high = sorted((luminance(one), luminance(other)))
    return (high + 0.05) / (low + 0.05)


def farthest_from(ground: Color) -> Color:
    """White or black, whichever has more contrast with ``ground``."""
    return _WHITE if contrast(_WHITE, ground) >= contrast(_BLACK, ground) else _BLACK


class Shades(NamedTuple):
    """The colours of a terminal."""

    values: tuple[Color, ...] = ()
    """What to ask of it, one for each that it can show; empty for a terminal that shows every colour as it is."""

    def seen(self, colour: Color) -> Color:
        """What the terminal shows for ``colour``."""
        return _seen_in_256(colour) if self.values else colour

    def nearest(self, colour: Color) -> Color:
        return min(self.values, key=lambda value: _difference(self.seen(value), colour), default=colour)


TRUE_COLOR: Final = Shades()


@lru_cache(1)
def xterm_256() -> Shades:
    """The shades of a terminal with 256 colours, one value for each that can be reached.

    Rich maps a colour to its number and a number to its colour by different steps, above all for greys: one of the 256
    colours may be shown as its neighbour (15.0, counted: 13 of 240 are).
    """
    greys = [Color(level, level, level) for level in (round(255 * step / 25) for step in range(1, 25))]
    cube = [Color(*RichColor.from_ansi(number).get_truecolor()) for number in range(16, 256)]
    by_look = {_seen_in_256(value): value for value in (*greys, *cube)}
    return Shades(tuple(by_look.values()))


@lru_cache(4096)
def _seen_in_256(colour: Color) -> Color:
    return Color(*RichColor.from_rgb(*colour.rgb).downgrade(ColorSystem.EIGHT_BIT).get_truecolor())


def _difference(one: Color, other: Color) -> int:
    """How different two colours look; hue counts more than lightness."""
    (r, g, b), (red, green, blue) = one.rgb, other.rgb
    away = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2
    return away + 2 * ((r - g - red + green) ** 2 + (g - b - green + blue) ** 2)


def at_contrast(
    hue: Color, ground: Color, ratio: float, *, exactly: bool = False, shades: Shades = TRUE_COLOR
) -> Color:
    """``hue`` made lighter or darker until its contrast (WCAG, as seen) with ``ground`` is ``ratio``.

    A colour that is far enough away is kept, unless ``exactly``: then it is moved nearer, as far as ``shades`` allow.
    """
    behind = shades.seen(ground)
    found = _moved(hue, behind, ratio, exactly=exactly)
    far = [value for value in shades.values if contrast(shades.seen(value), behind) >= ratio]
    return min(far, key=lambda value: _difference(shades.seen(value), found), default=found)


@lru_cache(64)
def pair_at_contrast(
    hues: tuple[Color, Color], ground: Color, ratio: float, *, exactly: bool = False, shades: Shades = TRUE_COLOR
) -> tuple[Color, Color]:
    """Both of ``hues`` as by :func:`at_contrast`, but of 256 shades a pair of nearly equal contrast with ``ground``.

    The nearest shade to each hue would differ by up to two thirds of its contrast (counted over all themes).
    """
    one, other = (at_contrast(hue, ground, ratio, exactly=exactly, shades=shades) for hue in hues)
    behind = shades.seen(ground)
    found = one, other
    uneven = _uneven(contrast(shades.seen(one), behind), contrast(shades.seen(other), behind))
    best = (max(0.0, uneven - _EVEN_ENOUGH), float("inf"))
    first, second = (_candidates(hue, behind, ratio, shades, exactly=exactly) for hue in hues)
    for one_cost, one_contrast, one in first:
        for other_cost, other_contrast, other in second:
            if one == other and hues[0] != hues[1]:
                continue
            uneven = _uneven(one_contrast, other_contrast)
            rank = (max(0.0, uneven - _EVEN_ENOUGH), one_cost + other_cost + _UNEVEN_COST * uneven**2)
            if rank < best:
                best, found = rank, (one, other)
    return found


def _uneven(one: float, other: float) -> float:
    """By which share the larger ratio exceeds the smaller one."""
    return max(one, other) / min(one, other) - 1


def _candidates(
    hue: Color, behind: Color, ratio: float, shades: Shades, *, exactly: bool
) -> list[tuple[float, float, Color]]:
    """Shades that could stand for ``hue``, best first: cost, contrast, value."""
    wished = _moved(hue, behind, ratio, exactly=exactly)
    least = _COLOURFUL if _chroma(hue) > _COLOURFUL else -1
    found = []
    for value in shades.values:
        seen = shades.seen(value)
        reached = contrast(seen, behind)
        if reached >= ratio and _chroma(seen) > least:
            away = _degrees(seen, hue) if least > 0 else 0.0
            pale = max(0, _chroma(wished) - _chroma(seen))
            cost = _difference(seen, wished) + _DEGREE_COST * away**2 + _PALE_COST * pale**2
            cost += _OTHER_HUE_COST if away > _SAME_HUE else 0
            found.append((cost, reached, value))
    return sorted(found)[:_MOST_CANDIDATES]


def _chroma(colour: Color) -> int:
    """The difference between the strongest and the weakest channel."""
    return max(colour.rgb) - min(colour.rgb)


def _degrees(one: Color, other: Color) -> float:
    """Between two hues on their circle, 0 to 180."""
    hues = [rgb_to_hls(*(channel / 255 for channel in colour.rgb))[0] * 360 for colour in (one, other)]
    away = abs(hues[0] - hues[1])
    return min(away, 360 - away)


def _moved(hue: Color, ground: Color, ratio: float, *, exactly: bool) -> Color:
    if contrast(hue, ground) < ratio:
        start, end = hue, farthest_from(ground)
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


Rgb: TypeAlias = tuple[int, int, int]
_Matrix: TypeAlias = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]

_LEAST_DISTANCE: Final = 0.09
"""In Oklab, where black and white are 1 apart: below it two bars of one lightness are taken for each other."""
_NORMAL: Final[_Matrix] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_VISIONS: Final[tuple[tuple[str, tuple[_Matrix, ...]], ...]] = (
    ("", (_NORMAL,)),
    (
        " with red-green colour blindness",
        (
            ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
            ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
        ),
    ),
    (
        " with blue-yellow colour blindness",
        (((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),),
    ),
)
"""Kinds of colour vision in words, the commonest first, and what each makes of linear red, green and blue."""
_CONES: Final[_Matrix] = (
    (0.4122214708, 0.5363325363, 0.0514459929),
    (0.2119034982, 0.6806995451, 0.1073969566),
    (0.0883024619, 0.2817188376, 0.6299787005),
)
_OKLAB: Final[_Matrix] = (
    (0.2104542553, 0.7936177850, -0.0040720468),
    (1.9779984951, -2.4285922050, 0.4505937099),
    (0.0259040371, 0.7827717662, -0.8086757660),
)


def confused_by(one: Rgb, other: Rgb) -> str | None:
    """Which colour vision cannot tell two colours apart, in words: empty for every one, None for none."""
    for words, matrices in _VISIONS:
        if any(colour_distance(one, other, matrix) < _LEAST_DISTANCE for matrix in matrices):
            return words
    return None


def colour_distance(one: Rgb, other: Rgb, vision: _Matrix = _NORMAL) -> float:
    """Distance of two colours, 0 to 1, as seen with a kind of colour vision."""
    return dist(_oklab(one, vision), _oklab(other, vision))


def _oklab(colour: Rgb, vision: _Matrix) -> tuple[float, ...]:
    cones = _times(_CONES, _times(vision, [_linear(channel) for channel in colour]))
    # A vision can turn a colour into one beyond what a screen shows.
    return _times(_OKLAB, [max(0.0, cone) ** (1 / 3) for cone in cones])


def _times(matrix: _Matrix, vector: Sequence[float]) -> tuple[float, ...]:
    return tuple(sum(a * b for a, b in zip(row, vector, strict=True)) for row in matrix)
