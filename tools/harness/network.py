"""The network path between the venue and the viewer, in virtual time: a delay and a bandwidth each way.

Messages stay in order, as TCP keeps them. What has been put on the way is sent at the bandwidth of the moment; a
direction that is held sends nothing until it is let go.
"""

from __future__ import annotations

import math
from collections import deque
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from collections.abc import Callable

    from tools.harness.schedule import Schedule

_HEADER: Final = 4
"""Bytes of a frame's header, about."""


@dataclass
class Direction:
    """How one direction is at present; all connections share it."""

    usual_delay: float = 0.02
    """Seconds."""
    delays: list[float] = field(default_factory=list)
    """Seconds more, by what slows it down at present."""
    bandwidths: list[float] = field(default_factory=list)
    """Bytes a second, by what narrows it at present."""
    held_until: float = 0.0

    @property
    def delay(self) -> float:
        """Seconds at present."""
        return self.usual_delay + max(self.delays, default=0.0)

    @property
    def bandwidth(self) -> float:
        """Bytes a second at present; 0 for no limit."""
        return min(self.bandwidths, default=0.0)


@dataclass
class Network:
    """Both directions."""

    down: Direction = field(default_factory=Direction)
    """From the venue to the viewer."""
    up: Direction = field(default_factory=Direction)


class Lane:
    """One direction of one connection.

    Args:
        direction: How it is at present.
        schedule: The world's.
        deliver: Takes what has arrived.
    """

    def __init__(self, direction: Direction, schedule: Schedule, deliver: Callable[[str | bytes | None], None]) -> None:
        self._direction = direction
        self._schedule = schedule
        self._deliver = deliver
        self._queue: deque[tuple[str | bytes | None, float]] = deque()
        self._arriving: deque[tuple[str | bytes | None, int, float]] = deque()
        self._sending: tuple[float, float, int] | None = None
        self._last_arrival = 0.0
        self._delivered = 0
        self.cut = False
        """Nothing more arrives."""
        self.least_seconds = math.inf
        """The least that a message has taken."""
        self.date_within = math.inf
        """Seconds within which the handshake's ``Date`` tells the venue's time; infinite where it tells nothing."""

    def put(self, message: str | bytes | None) -> None:
        """Put a message on the way; None is the end of the connection, which comes after all that was sent."""
        self._queue.append((message, self._schedule.now()))
        if self._sending is None:
            self._send()

    @property
    def is_narrow(self) -> bool:
        """Whether there is a bandwidth to keep to."""
        return self._direction.bandwidth > 0.0

    @property
    def bytes_arrived(self) -> int:
        """Bytes that have arrived, also those of a message that is not whole yet."""
        if self._sending is None:
            return self._delivered
        began, seconds, size = self._sending
        part = (self._schedule.now() - self._direction.delay - began) / seconds if seconds else 0.0
        return self._delivered + int(size * min(1.0, max(0.0, part)))

    def _send(self) -> None:
        now, direction = self._schedule.now(), self._direction
        while self._queue:
            if direction.held_until > now:
                self._sending = (direction.held_until, 0.0, 0)
                self._schedule.at(direction.held_until, self._let_go)
                return
            message, put_at = self._queue[0]
            size = 0 if message is None else len(message) + _HEADER
            if direction.bandwidth:
                seconds = size / direction.bandwidth
                self._sending = (now, seconds, size)
                self._schedule.at(now + seconds, self._sent)
                return
            self._queue.popleft()
            self._arrives(message, size, put_at)
        self._sending = None

    def _let_go(self) -> None:
        self._sending = None
        self._send()

    def _sent(self) -> None:
        assert self._sending is not None
        size = self._sending[2]
        self._sending = None
        message, put_at = self._queue.popleft()
        self._arrives(message, size, put_at)
        self._send()

    def _arrives(self, message: str | bytes | None, size: int, put_at: float) -> None:
        self._last_arrival = max(self._last_arrival, self._schedule.now() + self._direction.delay)
        # A real loop calls timers of the same moment in any order.
        self._arriving.append((message, size, put_at))
        self._schedule.at(self._last_arrival, self._arrive)

    def _arrive(self) -> None:
        message, size, put_at = self._arriving.popleft()
        if not self.cut:
            self._delivered += size
            self.least_seconds = min(self.least_seconds, self._schedule.now() - put_at)
            self._deliver(message)
