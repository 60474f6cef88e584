"""The tables ``[groups]``, ``[keys]`` and ``[colors]`` of the file: what they say, and what is wrong with them."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.config.values import InvalidValue, color, number_above_zero, product, shown, suggestion
from depthview.preferences.colors import OwnColors
from depthview.preferences.keymap import KEY_NAMES, Keymap, is_text, is_typed, shown_name, textual_name
from depthview.preferences.keys import QUIT_KEYS, REMAPPABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping
    from decimal import Decimal

    from depthview.config.file import Name
    from depthview.preferences.keymap import KeyConflict

TABLES: Final = ("groups", "keys", "colors")


class Problem(NamedTuple):
    """Something in a file that is invalid, and where it is."""

    name: Name
    message: str


def read_groups(table: Mapping[str, object], problems: list[Problem]) -> dict[str, Decimal]:
    """Row widths in quote currency by product; what is invalid is added to ``problems``."""
    groups: dict[str, Decimal] = {}
    for name, width in table.items():
        try:
            groups[product(name)] = number_above_zero(width)
        except InvalidValue as reason:
            problems.append(Problem(("groups", name), f"the group of {shown(name)}: {reason}"))
    return groups


def read_colors(table: Mapping[str, object], problems: list[Problem]) -> OwnColors:
    """The user's own colors; what is invalid is added to ``problems``."""
    wanted: dict[str, str] = {}
    for name, value in table.items():
        if name not in OwnColors._fields:
            known = suggestion(name, OwnColors._fields) or f": there are {', '.join(OwnColors._fields)}"
            problems.append(Problem(("colors", name), f"{shown(name)} has no colour of its own{known}"))
            continue
        try:
            wanted[name] = color(value)
        except InvalidValue as reason:
            problems.append(Problem(("colors", name), f"the colour of {name}: {reason}"))
    return OwnColors(**wanted)


def read_keys(table: Mapping[str, object], problems: list[Problem]) -> Keymap:
    """The keys in force with those of ``table``; what is invalid is added to ``problems``."""
    changed: dict[str, tuple[str, ...]] = {}
    names: dict[str, Name] = {}
    before = len(problems)
    for path, value in _flat(table):
        key_id, name = ".".join(path), ("keys", *path)
        if key_id not in REMAPPABLE:
            told = f"{shown(key_id)} is not the id of a key{suggestion(key_id, REMAPPABLE)}"
            problems.append(Problem(name, told))
            continue
        try:
            changed[key_id], names[key_id] = _keys_for(key_id, _keys(value)), name
        except InvalidValue as reason:
            problems.append(Problem(name, f"{key_id}: {reason}"))
    keymap = Keymap(changed)
    if len(problems) == before:
        problems += [_conflict_problem(conflict, names) for conflict in keymap.conflicts()]
    return keymap


def _flat(table: Mapping[str, object], above: Name = ()) -> Iterator[tuple[Name, object]]:
    """``ladder.form`` may be written as a dotted key, as a quoted one, and as a table in a table."""
    for name, value in table.items():
        if isinstance(value, dict):
            yield from _flat(value, (*above, name))
        else:
            yield (*above, name), value


def _keys(value: object) -> tuple[str, ...]:
    given = [value] if isinstance(value, str) else value
    if not isinstance(given, list) or not all(isinstance(key, str) for key in given):
        raise InvalidValue(f'{shown(value)} is neither a key, such as "v", nor a list of keys, such as ["c", "home"]')
    found: list[str] = []
    for key in given:
        if key in ("", "none"):
            continue
        name = textual_name(key)
        if name is None:
            raise InvalidValue(f"{shown(key)} is not a key{_cure(key)}")
        if name in QUIT_KEYS:
            raise InvalidValue(f"{shown_name(name)} always quits depthview: choose another key")
        found.append(name)
    return tuple(dict.fromkeys(found))


def _keys_for(key_id: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    if not keys and REMAPPABLE[key_id].needed:
        raise InvalidValue("without a key there would be no way back: give it one")
    text = next(filter(is_text, keys), None) if is_typed(key_id) else None
    if text is not None:
        raise InvalidValue(
            f"{shown_name(text)} types text in a field: choose a key that does not, such as f5 or ctrl+x"
        )
    return keys


def _cure(key: str) -> str:
    base = key.rpartition("+")[2]
    if key.lower().startswith("shift+") and len(base) == 1:
        return f": write {base.upper()}, the character that Shift gives"
    return suggestion(key, KEY_NAMES) or ": keys are written as v, B, [, space, f5 or ctrl+x"


def _conflict_problem(conflict: KeyConflict, names: Mapping[str, Name]) -> Problem:
    one, other = conflict.ids
    blamed = other if other in names else one
    first = one if blamed == other else other
    message = f"{shown_name(conflict.key)} would be both {first} and {blamed}: give one of them another key"
    return Problem(names.get(blamed, ("keys",)), message)
