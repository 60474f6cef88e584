"""Bars that grow to the left: as fine as those that grow to the right, out of glyphs that every font has."""

from __future__ import annotations

from decimal import Decimal
from itertools import chain
from typing import TYPE_CHECKING

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from depthview.core.verdict import Verdict
from depthview.ui.filters import EIGHTHS_FROM_RIGHT, ascii_text
from depthview.ui.formats import balance, bar, mirrored_bar
from depthview.ui.line_widget import SWAPPED, drawable
from depthview.ui.themes import LOOKS, MONO, Colours, rich_style
from tests.ui.conftest import running
from tests.ui.fake_market import FakeMarket

if TYPE_CHECKING:
    from rich.style import Style

    from depthview.ui.lines import Line
    from tests.ui.conftest import Running

FROM_LEFT = " ▏▎▍▌▋▊▉█"
FROM_RIGHT = {"▕": 1, "▐": 4}
FULL = Decimal(1)
FORMS = {"dom": ("v",), "sides": ("v", "v")}


def seen(line: Line) -> list[tuple[int, str]]:
    """Of each column: how many eighths of it are of the bar's colour, and at which end."""
    found = []
    for text, style in line:
        for glyph in text:
            if style in SWAPPED.values():
                found.append((8 - FROM_LEFT.index(glyph), "right"))
            elif glyph in FROM_RIGHT:
                found.append((FROM_RIGHT[glyph], "right"))
            else:
                found.append((FROM_LEFT.index(glyph), "left"))
    return [(eighths, end if 0 < eighths < 8 else "") for eighths, end in found]


@pytest.mark.parametrize("style", SWAPPED)
@pytest.mark.parametrize("eighths", range(1, 33))
def test_a_bar_to_the_left_is_the_mirror_of_one_to_the_right(style: str, eighths: int) -> None:
    size = Decimal(eighths) / 32
    right = seen(((bar(size, FULL, 4).blocks.ljust(4), style),))
    left = seen(drawable(mirrored_bar(size, FULL, 4).blocks, style))
    assert sum(filled for filled, _ in left) == eighths
    assert left == [(filled, end and "right") for filled, end in reversed(right)]


@given(st.decimals(min_value=0, max_value=1, places=6), st.integers(1, 60), st.booleans())
def test_the_mirror_holds_at_every_length(size: Decimal, width: int, log: bool) -> None:
    right = seen(((bar(size, FULL, width, log=log).blocks.ljust(width), "bid-bar"),))
    left = seen(drawable(mirrored_bar(size, FULL, width, log=log).blocks, "bid-bar"))
    assert [filled for filled, _ in left] == [filled for filled, _ in reversed(right)]


def test_steps_are_distinct_and_even() -> None:
    steps = [sum(filled for filled, _ in seen(drawable(glyph, "ask-bar"))) for glyph in EIGHTHS_FROM_RIGHT[1:]]
    assert steps == [1, 2, 3, 4, 5, 6, 7]


def test_a_bar_beyond_the_scale_keeps_its_mark() -> None:
    assert drawable(mirrored_bar(Decimal(2), FULL, 4).blocks, "bid-bar") == (("◀███", "bid-bar"),)


@pytest.mark.parametrize("value", ["-1", "-0.97", "-0.5", "-0.03", "0", "0.03", "0.6"])
def test_the_balance_mirrors_itself(value: str) -> None:
    one, other = balance(Decimal(value), 5), balance(-Decimal(value), 5)
    for left, right in ((one.left, other.right), (other.left, one.right)):
        mirrored = [filled for filled, _ in reversed(seen(drawable(left, "ask-bar")))]
        assert mirrored == [filled for filled, _ in seen(((right, "bid-bar"),))]


def test_a_swapped_style_has_the_two_colours_of_its_bar() -> None:
    for name, swapped in SWAPPED.items():
        assert (LOOKS[name].ink, LOOKS[name].ground) == (LOOKS[swapped].ground, LOOKS[swapped].ink)


def test_what_is_meant_is_as_wide_as_what_is_drawn() -> None:
    assert {cell_len(glyph) for glyph in EIGHTHS_FROM_RIGHT[1:]} == {1}
    assert [ascii_text(glyph) for glyph in EIGHTHS_FROM_RIGHT[1:]] == ["|", "|", "|", "#", "#", "#", "#"]


# -- on the screen -----------------------------------------------------------------------------------------------------


def segments(run: Running) -> list[tuple[str, Style]]:
    strips = run.app.screen._compositor.render_strips()
    return [(s.text, s.style) for s in chain.from_iterable(strips) if s.style is not None]


def swapped(run: Running) -> set[str]:
    """Which swapped styles are on the screen, and nothing but single partial blocks in them."""
    variables = run.app.theme_variables
    styles = {name: rich_style(name, variables) for name in SWAPPED.values()}
    found = set()
    for text, style in segments(run):
        drawn = (style.color, style.bgcolor, bool(style.reverse))
        for name, wanted in styles.items():
            if text in tuple("▏▎▍▋▊") and drawn == (wanted.color, wanted.bgcolor, bool(wanted.reverse)):
                found.add(name)
    return found


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("theme", ["depthview-dark", "depthview-light", "classic-dark", "ansi-dark", MONO.name])
async def test_their_ends_are_drawn_with_ink_and_ground_swapped(theme: str, form: str) -> None:
    market = FakeMarket()
    async with running(market, (120, 40), theme=theme) as run:
        await run.press(*FORMS[form])
        assert "bid-bar-swapped" in swapped(run)
        if form == "dom" and theme != MONO.name:
            assert "sum-bar-swapped" in swapped(run), "sums have bars too"
        market.judge(Verdict.STALE, "gap")
        await run.draw()
        assert "doubt-bar-swapped" in swapped(run)
        assert not {"bid-bar-swapped", "ask-bar-swapped"} & swapped(run), "a book in doubt has no colour of a side"
        assert not any(glyph in run.text() for glyph in "🮇🮈🮉🮊🮋"), "few fonts have them"


@pytest.mark.parametrize(
    ("colours", "theme"), [(Colours.FEW, "classic-dark"), (Colours.FEW, "depthview-light"), (Colours.NONE, "nord")]
)
async def test_the_terminal_swaps_colours_that_only_it_knows(
    colours: Colours, theme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    if colours is Colours.NONE:
        monkeypatch.setenv("NO_COLOR", "1")
    async with running(FakeMarket(), (120, 40), colours=colours, theme=theme) as run:
        await run.press("v")
        ends = [(text, style) for text, style in segments(run) if style.reverse and text in tuple("▏▎▍▋▊")]
        assert ends
        if colours is Colours.NONE:
            assert all(s.color is not None and s.color.is_default for _, s in ends)
        else:
            assert {s.bgcolor for _, s in ends} == {None}, "the ground is whatever the terminal has"


async def test_in_ascii_they_are_letters_as_before(market: FakeMarket) -> None:
    async with running(market, (120, 40), ascii=True) as run:
        await run.press("v")
        bars = {text.strip() for text, _ in segments(run) if text.strip() and not text.strip(" |#:.")}
        assert any(bar.startswith("|#") for bar in bars)
        assert any(len(bar) > 2 and not bar.strip("#") for bar in bars)
        assert not any("#|" in bar for bar in bars), "whole columns lie to the right of the end"
        assert not any(style.reverse for text, style in segments(run) if text in tuple("-#|"))


async def test_the_same_length_is_drawn_in_the_colours_of_the_theme_that_is_on(market: FakeMarket) -> None:
    async with running(market, (120, 40)) as run:
        await run.press("v")
        for theme in ("depthview-light", "red-up", "depthview-dark"):
            run.app.theme = theme
            await run.pilot.pause()
            await run.draw()
            assert "bid-bar-swapped" in swapped(run)
