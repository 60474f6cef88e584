"""The books of a recording: their snapshots, and every moment in which one contradicted itself or the ticker."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.core.numbers import is_number
from depthview.core.plaintext import is_product_id
from depthview.core.trust import CROSSED
from depthview.evidence.inspection.few import Few
from depthview.evidence.trade_rows import is_sound
from depthview.session.market import ProductMarket

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.protocol.decode import BookEvent, TickerRow, TradeRow

MOST_BOOKS: Final = 30
"""Books that are kept, as many as the viewer keeps of a recording; a connection brings no more (reported)."""


@dataclass(frozen=True, slots=True)
class Moment:
    """Where in a recording something happened."""

    frame: int
    """The frame's place among the recording's frames, from 1."""
    at: float
    """Unix seconds."""
    product: str = ""


@dataclass(frozen=True, slots=True)
class SnapshotSeen:
    """A whole book came."""

    moment: Moment
    bids: int
    asks: int
    size: int
    """Bytes of its frame."""
    made: bool
    """It was made from depthview's own book, not sent by the venue."""


@dataclass(slots=True)
class Crossing:
    """A best bid above the best ask."""

    moment: Moment
    bid: Decimal
    ask: Decimal
    seconds: float = 0.0
    """How long it lasted, to the end of the recording at most."""

    @property
    def lasted(self) -> bool:
        """Whether it was long enough to cost the book its trust."""
        return self.seconds > CROSSED


@dataclass(slots=True)
class Account:
    """What one product's part of the recording holds."""

    market: ProductMarket
    updates: int = 0
    snapshots: int = 0
    trades: int = 0
    bad_rows: int = 0
    crossings: int = 0
    contradictions: int = 0
    """How often the ticker contradicted the book for seconds on end."""
    crossing: Crossing | None = None
    """The one that lasts still."""


class Books:
    """Keeps the books as the frames make them, whatever the numbers say: what follows from a loss is to be seen."""

    def __init__(self) -> None:
        self.snapshots: Final[Few[SnapshotSeen]] = Few()
        self.crossings: Final[Few[Crossing]] = Few()
        self.contradictions: Final[Few[Moment]] = Few()
        self.lasting_crossings = 0
        self.bad_rows = 0
        self._accounts: dict[str, Account] = {}

    def accounts(self) -> dict[str, Account]:
        """By product, in the order of their coming."""
        return dict(self._accounts)

    def forget(self, at: float) -> None:
        """The connection is gone, or new, at ``at`` (unix seconds)."""
        for account in self._accounts.values():
            self._end_crossing(account, at)
            account.market.forget()

    def take(self, event: BookEvent, frame: int, at: float, size: int, *, made: bool) -> None:
        """A snapshot or an update.

        Args:
            event: As decoded.
            frame: The frame's place among the recording's frames, from 1.
            at: Unix seconds.
            size: Bytes of the frame.
            made: It was made from depthview's own book.
        """
        account = self._account(event.product_id)
        if account is None:
            return
        market = account.market
        bad = market.take(event, frame, at)
        self._count_bad(account, bad)
        if event.type == "snapshot":
            account.snapshots += 1
            bids, asks = len(market.book.bids), len(market.book.asks)
            self.snapshots.add(SnapshotSeen(Moment(frame, at, market.feed_product), bids, asks, size, made))
        else:
            account.updates += 1
        if market.crossed_since is None:
            self._end_crossing(account, at)
        elif account.crossing is None:
            self._begin_crossing(account, frame, at)

    def trades(self, rows: Iterable[TradeRow]) -> None:
        """Trades of any products."""
        for row in rows:
            account = self._account(row.product_id)
            if account is None:
                continue
            account.trades += 1
            if not is_sound(row):
                self._count_bad(account, 1)

    def ticker(self, row: TickerRow, at: float) -> None:
        """What the ticker says of a product's best prices."""
        account = self._accounts.get(row.product_id)
        if account is not None and is_number(row.best_bid) and is_number(row.best_ask):
            account.market.compare_ticker(row.best_bid, row.best_ask, at)

    def tick(self, frame: int, at: float) -> None:
        """Time has passed; ``frame`` is the newest one."""
        for product, account in self._accounts.items():
            proof = account.market.proof
            if account.market.has_book and proof.disagrees(at):
                account.contradictions += 1
                self.contradictions.add(Moment(frame, at, product))
                proof.forget()

    def finish(self, at: float) -> None:
        """The recording has ended."""
        for account in self._accounts.values():
            self._end_crossing(account, at)

    def _account(self, product: str) -> Account | None:
        account = self._accounts.get(product)
        if account is None and len(self._accounts) < MOST_BOOKS and is_product_id(product):
            account = self._accounts[product] = Account(ProductMarket(product))
        return account

    def _count_bad(self, account: Account, rows: int) -> None:
        account.bad_rows += rows
        self.bad_rows += rows

    def _begin_crossing(self, account: Account, frame: int, at: float) -> None:
        bid, ask = account.market.book.bids.best(), account.market.book.asks.best()
        if bid is not None and ask is not None:
            account.crossing = Crossing(Moment(frame, at, account.market.feed_product), bid.price, ask.price)
            account.crossings += 1
            self.crossings.add(account.crossing)

    def _end_crossing(self, account: Account, at: float) -> None:
        if account.crossing is not None:
            account.crossing.seconds = at - account.crossing.moment.at
            self.lasting_crossings += account.crossing.lasted
            account.crossing = None
