"""The table ``[colors]``: what it asks for, what is said of what it cannot, and what is shown of it."""

from __future__ import annotations

import json
import re
import tomllib
from typing import TYPE_CHECKING

import pytest
from textual._color_constants import COLOR_NAME_TO_RGB
from textual.color import Color
from textual.theme import BUILTIN_THEMES

from depthview.config.load import load
from depthview.config.tables import Problem, read_colors
from depthview.config.template import initial_text, shown_json, shown_text
from depthview.errors import ConfigurationError
from depthview.preferences.colors import COLOR_NAMES, EXAMPLES, MEANINGS, NO_COLORS, TEXTUAL_THEMES, OwnColors
from depthview.ui.themes import _RECIPES, DARK, doubt_of_sides_on, recipe_of

if TYPE_CHECKING:
    from pathlib import Path

    from depthview.config.load import Configuration


def of(text: str, tmp_path: Path) -> Configuration:
    path = tmp_path / "config.toml"
    path.write_text(text, encoding="utf-8")
    return load({}, {}, path, must_exist=True)


def test_colours_are_taken_as_numbers_and_as_names(tmp_path: Path) -> None:
    found = of('[colors]\nbid = "#0AF"\nask = " Tomato "\nground = "#102030"\n', tmp_path).colors
    assert found == OwnColors(bid="#0af", ask="tomato", ground="#102030")
    assert of('colors.text = "white"\n', tmp_path).colors == OwnColors(text="white")
    assert of("", tmp_path).colors == NO_COLORS


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ('[colors]\n\nbidd = "red"\n', ", line 3: 'bidd' has no colour of its own: did you mean bid?"),
        (
            '[colors]\nxyz = "red"\n',
            ", line 2: 'xyz' has no colour of its own: there are bid, ask, warning, bad, ground, text",
        ),
        ('[colors]\nbid = "tomatoe"\n', ", line 2: the colour of bid: 'tomatoe' is not a colour: did you mean tomato?"),
        (
            '[colors]\nask = "#12345"\n',
            ", line 2: the colour of ask: '#12345' is not a colour: write it as #56b4e9, or as a name such as orange",
        ),
        ('[colors]\nask = "ansi_red"\n', ", line 2: the colour of ask: 'ansi_red' is not a colour"),
        ('[colors]\nask = "transparent"\n', ", line 2: the colour of ask: 'transparent' is not a colour"),
        ('[colors]\nask = "\\u001b[31m"\n', ", line 2: the colour of ask: '\\x1b[31m' is not a colour"),
        ("[colors]\nbad = 255\n", ", line 2: the colour of bad: 255 is not a colour: write it in quotes"),
        ("[colors.bid]\nx = 1\n", ", line 1: the colour of bid: a table is not a colour: write it in quotes"),
        ('fps = 3\ncolors = "red"\n', ", line 2: colors is a table: write its lines under [colors]"),
        ("[colours]\n", ", line 1: 'colours' is not a setting: did you mean colors?"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(text: str, told: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError) as caught:
        of(text, tmp_path)
    said = str(caught.value)
    assert said.isprintable()
    assert said.removeprefix(f"configuration {tmp_path / 'config.toml'}").startswith(told)


def test_every_name_is_one_that_is_drawn_with() -> None:
    table = dict.fromkeys(OwnColors._fields, "orange")
    wrong: list[Problem] = []
    found = read_colors(table, wrong)
    assert wrong == []
    assert set(found.asked) == set(OwnColors._fields)
    assert Color.parse("orange").hex == Color.parse(found.bid).hex


def test_colors_and_themes_are_known_by_textuals_names() -> None:
    drawn = {name for name, channels in COLOR_NAME_TO_RGB.items() if len(channels) == 3}
    assert set(COLOR_NAMES) == {name for name in drawn if not name.startswith("ansi_")}
    assert set(TEXTUAL_THEMES) == set(BUILTIN_THEMES)


def test_what_was_asked_for_is_shown_and_can_be_read_back(tmp_path: Path) -> None:
    found = of('theme = "nord"\n[colors]\nbid = "#000080"\nask = "tomato"\n', tmp_path)
    text = shown_text(found, doubt_of_sides_on)
    assert re.search(r'^bid = "#000080" +# file$', text, re.MULTILINE), "and not what is drawn for it"
    assert "told apart" not in text
    assert of(text, tmp_path).colors == found.colors
    document = json.loads(shown_json(found, doubt_of_sides_on))
    assert document["colors"] == {"bid": "#000080", "ask": "tomato"}
    assert document["colors_in_doubt"] is None
    assert json.loads(shown_json(of("", tmp_path), doubt_of_sides_on))["colors"] == {}


def test_sides_that_look_alike_are_told(tmp_path: Path) -> None:
    found = of('theme = "depthview-light"\n[colors]\nbid = "#000080"\nask = "#000090"\n', tmp_path)
    assert "# bid and ask colours are hard to tell apart: see [colors]\n" in shown_text(found, doubt_of_sides_on)
    assert "hard to tell" in json.loads(shown_json(found, doubt_of_sides_on))["colors_in_doubt"]
    assert "hard to tell" in shown_text(of('[colors]\nask = "#56b4e9"\n', tmp_path), doubt_of_sides_on), (
        "the theme's own bid"
    )
    assert "red-green colour blindness" in shown_text(
        of('[colors]\nbid = "green"\nask = "red"\n', tmp_path), doubt_of_sides_on
    )
    assert "hard to tell" not in shown_text(
        of('theme = "ansi-dark"\n[colors]\nask = "#56b4e9"\n', tmp_path), doubt_of_sides_on
    )
    assert "hard to tell" not in shown_text(of('theme = "mono"\n', tmp_path), doubt_of_sides_on), "that one has letters"


def test_the_first_file_explains_every_colour_with_that_of_the_first_theme(tmp_path: Path) -> None:
    text = re.sub(r"^#(?=[\w\[])", "", initial_text(), flags=re.MULTILINE)
    assert tomllib.loads(text)["colors"] == EXAMPLES.asked
    for name, meaning in MEANINGS.asked.items():
        assert re.search(rf'^#{name} = "#[0-9a-f]{{6}}" +# {re.escape(meaning)}$', initial_text(), re.MULTILINE)
    assert DARK.name not in _RECIPES
    hues = recipe_of(DARK).hues
    wished = (hues.bid, hues.ask, hues.warn, hues.bad, DARK.background, hues.text)
    assert [str(colour).lower() for colour in wished] == list(EXAMPLES)
