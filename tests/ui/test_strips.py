"""What is written for a row looks like what Textual would have written, and is shorter."""

from __future__ import annotations

import io
import re
from itertools import pairwise, product
from typing import Final

import pytest
from rich.color import ColorSystem
from rich.console import Console
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.theme import BUILTIN_THEMES

from depthview.ui.line_widget import RESET, RenderedRow, transition
from depthview.ui.terminal import color_system
from depthview.ui.themes import LOOKS, OWN, rich_style, theme_palette

THEMES: Final = {theme.name: theme for theme in (*OWN, *BUILTIN_THEMES.values())}
SYSTEMS: Final = {"standard": ColorSystem.STANDARD, "256": ColorSystem.EIGHT_BIT, "truecolor": ColorSystem.TRUECOLOR}
_SEQUENCE: Final = re.compile(r"\x1b\[([0-9;]*)m|(.)", re.DOTALL)


def looks(written: str) -> list[tuple[str, frozenset[str]]]:
    """Each letter with what a terminal shows it in."""
    on: dict[str, str] = {}
    found = []
    for codes, letter in _SEQUENCE.findall(written):
        if letter:
            found.append((letter, frozenset(f"{what}={how}" for what, how in on.items())))
            continue
        numbers = codes.split(";") if codes else ["0"]
        while numbers:
            number = numbers.pop(0)
            if number in {"38", "48"}:
                length = 4 if numbers[0] == "2" else 2
                on[number] = ";".join(numbers[:length])
                del numbers[:length]
            elif number == "0":
                on.clear()
            elif number in {"39", "49"}:
                on.pop(number.replace("9", "8"), None)
            elif (number[0] in "349" and len(number) == 2) or number[:2] == "10":
                on["48" if number[0] == "4" or number[:2] == "10" else "38"] = number
            else:
                on[number] = "on"
    assert not on, "a row leaves nothing behind"
    return found


def _console(system: str) -> Console:
    return Console(file=io.StringIO(), force_terminal=True, color_system=system, width=80)  # type: ignore[arg-type]


def _row(styles: list[Style], console: Console) -> tuple[RenderedRow, Strip]:
    """Letters in these styles, one each, as ours and as Textual's."""
    system = color_system(console)
    named = {str(number): style for number, style in enumerate(styles)}
    cells = [(chr(ord("a") + int(number) % 26), number) for number in named]
    written, before = "", None
    for text, name in cells:
        written += transition(before, named[name], system) + text
        before = named[name]
    segments = [Segment(text, named[name]) for text, name in cells]
    return RenderedRow(segments, len(cells), written + RESET, system), Strip(segments, len(cells))


@pytest.mark.parametrize("system", SYSTEMS)
@pytest.mark.parametrize("theme", THEMES)
def test_every_style_after_every_other_one_looks_like_textuals(theme: str, system: str) -> None:
    console = _console(system)
    assert color_system(console) is SYSTEMS[system]
    variables = theme_palette(THEMES[theme])
    styles = [rich_style(name, variables) for name in LOOKS]
    order = [style for pair in product(styles, repeat=2) for style in pair]
    ours, textuals = _row(order, console)
    assert looks(ours.render(console)) == looks(textuals.render(console))
    assert len(ours.render(console)) <= len(textuals.render(console))


def test_styles_without_a_ground_or_an_ink_leave_none_of_the_one_before() -> None:
    console = _console("truecolor")
    styles = [
        Style(), Style(color="red", bgcolor="blue"), Style(bgcolor="blue"), Style(bold=True), Style(color="red"),
        Style(color="red", bgcolor="blue", bold=True), Style(color="default", bgcolor="default"), Style(reverse=True),
    ]  # fmt: skip
    ours, textuals = _row([style for pair in product(styles, repeat=2) for style in pair], console)
    assert looks(ours.render(console)) == looks(textuals.render(console))


def test_between_styles_of_one_ground_only_the_ink_is_written() -> None:
    one, other = Style(color="#010203", bgcolor="#040506"), Style(color="#070809", bgcolor="#040506")
    assert transition(one, other, ColorSystem.TRUECOLOR) == "\x1b[38;2;7;8;9m"
    assert transition(one, one, ColorSystem.TRUECOLOR) == ""


def test_a_row_is_one_of_textuals_for_whoever_wants_more() -> None:
    console = _console("truecolor")
    variables = theme_palette(OWN[0])
    ours, textuals = _row([rich_style(name, variables) for name in LOOKS], console)
    fresh = _row([rich_style(name, variables) for name in LOOKS], console)[0]
    assert fresh.text == textuals.text
    assert list(ours) == list(textuals)
    assert ours == textuals
    for start, end in pairwise((0, 1, 5, len(textuals.text))):
        assert ours.crop(start, end) == textuals.crop(start, end)
    assert ours.divide([3, 9]) == textuals.divide([3, 9])
    assert looks(ours.render(_console("256"))) == looks(textuals.render(_console("256")))
