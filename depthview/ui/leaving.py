"""The way out of the application: keys, a terminal that goes away, and crashes. It ends with one line at the most."""

from __future__ import annotations

import sys
from typing import TYPE_CHECKING, ClassVar, Final

from textual import on
from textual.app import App
from textual.binding import Binding, BindingType
from textual.worker import WorkerFailed

from depthview.system.logs import fault_line, write_report
from depthview.ui.terminal import Terminal

if TYPE_CHECKING:
    from pathlib import Path

    from rich.console import RenderableType

INTERRUPTED: Final = 130
"""Exit code of Ctrl+C, as shells have it."""
CRASHED: Final = 1
"""Exit code after a fault of our own."""
HUNG_UP: Final = 129
"""Exit code when the terminal went away, with or without SIGHUP."""


class LeavingApp(App[None]):
    """An application whose ``return_code`` says how it ended.

    Args:
        crash_folder: Where the report of a crash is written; None writes none.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+q", "quit", "Quit", id="app.quit-anywhere", show=False, priority=True),
        Binding("ctrl+c", "interrupt", "Quit", id="app.interrupt", show=False, priority=True),
    ]

    def __init__(self, crash_folder: Path | None = None) -> None:
        super().__init__()
        self._crash_folder = crash_folder
        self._last_words = ""

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
        self._return_code = CRASHED
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """Leave after a fault that is told in a text, of which nothing is shown."""
        self._last_words = self._last_words or fault_line(None)
        self._return_code = CRASHED
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        """Say the one line, in the terminal that has just been given back."""
        if self._last_words:
            sys.stderr.write(f"{self._last_words}\n")
            self._last_words = ""
