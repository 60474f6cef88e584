"""Applies the contents of messages to the markets that they belong to."""

from __future__ import annotations

from typing import TYPE_CHECKING

from depthview.core.numbers import is_number

if TYPE_CHECKING:
    from depthview.clock import Clock
    from depthview.core.sequence import SequenceMonitor
    from depthview.protocol import decode as wire
    from depthview.protocol.subscriptions import Subscriptions
    from depthview.session.healing import Healing
    from depthview.session.instant import Instant
    from depthview.session.roster import Roster
    from depthview.session.verdicts import Verdicts
    from depthview.session.watch import Watch


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
    ) -> None:
        self._instant = instant
        self._monitor = monitor
        self._subscriptions = subscriptions
        self._roster = roster
        self._healing = healing
        self._verdicts = verdicts
        self._watch = watch
        self._timer = timer
        self.bad_rows = 0
        """Rows that could not be applied, since the start."""

    def book(self, message: wire.Book, frame_bytes: int) -> None:
        """Snapshots give a book its trust back, updates change it; a row that cannot be applied puts it in doubt."""
        now = self._instant.now
        for event in message.events:
            market = self._roster.route(event.product_id, has_book=True)
            if market is None:
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
            was_crossed = market.crossed_since is not None
            if was_crossed:
                self._watch.crossing(market)
            bad = market.take(event, self._monitor.frame, now)
            self.bad_rows += bad
            if event.type == "snapshot":
                market.took_snapshot(frame_bytes, None if self._timer is None else self._timer.monotonic() - now)
                for name in self._roster.names_of(market):
                    self._subscriptions.snapshot(name)
                self._healing.snapshot(market.name, now)
            if bad:
                rows = "1 row" if bad == 1 else f"{bad:,} rows"
                self._verdicts.doubt([market], f"{rows} that cannot be applied", "warn", recurring=True)
            elif event.type == "snapshot" or was_crossed:
                self._verdicts.judge(market)
            if was_crossed:
                self._watch.crossing(market)

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
