"""Where results go: standard output that may be closed, or a new file that holds whole lines only, however it ends."""

from __future__ import annotations

import os
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

from depthview.core.text import shown_path
from depthview.errors import DepthviewError, UsageError
from depthview.system.files import create_private_file, why_not_created
from depthview.system.os_errors import os_reason
from depthview.system.stdout import into_nothing

if TYPE_CHECKING:
    from typing import BinaryIO

_PIECE_BYTES: Final = 256 << 10


def named_path(text: str) -> Path:
    """The path that a word of the command line names; ``~`` is the user's home."""
    # Not Path.expanduser(), which raises for a user that does not exist.
    return Path(os.path.expanduser(text))


class Lines(Protocol):
    """Takes whole lines."""

    def write(self, lines: bytes) -> None:
        """Some more, or nothing.

        Raises:
            BrokenPipeError: Nobody reads any more.
            DepthviewError: They cannot be written.
        """

    def finish(self) -> None:
        """That was all; raises like :meth:`write`."""

    def stop(self) -> None:
        """The work was broken off: leave whole lines behind, and nothing open."""


class LinesToStream:
    """Lines to standard output.

    Args:
        out: Its bytes.
    """

    def __init__(self, out: BinaryIO) -> None:
        self._out = out
        self._waiting = bytearray()

    def write(self, lines: bytes) -> None:
        """See :meth:`Lines.write`."""
        self._waiting += lines
        if len(self._waiting) >= _PIECE_BYTES:
            self.finish()

    def finish(self) -> None:
        """See :meth:`Lines.finish`."""
        piece, self._waiting = bytes(self._waiting), bytearray()
        try:
            self._out.write(piece)
            self._out.flush()
        except BrokenPipeError:
            raise
        except OSError as fault:
            into_nothing()
            raise DepthviewError(f"cannot write to standard output: {os_reason(fault)}") from None

    def stop(self) -> None:
        """What waits may have nobody to read it."""
        self._waiting.clear()


class LinesToFile:
    """Lines to a new file, mode 0600, that is cut back to its last whole line where a write fails or is broken off.

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
        """See :meth:`Lines.write`."""
        self._waiting += lines
        if len(self._waiting) >= _PIECE_BYTES:
            self._drain()

    def finish(self) -> None:
        """Write what waits and close the file."""
        try:
            self._drain()
        finally:
            os.close(self._descriptor)

    def stop(self) -> None:
        """Write what waits, if the disk takes it, and close the file."""
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
