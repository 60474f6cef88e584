"""A terminal for a program under test: a real pty with a size, what was written to it, and what its settings are."""

from __future__ import annotations

import fcntl
import os
import pty
import re
import select
import struct
import subprocess
import sys
import termios
from typing import TYPE_CHECKING, Self

from depthview.clock import SystemClock

if TYPE_CHECKING:
    import signal
    from collections.abc import Callable, Mapping, Sequence
    from pathlib import Path
    from types import TracebackType

_ESCAPES = re.compile(rb"\x1b(?:\[[0-?]*[ -/]*[@-~]|\][^\x07\x1b]*(?:\x07|\x1b\\)|P[^\x1b]*\x1b\\|[=>78()][0-9A-B]?)")
_LAUNCH = (
    "import fcntl, os, sys, termios\n"
    "fcntl.ioctl(0, termios.TIOCSCTTY, 0)\n"  # the session's leader gets the hang-up
    "os.execv(sys.executable, [sys.executable, *sys.argv[1:]])\n"
)
_ALTERNATE_ON, _ALTERNATE_OFF = b"\x1b[?1049h", b"\x1b[?1049l"
_CURSOR_ON, _CURSOR_OFF = b"\x1b[?25h", b"\x1b[?25l"


class Terminal:
    """A program in a terminal of its own.

    Args:
        command: The program and its arguments, after the interpreter.
        env: Its environment.
        cwd: Where it runs.
        columns: Width.
        rows: Height.
        kind: Its name, for ``TERM``.
    """

    def __init__(
        self,
        command: Sequence[str],
        env: Mapping[str, str],
        cwd: Path,
        *,
        columns: int = 120,
        rows: int = 40,
        kind: str = "xterm-256color",
    ) -> None:
        self._clock = SystemClock()
        self._master, self._slave = pty.openpty()
        fcntl.ioctl(self._slave, termios.TIOCSWINSZ, struct.pack("HHHH", rows, columns, 0, 0))
        self._settings = termios.tcgetattr(self._slave)
        self.written = bytearray()
        """Everything that the program has written."""
        self.process = subprocess.Popen(
            [sys.executable, "-c", _LAUNCH, *command],
            stdin=self._slave,
            stdout=self._slave,
            stderr=self._slave,
            env={**env, "TERM": kind, "COLUMNS": "", "LINES": ""},
            cwd=cwd,
            start_new_session=True,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, fault: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self.process.poll() is None:
            self.process.kill()
        self.process.wait()
        self.hang_up()
        os.close(self._slave)

    @property
    def text(self) -> str:
        """What was written, without escape sequences."""
        return _ESCAPES.sub(b"", bytes(self.written)).decode("utf-8", "replace")

    def press(self, keys: bytes) -> None:
        """Type."""
        os.write(self._master, keys)

    def hang_up(self) -> None:
        """Close the terminal's other end, as when its window is closed."""
        if self._master >= 0:
            os.close(self._master)
            self._master = -1

    def until(self, condition: Callable[[], object], what: str, seconds: float = 15.0) -> None:
        """Read what is written until ``condition`` holds.

        Raises:
            AssertionError: It did not come to hold, or the program ended first.
        """
        end = self._clock.monotonic() + seconds
        while not condition():
            assert self._clock.monotonic() < end, f"waited {seconds:g} s in vain for {what}:\n{self.text[-1500:]}"
            over = self.process.poll() is not None
            if not self._read(0.02):
                assert not over or condition(), (
                    f"ended with {self.process.returncode} before {what}:\n{self.text[-1500:]}"
                )

    def shows(self, words: str) -> None:
        """Wait until these words have been written."""
        self.until(lambda: words in self.text, words)

    def ends(self, number: signal.Signals | None = None, seconds: float = 10.0) -> int:
        """Send a signal, if any, wait for the end, and read all that is left; returns the exit code."""
        if number is not None:
            self.process.send_signal(number)
        self.until(lambda: self.process.poll() is not None, "the end", seconds)
        while self._read(0.05):
            pass
        return int(self.process.returncode)

    def assert_restored(self) -> None:
        """See that the terminal is as it was: settings, screen, cursor, mouse, and no traceback on it."""
        assert termios.tcgetattr(self._slave) == self._settings
        assert _ALTERNATE_ON in self.written
        assert self.written.rfind(_ALTERNATE_OFF) > self.written.rfind(_ALTERNATE_ON)
        assert self.written.rfind(_CURSOR_ON) > self.written.rfind(_CURSOR_OFF)
        for mode in (b"1000", b"1003", b"1006", b"2004"):
            assert self.written.rfind(b"\x1b[?" + mode + b"l") >= self.written.rfind(b"\x1b[?" + mode + b"h")
        assert "Traceback" not in self.text

    def after_screen(self) -> str:
        """What was written after the alternate screen was left."""
        tail = bytes(self.written[self.written.rfind(_ALTERNATE_OFF) + len(_ALTERNATE_OFF) :])
        return _ESCAPES.sub(b"", tail).decode("utf-8", "replace").replace("\r\n", "\n").strip()

    def take(self) -> bytes:
        """What the program has written since the last reading, without waiting for more."""
        before = len(self.written)
        while self._read(0.0):
            pass
        return bytes(self.written[before:])

    def _read(self, seconds: float) -> bool:
        if self._master < 0 or not select.select([self._master], [], [], seconds)[0]:
            return False
        try:
            piece = os.read(self._master, 65536)
        except OSError:
            return False
        self.written += piece
        return bool(piece)


def looked_on(terminal: Terminal, seconds: float) -> None:
    """Read what is drawn for a while: what an Escape begins must not be taken for more of its sequence."""
    clock = SystemClock()
    end = clock.monotonic() + seconds
    terminal.until(lambda: clock.monotonic() >= end, "time to pass", seconds + 5.0)
