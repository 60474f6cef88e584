"""The table of keys as Textual wants it.

Textual's own keymaps are not used: one that moves a key takes every other binding off both keys, those that are meant
to share one included, and does not tell of most clashes (8.2.8, read).
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.binding import Binding, BindingsMap

from depthview.ui.keymap import ALL, ANYWHERE

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.ui.keymap import Keymap
    from depthview.ui.keys import Key


def _bound(keys: Iterable[Key], keymap: Keymap, *, priority: bool) -> list[Binding]:
    return [
        Binding(",".join(names), key.action, key.command, id=key.id, priority=priority or key.priority, show=False)
        for key in keys
        if (names := keymap.keys(key.id))
    ]


def bindings(keymap: Keymap) -> list[Binding]:
    """Of the market screen. What takes another's place comes before it: Textual asks in order, and so may refuse."""
    return _bound(sorted(ALL, key=lambda key: not key.instead_of), keymap, priority=False)


def bindings_anywhere(keymap: Keymap) -> list[Binding]:
    """Of the application, over every page."""
    return _bound(ANYWHERE, keymap, priority=True)


def add_bindings(to: BindingsMap, more: Iterable[Binding]) -> None:
    """Add ``more`` to what a screen or the application has, in place of what is on the same keys there."""
    to.key_to_bindings.update(BindingsMap(more).key_to_bindings)
