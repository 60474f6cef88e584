"""One field at the foot of the screen, that says while one types how it is understood."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Input, Label

from depthview.preferences.keys import Place
from depthview.ui.bindings import bind_field
from depthview.ui.lines import clean

if TYPE_CHECKING:
    from collections.abc import Callable

    from textual.app import ComposeResult

    from depthview.preferences.keymap import Keymap

_LONGEST: Final = 40


class Entry(ModalScreen[str | None]):
    """Answers with what was typed, once it is understood, or with None.

    Args:
        prompt: What is asked for.
        example: Shown while nothing is typed.
        understood: What a text is taken for, in words; raises ``ValueError`` with what is wrong with it.
        keymap: Which key does what.
    """

    DEFAULT_CSS = """
    Entry {
        align: center bottom; background: $dv-ground 0%;
        #frame { width: 60; max-width: 100%; height: auto; margin-bottom: 1; padding: 0 1; background: $dv-raised; }
        Label { width: 1fr; background: $dv-raised; color: $dv-muted; }
        Label.wrong { color: $dv-warn; }
        Input, Input:focus { border: none; height: 1; padding: 0; background: $dv-ground; color: $dv-text; }
    }
    """

    def __init__(self, prompt: str, example: str, understood: Callable[[str], str], keymap: Keymap) -> None:
        super().__init__()
        self._prompt = clean(prompt)
        self._example = clean(example)
        self._understood = understood
        self._keymap = keymap

    def compose(self) -> ComposeResult:
        """A prompt, the field, and how it is understood."""
        with Vertical(id="frame"):
            yield Label(Content(f"{self._prompt}   {self._keymap.hint(('entry.cancel', 'back'))}"))
            field = Input(placeholder=self._example, max_length=_LONGEST)
            bind_field(field, self._keymap, Place.FIELD)
            yield field
            yield Label(Content(""), id="meaning")

    def on_mount(self) -> None:
        """Ready to be typed into."""
        self._say("")
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Say what it means so far."""
        self._say(event.value)

    def _say(self, text: str) -> bool:
        label = self.query_one("#meaning", Label)
        try:
            meaning, wrong = self._understood(text), False
        except ValueError as error:
            meaning, wrong = str(error), True
        label.set_class(wrong, "wrong")
        label.update(Content(clean(("! " if wrong else "") + meaning)))
        return not wrong

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take it, if it can be understood."""
        if self._say(event.value):
            self.dismiss(event.value)

    def action_cancel(self) -> None:
        """Nothing asked."""
        self.dismiss(None)
