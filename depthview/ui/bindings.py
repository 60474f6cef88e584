"""The table of keys as Textual's bindings, and the footer: the keys that fit, most important first.

Textual's own keymaps are not used: one that moves a key takes every other binding off both keys, those that are meant
to share one included, and does not report most clashes (8.2.8, read).
"""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.binding import Binding
from textual.reactive import var

from depthview.preferences.keymap import footer, in_force, is_text
from depthview.preferences.keys import ANYWHERE, Place
from depthview.ui.line_widget import LinePanel
from depthview.ui.lines import width_of
from depthview.ui.terminal import add_bindings

if TYPE_CHECKING:
    from collections.abc import Iterable, Sequence

    from textual.events import Click
    from textual.widgets import Input

    from depthview.preferences.keymap import Keymap
    from depthview.preferences.keys import Key
    from depthview.ui.lines import Cell, Line

_TEXTUALS_ACCEPT: Final = "enter"
"""What sends a field of Textual's off."""


def _bound(key: Key, names: Iterable[str], *, action: str = "", priority: bool = False) -> list[Binding]:
    keys = ",".join(names)
    if not keys:
        return []
    return [Binding(keys, action or key.action, key.command, id=key.id, priority=priority or key.priority, show=False)]


def bindings(keymap: Keymap, *places: Place, replay: bool = True, opener: str = "") -> list[Binding]:
    """Of a screen that is all of ``places``. A key that can replace another comes first: Textual asks in order.

    ``opener`` is the id of the key that opened the screen, which closes it too.
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
    """Of the application, in every page and field."""
    found = []
    for key in ANYWHERE:
        found += _bound(key, (name for name in keymap.keys(key.id) if not is_text(name)), priority=True)
    return found


def bind_field(field: Input, keymap: Keymap, place: Place) -> None:
    """Give a field its keys, before those that edit its text, and remove Textual's own key that submits it."""
    # With Alt a letter is text to Textual, unless its binding comes first.
    found = [
        binding for key in in_force(place, replay=False) for binding in _bound(key, keymap.keys(key.id), priority=True)
    ]
    add_bindings(field, found, without=_TEXTUALS_ACCEPT)


class KeyBar(LinePanel):
    GROUND = "band"
    replay: var[bool] = var(False)
    """Whether the keys of a replay are in force."""
    where: var[Place] = var(Place.LADDER)
    """The ladder or the grid, whichever is on the screen."""

    def __init__(self, keymap: Keymap, *, id: str | None = None) -> None:  # noqa: A002  # Textual's name for it
        super().__init__(id=id)
        self._keymap = keymap
        self._spans: list[tuple[int, int, str]] = []

    def lines(self, width: int, height: int) -> Sequence[Line]:
        cells: list[Cell] = [(" ", "band")]
        self._spans = []
        at = 1
        for name, label, action in footer(self._keymap, replay=self.replay, where=self.where):
            entry: Line = ((name, "band-strong"), (f" {label}", "band-muted"))
            size = width_of(entry)
            if at + size > width:
                break
            cells += [*entry, ("  ", "band")]
            self._spans.append((at, at + size, action))
            at += size + 2
        return [tuple(cells)]

    async def on_click(self, event: Click) -> None:
        for start, end, action in self._spans:
            if start <= event.x < end and action:
                await self.app.run_action(action, default_namespace=self.screen)
