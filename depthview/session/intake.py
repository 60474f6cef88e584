"""Applies the contents of messages to the markets that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from depthview.coinbase import messages as wire
from depthview.core.fixed_point import is_number
from depthview.core.text import is_product_id

if TYPE_CHECKING:
    from collections.abc import Iterable

    from depthview.clock import Clock
    from depthview.coinbase.subscriptions import Subscriptions
    from depthview.core.sequence import SequenceMonitor
    from depthview.session.instant import Instant
    from depthview.session.market import ProductMarket
    from depthview.session.products import Roster
    from depthview.session.recovery import Healing
    from depthview.session.verdicts import Verdicts
    from depthview.session.watch import Watch

_UNKNOWN_EVENT: Final = "event of an unknown type"


class Intake:
    """Takes in books, trades and tickers whose numbers have been admitted."""

    def __init__(
        self,
        instant: Instant,
        monitor: SequenceMonitor,
        subscriptions: Subscriptions,
        roster: Roster,
        healing: Healing,
        verdicts: Verdicts,
        watch: Watch,
        timer: Clock | None,
        *,
        passive: bool,
    ) -> None:
        self._instant = instant
        self._monitor = monitor
        self._subscriptions = subscriptions
        self._roster = roster
        self._healing = healing
        self._verdicts = verdicts
        self._watch = watch
        self._timer = timer
        self._passive: Final = passive
        self.bad_rows = 0
        """Rows that could not be applied, since the start."""
        self.undated: set[str] = set()
        """Markets in doubt of which a snapshot was passed over, because its age could not be told."""

    def book(self, message: wire.Book, frame_bytes: int, *, numbered: bool = True) -> None:
        """Snapshots give a book its trust back, updates change it; what cannot be applied puts it in doubt.

        Args:
            message: Whose number has been admitted, if it has one.
            frame_bytes: Size of the frame.
            numbered: False where it should have a number and has none, so that no later number shows what is missing.
                In a recording snapshots need none: those that depthview itself puts there have none.
        """
        now = self._instant.now
        for event in message.events:
            market = self._roster.route(event.product_id, has_book=True)
            if market is None:
                self._misnamed(event)
                continue
            if event.type == "snapshot" and self._roster.divide(market, event.product_id):
                self._verdicts.doubt([market], f"{event.product_id} has turned out to be another market", "warn")
                market = self._roster.route(event.product_id, has_book=True)
                if market is None:
                    continue
            elif event.type != "snapshot" and self._roster.is_foreign(market, event.product_id):
                # To another name and back is no habit; beyond that no snapshot can be expected to end it.
                cause, often = "its changes come under its other name", market.renamed > 1
                self._verdicts.doubt([market], cause, "warn", recurring=often)
                continue
            names = self._roster.names_of(market) if event.type == "snapshot" else []
            if not all(map(self._subscriptions.counts, names)):
                # Our unsubscribe is on its way to the venue, and our subscribe is not.
                continue
            if event.type == "snapshot" and market.doubt and self._watch.undated:
                self.undated.add(market.name)
                continue
            was_crossed = market.crossed_since is not None
            if was_crossed:
                self._watch.crossing(market)
            bad = market.take(event, self._monitor.frame, now)
            self.bad_rows += bad
            if event.type == "snapshot":
                market.took_snapshot(frame_bytes, None if self._timer is None else self._timer.monotonic() - now)
                for name in names:
                    self._subscriptions.snapshot(name, self._watch.lag)
                self._healing.snapshot(market.name, now)
            if bad:
                rows = "1 row" if bad == 1 else f"{bad:,} rows"
                self._verdicts.doubt(
                    [market], f"{rows} that cannot be applied", "warn", recurring=event.type == "snapshot"
                )
            elif not numbered and not (self._passive and event.type == "snapshot"):
                self._verdicts.doubt(
                    [market], "message without a sequence number", "warn", recurring=event.type == "snapshot"
                )
            elif event.type == "snapshot" or (was_crossed and market.crossed_since is None):
                self._verdicts.judge(market)
            if was_crossed:
                self._watch.crossing(market)
        if isinstance(message, wire.PartBook):
            self.left_out(message.left_out)

    def left_out(self, labels: Iterable[str]) -> None:
        """Events of books were left out, for their type is unknown; ``labels`` are what they name as their products."""
        for label in labels:
            market = self._roster.route(label, has_book=False)
            if market is not None:
                self._verdicts.doubt([market], _UNKNOWN_EVENT, "warn")
            elif not is_product_id(label):
                self._verdicts.doubt(self._meant_by(label), _UNKNOWN_EVENT, "warn")

    def _misnamed(self, event: wire.BookEvent) -> None:
        """An event was left out, for nobody has asked for it by its name."""
        label = event.product_id
        if not is_product_id(label) and (event.type == "snapshot" or event.updates or event.bad_rows):
            self._verdicts.doubt(self._meant_by(label), "rows under a name that is none", "warn")

    def _meant_by(self, label: str) -> list[ProductMarket]:
        """The books that a label may mean which is no product's id; all where that cannot be told."""
        name = wire.meant_product(label)
        if not name:
            return self._roster.markets()
        market = self._roster.route(name, has_book=False)
        return [] if market is None else [market]

    def trades(self, message: wire.Trades) -> None:
        """Trades go on the tape of their product."""
        for event in message.events:
            by_label: dict[str, list[wire.TradeRow]] = {}
            for row in event.trades:
                by_label.setdefault(row.product_id, []).append(row)
            for label, rows in by_label.items():
                market = self._roster.route(label, has_book=False)
                if market is not None:
                    bad = market.tape.add(rows, snapshot=event.type == "snapshot")
                    market.bad_rows += bad
                    self.bad_rows += bad

    def ticker(self, message: wire.Ticker) -> None:
        """A ticker bears witness for or against the top of its book."""
        for event in message.events:
            for row in event.tickers:
                market = self._roster.route(row.product_id, has_book=False)
                if market is None:
                    continue
                market.take_day(row)
                if is_number(row.best_bid) and is_number(row.best_ask):
                    market.compare_ticker(row.best_bid, row.best_ask, self._instant.now)
