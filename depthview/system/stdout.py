"""What a command has to say, written out at once, so that a full disk is one line and not a traceback."""

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


def put(out: TextIO, text: str) -> None:
    """Write and flush.

    Args:
        out: Standard output, or what stands for it.
        text: With its line ends.

    Raises:
        BrokenPipeError: Nobody reads any more; that is for them to know, and the command ends quietly.
        DepthviewError: It cannot be written.
    """
    try:
        out.write(text)
        out.flush()
    except BrokenPipeError:
        raise
    except OSError as error:
        into_nothing()
        raise unwritable(error) from None


def unwritable(error: OSError) -> DepthviewError:
    """What to tell when standard output cannot be written."""
    return DepthviewError(f"cannot write to standard output: {os_reason(error)}")


def into_nothing() -> None:
    """Let what follows on standard output vanish: the interpreter flushes it at exit, and would complain again."""
    nowhere = os.open(os.devnull, os.O_WRONLY)
    os.dup2(nowhere, sys.stdout.fileno())
    os.close(nowhere)
