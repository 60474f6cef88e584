"""Writes to standard output at once, so that a full disk is one line and not a traceback."""

from __future__ import annotations

import os
import sys
from typing import TYPE_CHECKING

from depthview.errors import DepthviewError, UsageError
from depthview.system.os_errors import os_reason

if TYPE_CHECKING:
    from typing import TextIO


def standard_output() -> TextIO:
    """The process's own.

    Raises:
        UsageError: It was closed before the start.
    """
    if sys.stdout is None:
        raise UsageError("standard output is closed: there is nowhere to write to")
    return sys.stdout


def write_text(out: TextIO, text: str) -> None:
    """Write and flush.

    Args:
        out: Standard output, or a substitute for it.
        text: Including line ends.

    Raises:
        BrokenPipeError: The reader is gone; the command then ends quietly.
        DepthviewError: It cannot be written.
    """
    try:
        out.write(text)
        out.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        discard_output()
        raise output_error(error) from None


def output_error(error: OSError) -> DepthviewError:
    return DepthviewError(f"cannot write to standard output: {os_reason(error)}")


def discard_output() -> None:
    """Discard what follows on standard output: the interpreter flushes it at exit, and would report the error again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
