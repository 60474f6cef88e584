"""No core dump of a process that holds a key: it would be a copy of the key on the disk, or at a crash reporter."""

from __future__ import annotations

import sys
from contextlib import suppress
from functools import cache
from typing import Final

_PR_SET_DUMPABLE: Final = 4
"""Of ``prctl(2)``."""


@cache
def forbid_core_dumps() -> None:
    """Have this process leave no core dump from now on; to be called before a key or a token is read.

    ``RLIMIT_CORE`` keeps the kernel from writing a file. It says nothing to a kernel that pipes dumps into a program,
    such as systemd-coredump: on Linux the process is therefore made undumpable as well, which also keeps debuggers and
    other processes of the same user from reading its memory.
    """
    import resource

    with suppress(OSError, ValueError):  # a sandbox may forbid it; there is nothing else to be tried then
        resource.setrlimit(resource.RLIMIT_CORE, (0, resource.getrlimit(resource.RLIMIT_CORE)[1]))
    if sys.platform == "linux":
        import ctypes

        with suppress(OSError, AttributeError):  # a C library that has no prctl()
            ctypes.CDLL(None).prctl(_PR_SET_DUMPABLE, 0, 0, 0, 0)
