"""One product: its book, its trades, its day, and the facts that its verdict rests on."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal
from typing import TYPE_CHECKING, Final

from depthview.coinbase.messages import ReadyEvent, TickerRow
from depthview.core.fixed_point import CENTS, EIGHT_PLACES, decimal_number, decimals_of
from depthview.core.order_book import OrderBook, Sides, is_crossed, read_snapshot
from depthview.core.ticker_check import TickerProof
from depthview.core.types import Product
from depthview.core.verdict import Finding, Verdict
from depthview.session.meters import IntervalMeter
from depthview.session.tape import Tape
from depthview.views.depth import SnapshotView

if TYPE_CHECKING:
    from depthview.coinbase.messages import BookEvent

_FIGURE_CHARS: Final = 40
"""Of a number of the ticker with its sign: any that can be shown has 35 at most."""
_SAMPLED: Final = 200
_LEAST_DECIMALS: Final = 2
MAX_LEVELS: Final = 250_000
"""Of a book, both sides; the largest seen has 46,000 (observed)."""


@dataclass(slots=True)
class Standing:
    """A verdict and since when it has held."""

    finding: Finding
    since: float
    """Monotonic seconds."""


class ProductMarket:
    """All that is known of one market, which may be on show by several names.

    Args:
        name: The product whose book it is.
    """

    def __init__(self, name: str) -> None:
        self.name = name
        self.feed_product = name
        """The name that its data carries, by its last snapshot."""
        self.renamed = 0
        """How often that name has changed on the present connection."""
        self.product = Product.named(name)
        self.book: Final = OrderBook()
        self.revision = 0
        """Rises with every change of the book: equal revisions mean an equal book."""
        self.tape: Final = Tape()
        self.day: TickerRow | None = None
        """The last ticker of the present connection."""
        self.snapshot: SnapshotView | None = None
        """The last one, of whatever connection."""
        self.snapshot_frame: int | None = None
        """Place of the snapshot among the connection's numbered frames; None while there is no book."""
        self.ever_had_book = False
        self.doubt = ""
        self.proved = False
        """Whether the book has been trusted on the present connection."""
        self.changes: Final = IntervalMeter()
        self.crossed_since: float | None = None
        self.crossings = 0
        """Times that it was crossed for so long that it was doubted, since the start."""
        self.contradictions = 0
        """Times that it was doubted because of the ticker, since the start."""
        self.bad_rows = 0
        """Rows that could not be applied, since the start; of the book and of the trades."""
        self.proof: Final = TickerProof()
        self.standing: Standing | None = None
        self._decimals: tuple[int, int] | None = None

    @property
    def has_book(self) -> bool:
        """Whether a snapshot of the present connection is in the book."""
        return self.snapshot_frame is not None

    def forget(self) -> None:
        """The connection is gone: no book, and nothing to doubt about it. The trades happened and stay."""
        self.revision += 1
        self.book.clear()
        self.day = None
        self.tape.broke("reconnected")
        self.snapshot_frame = None
        self.renamed = 0
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
            self.proof.forget()
        else:
            bad = self.book.apply_update(event.updates) + event.bad_rows
            if len(self.book.bids.sizes) + len(self.book.asks.sizes) > MAX_LEVELS:
                # The doubt about these rows keeps every later one out, until a snapshot comes.
                self.book.clear()
                bad += len(event.updates)
        if self._decimals is None:
            # Now, and not when somebody looks first: a replay must not depend on who looks when.
            self._decimals = self._sampled_decimals()
        self.changes.mark(now)
        bid, ask = self.book.touch()
        self.proof.book(bid, ask, now)
        if is_crossed(bid, ask):
            self.crossed_since = now if self.crossed_since is None else self.crossed_since
        else:
            self.crossed_since = None
        self.bad_rows += bad
        return bad

    def compare_ticker(self, bid: str, ask: str, now: float) -> None:
        """Hold the best prices of a ticker message, as spelt by the venue, against this book's.

        Raises:
            ValueError: Not decimal numbers.
        """
        if not self.has_book or self.doubt:
            return
        self.proof.ticker(decimal_number(bid), decimal_number(ask), now)

    def take_day(self, row: TickerRow) -> None:
        """Keep the day's figures of a ticker message, which may be anything and of any size."""
        high, low, volume, change = map(_figure, (row.high, row.low, row.volume, row.change_percent))
        self.day = TickerRow(row.product_id, high=high, low=low, volume=volume, change_percent=change)

    def took_snapshot(self, frame_bytes: int, seconds: float | None) -> None:
        """The snapshot just taken came in a frame of so many bytes, and its book was ready after so many seconds."""
        self.snapshot = SnapshotView(len(self.book.bids) + len(self.book.asks), frame_bytes, seconds)

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
