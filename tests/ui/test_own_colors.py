"""Colours of one's own: readable on every theme, on every ground, and told apart or said not to be."""

from __future__ import annotations

from itertools import chain
from typing import TYPE_CHECKING

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from depthview.preferences.colors import NO_COLORS, OwnColors
from depthview.ui.contrast import colour_distance, confused_by, contrast
from depthview.ui.themes import (
    DARK,
    DECORATION,
    LIGHT,
    LOOKS,
    MONO,
    OWN,
    Colours,
    doubt_of_sides_on,
    overlaid,
    rich_style,
    theme_palette,
)
from tests.ui.conftest import running
from tests.ui.fake_market import FakeMarket

if TYPE_CHECKING:
    from textual.theme import Theme

THEMES = [*OWN, *(theme for name, theme in BUILTIN_THEMES.items() if not name.startswith("ansi"))]
HEX = st.integers(0, 0xFFFFFF).map("#{:06x}".format)
ANY = st.builds(OwnColors, *[st.one_of(st.just(""), HEX, st.sampled_from(["#777777", "#808080", "white"]))] * 6)
HOSTILE = OwnColors(bid="#000001", ask="black", warning="#777777", bad="navy", ground="#808080", text="#7f7f7f")


def seen(name: str, palette: dict[str, str], colours: Colours) -> tuple[Color, Color]:
    style = rich_style(name, palette)
    assert style.color is not None
    assert style.bgcolor is not None
    pair = (style.color, style.bgcolor)
    if colours is Colours.SOME:
        pair = (pair[0].downgrade(ColorSystem.EIGHT_BIT), pair[1].downgrade(ColorSystem.EIGHT_BIT))
    return Color(*pair[0].get_truecolor()), Color(*pair[1].get_truecolor())


@settings(max_examples=60)
@given(st.sampled_from(THEMES), ANY, st.sampled_from([Colours.ALL, Colours.SOME]))
def test_whatever_is_asked_for_can_be_read(theme: Theme, own: OwnColors, colours: Colours) -> None:
    laid = overlaid(theme, own)
    palette = theme_palette(laid, colours, own=own)
    ratios = {name: contrast(*seen(name, palette, colours)) for name in LOOKS if name not in DECORATION}
    assert {name: found for name, found in ratios.items() if found < 4.495} == {}
    bars = ratios["bid-bar"], ratios["ask-bar"]
    assert max(bars) / min(bars) < 1.07, "both sides' bars alike"


@pytest.mark.parametrize("colours", [Colours.ALL, Colours.SOME])
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_so_is_what_nobody_should_ask_for_on_every_theme(theme: Theme, colours: Colours) -> None:
    palette = theme_palette(overlaid(theme, HOSTILE), colours, own=HOSTILE)
    poor = {name for name in LOOKS if name not in DECORATION and contrast(*seen(name, palette, colours)) < 4.495}
    assert poor == set()


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_the_hue_is_kept_and_the_lightness_moved_as_far_as_needed(theme: Theme) -> None:
    own = OwnColors(bid="#003366", ask="#ffcc99", ground="#204020")
    laid = overlaid(theme, own)
    palette = theme_palette(laid, own=own)
    for name, wished in (("bid", own.bid), ("dv-bid-bar", own.bid), ("dv-ground", own.ground)):
        away = abs(Color.parse(palette[name]).hsl.h - Color.parse(wished).hsl.h) * 360
        assert min(away, 360 - away) < 4, name
    assert palette["ask"].lower() == own.ask, "it can be read as it is"
    assert Color.parse(palette["bid"]).brightness > Color.parse(own.bid).brightness


def test_what_was_not_asked_for_stays_the_theme_s() -> None:
    own = OwnColors(ask="tomato")
    before, after = theme_palette(DARK), theme_palette(overlaid(DARK, own), own=own)
    assert {name for name in before if before[name] != after[name]} == {"ask", "dv-ask-bar"}
    assert overlaid(DARK, own) is DARK, "Textual's widgets have no colour of a side"


def test_textual_s_widgets_stand_on_the_same_ground() -> None:
    own = OwnColors(ground="#fffff0", warning="#aa5500", bad="purple", text="#202020")
    theme = overlaid(DARK, own)
    palette = theme_palette(theme, own=own)
    assert not theme.dark, "a light ground makes a light theme"
    assert theme.background == Color.parse(own.ground).hex
    variables = theme.to_color_system().generate()
    assert variables["background"] == palette["dv-ground"]
    assert (theme.error, theme.warning, theme.foreground) == tuple(
        palette[name] for name in ("dv-bad", "dv-warn", "dv-text")
    )
    for name in (theme.primary, theme.foreground, theme.accent):
        assert name is not None
        assert contrast(Color.parse(name), Color.parse(own.ground)) >= 4.5


async def run_with(
    own: OwnColors, theme: str = DARK.name, colours: Colours = Colours.ALL
) -> tuple[set[str], list[str]]:
    """The colours on the screen, as numbers, and what was told at the start."""
    async with running(FakeMarket(), (120, 40), theme=theme, colours=colours, own_colours=own) as run:
        found = set()
        for segment in chain.from_iterable(run.app.screen._compositor.render_strips()):
            style = segment.style
            if style is not None:
                found |= {colour.name.lower() for colour in (style.color, style.bgcolor) if colour is not None}
        return found, [notice.message for notice in run.app._notifications]


async def test_they_are_on_the_screen_whatever_the_theme() -> None:
    own = OwnColors(bid="#66aaff", ground="#101820")
    for theme in (DARK.name, LIGHT.name, "nord"):
        found, told = await run_with(own, theme)
        assert {"#66aaff", "#101820"} <= found
        assert told == []


async def test_sides_that_look_alike_are_told_at_the_start() -> None:
    _, told = await run_with(OwnColors(bid="#3366ff", ask="#3355ff"))
    assert told == ["bid and ask colours are hard to tell apart: see [colors]"]
    _, told = await run_with(NO_COLORS, MONO.name)
    assert told == [], "nobody asked for these"


@pytest.mark.parametrize("colours", [Colours.FEW, Colours.NONE])
async def test_they_are_not_used_where_the_colours_are_the_terminal_s(
    colours: Colours, monkeypatch: pytest.MonkeyPatch
) -> None:
    if colours is Colours.NONE:
        monkeypatch.setenv("NO_COLOR", "1")
    own = OwnColors(bid="#3366ff", ask="#3355ff", ground="#ffffff")
    found, told = await run_with(own, "depthview-dark", colours)
    assert not {name for name in found if name.startswith("#")}
    assert told == []
    assert overlaid(BUILTIN_THEMES["ansi-dark"], own) is BUILTIN_THEMES["ansi-dark"]


# -- told apart --------------------------------------------------------------------------------------------------------


def test_our_first_two_themes_are_told_apart_by_every_kind_of_colour_vision() -> None:
    for theme in (DARK, LIGHT):
        palette = theme_palette(theme)
        for names in (("dv-bid-bar", "dv-ask-bar"), ("bid", "ask")):
            one, other = (Color.parse(palette[name]).rgb for name in names)
            assert confused_by(one, other) is None


@pytest.mark.parametrize(
    ("bid", "ask", "words"),
    [
        ("green", "red", " with red-green colour blindness"),
        ("violet", "orange", " with blue-yellow colour blindness"),
        ("#56b4e9", "#50b0f0", ""),
        ("royalblue", "tomato", None),
    ],
)
def test_who_cannot_tell_them_apart_is_said(bid: str, ask: str, words: str | None) -> None:
    said = doubt_of_sides_on(DARK.name, OwnColors(bid=bid, ask=ask))
    assert said == ("" if words is None else f"bid and ask colours are hard to tell apart{words}: see [colors]")


def test_black_and_white_are_one_apart() -> None:
    assert colour_distance((0, 0, 0), (255, 255, 255)) == pytest.approx(1.0, abs=1e-3)
    assert colour_distance((10, 20, 30), (10, 20, 30)) == 0
