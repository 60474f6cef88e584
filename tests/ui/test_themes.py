"""Contrast, computed from the styles that are really drawn, and themes that do not crash."""

from __future__ import annotations

import re
from dataclasses import replace
from functools import cache
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from rich.color import ColorSystem, ColorType
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from depthview.core.verdict import Verdict
from depthview.preferences.colors import OWN_THEMES
from depthview.ui.contrast import at_contrast, contrast, pair_at_contrast, xterm_256
from depthview.ui.grid import MiniLadder
from depthview.ui.themes import DECORATION, LOOKS, MONO, OWN, Colours, rich_style, theme_palette
from depthview.views.market import Mode
from tests.ui.conftest import running
from tests.ui.fake_market import FakeMarket

if TYPE_CHECKING:
    from rich.color import Color as RichColor
    from rich.style import Style
    from textual.theme import Theme

    from tests.ui.conftest import Running

THEMES = [*OWN, *(theme for name, theme in BUILTIN_THEMES.items() if not name.startswith("ansi"))]


def colour_of(colour: RichColor | None) -> Color:
    assert colour is not None
    return Color.from_rich_color(colour)


@cache
def palette_of(name: str, colours: Colours) -> dict[str, str]:
    return theme_palette(next(theme for theme in THEMES if theme.name == name), colours)


def ratio(theme: Theme, name: str, colours: Colours = Colours.ALL) -> float:
    """Contrast of a style as the terminal shows it."""
    style = rich_style(name, palette_of(theme.name, colours))
    assert style.color is not None
    assert style.bgcolor is not None
    ink, ground = style.color, style.bgcolor
    if colours is Colours.SOME:
        ink, ground = ink.downgrade(ColorSystem.EIGHT_BIT), ground.downgrade(ColorSystem.EIGHT_BIT)
    return contrast(Color(*ink.get_truecolor()), Color(*ground.get_truecolor()))


def test_the_ratio_is_that_of_wcag() -> None:
    assert contrast(Color.parse("#000"), Color.parse("#fff")) == pytest.approx(21)
    assert contrast(Color.parse("#66707f"), Color.parse("#0b0e14")) == pytest.approx(3.9, abs=0.1)


@pytest.mark.parametrize("colours", [Colours.ALL, Colours.SOME])
@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_all_text_of_every_theme_can_be_read(theme: Theme, colours: Colours) -> None:
    ratios = {name: round(ratio(theme, name, colours), 2) for name in LOOKS if name not in DECORATION}
    assert {name: found for name, found in ratios.items() if found < 4.5} == {}


@pytest.mark.parametrize("colours", [Colours.ALL, Colours.SOME])
@pytest.mark.parametrize("theme", [theme for theme in THEMES if theme is not MONO], ids=lambda theme: theme.name)
def test_sides_keep_a_colour_of_their_own(theme: Theme, colours: Colours) -> None:
    palette = palette_of(theme.name, colours)
    for names in (("bid", "ask"), ("dv-bid-bar", "dv-ask-bar")):
        found = [Color.parse(palette[name]) for name in names]
        assert all(max(c.rgb) - min(c.rgb) > 60 for c in found), "neither white, nor black, nor grey"
        assert max(abs(a - b) for a, b in zip(found[0].rgb, found[1].rgb, strict=True)) > 80


def test_high_contrast_is_high() -> None:
    theme = next(theme for theme in OWN if theme.name == "high-contrast")
    inks = ("text", "muted", "bid", "ask", "warn-text", "bad-text", "band-muted", "band-bid")
    assert all(ratio(theme, name) >= 7 for name in inks)


@pytest.mark.parametrize("hue", ["#56B4E9", "#000000", "#ffffff", "#808080", "#FBFBF9", "#0B0E14", "#E6E6E5"])
def test_of_256_colours_the_nearest_is_taken_that_a_terminal_can_be_made_to_show(hue: str) -> None:
    wished = Color.parse(hue)
    shown = xterm_256().nearest(wished)
    seen = Color(*shown.rich_color.downgrade(ColorSystem.EIGHT_BIT).get_truecolor())
    assert xterm_256().seen(shown) == seen
    assert max(abs(a - b) for a, b in zip(seen.rgb, wished.rgb, strict=True)) <= 48
    if hue in ("#808080", "#E6E6E5"):
        assert max(seen.rgb) - min(seen.rgb) <= 5, "a grey stays a grey"


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_neither_side_is_stronger_than_the_other(theme: Theme) -> None:
    assert ratio(theme, "bid-bar") == pytest.approx(ratio(theme, "ask-bar"), abs=0.25)


@pytest.mark.parametrize("theme", THEMES, ids=lambda theme: theme.name)
def test_of_256_colours_neither_side_gets_a_stronger_one(theme: Theme) -> None:
    most = 1.035 if theme in OWN else 1.055
    for names in (("bid-bar", "ask-bar"), ("bid", "ask"), ("band-bid", "band-ask")):
        bid, ask = (ratio(theme, name, Colours.SOME) for name in names)
        assert max(bid, ask) / min(bid, ask) <= most, names


@pytest.mark.parametrize("theme", [theme for theme in THEMES if theme is not MONO], ids=lambda theme: theme.name)
def test_of_256_colours_sides_get_those_of_their_hue(theme: Theme) -> None:
    wished, found = palette_of(theme.name, Colours.ALL), palette_of(theme.name, Colours.SOME)
    for name in ("bid", "ask", "dv-bid-bar", "dv-ask-bar"):
        hues = [Color.parse(palette[name]).hsl.h * 360 for palette in (wished, found)]
        away = abs(hues[0] - hues[1])
        # The cube has no dark green, and no dark orange on a grey as dark as textual-light's.
        most = 30 if theme.name in ("classic-light", "textual-light") else 15
        assert min(away, 360 - away) <= most, name


def test_where_no_pair_is_alike_the_nearest_to_alike_is_taken() -> None:
    hues, ground = (Color.parse("#FFFF00"), Color.parse("#0000FF")), Color.parse("#000000")
    bid, ask = pair_at_contrast(hues, ground, 18.0, shades=xterm_256())
    assert contrast(xterm_256().seen(bid), ground) >= 18
    assert bid != ask
    assert pair_at_contrast(hues, ground, 4.5) == tuple(at_contrast(hue, ground, 4.5) for hue in hues)


@pytest.mark.parametrize("theme", [theme for theme in OWN if theme is not MONO], ids=lambda theme: theme.name)
def test_side_colours_are_used_for_sides_and_for_nothing_else(theme: Theme) -> None:
    palette = theme_palette(theme)
    sides = {"bid", "ask", "dv-bid-bar", "dv-ask-bar"}
    others = {palette[name] for name in palette if name not in sides}
    assert not {palette[name] for name in sides} & others
    for name, look in LOOKS.items():
        assert bool({look.ink, look.ground} & sides) == ("bid" in name or "ask" in name)


async def test_without_colours_a_letter_says_the_side_of_every_level() -> None:
    palette = theme_palette(MONO)
    assert (palette["bid"], palette["dv-bid-bar"]) == (palette["ask"], palette["dv-ask-bar"])
    for theme, colours in ((MONO.name, Colours.ALL), ("nord", Colours.NONE)):
        async with running(FakeMarket(), (80, 24), theme=theme, colours=colours) as run:
            marks = "".join(row[0] for row in run.rows() if row[2:].lstrip().startswith("65,0"))
            assert re.fullmatch("A{5,}B{5,}", marks.replace(" ", ""))


@pytest.mark.parametrize("colours", [Colours.ALL, Colours.FEW])
async def test_letters_come_and_go_with_the_theme(market: FakeMarket, colours: Colours) -> None:
    def letters(run: Running) -> str:
        rows = [row for row in run.rows() if row[2:].lstrip().startswith("65,0")]
        return "".join(row[0] for row in rows).replace(" ", "")

    async with running(market, (80, 24), colours=colours) as run:
        assert letters(run) == ""
        run.app.theme = MONO.name
        await run.pilot.pause()
        await run.draw()
        assert re.fullmatch("A{5,}B{5,}", letters(run))
        run.app.theme = "depthview-dark"
        await run.pilot.pause()
        await run.draw()
        assert letters(run) == ""


async def test_small_ladders_have_letters_too(market: FakeMarket) -> None:
    async with running(market, (80, 24), theme=MONO.name) as run:
        await run.press("w", "w")
        await run.draw()
        assert run.app.market_screen.mode.grid
        (first,) = [cell for cell in run.app.screen.query(MiniLadder) if cell.cursor.number == 1]
        ends = "".join(row[-1] for row in first.text().splitlines() if row.startswith(("▌65,0", " 65,0")))
        assert re.fullmatch("A+B+", ends)


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


def test_our_themes_are_named_once() -> None:
    assert [theme.name for theme in OWN] == list(OWN_THEMES)


@pytest.mark.parametrize("theme", [theme.name for theme in OWN])
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
            assert len(seen) > (2 if theme == MONO.name else 5)
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


async def test_sixteen_colours_are_the_terminal_s_own_whatever_the_theme() -> None:
    for theme, ground in (("nord", "ansi-dark"), ("classic-light", "ansi-light")):
        market = FakeMarket()
        market.judge(Verdict.STALE, "gap")
        async with running(market, (120, 40), theme=theme, colours=Colours.FEW) as run:
            assert run.app.theme == ground
            assert run.app.arrangement.theme == theme, "the wish is what is remembered"
            styles = drawn(run)
            assert all(style.color is None or style.color.type is not ColorType.TRUECOLOR for style in styles)
            assert any(style.reverse for style in styles), "bad states are reversed blocks"


async def test_sides_keep_the_colours_of_the_theme_in_sixteen() -> None:
    async with running(FakeMarket(), (80, 24), theme="red-up", colours=Colours.FEW) as run:
        numbers = {style.color.number for style in drawn(run) if style.color is not None}
        assert {1, 2} <= numbers, "red and green"
        assert not {3, 6} & numbers, "neither yellow nor cyan"


async def test_no_color_means_none(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    market = FakeMarket()
    market.judge(Verdict.STALE, "gap", product="ETH-USD")
    async with running(market, (80, 24), colours=Colours.NONE) as run:
        styles = drawn(run)
        assert all(style.color is None or style.color.is_default for style in styles)
        assert all(style.bgcolor is None or style.bgcolor.is_default for style in styles)
        assert any(style.reverse for style in styles), "bad states are reversed blocks"
        for theme in ("nord", "depthview-light"):
            run.app.theme = theme
            await run.draw()
            assert all(style.color is None or style.color.is_default for style in drawn(run))
            assert run.app.arrangement.theme == theme
            assert any(style.reverse for style in drawn(run)), "they still are"


@pytest.mark.parametrize("theme", ["depthview-dark", "depthview-light"])
async def test_without_colours_the_cursor_of_a_list_can_be_seen(theme: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(FakeMarket(), (80, 24), theme=theme, colours=Colours.NONE) as run:
        before = reversed_text(run)
        await run.press("ctrl+p")
        await run.shows("Find a product")
        await run.press("down")
        assert "Quit" in reversed_text(run) or "Help" in reversed_text(run)
        assert len(reversed_text(run)) < len(before) + 400, "and only the cursor"


def reversed_text(run: Running) -> str:
    strips = run.app.screen._compositor.render_strips()
    return "".join(s.text for strip in strips for s in strip if s.style is not None and s.style.reverse)


def drawn(run: Running) -> list[Style]:
    """The styles of everything on the screen."""
    strips = run.app.screen._compositor.render_strips()
    return [segment.style for strip in strips for segment in strip if segment.style is not None]
