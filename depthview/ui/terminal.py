"""The terminal itself: its title, its loss, and being stopped and continued.

Textual's driver is extended where it was found wanting (8.2.8, each provoked in a test on a real pty):

- When the terminal hangs up, it reads an end of file for ever at full speed, its writing thread dies, and the
  application waits for a place in that thread's queue for ever.
- A byte that is no UTF-8, as from a keyboard in another locale, ends the application.
- A SIGCONT that followed a SIGSTOP starts a second pair of threads, and the terminal is not restored at the end.
- Escape is answered only after 0.1 to 0.2 s, in which it might be the beginning of another key's sequence.
- Its signal handlers stop the writing thread from within whatever they interrupted, which may hold that thread's lock.
"""

from __future__ import annotations

import os
import select
import signal
from codecs import getincrementaldecoder
from typing import TYPE_CHECKING, Any, Final

from textual import constants
from textual._xterm_parser import XTermParser
from textual.drivers.linux_driver import LinuxDriver
from textual.events import Event

if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import TextIO

    from textual.app import App

_PUSH_TITLE: Final = "\x1b[22;0t"
_POP_TITLE: Final = "\x1b[23;0t"
_WAKE_SECONDS: Final = 0.1
_ESCAPE_SECONDS: Final = 0.04
"""An Escape that nothing has followed for so long is one; the user's own ``ESCDELAY`` goes before."""
_WITHOUT_TITLE: Final = ("", "dumb", "linux")
"""Values of TERM whose terminals have no title: the second prints what is meant for it."""


def has_title(term: str) -> bool:
    """Whether a terminal that calls itself ``term`` has a title that can be set."""
    return term not in _WITHOUT_TITLE


def title_sequence(text: str) -> str:
    """What sets the title to ``text``, of which nothing can end the sequence early."""
    return f"\x1b]0;{''.join(c for c in text if c.isprintable())}\x07"


class Terminal(LinuxDriver):
    """Textual's driver, with a title, and safe against a terminal that goes away."""

    class HungUp(Event):
        """There is no terminal any more."""

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
        """Show ``text`` as the title; the one from before comes back when the terminal is given back.

        Nothing is written where the terminal has no title.
        """
        if not has_title(os.environ.get("TERM", "")):
            return
        if not self._titled:
            self._titled = True
            self.write(_PUSH_TITLE)
        self.write(title_sequence(text))
        self.flush()

    def start_application_mode(self) -> None:
        """Take the terminal, unless the process is in the background."""
        super().start_application_mode()  # type: ignore[no-untyped-call]  # Textual has not annotated it
        self._active = self._writer_thread is not None and self._writer_thread.is_alive()

    def stop_application_mode(self) -> None:
        """Give the terminal back, its title first."""
        self._active = False
        if self._titled:
            self._titled = False
            # Terminals without a stack of titles are left with none instead of with ours.
            self.write(title_sequence("") + _POP_TITLE)
        super().stop_application_mode()

    def stop(self) -> None:
        """Give the terminal back and stop the process, as Ctrl+Z does elsewhere."""
        if self._active:
            self.suspend_application_mode()
            self._to_resume = True
        os.kill(os.getpid(), signal.SIGSTOP)

    def _continued(self) -> None:
        if self._active:
            # Stopped by SIGSTOP, which nobody can prepare for: whoever had the terminal since may have changed it.
            self.suspend_application_mode()
            self._to_resume = True
        if self._to_resume:
            self._must_signal_resume = True
            self.resume_application_mode()
            self._to_resume = not self._active

    def run_input_thread(self) -> None:
        """Read what the user types until told to end, or until there is no terminal any more."""
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
    """A file to write to that swallows everything once writing has failed.

    Args:
        file: Where to write.
        lost: Called once, from the thread that wrote, when writing fails.
    """

    def __init__(self, file: TextIO, lost: Callable[[], None]) -> None:
        self._file = file
        self._lost = lost
        self._open = True

    def write(self, text: str) -> None:
        """Write ``text``, or nothing."""
        self._try(lambda: self._file.write(text))

    def flush(self) -> None:
        """Hand on what was written, or nothing."""
        self._try(self._file.flush)

    def fileno(self) -> int:
        """The descriptor behind the file."""
        return self._file.fileno()

    def _try(self, act: Callable[[], object]) -> None:
        if not self._open:
            return
        try:
            act()
        except OSError:
            self._open = False
            self._lost()
