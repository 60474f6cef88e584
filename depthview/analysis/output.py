"""Output of whole lines, a progress line, and an orderly end on a signal."""

from __future__ import annotations

import os
import signal
from contextlib import contextmanager, suppress
from typing import TYPE_CHECKING, Final, Protocol

from depthview.core.text import shown_path
from depthview.errors import DepthviewError, UsageError
from depthview.system.files import create_private_file, why_not_created
from depthview.system.os_errors import os_reason
from depthview.system.stdout import discard_output, output_error

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path
    from types import FrameType
    from typing import BinaryIO, TextIO

    from depthview.clock import Clock

_PIECE_BYTES: Final = 256 << 10


class LineWriter(Protocol):
    """Writes whole lines."""

    def write(self, lines: bytes) -> None:
        """Write whole lines, perhaps later.

        Raises:
            BrokenPipeError: The reader is gone.
            DepthviewError: They cannot be written.
        """

    def finish(self) -> None:
        """Write everything and close; raises like :meth:`write`."""

    def stop(self) -> None:
        """Close early and leave whole lines behind."""


class StdoutLineWriter:
    """Writes lines to standard output.

    Args:
        out: Its bytes.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._waiting = bytearray()

    def write(self, lines: bytes) -> None:
        self._waiting += lines
        if len(self._waiting) >= _PIECE_BYTES:
            self.finish()

    def finish(self) -> None:
        piece, self._waiting = bytes(self._waiting), bytearray()
        try:
            self._out.write(piece)
            self._out.flush()
        except BrokenPipeError:
            raise
        except OSError as fault:
            discard_output()
            raise output_error(fault) from None

    def stop(self) -> None:
        """Drop what has not been written: nobody may be reading."""
        self._waiting.clear()


class FileLineWriter:
    """Writes lines to a new file, mode 0600, cut back to its last whole line where a write fails or is interrupted.

    Args:
        path: Made exclusively; no link there is followed.
        force: Replace an existing regular file.

    Raises:
        UsageError: The file cannot be made.
    """

    def __init__(self, path: Path, *, force: bool) -> None:
        self._path = path
        try:
            self._descriptor = create_private_file(path, force=force)
        except (OSError, ValueError) as fault:
            raise UsageError(f"cannot write to {shown_path(path)}: {why_not_created(fault, force=force)}") from None
        self._waiting = bytearray()
        self._whole = 0

    def write(self, lines: bytes) -> None:
        self._waiting += lines
        if len(self._waiting) >= _PIECE_BYTES:
            self._drain()

    def finish(self) -> None:
        try:
            self._drain()
        finally:
            os.close(self._descriptor)

    def stop(self) -> None:
        """Write what the disk takes, and close the file."""
        with suppress(DepthviewError):
            self.finish()

    def _drain(self) -> None:
        try:
            written = 0
            while written < len(self._waiting):
                written += os.write(self._descriptor, self._waiting[written : written + _PIECE_BYTES])
        except BaseException as fault:
            # A signal may have come between two pieces of a line; what waited is written again or lost as a whole.
            os.ftruncate(self._descriptor, self._whole)
            os.lseek(self._descriptor, self._whole, os.SEEK_SET)
            if isinstance(fault, OSError):
                self._waiting.clear()
                raise DepthviewError(
                    f"cannot write to {shown_path(self._path)}: {os_reason(fault)}; it holds {self._whole:,} bytes of "
                    "whole lines"
                ) from None
            raise
        self._whole += written
        self._waiting.clear()


def say(err: TextIO | None, what: str) -> None:
    """One line on standard error; nothing where that is closed."""
    if err is not None:
        print(f"depthview: {what}", file=err)


_BAR_WIDTH: Final = 24
_SHOWN_AFTER: Final = 0.3
"""Seconds: shorter work needs no bar."""
_REDRAWN_AFTER: Final = 0.1
_ESTIMATED_AFTER: Final = 2.0
"""Seconds before the remaining time is shown."""
_MEGABYTE: Final = 1_000_000


class ProgressLine:
    """A progress bar on a terminal; nothing elsewhere.

    Args:
        out: Where, usually standard error; None where it was closed before the start.
        clock: Its monotonic time paces the drawing.
        what: What is going on, such as ``inspecting``.
        total: Bytes of work in all.
    """

    def __init__(self, out: TextIO | None, clock: Clock, what: str, total: int) -> None:
        self._out = out if out is not None and out.isatty() else None
        self._clock = clock
        self._what = what
        self._total = total
        self._began = clock.monotonic()
        self._due = self._began + _SHOWN_AFTER
        self._drawn = 0

    @property
    def due(self) -> bool:
        return self._out is not None and self._clock.monotonic() >= self._due

    def show(self, done: int) -> None:
        """Redraw the line.

        Args:
            done: Bytes of work done.
        """
        if self._out is None:
            return
        now = self._clock.monotonic()
        self._due = now + _REDRAWN_AFTER
        line = progress_text(self._what, done, self._total, now - self._began, fancy=_is_utf8(self._out))
        line = line[: _columns(self._out) - 1]
        self._out.write("\r" + line.ljust(self._drawn))
        self._out.flush()
        self._drawn = len(line)

    def clear(self) -> None:
        if self._out is not None and self._drawn:
            self._out.write("\r" + " " * self._drawn + "\r")
            self._out.flush()
            self._drawn = 0


def progress_text(what: str, done: int, total: int, seconds: float, *, fancy: bool) -> str:
    """Such as ``inspecting  ━━━━━━──────────────────  26 %  270 of 1,024 MB  31 s left``.

    Args:
        what: What is going on.
        done: Bytes of work done.
        total: Bytes of work in all.
        seconds: Since the beginning.
        fancy: Whether more than ASCII can be shown.
    """
    share = min(1.0, done / total) if total else 1.0
    filled = int(share * _BAR_WIDTH)
    full, rest = ("━", "─") if fancy else ("#", ".")
    volume = f"{done / _MEGABYTE:,.0f} of {total / _MEGABYTE:,.0f} MB"
    left = f"  {seconds / share * (1 - share):,.0f} s left" if share and seconds >= _ESTIMATED_AFTER else ""
    return f"{what}  {full * filled}{rest * (_BAR_WIDTH - filled)}  {int(share * 100):>2} %  {volume}{left}"


def _is_utf8(out: TextIO) -> bool:
    return (out.encoding or "").lower().replace("-", "") == "utf8"


def _columns(out: TextIO) -> int:
    try:
        return os.get_terminal_size(out.fileno()).columns or 80
    except OSError:
        return 80


_SIGNALS: Final = (signal.SIGHUP, signal.SIGINT, signal.SIGQUIT, signal.SIGTERM)


class Stopped(BaseException):
    """A signal has arrived. Not an :exc:`Exception`, so that no handler of errors catches it.

    Args:
        number: The signal's.
    """

    def __init__(self, number: int) -> None:
        super().__init__(number)
        self.exit_code = 128 + number


@contextmanager
def stoppable() -> Iterator[None]:
    """Within it, the first HUP, INT, QUIT or TERM raises :class:`Stopped`; a second one has its default effect.

    A flag would not do: the work may be blocked on a pipe that nobody reads.
    """
    before = {number: signal.getsignal(number) for number in _SIGNALS}

    def put_back() -> None:
        for number, handler in before.items():
            signal.signal(number, handler)

    def stop(number: int, _frame: FrameType | None) -> None:
        put_back()
        raise Stopped(number)

    for number in _SIGNALS:
        signal.signal(number, stop)
    try:
        yield
    finally:
        put_back()
