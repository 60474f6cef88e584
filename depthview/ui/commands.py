"""The commands of the palette: the faults of a demo, every key's action, every product."""

from __future__ import annotations

from functools import partial
from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, runtime_checkable

from textual.command import DiscoveryHit, Hit, Provider
from textual.content import Content

from depthview.preferences.colors import OWN_THEMES
from depthview.preferences.keys import PLACES, SECTIONS
from depthview.ui.lines import cut
from depthview.ui.screens.market import MarketScreen

if TYPE_CHECKING:
    from collections.abc import AsyncIterator, Awaitable, Callable, Iterator

    from textual.app import App, SystemCommand
    from textual.dom import DOMNode

    from depthview.preferences.keymap import Keymap
    from depthview.preferences.keys import Place

_LONGEST: Final = 200
_OURS: Final = frozenset({"Quit", "Maximize", "Minimize"})
"""Textual's commands that we have too, or that mean nothing here."""


class Command(NamedTuple):
    name: str
    help: str
    run: Callable[[], Awaitable[object] | None]


@runtime_checkable
class Placed(Protocol):
    """A screen whose keys are in the table."""

    @property
    def place(self) -> Place:
        """Which of the places in the table it is."""

    @property
    def keymap(self) -> Keymap:
        """The keys in use."""

    @property
    def in_replay(self) -> bool:
        """Whether the keys of a replay work."""


def actions_of(screen: DOMNode) -> Iterator[Command]:
    """The keys of ``screen`` as commands, in the order of the help page."""
    if not isinstance(screen, Placed):
        return
    app: App[object] = screen.app
    for section in SECTIONS:
        for key in section.keys if screen.in_replay or not section.replay else ():
            # What opened a page would close it from there, which is not what it is called.
            if screen.place not in PLACES[key.id] or key.opens is screen.place:
                continue
            act = partial(app.run_action, key.action, default_namespace=screen)
            name = screen.keymap.name(key.id)
            yield Command(key.command, f"{key.help} ({name})" if name else key.help, act)


def commands_of(screen: MarketScreen) -> Iterator[Command]:
    """Commands of the market screen; first the faults, which have no key."""
    for fault in screen.faults:
        yield Command(f"Fault: {fault.name}", fault.help, partial(screen.provoke, fault.name))
    yield from actions_of(screen)
    for product in screen.products:
        yield Command(f"Show {product}", "Bring this product to the front.", partial(screen.bring_forward, product))
    for theme, text in OWN_THEMES.items():
        told = f"Colours: {text}."
        yield Command(f"Theme: {theme}", told, partial(setattr, screen.app, "theme", theme))


class MarketCommands(Provider):
    """The commands of the present screen, and Textual's own. Nothing is markup."""

    async def discover(self) -> AsyncIterator[DiscoveryHit]:
        for command in self._commands():
            yield DiscoveryHit(_shown(command), command.run, _plain(command.name))

    async def search(self, query: str) -> AsyncIterator[Hit]:
        matcher = self.matcher(query)
        for command in self._commands():
            score = matcher.match(command.name)
            if score > 0:
                yield Hit(score, _shown(command), command.run, _plain(command.name))

    def _commands(self) -> Iterator[Command]:
        if isinstance(self.screen, MarketScreen):
            yield from commands_of(self.screen)
        elif isinstance(self.screen, Placed):
            yield from actions_of(self.screen)
        else:
            yield Command("Quit", "Quit depthview.", self.app.action_quit)
        textuals: list[SystemCommand] = list(self.app.get_system_commands(self.screen))
        for command in textuals:
            if command.title not in _OURS:
                yield Command(command.title, command.help, command.callback)


def _plain(text: str) -> str:
    return cut(text, _LONGEST)


def _shown(command: Command) -> Content:
    # The palette would take a help of its own for markup.
    return Content("\n").join([Content(_plain(command.name)), Content(_plain(command.help)).stylize("not bold")])
