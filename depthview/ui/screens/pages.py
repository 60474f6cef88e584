"""The pages over the market, by name. One more page is one more entry here and a key that opens it."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final, NamedTuple, Protocol, runtime_checkable

from depthview.ui.formats import zone
from depthview.ui.health import event_page, health_page, token_page
from depthview.ui.help import help_page
from depthview.ui.screens.detail import DetailScreen, Page

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

    from depthview.preferences.keymap import Keymap
    from depthview.views.market import MarketView


@runtime_checkable
class Live(Protocol):
    """A screen that goes on showing the present while it lies over the market: every draw hands it the view."""

    def show(self, view: MarketView) -> None:
        """The present, frozen picture or not."""


class Surroundings(NamedTuple):
    """What a page may need besides the view."""

    keymap: Keymap
    local_time: bool


class Entry(NamedTuple):
    """A page of lines."""

    key_id: str
    """Of the key that opens it, and closes it too."""
    heading: Callable[[Surroundings], str]
    page: Callable[[Surroundings], Page]


def _events(around: Surroundings) -> Page:
    return lambda view, width: event_page(view.events, width, local=around.local_time)


PAGES: Final[Mapping[str, Entry]] = {
    "help": Entry("app.help", lambda _: "HELP", lambda around: lambda _, width: help_page(width, around.keymap)),
    "health": Entry("health.panel", lambda _: "HEALTH", lambda _: health_page),
    "token": Entry("token.panel", lambda _: "TOKEN", lambda _: token_page),
    "events": Entry(
        "events.log", lambda around: f"EVENTS, newest first, times {zone(local=around.local_time)}", _events
    ),
}


def opened(name: str, around: Surroundings, view: MarketView) -> DetailScreen:
    """The page of that name.

    Raises:
        KeyError: There is no such page.
    """
    entry = PAGES[name]
    return DetailScreen(entry.heading(around), entry.page(around), around.keymap, entry.key_id, view)
