"""The books of a recording: their snapshots, their crossings, and where the ticker contradicted them.

All of it is read from the session that the recording drives.
"""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.core.text import is_product_id
from depthview.core.verdict import CROSSED
from depthview.evidence.inspection.few import Few
from depthview.session.products import ProductMarket
from depthview.views.depth import SnapshotView

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.coinbase.messages import BookEvent, TradeRow
    from depthview.session.session import MarketSession

MOST_BOOKS: Final = 30
"""Books that are kept, as many as the session keeps of a recording; a connection brings no more (reported)."""


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
    """How long it lasted: to the end of the recording, or until the book was doubted, at most."""

    @property
    def lasted(self) -> bool:
        """Whether it was long enough to cost the book its trust."""
        return self.seconds > CROSSED


@dataclass(slots=True)
class Account:
    """What one product's part of the recording holds."""

    market: ProductMarket | None = None
    """None while no book has come."""
    updates: int = 0
    snapshots: int = 0
    trades: int = 0
    crossings: int = 0
    snapshot: SnapshotView | None = None
    """The last one that was seen."""
    crossing: Crossing | None = None
    """The one that lasts still."""
    contradictions: int = 0
    """Times that the ticker contradicted the book for seconds on end, as far as they have been noted."""

    @property
    def bad_rows(self) -> int:
        """Rows that the session could not apply."""
        return 0 if self.market is None else self.market.bad_rows

    @property
    def unknown_removals(self) -> int:
        """Removals of prices that the book did not hold."""
        return 0 if self.market is None else self.market.book.unknown_removals


class Books:
    """Watches the books of a session.

    Args:
        session: A passive one that follows every book of the recording.
    """

    def __init__(self, session: MarketSession) -> None:
        self.snapshots: Final[Few[SnapshotSeen]] = Few()
        self.crossings: Final[Few[Crossing]] = Few()
        self.contradictions: Final[Few[Moment]] = Few()
        self._session = session
        self._accounts: dict[str, Account] = {}

    def accounts(self) -> dict[str, Account]:
        """By product, in the order of their coming."""
        return dict(self._accounts)

    def taken(self, events: Iterable[BookEvent], frame: int, at: float, size: int, *, made: bool) -> None:
        """The session has taken in a frame of snapshots and updates.

        Args:
            events: As decoded.
            frame: The frame's place among the recording's frames, from 1.
            at: Unix seconds.
            size: Bytes of the frame.
            made: It was made from depthview's own book.
        """
        for event in events:
            account = self._account(event.product_id)
            if account is None:
                continue
            account.updates += event.type != "snapshot"
            if account.market is None:
                account.market = next(iter(self._session.roster.concerned(event.product_id)), None)
            market = account.market
            if market is None:
                continue
            if market.snapshot is not account.snapshot:
                account.snapshot = market.snapshot
                account.snapshots += 1
                moment = Moment(frame, at, event.product_id)
                self.snapshots.add(SnapshotSeen(moment, len(market.book.bids), len(market.book.asks), size, made))
            if market.crossed_since is not None or account.crossing is not None:
                self._look_at_crossing(account, market, Moment(frame, at, event.product_id))

    def trades(self, rows: Iterable[TradeRow]) -> None:
        """Trades of any products."""
        for row in rows:
            account = self._account(row.product_id)
            if account is not None:
                account.trades += 1

    def passed(self, frame: int, at: float) -> None:
        """Time has passed, or the connection has begun or ended; ``frame`` is the newest one."""
        for product, account in self._accounts.items():
            market = account.market
            if market is None:
                continue
            if account.crossing is not None:
                self._look_at_crossing(account, market, Moment(frame, at, product))
            if market.contradictions != account.contradictions:
                account.contradictions = market.contradictions
                self.contradictions.add(Moment(frame, at, product))

    def finish(self, at: float) -> None:
        """The recording has ended."""
        for account in self._accounts.values():
            self._end_crossing(account, at)

    def _account(self, product: str) -> Account | None:
        account = self._accounts.get(product)
        if account is None and len(self._accounts) < MOST_BOOKS and is_product_id(product):
            account = self._accounts[product] = Account()
        return account

    def _look_at_crossing(self, account: Account, market: ProductMarket, moment: Moment) -> None:
        if market.crossed_since is None or market.doubt:
            self._end_crossing(account, moment.at)
            return
        bid, ask = market.book.bids.best(), market.book.asks.best()
        if account.crossing is None and bid is not None and ask is not None:
            account.crossing = Crossing(moment, bid.price, ask.price)
            account.crossings += 1
            self.crossings.add(account.crossing)

    def _end_crossing(self, account: Account, at: float) -> None:
        if account.crossing is not None:
            account.crossing.seconds = at - account.crossing.moment.at
            account.crossing = None
