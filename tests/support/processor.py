"""What a shared machine costs: time in which a process could have run and others did."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from depthview.clock import Clock

_STEP: Final = 0.01
_NOTED: Final = 0.003


def waited_for_processor(pid: int | None = None) -> float:
    """Seconds in which a process's main thread was ready and did not run; 0 where the system does not count them.

    Args:
        pid: Of the process; this one without.
    """
    try:
        return int(Path(f"/proc/{pid or 'self'}/schedstat").read_text().split()[1]) / 1e9
    except (OSError, IndexError):
        return 0.0


class Lateness:
    """How late an event loop was at each moment: what is due in it cannot be done meanwhile.

    Args:
        clock: To go by.
    """

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._noted: list[tuple[float, float]] = []

    async def watch(self) -> None:
        """Take note of it until cancelled."""
        clock = self._clock
        while True:
            before = clock.monotonic()
            await asyncio.sleep(_STEP)
            late = clock.monotonic() - before - _STEP
            if late > _NOTED:
                self._noted.append((clock.unix(), late))

    def between(self, start: float, end: float) -> float:
        """Seconds lost between two moments of unix seconds."""
        return sum(late for at, late in self._noted if start <= at <= end)
