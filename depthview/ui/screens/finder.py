"""Find a product of the venue by a few of its letters."""

from __future__ import annotations

from typing import TYPE_CHECKING

from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import Matcher
from textual.screen import ModalScreen
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from depthview.preferences.keys import Place
from depthview.ui.bindings import bind_field
from depthview.ui.lines import clean, cut

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from textual.app import ComposeResult

    from depthview.preferences.keymap import Keymap

_SHOWN = 50
_NAME_LIMIT = 64


def matches(catalogue: Sequence[str], query: str) -> list[str]:
    """Names of ``catalogue`` that hold the letters of ``query`` in their order, best first, at most fifty."""
    if not query:
        return list(catalogue[:_SHOWN])
    matcher = Matcher(query)
    scored = [(matcher.match(name), name) for name in catalogue]
    found = sorted((-score, len(name), name) for score, name in scored if score > 0)
    return [name for _, _, name in found[:_SHOWN]]


class Findings(OptionList, can_focus=False):
    """What was found. The field keeps the focus, and its keys with it."""


class FinderScreen(ModalScreen[str | None]):
    """Answers with the name of a product, or with None.

    Args:
        catalogue: Every product of the venue; while it has not come any name can be typed in full.
        marks: What is said of some of them.
        present: Those that are on the screen already.
        keymap: Which key does what.
    """

    DEFAULT_CSS = """
    FinderScreen {
        align: center top; background: $dv-ground 40%;
        #frame {
            width: 48; max-width: 100%; height: auto; max-height: 80%; margin-top: 2; padding: 0 1;
            background: $dv-raised;
        }
        Label { width: 1fr; background: $dv-raised; color: $dv-muted; }
        Input, Input:focus { border: none; height: 1; padding: 0; background: $dv-ground; color: $dv-text; }
        Findings {
            border: none; height: auto; max-height: 14; padding: 0; background: $dv-raised; color: $dv-text;
        }
        Findings > .option-list--option-highlighted { background: $dv-text; color: $dv-ground; }
    }
    """

    def __init__(
        self, catalogue: Sequence[str], marks: Mapping[str, str], present: Sequence[str], keymap: Keymap
    ) -> None:
        super().__init__()
        self._catalogue = [name[:_NAME_LIMIT] for name in catalogue]
        self._marks = marks
        self._present = frozenset(present)
        self._keymap = keymap
        self._found: list[str] = []

    def compose(self) -> ComposeResult:
        """A field over a list."""
        with Vertical(id="frame"):
            yield Label(Content(self._status("")), id="status")
            field = Input(placeholder="product, e.g. eth eur", max_length=_NAME_LIMIT)
            bind_field(field, self._keymap, Place.LIST)
            yield field
            yield Findings()

    def on_mount(self) -> None:
        """Everything is found by nothing typed."""
        self._list(matches(self._catalogue, ""))
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        """Search with every letter."""
        query = event.value.replace(" ", "")
        self._list(matches(self._catalogue, query))
        self.query_one("#status", Label).update(Content(self._status(query)))

    def _status(self, query: str) -> str:
        if not self._catalogue:
            return "product list not here yet: type a whole name"
        if query and not self._found:
            asks = self._keymap.hint(("entry.accept", "asks for it"))
            return f"nothing among {len(self._catalogue):,} products" + (f"; {asks}" if asks else "")
        ways = self._keymap.hint(("entry.accept", "adds"), ("entry.cancel", "back"))
        return f"{len(self._catalogue):,} products   {ways}"

    def _list(self, found: list[str]) -> None:
        self._found = found
        options = self.query_one(Findings)
        options.clear_options()
        options.add_options(Option(Content(self._described(name))) for name in found)
        options.highlighted = 0 if found else None

    def _described(self, name: str) -> str:
        said = (self._marks.get(name, ""), "on screen" if name in self._present else "")
        return "   ".join((cut(name, 30), *filter(None, said)))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Take what is highlighted; a name that matches nothing is taken as typed."""
        at = self.query_one(Findings).highlighted
        typed = clean(event.value.strip()).upper()
        self.dismiss(self._found[at] if at is not None and self._found else typed or None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        """A click takes one too."""
        self.dismiss(self._found[event.option_index])

    def action_choose(self, move: str) -> None:
        """Move the highlight, by the name of an action of Textual's lists."""
        getattr(self.query_one(Findings), f"action_{move}")()

    def action_cancel(self) -> None:
        """Nothing chosen."""
        self.dismiss(None)
