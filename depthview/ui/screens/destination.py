"""Where to go in a replay: a line to type it in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from depthview.preferences.keys import Place
from depthview.ui.bindings import bind_field
from depthview.ui.replay_bar import HINT, Destination, WrongDestination, destination, span

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from depthview.preferences.keymap import Keymap
    from depthview.views.market import ReplayView

_LONGEST = 32


class DestinationScreen(ModalScreen[Destination | None]):
    """Answers with a place in the recording, or with None.

    Args:
        replay: Where the replay stands, asked anew when something was typed.
        keymap: Which key does what.
        local: Whether times of day are local and not UTC.
    """

    DEFAULT_CSS = """
    DestinationScreen {
        align: center bottom; background: $dv-ground 40%;
        #frame {
            width: 72; max-width: 100%; height: auto; margin-bottom: 3; padding: 0 1; background: $dv-raised;
        }
        Label { width: 1fr; height: auto; background: $dv-raised; color: $dv-muted; }
        #said { color: $dv-bad; display: none; }
        Input, Input:focus { border: none; height: 1; padding: 0; background: $dv-ground; color: $dv-text; }
    }
    """

    def __init__(self, replay: Callable[[], ReplayView], keymap: Keymap, *, local: bool) -> None:
        super().__init__()
        self._replay = replay
        self._keymap = keymap
        self._local = local

    def compose(self) -> ComposeResult:
        """A field between what the recording spans and what may be typed."""
        with Vertical(id="frame"):
            yield Label(Content(f"Go to: the recording runs {span(self._replay(), local=self._local)}"))
            field = Input(placeholder=HINT, max_length=_LONGEST)
            bind_field(field, self._keymap, Place.FIELD)
            yield field
            yield Label(Content(""), id="said")
            yield Label(Content(f"{HINT}   {self._keymap.hint(('entry.accept', 'goes'), ('entry.cancel', 'back'))}"))

    def on_mount(self) -> None:
        """Ready to type."""
        self.query_one(Input).focus()

    def on_input_changed(self) -> None:
        """What was wrong may be mended."""
        self.query_one("#said").display = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Go, or say why not."""
        try:
            found = destination(event.value, self._replay(), local=self._local)
        except WrongDestination as wrong:
            said = self.query_one("#said", Label)
            said.update(Content(str(wrong)))
            said.display = True
            return
        self.dismiss(found)

    def action_cancel(self) -> None:
        """Nothing chosen."""
        self.dismiss(None)
