"""One product: its book, its trades, and the facts that its verdict rests on."""

from __future__ import annotations

from collections import deque
from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.core.book import OrderBook
from depthview.core.levels import Level, Product
from depthview.core.measures import imbalance, microprice, mid, spread, spread_bps, total
from depthview.core.numbers import decimals_of, exact, is_number, price_key
from depthview.core.plaintext import plain_text
from depthview.core.proof import TickerProof
from depthview.core.trust import Finding, Verdict
from depthview.protocol.decode import unix_time
from depthview.session.meters import IntervalMeter
from depthview.view import LevelRow, TopOfBook, Trade

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.protocol.decode import BookEvent, TradeRow

IMBALANCE_LEVELS: Final = 10
_TRADES: Final = 500
_SAMPLED: Final = 200
_LEAST_DECIMALS: Final = 2


@dataclass(slots=True)
class Standing:
    """A verdict and since when it has held."""

    finding: Finding
    since: float
    """Monotonic seconds."""


class ProductMarket:
    """All that is known of one product under the name that its data carries.

    Args:
        feed_product: That name.
    """

    def __init__(self, feed_product: str) -> None:
        self.feed_product: Final = feed_product
        self.product = Product.named(feed_product)
        self.book: Final = OrderBook()
        self.trades: Final[deque[Trade]] = deque(maxlen=_TRADES)
        """Newest first."""
        self.last_direction = 0
        self.snapshot_frame: int | None = None
        """Place of the snapshot among the connection's numbered frames; None while there is no book."""
        self.ever_had_book = False
        self.doubt = ""
        self.proved = False
        """Whether the book has been trusted on the present connection."""
        self.changes: Final = IntervalMeter()
        self.crossed_since: float | None = None
        self.proof: Final = TickerProof()
        self.standing: Standing | None = None
        self._decimals: tuple[int, int] | None = None

    @property
    def has_book(self) -> bool:
        """Whether a snapshot of the present connection is in the book."""
        return self.snapshot_frame is not None

    def forget(self) -> None:
        """The connection is gone: no book, and nothing to doubt about it. The trades happened and stay."""
        self.book.clear()
        self.snapshot_frame = None
        self.doubt = ""
        self.proved = False
        self.crossed_since = None
        self.proof.forget()

    def take(self, event: BookEvent, frame: int, now: float) -> int:
        """Apply a snapshot, or an update to a book that can be trusted to take it.

        Args:
            event: As decoded.
            frame: The frame's place among the connection's numbered frames.
            now: Monotonic seconds.

        Returns:
            Rows that could not be applied.
        """
        if event.type == "snapshot":
            bad = self.book.apply_snapshot(event.updates) + event.bad_rows
            self.snapshot_frame = frame
            self.ever_had_book = True
            self.doubt = ""
            self._decimals = None
            self.proof.forget()
        elif self.snapshot_frame is None or self.doubt:
            # Before its snapshot, or while a new one is on its way, an update has nothing sound to change.
            return 0
        else:
            bad = self.book.apply_update(event.updates) + event.bad_rows
        self.changes.mark(now)
        self.proof.book(self.book.bids.best_price(), self.book.asks.best_price(), now)
        if self.book.crossed():
            self.crossed_since = now if self.crossed_since is None else self.crossed_since
        else:
            self.crossed_since = None
        return bad

    def compare_ticker(self, bid: str, ask: str, now: float) -> None:
        """Hold the best prices of a ticker message, as spelt by the venue, against this book's.

        Raises:
            ValueError: Not decimal numbers.
        """
        if not self.has_book or self.doubt:
            return
        said_bid, said_ask = price_key(bid), price_key(ask)
        if self.book.bids.exact_keys:
            said_bid = exact(said_bid)
        if self.book.asks.exact_keys:
            said_ask = exact(said_ask)
        self.proof.ticker(said_bid, said_ask, now)

    def print_trades(self, rows: Iterable[TradeRow]) -> int:
        """Take in trades; returns how many could not be read."""
        bad = 0
        fresh: dict[str, Trade] = {}
        seen = {trade.trade_id for trade in self.trades}
        for row in rows:
            at = unix_time(row.time)
            if not is_number(row.price) or not is_number(row.size) or at is None or row.side not in ("BUY", "SELL"):
                bad += 1
                continue
            aggressor = "buy" if row.side == "SELL" else "sell"
            trade_id = plain_text(row.trade_id, 24)
            if trade_id not in seen:
                fresh[trade_id] = Trade(trade_id, Decimal(row.price), Decimal(row.size), aggressor, at)
        if not fresh:
            return bad
        # Older ones may come late: in the snapshot of a new connection, those of the time without one.
        merged = sorted([*fresh.values(), *self.trades], key=_recency, reverse=True)[:_TRADES]
        self.trades.clear()
        self.trades.extend(merged)
        moved = next((older.price for older in merged if older.price != merged[0].price), None)
        if moved is not None:
            self.last_direction = 1 if merged[0].price > moved else -1
        return bad

    def stand(self, finding: Finding, now: float) -> bool:
        """Take a verdict; True when it differs from the one before in word or cause."""
        before = self.standing
        self.proved = self.proved or finding.verdict.trusted
        if before is not None and (before.finding.verdict, before.finding.cause) == (finding.verdict, finding.cause):
            before.finding = finding
            return False
        self.standing = Standing(finding, now)
        return True

    @property
    def verdict(self) -> Verdict:
        """The verdict that stands."""
        return self.standing.finding.verdict if self.standing is not None else Verdict.DOWN

    def tick(self) -> Decimal:
        """The price increment: the venue's where known, else by the most decimals seen near the touch."""
        known = self.product.price_increment
        return known if known is not None else Decimal(1).scaleb(-self.decimals()[0])

    def decimals(self) -> tuple[int, int]:
        """Decimals that prices and sizes fit in."""
        price, size = self.product.price_increment, self.product.size_increment
        if price is not None and size is not None:
            return decimals_of(price), decimals_of(size)
        if self._decimals is None:
            rows = [*self.book.bids.top(_SAMPLED), *self.book.asks.top(_SAMPLED)]
            seen = (
                max((decimals_of(row[0]) for row in rows), default=_LEAST_DECIMALS),
                max((decimals_of(row[1]) for row in rows), default=_LEAST_DECIMALS),
            )
            if not rows:
                return seen
            self._decimals = (max(_LEAST_DECIMALS, seen[0]), seen[1])
        known_price, known_size = self._decimals
        return (
            decimals_of(price) if price is not None else known_price,
            decimals_of(size) if size is not None else known_size,
        )

    def top(self) -> TopOfBook:
        """The raw touch and its measures; for a trusted book only."""
        bids, asks = self.book.bids.top(IMBALANCE_LEVELS), self.book.asks.top(IMBALANCE_LEVELS)
        bid = LevelRow(*bids[0]) if bids else None
        ask = LevelRow(*asks[0]) if asks else None
        leaning = imbalance(total(row[1] for row in bids), total(row[1] for row in asks))
        if bid is None or ask is None or bid.price > ask.price:
            # A negative spread is no spread, also in the moment before a crossed book is doubted.
            return TopOfBook(bid, ask, None, None, None, None, leaning, IMBALANCE_LEVELS)
        best_bid, best_ask = Level(bid.price, bid.size), Level(ask.price, ask.size)
        return TopOfBook(
            bid,
            ask,
            spread(best_bid, best_ask),
            spread_bps(best_bid, best_ask),
            mid(best_bid, best_ask),
            microprice(best_bid, best_ask),
            leaning,
            IMBALANCE_LEVELS,
        )


def _recency(trade: Trade) -> tuple[float, int, str]:
    return trade.at, len(trade.trade_id), trade.trade_id
