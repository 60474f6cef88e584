"""Which key does what: the table of keys with the user's changes, and the names of keys."""

from __future__ import annotations

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final, NamedTuple

from depthview.preferences.keys import (
    ANYWHERE,
    FIELDS,
    KEYS,
    PLACES,
    QUIT_KEYS,
    REMAPPABLE,
    REPLAY_IDS,
    SECTIONS,
    SLOTS,
    Place,
)

if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator

    from depthview.preferences.keys import Key

_SHORT: Final = {
    "solidus": "slash",
    "reverse_solidus": "backslash",
    "commercial_at": "at",
    "hyphen_minus": "minus",
    "plus_sign": "plus",
    "low_line": "underscore",
}
"""Where Textual's name of a character is not its Unicode name."""
_PUNCTUATION: Final = "!\"#$%&'()*+,-./:;<=>?@[\\]^_`{|}~"
_MODIFIERS: Final = ("ctrl", "alt", "shift")
_SHOWN: Final = {
    "up": "↑", "down": "↓", "left": "←", "right": "→", "pageup": "PgUp", "pagedown": "PgDn", "escape": "esc",
}  # fmt: skip
_ALIASES: Final = {
    "ctrl+i": "tab", "ctrl+m": "enter", "ctrl+left_square_bracket": "escape", "esc": "escape", "return": "enter",
    "pgup": "pageup", "pgdn": "pagedown", "del": "delete", "ins": "insert",
}  # fmt: skip
"""Keys for which a terminal sends the same, and other common names."""


def _name_of(character: str) -> str:
    name = unicodedata.name(character).lower().replace("-", "_").replace(" ", "_")
    return _SHORT.get(name, name)


_CHARACTERS: Final = {_name_of(character): character for character in _PUNCTUATION}
_NAMED: Final = (
    "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete", "backspace", "enter",
    "escape", "tab", "space", *(f"f{number}" for number in range(1, 13)),
)  # fmt: skip
KEY_NAMES: Final = (*_NAMED, *_CHARACTERS)
"""Every key with a name longer than a letter, for suggestions."""


def textual_name(key: str) -> str | None:
    """Textual's name of a key as users write it, such as ``[``, ``B``, ``ctrl+x`` or ``pageup``.

    None if there is no such key, or a terminal cannot tell it from another: a capital letter is written as such and not
    with ``shift+``.
    """
    if len(key) == 1:
        if key.isascii() and key.isalnum():
            return key
        return _name_of(key) if key in _PUNCTUATION else "space" if key == " " else None
    words = key.lower()
    words = _ALIASES.get(words, words)
    *modifiers, base = words.split("+")
    if len(set(modifiers)) != len(modifiers) or any(modifier not in _MODIFIERS for modifier in modifiers):
        return None
    letter = len(base) == 1 and base.isascii() and base.isalnum()
    if not (letter and modifiers) and base not in KEY_NAMES:
        return None
    if modifiers == ["shift"] and (letter or base in _CHARACTERS):
        return None
    ordered = [modifier for modifier in _MODIFIERS if modifier in modifiers]
    return "+".join([*ordered, base])


def shown_name(key: str) -> str:
    """A key as users write it, from Textual's name: ``[``, ``B``, ``Ctrl+P``, ``tab``."""
    *modifiers, base = key.split("+")
    shown = _CHARACTERS.get(base) or _SHOWN.get(base) or (base.upper() if base[1:].isdigit() else base)
    if not modifiers:
        return shown
    return "+".join(part[:1].upper() + part[1:] for part in (*modifiers, shown))


def is_text(key: str) -> bool:
    """Whether a key, by Textual's name, types text in a field."""
    *modifiers, base = key.split("+")
    return (len(base) == 1 or base in _CHARACTERS or base == "space") and set(modifiers) <= {"shift"}


class KeyConflict(NamedTuple):
    """Two things on one key."""

    key: str
    """Textual's name."""
    ids: tuple[str, str]
    """The ids that claim it; the second is ``app.quit-anywhere`` for a key that always quits."""


@dataclass(frozen=True, slots=True)
class Keymap:
    """The keys in force.

    Args:
        changed: Textual's names of keys by id, where they differ from the table; an empty tuple for no key.
    """

    changed: Mapping[str, tuple[str, ...]] = field(default_factory=dict)

    def keys(self, key_id: str) -> tuple[str, ...]:
        """Textual's names of the keys of ``key_id``.

        Raises:
            KeyError: No such id.
        """
        found = self.changed.get(key_id)
        if found is not None:
            return found
        key = REMAPPABLE[key_id]
        lost = {conflict.key for conflict in self._lost(key)}
        return tuple(name for name in key.keys.split(",") if name and name not in lost)

    def lost_defaults(self) -> list[KeyConflict]:
        """New default keys that lose to keys that the user has bound; the second id is the one that loses.

        So a configuration stays valid when a later version uses one of its keys.
        """
        return [conflict for key in REMAPPABLE.values() for conflict in self._lost(key)]

    def _lost(self, key: Key) -> list[KeyConflict]:
        if not key.since or key.needed or key.id in self.changed:
            return []
        return [
            KeyConflict(name, (changed, key.id))
            for changed, names in self.changed.items()
            for name in names
            if name in key.keys.split(",") and not _exclusive(REMAPPABLE[changed], key)
        ]

    def name(self, key_id: str) -> str:
        """The first of its keys as users write it; empty if it has none."""
        keys = self.keys(key_id)
        return shown_name(keys[0]) if keys else ""

    def shown(self, key: Key) -> str:
        """What help page and palette show for ``key``, including its pair."""
        names = [self.name(key.id), self.name(key.pair) if key.pair else ""]
        return " ".join(name for name in names if name)

    def hints(self, wanted: Iterable[tuple[str, str]]) -> list[tuple[str, str]]:
        """Keys and labels for a line that lists them.

        Args:
            wanted: Ids, separated by spaces, and a label.

        Returns:
            Names of keys and their label, without those that have no key.

        Raises:
            KeyError: No such id.
        """
        found = [(" ".join(filter(None, map(self.name, ids.split()))), label) for ids, label in wanted]
        return [(names, label) for names, label in found if names]

    def hint(self, *wanted: tuple[str, str]) -> str:
        """The same as one text: ``↑ ↓ scroll   esc back``."""
        return "   ".join(f"{names} {label}" for names, label in self.hints(wanted))

    def shown_slots(self) -> str:
        """What they show for the numbers."""
        names = [self.name(slot.id) for slot in SLOTS]
        given = [name for name in names if name]
        if given == [str(n) for n in range(1, len(SLOTS) + 1)]:
            return "1-9"
        return " ".join(given)

    def conflicts(self) -> Iterator[KeyConflict]:
        """Every key that is bound twice in the same place."""
        taken: dict[str, list[Key]] = {}
        for key in REMAPPABLE.values():
            for name in self.keys(key.id):
                if name in QUIT_KEYS:
                    yield KeyConflict(name, (key.id, "app.quit-anywhere"))
                for other in taken.get(name, ()):
                    if not _exclusive(key, other):
                        yield KeyConflict(name, (other.id, key.id))
                taken.setdefault(name, []).append(key)


def _exclusive(one: Key, other: Key) -> bool:
    """Whether the two are never in force together, or one of them replaces the other."""
    apart = PLACES[one.id].isdisjoint(PLACES[other.id])
    return apart or one.id in other.instead_of or other.id in one.instead_of


def in_force(*places: Place, replay: bool) -> list[Key]:
    """The keys that work in any of ``places``, except those that work everywhere; a replacing key comes first.

    Args:
        places: What is on the screen.
        replay: Whether to include those of a replay.
    """
    wanted = [
        key for key in (*KEYS, *SLOTS) if not PLACES[key.id].isdisjoint(places) and (replay or key.id not in REPLAY_IDS)
    ]
    return sorted(wanted, key=lambda key: not key.instead_of)


def is_typed(key_id: str) -> bool:
    """Whether it works in fields, where a key that types text cannot be bound."""
    return key_id not in _ANYWHERE_IDS and not PLACES[key_id].isdisjoint(FIELDS)


def footer(keymap: Keymap, *, replay: bool, where: Place = Place.LADDER) -> list[tuple[str, str, str]]:
    """Keys for the footer of the market, the most important first: key, label and action; the numbers have no action.

    Args:
        keymap: The keys in force.
        replay: Whether those of a replay are in force.
        where: The ladder or the grid, whichever is on the screen.
    """
    sections = [section for section in SECTIONS if where in section.where and (replay or not section.replay)]
    keys = [key for section in sections for key in section.keys]
    taken = {(old, name) for key in keys for old in key.instead_of for name in keymap.keys(key.id)}
    entries: list[tuple[int, str, str, str]] = [(_SLOT_RANK, keymap.shown_slots(), "product", "")]
    for key in keys:
        names = keymap.keys(key.id)
        if not key.label or not names or (key.id, names[0]) in taken:
            continue
        pair = keymap.name(key.pair) if key.pair else ""
        name = shown_name(names[0])
        both = f"{name} {pair}" if len(name) == len(pair) == 1 else name
        entries.append((key.rank, both, key.label, key.action))
    return [(name, label, action) for _, name, label, action in sorted(entries, key=lambda e: e[0]) if name]


_SLOT_RANK: Final = 65
_ANYWHERE_IDS: Final = frozenset(key.id for key in ANYWHERE)
DEFAULT_KEYMAP: Final = Keymap()
