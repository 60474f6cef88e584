"""Names of keys: as Textual has them, as a person writes them, and those that there are. Pure."""

from __future__ import annotations

import unicodedata
from typing import Final

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
"""A terminal sends the same for both, or a person may call it so."""


def _name_of(character: str) -> str:
    name = unicodedata.name(character).lower().replace("-", "_").replace(" ", "_")
    return _SHORT.get(name, name)


_CHARACTERS: Final = {_name_of(character): character for character in _PUNCTUATION}
_NAMED: Final = (
    "up", "down", "left", "right", "home", "end", "pageup", "pagedown", "insert", "delete", "backspace", "enter",
    "escape", "tab", "space", *(f"f{number}" for number in range(1, 13)),
)  # fmt: skip
KEY_NAMES: Final = (*_NAMED, *_CHARACTERS)
"""Every key with a name longer than a letter, for those who misspell one."""


def textual_name(key: str) -> str | None:
    """Textual's name of a key that a person wrote, such as ``[``, ``B``, ``ctrl+x`` or ``pageup``.

    None where there is no such key, or where a terminal cannot tell it from another: a capital letter is written as
    one, and not with ``shift+``.
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
    """A key as a person writes it, from Textual's name: ``[``, ``B``, ``Ctrl+P``, ``tab``."""
    *modifiers, base = key.split("+")
    shown = _CHARACTERS.get(base) or _SHOWN.get(base) or (base.upper() if base[1:].isdigit() else base)
    if not modifiers:
        return shown
    return "+".join(part[:1].upper() + part[1:] for part in (*modifiers, shown))


def is_text(key: str) -> bool:
    """Whether a key, by Textual's name, writes something where one types."""
    *modifiers, base = key.split("+")
    return (len(base) == 1 or base in _CHARACTERS or base == "space") and set(modifiers) <= {"shift"}
