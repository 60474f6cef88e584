"""Colours: our own themes, and a palette that makes every theme of Textual readable.

Rules: ``bid`` and ``ask`` mean sides and nothing else; a state has a word and a glyph, and only then a colour;
bad states are reversed blocks; all text has :data:`TEXT_CONTRAST` or more, and the bars of both sides
have the same contrast, so that neither looks larger: with 256 colours as nearly as possible.

Styles are looked up here by name instead of through component classes: 28 classes on a dozen widgets made the
first paint of a minimal app 45 ms later (measured, 65 to 110 ms).
"""

from __future__ import annotations

from dataclasses import replace
from enum import StrEnum
from typing import TYPE_CHECKING, Final, NamedTuple

from rich.style import Style
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from depthview.preferences.colors import DARK_NAME, MONO_NAME, NO_COLORS, OwnColors
from depthview.ui.contrast import (
    TRUE_COLOR,
    Shades,
    at_contrast,
    confused_by,
    farthest_from,
    pair_at_contrast,
    xterm_256,
)

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_CONTRAST: Final = 4.5
"""What WCAG asks for."""
ROUNDING: Final = 0.1
"""Added where a terminal may round colours; for 256 colours the result is known."""
QUIET_CONTRAST: Final = 5.6
"""For secondary text, which carries sums, labels and times."""
BAR_CONTRAST: Final = 4.5
RULE_CONTRAST: Final = 1.9
_LOST_WHEN_RAISED: Final = 2.4
"""The most contrast with white or black that a raised line loses against its ground."""
SUM_CONTRAST: Final = 2.2
"""Bars of sums are drawn behind those of sizes, with the numbers beside them."""


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
    """How many colours the terminal has."""

    ALL = "truecolor"
    SOME = "256"
    FEW = "standard"
    """Its own sixteen, whose looks are unknown."""
    NONE = "none"
    """Because of ``NO_COLOR``."""


class Hues(NamedTuple):
    """Colours as chosen; each is moved until it is readable."""

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


# Okabe-Ito blue and orange: distinct with every kind of colour vision. Bad is a rose that neither side uses.
_DARK: Final = Hues("#DDE2EA", bid="#56B4E9", ask="#E69F00", warn="#F0E442", bad="#FF7AA8", banner="#C9B2FF")
_LIGHT: Final = Hues("#171C24", bid="#005F9E", ask="#8F5500", warn="#6A5D00", bad="#B0003A", banner="#5B34B5")
# Where a side is red, bad is violet: the colour of a side means nothing else.
_CLASSIC_DARK: Final = Hues("#DDE2EA", bid="#3FC98A", ask="#FF6B61", warn="#F0E442", bad="#D58CFF", banner="#8FB8FF")
_CLASSIC_LIGHT: Final = Hues("#171C24", bid="#00703C", ask="#B3261E", warn="#6A5D00", bad="#7A1FA2", banner="#1F4FB5")
_RED_UP: Final = _CLASSIC_DARK._replace(bid=_CLASSIC_DARK.ask, ask=_CLASSIC_DARK.bid)
_MONO: Final = Hues("#E4E4E4", bid="#E4E4E4", ask="#E4E4E4", warn="#E4E4E4", bad="#FFFFFF", banner="#C8C8C8")
_HIGH: Final = Hues("#FFFFFF", bid="#5BD1FF", ask="#FFB52E", warn="#FFFF66", bad="#FF9DC0", banner="#DCCBFF")


def palette(ground: Color, recipe: Recipe, shades: Shades = TRUE_COLOR) -> dict[str, str]:
    """All colours of depthview on ``ground``, by variable name."""
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
"""Of the themes that do not use the usual one."""


def recipe_of(theme: Theme, own: OwnColors = NO_COLORS) -> Recipe:
    """What the palette of ``theme`` is made from, with ``own`` in place of its colours."""
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
    return at_contrast(ground, farthest_from(ground), recipe.quiet + _LOST_WHEN_RAISED)


def theme_palette(
    theme: Theme, colours: Colours = Colours.ALL, wished: str = "", *, own: OwnColors = NO_COLORS
) -> dict[str, str]:
    """The palette for the background of ``theme``, one of ours or of Textual's.

    Args:
        theme: The theme.
        colours: How many the terminal has.
        wished: With the terminal's own colours, the theme that they replace.
        own: Colours in place of the theme's; not with the terminal's own.
    """
    if theme.ansi or colours in (Colours.FEW, Colours.NONE):
        return {**ANSI_PALETTE, **_ANSI_SIDES.get(wished or theme.name, {})}
    ground = Color.parse(theme.to_color_system().generate()["background"])
    return palette(ground, recipe_of(theme, own), xterm_256() if colours is Colours.SOME else TRUE_COLOR)


def _theme(name: str, ground: str, *, dark: bool = True) -> Theme:
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


DARK: Final = _theme(DARK_NAME, "#0B0E14")
LIGHT: Final = _theme("depthview-light", "#FBFBF9", dark=False)
MONO: Final = _theme(MONO_NAME, "#0A0A0A")
OWN: Final = (
    DARK,
    LIGHT,
    _theme("classic-dark", "#0B0E14"),
    _theme("classic-light", "#FBFBF9", dark=False),
    _theme("red-up", "#0B0E14"),
    MONO,
    _theme("high-contrast", "#000000"),
)
"""Our own themes; :data:`~depthview.preferences.colors.OWN_THEMES` says what each is."""


def rich_style(name: str, variables: Mapping[str, str]) -> Style:
    """The style ``name`` of :data:`LOOKS` in the colours of ``variables``, always with a background.

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


def overlaid(theme: Theme, own: OwnColors) -> Theme:
    """``theme`` for Textual's own widgets with ``own`` applied; not if it uses the terminal's own colours."""
    if theme.ansi or own._replace(bid="", ask="") == NO_COLORS:
        return theme
    dark, ground = theme.dark, theme.background
    if own.ground:
        wished = readable_ground(Color.parse(own.ground), recipe_of(theme, own))
        dark, ground = farthest_from(wished).r > 0, wished.hex
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
    vision = confused_by(bid, ask)
    return "" if vision is None else f"bid and ask colours are hard to tell apart{vision}: see [colors]"


def doubt_of_sides_on(theme: str, own: OwnColors) -> str:
    """:func:`doubt_of_sides` on the theme of that name, in full colour."""
    known = {**BUILTIN_THEMES, **{mine.name: mine for mine in OWN}}
    found = overlaid(known.get(theme, DARK), own)
    return "" if found.ansi else doubt_of_sides(theme_palette(found, Colours.ALL, own=own), own)
