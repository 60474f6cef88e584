"""The application: themes, the terminal, the way out, and the market screen. No market logic."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver
from textual.worker import WorkerFailed

from depthview.clock import Clock, SystemClock
from depthview.crash import fault_line, write_report
from depthview.ui.ascii import AsciiFilter
from depthview.ui.attention import Bell, Titles
from depthview.ui.commands import MarketCommands
from depthview.ui.keys import STOP
from depthview.ui.screens.market import MarketScreen
from depthview.ui.terminal import Terminal
from depthview.ui.themes import DARK, LIGHT, theme_palette

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from decimal import Decimal
    from pathlib import Path

    from rich.console import RenderableType
    from textual.command import Provider
    from textual.screen import Screen

    from depthview.view import Market, MarketView

INTERRUPTED: Final = 130
"""Exit code of Ctrl+C, as shells have it."""
HUNG_UP: Final = 129
"""Exit code when the terminal went away, with or without SIGHUP."""


class DepthviewApp(App[None]):
    """Shows a market until the user has seen enough.

    Whoever runs it owns the feed's lifetime and turns ``return_code`` into the exit code: 0 after ``q`` or Ctrl+Q,
    130 after Ctrl+C, 129 when the terminal went away, 1 after a crash.

    Args:
        market: What is shown, and whom wishes go to.
        fps: Draws a second, 0 to 30; 0 draws only on keys, resizes and :meth:`MarketScreen.draw`.
        local_time: Local time instead of UTC everywhere.
        groups: Row widths to begin with, by product, in quote currency.
        ladders: Ladders side by side to begin with, 1 to 4.
        theme: Name of a theme to begin with.
        bell: Ring when trust in a product is lost, and when it returns.
        ascii: Draw with ASCII alone; None does so where the terminal's encoding is not UTF-8.
        crash_folder: Where the report of a crash is written; None writes none.
        clock: For the pace of title and bell.
    """

    TITLE = "depthview"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", id="app.quit-anywhere", show=False, priority=True),
        Binding("ctrl+c", "interrupt", "Quit", id="app.interrupt", show=False, priority=True),
        Binding(STOP.keys, "stop", STOP.command, id=STOP.id, show=False, priority=True),
    ]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {MarketCommands}

    def __init__(
        self,
        market: Market,
        *,
        fps: float = 10.0,
        local_time: bool = False,
        groups: Mapping[str, Decimal] | None = None,
        ladders: int = 1,
        theme: str = DARK.name,
        bell: bool = False,
        ascii: bool | None = None,  # noqa: A002  # what the option is called
        crash_folder: Path | None = None,
        clock: Clock | None = None,
    ) -> None:
        super().__init__()
        self.register_theme(DARK)
        self.register_theme(LIGHT)
        self.theme = theme
        self._crash_folder = crash_folder
        self._last_words = ""
        self._clock = clock or SystemClock()
        self._titles = Titles()
        self._bell = Bell() if bell else None
        plain = not _shows_glyphs() if ascii is None else ascii
        if plain:
            self._filters.append(AsciiFilter())
        self._market_screen = MarketScreen(
            market, fps=fps, local_time=local_time, groups=groups, ladders=ladders, marks=plain, seen=self._seen
        )

    @property
    def market_screen(self) -> MarketScreen:
        """The screen under all others."""
        return self._market_screen

    def get_driver_class(self) -> type[Driver]:
        """Ours in place of the one that it extends; another one that was asked for stays."""
        chosen = super().get_driver_class()
        return Terminal if chosen is LinuxDriver else chosen

    def get_default_screen(self) -> Screen[None]:
        """The market is what there is to see."""
        return self._market_screen

    def get_theme_variable_defaults(self) -> dict[str, str]:
        """Colours of our own for the theme that is on, so that none of Textual's fails for want of ``$bid``."""
        return theme_palette(self.current_theme)

    def _seen(self, view: MarketView) -> None:
        now = self._clock.monotonic()
        if isinstance(self._driver, Terminal):
            title = self._titles.due(view, now)
            if title is not None:
                self._driver.set_title(title)
        if self._bell is not None and self._bell.due(view, now):
            self.bell()

    # -- the way out -----------------------------------------------------------------------------------------------

    async def action_quit(self) -> None:
        """Leave with 0."""
        self.exit(return_code=0)

    def action_interrupt(self) -> None:
        """Leave as one does on SIGINT."""
        self.exit(return_code=INTERRUPTED)

    def action_stop(self) -> None:
        """Stop the process until it is told to go on."""
        if isinstance(self._driver, Terminal):
            self._driver.stop()

    @on(Terminal.HungUp)
    def _without_terminal(self) -> None:
        self.exit(return_code=HUNG_UP)

    @on(Driver.SignalResume)
    def _back_again(self) -> None:
        """Draw everything, as of now: the terminal has been somebody else's, and time has passed."""
        self._titles.forget()
        self._market_screen.draw()
        self.refresh()

    def _handle_exception(self, error: Exception) -> None:
        """Leave after a crash, with one line.

        Textual would print the exception's text and the locals of every frame, and a key may be among them. A private
        method of Textual's, like the next one: tests hold both in place.
        """
        cause = error.error if isinstance(error, WorkerFailed) else error
        if self._exception is None:
            self._exception = error
            self._last_words = (
                fault_line(cause) if self._crash_folder is None else write_report(cause, self._crash_folder)
            )
            self._exception_event.set()
        self._return_code = 1
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """Leave after a fault that is told in a text, of which nothing is shown."""
        self._last_words = self._last_words or fault_line(None)
        self._return_code = 1
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """Say the one line, in the terminal that has just been given back."""
        if self._last_words:
            sys.stderr.write(f"{self._last_words}\n")
            self._last_words = ""


def _shows_glyphs() -> bool:
    """Whether what Textual writes to can take more than ASCII; it writes to standard error."""
    encodings = [file.encoding for file in (sys.__stdout__, sys.__stderr__) if file is not None]
    return all(encoding.lower().replace("-", "").startswith("utf") for encoding in encodings)
