"""Colours: two own themes, and a palette that makes every theme of Textual readable.

Rules: ``bid`` and ``ask`` mean sides and nothing else; a state is told by word and glyph and only then by colour;
bad states are reversed blocks; all text stands at :data:`TEXT_CONTRAST` or more from what is behind it, and the
bars of both sides at the same contrast, so that neither looks larger.

Styles are looked up here by name instead of through component classes: 28 classes on a dozen widgets made the
first paint of a minimal app 45 ms later (measured, 65 to 110 ms).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from rich.style import Style
from textual.color import Color
from textual.theme import Theme

if TYPE_CHECKING:
    from collections.abc import Mapping

TEXT_CONTRAST: Final = 4.6
"""WCAG asks for 4.5; a little above it, because terminals round colours."""
QUIET_CONTRAST: Final = 5.6
"""For secondary text, which carries sums, labels and times."""
BAR_CONTRAST: Final = 4.6
RULE_CONTRAST: Final = 1.9


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
    "doubt": Look("dv-muted", "dv-ground"),
    "doubt-bar": Look("dv-rule", "dv-track"),
    "hatch": Look("dv-bad", "dv-ground"),
    "hatch-warn": Look("dv-warn", "dv-ground"),
    "band": Look("dv-text", "dv-raised"),
    "band-strong": Look("dv-text", "dv-raised", bold=True),
    "band-muted": Look("dv-muted", "dv-raised"),
    "band-bid": Look("bid", "dv-raised"),
    "band-ask": Look("ask", "dv-raised"),
    "banner": Look("dv-ground", "dv-banner", bold=True),
    "frozen": Look("dv-ground", "dv-text", bold=True),
}
"""Every style that a cell may name."""
GROUNDS: Final[Mapping[str, str]] = {name: look.ground for name, look in LOOKS.items()}
"""What lies behind each style."""
DECORATION: Final = frozenset({"rule", "doubt-bar"})
"""Styles of lines and of withheld bars: they carry no text."""

_HUES: Final = {
    # Okabe-Ito blue and orange: told apart by every kind of colour vision. Bad is a rose that neither side uses.
    True: {"text": "#DDE2EA", "bid": "#56B4E9", "ask": "#E69F00", "warn": "#F0E442", "bad": "#FF7AA8",
           "banner": "#C9B2FF"},
    False: {"text": "#171C24", "bid": "#005F9E", "ask": "#8F5500", "warn": "#6A5D00", "bad": "#B0003A",
            "banner": "#5B34B5"},
}  # fmt: skip


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


def at_contrast(hue: Color, ground: Color, ratio: float, *, exactly: bool = False) -> Color:
    """``hue`` made lighter or darker until it stands ``ratio`` from ``ground``.

    Args:
        hue: The colour wished for; kept where it is far enough already, unless ``exactly``.
        ground: What lies behind it.
        ratio: WCAG contrast ratio.
        exactly: Bring a stronger colour nearer to the ground too.
    """
    far = contrast(hue, ground)
    if far >= ratio:
        if not exactly:
            return hue
        start, end = ground, hue
    else:
        white, black = Color(255, 255, 255), Color(0, 0, 0)
        start, end = hue, (white if contrast(white, ground) >= contrast(black, ground) else black)
    low, high = 0.0, 1.0
    for _ in range(12):
        middle = (low + high) / 2
        if contrast(start.blend(end, middle), ground) >= ratio:
            high = middle
        else:
            low = middle
    return start.blend(end, high)


def palette(ground: Color, *, dark: bool) -> dict[str, str]:
    """All colours of depthview on ``ground``, by variable name."""
    hue = {name: Color.parse(value) for name, value in _HUES[dark].items()}
    text = at_contrast(hue["text"], ground, 11.0)
    raised, track = ground.blend(text, 0.09), ground.blend(text, 0.06)

    def ink(name: str, ratio: float = TEXT_CONTRAST) -> Color:
        return at_contrast(hue[name], raised, ratio)

    colours = {
        "dv-ground": ground,
        "dv-raised": raised,
        "dv-track": track,
        "dv-text": text,
        "dv-muted": at_contrast(text, raised, QUIET_CONTRAST, exactly=True),
        "dv-rule": at_contrast(text, ground, RULE_CONTRAST, exactly=True),
        "dv-meter": at_contrast(text, track, BAR_CONTRAST, exactly=True),
        "bid": ink("bid"),
        "ask": ink("ask"),
        "dv-bid-bar": at_contrast(hue["bid"], track, BAR_CONTRAST, exactly=True),
        "dv-ask-bar": at_contrast(hue["ask"], track, BAR_CONTRAST, exactly=True),
        "dv-warn": ink("warn"),
        "dv-bad": ink("bad"),
        "dv-banner": ink("banner"),
    }
    return {name: colour.hex for name, colour in colours.items()}


ANSI_PALETTE: Final = {
    "dv-ground": "ansi_default", "dv-raised": "ansi_default", "dv-track": "ansi_default",
    "dv-text": "ansi_default", "dv-muted": "ansi_default", "dv-rule": "ansi_bright_black",
    "dv-meter": "ansi_default", "bid": "ansi_cyan", "ask": "ansi_yellow",
    "dv-bid-bar": "ansi_cyan", "dv-ask-bar": "ansi_yellow",
    "dv-warn": "ansi_magenta", "dv-bad": "ansi_red", "dv-banner": "ansi_magenta",
}  # fmt: skip
"""For the themes that leave colours to the terminal: its own sixteen."""


def theme_palette(theme: Theme) -> dict[str, str]:
    """The palette for ``theme``: its own where it has one, else made for its background."""
    if theme.name.startswith("ansi"):
        return dict(ANSI_PALETTE)
    ground = Color.parse(theme.to_color_system().generate()["background"])
    return palette(ground, dark=theme.dark) | {
        name: value for name, value in theme.variables.items() if name.startswith("dv-") or name in {"bid", "ask"}
    }


def _own(name: str, ground: str, *, dark: bool) -> Theme:
    colours = palette(Color.parse(ground), dark=dark)
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
        variables=colours,
    )


DARK: Final = _own("depthview-dark", "#0B0E14", dark=True)
LIGHT: Final = _own("depthview-light", "#FBFBF9", dark=False)


def rich_style(name: str, variables: Mapping[str, str]) -> Style:
    """The style ``name`` of :data:`LOOKS` in the colours of ``variables``; always with a ground of its own.

    Raises:
        KeyError: No such style.
    """
    look = LOOKS[name]
    ink, ground = Color.parse(variables[look.ink]), Color.parse(variables[look.ground])
    reverse = look.ink == "dv-ground" and ink.ansi is not None
    if reverse:
        # The terminal's default background cannot be written as an ink: let the terminal swap the two.
        return Style(color=ground.rich_color, bold=look.bold, reverse=True)
    return Style(color=ink.rich_color, bgcolor=ground.rich_color, bold=look.bold)
