"""The products on show, and the names under which their data comes.

Observed: most -USDC products come back under their -USD name, in data and in acknowledgements; a few exist in their own
right. So a market is kept under the name that its data carries, and found by the name that was asked for. Which of the
two names that is may change while it is on show: what comes under the other one is never passed over.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from depthview.core.plaintext import is_product_id, plain_text
from depthview.protocol.subscriptions import MAX_PRODUCTS
from depthview.session.market import ProductMarket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.core.levels import Product
    from depthview.protocol.subscriptions import Subscriptions


class Roster:
    """Who is on show.

    Args:
        subscriptions: Told of every product that comes or goes.
        follow: Put every product on show that has a book in the feed.
    """

    def __init__(self, subscriptions: Subscriptions, *, follow: bool) -> None:
        self._subscriptions = subscriptions
        self._follow: Final = follow
        self._markets: dict[str, ProductMarket] = {}
        self._removed_unknown = 0
        self.catalogue: dict[str, Product] = {}
        """What is known of the venue's products."""
        self.complete = False
        """Whether the catalogue holds every product of the venue."""

    def names(self) -> tuple[str, ...]:
        """On show, in tab order, by the names asked for."""
        return tuple(self._subscriptions.wants)

    def markets(self) -> list[ProductMarket]:
        """All markets, in no order that matters."""
        return list(self._markets.values())

    def market(self, name: str) -> ProductMarket:
        """The market of a product on show.

        Raises:
            KeyError: It is not on show.
        """
        own = self._markets[name]
        twin = self._markets.get(name[:-1]) if name.endswith("-USDC") else None
        if twin is None or own.has_book:
            return own
        if name[:-1] not in self._subscriptions.wants and twin.has_book:
            return twin
        return own if own.ever_had_book else twin

    def concerned(self, label: str) -> list[ProductMarket]:
        """The market under the name that its data carries, if there is one."""
        market = self._markets.get(label)
        return [] if market is None else [market]

    def names_of(self, market: ProductMarket) -> list[str]:
        """The names on show that draw on a market."""
        return [name for name in self.names() if self.market(name) is market]

    def shown_instead_of(self, market: ProductMarket) -> ProductMarket | None:
        """The market of the other name of a product that is on show by that one; None where this one is on show."""
        label = market.feed_product
        other = label[:-1] if label.endswith("-USDC") else label + "C"
        if any(name in self._subscriptions.wants and self.market(name) is market for name in (label, other)):
            return None
        return self._markets.get(other)

    def route(self, label: str, *, has_book: bool) -> ProductMarket | None:
        """The market that data under ``label`` belongs to; None where nobody asked for it."""
        market = self._markets.get(label)
        if market is not None:
            return market
        if label.endswith("-USDC") and label[:-1] in self._subscriptions.wants:
            # Nobody asked for it by this name, so it can only be the other one's.
            return self._markets.get(label[:-1])
        if label.endswith("-USD") and label + "C" in self._subscriptions.wants:
            market = self._markets[label] = ProductMarket(label)
            market.product = self.catalogue.get(label, market.product)
            return market
        if self._follow and has_book and is_product_id(label) and len(self._markets) < MAX_PRODUCTS:
            self.admit(label)
            return self._markets[label]
        return None

    def admit(self, name: str) -> None:
        """Put a product on show."""
        self._subscriptions.want(name)
        market = self._markets.setdefault(name, ProductMarket(name))
        market.product = self.catalogue.get(name, market.product)

    def refusal_to_admit(self, name: str) -> str | None:
        """Why a product cannot be put on show; None when it can."""
        if not is_product_id(name):
            return f"{plain_text(name)} is not a product name; they look like BTC-USD"
        if name in self._subscriptions.wants:
            return f"{name} is on show already"
        if len(self._subscriptions.wants) >= MAX_PRODUCTS:
            return f"{MAX_PRODUCTS} products are on show, which is all the venue gives one connection; remove one first"
        if self.complete and name not in self.catalogue:
            return f"{name} is not in the venue's product list"
        return None

    def refusal_to_remove(self, name: str) -> str | None:
        """Why a product cannot be taken off show; None when it can."""
        if name not in self._subscriptions.wants:
            return f"{plain_text(name)} is not on show"
        if len(self._subscriptions.wants) == 1:
            return "the last product stays; add another one first"
        return None

    def remove(self, name: str) -> ProductMarket | None:
        """Take a product off show; returns its market unless another name still draws on it."""
        shared = self.market(name)
        is_shared = any(self.market(other) is shared for other in self.names() if other != name)
        self._subscriptions.drop(name, shared=is_shared)
        removed = None
        if not is_shared:
            removed = self._markets.pop(shared.feed_product, None)
        if removed is not None:
            self._removed_unknown += removed.book.unknown_removals
        if name not in (label for other in self.names() for label in (other, self.market(other).feed_product)):
            self._markets.pop(name, None)
        return removed

    def list_products(self, products: Iterable[Product], *, complete: bool) -> None:
        """Take in the venue's product list, or news of some of it."""
        self.complete = self.complete or complete
        for product in products:
            known = self.catalogue.get(product.product_id)
            if complete or known is None:
                self.catalogue[product.product_id] = product
                continue
            # The status channel has no word on either (documented); restrictions stand until the status changes.
            restrictions = known.restrictions if known.status == product.status else ()
            self.catalogue[product.product_id] = replace(
                product, restrictions=product.restrictions or restrictions, alias=product.alias or known.alias
            )
        for market in self._markets.values():
            market.product = self.catalogue.get(market.feed_product, market.product)

    def is_unlisted(self, name: str) -> bool:
        """Whether the whole list is known and does not hold a product."""
        return self.complete and name not in self.catalogue

    def unknown_removals(self) -> int:
        """Removals of prices that were not there, since the start."""
        return self._removed_unknown + sum(market.book.unknown_removals for market in self._markets.values())
