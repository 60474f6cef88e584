"""The books that a flight recording begins with.

A flight recording begins in the middle of a connection, and so with the books as they were:

* The frames of the log cannot be undone from the present book: an update has the new size, not the old.
* A second session that follows at the length of the log would decode every frame twice (90 us a frame).
* So a pickle of the books is kept every fifteen seconds: 1.9 ms and 1.3 MB for 46,000 levels (measured). A copy of its
  dicts takes 0.2 ms and 1.9 MB; packed doubles take 1.0 ms and 0.7 MB but are not exact; zlib on top of the pickle
  takes another 17 ms for half of the bytes. The writing thread makes the text of a snapshot from it, if needed.
"""

from __future__ import annotations

import pickle
from itertools import islice
from typing import TYPE_CHECKING, Final, NamedTuple

import msgspec

from depthview.coinbase.messages import book_rows
from depthview.core.clock_offset import to_detail
from depthview.core.fixed_point import text_of

if TYPE_CHECKING:
    from collections.abc import Iterator

    from depthview.core.order_book import OrderBook
    from depthview.session.products import ProductMarket
    from depthview.session.session import MarketSession

MOST_BYTES_OF_BOOKS: Final = 16 << 20
MOST: Final = 12
_ROWS: Final = 500
"""Made in one piece: the event loop needs the interpreter too."""


class KeptBook(NamedTuple):
    product: str
    """As its data names it."""
    revision: int
    book: bytes
    """Pickled: the bytes never leave the process."""

    def pieces(self) -> Iterator[bytes]:
        """The snapshot of this book, as the venue writes it but without number and time, in pieces."""
        head = {"type": "snapshot", "product_id": self.product}
        yield b'{"channel":"l2_data","events":[' + msgspec.json.encode(head)[:-1] + b',"updates":['
        book: OrderBook = pickle.loads(self.book)  # noqa: S301  # ours
        comma = b""
        for side in (book.bids, book.asks):
            levels = side.walk()
            while batch := list(islice(levels, _ROWS)):
                yield comma + book_rows(side.side, [(text_of(level.price), text_of(level.size)) for level in batch])
                comma = b","
        yield b"]}]}"


class BooksCheckpoint(NamedTuple):
    """All trusted books at one time."""

    serial: int
    """Of the last entry of the frame log before it."""
    at: float
    """Unix seconds."""
    books: tuple[KeptBook, ...]
    is_opening: bool = False
    """Whether the next entry opens the connection: there is no book."""
    clock: str = ""
    """The offset of the venue's clock by the handshake, as recorded; empty for none."""


class BooksCheckpoints:
    """The states that a recording may begin with: bounded in number and bytes, oldest first.

    Args:
        session: Whose books.
        most: How many are kept.
        most_bytes: Bytes of all of them; the newest is kept in any case.
    """

    def __init__(self, session: MarketSession, most: int = MOST, most_bytes: int = MOST_BYTES_OF_BOOKS) -> None:
        self._session = session
        self._most = most
        self._most_bytes = most_bytes
        self.kept: list[BooksCheckpoint] = []
        self._last: dict[ProductMarket, KeptBook | None] = {}

    def add(self, serial: int, at: float) -> None:
        """Keep the books as they are."""
        proved = [market for market in self._session.products.markets() if _is_proved(market, self._session)]
        self._last = {market: self._last.get(market) for market in proved}
        for market, known in self._last.items():
            if known is None or known.revision != market.revision:
                pickled = pickle.dumps(market.book, protocol=5)
                self._last[market] = KeptBook(market.name, market.revision, pickled)
        books = tuple(book for book in self._last.values() if book is not None)
        offset = self._session.offset.handshake
        self._keep(BooksCheckpoint(serial, at, books, clock="" if offset is None else to_detail(offset)))

    def opening(self, serial: int, at: float) -> None:
        """A connection opens after this entry: there are no books."""
        self._keep(BooksCheckpoint(serial, at, (), is_opening=True))

    def forget_before(self, serial: int) -> None:
        """Drop what is before the log's first entry: the frames after it are gone."""
        while self.kept and self.kept[0].serial < serial - 1:
            del self.kept[0]

    def best(self, at: float) -> BooksCheckpoint | None:
        """The last one that is not later than a time, else the first one."""
        earlier = [checkpoint for checkpoint in self.kept if checkpoint.at <= at]
        return earlier[-1] if earlier else next(iter(self.kept), None)

    @property
    def bytes(self) -> int:
        """Held by all of them; a book that did not change between two is held once."""
        return sum({id(book): len(book.book) for kept in self.kept for book in kept.books}.values())

    def _keep(self, checkpoint: BooksCheckpoint) -> None:
        self.kept.append(checkpoint)
        while len(self.kept) > 1 and (len(self.kept) > self._most or self.bytes > self._most_bytes):
            del self.kept[0]


def _is_proved(market: ProductMarket, session: MarketSession) -> bool:
    """Whether a replay may trust the book. Silence and crossing show in the frames; a doubt does not."""
    frame = market.snapshot_frame
    if frame is None or market.doubt or not market.proved:
        return False
    return not session.monitor.unsure(market.feed_product, frame, proved=True)
