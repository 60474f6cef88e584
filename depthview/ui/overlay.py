"""Colours of one's own laid over a theme of ours or of Textual's, which they leave as readable as it was."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from textual.color import Color
from textual.theme import BUILTIN_THEMES

from depthview.preferences.colors import NO_COLOURS, OwnColours
from depthview.ui.alike import hardly_told_apart
from depthview.ui.contrast import contrast
from depthview.ui.themes import DARK, OWN, Colours, readable_ground, recipe_of, theme_palette

if TYPE_CHECKING:
    from collections.abc import Mapping

    from textual.theme import Theme


def overlaid(theme: Theme, own: OwnColours) -> Theme:
    """``theme`` for Textual's own widgets with ``own`` laid over it: themes of the terminal's colours stay as they are.

    The palette of what is overlaid is to be asked for with the same colours.
    """
    if theme.ansi or own._replace(bid="", ask="") == NO_COLOURS:
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


def doubt_of_sides(colours: Mapping[str, str], own: OwnColours) -> str:
    """What to say where the colours of the sides can hardly be told apart; empty where they can, or are the theme's.

    Args:
        colours: The palette that is drawn with.
        own: The colours that were asked for.
    """
    if not (own.bid or own.ask):
        return ""
    bid, ask = (Color.parse(colours[name]).rgb for name in ("dv-bid-bar", "dv-ask-bar"))
    whom = hardly_told_apart(bid, ask)
    return "" if whom is None else f"the colours of bid and ask can hardly be told apart{whom}: see [colors]"


def doubt_of_sides_on(theme: str, own: OwnColours) -> str:
    """:func:`doubt_of_sides` on the theme called so, with every colour that there is."""
    known = {**BUILTIN_THEMES, **{mine.name: mine for mine in OWN}}
    found = overlaid(known.get(theme, DARK), own)
    return "" if found.ansi else doubt_of_sides(theme_palette(found, Colours.ALL, own=own), own)
