"""The pages of lines over the market: help, health, token, events.

A new page is one more entry in :data:`PAGES` and a key that opens it.
"""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar, Final, NamedTuple, Protocol, runtime_checkable

from textual.containers import Vertical, VerticalScroll
from textual.reactive import var
from textual.screen import ModalScreen

from depthview.preferences.keys import Place
from depthview.ui.bindings import bindings
from depthview.ui.formats import zone
from depthview.ui.health import event_page, health_page, token_page
from depthview.ui.line_widget import LinePanel
from depthview.ui.lines import Line, title
from depthview.ui.screens.help import help_page
from depthview.ui.terminal import add_bindings, drop_cached_styles

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping, Sequence

    from textual.app import ComposeResult

    from depthview.preferences.keymap import Keymap
    from depthview.views.market import MarketView

_HINTS: Final = (("page.up page.down", "scroll"), ("page.close", "back"), ("app.quit", "quit"))


class PageHead(LinePanel):
    heading: var[str] = var("")
    hint: var[str] = var("")

    def lines(self, width: int, height: int) -> Sequence[Line]:
        return [title(self.heading, self.hint, width)]


class PageBody(LinePanel):
    """All lines of the page; its container scrolls."""

    page: var[tuple[Line, ...]] = var(())

    def watch_page(self, before: tuple[Line, ...], now: tuple[Line, ...]) -> None:
        if len(before) != len(now):
            self.styles.height = max(1, len(now))
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        return self.page


class PageScroll(VerticalScroll, inherit_bindings=False):
    """Scrolls the page; the screen has the keys."""


class PageOptions(NamedTuple):
    """What a page may need besides the view."""

    keymap: Keymap
    local_time: bool


class Page(NamedTuple):
    key_id: str
    """Of the key that opens the page, and closes it too."""
    heading: str
    """``{zone}`` stands for the time zone."""
    lines: Callable[[MarketView, int, PageOptions], list[Line]]
    """From a view and a width in columns."""


class DetailScreen(ModalScreen[None]):
    """A page, updated while it is open."""

    place: ClassVar[Place] = Place.PAGE
    in_replay: ClassVar[bool] = False
    DEFAULT_CSS = """
    DetailScreen { align: center middle; background: $dv-ground 40%; }
    DetailScreen #frame { width: 98%; max-width: 112; height: 94%; background: $dv-ground;
                          border: solid $dv-rule; padding: 0 1; }
    DetailScreen #scroll { background: $dv-ground; scrollbar-size-vertical: 1; scrollbar-gutter: stable;
                           scrollbar-color: $dv-muted; scrollbar-background: $dv-ground; }
    DetailScreen PageBody { height: auto; }
    """

    def __init__(self, page: Page, options: PageOptions, view: MarketView) -> None:
        super().__init__()
        self._page = page
        self._options = options
        self._view = view
        self.keymap: Final = options.keymap
        add_bindings(self, bindings(options.keymap, Place.PAGE, opener=page.key_id))

    def compose(self) -> ComposeResult:
        with Vertical(id="frame"):
            yield PageHead()
            with PageScroll(id="scroll"):
                yield PageBody()

    def on_mount(self) -> None:
        head = self.query_one(PageHead)
        head.heading = self._page.heading.format(zone=zone(local=self._options.local_time))
        head.hint = self.keymap.hint(*_HINTS)
        self.query_one("#scroll").focus()

    def on_unmount(self) -> None:
        drop_cached_styles()

    def on_resize(self) -> None:
        self.call_after_refresh(self._draw)

    def show(self, view: MarketView) -> None:
        self._view = view
        # The market screen draws as soon as the page is pushed, before it is composed.
        if self.is_mounted:
            self._draw()

    def _draw(self) -> None:
        width = self.query_one("#scroll").scrollable_content_region.width
        if width > 0:
            self.query_one(PageBody).page = tuple(self._page.lines(self._view, width, self._options))

    def action_close(self) -> None:
        self.dismiss()

    def action_move(self, rows: int) -> None:
        self.query_one(PageScroll).scroll_relative(y=rows, animate=False, immediate=True)

    def action_turn(self, direction: int) -> None:
        scroll = self.query_one(PageScroll)
        scroll.scroll_relative(y=direction * scroll.scrollable_content_region.height, animate=False, immediate=True)

    def action_edge(self, direction: int) -> None:
        scroll = self.query_one(PageScroll)
        scroll.scroll_to(y=0 if direction < 0 else scroll.max_scroll_y, animate=False, immediate=True)


@runtime_checkable
class LivePage(Protocol):
    """A screen over the market that is updated at every draw."""

    def show(self, view: MarketView) -> None:
        """Show ``view``, which is never frozen."""


PAGES: Final[Mapping[str, Page]] = {
    "help": Page("app.help", "HELP", lambda _, width, options: help_page(width, options.keymap)),
    "health": Page("health.panel", "HEALTH", lambda view, width, _: health_page(view, width)),
    "token": Page("token.panel", "TOKEN", lambda view, width, _: token_page(view, width)),
    "events": Page(
        "events.log",
        "EVENTS, newest first, times {zone}",
        lambda view, width, options: event_page(view.events, width, local=options.local_time),
    ),
}
