"""What was asked for on a connection, held against what the venue says that it is subscribed to. Sans-I/O."""

from __future__ import annotations

from itertools import islice
from typing import TYPE_CHECKING, Final

from depthview.core.plaintext import plain_text
from depthview.protocol.requests import Action

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from depthview.core.products import ProductNames
    from depthview.protocol.requests import Request

_MAX_CONFIRMED: Final = 10_000
"""Places of one acknowledgement that are kept; a connection has 30 level2 products at most (reported)."""


class Ledger:
    """Subscriptions as places: a channel and a product, or a channel and nothing.

    An acknowledgement holds all that the connection is subscribed to, by request channel name, and a product that
    shares another's book by the name of that (observed).

    Args:
        names: Which names are one market.
    """

    def __init__(self, names: ProductNames) -> None:
        self._names = names
        self._asked: set[tuple[str, str]] = set()
        self._confirmed: frozenset[tuple[str, str]] = frozenset()

    def clear(self) -> None:
        """The connection is gone."""
        self._asked.clear()
        self._confirmed = frozenset()

    def sent(self, request: Request) -> None:
        """A message has gone out."""
        if request.action is Action.SUBSCRIBE:
            self._asked |= _places(request)
        else:
            self._asked -= _places(request)

    def refused(self, request: Request) -> None:
        """A subscription was refused."""
        self._asked -= _places(request)

    def acknowledged(self, subscriptions: Mapping[str, Sequence[str]]) -> None:
        """The venue has said what the connection is subscribed to."""
        places = ((channel, product) for channel, products in subscriptions.items() for product in products)
        self._confirmed = frozenset(islice(places, _MAX_CONFIRMED))

    def is_confirmed(self, channel: str, product: str) -> bool:
        """Whether the last acknowledgement shows it; without a product, whether it shows the channel at all."""
        if not product:
            return any(name == channel for name, _ in self._confirmed)
        return not self._confirmed.isdisjoint({(channel, product), (channel, self._names.market_of(product))})

    def others_asked(self, channel: str, product: str) -> tuple[str, ...]:
        """Other names of a product's market that a subscription was asked for by, sorted."""
        return tuple(
            sorted(
                name
                for place, name in self._asked
                if place == channel and name and name != product and self._names.same(name, product)
            )
        )

    def shows(self, request: Request) -> bool:
        """Whether the last acknowledgement may be the answer to a message."""
        subscribed = request.action is Action.SUBSCRIBE
        return any(subscribed == self.is_confirmed(request.channel, product) for product in request.products or ("",))

    def asked(self) -> tuple[str, ...]:
        """All subscriptions asked for on this connection, as ``channel PRODUCT`` or ``channel``, sorted."""
        return tuple(sorted(f"{channel} {product}".strip() for channel, product in self._asked))

    def confirmed(self) -> tuple[str, ...]:
        """What the last acknowledgement showed, in the same spelling, safe to show."""
        return tuple(sorted(plain_text(c if c == p else f"{c} {p}") for c, p in self._confirmed))

    def missing(self) -> tuple[str, ...]:
        """Those of :meth:`asked` that the last acknowledgement did not show."""
        unseen = (place for place in self._asked if not self.is_confirmed(*place))
        return tuple(sorted(f"{channel} {product}".strip() for channel, product in unseen))


def _places(request: Request) -> set[tuple[str, str]]:
    return {(request.channel, product) for product in request.products or ("",)}
