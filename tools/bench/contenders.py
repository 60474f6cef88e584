"""Ways from a frame to a readable book: depthview's, and what people use otherwise."""

from __future__ import annotations

import json
from bisect import insort
from decimal import Decimal
from itertools import accumulate, compress, islice
from typing import TYPE_CHECKING, Any, Final, Literal, Protocol

import msgspec
import orjson
from sortedcontainers import SortedDict

from depthview.clock import ManualClock
from depthview.coinbase.messages import Book, decode
from depthview.core.order_book import OrderBook
from depthview.core.sequence import Scope
from depthview.session.session import MarketSession

if TYPE_CHECKING:
    from collections.abc import Callable

Row = tuple[Decimal, Decimal, Decimal]
"""Price, size, exact sum of the sizes from the best price to here."""


class Contender(Protocol):
    """Something that takes frames and can be read."""

    def load(self, raw: bytes) -> None:
        """Take the snapshot."""

    def update(self, raw: bytes) -> None:
        """Take an update."""

    def top(self, count: int) -> tuple[list[Row], list[Row]]:
        """The best ``count`` levels of bids and asks."""

    def totals(self) -> tuple[Decimal, Decimal]:
        """Exact sums of all bids and all asks."""

    def size_at(self, side: str, price: Decimal) -> Decimal:
        """What rests at a price of ``bids`` or ``asks``; zero for nothing."""

    def whole(self) -> dict[str, dict[Decimal, Decimal]]:
        """Every level of both sides."""


class _FloorRow(msgspec.Struct, gc=False):
    side: Literal["bid", "offer"]
    price_level: str
    new_quantity: str


class _FloorEvent(msgspec.Struct, gc=False):
    type: str
    product_id: str
    updates: list[_FloorRow]


class _FloorFrame(msgspec.Struct, gc=False):
    channel: str
    sequence_num: int
    timestamp: str
    events: list[_FloorEvent]


floor_decode: Final[Callable[[bytes], _FloorFrame]] = msgspec.json.Decoder(_FloorFrame).decode
"""The floor: typed decoding and nothing else."""


class BookPath:
    """depthview's decoder and book."""

    def __init__(self) -> None:
        self._book: Final = OrderBook()

    def load(self, raw: bytes) -> None:
        """See :class:`Contender`."""
        message = decode(raw)
        assert isinstance(message, Book)
        self._book.apply_snapshot(message.events[0].updates)

    def update(self, raw: bytes) -> None:
        """See :class:`Contender`."""
        message = decode(raw)
        assert isinstance(message, Book)
        self._book.apply_update(message.events[0].updates)

    def top(self, count: int) -> tuple[list[Row], list[Row]]:
        """See :class:`Contender`."""
        return self._book.bids.top(count), self._book.asks.top(count)

    def totals(self) -> tuple[Decimal, Decimal]:
        """See :class:`Contender`."""
        book = self._book
        return book.bids.block_sums.sizes(0, len(book.bids)), book.asks.block_sums.sizes(0, len(book.asks))

    def size_at(self, side: str, price: Decimal) -> Decimal:
        """See :class:`Contender`."""
        return _size_at(self._book, side, price)

    def whole(self) -> dict[str, dict[Decimal, Decimal]]:
        """See :class:`Contender`."""
        return _whole(self._book)


class SessionPath:
    """All that depthview does with a frame: decoder, sequence monitor, meters, book, crossing, proof and verdict."""

    def __init__(self, product: str) -> None:
        self._clock = ManualClock(1_786_309_548.0, 1000.0)
        self._session: Final = MarketSession([product], scope=Scope.CONNECTION)
        self._product: Final = product
        self._session.opened(self._clock.monotonic(), self._clock.unix())

    def load(self, raw: bytes) -> None:
        """See :class:`Contender`."""
        self.update(raw)

    def update(self, raw: bytes) -> None:
        """See :class:`Contender`."""
        self._clock.advance(0.001)
        self._session.receive(raw, self._clock.monotonic(), self._clock.unix())

    def top(self, count: int) -> tuple[list[Row], list[Row]]:
        """See :class:`Contender`."""
        book = self._session.products.market(self._product).book
        return book.bids.top(count), book.asks.top(count)

    def totals(self) -> tuple[Decimal, Decimal]:
        """See :class:`Contender`."""
        book = self._session.products.market(self._product).book
        return book.bids.block_sums.sizes(0, len(book.bids)), book.asks.block_sums.sizes(0, len(book.asks))

    def size_at(self, side: str, price: Decimal) -> Decimal:
        """See :class:`Contender`."""
        return _size_at(self._session.products.market(self._product).book, side, price)

    def whole(self) -> dict[str, dict[Decimal, Decimal]]:
        """See :class:`Contender`."""
        return _whole(self._session.products.market(self._product).book)


class _BareRow(msgspec.Struct, gc=False):
    side: Literal["bid", "offer"]
    price_level: float
    new_quantity: float


class _BareEvent(msgspec.Struct, gc=False):
    type: str
    updates: list[_BareRow]


class _BareFrame(msgspec.Struct, gc=False):
    channel: str
    sequence_num: int
    events: list[_BareEvent]


_bare_decode: Final[Callable[[bytes], _BareFrame]] = msgspec.json.Decoder(_BareFrame, strict=False).decode


class BareFloats:
    """The least that Python can do with a frame: floats straight from the decoder, a store a row, an order kept lazily.

    Nothing is checked, counted or exact: what exactness costs is what others take beyond this.
    """

    def __init__(self) -> None:
        self._sizes: tuple[dict[float, float], dict[float, float]] = ({}, {})
        self._orders: tuple[list[float], list[float]] = ([], [])

    def load(self, raw: bytes) -> None:
        """See :class:`Contender`."""
        self.update(raw)
        for order, sizes in zip(self._orders, self._sizes, strict=True):
            order[:] = sorted(sizes)

    def update(self, raw: bytes) -> None:
        """See :class:`Contender`."""
        bids, asks = self._sizes
        for row in _bare_decode(raw).events[0].updates:
            if row.side == "bid":
                bids[row.price_level] = row.new_quantity
            else:
                asks[-row.price_level] = row.new_quantity

    def read(self, count: int) -> None:
        """Make rows of the best ``count`` levels of either side."""
        for order, sizes in zip(self._orders, self._sizes, strict=True):
            for price in islice(reversed(sizes), len(sizes) - len(order)):
                insort(order, price)
            # Every other price near the touch may be an empty one.
            near = order[: -2 * count - 1 : -1]
            amounts = list(map(sizes.__getitem__, near))
            kept = list(filter(None, amounts))[:count]
            list(zip(compress(near, amounts), kept, accumulate(kept), strict=False))


def _size_at(book: OrderBook, side: str, price: Decimal) -> Decimal:
    return (book.bids if side == "bids" else book.asks).size_at(price)


def _whole(book: OrderBook) -> dict[str, dict[Decimal, Decimal]]:
    return {
        "bids": {level.price: level.size for level in book.bids.walk()},
        "asks": {level.price: level.size for level in book.asks.walk()},
    }


class _Dicts:
    """Two mappings of Decimals, loaded by a general decoder."""

    def __init__(self, decode_any: Callable[[bytes], Any]) -> None:
        self._decode: Final = decode_any
        self._sides: dict[str, Any] = {"bid": self.empty(), "offer": self.empty()}

    def empty(self) -> Any:  # noqa: ANN401  # SortedDict has no types
        """A side without levels."""
        return {}

    def load(self, raw: bytes) -> None:
        """See :class:`Contender`."""
        rows: dict[str, list[tuple[Decimal, Decimal]]] = {"bid": [], "offer": []}
        for row in self._decode(raw)["events"][0]["updates"]:
            rows[row["side"]].append((Decimal(row["price_level"]), Decimal(row["new_quantity"])))
        for side, levels in rows.items():
            self._sides[side] = self.empty()
            self._sides[side].update(levels)

    def update(self, raw: bytes) -> None:
        """See :class:`Contender`."""
        for row in self._decode(raw)["events"][0]["updates"]:
            side, price, size = self._sides[row["side"]], Decimal(row["price_level"]), Decimal(row["new_quantity"])
            if size:
                side[price] = size
            else:
                side.pop(price, None)

    def totals(self) -> tuple[Decimal, Decimal]:
        """See :class:`Contender`."""
        return sum(self._sides["bid"].values(), Decimal(0)), sum(self._sides["offer"].values(), Decimal(0))

    def size_at(self, side: str, price: Decimal) -> Decimal:
        """See :class:`Contender`."""
        found: Decimal = self._sides["bid" if side == "bids" else "offer"].get(price, Decimal(0))
        return found

    def whole(self) -> dict[str, dict[Decimal, Decimal]]:
        """See :class:`Contender`."""
        return {"bids": dict(self._sides["bid"]), "asks": dict(self._sides["offer"])}


class JsonSort(_Dicts):
    """json, a dict a side, sorted at every look."""

    def __init__(self) -> None:
        super().__init__(json.loads)

    def top(self, count: int) -> tuple[list[Row], list[Row]]:
        """See :class:`Contender`."""
        bids, asks = self._sides["bid"], self._sides["offer"]
        best_bids, best_asks = sorted(bids, reverse=True)[:count], sorted(asks)[:count]
        return _summed([(p, bids[p]) for p in best_bids]), _summed([(p, asks[p]) for p in best_asks])


class OrjsonSorted(_Dicts):
    """orjson and a ``SortedDict`` of Decimals a side."""

    def __init__(self) -> None:
        super().__init__(orjson.loads)

    def empty(self) -> Any:  # noqa: ANN401  # SortedDict has no types
        """See :class:`_Dicts`."""
        return SortedDict()

    def top(self, count: int) -> tuple[list[Row], list[Row]]:
        """See :class:`Contender`."""
        bids, asks = self._sides["bid"], self._sides["offer"]
        best_bids = [bids.peekitem(-1 - i) for i in range(min(count, len(bids)))]
        best_asks = [asks.peekitem(i) for i in range(min(count, len(asks)))]
        return _summed(best_bids), _summed(best_asks)


def _summed(levels: list[tuple[Decimal, Decimal]]) -> list[Row]:
    rows: list[Row] = []
    cumulative = Decimal(0)
    for price, size in levels:
        cumulative += size
        rows.append((price, size, cumulative))
    return rows
