"""Contrast, computed from the styles that are really drawn, and themes that do not crash."""

from __future__ import annotations

from dataclasses import replace
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from depthview.core.trust import Verdict
from depthview.ui.themes import (
    DARK,
    DECORATION,
    LIGHT,
    LOOKS,
    at_contrast,
    contrast,
    rich_style,
    theme_palette,
)
from depthview.view import Mode
from tests.ui.conftest import running
from tests.ui.fake_market import FakeMarket

if TYPE_CHECKING:
    from rich.color import Color as RichColor
    from textual.theme import Theme

THEMES = [DARK, LIGHT, *(theme for name, theme in BUILTIN_THEMES.items() if not name.startswith("ansi"))]


def colour_of(colour: RichColor | None) -> Color:
    assert colour is not None
    return Color.from_rich_color(colour)


@cache
def palette_of(name: str) -> dict[str, str]:
    return theme_palette(next(theme for theme in THEMES if theme.name == name))


def ratio(theme: Theme, name: str) -> float:
    style = rich_style(name, palette_of(theme.name))
    return contrast(colour_of(style.color), colour_of(style.bgcolor))


def test_the_ratio_is_that_of_wcag() -> None:
    assert contrast(Color.parse("#000"), Color.parse("#fff")) == pytest.approx(21)
    assert contrast(Color.parse("#66707f"), Color.parse("#0b0e14")) == pytest.approx(3.9, abs=0.1)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_all_text_of_every_theme_can_be_read(theme: Theme) -> None:
    poor = {name: round(ratio(theme, name), 2) for name in LOOKS if name not in DECORATION and ratio(theme, name) < 4.5}
    assert poor == {}


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_neither_side_is_stronger_than_the_other(theme: Theme) -> None:
    assert ratio(theme, "bid-bar") == pytest.approx(ratio(theme, "ask-bar"), abs=0.25)


@pytest.mark.parametrize("theme", [DARK, LIGHT], ids=lambda theme: theme.name)
def test_side_colours_are_used_for_sides_and_for_nothing_else(theme: Theme) -> None:
    palette = theme_palette(theme)
    sides = {"bid", "ask", "dv-bid-bar", "dv-ask-bar"}
    others = {palette[name] for name in palette if name not in sides}
    assert not {palette[name] for name in sides} & others
    for name, look in LOOKS.items():
        assert (look.ink in sides) == ("bid" in name or "ask" in name)


def test_states_are_told_apart_without_colour() -> None:
    for name in ("warn", "bad", "banner", "frozen"):
        assert LOOKS[name].ink == "dv-ground", "reversed"
        assert LOOKS[name].bold


@pytest.mark.parametrize("hue", ["#56B4E9", "#000000", "#ffffff", "#808080"])
@pytest.mark.parametrize("ground", ["#0B0E14", "#ffffff", "#777777", "#2E3440"])
def test_a_hue_is_moved_until_it_stands_far_enough(hue: str, ground: str) -> None:
    near, behind = Color.parse(hue), Color.parse(ground)
    assert contrast(at_contrast(near, behind, 4.0), behind) >= 3.95
    if contrast(near, behind) >= 4.0:
        assert at_contrast(near, behind, 4.0) == near
        assert contrast(at_contrast(near, behind, 4.0, exactly=True), behind) == pytest.approx(4.0, abs=0.2)


@pytest.mark.parametrize("theme", [DARK.name, LIGHT.name])
async def test_every_segment_on_the_screen_can_be_read(theme: str) -> None:
    market = FakeMarket()
    async with running(market, (200, 60), theme=theme) as run:
        for verdict in Verdict:
            market.judge(verdict, "gap of 3 before 184,005")
            await run.draw()
            seen = set()
            for segment in chain.from_iterable(run.app.screen._compositor.render_strips()):
                style = segment.style
                assert style is not None
                if any(c.isalnum() for c in segment.text):
                    seen.add((style.color, style.bgcolor))
            assert len(seen) > 5
            poor = [pair for pair in seen if contrast(colour_of(pair[0]), colour_of(pair[1])) < 4.5]
            assert poor == []


async def test_every_theme_of_textual_works() -> None:
    async with running(FakeMarket(), (120, 40)) as run:
        grounds = set()
        for name in sorted(run.app.available_themes):
            run.app.theme = name
            await run.draw()
            assert "65,083.66" in run.text()
            grounds.add(str(run.app.screen._compositor.render_strips()[4]._segments[0].style))
        assert len(grounds) > 5, "the panels took the colours of the theme"


async def test_ansi_themes_leave_the_colours_to_the_terminal() -> None:
    market = FakeMarket()
    market.judge(Verdict.STALE, "gap")
    market.feed = replace(market.feed, mode=Mode.DEMO)
    async with running(market, (120, 40), theme="ansi-dark") as run:
        styles = [segment.style for strip in run.app.screen._compositor.render_strips() for segment in strip]
        colours = {style.color for style in styles if style is not None and style.color is not None}
        assert colours
        assert all(colour.is_system_defined or colour.is_default for colour in colours)
        assert any(style is not None and style.reverse for style in styles), "bad states are reversed blocks"
