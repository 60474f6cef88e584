"""The table ``[keys]``: what it changes, and what is said of what it cannot."""

from __future__ import annotations

import tomllib
from typing import TYPE_CHECKING

import pytest
from textual.keys import _character_to_key

from depthview.config.load import load
from depthview.config.tables import Problem, read_keys
from depthview.config.template import shown_text
from depthview.preferences.keymap import Keymap, footer, shown_name, textual_name
from depthview.preferences.keys import KEYS, PLACES, REMAPPABLE, SECTIONS, Key, Place

if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path


def keys_of(table: Mapping[str, object]) -> tuple[Keymap, list[Problem]]:
    problems: list[Problem] = []
    return read_keys(table, problems), problems


def told(text: str) -> str:
    _, wrong = keys_of(tomllib.loads(text))
    assert len(wrong) == 1
    return wrong[0].message


def test_ids_may_be_dotted_quoted_or_tables() -> None:
    for text in ('depth.freeze = "f10"', '"depth.freeze" = "f10"', '[depth]\nfreeze = "f10"'):
        keymap, wrong = keys_of(tomllib.loads(text))
        assert wrong == []
        assert keymap.keys("depth.freeze") == ("f10",)
        assert keymap.name("depth.freeze") == "F10"
        assert keymap.keys("app.quit") == ("q",), "the others stay"


def test_lists_of_keys_and_no_key_at_all() -> None:
    keymap, wrong = keys_of({"app.help": ["f11", "F1", "ctrl+h"], "feed.resync": "", "product.remove": []})
    assert wrong == []
    assert keymap.keys("app.help") == ("f11", "f1", "ctrl+h")
    assert keymap.keys("feed.resync") == keymap.keys("product.remove") == ()
    assert "resync" not in [label for _, label, _ in footer(keymap, replay=False)]


def test_two_keys_may_be_swapped() -> None:
    keymap, wrong = keys_of({"depth.finer": "]", "depth.coarser": "["})
    assert wrong == []
    assert keymap.shown(next(key for key in KEYS if key.id == "depth.finer")) == "] ["


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('depth.freze = "f"', "'depth.freze' is not the id of a key: did you mean depth.freeze?"),
        ('depth.freeze = "q"', "q would be both app.quit and depth.freeze: give one of them another key"),
        ('app.quit = "x"', "x would be both product.remove and app.quit"),
        ('app.stop = "1"', "1 would be both product.slot.1 and app.stop"),
        ('depth.freeze = "ctrl+q"', "depth.freeze: Ctrl+Q always quits depthview"),
        ('depth.freeze = "ctrl+c"', "depth.freeze: Ctrl+C always quits depthview"),
        ('depth.freeze = "spce"', "depth.freeze: 'spce' is not a key: did you mean space?"),
        ('depth.freeze = "shift+b"', "depth.freeze: 'shift+b' is not a key: write B"),
        ('depth.freeze = "hyper+b"', "depth.freeze: 'hyper+b' is not a key"),
        ("depth.freeze = 5", "depth.freeze: 5 is neither a key"),
        ('depth.freeze = ["a", 5]', "depth.freeze: a list is neither a key"),
    ],
)
def test_what_is_wrong_is_named(text: str, words: str) -> None:
    assert told(text).startswith(words)


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ('page.down = "k"', "k would be both page.up and page.down"),
        ('wire.follow = "f"', "f would be both wire.channel and wire.follow"),
        ('wire.open = "up"', "↑ would be both page.up and wire.open"),
        ('frame.search = "n"', "n would be both frame.next and frame.search"),
        ('frame.next = "q"', "q would be both app.quit and frame.next"),
        ('wire.channel = "R"', "R would be both flight.keep and wire.channel"),
        ('wire.product = "."', ". would be both replay.step and wire.product"),
        ('page.close = "ctrl+p"', "Ctrl+P would be both app.palette and page.close"),
        ('entry.cancel = "enter"', "enter would be both entry.accept and entry.cancel"),
        ('entry.cancel = "down"', "↓ would be both list.down and entry.cancel"),
        ('list.up = "ctrl+z"', "Ctrl+Z would be both app.stop and list.up"),
        ('grid.left = "right"', "→ would be both grid.right and grid.left"),
        ('grid.last = "w"', "w would be both view.ladders and grid.last"),
        ('health.panel = "home"', "home would be both page.first and health.panel"),
    ],
)
def test_clashes_inside_a_place_are_named(text: str, words: str) -> None:
    _, wrong = keys_of(tomllib.loads(text))
    assert any(fault.message.startswith(words) for fault in wrong), wrong


@pytest.mark.parametrize(
    "text",
    [
        'frame.search = "f"',
        'frame.next = "p"\nwire.channel = "n"',
        'wire.follow = "space"\nreplay.pause = "f7"\npage.page-down = "pagedown"',
        'page.close = "enter"\nwire.open = "o"',
        'entry.cancel = "pageup"\nlist.page-up = "f2"',
        'grid.last = "y"',
        'replay.forward = "f5"\nlist.down = "f5"\npage.last = "end"\ngrid.up = ["right", "k"]\ngrid.right = "up"',
        'health.panel = "f"\nladder.grid = "i"',
    ],
)
def test_places_that_are_never_on_the_screen_at_once_may_share_a_key(text: str) -> None:
    assert keys_of(tomllib.loads(text))[1] == []


@pytest.mark.parametrize("key", ["x", "X", "7", "/", "space", "shift+space"])
@pytest.mark.parametrize("key_id", ["entry.accept", "entry.cancel", "list.up", "list.page-down"])
def test_what_writes_something_is_no_key_of_a_field(key_id: str, key: str) -> None:
    words = told(f'{key_id} = ["f9", "{key}"]')
    assert words.startswith(f"{key_id}: ")
    assert "types text in a field: choose a key that does not, such as f5 or ctrl+x" in words


@pytest.mark.parametrize("key", ["f9", "ctrl+x", "alt+x", "insert", "tab", "shift+up"])
def test_what_writes_nothing_is_one(key: str) -> None:
    keymap, wrong = keys_of({"entry.accept": key})
    assert wrong == []
    assert keymap.keys("entry.accept") == (key,)


@pytest.mark.parametrize("key_id", ["page.close", "entry.cancel"])
@pytest.mark.parametrize("value", ['""', "[]", '"none"'])
def test_the_way_back_keeps_a_key(key_id: str, value: str) -> None:
    assert told(f"{key_id} = {value}") == f"{key_id}: without a key there would be no way back: give it one"


@pytest.fixture
def new_key(monkeypatch: pytest.MonkeyPatch) -> Key:
    """A key of a version after 0.1.0, in force with the ladder."""
    key = Key("ladder.new", "z,Z", "ladder('new')", "New", "New.", since="0.2.0")
    monkeypatch.setitem(REMAPPABLE, key.id, key)
    monkeypatch.setitem(PLACES, key.id, frozenset({Place.LADDER}))
    return key


def test_a_key_that_a_user_has_bound_wins_over_a_new_default(new_key: Key, tmp_path: Path) -> None:
    path = tmp_path / "config.toml"
    path.write_text('[keys]\nladder.bars = "z"\nwire.copy = "Z"\n')
    configuration = load({}, {}, path, must_exist=True)
    assert configuration.keymap.keys("ladder.bars") == ("z",)
    assert configuration.keymap.keys(new_key.id) == ("Z",), "another place may use it"
    told = "your keys win over new defaults: z stays ladder.bars and is not ladder.new; see [keys]"
    assert configuration.notice == told
    assert f"# {told}\n" in shown_text(configuration, lambda theme, colors: "")


def test_a_new_default_is_in_force_where_nothing_else_is_on_its_key(new_key: Key) -> None:
    keymap, wrong = keys_of({"ladder.bars": "X"})
    assert (wrong, keymap.lost_defaults(), keymap.keys(new_key.id)) == ([], [], ("z", "Z"))


def test_two_keys_that_a_user_has_bound_still_conflict(new_key: Key) -> None:
    assert told('ladder.bars = "z"\nladder.new = "z"').startswith("z would be both ladder.bars and ladder.new")


def test_hints_leave_out_what_has_no_key() -> None:
    keymap = Keymap({"page.up": (), "wire.copy": (), "page.close": ("f8",)})
    wanted = (("page.up page.down", "scroll"), ("wire.copy", "copy"), ("page.close", "back"))
    assert keymap.hints(wanted) == [("↓", "scroll"), ("F8", "back")]
    assert keymap.hint(*wanted) == "↓ scroll   F8 back"


def test_the_table_itself_has_no_clash() -> None:
    assert list(Keymap().conflicts()) == []
    assert len({key.command for key in KEYS}) == len(KEYS)
    for key in REMAPPABLE.values():
        assert [textual_name(name) for name in key.keys.split(",")] == key.keys.split(","), key.id
        assert key.help.endswith("."), key.id
        for other in (key.pair, *key.instead_of):
            assert not other or other in REMAPPABLE, key.id


def test_no_help_names_a_key_that_can_be_changed() -> None:
    names = {Keymap().name(key.id) for section in SECTIONS for key in section.keys} - {"a", "e", "i", "s"}
    for key in KEYS:
        words = {word.strip(".,;()") for word in key.help.split()}
        assert not words & {name for name in names if len(name) == 1}, key.id


def test_every_character_is_called_as_textual_calls_it() -> None:
    for code in range(33, 127):
        assert textual_name(chr(code)) == _character_to_key(chr(code))
        assert shown_name(_character_to_key(chr(code))) == chr(code)


@pytest.mark.parametrize(
    ("written", "name", "shown"),
    [
        ("PgUp", "pageup", "PgUp"),
        ("ctrl+P", "ctrl+p", "Ctrl+P"),
        ("shift+tab", "shift+tab", "Shift+Tab"),
        ("ctrl+i", "tab", "tab"),
        ("Esc", "escape", "esc"),
        ("F5", "f5", "F5"),
        ("shift+ctrl+left", "ctrl+shift+left", "Ctrl+Shift+←"),
        (" ", "space", "space"),
        ("left_square_bracket", "left_square_bracket", "["),
    ],
)
def test_keys_as_a_person_writes_them(written: str, name: str, shown: str) -> None:
    assert textual_name(written) == name
    assert shown_name(name) == shown


@pytest.mark.parametrize("written", ["", "ä", "\n", "ctrl", "ctrl+", "ctrl+ctrl+x", "a+b", "shift+[", "f13", "five"])
def test_keys_that_are_none(written: str) -> None:
    assert textual_name(written) is None
