"""The terminal, the ways out of the application, and everything else that needs Textual's private parts.

No other module uses a private name of Textual or Rich; checked with Textual 8.2.8 and Rich 14, and
``tests/ui/test_private_parts.py`` fails where one of them changes.

Textual's driver is extended because (each is provoked in a test on a real pty):

- When the terminal hangs up, it reads end-of-file in a busy loop, its writing thread dies, and the application blocks
  on that thread's queue.
- A byte that is not valid UTF-8, as from a keyboard in another locale, ends the application.
- A SIGCONT that followed a SIGSTOP starts a second pair of threads, and the terminal is not restored at the end.
- Escape is answered only after 0.1 to 0.2 s, in which it might be the beginning of another key's sequence.
- Its signal handlers stop the writing thread from within the code they interrupt, which may hold that thread's lock.

The rest, and why:

- ``App._handle_exception``, ``_exception``, ``_exception_event``, ``_return_code``, ``_close_messages_no_wait``,
  ``_print_error_renderables``: a crash would print the locals of every frame, which may hold a key.
- ``App._driver``, ``App._filters``: there is no public way to the driver, nor to add a line filter.
- ``DOMNode._bindings``: bindings of an instance, from the user's key map.
- ``CommandPalette._action_*``: its keys are bound in the key map like all others.
- ``StylesCache.get_inner_outer``: its cache keeps the rows of closed pages alive.
- ``Console._color_system``: ``color_system`` is its name, not the value that a style is written with.
"""

from __future__ import annotations

import os
import select
import signal
import sys
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Any, ClassVar, Final

from rich.color import ColorSystem
from textual import constants, on
from textual._styles_cache import StylesCache
from textual._xterm_parser import XTermParser
from textual.app import App
from textual.binding import Binding, BindingsMap, BindingType
from textual.command import CommandPalette
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Event
from textual.worker import WorkerFailed

from depthview.system.logs import crash_line, write_crash_report

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable
    from pathlib import Path
    from typing import TextIO

    from rich.console import Console, RenderableType
    from textual.dom import DOMNode
    from textual.driver import Driver
    from textual.filter import LineFilter

_PUSH_TITLE: Final = "\x1b[22;0t"
_POP_TITLE: Final = "\x1b[23;0t"
_WAKE_SECONDS: Final = 0.1
_ESCAPE_SECONDS: Final = 0.04
"""An Escape that nothing has followed for so long is one; the user's own ``ESCDELAY`` goes before."""
_WITHOUT_TITLE: Final = ("", "dumb", "linux")
"""Values of TERM whose terminals have no title: the second prints what is meant for it."""


def has_title(term: str) -> bool:
    """Whether a terminal with that ``TERM`` has a title that can be set."""
    return term not in _WITHOUT_TITLE


def title_sequence(text: str) -> str:
    """What sets the title; nothing in ``text`` can end the sequence early."""
    return f"\x1b]0;{''.join(c for c in text if c.isprintable())}\x07"


class Terminal(LinuxDriver):
    """Textual's driver, with a title, and safe when the terminal goes away."""

    class HungUp(Event):
        """The terminal is gone."""

    def __init__(
        self, app: App[Any], *, debug: bool = False, mouse: bool = True, size: tuple[int, int] | None = None
    ) -> None:
        super().__init__(app, debug=debug, mouse=mouse, size=size)
        self._file: Any = Outlet(self._file, self._hung_up)
        self._titled = False
        self._active = False
        self._to_resume = False
        self._loop.add_signal_handler(signal.SIGTSTP, self.stop)
        self._loop.add_signal_handler(signal.SIGCONT, self._continued)

    def set_title(self, text: str) -> None:
        """Set the title, if the terminal has one; the previous one returns when the terminal is released."""
        if not has_title(os.environ.get("TERM", "")):
            return
        if not self._titled:
            self._titled = True
            self.write(_PUSH_TITLE)
        self.write(title_sequence(text))
        self.flush()

    def start_application_mode(self) -> None:
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual has not annotated it
        self._active = self._writer_thread is not None and self._writer_thread.is_alive()

    def stop_application_mode(self) -> None:
        self._active = False
        if self._titled:
            self._titled = False
            # Terminals without a stack of titles keep an empty title instead of ours.
            self.write(title_sequence("") + _POP_TITLE)
        super().stop_application_mode()

    def stop(self) -> None:
        """Release the terminal and stop the process, as Ctrl+Z does elsewhere."""
        if self._active:
            self.suspend_application_mode()
            self._to_resume = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def _continued(self) -> None:
        if self._active:
            # Stopped by SIGSTOP, which cannot be handled: another program may have changed the terminal since.
            self.suspend_application_mode()
            self._to_resume = True
        if self._to_resume:
            self._must_signal_resume = True
            self.resume_application_mode()
            self._to_resume = not self._active

    def run_input_thread(self) -> None:
        if "ESCDELAY" not in os.environ:
            constants.ESCAPE_DELAY = _ESCAPE_SECONDS  # type: ignore[misc]  # where the parser looks it up
        parser = XTermParser(self._debug)
        wake = _WAKE_SECONDS
        decode = getincrementaldecoder("utf-8")("replace").decode
        while not self.exit_event.is_set():
            ready, _, _ = select.select([self.fileno], [], [], wake)
            # The parser has to be asked again as soon as it has waited long enough, and not before.
            wake = min(_WAKE_SECONDS, constants.ESCAPE_DELAY + 0.002) if ready else _WAKE_SECONDS
            if ready:
                try:
                    typed = os.read(self.fileno, 4096)
                except OSError:
                    typed = b""
                if not typed:
                    self._hung_up()
                    return
                # An empty text would end the parser: that is what half of a letter decodes to.
                if text := decode(typed):
                    for event in parser.feed(text):
                        self.process_message(event)
            for event in parser.tick():
                self.process_message(event)

    def _hung_up(self) -> None:
        self.send_message(self.HungUp())


class Outlet:
    """A file that ignores everything once writing has failed; ``lost`` is called then, from the writing thread."""

    def __init__(self, file: TextIO, lost: Callable[[], None]) -> None:
        self._file = file
        self._lost = lost
        self._open = True

    def write(self, text: str) -> None:
        self._try(lambda: self._file.write(text))

    def flush(self) -> None:
        self._try(self._file.flush)

    def fileno(self) -> int:
        return self._file.fileno()

    def _try(self, act: Callable[[], object]) -> None:
        if not self._open:
            return
        try:
            act()
        except OSError:
            self._open = False
            self._lost()


INTERRUPTED: Final = 130
"""Exit code of Ctrl+C, as shells have it."""
CRASHED: Final = 1
"""Exit code after a fault of our own."""
HUNG_UP: Final = 129
"""Exit code when the terminal went away, with or without SIGHUP."""


class ExitingApp(App[None]):
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
        self.exit(return_code=0)

    def action_interrupt(self) -> None:
        self.exit(return_code=INTERRUPTED)

    @property
    def terminal(self) -> Terminal | None:
        """The driver; None where it is not ours, as in tests."""
        return self._driver if isinstance(self._driver, Terminal) else None

    def get_driver_class(self) -> type[Driver]:
        chosen = super().get_driver_class()
        return Terminal if chosen is LinuxDriver else chosen

    def replace_filters(self, line_filter: LineFilter, *, instead_of: tuple[type[LineFilter], ...] = ()) -> None:
        """Pass everything drawn through ``line_filter``, and no more through filters of the types ``instead_of``."""
        self._filters = [found for found in self._filters if not isinstance(found, instead_of)]
        self._filters.append(line_filter)

    def action_stop(self) -> None:
        if self.terminal is not None:
            self.terminal.stop()

    @on(Terminal.HungUp)
    def _on_hang_up(self) -> None:
        self.exit(return_code=HUNG_UP)

    def _handle_exception(self, error: Exception) -> None:
        """Exit after a crash with one line: Textual would print the locals of every frame, which may hold a key."""
        cause = error.error if isinstance(error, WorkerFailed) else error
        if self._exception is None:
            self._exception = error
            self._last_words = (
                crash_line(cause) if self._crash_folder is None else write_crash_report(cause, self._crash_folder)
            )
            self._exception_event.set()
        self._return_code = CRASHED
        self._close_messages_no_wait()

    def panic(self, *renderables: RenderableType) -> None:
        """Exit after a failure that Textual reports as text, none of which is shown."""
        self._last_words = self._last_words or crash_line(None)
        self._return_code = CRASHED
        self._close_messages_no_wait()

    def _print_error_renderables(self) -> None:
        if self._last_words:
            sys.stderr.write(f"{self._last_words}\n")
            self._last_words = ""


def add_bindings(node: DOMNode, more: Iterable[Binding], *, without: str = "") -> None:
    """Bind keys of one widget, screen or application, in place of what is bound to them; unbind ``without``."""
    node._bindings.key_to_bindings.pop(without, None)
    node._bindings.key_to_bindings.update(BindingsMap(more).key_to_bindings)


def color_system(console: Console) -> ColorSystem:
    return console._color_system or ColorSystem.TRUECOLOR


def drop_cached_styles() -> None:
    """Free the rows of the last 1,024 frames and scrolled pages, which Textual keeps."""
    StylesCache.get_inner_outer.cache_clear()


class BoundPalette(CommandPalette, inherit_bindings=False):
    def action_choose(self, move: str) -> None:
        """Move the highlight, by the name of an action of Textual's lists."""
        if move == "cursor_down":
            self._action_cursor_down()
        else:
            self._action_command_list(move)

    def action_cancel(self) -> None:
        self._action_escape()
