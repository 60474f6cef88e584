"""What waits to be sent: in order, never faster than the venue takes it, and what was put off. Sans-I/O."""

from __future__ import annotations

from collections import deque
from dataclasses import replace
from typing import TYPE_CHECKING, Final

from depthview.coinbase.requests import LEVEL2, Action

if TYPE_CHECKING:
    from collections.abc import Iterator

    from depthview.coinbase.requests import Request

_MESSAGES: Final = 7
_IN_SECONDS: Final = 1.5
"""So many messages in so many seconds: the venue counts a second by its own clock, after what the way has bunched."""


class Outbox:
    """Requests in the order of asking.

    The venue takes 8 unauthenticated messages a second (documented); the count goes on over a reconnect.
    """

    def __init__(self) -> None:
        self._queue: deque[Request] = deque()
        self._later: list[tuple[float, Request]] = []
        self._sent_at: deque[float] = deque(maxlen=_MESSAGES)

    def __iter__(self) -> Iterator[Request]:
        """What waits to go out, but for what was put off."""
        return iter(self._queue)

    def put(self, *requests: Request) -> None:
        """Send when the others have gone."""
        self._queue.extend(requests)

    def put_off(self, request: Request, until: float) -> None:
        """Hand out again by :meth:`due` from a moment of monotonic seconds on."""
        self._later.append((until, request))

    def all_products(self, channel: str) -> set[str]:
        """Those named by messages to a channel that wait or were put off."""
        requests = (*self._queue, *(request for _, request in self._later))
        return {product for request in requests if request.channel == channel for product in request.products}

    def withdraw(self, product: str) -> None:
        """Take back the unsubscribe and subscribe of a product's level2 that wait to go out."""
        kept: deque[Request] = deque()
        found = False
        for request in self._queue:
            if request.channel == LEVEL2 and product in request.products:
                found = found or request.action is Action.UNSUBSCRIBE
                if found:
                    rest = tuple(other for other in request.products if other != product)
                    if rest:
                        kept.append(replace(request, products=rest))
                    continue
            kept.append(request)
        self._queue = kept

    def clear(self) -> None:
        """The connection is gone."""
        self._queue.clear()
        self._later.clear()

    def due(self, now: float) -> list[Request]:
        """What was put off until now; the caller decides whether it still has a meaning."""
        found = [request for at, request in self._later if at <= now]
        if found:
            self._later = [(at, request) for at, request in self._later if at > now]
        return found

    def drain(self, now: float) -> list[Request]:
        """What may go out now; what is over the venue's limit stays for the next call."""
        ready: list[Request] = []
        while self._queue and (len(self._sent_at) < _MESSAGES or now - self._sent_at[0] >= _IN_SECONDS):
            self._sent_at.append(now)
            ready.append(self._queue.popleft())
        return ready

    def products(self, action: Action, channel: str) -> set[str]:
        """Those named by messages of a kind that wait."""
        waiting = (other for other in self._queue if (other.action, other.channel) == (action, channel))
        return {product for other in waiting for product in other.products}
