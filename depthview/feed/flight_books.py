"""Books as they were, kept for a recording to begin with.

A flight recording begins in the middle of a connection, where the books were long there. Of the ways to have them:

* Going back from the present book by the frames of the log cannot be done: an update tells the new size, not the old.
* A second session that trails behind the first by the length of the log decodes every frame twice: all the feed's work
  once more (90 us a frame).
* A copy of the books every fifteen seconds, from which the frames lead on. That is done here, as a pickle, which needs
  to know nothing of how a book is built: 1.9 ms and 1.3 MB for 46,000 levels (measured). A copy of its dicts alone
  takes 0.2 ms and 1.9 MB, packed doubles 1.0 ms and 0.7 MB but they are no exact numbers, zlib on top of the pickle
  another 17 ms for half of its bytes. So a minute costs 8 ms of a processor for such a book, and nothing for one that
  stands still.

The text of a snapshot is made from it in the thread that writes, and only for a file that needs it.
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

MOST_BYTES: Final = 16 << 20
MOST: Final = 12
_ROWS: Final = 500
"""That are made in one piece: the interpreter is the event loop's too."""


class KeptBook(NamedTuple):
    """One book as it was."""

    product: str
    """The name that its data carries."""
    revision: int
    book: bytes
    """Pickled: the bytes never leave the process."""

    def pieces(self) -> Iterator[bytes]:
        """The snapshot that would make this book, as the venue writes it but for number and time, in pieces."""
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


class Checkpoint(NamedTuple):
    """All books that could be trusted at a moment."""

    serial: int
    """Of the last entry of the wire log before it."""
    at: float
    """Unix seconds."""
    books: tuple[KeptBook, ...]
    is_opening: bool = False
    """Whether the entry that follows opens the connection, so that there was no book."""
    clock: str = ""
    """What the handshake told of the venue's clock, as a recording keeps it; empty for nothing."""


class Checkpoints:
    """Those that a recording may begin with: bounded in number and bytes, oldest first.

    Args:
        session: Whose books.
        most: How many are kept.
        most_bytes: Bytes of all of them; the newest is kept in any case.
    """

    def __init__(self, session: MarketSession, most: int = MOST, most_bytes: int = MOST_BYTES) -> None:
        self._session = session
        self._most = most
        self._most_bytes = most_bytes
        self.kept: list[Checkpoint] = []
        self._last: dict[ProductMarket, KeptBook | None] = {}

    def add(self, serial: int, at: float) -> None:
        """Keep the books as they are."""
        proved = [market for market in self._session.roster.markets() if _is_proved(market, self._session)]
        self._last = {market: self._last.get(market) for market in proved}
        for market, known in self._last.items():
            if known is None or known.revision != market.revision:
                pickled = pickle.dumps(market.book, protocol=5)
                self._last[market] = KeptBook(market.name, market.revision, pickled)
        books = tuple(book for book in self._last.values() if book is not None)
        offset = self._session.handshake_offset
        self._keep(Checkpoint(serial, at, books, clock="" if offset is None else to_detail(offset)))

    def opening(self, serial: int, at: float) -> None:
        """A connection opens after an entry: there are no books."""
        self._keep(Checkpoint(serial, at, (), is_opening=True))

    def forget_before(self, serial: int) -> None:
        """The log begins with an entry: what comes before it leads on to nothing any more."""
        while self.kept and self.kept[0].serial < serial - 1:
            del self.kept[0]

    def best(self, at: float) -> Checkpoint | None:
        """The last one that is not later than a moment, else the first one."""
        earlier = [checkpoint for checkpoint in self.kept if checkpoint.at <= at]
        return earlier[-1] if earlier else next(iter(self.kept), None)

    @property
    def bytes(self) -> int:
        """Held by all of them; a book that did not change between two is held once."""
        return sum({id(book): len(book.book) for kept in self.kept for book in kept.books}.values())

    def _keep(self, checkpoint: Checkpoint) -> None:
        self.kept.append(checkpoint)
        while len(self.kept) > 1 and (len(self.kept) > self._most or self.bytes > self._most_bytes):
            del self.kept[0]


def _is_proved(market: ProductMarket, session: MarketSession) -> bool:
    """Whether a replay may trust the book: silence and crossing are in the frames, a doubt is not."""
    frame = market.snapshot_frame
    if frame is None or market.doubt or not market.proved:
        return False
    return not session.monitor.unsure(market.feed_product, frame, proved=True)
