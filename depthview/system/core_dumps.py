"""Core dumps are forbidden for a process that holds a key: they would copy the key to disk or to a crash reporter."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import cache
from typing import Final

_PR_SET_DUMPABLE: Final = 4
"""Of ``prctl(2)``."""


@cache
def forbid_core_dumps() -> None:
    """Forbid core dumps of this process; call this before a key or a token is read.

    ``RLIMIT_CORE`` keeps the kernel from writing a file, but not from piping the dump into a program such as
    systemd-coredump. On Linux the process is therefore made undumpable as well, which also keeps debuggers and other
    processes of the same user from reading its memory.
    """
    import resource

    with suppress(OSError, ValueError):  # a sandbox may forbid it
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):  # a C library without prctl()
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
