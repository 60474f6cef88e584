"""A process that can open no more files."""

from __future__ import annotations

import os
import resource
from contextlib import contextmanager
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextmanager
def no_more_files(process: int = 0) -> Iterator[None]:
    """Let a process open no file, from now on and for as long as this lasts.

    Args:
        process: Its id; 0 for this one, of which every descriptor below the limit is taken.
    """
    before = resource.getrlimit(resource.RLIMIT_NOFILE)
    taken: list[int] = []
    if process:
        before = resource.prlimit(process, resource.RLIMIT_NOFILE)
        resource.prlimit(process, resource.RLIMIT_NOFILE, (3, before[1]))
    else:
        # Above the highest that is open already: a lower limit would not close those, but a pool may come back to them.
        resource.setrlimit(resource.RLIMIT_NOFILE, (max(map(int, os.listdir("/dev/fd"))) + 2, before[1]))
        while True:
            try:
                taken.append(os.open(os.devnull, os.O_RDONLY))
            except OSError:
                break
    try:
        yield
    finally:
        for descriptor in taken:
            os.close(descriptor)
        if process:
            resource.prlimit(process, resource.RLIMIT_NOFILE, before)
        else:
            resource.setrlimit(resource.RLIMIT_NOFILE, before)
