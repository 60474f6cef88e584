"""The table of keys as Textual wants it.

Textual's own keymaps are not used: one that moves a key takes every other binding off both keys, those that are meant
to share one included, and does not tell of most clashes (8.2.8, read).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.binding import Binding, BindingsMap

from depthview.preferences.keymap import in_force, is_text
from depthview.preferences.keys import ANYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from textual.widgets import Input

    from depthview.preferences.keymap import Keymap
    from depthview.preferences.keys import Key, Place

_TEXTUALS_ACCEPT: Final = "enter"
"""What sends a field of Textual's off."""


def _bound(key: Key, names: Iterable[str], *, action: str = "", priority: bool = False) -> list[Binding]:
    keys = ",".join(names)
    if not keys:
        return []
    return [Binding(keys, action or key.action, key.command, id=key.id, priority=priority or key.priority, show=False)]


def bindings(keymap: Keymap, *places: Place, replay: bool = True, opener: str = "") -> list[Binding]:
    """Of a screen. What takes another's place comes before it: Textual asks in order, and so may refuse.

    Args:
        keymap: Which key does what.
        places: What the screen is.
        replay: Whether those of a replay are wanted.
        opener: Id of the key that opened it, which closes it too.
    """
    found = []
    for key in in_force(*places, replay=replay):
        if key.opens not in places:
            found += _bound(key, keymap.keys(key.id))
        elif key.id == opener:
            found += _bound(key, keymap.keys(key.id), action="close")
    # Where one types these are text, and so they are not the application's, which comes before every field.
    for key in ANYWHERE:
        found += _bound(key, filter(is_text, keymap.keys(key.id)))
    return found


def bindings_anywhere(keymap: Keymap) -> list[Binding]:
    """Of the application, over every page and field."""
    found = []
    for key in ANYWHERE:
        found += _bound(key, (name for name in keymap.keys(key.id) if not is_text(name)), priority=True)
    return found


def add_bindings(to: BindingsMap, more: Iterable[Binding]) -> None:
    """Add ``more`` to what a screen or the application has, in place of what is on the same keys there."""
    to.key_to_bindings.update(BindingsMap(more).key_to_bindings)


def bind_field(field: Input, keymap: Keymap, place: Place) -> None:
    """Give a field its keys, before those that edit its text, and take from it the one that Textual sends it off with.

    Args:
        field: It; its screen has the actions.
        keymap: Which key does what.
        place: Whether it stands alone or over a list.
    """
    field._bindings.key_to_bindings.pop(_TEXTUALS_ACCEPT, None)
    # With Alt a letter is text to Textual, unless its binding comes first.
    found = [
        binding for key in in_force(place, replay=False) for binding in _bound(key, keymap.keys(key.id), priority=True)
    ]
    add_bindings(field._bindings, found)
