"""The table ``[keys]``: ids of actions to keys, told apart, named where they are wrong, and free of clashes."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

from depthview.config.readers import Unfit, nearest, shown
from depthview.preferences.keymap import KEY_NAMES, Clash, Keymap, is_text, is_typed, shown_name, textual_name
from depthview.preferences.keys import LEAVING, REMAPPABLE

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

    from depthview.config.document import Name


class Wrong(NamedTuple):
    """Something that cannot be obeyed, and where it stands below the table."""

    name: Name
    what: str


def read_keys(table: Mapping[str, object]) -> tuple[Keymap, list[Wrong]]:
    """The keys in force with ``table``, and what is wrong with it."""
    changed: dict[str, tuple[str, ...]] = {}
    names: dict[str, Name] = {}
    wrong: list[Wrong] = []
    for name, value in _flat(table):
        key_id = ".".join(name)
        if key_id not in REMAPPABLE:
            wrong.append(Wrong(name, f"{shown(key_id)} is no action of a key{nearest(key_id, REMAPPABLE)}"))
            continue
        try:
            changed[key_id], names[key_id] = _fitting(key_id, _keys(value)), name
        except Unfit as reason:
            wrong.append(Wrong(name, f"{key_id}: {reason}"))
    keymap = Keymap(changed)
    if not wrong:
        wrong = [_told(clash, names) for clash in keymap.clashes()]
    return keymap, wrong


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
        raise Unfit(f'{shown(value)} is neither a key, such as "v", nor a list of keys, such as ["c", "home"]')
    found: list[str] = []
    for key in given:
        if key in ("", "none"):
            continue
        name = textual_name(key)
        if name is None:
            raise Unfit(f"{shown(key)} is no key{_cure(key)}")
        if name in LEAVING:
            raise Unfit(f"{shown_name(name)} always leaves depthview: take another key")
        found.append(name)
    return tuple(dict.fromkeys(found))


def _fitting(key_id: str, keys: tuple[str, ...]) -> tuple[str, ...]:
    if not keys and REMAPPABLE[key_id].needed:
        raise Unfit("without a key there would be no way back: give it one")
    text = next(filter(is_text, keys), None) if is_typed(key_id) else None
    if text is not None:
        raise Unfit(f"{shown_name(text)} is text where one types: take a key that writes nothing, like f5 or ctrl+x")
    return keys


def _cure(key: str) -> str:
    base = key.rpartition("+")[2]
    if key.lower().startswith("shift+") and len(base) == 1:
        return f": write {base.upper()}, or what else Shift makes of it"
    return nearest(key, KEY_NAMES) or ": they are written like v, B, [, space, f5 or ctrl+x"


def _told(clash: Clash, names: Mapping[str, Name]) -> Wrong:
    key = shown_name(clash.key)
    one, other = clash.ids
    blamed = other if other in names else one
    first = one if blamed == other else other
    return Wrong(names.get(blamed, ()), f"{key} would be both {first} and {blamed}: give one of them another key")
