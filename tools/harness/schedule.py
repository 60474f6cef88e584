"""Time for the simulated world: virtual, where a minute passes as fast as it can be computed, or real.

In virtual time the venue, the network and the viewer share one :class:`VirtualTime`. The viewer's event loop is a
:class:`VirtualLoop`: where a real loop would sleep until its next timer, this one runs what the world has scheduled
until then and moves the clock. The two are kept apart on purpose: while the viewer is stopped, as by SIGSTOP, the world
goes on without the loop getting a turn.
"""

from __future__ import annotations

import asyncio
import heapq
import itertools
from typing import TYPE_CHECKING, Any, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Callable

UNIX_START: Final = 1_790_000_000.0
"""Unix seconds at which a virtual run begins."""
_START: Final = 1_000.0
_RESOLUTION: Final = 1e-6
"""Seconds; a timer that is due within them is due."""

_TURN: Final = 1e-6
"""Seconds that a turn of the viewer's loop takes: a clock that stood still would be waited for without end."""


class Schedule(Protocol):
    """The world's clock and its timers."""

    def now(self) -> float:
        """Seconds, monotonic."""

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Run ``action`` at ``when``; at once where that is past."""


class RealTime:
    """The running event loop's clock and timers."""

    def __init__(self, loop: asyncio.AbstractEventLoop) -> None:
        self._loop = loop

    def now(self) -> float:
        """Seconds of the loop's clock."""
        return self._loop.time()

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Run ``action`` at ``when``."""
        self._loop.call_at(when, action)


class VirtualTime:
    """A clock that moves only when it is told to, and what is scheduled on it."""

    def __init__(self) -> None:
        self._now = _START
        self._actions: list[tuple[float, int, Callable[[], None]]] = []
        self._order = itertools.count()
        self._stopped_until = 0.0
        self._suspended = 0.0
        self._suspend = False

    def now(self) -> float:
        """Seconds, true time."""
        return self._now

    def viewer_now(self) -> float:
        """Seconds by the viewer's monotonic clock, which does not count the time in which its machine sleeps."""
        return self._now - self._suspended

    def at(self, when: float, action: Callable[[], None]) -> None:
        """Run ``action`` at ``when``."""
        heapq.heappush(self._actions, (max(when, self._now), next(self._order), action))

    def spend(self, seconds: float) -> None:
        """Let time pass in which the viewer computes: what the world does meanwhile happens when its loop turns."""
        self._now += seconds

    def stop_viewer(self, seconds: float, *, suspend: bool = False) -> None:
        """Give the viewer's loop no turn for so long.

        Args:
            seconds: From now.
            suspend: Its machine sleeps, and its monotonic clock stands still.
        """
        self._stopped_until = self._now + seconds
        self._suspend = suspend

    def wait(self, timeout: float | None, woken: Callable[[], bool]) -> None:
        """Move on until something has woken the viewer's loop, or ``timeout`` seconds have passed."""
        self._now += _TURN
        until = None if timeout is None else self._now + timeout
        while True:
            if self._stopped_until > self._now:
                self._run(self._stopped_until)
                continue
            if woken():
                return
            due = self._actions[0][0] if self._actions else None
            if due is None or (until is not None and due > until):
                assert until is not None, "the viewer waits for something that will never happen"
                self._now = max(self._now, until)
                return
            self._step()

    def _run(self, until: float) -> None:
        """Run the world alone."""
        began, suspend = self._now, self._suspend
        while self._actions and self._actions[0][0] <= until:
            self._step()
        self._now = max(self._now, until)
        if suspend:
            self._suspended += self._now - began
            self._suspend = False

    def _step(self) -> None:
        when, _, action = heapq.heappop(self._actions)
        self._now = max(self._now, when)
        action()


class _Selector:
    """Stands where a real loop waits for its sockets."""

    def __init__(self, time: VirtualTime, woken: Callable[[], bool]) -> None:
        self._time = time
        self._woken = woken

    def select(self, timeout: float | None) -> list[Any]:
        self._time.wait(timeout, self._woken)
        return []

    def close(self) -> None:
        """Nothing is open."""


class VirtualLoop(asyncio.BaseEventLoop):
    """An event loop without sockets, whose clock is the viewer's.

    ``BaseEventLoop`` asks of its subclasses a ``_selector`` and two methods; these have been the same since Python 3.4
    and are what its own selector and proactor loops implement.
    """

    def __init__(self, time: VirtualTime) -> None:
        super().__init__()
        self._virtual = time
        self._clock_resolution = _RESOLUTION
        self._selector = _Selector(time, lambda: bool(self._ready))  # type: ignore[attr-defined]  # the base's queue

    def time(self) -> float:
        """Seconds by the viewer's monotonic clock."""
        return self._virtual.viewer_now()

    def _process_events(self, event_list: list[Any]) -> None:
        """There are none: the world calls the loop's futures by itself."""

    def _write_to_self(self) -> None:
        """There is nothing to wake: no other thread runs."""


class ViewerClock:
    """The viewer's two clocks; a :class:`depthview.clock.Clock`.

    Args:
        time: The true one.
        ahead: Seconds by which wall time is ahead of true time.
    """

    def __init__(self, time: VirtualTime, ahead: float = 0.0) -> None:
        self._time = time
        self.ahead = ahead

    def unix(self) -> float:
        """Wall time in unix seconds, as far off as it was set."""
        return true_unix(self._time) + self.ahead

    def monotonic(self) -> float:
        """Monotonic seconds."""
        return self._time.viewer_now()


def true_unix(time: Schedule) -> float:
    """Unix seconds of a virtual run."""
    return UNIX_START + time.now() - _START
