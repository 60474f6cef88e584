"""The command palette: Textual's, with keys that a configuration can change."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.command import CommandInput, CommandPalette

from depthview.preferences.keys import Place
from depthview.ui.bindings import bind_field

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable

    from textual.command import Provider

    from depthview.preferences.keymap import Keymap


class Palette(CommandPalette, inherit_bindings=False):
    """Commands by name.

    Args:
        keymap: Which key does what.
        providers: Of the commands; None takes those of the application.
        placeholder: What the field says while it is empty.
        id: Textual's.
    """

    def __init__(
        self,
        keymap: Keymap,
        *,
        providers: Iterable[type[Provider] | Callable[[], type[Provider]]] | None = None,
        placeholder: str = "Search for commands…",
        id: str | None = None,  # noqa: A002  # Textual's name for it
    ) -> None:
        super().__init__(providers, placeholder=placeholder, id=id)
        self._keymap = keymap

    def on_mount(self) -> None:
        """Give the field its keys: Textual has made it."""
        bind_field(self.query_one(CommandInput), self._keymap, Place.LIST)

    def action_choose(self, move: str) -> None:
        """Move the highlight, by the name of an action of Textual's lists."""
        if move == "cursor_down":
            self._action_cursor_down()
        else:
            self._action_command_list(move)

    def action_cancel(self) -> None:
        """Nothing chosen."""
        self._action_escape()
