"""Files that depthview writes: one to begin with, and what it remembers."""

from __future__ import annotations

import json
import re
import stat
import tomllib
from decimal import Decimal
from typing import TYPE_CHECKING

import pytest

from depthview.commands.view import initial_arrangement, save_changes
from depthview.config.load import Configuration, load
from depthview.config.options import FLIGHT_FOLDER, KEY_FILE, SETTINGS
from depthview.config.state import FILE_NAME, SavedState, read_state, save_state
from depthview.config.template import initial_text, shown_json, shown_text, toml_value
from depthview.preferences.display import Arrangement, BarScale, Choices, Form, Imbalance, Spacing, Threshold, Unit
from depthview.preferences.keymap import Keymap
from depthview.preferences.keys import REMAPPABLE, SECTIONS
from depthview.ui.themes import doubt_of_sides_on

if TYPE_CHECKING:
    from pathlib import Path


def test_the_first_file_says_the_defaults_once_its_hashes_are_taken_away(tmp_path: Path) -> None:
    assert tomllib.loads(initial_text()) == {}
    path = tmp_path / "config.toml"
    path.write_text(re.sub(r"^#(?=[\w\[])", "", initial_text(), flags=re.MULTILINE), encoding="utf-8")
    found = load({}, {}, path, must_exist=True)
    for entry in SETTINGS:
        assert entry.name in found.values, entry.name
        if entry not in (KEY_FILE, FLIGHT_FOLDER):
            assert found.sourced(entry).value == entry.default
    assert set(found.keymap.changed) == set(REMAPPABLE)
    assert all(found.keymap.keys(key_id) == Keymap().keys(key_id) for key_id in REMAPPABLE)


def test_what_is_shown_can_be_read_back(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        'theme = "nord"\ndust = 0.00010\nimbalance = "25 bps"\n'
        '[groups]\nBTC-USD = 0.50\n[keys]\ndepth.freeze = ["f10", "f11"]\n',
        encoding="utf-8",
    )
    found = load({"form": "dom"}, {}, path, must_exist=True)
    text = shown_text(found, doubt_of_sides_on)
    assert re.search(r'^form = "dom" +# flag, --form$', text, re.MULTILINE)
    assert re.search(r"^dust = 0.00010 +# file, line 2$", text, re.MULTILINE)
    copy = tmp_path / "copy.toml"
    copy.write_text(text, encoding="utf-8")
    again = load({}, {}, copy, must_exist=True)
    assert {e.name: again.sourced(e).value for e in SETTINGS} == {e.name: found.sourced(e).value for e in SETTINGS}
    assert again.groups == found.groups
    assert again.keymap.keys("depth.freeze") == ("f10", "f11")


def test_keys_of_every_place_can_be_changed_in_a_file_and_read_back(tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text(
        '[keys]\npage.close = "f8"\nframe.search = "s"\ngrid.left = ["h", "left"]\nlist.up = "ctrl+up"\n',
        encoding="utf-8",
    )
    found = load({}, {}, path, must_exist=True).keymap
    copy = tmp_path / "copy.toml"
    copy.write_text(shown_text(load({}, {}, path, must_exist=True), doubt_of_sides_on), encoding="utf-8")
    again = load({}, {}, copy, must_exist=True).keymap
    assert found.keys("grid.left") == ("h", "left")
    assert {key_id: again.keys(key_id) for key_id in REMAPPABLE} == {
        key_id: found.keys(key_id) for key_id in REMAPPABLE
    }


def test_the_first_file_has_every_key_under_the_place_where_it_works() -> None:
    lines = initial_text().partition("#[keys]\n")[2].splitlines()
    for section in SECTIONS:
        heading = next(at for at, line in enumerate(lines) if line.startswith(f"# {section.title.capitalize()}"))
        below = lines[heading + 1 : heading + 1 + len(section.keys)]
        assert [line.split(" = ")[0] for line in below] == [f"#{key.id}" for key in section.keys]


def test_for_scripts_the_same_as_json(tmp_path: Path) -> None:
    document = json.loads(
        shown_json(load({}, {"DEPTHVIEW_DUST": "0.10"}, tmp_path / "none", must_exist=False), doubt_of_sides_on)
    )
    assert document["found"] is False
    assert document["settings"]["dust"] == {"value": "0.10", "from": "environment", "where": "DEPTHVIEW_DUST"}
    assert document["settings"]["key_file"]["value"] is None
    assert document["keys"]["app.help"] == ["question_mark", "f1"]
    assert document["changed_keys"] == []


@pytest.mark.parametrize("value", ["", 'a"b\\c', "tab\tnew\nline\x00\x7f\x1b", "ünï⚡"])
def test_texts_are_written_as_toml_reads_them(value: str) -> None:
    assert tomllib.loads(f"x = {toml_value(value)}")["x"] == value


# -- what is remembered ------------------------------------------------------------------------------------------------


def test_a_session_remembers_what_was_changed_in_it(tmp_path: Path) -> None:
    before = Arrangement(groups={"BTC-USD": Decimal("0.5")}, theme="nord")
    after = Arrangement(
        choices=Choices(
            form=Form.DOM,
            spacing=Spacing.GRID,
            unit=Unit.QUOTE,
            bars=BarScale.LOG,
            flash=False,
            large=Threshold(Decimal(250_000), in_quote=True),
            dust=Decimal("0.001"),
            imbalance=Imbalance(0, 25),
        ),
        groups={"BTC-USD": Decimal("0.50"), "ETH-USD": Decimal("0.10")},
        theme="nord",
        grid=True,
        tape=True,
        tape_filter=Threshold(Decimal("0.5")),
    )
    folder = tmp_path / "not" / "there"
    assert save_changes(before, after, folder)
    path = folder / FILE_NAME
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    last = read_state(folder)
    assert last.values == {
        "form": Form.DOM,
        "spacing": Spacing.GRID,
        "unit": Unit.QUOTE,
        "bars": BarScale.LOG,
        "flash": False,
        "large": Threshold(Decimal(250_000), in_quote=True),
        "dust": Decimal("0.001"),
        "imbalance": Imbalance(0, 25),
        "ladders": "grid",
        "tape": True,
        "tape_filter": Threshold(Decimal("0.5")),
    }
    assert last.groups == {"ETH-USD": Decimal("0.10")}
    assert initial_arrangement(Configuration(path).with_remembered(last), one_group=False) == Arrangement(
        choices=after.choices,
        groups={"ETH-USD": Decimal("0.10")},
        grid=True,
        tape=True,
        tape_filter=after.tape_filter,
    )
    assert list(folder.iterdir()) == [path], "nothing is left beside it"


def test_of_two_sessions_at_once_neither_takes_back_what_the_other_remembered(tmp_path: Path) -> None:
    start = Arrangement()
    save_changes(start, Arrangement(theme="nord", groups={"BTC-USD": Decimal(1)}), tmp_path)
    save_changes(start, Arrangement(ladders=2, groups={"ETH-USD": Decimal(2)}), tmp_path)
    last = read_state(tmp_path)
    assert last.values == {"theme": "nord", "ladders": "2"}
    assert last.groups == {"BTC-USD": Decimal(1), "ETH-USD": Decimal(2)}


def test_without_a_change_nothing_is_written(tmp_path: Path) -> None:
    assert save_changes(Arrangement(), Arrangement(), tmp_path)
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize(
    "content",
    [
        b"",
        b"{",
        b"\xff",
        b"[]",
        b'{"depthview": "recording"}',
        b'{"depthview": "arrangement", "form": "diagonal"}',
        b'{"depthview": "arrangement", "groups": []}',
        b'{"depthview": "arrangement", "groups": {"BTC-USD": "-1"}}',
        b"[" * 100_000,
    ],
)
def test_a_damaged_memory_is_told_and_replaced(content: bytes, tmp_path: Path) -> None:
    (tmp_path / FILE_NAME).write_bytes(content)
    last = read_state(tmp_path)
    assert (dict(last.values), dict(last.groups)) == ({}, {})
    assert "discarded" in last.damage
    assert save_changes(Arrangement(), Arrangement(), tmp_path, damaged=True)
    assert read_state(tmp_path) == SavedState(), "so that it is told once"


def test_a_memory_of_a_later_version_is_read_as_far_as_it_is_known(tmp_path: Path) -> None:
    text = '{"depthview": "arrangement", "version": 9, "colour": "blue", "form": "dom", "groups": {"?": "1"}}'
    (tmp_path / FILE_NAME).write_text(text)
    assert read_state(tmp_path) == SavedState({"form": Form.DOM})


def test_where_nothing_can_be_written_it_is_said_and_nothing_raised(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    assert not save_state(tmp_path / "file" / "below", {"theme": "nord"}, {})
    (tmp_path / FILE_NAME).mkdir()
    assert not save_state(tmp_path, {"theme": "nord"}, {})
    assert [path.name for path in tmp_path.iterdir() if path.name.startswith(".")] == []


def test_a_width_for_all_beats_those_of_single_products(tmp_path: Path) -> None:
    found = Configuration(tmp_path, groups={"BTC-USD": Decimal(1)}, remembered_groups={"ETH-USD": Decimal(2)})
    assert initial_arrangement(found, one_group=True).groups == {}
    assert initial_arrangement(found, one_group=False).groups == {"BTC-USD": Decimal(1), "ETH-USD": Decimal(2)}
