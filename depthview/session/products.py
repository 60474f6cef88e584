"""The products shown, each with its book, trades, day and the facts that its verdict rests on.

There is one market, and one book, for all names of it; :class:`depthview.core.products.ProductNames` decides which
those are. Without a product list they are presumed to be one, and the name under which the data comes is checked: a
snapshot under another name than the book's is a whole book in any case, but proves two markets where data was requested
by both names; a change under another name belongs to the book only if it can be no other market's.
"""

from __future__ import annotations

from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.coinbase.messages import ReadyEvent, TickerRow
from depthview.coinbase.subscriptions import MAX_PRODUCTS
from depthview.core.fixed_point import CENTS, EIGHT_PLACES, decimal_number, decimals_of
from depthview.core.order_book import OrderBook, Sides, is_crossed, read_snapshot
from depthview.core.text import is_product_id, plain_text
from depthview.core.ticker_check import TickerCheck
from depthview.core.types import Product
from depthview.core.verdict import Judgement, Verdict
from depthview.session.statistics import IntervalMeter
from depthview.session.trades import TradeTape
from depthview.views.depth import SnapshotView

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping

    from depthview.coinbase.messages import BookEvent
    from depthview.coinbase.subscriptions import Subscriptions

_FIGURE_CHARS: Final = 40
"""Of a number of the ticker with its sign: any that can be shown has 35 at most."""
_SAMPLED: Final = 200
_LEAST_DECIMALS: Final = 2
MAX_LEVELS: Final = 250_000
"""Of a book, both sides; the largest seen has 46,000 (observed)."""


UNJUDGED: Final = Judgement(Verdict.DOWN, "not judged", None)


class ProductMarket:
    """One market, which may be shown by several names.

    Args:
        name: The product whose book it is.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.feed_product = name
        """The name that its data carries, by its last snapshot."""
        self.renamed = 0
        """How often that name has changed on this connection."""
        self.product = Product.named(name)
        self.book: Final = OrderBook()
        self.revision = 0
        """Rises with every change of the book: equal revisions mean an equal book."""
        self.tape: Final = TradeTape()
        self.day: TickerRow | None = None
        """The last ticker of this connection."""
        self.snapshot: SnapshotView | None = None
        """The last one, of any connection."""
        self.snapshot_frame: int | None = None
        """Place of the snapshot among the connection's numbered frames; None while there is no book."""
        self.ever_had_book = False
        self.doubt = ""
        self.proved = False
        """Whether the book has been trusted on this connection."""
        self.changes: Final = IntervalMeter()
        self.crossed_since: float | None = None
        self.crossings = 0
        """Times that it was crossed for so long that it was doubted, since the start."""
        self.contradictions = 0
        """Times that it was doubted because of the ticker, since the start."""
        self.bad_rows = 0
        """Rows that could not be applied, since the start; of the book and of the trades."""
        self.ticker_check: Final = TickerCheck()
        self.judgement = UNJUDGED
        self.judged_at: float | None = None
        """Since when the verdict and its cause have held, monotonic seconds; None before the first."""
        self._decimals: tuple[int, int] | None = None

    @property
    def has_book(self) -> bool:
        """Whether the book is of this connection."""
        return self.snapshot_frame is not None

    def forget(self) -> None:
        """Drop the book and all doubt about it, as the connection is gone. The trades happened and stay."""
        self.revision += 1
        self.book.clear()
        self.day = None
        self.tape.broke("reconnected")
        self.snapshot_frame = None
        self.renamed = 0
        self.doubt = ""
        self.proved = False
        self.crossed_since = None
        self.ticker_check.forget()

    def take(self, event: BookEvent, frame: int, now: float) -> int:
        """Apply a snapshot, or an update to a book that is not in doubt.

        Args:
            event: As decoded.
            frame: The frame's index among the connection's numbered frames.
            now: Monotonic seconds.

        Returns:
            The number of rows that could not be applied.
        """
        if event.type != "snapshot" and (self.snapshot_frame is None or self.doubt):
            # Before its snapshot, or while a new one is on its way, an update has nothing sound to change.
            return 0
        self.revision += 1
        if event.type == "snapshot":
            self.renamed += self.has_book and event.product_id != self.feed_product
            self.feed_product = event.product_id
            sides = event.sides if isinstance(event, ReadyEvent) else read_snapshot(event.updates)
            if len(sides.bids) + len(sides.asks) > MAX_LEVELS:
                sides = Sides({}, {}, CENTS, EIGHT_PLACES, len(event.updates) or len(sides.bids) + len(sides.asks))
            bad = self.book.load(sides) + event.bad_rows
            self.snapshot_frame = frame
            self.ever_had_book = True
            self.doubt = ""
            self._decimals = None
            self.ticker_check.forget()
        else:
            bad = self.book.apply_update(event.updates) + event.bad_rows
            if len(self.book.bids.sizes) + len(self.book.asks.sizes) > MAX_LEVELS:
                # The doubt about these rows keeps every later one out, until a snapshot comes.
                self.book.clear()
                bad += len(event.updates)
        if self._decimals is None:
            # Now, and not at the first view: a replay must not depend on when it is viewed.
            self._decimals = self._sampled_decimals()
        self.changes.mark(now)
        bid, ask = self.book.touch()
        self.ticker_check.book(bid, ask, now)
        if is_crossed(bid, ask):
            self.crossed_since = now if self.crossed_since is None else self.crossed_since
        else:
            self.crossed_since = None
        self.bad_rows += bad
        return bad

    def compare_ticker(self, bid: str, ask: str, now: float) -> None:
        """Compare the best prices of a ticker message with this book's.

        Raises:
            ValueError: They are not decimal numbers.
        """
        if not self.has_book or self.doubt:
            return
        self.ticker_check.ticker(decimal_number(bid), decimal_number(ask), now)

    def take_day(self, row: TickerRow) -> None:
        """Keep the day's figures of a ticker message, which may be of any type and size."""
        high, low, volume, change = map(_figure, (row.high, row.low, row.volume, row.change_percent))
        self.day = TickerRow(row.product_id, high=high, low=low, volume=volume, change_percent=change)

    def took_snapshot(self, frame_bytes: int, seconds: float | None) -> None:
        """Keep the size of the frame that brought the snapshot, and after how many seconds its book was ready."""
        self.snapshot = SnapshotView(len(self.book.bids) + len(self.book.asks), frame_bytes, seconds)

    def set_judgement(self, judgement: Judgement, now: float) -> bool:
        """Set the verdict; True when it, or its cause, has changed."""
        before, self.judgement = self.judgement, judgement
        self.proved = self.proved or judgement.verdict.trusted
        if (before.verdict, before.cause) == (judgement.verdict, judgement.cause):
            return False
        self.judged_at = now
        return True

    @property
    def verdict(self) -> Verdict:
        return self.judgement.verdict

    def tick(self) -> Decimal:
        """The price increment: the venue's where known, else by the most decimals seen near the touch."""
        known = self.product.price_increment
        return known if known is not None else Decimal(1).scaleb(-self.decimals()[0])

    def decimals(self) -> tuple[int, int]:
        """Decimals that prices and sizes fit in."""
        price, size = self.product.price_increment, self.product.size_increment
        if price is not None and size is not None:
            return decimals_of(price), decimals_of(size)
        known_price, known_size = self._decimals or (_LEAST_DECIMALS, _LEAST_DECIMALS)
        return (
            decimals_of(price) if price is not None else known_price,
            decimals_of(size) if size is not None else known_size,
        )

    def _sampled_decimals(self) -> tuple[int, int] | None:
        """The most decimals near the touch; None where the book is empty."""
        rows = [*self.book.bids.top(_SAMPLED), *self.book.asks.top(_SAMPLED)]
        if not rows:
            return None
        return (
            max(_LEAST_DECIMALS, *(decimals_of(row[0]) for row in rows)),
            max(decimals_of(row[1]) for row in rows),
        )


def _figure(text: object) -> str:
    return text if isinstance(text, str) and len(text) <= _FIGURE_CHARS else ""


MAX_LISTED: Final = 20_000
"""Products that are remembered; the venue lists some 900 (observed)."""


class Products:
    """The products shown and their markets, and what is known of the venue's products.

    Args:
        subscriptions: Told of every product that is added or removed.
        follow: Whether every product that has a book in the feed is shown.
    """

    def __init__(self, subscriptions: Subscriptions, *, follow: bool) -> None:
        self._subscriptions = subscriptions
        self._follow: Final = follow
        self._names: Final = subscriptions.names
        self._markets: dict[str, ProductMarket] = {}
        self._requested: set[str] = set()
        """Names requested on this connection, even if they were removed since."""
        self._removed_unknown = 0
        self.catalogue: dict[str, Product] = {}
        """The venue's products, by name, as far as they are known."""
        self.listed: tuple[str, ...] = ()
        """Their names, sorted."""
        self.marks: Mapping[str, str] = {}
        """What a list shows beside some of them: that they are futures, or not traded as usual."""
        self.complete = False
        """Whether the catalogue holds every product of the venue."""

    def names(self) -> tuple[str, ...]:
        """Those shown, in tab order, by the names requested."""
        return tuple(self._subscriptions.states)

    def markets(self) -> list[ProductMarket]:
        return list(self._markets.values())

    def market(self, name: str) -> ProductMarket:
        """The market of a product that is shown.

        Raises:
            KeyError: It is not shown.
        """
        if name not in self._subscriptions.states:
            raise KeyError(name)
        return self._markets[self._names.market_of(name)]

    def known_as(self, label: str) -> list[ProductMarket]:
        """The market that data under a name belongs to, if it is shown; else an empty list."""
        market = self._markets.get(self._names.market_of(label))
        return [] if market is None else [market]

    def names_of(self, market: ProductMarket) -> list[str]:
        return [name for name in self.names() if self._names.market_of(name) == market.name]

    def opened(self) -> None:
        self._requested = set(self.names())
        for market in self._markets.values():
            market.forget()

    def route(self, label: str) -> ProductMarket | None:
        """The market that a book under ``label`` belongs to; None if it was not requested."""
        market = self._markets.get(self._names.market_of(label))
        if market is None and self._follow and is_product_id(label) and len(self._markets) < MAX_PRODUCTS:
            self.add(label)
            return self._markets[self._names.market_of(label)]
        return market

    def is_foreign(self, market: ProductMarket, label: str) -> bool:
        """Whether a change under ``label`` may be another market's than that of the book."""
        if not market.has_book or label == market.feed_product:
            return False
        # What was requested only by the market's own name comes under another name only instead of it.
        return self._follow or any(name != market.name for name in self._requested if self._names.same(name, label))

    def divide(self, market: ProductMarket, label: str) -> bool:
        """Separate two names if a snapshot of ``market`` under ``label`` proves them to be two markets.

        If so, ``market`` keeps its book, under the name that it came by, and the other name gets a market of its own.
        """
        label_before = market.feed_product
        if not market.has_book or label == label_before or self._names.is_listed(label):
            return False
        if not (self._follow or {label, label_before} <= self._requested):
            return False
        self._names.separate(label if label != market.name else label_before)
        del self._markets[market.name]
        market.name = label_before
        self._markets[label_before] = market
        for name in self.names():
            self._market_for(name)
        return True

    def add(self, name: str) -> None:
        self._subscriptions.add(name)
        self._requested.add(name)
        self._market_for(name)

    def refusal_to_add(self, name: str) -> str | None:
        if not is_product_id(name):
            return f"{plain_text(name)} is not a product name; they look like BTC-USD"
        if name in self._subscriptions.states:
            return f"{name} is already shown"
        if len(self._subscriptions.states) >= MAX_PRODUCTS:
            return f"{MAX_PRODUCTS} products are shown, the most that one connection takes; remove one first"
        if self.is_unlisted(name):
            return f"{name} is not in the venue's product list"
        return None

    def refusal_to_remove(self, name: str) -> str | None:
        if name not in self._subscriptions.states:
            return f"{plain_text(name)} is not shown"
        if len(self._subscriptions.states) == 1:
            return "the last product cannot be removed; add another one first"
        return None

    def remove(self, name: str) -> ProductMarket | None:
        """Remove a product; returns its market unless another name still uses it."""
        market = self.market(name)
        is_shared = self.names_of(market) != [name]
        self._subscriptions.remove(name, shared=is_shared)
        if is_shared:
            return None
        self._removed_unknown += market.book.unknown_removals
        return self._markets.pop(market.name)

    def merge(self, products: Iterable[Product], *, complete: bool) -> list[str]:
        """Merge the venue's product list, or changes of some products.

        Returns:
            The names shown that now belong to another market than before.
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
        """Whether the whole list is known and lacks a product."""
        if not self.complete or name in self.catalogue:
            return False
        # Futures come in a list of their own, which may have been missed.
        return not Product.named(name).is_future or any(product.is_future for product in self.catalogue.values())

    def unknown_removals(self) -> int:
        """Removals of prices that were not there, since the start."""
        return self._removed_unknown + sum(market.book.unknown_removals for market in self._markets.values())

    def _market_for(self, name: str) -> ProductMarket:
        """The market of a name, created if there is none."""
        key = self._names.market_of(name)
        market = self._markets.get(key)
        if market is None:
            market = self._markets[key] = ProductMarket(key)
            market.product = self.catalogue.get(key, market.product)
        return market

    def _rearrange(self, aliases: Mapping[str, str]) -> list[str]:
        """Give every name the market that the product list says; a book stays with the name that its data carries."""
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
    """What a list shows beside a product's name; mostly nothing."""
    return ", ".join(filter(None, ("future" if product.is_future else "", product.trading_state)))
