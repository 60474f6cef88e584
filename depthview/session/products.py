"""The products on show, and the markets that they are names of.

There is one market, and one book, for all names of it; :class:`depthview.core.products.ProductNames` decides which
those are. Where no product list has spoken they are presumed to be one, and so it is watched under which name the data
comes: a snapshot under another name than the book's is a whole book in any case, but proves two markets where data was
asked for by both names; a change under another name is none of the book's unless it cannot be another market's.
"""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING, Final

from depthview.coinbase.subscriptions import MAX_PRODUCTS
from depthview.core.text import is_product_id, plain_text
from depthview.core.types import Product
from depthview.session.market import ProductMarket

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from depthview.coinbase.subscriptions import Subscriptions


MAX_LISTED: Final = 20_000
"""Products that are remembered; the venue lists some 900 (observed)."""


class Roster:
    """Who is on show.

    Args:
        subscriptions: Told of every product that comes or goes.
        follow: Put every product on show that has a book in the feed.
    """

    def __init__(self, subscriptions: Subscriptions, *, follow: bool) -> None:
        self._subscriptions = subscriptions
        self._follow: Final = follow
        self._names: Final = subscriptions.names
        self._markets: dict[str, ProductMarket] = {}
        self._asked: set[str] = set()
        """Names asked for on the present connection, whatever has become of them."""
        self._removed_unknown = 0
        self.catalogue: dict[str, Product] = {}
        """What is known of the venue's products."""
        self.listed: tuple[str, ...] = ()
        """Their names, sorted."""
        self.marks: Mapping[str, str] = {}
        """What is said of some of them in a list: that they are futures, or not traded as usual."""
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
        if name not in self._subscriptions.wants:
            raise KeyError(name)
        return self._markets[self._names.market_of(name)]

    def concerned(self, label: str) -> list[ProductMarket]:
        """The market that data under a name belongs to, if it is on show."""
        market = self._markets.get(self._names.market_of(label))
        return [] if market is None else [market]

    def names_of(self, market: ProductMarket) -> list[str]:
        """The names on show that are names of a market."""
        return [name for name in self.names() if self._names.market_of(name) == market.name]

    def opened(self) -> None:
        """A new connection, on which nothing has come yet."""
        self._asked = set(self.names())
        for market in self._markets.values():
            market.forget()

    def route(self, label: str, *, has_book: bool) -> ProductMarket | None:
        """The market that data under ``label`` belongs to; None where nobody asked for it."""
        market = self._markets.get(self._names.market_of(label))
        if market is None and self._follow and has_book and is_product_id(label) and len(self._markets) < MAX_PRODUCTS:
            self.admit(label)
            return self._markets[self._names.market_of(label)]
        return market

    def is_foreign(self, market: ProductMarket, label: str) -> bool:
        """Whether a change under ``label`` may be another market's than that of the book."""
        if not market.has_book or label == market.feed_product:
            return False
        # What was asked for by the market's own name alone can come by another name only in its place.
        return self._follow or any(name != market.name for name in self._asked if self._names.same(name, label))

    def divide(self, market: ProductMarket, label: str) -> bool:
        """A snapshot under ``label`` has come for a market: whether that proves the two names to be two markets.

        If so, ``market`` keeps its book, under the name that it came by, and the other name is a market of its own.
        """
        label_before = market.feed_product
        if not market.has_book or label == label_before or self._names.is_listed(label):
            return False
        if not (self._follow or {label, label_before} <= self._asked):
            return False
        self._names.separate(label if label != market.name else label_before)
        del self._markets[market.name]
        market.name = label_before
        self._markets[label_before] = market
        for name in self.names():
            self._market_for(name)
        return True

    def admit(self, name: str) -> None:
        """Put a product on show."""
        self._subscriptions.want(name)
        self._asked.add(name)
        self._market_for(name)

    def refusal_to_admit(self, name: str) -> str | None:
        """Why a product cannot be put on show; None when it can."""
        if not is_product_id(name):
            return f"{plain_text(name)} is not a product name; they look like BTC-USD"
        if name in self._subscriptions.wants:
            return f"{name} is on show already"
        if len(self._subscriptions.wants) >= MAX_PRODUCTS:
            return f"{MAX_PRODUCTS} products are on show, which is all the venue gives one connection; remove one first"
        if self.is_unlisted(name):
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
        market = self.market(name)
        is_shared = self.names_of(market) != [name]
        self._subscriptions.drop(name, shared=is_shared)
        if is_shared:
            return None
        self._removed_unknown += market.book.unknown_removals
        return self._markets.pop(market.name)

    def list_products(self, products: Iterable[Product], *, complete: bool) -> list[str]:
        """Take in the venue's product list, or news of some of it.

        Returns:
            The names on show whose market is another one now than it was taken for.
        """
        self.complete = self.complete or complete
        listed = {product.product_id: product for product in products}
        for name, product in listed.items():
            known = self.catalogue.get(name)
            if known is None and len(self.catalogue) >= MAX_LISTED and name not in self._markets:
                continue
            if complete or known is None:
                self.catalogue[name] = product
                continue
            # The status channel has no word on these (documented); restrictions stand until the status changes.
            restrictions = known.restrictions if known.status == product.status else ()
            self.catalogue[name] = replace(
                product,
                price_increment=product.price_increment or known.price_increment,
                restrictions=product.restrictions or restrictions,
                alias=product.alias or known.alias,
                product_type=product.product_type or known.product_type,
                contract_size=known.contract_size,
                contract_unit=known.contract_unit,
            )
        if listed:
            self.listed = tuple(sorted(self.catalogue))
            self.marks = {name: mark for name, product in self.catalogue.items() if (mark := _mark_of(product))}
        moved = self._rearrange({name: product.alias for name, product in listed.items()}) if complete else []
        for market in self._markets.values():
            names = (market.name, *self.names_of(market))
            market.product = next((self.catalogue[name] for name in names if name in self.catalogue), market.product)
        return moved

    def is_unlisted(self, name: str) -> bool:
        """Whether the whole list is known and does not hold a product."""
        if not self.complete or name in self.catalogue:
            return False
        # Futures come in a list of their own, which may have been missed.
        return not Product.named(name).is_future or any(product.is_future for product in self.catalogue.values())

    def unknown_removals(self) -> int:
        """Removals of prices that were not there, since the start."""
        return self._removed_unknown + sum(market.book.unknown_removals for market in self._markets.values())

    def _market_for(self, name: str) -> ProductMarket:
        """The market of a name, made where there is none."""
        key = self._names.market_of(name)
        market = self._markets.get(key)
        if market is None:
            market = self._markets[key] = ProductMarket(key)
            market.product = self.catalogue.get(key, market.product)
        return market

    def _rearrange(self, aliases: Mapping[str, str]) -> list[str]:
        """Give every name the market that the product list says; a book goes with the name that its data carries."""
        before = {name: self.market(name) for name in self.names()}
        old, self._markets = self._markets, {}
        self._names.learn(aliases)
        for name in before:
            key = self._names.market_of(name)
            fitting = [
                m for m in old.values() if key == (self._names.market_of(m.feed_product) if m.has_book else m.name)
            ]
            if key not in self._markets and fitting:
                market = max(fitting, key=lambda m: (m.has_book, m.feed_product == key))
                market.name = key
                self._markets[key] = market
            self._market_for(name)
        kept = {id(market) for market in self._markets.values()}
        self._removed_unknown += sum(m.book.unknown_removals for m in old.values() if id(m) not in kept)
        return [name for name, market in before.items() if self.market(name) is not market]


def _mark_of(product: Product) -> str:
    """What a list says of a product beside its name; mostly nothing."""
    return ", ".join(filter(None, ("future" if product.is_future else "", product.trading_state)))
