"""Who listens to what."""

from __future__ import annotations

from typing import TYPE_CHECKING, Protocol

if TYPE_CHECKING:
    from collections.abc import Collection

    from depthview.exchange.wire import Channel, Frame


class Listener(Protocol):
    """A connection, as the feeds see it."""

    def emit(self, frame: Frame) -> None:
        """Take a frame; never waits."""


class Switchboard:
    """Listeners by channel and product. Channels of no product use the product ``""``."""

    def __init__(self) -> None:
        self._listeners: dict[tuple[Channel, str], dict[Listener, None]] = {}

    def join(self, channel: Channel, product: str, listener: Listener) -> None:
        """From now on the listener gets these frames; once, however often it joins."""
        self._listeners.setdefault((channel, product), {})[listener] = None

    def leave(self, channel: Channel, product: str, listener: Listener) -> None:
        """It gets no more of them; leaving what was never joined is fine."""
        listeners = self._listeners.get((channel, product), {})
        listeners.pop(listener, None)
        if not listeners:
            self._listeners.pop((channel, product), None)

    def listeners(self, channel: Channel, product: str = "") -> Collection[Listener]:
        """Who gets these frames now, in the order of joining."""
        return tuple(self._listeners.get((channel, product), ()))
