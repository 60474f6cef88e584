"""Colours: our own themes, and a palette that makes every theme of Textual readable.

Rules: ``bid`` and ``ask`` mean sides and nothing else; a state is told by word and glyph and only then by colour;
bad states are reversed blocks; all text stands at :data:`TEXT_CONTRAST` or more from what is behind it, and the
bars of both sides at the same contrast, so that neither looks larger: with 256 colours as nearly as these go.

Styles are looked up here by name instead of through component classes: 28 classes on a dozen widgets made the
first paint of a minimal app 45 ms later (measured, 65 to 110 ms).

Whether two colors can be told apart is computed for every kind of color vision: simulated after Machado, Oliveira and
Fernandes (2009), their matrices for complete dichromacy, and measured in Oklab (Ottosson, 2020). Contrast is WCAG 2's.
A user's own colors are moved until they stand far enough apart.
"""

from __future__ import annotations

from colorsys import rgb_to_hls
from dataclasses import replace
from enum import StrEnum
from functools import lru_cache
from math import dist
from typing import TYPE_CHECKING, Final, NamedTuple, TypeAlias

from rich.color import Color as RichColor
from rich.color import ColorSystem
from rich.style import Style
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from depthview.preferences.colors import DARK_NAME, MONO_NAME, NO_COLORS, OwnColors

if TYPE_CHECKING:
    from collections.abc import Mapping

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
    """The colors of a terminal."""

    values: tuple[Color, ...] = ()
    """What may be asked of it; none for a terminal that shows every colour as it is."""

    def seen(self, colour: Color) -> Color:
        return _seen_of_256(colour) if self.values else colour

    def nearest(self, colour: Color) -> Color:
        """The value that looks most like ``colour``."""
        return min(self.values, key=lambda value: _difference(self.seen(value), colour), default=colour)


EVERY: Final = Shades()


@lru_cache(1)
def of_256() -> Shades:
    """The shades of a terminal with 256 colors, one value for each that can be reached.

    Rich maps a color to its number and a number to its color by different steps, above all for grays: one of the 256
    colors may be shown as its neighbor (15.0, counted: 13 of 240 are).
    """
    greys = [Color(level, level, level) for level in (round(255 * step / 25) for step in range(1, 25))]
    cube = [Color(*RichColor.from_ansi(number).get_truecolor()) for number in range(16, 256)]
    by_look = {_seen_of_256(value): value for value in (*greys, *cube)}
    return Shades(tuple(by_look.values()))


@lru_cache(4096)
def _seen_of_256(colour: Color) -> Color:
    return Color(*RichColor.from_rgb(*colour.rgb).downgrade(ColorSystem.EIGHT_BIT).get_truecolor())


def _difference(one: Color, other: Color) -> int:
    """How different two colors look; hue counts more than lightness."""
    (r, g, b), (red, green, blue) = one.rgb, other.rgb
    away = (r - red) ** 2 + (g - green) ** 2 + (b - blue) ** 2
    return away + 2 * ((r - g - red + green) ** 2 + (g - b - green + blue) ** 2)


def at_contrast(hue: Color, ground: Color, ratio: float, *, exactly: bool = False, shades: Shades = EVERY) -> Color:
    """``hue`` made lighter or darker until its contrast (WCAG, as seen) with ``ground`` is ``ratio``.

    A color that is far enough away is kept, unless ``exactly``: then it is moved nearer, as far as ``shades`` allow.
    """
    behind = shades.seen(ground)
    found = _moved(hue, behind, ratio, exactly=exactly)
    far = [value for value in shades.values if contrast(shades.seen(value), behind) >= ratio]
    return min(far, key=lambda value: _difference(shades.seen(value), found), default=found)


@lru_cache(64)
def pair_at_contrast(
    hues: tuple[Color, Color], ground: Color, ratio: float, *, exactly: bool = False, shades: Shades = EVERY
) -> tuple[Color, Color]:
    """Both of ``hues`` as by :func:`at_contrast`, but of 256 shades a pair of nearly equal contrast with ``ground``.

    The nearest shade to each hue would differ by up to two thirds of its contrast (counted over all themes).
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
    """By which share the larger ratio exceeds the smaller one."""
    return max(one, other) / min(one, other) - 1


def _candidates(
    hue: Color, behind: Color, ratio: float, shades: Shades, *, exactly: bool
) -> list[tuple[float, float, Color]]:
    """Shades that could stand for ``hue``, best first: difference, contrast, value."""
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


TEXT_CONTRAST: Final = 4.5
"""What WCAG asks for."""
ROUNDING: Final = 0.1
"""More than that, where a terminal may round colours; of 256 it is known what is seen."""
QUIET_CONTRAST: Final = 5.6
"""For secondary text, which carries sums, labels and times."""
BAR_CONTRAST: Final = 4.5
RULE_CONTRAST: Final = 1.9
_RAISED_TAKES: Final = 2.4
"""Of the contrast that a ground leaves to white or black, what a line that is raised from it needs at most."""
SUM_CONTRAST: Final = 2.2
"""Bars of sums stand behind the sizes' own, and their numbers stand beside them."""


class Look(NamedTuple):
    """Foreground and background variable of a style, and its weight."""

    ink: str
    ground: str
    bold: bool = False


LOOKS: Final[Mapping[str, Look]] = {
    "text": Look("dv-text", "dv-ground"),
    "strong": Look("dv-text", "dv-ground", bold=True),
    "muted": Look("dv-muted", "dv-ground"),
    "rule": Look("dv-rule", "dv-ground"),
    "good": Look("dv-text", "dv-ground", bold=True),
    "warn": Look("dv-ground", "dv-warn", bold=True),
    "warn-text": Look("dv-warn", "dv-ground"),
    "bad": Look("dv-ground", "dv-bad", bold=True),
    "bad-text": Look("dv-bad", "dv-ground"),
    "bid": Look("bid", "dv-ground"),
    "ask": Look("ask", "dv-ground"),
    "bid-bar": Look("dv-bid-bar", "dv-track"),
    "ask-bar": Look("dv-ask-bar", "dv-track"),
    "meter": Look("dv-meter", "dv-track"),
    "sum-bar": Look("dv-sum", "dv-track"),
    "doubt": Look("dv-muted", "dv-ground"),
    "doubt-bar": Look("dv-rule", "dv-track"),
    "bid-bar-swapped": Look("dv-track", "dv-bid-bar"),
    "ask-bar-swapped": Look("dv-track", "dv-ask-bar"),
    "sum-bar-swapped": Look("dv-track", "dv-sum"),
    "doubt-bar-swapped": Look("dv-track", "dv-rule"),
    "hatch": Look("dv-bad", "dv-ground"),
    "hatch-warn": Look("dv-warn", "dv-ground"),
    "band": Look("dv-text", "dv-raised"),
    "band-strong": Look("dv-text", "dv-raised", bold=True),
    "band-muted": Look("dv-muted", "dv-raised"),
    "band-bid": Look("bid", "dv-raised"),
    "band-ask": Look("ask", "dv-raised"),
    "big-bid": Look("bid", "dv-raised", bold=True),
    "big-ask": Look("ask", "dv-raised", bold=True),
    "banner": Look("dv-ground", "dv-banner", bold=True),
    "frozen": Look("dv-ground", "dv-text", bold=True),
}
"""Every style that a cell may name."""
GROUNDS: Final[Mapping[str, str]] = {name: look.ground for name, look in LOOKS.items()}
"""What lies behind each style."""
DECORATION: Final = frozenset({"rule", "doubt-bar", "sum-bar", "doubt-bar-swapped", "sum-bar-swapped"})
"""Styles of lines and of withheld bars: they carry no text."""


class Colours(StrEnum):
    """How many colors the terminal has."""

    ALL = "truecolor"
    SOME = "256"
    FEW = "standard"
    """Its own sixteen, of which nobody knows what they look like."""
    NONE = "none"
    """It may have some, and ``NO_COLOR`` says that they are not wanted."""


class Hues(NamedTuple):
    """Colors as chosen; each is moved until it is readable."""

    text: str
    bid: str
    ask: str
    warn: str
    bad: str
    banner: str


class Recipe(NamedTuple):
    """What a palette is made from, except its background."""

    hues: Hues
    least: float = TEXT_CONTRAST
    """Contrast of text with a meaning of its own."""
    quiet: float = QUIET_CONTRAST
    """Contrast of secondary text."""


# Okabe-Ito blue and orange: told apart by every kind of colour vision. Bad is a rose that neither side uses.
_DARK: Final = Hues("#DDE2EA", bid="#56B4E9", ask="#E69F00", warn="#F0E442", bad="#FF7AA8", banner="#C9B2FF")
_LIGHT: Final = Hues("#171C24", bid="#005F9E", ask="#8F5500", warn="#6A5D00", bad="#B0003A", banner="#5B34B5")
# Where a side is red, bad is violet: the colour of a side says nothing else.
_CLASSIC_DARK: Final = Hues("#DDE2EA", bid="#3FC98A", ask="#FF6B61", warn="#F0E442", bad="#D58CFF", banner="#8FB8FF")
_CLASSIC_LIGHT: Final = Hues("#171C24", bid="#00703C", ask="#B3261E", warn="#6A5D00", bad="#7A1FA2", banner="#1F4FB5")
_RED_UP: Final = _CLASSIC_DARK._replace(bid=_CLASSIC_DARK.ask, ask=_CLASSIC_DARK.bid)
_MONO: Final = Hues("#E4E4E4", bid="#E4E4E4", ask="#E4E4E4", warn="#E4E4E4", bad="#FFFFFF", banner="#C8C8C8")
_HIGH: Final = Hues("#FFFFFF", bid="#5BD1FF", ask="#FFB52E", warn="#FFFF66", bad="#FF9DC0", banner="#DCCBFF")


def palette(ground: Color, recipe: Recipe, shades: Shades = EVERY) -> dict[str, str]:
    """All colors of depthview on ``ground``, by variable name."""
    hue = {name: Color.parse(value) for name, value in recipe.hues._asdict().items()}
    ground = shades.nearest(ground)
    text = at_contrast(hue["text"], ground, 11.0, shades=shades)
    margin = 0.0 if shades.values else ROUNDING
    raised, track = shades.nearest(ground.blend(text, 0.09)), shades.nearest(ground.blend(text, 0.06))

    def ink(name: str) -> Color:
        return at_contrast(hue[name], raised, recipe.least + margin, shades=shades)

    def exactly(colour: Color, behind: Color, ratio: float) -> Color:
        return at_contrast(colour, behind, ratio, exactly=True, shades=shades)

    sides = hue["bid"], hue["ask"]
    bid, ask = pair_at_contrast(sides, raised, recipe.least + margin, shades=shades)
    bid_bar, ask_bar = pair_at_contrast(sides, track, BAR_CONTRAST + margin, exactly=True, shades=shades)
    colours = {
        "dv-ground": ground,
        "dv-raised": raised,
        "dv-track": track,
        "dv-text": text,
        "dv-muted": exactly(text, raised, recipe.quiet),
        "dv-rule": exactly(text, ground, RULE_CONTRAST),
        "dv-meter": exactly(text, track, BAR_CONTRAST + margin),
        "dv-sum": exactly(text, track, SUM_CONTRAST),
        "bid": bid,
        "ask": ask,
        "dv-bid-bar": bid_bar,
        "dv-ask-bar": ask_bar,
        "dv-warn": ink("warn"),
        "dv-bad": ink("bad"),
        "dv-banner": ink("banner"),
    }
    return {name: colour.hex for name, colour in colours.items()}


ANSI_PALETTE: Final = {
    "dv-ground": "ansi_default", "dv-raised": "ansi_default", "dv-track": "ansi_default",
    "dv-text": "ansi_default", "dv-muted": "ansi_default", "dv-rule": "ansi_bright_black",
    "dv-meter": "ansi_default", "dv-sum": "ansi_bright_black", "bid": "ansi_cyan", "ask": "ansi_yellow",
    "dv-bid-bar": "ansi_cyan", "dv-ask-bar": "ansi_yellow",
    "dv-warn": "ansi_magenta", "dv-bad": "ansi_red", "dv-banner": "ansi_magenta",
}  # fmt: skip
"""For the themes that leave colours to the terminal, and for terminals that have no others: its own sixteen."""
_ANSI_GREEN_RED: Final = {
    "bid": "ansi_green", "dv-bid-bar": "ansi_green", "ask": "ansi_red", "dv-ask-bar": "ansi_red",
    "dv-warn": "ansi_yellow", "dv-bad": "ansi_magenta", "dv-banner": "ansi_cyan",
}  # fmt: skip
_ANSI_RED_GREEN: Final = _ANSI_GREEN_RED | {
    "bid": "ansi_red", "dv-bid-bar": "ansi_red", "ask": "ansi_green", "dv-ask-bar": "ansi_green",
}  # fmt: skip
_ANSI_MONO: Final = dict.fromkeys(
    ("bid", "ask", "dv-bid-bar", "dv-ask-bar", "dv-warn", "dv-bad", "dv-banner"), "ansi_default"
)
_ANSI_SIDES: Final[Mapping[str, Mapping[str, str]]] = {
    "classic-dark": _ANSI_GREEN_RED,
    "classic-light": _ANSI_GREEN_RED,
    "red-up": _ANSI_RED_GREEN,
    MONO_NAME: _ANSI_MONO,
}
_RECIPES: Final = {
    "depthview-light": Recipe(_LIGHT),
    "classic-dark": Recipe(_CLASSIC_DARK),
    "classic-light": Recipe(_CLASSIC_LIGHT),
    "red-up": Recipe(_RED_UP),
    MONO_NAME: Recipe(_MONO),
    "high-contrast": Recipe(_HIGH, least=7.0, quiet=9.0),
}
"""For the themes that want others than the usual."""


def recipe_of(theme: Theme, own: OwnColors = NO_COLORS) -> Recipe:
    """What the palette of ``theme`` is made from, with ``own`` in place of its colors."""
    recipe = _RECIPES.get(theme.name) or Recipe(_DARK if theme.dark else _LIGHT)
    hues = recipe.hues
    return recipe._replace(
        hues=hues._replace(
            text=own.text or hues.text,
            bid=own.bid or hues.bid,
            ask=own.ask or hues.ask,
            warn=own.warning or hues.warn,
            bad=own.bad or hues.bad,
        )
    )


def readable_ground(ground: Color, recipe: Recipe) -> Color:
    """``ground`` made darker or lighter until everything of ``recipe`` is readable on it."""
    white, black = Color(255, 255, 255), Color(0, 0, 0)
    away = white if contrast(white, ground) >= contrast(black, ground) else black
    return at_contrast(ground, away, recipe.quiet + _RAISED_TAKES)


def theme_palette(
    theme: Theme, colours: Colours = Colours.ALL, wished: str = "", *, own: OwnColors = NO_COLORS
) -> dict[str, str]:
    """The palette for the background of ``theme``, one of ours or of Textual's.

    Args:
        theme: The theme.
        colours: How many the terminal has.
        wished: With the terminal's own colors, the theme that they replace.
        own: Colors in place of the theme's; not with the terminal's own.
    """
    if theme.ansi or colours in (Colours.FEW, Colours.NONE):
        return {**ANSI_PALETTE, **_ANSI_SIDES.get(wished or theme.name, {})}
    ground = Color.parse(theme.to_color_system().generate()["background"])
    return palette(ground, recipe_of(theme, own), of_256() if colours is Colours.SOME else EVERY)


def _own(name: str, ground: str, *, dark: bool = True) -> Theme:
    """A theme that gives Textual's own widgets our colors."""
    colours = palette(Color.parse(ground), _RECIPES.get(name, Recipe(_DARK)))
    return Theme(
        name=name,
        primary=colours["dv-text"],
        secondary=colours["dv-muted"],
        accent=colours["dv-text"],
        warning=colours["dv-warn"],
        error=colours["dv-bad"],
        success=colours["dv-text"],
        foreground=colours["dv-text"],
        background=ground,
        surface=colours["dv-raised"],
        panel=colours["dv-raised"],
        dark=dark,
    )


DARK: Final = _own(DARK_NAME, "#0B0E14")
LIGHT: Final = _own("depthview-light", "#FBFBF9", dark=False)
MONO: Final = _own(MONO_NAME, "#0A0A0A")
OWN: Final = (
    DARK,
    LIGHT,
    _own("classic-dark", "#0B0E14"),
    _own("classic-light", "#FBFBF9", dark=False),
    _own("red-up", "#0B0E14"),
    MONO,
    _own("high-contrast", "#000000"),
)
"""Our own themes; :data:`~depthview.preferences.colors.OWN_THEMES` says what each is."""


def rich_style(name: str, variables: Mapping[str, str]) -> Style:
    """The style ``name`` of :data:`LOOKS` in the colors of ``variables``, always with a background.

    Raises:
        KeyError: No such style.
    """
    look = LOOKS[name]
    ink, ground = Color.parse(variables[look.ink]), Color.parse(variables[look.ground])
    reverse = look.ink in ("dv-ground", "dv-track") and ink.ansi is not None
    if reverse:
        # The terminal's default background cannot be written as an ink: let the terminal swap the two.
        return Style(color=ground.rich_color, bold=look.bold, reverse=True)
    return Style(color=ink.rich_color, bgcolor=ground.rich_color, bold=look.bold)


Rgb: TypeAlias = tuple[int, int, int]
_Matrix: TypeAlias = tuple[tuple[float, float, float], tuple[float, float, float], tuple[float, float, float]]

_LEAST: Final = 0.09
"""In Oklab, where black and white are 1 apart: below it two bars of one lightness are taken for each other."""
_ALL: Final[_Matrix] = ((1.0, 0.0, 0.0), (0.0, 1.0, 0.0), (0.0, 0.0, 1.0))
_VISIONS: Final[tuple[tuple[str, tuple[_Matrix, ...]], ...]] = (
    ("", (_ALL,)),
    (
        " with red-green color blindness",
        (
            ((0.152286, 1.052583, -0.204868), (0.114503, 0.786281, 0.099216), (-0.003882, -0.048116, 1.051998)),
            ((0.367322, 0.860646, -0.227968), (0.280085, 0.672501, 0.047413), (-0.011820, 0.042940, 0.968881)),
        ),
    ),
    (
        " with blue-yellow color blindness",
        (((1.255528, -0.076749, -0.178779), (-0.078411, 0.930809, 0.147602), (0.004733, 0.691367, 0.303900)),),
    ),
)
"""Kinds of colour vision, the commonest first, in words, and what each makes of linear red, green and blue."""
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


def hardly_told_apart(one: Rgb, other: Rgb) -> str | None:
    """Who cannot tell two colors apart, in words: empty for everybody, None for nobody."""
    for words, matrices in _VISIONS:
        if any(apart(one, other, matrix) < _LEAST for matrix in matrices):
            return words
    return None


def apart(one: Rgb, other: Rgb, vision: _Matrix = _ALL) -> float:
    """Distance of two colors, 0 to 1, as seen with a kind of color vision."""
    return dist(_oklab(one, vision), _oklab(other, vision))


def _oklab(colour: Rgb, vision: _Matrix) -> tuple[float, float, float]:
    red, green, blue = (_linear(channel / 255) for channel in colour)
    seen = _times(vision, (red, green, blue))
    # What a vision makes of a colour can lie beyond what a screen shows.
    return _times(_OKLAB, _each_root(_times(_CONES, seen)))


def _each_root(cones: tuple[float, float, float]) -> tuple[float, float, float]:
    one, two, three = (max(0.0, cone) ** (1 / 3) for cone in cones)
    return one, two, three


def _linear(share: float) -> float:
    return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4


def _times(matrix: _Matrix, vector: tuple[float, float, float]) -> tuple[float, float, float]:
    x, y, z = vector
    one, two, three = (row[0] * x + row[1] * y + row[2] * z for row in matrix)
    return one, two, three


def overlaid(theme: Theme, own: OwnColors) -> Theme:
    """``theme`` for Textual's own widgets with ``own`` applied; those of the terminal's own colors stay as they are."""
    if theme.ansi or own._replace(bid="", ask="") == NO_COLORS:
        return theme
    dark, ground = theme.dark, theme.background
    if own.ground:
        wished = readable_ground(Color.parse(own.ground), recipe_of(theme, own))
        dark, ground = contrast(wished, Color(255, 255, 255)) > contrast(wished, Color(0, 0, 0)), wished.hex
    theme = replace(theme, dark=dark, background=ground)
    colours = theme_palette(theme, own=own)
    text, raised = colours["dv-text"], colours["dv-raised"]
    if own.ground:
        # What the theme makes of its own ground goes with no other one.
        theme = replace(
            theme,
            primary=text,
            secondary=colours["dv-muted"],
            accent=text,
            success=text,
            surface=raised,
            panel=raised,
            boost=None,
            variables={},
        )
    return replace(theme, foreground=text, warning=colours["dv-warn"], error=colours["dv-bad"])


def doubt_of_sides(colours: Mapping[str, str], own: OwnColors) -> str:
    """A warning if both sides look alike in the palette; empty if not, or if ``own`` has neither."""
    if not (own.bid or own.ask):
        return ""
    bid, ask = (Color.parse(colours[name]).rgb for name in ("dv-bid-bar", "dv-ask-bar"))
    whom = hardly_told_apart(bid, ask)
    return "" if whom is None else f"bid and ask colors are hard to tell apart{whom}: see [colors]"


def doubt_of_sides_on(theme: str, own: OwnColors) -> str:
    """:func:`doubt_of_sides` on the theme of that name, in full color."""
    known = {**BUILTIN_THEMES, **{mine.name: mine for mine in OWN}}
    found = overlaid(known.get(theme, DARK), own)
    return "" if found.ansi else doubt_of_sides(theme_palette(found, Colours.ALL, own=own), own)
