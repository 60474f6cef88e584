"""What was asked for on a connection, held against what the venue says that it is subscribed to. Sans-I/O."""

from __future__ import annotations

from collections import deque
from itertools import islice
from typing import TYPE_CHECKING, Final

from depthview.coinbase.requests import Action
from depthview.core.text import plain_text

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping, Sequence

    from depthview.coinbase.requests import Request
    from depthview.core.products import ProductNames

Place = tuple[str, str]
"""A channel and a product, which is empty where the channel has none."""
LOST_AFTER: Final = 10.0
"""Seconds after which the answer to a message is not waited for any longer."""
_MAX_CONFIRMED: Final = 10_000
"""Places of one acknowledgement that are kept; a connection has 30 level2 products at most (reported)."""


class Ledger:
    """Subscriptions as places: a channel and a product, or a channel and nothing.

    An acknowledgement holds all that the connection is subscribed to, by request channel name, and a product that
    shares another's book by the name of that (observed). It bears no mark of the message that it answers and may come
    late. So for a channel and product that was subscribed before on this connection it is evidence only when every
    message sent before its last subscribe has been answered, or when one without it has come since: until then it may
    be older.

    Args:
        names: Which names are one market.
        ordered: Whether what is sent is known; False in a replay, in which every acknowledgement counts.
        whole: Whether an acknowledgement lists all; False in a recording of several sockets, each with its own.
    """

    def __init__(self, names: ProductNames, *, ordered: bool = True, whole: bool = True) -> None:
        self._names = names
        self._ordered: Final = ordered
        self._whole: Final = whole
        self._asked: dict[Place, int] = {}
        """Messages that must have been answered before an acknowledgement is no older than the last subscribe of it."""
        self._named: set[Place] = set()
        """What an acknowledgement has named since the last subscribe of it, and no later one has left out."""
        self._left_out: set[Place] = set()
        """What an acknowledgement has left out since then."""
        self._held: set[Place] = set()
        """Those of them for which that acknowledgement is evidence."""
        self._known: set[Place] = set()
        """Markets that have been subscribed on this connection, by channel."""
        self._confirmed: frozenset[Place] = frozenset()
        self._markets: frozenset[Place] = frozenset()
        """What was confirmed, by the names of markets."""
        self._sent = 0
        self._unanswered: deque[float] = deque()
        """Monotonic seconds of sending."""

    def clear(self) -> None:
        """The connection is gone."""
        self._asked.clear()
        self._named.clear()
        self._left_out.clear()
        self._held.clear()
        self._known.clear()
        self._confirmed = self._markets = frozenset()
        self._sent = 0
        self._unanswered.clear()

    def sent(self, request: Request, now: float) -> None:
        """A message has gone out."""
        before, places = self._sent, _places(request)
        if request.action is Action.SUBSCRIBE:
            self._asked.update(dict.fromkeys(places, before))
        else:
            for place in places:
                self._asked.pop(place, None)
            self._named -= places
            self._held -= places
        # What concerns one name of a market concerns its others.
        concerned = {self._market(place) for place in places}
        for place in self._asked:
            market = self._market(place)
            if market in concerned:
                self._asked[place] = before if market in self._known else 0
                self._named.discard(place)
                self._left_out.discard(place)
                self._held.discard(place)
        self._known |= concerned
        if self._ordered:
            self._sent += 1
            self._unanswered.append(now)

    def refused(self, request: Request) -> None:
        """A subscription was refused."""
        for place in _places(request):
            self._asked.pop(place, None)
            self._named.discard(place)
            self._held.discard(place)

    def answered(self) -> None:
        """One message has been answered."""
        if self._unanswered:
            self._unanswered.popleft()

    def expire(self, now: float) -> bool:
        """Give up on answers that have not come, which makes evidence of those that have; whether there were any."""
        if not self._unanswered or now - self._unanswered[0] <= LOST_AFTER:
            return False
        while self._unanswered and now - self._unanswered[0] > LOST_AFTER:
            self._unanswered.popleft()
        self._held |= {place for place in self._named if self.settled >= self._asked[place]}
        return True

    @property
    def settled(self) -> int:
        """How many of the messages, by the order of sending, have been answered or given up."""
        return self._sent - len(self._unanswered)

    def acknowledged(self, subscriptions: Mapping[str, Sequence[str]]) -> list[Place]:
        """The venue has said what the connection is subscribed to.

        Returns:
            What it no longer names, though it has since the last subscribe.
        """
        settled = self.settled
        self.answered()
        places = ((channel, product) for channel, products in subscriptions.items() for product in products)
        self._confirmed = frozenset(islice(places, _MAX_CONFIRMED))
        self._markets = frozenset(map(self._market, self._confirmed))
        self._named = {place for place in self._asked if self.is_confirmed(*place)}
        if not self._whole:
            return []
        dropped = sorted(self._held - self._named)
        self._held &= self._named
        self._held |= {place for place in self._named if settled >= self._asked[place] or place in self._left_out}
        self._left_out = self._asked.keys() - self._named
        return dropped

    def is_held(self, channel: str, product: str) -> bool:
        """Whether the venue has confirmed the last subscribe of it, and has not taken that back."""
        return (channel, product) in self._held

    def forget(self, channel: str) -> None:
        """A channel is about to be subscribed anew, as an event of a recording says."""
        self._named = {place for place in self._named if place[0] != channel}
        self._held &= self._named

    def is_confirmed(self, channel: str, product: str) -> bool:
        """Whether the last acknowledgement shows it; without a product, whether it shows the channel at all."""
        if not product:
            return any(name == channel for name, _ in self._confirmed)
        return self._market((channel, product)) in self._markets

    def others_asked(self, channel: str, product: str) -> tuple[str, ...]:
        """Other names of a product's market that a subscription was asked for by, sorted."""
        asked = (name for place, name in self._asked if place == channel and name and name != product)
        return tuple(sorted(name for name in asked if self._names.same(name, product)))

    def shows(self, request: Request) -> bool:
        """Whether the last acknowledgement may be the answer to a message."""
        subscribed = request.action is Action.SUBSCRIBE
        return any(subscribed == self.is_confirmed(request.channel, product) for product in request.products or ("",))

    def asked(self) -> tuple[str, ...]:
        """All subscriptions asked for on this connection, as ``channel PRODUCT`` or ``channel``, sorted."""
        return _words(self._asked)

    def confirmed(self) -> tuple[str, ...]:
        """What the last acknowledgement showed, in the same spelling, safe to show."""
        return tuple(sorted(plain_text(c if c == p else f"{c} {p}") for c, p in self._confirmed))

    def missing(self) -> tuple[str, ...]:
        """Those of :meth:`asked` that the last acknowledgement did not show."""
        return _words(place for place in self._asked if not self.is_confirmed(*place))

    def _market(self, place: Place) -> Place:
        return place[0], self._names.market_of(place[1])


def _places(request: Request) -> set[Place]:
    return {(request.channel, product) for product in request.products or ("",)}


def _words(places: Iterable[Place]) -> tuple[str, ...]:
    return tuple(sorted(f"{channel} {product}".strip() for channel, product in places))
