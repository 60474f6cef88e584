"""Actions on products and on a replay, and their dialogs: find, add, remove, go to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from textual.containers import Vertical
from textual.content import Content
from textual.fuzzy import Matcher
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, Label, OptionList
from textual.widgets.option_list import Option

from depthview.preferences.keys import Place
from depthview.ui.bindings import bind_field
from depthview.ui.layout import Notice, ProductTabs
from depthview.ui.lines import clean, cut
from depthview.ui.replay_bar import HINT, Destination, WrongDestination, destination, span
from depthview.views.market import ReplayView

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence
    from decimal import Decimal

    from textual.app import ComposeResult

    from depthview.preferences.keymap import Keymap
    from depthview.ui.replay_bar import ReplayBar
    from depthview.views.market import FaultOffer, Market, MarketView, ReplayControls

_LONGEST = 32


class DestinationScreen(ModalScreen[Destination | None]):
    """Returns a position in the recording, or None.

    Args:
        replay: Returns the current state of the replay.
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
        with Vertical(id="frame"):
            yield Label(Content(f"Go to: the recording runs {span(self._replay(), local=self._local)}"))
            field = Input(placeholder=HINT, max_length=_LONGEST)
            bind_field(field, self._keymap, Place.FIELD)
            yield field
            yield Label(Content(""), id="said")
            yield Label(Content(f"{HINT}   {self._keymap.hint(('entry.accept', 'goes'), ('entry.cancel', 'back'))}"))

    def on_mount(self) -> None:
        self.query_one(Input).focus()

    def on_input_changed(self) -> None:
        self.query_one("#said").display = False

    def on_input_submitted(self, event: Input.Submitted) -> None:
        try:
            found = destination(event.value, self._replay(), local=self._local)
        except WrongDestination as wrong:
            said = self.query_one("#said", Label)
            said.update(Content(str(wrong)))
            said.display = True
            return
        self.dismiss(found)

    def action_cancel(self) -> None:
        self.dismiss(None)


_SHOWN = 50
_NAME_LIMIT = 64


def matches(catalogue: Sequence[str], query: str) -> list[str]:
    """Names in ``catalogue`` that contain the letters of ``query`` in order, best first, at most 50."""
    if not query:
        return list(catalogue[:_SHOWN])
    matcher = Matcher(query)
    scored = [(matcher.match(name), name) for name in catalogue]
    found = sorted((-score, len(name), name) for score, name in scored if score > 0)
    return [name for _, _, name in found[:_SHOWN]]


class FoundProducts(OptionList, can_focus=False):
    """The matches. The field keeps the focus and its keys."""


class FinderScreen(ModalScreen[str | None]):
    """Returns the name of a product, or None.

    Args:
        catalogue: Every product of the venue; empty until it is loaded, when any full name is accepted.
        marks: A remark about some products, by name.
        present: Products that are already on the screen.
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
        FoundProducts {
            border: none; height: auto; max-height: 14; padding: 0; background: $dv-raised; color: $dv-text;
        }
        FoundProducts > .option-list--option-highlighted { background: $dv-text; color: $dv-ground; }
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
        with Vertical(id="frame"):
            yield Label(Content(self._status("")), id="status")
            field = Input(placeholder="product, e.g. eth eur", max_length=_NAME_LIMIT)
            bind_field(field, self._keymap, Place.LIST)
            yield field
            yield FoundProducts()

    def on_mount(self) -> None:
        self._list(matches(self._catalogue, ""))
        self.query_one(Input).focus()

    def on_input_changed(self, event: Input.Changed) -> None:
        query = event.value.replace(" ", "")
        self._list(matches(self._catalogue, query))
        self.query_one("#status", Label).update(Content(self._status(query)))

    def _status(self, query: str) -> str:
        if not self._catalogue:
            return "product list not loaded yet: type a full name"
        if query and not self._found:
            asks = self._keymap.hint(("entry.accept", "requests it"))
            return f"no match in {len(self._catalogue):,} products" + (f"; {asks}" if asks else "")
        ways = self._keymap.hint(("entry.accept", "add"), ("entry.cancel", "cancel"))
        return f"{len(self._catalogue):,} products   {ways}"

    def _list(self, found: list[str]) -> None:
        self._found = found
        options = self.query_one(FoundProducts)
        options.clear_options()
        options.add_options(Option(Content(self._described(name))) for name in found)
        options.highlighted = 0 if found else None

    def _described(self, name: str) -> str:
        said = (self._marks.get(name, ""), "on screen" if name in self._present else "")
        return "   ".join((cut(name, 30), *filter(None, said)))

    def on_input_submitted(self, event: Input.Submitted) -> None:
        at = self.query_one(FoundProducts).highlighted
        typed = clean(event.value.strip()).upper()
        self.dismiss(self._found[at] if at is not None and self._found else typed or None)

    def on_option_list_option_selected(self, event: OptionList.OptionSelected) -> None:
        self.dismiss(self._found[event.option_index])

    def action_choose(self, move: str) -> None:
        """Move the highlight, by the name of an action of Textual's lists."""
        getattr(self.query_one(FoundProducts), f"action_{move}")()

    def action_cancel(self) -> None:
        self.dismiss(None)


_NOTICE_SECONDS: Final = 4.0
_REMARK_SECONDS: Final = 2.0
"""Short, for a result that is visible anyway: on a small terminal a notice covers rows."""


class ProductCommands(Screen[None], inherit_bindings=False):
    """A screen with products in tab order, one of them selected.

    Args:
        market: What is shown, and what requests go to.
        groups: Row widths at first, by product, in quote currency.
        keymap: Which key does what.
        local_time: Local time instead of UTC.
    """

    def __init__(
        self, market: Market, groups: Mapping[str, Decimal], keymap: Keymap, *, local_time: bool = False
    ) -> None:
        super().__init__()
        self._market = market
        self._tabs = ProductTabs(market, groups)
        self.keymap: Final = keymap
        self.local_time: Final = local_time
        self._view: MarketView | None = None

    def draw(self) -> None:
        """Draw the present view."""
        raise NotImplementedError

    def rearrange(self) -> None:
        """Lay out again, and draw once the panels have their sizes."""
        raise NotImplementedError

    @property
    def products(self) -> tuple[str, ...]:
        """In tab order."""
        return self._tabs.products

    @property
    def faults(self) -> tuple[FaultOffer, ...]:
        return self._market.faults()

    def bring_forward(self, product: str) -> None:
        """Select ``product`` if it is among the tabs."""
        if self._tabs.bring_forward(product):
            self.draw()

    def action_slot(self, number: int) -> None:
        if self._tabs.slot(number):
            self.draw()

    def action_cycle(self, step: int) -> None:
        if self._tabs.cycle(step):
            self.draw()

    def action_find(self) -> None:
        catalogue, marks = ((), {}) if self._view is None else (self._view.catalogue, self._view.catalogue_marks)
        self.app.push_screen(FinderScreen(catalogue, marks, self._tabs.products, self.keymap), self._found)

    def _found(self, product: str | None) -> None:
        if product is not None:
            self.tell(self._tabs.add(product))
            self.rearrange()

    def action_remove(self) -> None:
        self.tell(self._tabs.remove(self.keymap.name("product.restore") or "the command palette"))
        self.rearrange()

    def action_restore(self) -> None:
        self.tell(self._tabs.restore())
        self.rearrange()

    def action_resync(self) -> None:
        refusal = self._market.resync()
        self.tell(Notice(refusal or "new snapshots of all products requested", severe=refusal is not None))
        self.draw()

    def provoke(self, fault: str) -> None:
        refusal = self._market.provoke(fault)
        self.tell(Notice(refusal or f"fault requested: {fault}", severe=refusal is not None))

    def action_group(self, step: int) -> None:
        if self._view is not None and self._view.depths:
            self.tell(self._tabs.regroup(self._view.depths[0], step))
            self.draw()

    def tell(self, said: Notice | None) -> None:
        if said is not None:
            self.notify(
                clean(said.text),
                severity="warning" if said.severe else "information",
                timeout=_NOTICE_SECONDS if said.severe else _REMARK_SECONDS,
                markup=False,
            )


class ReplayCommands(ProductCommands):
    @property
    def in_replay(self) -> bool:
        return self._market.controls is not None

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "replay":
            return self.in_replay
        return super().check_action(action, parameters)

    def action_replay(self, name: str, amount: int = 0) -> None:
        controls = self._market.controls
        if controls is None:
            self.tell(Notice("only available in a replay", severe=True))
            return
        if name == "go":
            self.app.push_screen(DestinationScreen(self._place, self.keymap, local=self.local_time), self._go)
            return
        self._act(controls, name, amount)
        self.draw()

    def on_replay_bar_sought(self, event: ReplayBar.Sought) -> None:
        controls = self._market.controls
        if controls is not None:
            controls.seek_to(event.seconds)
            self.draw()

    def _act(self, controls: ReplayControls, name: str, amount: int) -> None:
        match name:
            case "pause":
                controls.pause_or_play()
            case "step":
                controls.step(amount)
            case "change":
                controls.step_change(self._tabs.front, amount)
            case "speed":
                controls.change_speed(amount)
            case "seek":
                controls.seek_by(amount)
            case "incident":
                controls.seek_incident(amount)
            case "stop":
                if not controls.stop_work():
                    self.tell(Notice("nothing to stop"))
            case _:
                raise ValueError(f"no such act of a replay: {name}")

    def _place(self) -> ReplayView:
        view = self._view
        return view.replay if view is not None and view.replay is not None else ReplayView("", 0.0, None, 1.0, False)

    def _go(self, to: Destination | None) -> None:
        controls = self._market.controls
        if to is None or controls is None:
            return
        if to.number is not None:
            controls.seek_number(to.number)
        elif to.seconds is not None:
            controls.seek_to(to.seconds)
        self.draw()
