"""A page of lines over the market: help, health, events."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import TYPE_CHECKING, ClassVar, Final

from textual._styles_cache import StylesCache
from textual.containers import Vertical, VerticalScroll
from textual.reactive import var
from textual.screen import ModalScreen

from depthview.preferences.keys import Place
from depthview.ui.bindings import add_bindings, bindings
from depthview.ui.line_widget import LinePanel
from depthview.ui.lines import Line, title
from depthview.views.market import MarketView

if TYPE_CHECKING:
    from textual.app import ComposeResult

    from depthview.preferences.keymap import Keymap

Page = Callable[[MarketView, int], list[Line]]
"""Lines for a width."""
_HINTS: Final = (("page.up page.down", "scroll"), ("page.close", "back"), ("app.quit", "quit"))


class PageHead(LinePanel):
    """What the page is, and how to leave it."""

    heading: var[str] = var("")
    """Name of the page."""
    hint: var[str] = var("")
    """The keys that matter, and what they do."""

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The one row."""
        return [title(self.heading, self.hint, width)]


class PageBody(LinePanel):
    """All lines of the page, however many; its container scrolls."""

    page: var[tuple[Line, ...]] = var(())
    """Top first."""

    def watch_page(self, before: tuple[Line, ...], now: tuple[Line, ...]) -> None:
        """Repaint the rows that differ, or lay out anew when there are more or fewer."""
        if len(before) != len(now):
            self.styles.height = max(1, len(now))
        self.redraw()

    def lines(self, width: int, height: int) -> Sequence[Line]:
        """The page."""
        return self.page


class PageScroll(VerticalScroll, inherit_bindings=False):
    """Scrolls the page; by what keys is the screen's to say."""


class DetailScreen(ModalScreen[None]):
    """One page that goes on showing the present while it is open.

    Args:
        heading: Its name.
        page: Makes its lines.
        keymap: Which key does what.
        key_id: Of the key that opened it, which closes it too.
        view: What there is to show at first.
    """

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

    def __init__(self, heading: str, page: Page, keymap: Keymap, key_id: str, view: MarketView) -> None:
        super().__init__()
        self._heading = heading
        self._page = page
        self._view = view
        self.keymap: Final = keymap
        add_bindings(self._bindings, bindings(keymap, Place.PAGE, opener=key_id))

    def compose(self) -> ComposeResult:
        """Heading over a scrolling page."""
        with Vertical(id="frame"):
            yield PageHead()
            with PageScroll(id="scroll"):
                yield PageBody()

    def on_mount(self) -> None:
        """Name the page; its body follows once its width is known."""
        head = self.query_one(PageHead)
        head.heading, head.hint = self._heading, self.keymap.hint(*_HINTS)
        self.query_one("#scroll").focus()

    def on_unmount(self) -> None:
        """Leave nothing behind: Textual 8.2.8 keeps the rows of the last 1,024 frames and scrolling panes."""
        StylesCache.get_inner_outer.cache_clear()

    def on_resize(self) -> None:
        """Another width, other lines."""
        self.call_after_refresh(self._draw)

    def show(self, view: MarketView) -> None:
        """The present."""
        self._view = view
        # The market goes on drawing from the moment that the page was asked for, before it has any parts.
        if self.is_mounted:
            self._draw()

    def _draw(self) -> None:
        width = self.query_one("#scroll").scrollable_content_region.width
        if width > 0:
            self.query_one(PageBody).page = tuple(self._page(self._view, width))

    def action_close(self) -> None:
        """Back to the market."""
        self.dismiss()

    def action_move(self, rows: int) -> None:
        """Scroll the page by ``rows``."""
        self.query_one(PageScroll).scroll_relative(y=rows, animate=False, immediate=True)

    def action_turn(self, direction: int) -> None:
        """Scroll the page by what is seen of it."""
        scroll = self.query_one(PageScroll)
        scroll.scroll_relative(y=direction * scroll.scrollable_content_region.height, animate=False, immediate=True)

    def action_edge(self, direction: int) -> None:
        """To the beginning or the end of the page."""
        scroll = self.query_one(PageScroll)
        scroll.scroll_to(y=0 if direction < 0 else scroll.max_scroll_y, animate=False, immediate=True)
